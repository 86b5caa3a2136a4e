"""The view of a bundle of imgpkg or kbld: documents within manifest.json, layers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type
from layertar.archive.record import Name
from layertar.archive.walk import Walk
from layertar.regex import regex

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import Role, View
    from layertar.digest import Digest
    from layertar.members import Member

__all__ = ["is_bundle", "read"]

_MANIFEST = "manifest.json"
_ENTRY = regex(rb'\s*\[\s*\{\s*"Image(?:Index)?"\s*:')


def is_bundle(reader: DocumentReader) -> bool:
    """Whether `manifest.json` is of imgpkg's schema: each entry is one image or one index."""
    member = reader.look_up(_MANIFEST)
    raw = reader.bytes_of(member) if member is not None else None
    return raw is not None and _ENTRY.match(raw) is not None


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive is no bundle.

    Manifests and configs are embedded, so all that is no layer is proved from this document.

    Spec: carvel-dev/imgpkg, pkg/imgpkg/imagetar/tar_writer.go.
    """
    member = reader.look_up(_MANIFEST)
    if member is None or not is_bundle(reader):
        return None
    bundle = reader.bundle(member)

    def find(digest: Digest, _: Role) -> tuple[str, Member | None]:
        name = f"{digest.algorithm}-{digest.encoded}.tar.gz"
        return reader.look_up_first([name], due=name)

    documents = bundle.documents if bundle is not None else ()
    embedded = {each.digest: each.raw for each in documents if each.digest is not None}
    walk = Walk(reader, view="imgpkg", document=member.name, find=find, embedded=embedded)
    for each in documents:
        if not each.is_root:
            continue
        media_type = each.media_type or probe_media_type(each.raw)
        descriptor = bare_descriptor(media_type, each.digest)._replace(pointer=each.pointer)
        names = tuple(Name(name, is_complete=True) for name in each.names)
        if not walk.enter(descriptor, member.name, names):
            break
    return walk.view((member,))

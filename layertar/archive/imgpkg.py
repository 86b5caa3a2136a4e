"""The view of a bundle of imgpkg or kbld: documents within manifest.json, layers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive.probe import bare_descriptor, probe_media_type
from layertar.archive.record import Claim, Name, Role, claims_of
from layertar.archive.walk import Walk
from layertar.fault import Fault
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import RecordedArtifact, RecordedImage, View
    from layertar.digest import Digest
    from layertar.documents import Bundle
    from layertar.documents.carriers import BundleDocument
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
    walk = Walk(
        reader,
        view="imgpkg",
        document=member.name,
        find=find,
        embedded=embedded,
        is_complete=True,
    )
    for each in documents:
        if not each.is_root:
            continue
        media_type = _known_type(each, member.name, walk)
        descriptor = bare_descriptor(media_type, each.digest)._replace(pointer=each.pointer)
        names = tuple(Name(name, is_complete=True) for name in each.names)
        if not walk.enter(descriptor, member.name, names):
            break
    if bundle is None:
        return walk.view((member,))
    walk.faults.extend(_other_diff_ids(walk, bundle, member))
    unused = _unused(walk, bundle, member)
    layers = [
        Claim(
            role=Role.LAYER,
            document=member.name,
            pointer=layer.pointer,
            path=place,
            member=found,
            digest=layer.digest,
            size=layer.size,
            media_type=layer.media_type or None,
        )
        for layer in bundle.layers
        if layer.digest is not None
        for place, found in (find(layer.digest, Role.LAYER),)
    ]
    return walk.view((member,), [*unused, *layers])


def _unused(walk: Walk, bundle: Bundle, member: Member) -> Iterator[Claim]:
    """Iterate over what is embedded under a digest by which nothing names it."""
    named = {index.claim.digest for index in walk.indexes if index.claim is not None}
    items: tuple[RecordedImage | RecordedArtifact, ...] = (*walk.images, *walk.artifacts)
    for item in items:
        named.update(claim.digest for claim in claims_of(item))
    for each in bundle.documents:
        if each.digest is not None and each.digest not in named:
            yield Claim(
                role=Role.BLOB,
                document=member.name,
                pointer=each.pointer,
                path="",
                member=None,
                digest=each.digest,
                inline=each.raw,
            )


def _other_diff_ids(walk: Walk, bundle: Bundle, member: Member) -> Iterator[Fault]:
    """Tell what the bundle says of a layer's content where every config says otherwise."""
    known: dict[Digest, set[Digest]] = {}
    for image in walk.images:
        for layer in image.layers:
            if layer.claim.digest is not None and layer.diff_id is not None:
                known.setdefault(layer.claim.digest, set()).add(layer.diff_id)
    for said in bundle.layers:
        due = known.get(said.digest, set()) if said.digest is not None else set()
        if said.diff_id is not None and due and said.diff_id not in due:
            others = ", ".join(sorted(map(str, due)))
            yield Fault(
                "layer-diffid-mismatch",
                f"diff_id {said.diff_id} of the layer {said.digest}; its config says {others}",
                member=member.name,
                pointer=f"{said.pointer}/DiffID",
                recorded=str(said.diff_id),
            )


def _known_type(each: BundleDocument, member: str, walk: Walk) -> str:
    """Return a document's type; where the one recorded is unknown, what its keys say, and tell."""
    recorded, own = each.media_type, probe_media_type(each.raw)
    known = (mediatype.is_index, mediatype.is_manifest)
    if not recorded or any(is_known(recorded) for is_known in known):
        return recorded or own
    if not any(is_known(own) for is_known in known):
        return recorded
    detail = f"says {recorded!r}, the document itself says {own!r}"
    pointer = f"{each.pointer}/MediaType"
    walk.faults.append(
        Fault(
            "media-type-mismatch",
            detail,
            member=member,
            pointer=pointer,
            recorded=recorded,
            measured=own,
        )
    )
    return own

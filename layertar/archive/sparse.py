"""The view of a sparse layout of rules_img: a layout in which layers may be left out.

`root.descriptor.json` takes the place of `index.json`, and each layer has its descriptor in a
file, whether its blob is here or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.record import Claim, Role
from layertar.archive.walk import Walk
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.fault import Fault
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View
    from layertar.documents import Descriptor
    from layertar.members import Member

__all__ = ["read"]

_ROOT = "root.descriptor.json"
_MARKER = "sparse-oci-layout"
_LAYER = regex(r"blobs/(?P<algorithm>[^/]+)/(?P<encoded>[^/.]+)\.descriptor\.json")


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has none.

    Spec: bazel-contrib/rules_img, docs/sparse-oci-layout.md.
    """
    root, marker = reader.look_up(_ROOT), reader.look_up(_MARKER)
    if root is None or not (marker is not None or reader.has_blobs):
        return None
    if marker is not None:
        reader.oci_layout(marker)
    walk = Walk(
        reader, view="sparse", document=root.name, find=reader.look_up_blob, is_complete=True
    )
    document = reader.lone_descriptor(root)
    if document is not None:
        walk.enter(document.descriptor, root.name)
    recorded = {layer.claim.digest: layer.claim for image in walk.images for layer in image.layers}
    claims: list[Claim] = []
    described: set[Digest] = set()
    documents = [root] if marker is None else [marker, root]
    for member, named, descriptor in _layers(reader):
        documents.append(member)
        described.add(named)
        if descriptor is None:
            continue
        walk.faults.extend(_faults(member, named, descriptor, recorded.get(named)))
        place, blob = reader.look_up_blob(named)
        claims.append(
            Claim(
                role=Role.LAYER,
                document=member.name,
                pointer="",
                path=place,
                member=blob,
                digest=descriptor.digest,
                size=descriptor.size,
                media_type=descriptor.media_type or None,
            )
        )
    for digest, claim in recorded.items():
        if digest is not None and digest not in described:
            detail = f"{digest} of {claim.document}#{claim.pointer} has no descriptor of its own"
            walk.faults.append(Fault("layer-record-missing", detail, member=root.name))
    return walk.view(tuple(documents), claims)


def _layers(reader: DocumentReader) -> Iterator[tuple[Member, Digest, Descriptor | None]]:
    """Iterate over the files that describe a layer: each, whose it is, and what it says."""
    for name in reader.names():
        match = _LAYER.fullmatch(name)
        member = reader.look_up(name) if match is not None else None
        if match is None or member is None:
            continue
        try:
            named = Digest.parse(f"{match['algorithm']}:{match['encoded']}")
        except DigestError:
            continue
        document = reader.lone_descriptor(member)
        yield member, named, document.descriptor if document is not None else None


def _faults(
    member: Member, named: Digest, descriptor: Descriptor, claim: Claim | None
) -> Iterator[Fault]:
    """Hold a layer's descriptor against its name, and against the manifest's of the same layer."""
    if descriptor.digest is not None and descriptor.digest != named:
        yield Fault(
            "descriptor-invalid",
            f"describes {descriptor.digest}, its name says {named}",
            member=member.name,
            pointer="/digest",
        )
    if claim is None:
        return
    if claim.size is not None and descriptor.size is not None and claim.size != descriptor.size:
        yield Fault(
            "descriptor-size-mismatch",
            f"size {descriptor.size}; {claim.document}#{claim.pointer} says {claim.size}",
            member=member.name,
            pointer="/size",
            recorded=str(descriptor.size),
            measured=str(claim.size),
        )
    if claim.media_type is not None and claim.media_type != descriptor.media_type:
        yield Fault(
            "media-type-mismatch",
            f"{descriptor.media_type!r}; {claim.document}#{claim.pointer} says "
            f"{claim.media_type!r}",
            member=member.name,
            pointer="/mediaType",
        )

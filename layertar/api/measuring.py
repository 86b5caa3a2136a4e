"""What of an archive is measured, and how deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.measure import BlobMeter, Depth, measure
from layertar.members import is_sha512_name
from layertar.report.model import FileDigests

if TYPE_CHECKING:
    from layertar.api.request import Request
    from layertar.archive import Archive
    from layertar.image import Measured
    from layertar.measure import BlobMeasurement, Listener, Stop
    from layertar.members import Content, Member

__all__ = ["file_digests", "layer_members", "measured_blobs", "measured_documents"]


def measured_documents(request: Request, archive: Archive) -> dict[Member, BlobMeasurement]:
    """Measure the documents that were read anyway."""
    depth = Depth(inside=False, sha512=True)
    found: dict[Member, BlobMeasurement] = {}
    for member, raw in archive.raw.items():
        document = BlobMeter(depth, request.limits)
        document.feed(raw)
        found[member] = document.finish()
    return found


def file_digests(archive: Archive, measured: Measured) -> tuple[FileDigests, ...]:
    """Return the digests of the files that are there when the archive is unpacked."""
    layers = layer_members(archive)
    found: dict[str, FileDigests] = {}
    for member in archive.table:
        found.pop(member.name, None)  # Whatever comes last of a name stays.
        measurement = measured.of_member(member)
        if measurement is not None:
            diff_id = measurement.diff_id if member in layers else None
            found[member.name] = FileDigests(
                name=member.name, digest=measurement.digest, diff_id=diff_id
            )
    return tuple(found.values())


def measured_blobs(
    request: Request,
    archive: Archive,
    content: Content,
    listener: Listener | None,
    stop: Stop | None = None,
) -> dict[Member, BlobMeasurement]:
    """Measure every file, layers with what is in them, and beside them the input if wanted."""
    plan = _plan(request, archive)
    if request.digests and content.whole is not None:
        plan[content.whole] = Depth(inside=False)
    return measure(
        content,
        plan,
        workers=request.workers,
        limits=request.limits,
        on_measured=listener if listener is None else _of_members(listener, content),
        stop=stop,
        riders=request.riders,
    )


def _of_members(listener: Listener, content: Content) -> Listener:
    """Leave out the input itself of what `listener` is told."""

    def tell(member: Member, measured: BlobMeasurement) -> None:
        if member is not content.whole:
            listener(member, measured)

    return tell


def _plan(request: Request, archive: Archive) -> dict[Member, Depth]:
    """Decide how much of each file is measured: the inside of layers, sha512 where recorded."""
    layers = layer_members(archive)
    sha512: set[Member] = set()
    for view in archive.views:
        for claim, diff_id in view.digests():
            recorded = {digest.algorithm for digest in (claim.digest, diff_id) if digest}
            if claim.member is not None and "sha512" in recorded:
                sha512.add(claim.member)
    return {
        member: Depth(
            inside=member in layers,
            sha512=member in sha512 or is_sha512_name(member.name),
            content=request.layer_content,
        )
        for member in archive.table.files
    }


def layer_members(archive: Archive) -> set[Member]:
    """Return the members that some record calls a layer of an image."""
    return {
        layer.claim.member
        for view in archive.views
        for image in view.images
        for layer in image.layers
        if layer.claim.member is not None
    }

"""The verb that finds out where the bytes of archives are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.known import diff_id_of, digest_of, label_of, size_of, total
from layertar.analysis.sizes import (
    ROLES,
    ArchiveSize,
    BlobSize,
    DirectorySize,
    ImageSize,
    LayerSize,
    directory_sizes,
    frame_of,
    role_sizes,
)
from layertar.api.layer_listing import LayerListing, Listed, layer_claims, problems_of
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.archive import Role
from layertar.errors import ArgumentError, LimitError
from layertar.filesystem import apply
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import MemberKind
from layertar.report.events import Started
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertar.api.request import Progress
    from layertar.archive import Claim
    from layertar.findings import Evidence, Use
    from layertar.image.model import Image, Layer
    from layertar.members import Content, Member, Source
    from layertar.report.events import Event
    from layertar.report.model import ArchiveReport, Report
    from layertar.tar import LayerRider

__all__ = ["Sizes", "size"]

_WORDS = {
    Role.LAYER: "layer",
    Role.CONFIG: "config",
    Role.MANIFEST: "manifest",
    Role.INDEX: "index",
    Role.BLOB: "artifact",
    Role.SUBJECT: "artifact",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Where bytes are, and the report on their archives.

    Attributes:
        archives: those that could be read, in the order given.
        report: with the findings, and what could not be read.
    """

    archives: tuple[ArchiveSize, ...]
    report: Report


def size(
    *sources: Source,
    depth: int = 1,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Sizes:
    """Find out where the bytes of archives are: in which members, layers and directories.

    Args:
        sources: as for `verify`; so the arguments below, but for `depth`.
        depth: how many levels of directories below the root of each image's final file system
            are summed up; 0 for none, and then no layer is read but by `verify`.
        image: only the image of this name or digest, of each archive; members are told all.
        platform: only the image of this platform, likewise.
        verify: whether to prove the archives in the same reading.
        limits: the bounds.
        workers: blobs read at a time.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no image, or several, of an archive fit.
        ArgumentError: `depth` is less than 0, or `platform` is malformed.
    """
    if depth < 0:
        raise ArgumentError(f"no directory is {depth} levels below the root")
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    found: list[ArchiveSize] = []
    layers = _Layers(limits, workers=workers, depth=depth)

    def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
        found.append(_archive_size(content, evidence, report, layers))

    request = replace(request, consult=consult)
    if depth:
        request = replace(request, riders=layers, on_event=layers.on_event)
    report = reported(request, sources)
    return Sizes(archives=tuple(found), report=report)


class _Layers:
    """Lists the layers of one archive after another; what is listed is let go with the archive.

    Attributes:
        depth: how many levels of directories are wanted.
    """

    def __init__(self, limits: Limits, *, workers: int | None, depth: int) -> None:
        """Begin before the first archive."""
        self.depth = depth
        self._limits = limits
        self._workers = workers
        self._listing = LayerListing(limits, workers=workers)

    def on_event(self, event: Event) -> None:
        """Begin anew with each archive."""
        if isinstance(event, Started):
            self._listing = LayerListing(self._limits, workers=self._workers)

    def __call__(self, member: Member) -> LayerRider:
        """Give what keeps the entries of a member, should it be a layer."""
        return self._listing(member)

    def of_images(
        self, content: Content, evidence: Evidence, numbers: Sequence[int]
    ) -> list[tuple[Listed, ...]]:
        """List the layers of images, each layer once, whoever has it."""
        if not self.depth:
            return [() for _ in numbers]
        claims = [layer_claims(evidence.images[number]) for number in numbers]
        flat: list[Claim] = [claim for each in claims for claim in each]
        listed = iter(self._listing.of_claims(content, evidence, flat))
        return [tuple(next(listed) for _ in each) for each in claims]

    def directories(self, listed: Sequence[Listed]) -> tuple[tuple[DirectorySize, ...], list[str]]:
        """Sum up the directories of an image, and say why something may be missing."""
        if not listed:
            return (), []
        problems = [*problems_of(listed)]
        try:
            tree = apply([each.changeset for each in listed], self._limits)
        except LimitError as error:
            return (), [*problems, str(error)]
        return tuple(directory_sizes(tree, self.depth, self._limits)), problems


def _archive_size(
    content: Content, evidence: Evidence, report: ArchiveReport, layers: _Layers
) -> ArchiveSize:
    files = [member for member in content.table if member.kind is MemberKind.FILE]
    total = content.framing.tar_size
    if total is None:
        total, frame = sum(member.size for member in files), None
    else:
        frame = frame_of([(member.offset, member.size) for member in files], total)
    sizes = [member.size for member in files] if frame is None else frame.sizes
    roles = _Roles(evidence)
    blobs = tuple(
        BlobSize(member.name, roles.of(member), size, roles.images(member))
        for member, size in zip(files, sizes, strict=True)
    )
    return ArchiveSize(
        name=report.name,
        size=report.size,
        outer_compression=report.outer_compression,
        total=total,
        headers=0 if frame is None else frame.headers,
        padding=0 if frame is None else frame.padding,
        end=0 if frame is None else frame.end,
        roles=tuple(role_sizes(blobs)),
        blobs=blobs,
        depth=layers.depth,
        images=tuple(_image_sizes(content, evidence, report, layers)),
    )


class _Roles:
    """What members are to those who record them."""

    def __init__(self, evidence: Evidence) -> None:
        self._uses = evidence.uses
        self._documents = {member for view in evidence.archive.views for member in view.documents}

    def of(self, member: Member) -> str:
        """Return one of `ROLES`."""
        words = {_word(use) for use in self._uses.of(member)}
        if member in self._documents:
            words.add("document")
        return next((role for role in ROLES if role in words), "unused")

    def images(self, member: Member) -> int:
        """Count the images that a member is a part of, or, of an index, that it lists."""
        subjects = self._uses.subjects(member)
        return len({subject.number for subject in subjects if subject.kind == "image"})


def _word(use: Use) -> str:
    """Say what a member is to one of its users: of a part of an artifact, only that."""
    if use.subject is not None and use.subject.kind == "artifact":
        return "artifact" if use.claim.role is not Role.MANIFEST else "manifest"
    return _WORDS[use.claim.role]


def _image_sizes(
    content: Content, evidence: Evidence, report: ArchiveReport, layers: _Layers
) -> Iterator[ImageSize]:
    wanted = range(len(report.images))
    if evidence.wanted is not None:
        # A selected image that is only listed, and not here, is behind the last.
        wanted = wanted[evidence.wanted : evidence.wanted + 1]
    for number, listed in zip(wanted, layers.of_images(content, evidence, wanted), strict=True):
        yield _image_size(report.images[number], listed, layers)


def _image_size(image: Image, listed: tuple[Listed, ...], layers: _Layers) -> ImageSize:
    nothing = (Listed(None, None),) * len(image.layers)
    found = tuple(
        _layer_size(layer, each)
        for layer, each in zip(image.layers, listed or nothing, strict=True)
    )
    directories, problems = layers.directories(listed)
    return ImageSize(
        image=label_of(image),
        names=image.names,
        image_id=image.image_id or image.recorded.image_id,
        manifest_digest=image.manifest_digest or image.recorded.manifest_digest,
        platform=image.platform,
        size=total([layer.size for layer in found]),
        uncompressed_size=total([layer.uncompressed_size for layer in found]),
        content_size=total([layer.content_size for layer in found]),
        layers=found,
        directories=directories,
        problems=tuple(problems),
    )


def _layer_size(layer: Layer, listed: Listed) -> LayerSize:
    unpacked, inside = layer.uncompressed_size, layer.content_size
    return LayerSize(
        position=layer.position,
        digest=digest_of(layer),
        diff_id=diff_id_of(layer),
        size=size_of(layer),
        uncompressed_size=listed.size if unpacked is None else unpacked,
        content_size=listed.content_size if inside is None else inside,
        created_by=layer.created_by,
    )

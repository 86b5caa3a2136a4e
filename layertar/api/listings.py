"""The verbs that list identities: what `inspect` or `verify` finds out, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from layertar.analysis import (
    DigestRow,
    HistoryRow,
    ImageRow,
    LayerRow,
    digest_rows,
    history_rows,
    image_rows,
    layer_rows,
)
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.digest import Digest
from layertar.errors import ArgumentError, SelectionError
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import digest_of_source
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertar.api.request import Progress, Request
    from layertar.findings import Evidence
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

    OnProgress = Callable[[Progress], None] | None

__all__ = [
    "KINDS",
    "Listing",
    "chosen",
    "digests",
    "history",
    "images",
    "layers",
]

#: What `digests` knows, in the words of the command line.
KINDS = (
    *("image-id", "manifest", "index", "config"),
    *("layers", "diff-ids", "chain-ids", "archive"),
)
_ARCHIVE = "archive"

Row_co = TypeVar("Row_co", covariant=True)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row_co]):
    """Rows, and the report on the archives that they are of.

    Attributes:
        rows: archives in the order given, images in document order.
        report: with the findings, and what could not be read.
    """

    rows: tuple[Row_co, ...]
    report: Report


def images(
    *sources: Source,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: OnProgress = None,
) -> Listing[ImageRow]:
    """List images; arguments and errors are those of `verify`, which `verify` asks for."""
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    return _listing(request, sources, image_rows)


def layers(
    *sources: Source,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: OnProgress = None,
) -> Listing[LayerRow]:
    """List the layers of each image, base first; arguments as of `images`."""
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    return _listing(request, sources, layer_rows)


def history(
    *sources: Source,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: OnProgress = None,
) -> Listing[HistoryRow]:
    """List the steps of each image's making, the last first; arguments as of `images`."""
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    return _listing(request, sources, history_rows)


def digests(
    source: Source,
    of: str = "image-id",
    *,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: OnProgress = None,
) -> Listing[DigestRow]:
    """Give the digests of one kind of one image.

    Args:
        source: as for `verify`; so the arguments below.
        of: one of `KINDS`; `archive` is the sha256 of the file itself.
        image: which image; of an index, any that it lists will do.
        platform: which image.
        verify: whether to measure layers too.
        limits: the bounds.
        workers: blobs measured at a time.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no image, or several, fit; or the archive records no such digest.
        ArgumentError: `of` is none of `KINDS`, or the archive's digest is asked of a directory.
    """
    if of not in KINDS:
        raise ArgumentError(f"{of!r} is no kind of digest; there are {', '.join(KINDS)}")
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    if of == _ARCHIVE:
        if image is not None or platform is not None:
            raise ArgumentError("the archive's own digest is not one image's")
        measured = Digest("sha256", digest_of_source(source))
        row = DigestRow(of, None, measured, "measured")
        return Listing(rows=(row,), report=reported(request, ()))
    # An index is one thing, however many images it lists.
    request = replace(request, needs_one=of != "index")

    def rows(_: str, found: Sequence[Image]) -> Iterator[DigestRow]:
        return (row for one in found for row in digest_rows(of, one))

    listing = _listing(request, [source], rows)
    if not listing.report.archives[0].views:
        return listing
    if of == "index":
        listing = replace(listing, rows=tuple(dict.fromkeys(listing.rows)))
        if len(listing.rows) > 1:
            several = tuple(str(row.digest) for row in listing.rows)
            raise SelectionError(image or of, "several indexes fit", several)
    if not listing.rows and (of not in _OF_LAYERS or _has_layers(listing.report)):
        raise SelectionError(image or of, f"the archive records no digest of that kind: {of}", ())
    return listing


_OF_LAYERS = frozenset({"layers", "diff-ids", "chain-ids"})


def _has_layers(report: Report) -> bool:
    return any(image.layers for archive in report.archives for image in archive.images)


def _listing(
    request: Request,
    sources: Sequence[Source],
    rows_of: Callable[[str, Sequence[Image]], Iterator[Row]],
) -> Listing[Row]:
    rows: list[Row] = []

    def consult(_: Content, evidence: Evidence, report: ArchiveReport) -> None:
        rows.extend(rows_of(report.name, chosen(evidence, report)))

    report = reported(replace(request, consult=consult), sources)
    return Listing(rows=tuple(rows), report=report)


def chosen(evidence: Evidence, report: ArchiveReport) -> Sequence[Image]:
    """Give the images that the caller selected."""
    wanted = evidence.wanted
    # A selected image that is only listed, and not here, is behind the last.
    return report.images if wanted is None else report.images[wanted : wanted + 1]

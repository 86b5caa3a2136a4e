"""The verb that says which layers touched a path, and what it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.touches import PathTrace, Trace, unmeasured
from layertar.api.files import wanted_image
from layertar.api.layer_listing import LayerListing, layer_claims, problems_of
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.api.row_digests import row_digests
from layertar.errors import SelectionError
from layertar.filesystem.store import opened_store
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from layertar.api.request import Progress
    from layertar.findings import Evidence
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Which", "which"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """What became of a path.

    Attributes:
        image: the image; `None` where the archive could not be read.
        trace: what each of its layers did.
        problems: why something may be missing, one clause each.
        report: on the archive.
    """

    image: Image | None
    trace: Trace
    problems: tuple[str, ...]
    report: Report


def which(
    source: Source,
    path: str,
    *,
    follow: bool = False,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Which:
    """Say which layers touched a path, and how.

    Args:
        source: as for `files`, and so is all that is not told of here. Where a layer writes a
            file once more with the same size, both are read, and no more than that.
        path: in the image; links on the way are followed within it.
        follow: whether one at the end is, too.
        image: which image.
        platform: likewise.
        verify: whether to prove the archive in the same reading.
        limits: the bounds.
        workers: layers read at a time.
        on_progress: told how far the reading is.
        cache: where listings of layers are kept.

    Raises:
        SelectionError: no layer ever had the path, or as `files`.
        ArgumentError, LimitError: as `files`.
    """
    with opened_store(cache, limits) as store:
        listing = LayerListing(limits, workers=workers, digests=True, skims=True, store=store)
        found: list[tuple[Image, Trace, tuple[str, ...]]] = []

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            joined, shown = wanted_image(evidence, report)
            listed = listing.of_image(content, evidence, joined)
            traced = PathTrace.of([each.changeset for each in listed], path, limits, follow=follow)
            rows = unmeasured(traced) if content.is_seekable else ()
            digests = row_digests(content, layer_claims(joined), traced.tree, rows, limits)
            found.append((shown, Trace.of(traced, path, digests), problems_of(listed)))

        request = listing_request(
            listing=listing,
            image=image,
            platform=platform,
            verify=verify,
            limits=limits,
            workers=workers,
            on_progress=on_progress,
        )
        report = reported(replace(request, consult=consult), [source])
    if not found:
        nothing = Trace(path=path, touches=(), links=(), final=None)
        return Which(image=None, trace=nothing, problems=(), report=report)
    [(shown, trace, problems)] = found
    if not trace.touches:
        listed = "no layer" if not problems else "no layer that could be read"
        raise SelectionError(path, f"{listed} ever had such a file", problems)
    return Which(image=shown, trace=trace, problems=problems, report=report)

"""The verb that finds out what images of one or more archives have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.sharing import SHARED_BY, sharing_of
from layertar.api.listings import chosen
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.errors import ArgumentError
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertar.analysis.shares import Sharing
    from layertar.api.request import Progress
    from layertar.findings import Evidence
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Shared", "sharing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What images share, and the report on their archives.

    Attributes:
        sharing: of all images that could be read.
        report: with the findings, and what could not be read.
    """

    sharing: Sharing
    report: Report


def sharing(
    *sources: Source,
    by: str = "chain",
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Shared:
    """Find out which layers images share, and what storing the images together saves.

    Args:
        sources: as for `verify`; so the arguments below, but for `by`.
        by: one of `SHARED_BY`: `chain` for what a runtime reuses, `diff-id` for equal content,
            `digest` for what a registry stores once.
        image: only the image of this name or digest, of each archive.
        platform: only the image of this platform, of each archive.
        verify: whether to measure layers, too; else their digests are those recorded, and
            nothing is known of their uncompressed size.
        limits: the bounds.
        workers: blobs measured at a time.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no image, or several, of an archive fit.
        ArgumentError: `by` is none of `SHARED_BY`, or `platform` is malformed.
    """
    if by not in SHARED_BY:
        raise ArgumentError(f"layers are not the same by {by!r}; say {', '.join(SHARED_BY)}")
    request = listing_request(
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    found: list[tuple[str, Sequence[Image]]] = []

    def consult(_: Content, evidence: Evidence, report: ArchiveReport) -> None:
        found.append((report.name, chosen(evidence, report)))

    report = reported(replace(request, consult=consult), sources)
    return Shared(sharing=sharing_of(by, found), report=report)

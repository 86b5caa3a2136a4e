"""The verb that looks for bytes which an image wastes, and what it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.waste import waste_of
from layertar.api.files import files
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from layertar.analysis.waste import Waste
    from layertar.api.request import Progress
    from layertar.image.model import Image
    from layertar.members import Source
    from layertar.report.model import Report

__all__ = ["Wasted", "waste"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wasted:
    """What is wasted of one image.

    Attributes:
        image: the image; `None` where the archive could not be read.
        waste: where its bytes went.
        problems: why that may not be all, one clause each.
        report: on the archive.
    """

    image: Image | None
    waste: Waste
    problems: tuple[str, ...]
    report: Report


def waste(
    source: Source,
    *,
    image: str | None = None,
    platform: str | None = None,
    top: int | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Wasted:
    """Look for bytes that one image stores and does not show, or need not.

    Args:
        source: as for `files`, like all but `top`; the sha256 of every file is taken.
        image: which image, where the archive has several.
        platform: which image, likewise.
        top: how many paths of each kind are kept, the largest; `None` for all. Sums are of all.
        verify: whether to prove the archive in the same reading.
        limits: the bounds.
        workers: layers read at a time; `None` for one a usable core.
        on_progress: told how far the reading is.
        cache: a directory in which listings of layers are kept.

    Raises:
        SelectionError: no image fits, or several do, or the one that does is not here.
        ArgumentError: `platform` is malformed, or `cache` cannot be used.
        LimitError: symbolic links in the layers lead through too much.
    """
    found = files(
        source,
        image=image,
        platform=platform,
        digests=True,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
        cache=cache,
    )
    answer = waste_of(found.tree, limits, top=top)
    problems = found.problems
    if found.image is None or problems:
        # dive takes an archive whole or not at all.
        answer = replace(answer, dive=None)
    elif answer.dive is None:
        problems += ("dive's score is not known: paths below whiteouts are too many or too long",)
    return Wasted(image=found.image, waste=answer, problems=problems, report=found.report)

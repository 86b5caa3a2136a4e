"""The verb that shows files as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.ghosts import Ghosts, hidden_ghosts, marker_ghosts
from layertar.analysis.outline import Outline
from layertar.api.files import Files, files
from layertar.errors import SelectionError
from layertar.filesystem import Tree, apply
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.tar.paths import steps_of
from layertar.value import dataclass

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from layertar.api.request import Progress
    from layertar.members import Source

__all__ = ["Outlined", "tree"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlined:
    """A tree, and what it is of.

    Attributes:
        files: the files of the image.
        outline: the tree, line by line.
    """

    files: Files
    outline: Outline


def tree(
    source: Source,
    path: str = "",
    *,
    image: str | None = None,
    platform: str | None = None,
    layer: int | None = None,
    deleted: bool = False,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Outlined:
    """Sum up the files of an image by directory.

    Args:
        source: as for `files`, and so is all that is not told of here.
        path: where in the image to begin; links are followed within it.
        image: which image.
        platform: likewise.
        layer: what this layer has instead, with its whiteouts.
        deleted: what upper layers hide, too.
        verify: whether to prove the archive in the same reading.
        limits: the bounds.
        workers: layers read at a time.
        on_progress: told how far the reading is.
        cache: where listings of layers are kept.

    Raises:
        SelectionError: nothing is at `path`, there is no such layer, or as `files`.
        ArgumentError, LimitError: as `files`.
    """
    found = files(
        source,
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
        cache=cache,
    )
    shown = found.tree
    if layer is not None:
        found.layer(layer)
        shown = _alone(shown, layer, limits)
    ghosts = Ghosts(shown, limits)
    if layer is not None:
        ghosts = marker_ghosts(shown, limits)
    elif deleted:
        ghosts = hidden_ghosts(shown, limits)
    wanted = path.encode("utf-8", "surrogateescape")
    clean = b"/".join(steps_of(wanted))
    at = shown.find(clean)
    if at is None:
        ghost = ghosts.find(clean)
        if ghost is None:
            raise SelectionError(path, "the image has no such file", ())
        at = clean, ghost
    return Outlined(files=found, outline=Outline(shown, *at, ghosts))


def _alone(whole: Tree, layer: int, limits: Limits) -> Tree:
    """Apply one layer to nothing."""
    alone = [each if at == layer else None for at, each in enumerate(whole.layers)]
    return apply(alone, limits)

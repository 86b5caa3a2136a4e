"""Waste: bytes of an image that no file system of it shows, and those that it need not show.

Three things are told apart, and not added up, for one file may be in two of them: what is hidden,
which is stored content less that of the final tree; what is there twice; and what the making of
the image left behind. What dive says stands beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.dive import dive_score
from layertar.analysis.duplicates import duplicates
from layertar.analysis.hidden import Living, hidden_paths, layer_bytes
from layertar.analysis.leftovers import leftovers
from layertar.errors import LimitError
from layertar.value import dataclass

if TYPE_CHECKING:
    from layertar.analysis.dive import DiveScore
    from layertar.analysis.duplicates import Duplicate
    from layertar.analysis.hidden import HiddenPath, LayerBytes
    from layertar.analysis.leftovers import Leftover
    from layertar.analysis.ranked import Ranked
    from layertar.filesystem import Tree
    from layertar.limits import Limits

__all__ = ["Waste", "waste_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Where the bytes of an image's files went.

    Attributes:
        layers: of each layer, base first.
        hidden: what the image does not show; its size is `stored` less `visible`.
        duplicates: what it shows more than once; its size is that of all copies but one.
        leftovers: what its making left behind, of what it shows.
        dive: what dive says; `None` where not all layers could be listed, or its answer would take
            too much to compute.
    """

    layers: tuple[LayerBytes, ...]
    hidden: Ranked[HiddenPath]
    duplicates: Ranked[Duplicate]
    leftovers: tuple[Leftover, ...]
    dive: DiveScore | None

    @property
    def stored(self) -> int:
        """Bytes of files that all layers store."""
        return sum(layer.stored for layer in self.layers)

    @property
    def visible(self) -> int:
        """Bytes of those that the image shows; hard links count once."""
        return sum(layer.visible for layer in self.layers)


def waste_of(tree: Tree, limits: Limits, *, top: int | None) -> Waste:
    """Look for waste in layers that are applied.

    Args:
        tree: the layers, with digests of files.
        limits: the bounds.
        top: how many paths, duplicates and inefficient paths are kept; `None` for all.
    """
    living = Living(tree)
    return Waste(
        layers=layer_bytes(tree, living),
        hidden=hidden_paths(tree, living, top=top),
        duplicates=duplicates(tree, living, top=top),
        leftovers=leftovers(tree),
        dive=_dive(tree, limits, top),
    )


def _dive(tree: Tree, limits: Limits, top: int | None) -> DiveScore | None:
    try:
        return dive_score(tree.layers, limits, top=top)
    except LimitError:
        return None

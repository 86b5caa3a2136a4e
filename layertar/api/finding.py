"""The verb that looks for files of an image, and what it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.api.files import Files, files
from layertar.filesystem.listing import Sort, sort
from layertar.filesystem.search import search
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import dataclass

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from layertar.api.request import Progress
    from layertar.filesystem.listing import FileRow, Spot
    from layertar.filesystem.query import Query
    from layertar.members import Source

__all__ = ["Found", "find"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What fits a query; to iterate over it is to look anew.

    Attributes:
        files: the files of the image.
        query: what was asked for.
        layer: the layer whose entries were, rather than the image's.
        deleted: whether those that upper layers hide were, too.
    """

    files: Files
    query: Query
    layer: int | None
    deleted: bool

    def __iter__(self) -> Iterator[FileRow]:
        """Iterate over what fits, sorted by path."""
        row_of = self.files.row if self.layer is None else self.files.stored_row
        return map(row_of, self.spots())

    def spots(self, by: Sort = Sort.NAME) -> Iterable[Spot]:
        """Iterate over what fits, each as a path and a row.

        Raises:
            SelectionError: there is no such layer.
        """
        listed = self.files.spots(recursive=True, deleted=self.deleted, layer=self.layer)
        tree = self.files.tree
        found = search(tree, self.query, listed, as_stored=self.layer is not None)
        return sort(tree, found, by)


def find(
    source: Source,
    query: Query,
    *,
    image: str | None = None,
    platform: str | None = None,
    layer: int | None = None,
    deleted: bool = False,
    digests: bool = False,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Found:
    """Look for files of an image.

    Args:
        source: as for `files`, and so are `image`, `platform`, `verify` and what follows it.
        query: what must hold of a file; `parse_query` makes one.
        image: which image.
        platform: likewise.
        layer: look among the entries of this layer instead, whiteouts among them.
        deleted: look among those that upper layers hide, too.
        digests: whether to take the sha256 of every file even where the query needs none.
        verify: whether to prove the archive in the same reading.
        limits: the bounds.
        workers: layers read at a time.
        on_progress: told how far the reading is.
        cache: where listings of layers are kept.

    Raises:
        SelectionError, ArgumentError, LimitError: as `files`.
    """
    found = files(
        source,
        image=image,
        platform=platform,
        digests=digests or bool(query.digests),
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
        cache=cache,
    )
    return Found(files=found, query=query, layer=layer, deleted=deleted)

r"""The verb that lists the files of an image, and what it answers with.

>>> from layertar import FileKind, files
>>> listed = files("fixtures/real/docker-20.10-one-image.tar")
>>> [entry.path for entry in listed.entries() if entry.kind is FileKind.SYMLINK]
['etc/hello.link']
>>> listed.path("etc/hello.link").read_text()
'hello from the base layer\n'
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from layertar.api.image_path import ImagePath
from layertar.api.layer_listing import LayerListing, layer_claims, no_such_layers, problems_of
from layertar.api.layer_store import store_of
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.errors import SelectionError
from layertar.filesystem import Tree, apply
from layertar.filesystem.listing import (
    Sort,
    file_row,
    hidden_spots,
    layer_spots,
    sort,
    spots,
    with_hidden,
)
from layertar.filesystem.store import opened_store
from layertar.image import candidate
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import source_stamp
from layertar.tar.paths import steps_of
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from layertar.api.layer_listing import Listed
    from layertar.api.layer_store import LayerStore
    from layertar.api.request import Progress
    from layertar.archive import Claim
    from layertar.filesystem import FileEntry
    from layertar.filesystem.listing import FileRow, Spot
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Files", "files", "wanted_image"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Files:
    """The files of one image.

    It holds columns, not objects: an image of half a million files takes some 150 MB.

    Attributes:
        image: the image; `None` where the archive could not be read.
        tree: its layers applied, each path with its row.
        problems: why something may be missing, one clause each.
        report: on the archive.
        store: where the bytes of files can be read; `None` where they have passed.
    """

    image: Image | None
    tree: Tree
    problems: tuple[str, ...]
    report: Report
    store: LayerStore | None = None

    @property
    def root(self) -> ImagePath:
        """The root directory, much like a `pathlib.Path`."""
        return ImagePath(self)

    def path(self, path: str) -> ImagePath:
        """Return a path, with or without a leading slash, much like a `pathlib.Path`."""
        return ImagePath(self, path)

    def entries(self, path: str = "") -> Iterator[FileEntry]:
        """Iterate over what is at `path` (the root by default) and below, sorted by name.

        Raises:
            SelectionError: nothing is there.
        """
        found = self.tree.find(path.encode("utf-8", "surrogateescape"))
        if found is None:
            raise SelectionError(path, "the image has no such file", ())
        return self.tree.entries(*found)

    def spots(
        self,
        path: str = "",
        *,
        recursive: bool = False,
        deleted: bool = False,
        layer: int | None = None,
        by: Sort = Sort.NAME,
    ) -> Iterable[Spot]:
        """Choose what to list, each as a path and a row, of which `row` makes an object.

        Args:
            path: where: what is in that directory, or that file.
            recursive: all below, too, and the directory itself.
            deleted: what upper layers hide, too.
            layer: the entries of this layer's tar instead, whiteouts among them.
            by: what they are sorted by.

        Raises:
            SelectionError: nothing is at `path`, or there is no such layer.
        """
        wanted = path.encode("utf-8", "surrogateescape")
        clean = b"/".join(steps_of(wanted))
        if layer is not None:
            self._check_layer(layer)
            found: Iterable[Spot] = layer_spots(self.tree, layer, clean, recursive=recursive)
            return sort(self.tree, found, by)
        at = self.tree.find(wanted)
        hidden: Iterator[Spot] = iter(())
        if deleted:
            clean = clean if at is None else at[0]
            hidden = hidden_spots(self.tree, clean, recursive=recursive)
        first = next(hidden, None)
        if at is None and first is None:
            raise SelectionError(path, "the image has no such file", ())
        visible = iter(()) if at is None else spots(self.tree, *at, recursive=recursive)
        if first is not None:
            visible = with_hidden(visible, chain((first,), hidden))
        return sort(self.tree, visible, by)

    def row(self, spot: Spot) -> FileRow:
        """Make an object of what `spots` chose."""
        return file_row(self.tree, spot)

    def stored_row(self, spot: Spot) -> FileRow:
        """Make one as its layer's tar has it: a hard link is none of the file that it names."""
        return file_row(self.tree, spot, as_stored=True)

    def layer(self, position: int) -> Iterator[FileEntry]:
        """Iterate over the entries of one layer in the order of its tar, whiteouts among them.

        Raises:
            SelectionError: there is no such layer.
        """
        self._check_layer(position)
        changeset = self.tree.layers[position]
        return iter(()) if changeset is None else changeset.entries(layer=position)

    def _check_layer(self, position: int) -> None:
        count = len(self.tree.layers)
        if not 0 <= position < count:
            raise no_such_layers(f"layer {position}", count)


def files(
    source: Source,
    *,
    image: str | None = None,
    platform: str | None = None,
    digests: bool = False,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Files:
    """List the files of one image.

    Args:
        source: as for `verify`. Of a file, only the image's layers are read, each once; a stream
            is read, and proved, whole.
        image: which image, where the archive has several.
        platform: which image, likewise.
        digests: whether to take the sha256 of every file.
        verify: whether to prove the archive in the same reading.
        limits: the bounds.
        workers: layers read at a time; `None` for one a usable core.
        on_progress: told how far the reading is.
        cache: a directory in which listings of layers are kept from one run to the next, and
            looked up by digests that are measured, or were of a file that has not changed.

    Raises:
        SelectionError: no image fits, or several do, or the one that does is not here.
        ArgumentError: `platform` is malformed, or `cache` cannot be used.
        LimitError: paths in the layers lead through too much, or imply too many directories.
    """
    with opened_store(cache, limits) as store:
        listing = LayerListing(limits, workers=workers, digests=digests, store=store)
        request = listing_request(
            listing=listing,
            image=image,
            platform=platform,
            verify=verify,
            limits=limits,
            workers=workers,
            on_progress=on_progress,
        )
        found: list[tuple[Image, tuple[Claim, ...], tuple[Listed, ...]]] = []
        stamp = source_stamp(source)

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            joined, shown = wanted_image(evidence, report)
            claims = layer_claims(joined)
            found.append((shown, claims, listing.of_claims(content, evidence, claims)))

        report = reported(replace(request, consult=consult), [source])
    if not found:
        return Files(image=None, tree=Tree(()), problems=(), report=report)
    [(shown, claims, listed)] = found
    tree = apply([each.changeset for each in listed], limits)
    lies = store_of(source, stamp, claims, limits)
    return Files(image=shown, tree=tree, problems=problems_of(listed), report=report, store=lies)


def wanted_image(evidence: Evidence, report: ArchiveReport) -> tuple[JoinedImage, Image]:
    """Return the one image that a request for one chose, as recorded and as reported.

    Raises:
        SelectionError: it is listed only, and not in the archive.
    """
    number = evidence.wanted
    if number is None or number >= len(evidence.images):
        here = tuple(candidate(each, evidence.measured) for each in evidence.images)
        raise SelectionError("that image", "it is listed, but not in the archive", here)
    return evidence.images[number], report.images[number]

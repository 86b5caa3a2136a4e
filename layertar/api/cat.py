r"""The verb that hands out the bytes of one file.

>>> from layertar import cat
>>> data = bytearray()
>>> copy = cat("fixtures/real/docker-20.10-one-image.tar", "etc/hello.link", write=data.extend)
>>> bytes(data), copy.fault
(b'hello from the base layer\n', None)
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.api.files import wanted_image
from layertar.api.layer_listing import LayerListing, layer_claims, no_such_layers, problems_of
from layertar.api.layer_store import (
    Wanted,
    refuse_stream,
    store_of,
)
from layertar.api.listeners import progress_listener
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.digest import Digest
from layertar.errors import SelectionError
from layertar.filesystem import apply
from layertar.filesystem.locate import locate
from layertar.filesystem.newest import find_newest
from layertar.image.model import Verdict
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import Range
from layertar.members import source_stamp
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertar.api.layer_listing import Listed
    from layertar.api.layer_store import LayerStore
    from layertar.api.request import Progress
    from layertar.archive import Claim
    from layertar.filesystem import Changeset, FileEntry
    from layertar.findings import Evidence
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

    Write = Callable[[bytes | memoryview], object]

__all__ = ["FileCopy", "cat"]


class FileCopy(NamedTuple):
    """What was handed out.

    Attributes:
        entry: the file, under the path that was asked for; `None` where the archive could not be
            read.
        size: bytes handed out.
        fault: why they are not the file's, or not all of them, or not proved as was asked, as
            one clause; `None` where they are.
        problems: why the file may be another than all layers would make, one clause each.
        report: on the archive.
    """

    entry: FileEntry | None
    size: int
    fault: str | None
    problems: tuple[str, ...]
    report: Report


class _Found(NamedTuple):
    """A file, and where its data are."""

    entry: FileEntry
    layer: int
    offset: int
    problems: tuple[str, ...] = ()


class _Layers:
    """The layers of the image, listed when they are asked for."""

    def __init__(
        self, listing: LayerListing, content: Content, evidence: Evidence, claims: tuple[Claim, ...]
    ) -> None:
        self._listing = listing
        self._content = content
        self._evidence = evidence
        self._claims = claims
        self._listed: dict[int, Listed] = {}

    def layer_of(self, number: int) -> Changeset | None:
        """List one layer; `None` where it cannot be listed whole."""
        self._list([number])
        listed = self._listed[number]
        return listed.changeset if listed.problem is None else None

    def up_to(self, end: int) -> list[Listed]:
        """List the first `end` layers."""
        self._list([each for each in range(end) if each not in self._listed])
        return [self._listed[number] for number in range(end)]

    def _list(self, numbers: Sequence[int]) -> None:
        claims = [self._claims[number] for number in numbers]
        listed = self._listing.of_claims(self._content, self._evidence, claims)
        self._listed.update(zip(numbers, listed, strict=True))


class _Copier:
    """Hands bytes on; a `RangeTaker`."""

    def __init__(self, write: Write, *, digest: bool) -> None:
        self._write = write
        self._hash = hashlib.sha256() if digest else None
        self.size = 0

    def begin(self) -> None:
        """Begin."""

    def data(self, piece: memoryview) -> None:
        """Hand on."""
        if self._hash is not None:
            self._hash.update(piece)
        self.size += len(piece)
        self._write(piece)

    def end(self) -> None:
        """End."""

    def copy(
        self, store: LayerStore | None, file: _Found, on_read: Callable[[int], None] | None
    ) -> str | None:
        """Hand on a file; returns why that is not all of it, or not what was proved."""
        fault = None
        if store is not None and file.entry.size:
            wanted = Wanted(file.layer, [Range(file.offset, file.entry.size)])
            fault = store.read([wanted], self, on_read=on_read)
        digest = None if self._hash is None else Digest("sha256", self._hash.hexdigest())
        if fault is None and digest is not None and digest != file.entry.digest:
            fault = "its bytes are not those that were proved"
        return fault


def cat(
    source: Source,
    path: str,
    *,
    write: Write,
    layer: int | None = None,
    image: str | None = None,
    platform: str | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> FileCopy:
    """Hand the bytes of a file of an image to `write`, piece by piece.

    No more layers are read than needed, where that is safe. `fault` says what the bytes are not.

    Args:
        source: as for `verify`, but no stream.
        path: where, `surrogateescape`d; symbolic links are followed within the image's root.
        write: takes the pieces.
        layer: the version that this layer has, seen with the layers below it.
        image: which image, where the archive has several.
        platform: which image, likewise.
        verify: whether to prove the archive first; nothing is handed out of what is not verified.
        limits: the bounds.
        workers: layers read at a time; `None` for one a usable core.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: there is no such image, layer or file, or it is a stream.
        ArgumentError: `platform` is malformed.
        InputError: the input cannot be read again, or changed.
    """
    refuse_stream(source, path)
    stamp = source_stamp(source)
    listing = LayerListing(limits, workers=workers, digests=verify)
    request = listing_request(
        listing=listing,
        image=image,
        platform=platform,
        verify=verify,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )
    found: list[tuple[_Found, tuple[Claim, ...], Image]] = []

    def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
        joined, shown = wanted_image(evidence, report)
        claims = layer_claims(joined)
        layers = _Layers(listing, content, evidence, claims)
        newest = _newest(layers, path, len(claims)) if layer is None and not verify else None
        found.append((newest or _in_tree(layers, path, len(claims), layer, limits), claims, shown))

    report = reported(replace(request, consult=consult), [source])
    if not found:
        return FileCopy(None, 0, "the archive cannot be read", (), report)
    [(file, claims, shown)] = found
    store = store_of(source, stamp, claims, limits)
    copier, fault = _Copier(write, digest=verify), None
    if verify and shown.verdict is not Verdict.VERIFIED:
        fault = f"nothing is handed out: the image is {shown.verdict.value}, not verified"
    else:
        fault = copier.copy(store, file, progress_listener(on_progress, source))
    return FileCopy(file.entry, copier.size, fault, file.problems, report)


def _newest(layers: _Layers, path: str, count: int) -> _Found | None:
    """Find a file from the top layer down; `None` where all layers have to be applied."""
    at = find_newest(path.encode("utf-8", "surrogateescape"), count, layers.layer_of)
    changeset = layers.layer_of(at[0]) if at is not None else None
    if at is None or changeset is None or changeset.extra_of(at[1]).is_sparse:
        return None
    layer, row = at
    entry = changeset.entry(row, layer=layer)._replace(path=path.strip("/"))
    return _Found(entry, layer, changeset.offsets[row])


def _in_tree(layers: _Layers, path: str, count: int, layer: int | None, limits: Limits) -> _Found:
    """Find a file in the tree of all layers, or of those up to one.

    Raises:
        SelectionError: there is no such file or layer, or what is there is no file.
    """
    if layer is not None and not 0 <= layer < count:
        raise no_such_layers(f"layer {layer}", count)
    listed = layers.up_to(count if layer is None else layer + 1)
    tree = apply([each.changeset for each in listed], limits)
    found = locate(tree, path.encode("utf-8", "surrogateescape"))
    problems = problems_of(listed)
    reason = found.reason
    if reason is None and layer is not None and (other := tree.place(found.row)[0]) != layer:
        reason = f"layer {layer} does not have it, layer {other} does"
    if reason is not None:
        raise SelectionError(path, "; ".join((reason, *problems)), ())
    data, row = tree.place(found.inode)
    entry = tree.entry(found.row, path.strip("/").encode("utf-8", "surrogateescape"))
    changeset, _ = tree.changeset(found.inode)
    return _Found(entry, data, changeset.offsets[row], problems)

"""The verbs that write out the file system of an image: as a tar, or as files.

>>> import os, tempfile
>>> from layertar import export, unpack
>>> archive, place = "fixtures/real/docker-20.10-one-image.tar", tempfile.TemporaryDirectory()
>>> with open(os.path.join(place.name, "rootfs.tar"), "wb") as out:
...     export(archive, write=out.write).fault
>>> unpack(archive, os.path.join(place.name, "rootfs")).fault
>>> sorted(os.listdir(os.path.join(place.name, "rootfs")))
['etc', 'opt', 'srv']
>>> place.cleanup()
"""

from __future__ import annotations

from array import array
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from layertar.api.files import wanted_image
from layertar.api.layer_listing import (
    LayerListing,
    Listed,
    layer_claims,
    no_such_layers,
    problems_of,
)
from layertar.api.layer_store import (
    Wanted,
    refuse_stream,
    store_of,
)
from layertar.api.listeners import progress_listener
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.filesystem import apply
from layertar.image.model import Verdict
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import Range
from layertar.members import source_stamp
from layertar.rootfs.plan import plan_of
from layertar.rootfs.send import Sender
from layertar.rootfs.tarball import Tarball
from layertar.rootfs.target import target
from layertar.value import NamedTuple, dataclass, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from layertar.api.layer_store import LayerStore
    from layertar.api.request import Progress
    from layertar.archive import Claim
    from layertar.filesystem import Changeset, Tree
    from layertar.findings import Evidence
    from layertar.image.model import Image
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report
    from layertar.rootfs.model import Plan, Receiver

    Write = Callable[[bytes | memoryview], object]

__all__ = ["Exported", "Wishes", "export", "export_to", "unpack", "unpack_to"]


class Wishes(NamedTuple):
    """What a caller asks for; see `export`."""

    image: str | None = None
    platform: str | None = None
    layers: tuple[int | None, int | None] | None = None
    verify: bool = False
    limits: Limits = DEFAULT_LIMITS
    workers: int | None = None
    on_progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        image: the image; `None` where the archive could not be read.
        fault: why nothing was written, or what was is not the whole, as one clause; `None` where
            it is.
        problems: what is left out, one clause each.
        notes: what the target cannot hold, or this user may not set, one clause each.
        report: on the archive.
    """

    image: Image | None
    fault: str | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    report: Report


class _Ready(NamedTuple):
    """An image, listed: what there is to write, and where it is."""

    image: Image
    tree: Tree
    plan: Plan
    store: LayerStore | None
    fault: str | None


def export(
    source: Source,
    *,
    write: Write,
    image: str | None = None,
    platform: str | None = None,
    layers: tuple[int | None, int | None] | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Exported:
    """Write the file system of an image as a tar: the same bytes for the same layers always.

    Directories come first, then files in the order of the layers' data, then all else. It is
    whole if `fault` is `None`.

    Args:
        source: as for `verify`, but no stream: layers are listed, then read.
        write: takes the bytes.
        image: which image, where the archive has several.
        platform: which image, likewise.
        layers: of which layers alone, as the two ends of a slice.
        verify: whether to prove the archive first; nothing is written of what is not verified.
        limits: the bounds.
        workers: layers listed at a time; `None` for one a usable core.
        on_progress: told how far each reading is.

    Raises:
        SelectionError: there is no such image or layer, or it is a stream.
        ArgumentError: `platform` is malformed.
        InputError: the input cannot be read again, or changed.
    """
    wishes = Wishes(image, platform, layers, verify, limits, workers, on_progress)
    return export_to(source, write, wishes)


def export_to(source: Source, write: Write, wishes: Wishes) -> Exported:
    """Do as `export`."""
    ready, report = _ready(source, wishes)
    tarball = Tarball(write)
    fault = None
    if ready is not None:
        fault = ready.fault or _send(ready, source, wishes, tarball, ready.plan.files)
    return _exported(ready, fault, tuple(tarball.notes), report)


def unpack(
    source: Source,
    directory: str | os.PathLike[str],
    *,
    image: str | None = None,
    platform: str | None = None,
    layers: tuple[int | None, int | None] | None = None,
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Exported:
    """Write the file system of an image to a directory; nothing in it leads out of there.

    If `fault` is not `None`, nothing is left of it.

    Args:
        source: as for `export`, and so the arguments below.
        directory: a new or an empty one.
        image: which image, where the archive has several.
        platform: which image, likewise.
        layers: of which layers alone, as the two ends of a slice.
        verify: whether to prove the archive first.
        limits: the bounds.
        workers: layers listed at a time.
        on_progress: told how far each reading is.

    Raises:
        SelectionError: as for `export`, and so the next two.
        ArgumentError: also if `directory` is not empty.
        InputError: the input cannot be read again, or changed.
        TargetError: it cannot be written.
    """
    wishes = Wishes(image, platform, layers, verify, limits, workers, on_progress)
    return unpack_to(source, directory, wishes)


def unpack_to(source: Source, directory: str | os.PathLike[str], wishes: Wishes) -> Exported:
    """Do as `unpack`."""
    ready, report = _ready(source, wishes)
    if ready is None or ready.fault is not None:
        return _exported(ready, None if ready is None else ready.fault, (), report)
    with target(Path(directory)) as made:
        files = ready.plan.files
        if ready.store is not None:
            files = _as_they_lie(ready.store, ready.tree, files)
        fault = _send(ready, source, wishes, made.receiver, files)
        made.is_kept = fault is None
        notes = tuple(f"{what} ({count})" for what, count in made.receiver.notes.items())
    return _exported(ready, fault, notes, report)


def _exported(
    ready: _Ready | None, fault: str | None, notes: tuple[str, ...], report: Report
) -> Exported:
    if ready is None:
        fault = "the archive cannot be read"
    return Exported(
        image=None if ready is None else ready.image,
        fault=fault,
        problems=() if ready is None or ready.fault else ready.plan.problems,
        notes=notes,
        report=report,
    )


def _ready(source: Source, wishes: Wishes) -> tuple[_Ready | None, Report]:
    """List what is wanted; `None` where the archive could not be read."""
    limits = wishes.limits
    refuse_stream(source, "its files")
    stamp = source_stamp(source)
    listing = LayerListing(limits, workers=wishes.workers, digests=wishes.verify)
    request = listing_request(
        listing=listing,
        image=wishes.image,
        platform=wishes.platform,
        verify=wishes.verify,
        limits=limits,
        workers=wishes.workers,
        on_progress=wishes.on_progress,
    )
    found: list[tuple[Image, tuple[Claim, ...], list[Listed]]] = []

    def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
        joined, shown = wanted_image(evidence, report)
        claims = layer_claims(joined)
        start, stop = _range(wishes.layers, len(claims))
        listed = listing.of_claims(content, evidence, claims[start:stop])
        found.append((shown, claims, [Listed(None, None)] * start + [*listed]))

    report = reported(replace(request, consult=consult), [source])
    if not found:
        return None, report
    [(shown, claims, listed)] = found
    fault = next(iter(problems_of(listed)), None)
    if fault is None and wishes.verify and shown.verdict is not Verdict.VERIFIED:
        fault = f"the image is {shown.verdict.value}, not verified"
    fault = None if fault is None else f"nothing is written: {fault}"
    tree = apply([each.changeset for each in listed], limits)
    store = store_of(source, stamp, claims, limits)
    return _Ready(shown, tree, plan_of(tree), store, fault), report


def _range(layers: tuple[int | None, int | None] | None, count: int) -> tuple[int, int]:
    """Return which layers are wanted.

    Raises:
        SelectionError: there are none such.
    """
    start, stop = layers or (None, None)
    first, end = start or 0, count if stop is None else stop
    if not 0 <= first < max(end, 1) or end > count:
        shown = f"layers {'' if start is None else start}:{'' if stop is None else stop}"
        raise no_such_layers(shown, count)
    return first, end


def _send(
    ready: _Ready, source: Source, wishes: Wishes, receiver: Receiver, files: Sequence[int]
) -> str | None:
    """Send all that is planned; returns why that is not all, if it is not."""
    sender = Sender(ready.plan, files, receiver, proved=wishes.verify)
    sender.start()
    if ready.store is not None:
        told = progress_listener(wishes.on_progress, source)
        fault = ready.store.read(_wanted(ready.tree, files), sender, on_read=told)
        if fault is None and sender.differing is not None:
            fault = f"the bytes of {sender.differing} are not those that were proved"
        if fault is not None:
            return fault
    sender.finish()
    return None


class _Data:
    """The data of some files of one layer, as `Ranges`: there may be half a million of them."""

    def __init__(self, changeset: Changeset, rows: array[int]) -> None:
        self._changeset = changeset
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Range:
        row = self._rows[at]
        return Range(self._changeset.offsets[row], self._changeset.sizes[row])


def _wanted(tree: Tree, files: Iterable[int]) -> Iterator[Wanted]:
    """Collect files' data by layer."""
    for layer, inodes in groupby(files, lambda inode: tree.place(inode)[0]):
        changeset, start = tree.layers[layer], tree.starts[layer]
        if changeset is not None:
            rows = (inode - start for inode in inodes)
            yield Wanted(
                layer, _Data(changeset, array("q", filter(changeset.sizes.__getitem__, rows)))
            )


def _as_they_lie(store: LayerStore, tree: Tree, files: Sequence[int]) -> Sequence[int]:
    """Sort files by where their layers lie in the archive, each layer's as they are."""
    order = {layer: at for at, layer in enumerate(store.in_order(range(len(store.places))))}
    return array("q", sorted(files, key=lambda inode: (order[tree.place(inode)[0]], inode)))

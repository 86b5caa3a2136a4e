"""The verb that compares two images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_files import due_rows, files_diff, same_files
from layertar.analysis.diff_image import config_diff, history_diff
from layertar.analysis.diff_layers import layers_diff
from layertar.analysis.diff_model import Aspect, Ignoring
from layertar.analysis.globs import Globs
from layertar.analysis.known import diff_id_of
from layertar.api.diff_reading import Asked, BothLayers, Reading
from layertar.api.layer_listing import problems_of
from layertar.errors import ArgumentError, LimitError
from layertar.filesystem import Tree, apply
from layertar.filesystem.store import opened_store
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.report.diff_model import Diff
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from os import PathLike

    from layertar.analysis.diff_files import FilesDiff
    from layertar.analysis.diff_model import DiffSide, HistoryDiff, LayersDiff
    from layertar.api.diff_reading import Read
    from layertar.api.request import Progress
    from layertar.members import Source

__all__ = ["PARTS", "diff", "parse_ignored"]

#: What `diff` compares, in the words of the command line.
PARTS = ("layers", "config", "history", "files")

_IGNORED = {
    "mtime": (Aspect.TIMES,),
    "order": (Aspect.ORDER,),
    "uid": (Aspect.OWNER,),
    "mode": (Aspect.MODE,),
    "xattrs": (Aspect.XATTRS,),
    "build": (Aspect.BUILD,),
    "format": (Aspect.FORMAT, Aspect.COMPRESSION),
}
_MARKS_OF_A_PATTERN = frozenset("/*?[")


def parse_ignored(words: Iterable[str]) -> Ignoring:
    """Read what does not count: the words that `diff` documents, or globs of paths.

    Raises:
        ArgumentError: a word is none of them, or a glob cannot be understood.
    """
    aspects: set[Aspect] = set()
    patterns: list[str] = []
    for word in words:
        if word in _IGNORED:
            aspects.update(_IGNORED[word])
        elif _MARKS_OF_A_PATTERN.isdisjoint(word):
            known = ", ".join(_IGNORED)
            raise ArgumentError(f"{word!r} is none of {known}, nor a pattern with one of / * ? [")
        else:
            patterns.append(word)
    Globs(patterns)
    return Ignoring(frozenset(aspects), tuple(patterns))


def diff(
    a: Source,
    b: Source,
    *,
    image: str | None = None,
    image_a: str | None = None,
    image_b: str | None = None,
    platform: str | None = None,
    platform_a: str | None = None,
    platform_b: str | None = None,
    parts: Collection[str] = PARTS,
    ignore: Iterable[str] = (),
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cache: str | PathLike[str] | None = None,
) -> Diff:
    """Compare two images.

    Args:
        a: the archive of the one, as for `verify`.
        b: the archive of the other; it may be the same path.
        image: which images, by name or digest.
        image_a: which image of `a`, where it is not of that name.
        image_b: which image of `b`.
        platform: which images, by platform.
        platform_a: which image of `a`, where it is for another.
        platform_b: which image of `b`.
        parts: which of `PARTS` to compare.
        ignore: differences that do not count: `mtime` (all times), `order`, `uid` (all owners),
            `mode`, `xattrs`, `build` (its traces), `format` (compression, too), or globs of paths.
        verify: whether to measure everything; else layers' digests are taken as recorded.
        limits: the bounds.
        workers: blobs measured at a time.
        on_progress: told how far the reading is.
        cache: a directory in which listings of layers are kept from run to run; see `files`.

    Raises:
        SelectionError: no image, or several, fit.
        InputError: an archive cannot be read.
        ArgumentError: `parts`, `ignore`, `platform` or `workers` is wrong, one stream is
            given twice, or `cache` cannot be used.
    """
    ignoring = parse_ignored(ignore)
    if unknown := [part for part in parts if part not in PARTS]:
        raise ArgumentError(f"{unknown[0]!r} is no part; there are {', '.join(PARTS)}")
    asked = (
        Asked(a, image_a or image, platform_a or platform),
        Asked(b, image_b or image, platform_b or platform),
    )
    if a is b and not asked[0].is_path:
        raise ArgumentError("one stream cannot be read twice")
    with opened_store(cache, limits) as store:
        reading = Reading(limits, workers, on_progress, store)
        return _diff(reading, asked, parts, ignoring, verify=verify)


def _diff(
    reading: Reading,
    asked: Sequence[Asked],
    parts: Collection[str],
    ignoring: Ignoring,
    *,
    verify: bool,
) -> Diff:
    inside = not {"files", "layers"}.isdisjoint(parts)
    sides = [reading.side(each, verify=verify, inside=inside) for each in asked]
    if not all(diff_id_of(layer) for read in sides for layer in read.side.image.layers):
        # Docker before 1.10 records no digests of layers.
        sides = [
            reading.side(read.asked, verify=True, inside=inside)
            if read.asked.is_path and not read.is_measured
            else read
            for read in sides
        ]
    return _compared(reading, sides, parts, ignoring)


def _compared(
    reading: Reading, sides: Sequence[Read], parts: Collection[str], ignoring: Ignoring
) -> Diff:
    (a, b), reports = [read.side for read in sides], [read.report for read in sides]
    history = history_diff(a.image, b.image, ignoring)
    layers = None
    if not {"files", "layers"}.isdisjoint(parts) and not _is_same_chain(a, b):
        layers = BothLayers(reading, sides, whole="files" in parts)
    return Diff(
        a=a,
        b=b,
        ignoring=ignoring,
        layers=_layers(a, b, history, layers, ignoring) if "layers" in parts else None,
        config=config_diff(a, b, ignoring) if "config" in parts else None,
        history=history if "history" in parts else None,
        files=_files(layers, ignoring, reading.limits) if "files" in parts else None,
        is_measured=all(read.is_measured for read in sides),
        report=replace(
            reports[0], archives=tuple(each for one in reports for each in one.archives)
        ),
    )


def _is_same_chain(a: DiffSide, b: DiffSide) -> bool:
    """Whether all layers are the same by their diff_ids, so that nobody has to look inside."""
    ids = [[diff_id_of(layer) for layer in side.image.layers] for side in (a, b)]
    return ids[0] == ids[1] and None not in ids[0]


def _layers(
    a: DiffSide,
    b: DiffSide,
    history: HistoryDiff,
    both: BothLayers | None,
    ignoring: Ignoring,
) -> LayersDiff:
    contents = None
    if both is not None:
        # What is not all there looks like less than it is.
        whole = [
            [None if each.problem else each.changeset for each in side] for side in both.listed
        ]
        contents = (whole[0], whole[1])
    return layers_diff(
        a.image.layers, b.image.layers, history, ignoring=ignoring, contents=contents
    )


def _files(both: BothLayers | None, ignoring: Ignoring, limits: Limits) -> FilesDiff:
    if both is None:
        return same_files(ignoring)
    problems = [
        problem
        for name, side in zip("ab", both.listed, strict=True)
        for problem in problems_of(side, f" of {name}")
    ]
    trees = []
    for name, side in zip("ab", both.listed, strict=True):
        try:
            trees.append(apply([each.changeset for each in side], limits))
        except LimitError as error:
            problems.append(f"the layers of {name}: {error}")
            trees.append(Tree(()))
    if both.is_skimmed:
        both.take_digests(due_rows((trees[0], trees[1])))
    return files_diff((trees[0], trees[1]), tuple(problems), ignoring)

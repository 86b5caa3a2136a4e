"""The verb that compares two images."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from layertar.analysis.diff_image import config_diff, history_diff
from layertar.analysis.diff_layers import diff_id_of, layers_diff
from layertar.analysis.diff_model import Aspect, DiffSide, Ignoring
from layertar.api.configs import raw_config
from layertar.api.listings import chosen, listing_request
from layertar.api.reports import reported
from layertar.documents.config_fields import config_fields
from layertar.errors import ArgumentError, DocumentError, InputError, SelectionError
from layertar.image.model import Verdict
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import source_name
from layertar.report.diff_model import Diff
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from layertar.api.request import Progress, Request
    from layertar.documents.config_fields import FieldPath, FieldValue
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["PARTS", "diff", "parse_ignored"]

#: What `diff` compares, in the words of the command line.
PARTS = ("layers", "config", "history")

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
        ArgumentError: a word is none of them.
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
    return Ignoring(frozenset(aspects), tuple(patterns))


class _Asked(NamedTuple):
    """One side, as it was asked for."""

    source: Source
    image: str | None
    platform: str | None


def diff(
    a: Source,
    b: Source,
    *,
    image: str | None = None,
    image_b: str | None = None,
    platform: str | None = None,
    platform_b: str | None = None,
    parts: Collection[str] = PARTS,
    ignore: Iterable[str] = (),
    verify: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Diff:
    """Compare two images.

    Args:
        a: the archive of the one, as for `verify`.
        b: the archive of the other; it may be the same path.
        image: which image, by name or digest.
        image_b: which image of `b`, where that is another.
        platform: which image.
        platform_b: which image of `b`, where that is another.
        parts: which of `PARTS` to compare.
        ignore: differences that do not count: `mtime` (all times), `order`, `uid` (all owners),
            `mode`, `xattrs`, `build` (its traces), `format` (compression, too), or globs of paths.
        verify: whether to measure everything; else layers' digests are taken as recorded.
        limits: the bounds.
        workers: blobs measured at a time.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no image, or several, fit.
        InputError: an archive cannot be read.
        ArgumentError: `parts`, `ignore`, `platform` or `workers` is wrong, or one stream is
            given twice.
    """
    ignoring = parse_ignored(ignore)
    if unknown := [part for part in parts if part not in PARTS]:
        raise ArgumentError(f"{unknown[0]!r} is no part; there are {', '.join(PARTS)}")
    both = (
        _Asked(a, image, platform),
        _Asked(b, image_b or image, platform_b or platform),
    )
    if a is b and not isinstance(a, str | PathLike):
        raise ArgumentError("one stream cannot be read twice")

    def read(asked: _Asked, *, verify: bool) -> tuple[DiffSide, Report]:
        request = listing_request(
            asked.image, asked.platform, limits, on_progress, verify=verify, workers=workers
        )
        return _side(replace(request, needs_one=True), asked)

    read_ones = [read(asked, verify=verify) for asked in both]
    if not verify and not all(_is_told(side) for side, _ in read_ones):
        # Docker before 1.10 records no digests of layers.
        verify = all(isinstance(asked.source, str | PathLike) for asked in both)
        read_ones = [read(asked, verify=True) for asked in both] if verify else read_ones
    return _compared(read_ones, parts, ignoring, is_measured=verify)


def _is_told(side: DiffSide) -> bool:
    """Whether digests are recorded that tell its layers from others."""
    return all(diff_id_of(layer) is not None for layer in side.image.layers)


def _side(request: Request, asked: _Asked) -> tuple[DiffSide, Report]:
    """Read one side."""
    found: list[DiffSide] = []

    def consult(_: Content, evidence: Evidence, report: ArchiveReport) -> None:
        images = chosen(evidence, report)
        if not images:
            raise SelectionError(asked.image or "", "the image is listed, and not here", ())
        at = evidence.wanted or 0
        fields = _fields(evidence, evidence.images[at])
        found.append(DiffSide(archive=report.name, image=images[0], fields=fields))

    name = source_name(asked.source)
    try:
        report = reported(replace(request, consult=consult), [asked.source])
    except SelectionError as error:
        raise SelectionError(f"{name}: {error.wanted}", error.reason, error.candidates) from error
    [archive] = report.archives
    if archive.verdict is Verdict.UNREADABLE or not found:
        reason = archive.findings[0].message if archive.findings else "holds no image"
        raise InputError(name, reason)
    return found[0], report


def _fields(evidence: Evidence, image: JoinedImage) -> Mapping[FieldPath, FieldValue] | None:
    raw = raw_config(evidence, image)
    try:
        return None if raw is None else config_fields(raw, limits=evidence.limits)
    except DocumentError:
        return None


def _compared(
    read: Sequence[tuple[DiffSide, Report]],
    parts: Collection[str],
    ignoring: Ignoring,
    *,
    is_measured: bool,
) -> Diff:
    (a, first), (b, second) = read
    history = history_diff(a.image, b.image, ignoring)
    layers = layers_diff(a.image.layers, b.image.layers, history, ignoring=ignoring)
    config = config_diff(a, b, ignoring)
    return Diff(
        a=a,
        b=b,
        ignoring=ignoring,
        layers=layers if "layers" in parts else None,
        config=config if "config" in parts else None,
        history=history if "history" in parts else None,
        is_measured=is_measured,
        report=replace(first, archives=(*first.archives, *second.archives)),
    )

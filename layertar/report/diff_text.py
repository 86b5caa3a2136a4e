"""Text of a diff, for people: a line with the verdict, then a section of each part.

Every line starts with a word, a sign or spaces of ours, and all that an archive says is escaped.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from layertar.analysis.diff_model import Aspect, State
from layertar.report.diff_file_lines import file_lines
from layertar.report.diff_lines import (
    MARKS,
    PAINTS,
    Line,
    clipped,
    config_lines,
    history_lines,
    layer_lines,
    reasons,
    spelt,
)
from layertar.report.escape import escape
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from layertar.analysis.diff_model import DiffSide
    from layertar.report.diff_model import Diff
    from layertar.report.register import TextStyle

__all__ = ["write_diff_text"]

_BOLD, _DIM = "1", "2"
_HEADS = {State.SAME: "SAME", State.CHANGED: "DIFFERENT", State.UNKNOWN: "UNKNOWN"}
_HEAD_COLORS = {State.SAME: "32", State.CHANGED: "33", State.UNKNOWN: "31"}
#: Lines of one part in a summary.
_MOST = 12
_INDENT = 9
#: Characters that a heading has on a terminal of whatever width.
_LEAST = 20
#: Aspects that are no difference of what the images hold and do.
_HARMLESS = {Aspect.TIMES, Aspect.BUILD, Aspect.ORDER, Aspect.FORMAT, Aspect.COMPRESSION}
_RECORDED = "diff_ids are as recorded, not proved; --verify measures them"


def write_diff_text(
    diff: Diff, out: TextIO, style: TextStyle, *, whole: frozenset[str] = frozenset()
) -> None:
    """Write `diff` to `out`.

    Args:
        diff: what to write.
        out: where to.
        style: width and colours of the terminal.
        whole: the parts that are written to the last line; of others the summary is.
    """
    page = _Page(diff, style, whole)
    out.writelines(f"{line}\n" for line in page.lines())


class _Page(NamedTuple):
    """One writing of one diff."""

    diff: Diff
    style: TextStyle
    whole: frozenset[str]

    def lines(self) -> Iterator[str]:
        """Every line, without its line break."""
        diff = self.diff
        head = self._paint(_HEADS[diff.state], _BOLD, _HEAD_COLORS[diff.state])
        yield f"{head}  {_verdict(diff)}"
        width = max(len(escape(side.archive)) for side in (diff.a, diff.b))
        for letter, side in (("a", diff.a), ("b", diff.b)):
            yield f"  {letter}  {escape(side.archive):<{width}}  {_named(side)}"
        if diff.ignoring.aspects or diff.ignoring.patterns:
            patterns = map(escape, diff.ignoring.patterns)
            ignored = (*(aspect.value for aspect in diff.ignoring.counted_out), *patterns)
            yield f"  ignored: {', '.join(ignored)}"
        if diff.layers is not None:
            yield from self._part("layers", layer_lines(diff.layers, whole="layers" in self.whole))
        if diff.config is not None:
            yield from self._part("config", config_lines(diff.config, whole="config" in self.whole))
        if diff.history is not None:
            whole = "history" in self.whole
            yield from self._part("history", history_lines(diff.history, whole=whole))
        if diff.files is not None:
            whole = "files" in self.whole
            yield from self._part("files", file_lines(diff.files, whole=whole))
        if not diff.is_measured and diff.layers is not None:
            yield ""
            yield self._paint(_RECORDED, _DIM)

    def _part(self, name: str, lines: Iterable[Line]) -> Iterator[str]:
        """Lay out one part: its heading, then its lines, as many as are wanted."""
        told = iter(lines)
        yield ""
        room = None if self.style.width is None else max(self.style.width - _INDENT, _LEAST)
        heading = next(told).text
        first, *rest = [heading] if room is None else wrap(heading, room) or [""]
        yield f"{self._paint(name, _BOLD)}{' ' * (_INDENT - len(name))}{first}"
        yield from (" " * _INDENT + line for line in rest)
        is_whole = name in self.whole
        shown = more = 0
        for line in told:
            if line.is_last or is_whole or shown < _MOST or (line.is_detail and not more):
                if line.is_last and more:
                    yield self._more(name, more)
                    more = 0
                shown += not line.is_detail
                yield self._line(line)
            else:
                more += not line.is_detail
        if more:
            yield self._more(name, more)

    def _more(self, name: str, more: int) -> str:
        return self._paint(f"    ... and {more} more; --{name} lists all", _DIM)

    def _line(self, line: Line) -> str:
        text = line.text
        width = self.style.width
        if width is not None and len(text) > width - 4:
            text = text[: max(width - 7, 1)] + "..."
        if line.state is None:
            return f"    {text}" if line.is_detail else f"  {text}"
        return f"  {self._paint(MARKS[line.state], *PAINTS[line.state])} {text}"

    def _paint(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.style.color and codes else text


def _verdict(diff: Diff) -> str:
    """Say on one line what it comes to."""
    if diff.state is State.SAME:
        parts = ("layers", "config", "history", "files")
        compared = [name for name in parts if getattr(diff, name) is not None]
        return f"nothing differs in {reasons(compared)}"
    if diff.state is State.UNKNOWN:
        return "no difference was found, but not everything could be compared"
    if set(diff.aspects) <= _HARMLESS and not _is_unread(diff):
        verb = "differs" if diff.aspects[-1:] == diff.aspects != (Aspect.TIMES,) else "differ"
        return f"only {reasons(map(spelt, diff.aspects))} {verb}"
    return f"in {reasons(map(spelt, diff.aspects)) or 'what layers hold'}"


def _is_unread(diff: Diff) -> bool:
    return diff.layers is not None and any(
        pair.aspects is None and pair.state is State.CHANGED for pair in diff.layers.pairs
    )


def _named(side: DiffSide) -> str:
    image = side.image
    name = clipped(image.names[0]) if image.names else "(no name)"
    platform = "" if image.platform is None else f"  {escape(str(image.platform))}"
    image_id = image.image_id or image.recorded.image_id
    return f"{name}{platform}  {'no image ID' if image_id is None else str(image_id)[:19]}"

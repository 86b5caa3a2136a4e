"""Lines of a diff's parts: what is told of layers, config and history, before it is laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import Aspect, State, in_order
from layertar.analysis.known import size_of, total
from layertar.regex import regex
from layertar.report.escape import escape
from layertar.report.table import human_size
from layertar.report.text_tables import shortened
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layertar.analysis.diff_model import (
        ConfigChange,
        ConfigDiff,
        FirstMiss,
        HistoryDiff,
        HistoryStep,
        LayerPair,
        LayersDiff,
    )
    from layertar.documents.config_fields import FieldValue

__all__ = [
    "MARKS",
    "PAINTS",
    "Line",
    "clipped",
    "config_lines",
    "history_lines",
    "layer_lines",
    "reasons",
    "spelt",
]

#: The sign at the head of a line, by what became of the thing.
MARKS = {
    State.SAME: "=",
    State.CHANGED: "~",
    State.ADDED: "+",
    State.REMOVED: "-",
    State.UNKNOWN: "?",
}
#: Terminal codes of that sign.
PAINTS: dict[State, tuple[str, ...]] = {
    State.SAME: ("2",),
    State.CHANGED: ("33",),
    State.ADDED: ("32",),
    State.REMOVED: ("31",),
    State.UNKNOWN: ("31",),
}
_NOTHING = "nothing differs"
#: Characters of one value, and of two on one line.
_VALUE = 240
_BESIDE = 60
#: Layers in a row that are the same, told on one line of a summary where they are more.
_RUN = 3
#: Characters of an instruction that are looked at: it may be megabytes.
_INSTRUCTION = 1000
_HEX = regex(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


class Line(NamedTuple):
    """One line.

    Attributes:
        text: what it says, escaped.
        state: what became of the thing; `None` for a line without a sign.
        is_detail: whether it belongs to the line before.
        is_last: whether it is told however many there are.
    """

    text: str
    state: State | None = None
    is_detail: bool = False
    is_last: bool = False


def reasons(words: Iterable[str]) -> str:
    """Join words: `a`, `a and b`, `a, b and c`."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def spelt(aspect: Aspect) -> str:
    """Spell an aspect for people."""
    return "traces of the build" if aspect is Aspect.BUILD else aspect.value


def clipped(text: str, most: int = _VALUE) -> str:
    """Escape `text` and cut it to what a line can show."""
    shown = escape(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _counts(states: Iterable[State]) -> str:
    """Count what was changed, added, removed."""
    found = list(states)
    told = [f"{found.count(state)} {state.value}" for state in State if found.count(state)]
    return ", ".join(told)


def config_lines(config: ConfigDiff, *, whole: bool) -> Iterator[Line]:
    """Tell what differs in the configs; times and traces of the build only with `whole`."""
    if config.state is State.UNKNOWN:
        yield Line("cannot be read, so nothing is known of it")
        return
    ignored = f"; {config.ignored} more ignored" if config.ignored else ""
    if not config.changes:
        only = "the documents are spelt otherwise and say the same" if config.aspects else _NOTHING
        yield Line(f"{only}{ignored}")
        return
    told = [change for change in config.changes if whole or change.aspect is Aspect.CONTENT]
    rest = in_order(change.aspect for change in config.changes if change not in told)
    text = _counts(change.state for change in told)
    if rest:
        text = f"{text}, and {reasons(map(spelt, rest))}" if told else f"{_differing(rest)} differ"
    yield Line(text + ignored)
    for change in told:
        yield from _config_change(change)


def _config_change(change: ConfigChange) -> Iterator[Line]:
    path = change.path[1:] if change.path[0] == "config" and len(change.path) > 1 else change.path
    name = clipped(" ".join(path))
    before, after = _value(change.before), _value(change.after)
    if change.state is not State.CHANGED:
        yield Line(f"{name}  {after if change.before is None else before}".rstrip(), change.state)
    elif len(before) + len(after) <= _BESIDE:
        yield Line(f"{name}  {before} -> {after}", change.state)
    else:
        yield Line(name, change.state)
        yield Line(f"  - {before}", is_detail=True)
        yield Line(f"  + {after}", is_detail=True)


def _value(value: FieldValue | None) -> str:
    if value is None or value is True:
        return "" if value is None else "true"
    if isinstance(value, tuple):
        return clipped(f"[{', '.join(_quoted(text[:_VALUE]) for text in value[:_VALUE])}]")
    if value == "":
        return '""'
    return "false" if value is False else clipped(str(value))


def _quoted(text: str) -> str:
    quoted = text.replace('"', r"\"")
    return f'"{quoted}"'


def history_lines(history: HistoryDiff, *, whole: bool) -> Iterator[Line]:
    """Tell which steps differ in more than times, or with `whole` all of them."""
    told = [step for step in history.steps if whole or Aspect.CONTENT in step.aspects]
    differing = [step.state for step in history.steps if Aspect.CONTENT in step.aspects]
    rest = [
        step.aspects
        for step in history.steps
        if step.aspects and Aspect.CONTENT not in step.aspects
    ]
    text = _counts(differing) or _NOTHING
    if rest:
        only = reasons(map(spelt, in_order(aspect for aspects in rest for aspect in aspects)))
        where = f"in {_number(len(rest), 'step')}"
        text = f"{text}, and {only} {where}" if differing else f"only {only} differ, {where}"
    yield Line(text)
    for step in told:
        yield from _step_lines(step)


def _step_lines(step: HistoryStep) -> Iterator[Line]:
    before, after = _step_texts(step)
    if before is None or after is None or before == after:
        told = f"  ({_differing(step.aspects)})" if before == after and step.aspects else ""
        yield Line(f"{after or before or '(no instruction)'}{told}", step.state)
    elif len(before) + len(after) <= _BESIDE:
        yield Line(f"{before} -> {after}", step.state)
    else:
        yield Line("an instruction differs", step.state)
        yield Line(f"  - {before}", is_detail=True)
        yield Line(f"  + {after}", is_detail=True)


def _step_texts(step: HistoryStep) -> tuple[str | None, str | None]:
    """Give the instructions of a step; `None` for a side that has no such step."""
    before, after = step.before, step.after
    return (
        None if before is None else _made_by(before.created_by or ""),
        None if after is None else _made_by(after.created_by or ""),
    )


def layer_lines(layers: LayersDiff, *, whole: bool) -> Iterator[Line]:
    """Tell of each layer what became of it, then where a cache would miss."""
    differing = [pair.state for pair in layers.pairs if pair.state is not State.SAME]
    shared = f"{layers.shared} of {len(layers.pairs)} shared from the base up"
    if not layers.pairs:
        yield Line("there are none")
        return
    yield Line(f"{shared}; {_counts(differing)}" if differing else f"{shared}; {_NOTHING}")
    rows = list(_rows(layers.pairs, whole=whole))
    widths = [max(len(row[place]) for _, row in rows) for place in range(3)]
    for state, (a, b, size, text) in rows:
        cells = (a.rjust(widths[0]), b.rjust(widths[1]), size.rjust(widths[2]), text)
        yield Line("  ".join(cells).rstrip(), state)
    if layers.miss is not None:
        yield from _miss_lines(layers.miss)


_Row = tuple[str, str, str, str]


def _rows(pairs: Sequence[LayerPair], *, whole: bool) -> Iterator[tuple[State | None, _Row]]:
    yield None, ("a", "b", "stored", "")
    run: list[LayerPair] = []
    for pair in pairs:
        if pair.state is State.SAME and not whole:
            run.append(pair)
            continue
        yield from _run_rows(run)
        run = []
        yield _row(pair)
    yield from _run_rows(run)


def _run_rows(run: Sequence[LayerPair]) -> Iterator[tuple[State | None, _Row]]:
    if len(run) <= _RUN:
        yield from map(_row, run)
        return
    first, last = run[0], run[-1]
    spans = [
        f"{one.position}-{other.position}"
        for one, other in ((first.before, last.before), (first.after, last.after))
        if one is not None and other is not None
    ]
    whole = total([None if pair.after is None else size_of(pair.after) for pair in run])
    size = "-" if whole is None else human_size(whole)
    yield State.SAME, (*spans, size, f"{len(run)} layers")  # type: ignore[misc]  # two spans


def _row(pair: LayerPair) -> tuple[State | None, _Row]:
    before, after = pair.before, pair.after
    layer = after or before
    sizes = [size_of(each) for each in (before, after) if each is not None]
    texts = dict.fromkeys("-" if size is None else human_size(size) for size in sizes)
    made_by = _made_by(layer.created_by) if layer is not None and layer.created_by else "-"
    told = f"  ({_told(pair)})" if pair.state is not State.SAME or pair.ignored else ""
    if pair.state in (State.ADDED, State.REMOVED):
        told = ""
    return pair.state, (
        "-" if before is None else str(before.position),
        "-" if after is None else str(after.position),
        " -> ".join(texts),
        made_by + told,
    )


def _told(pair: LayerPair) -> str:
    if pair.state is State.UNKNOWN:
        return "no digest is known"
    if pair.state is State.SAME:
        return f"ignored: {_differing(pair.ignored)}"
    return "other content" if pair.aspects is None else _differing(pair.aspects)


def _differing(aspects: Sequence[Aspect]) -> str:
    """Say in what two things differ."""
    told = reasons(map(spelt, aspects))
    if Aspect.CONTENT in aspects:
        return told
    return f"only {told}"


def _miss_lines(miss: FirstMiss) -> Iterator[Line]:
    """Say which layer is the first that a cache misses, and why."""
    pair = miss.pair
    layer = pair.after if pair.after is not None else pair.before
    if layer is None:
        return
    name = f"layer {layer.position} of {'a' if pair.after is None else 'b'}"
    yield Line(f"first cache miss: {name}; {_why(pair)}", is_last=True)
    if miss.step is not None:
        before, after = _step_texts(miss.step)
        parts = [text for text in (before, after) if text is not None]
        step = " -> ".join(dict.fromkeys(parts))
        word = miss.step.state.value
        yield Line(f"{word} in the history up to it: {step}", is_detail=True, is_last=True)


def _made_by(created_by: str) -> str:
    """Cut an instruction to one line, digests in it to 12 digits."""
    return shortened(_HEX.sub(r"\1...", created_by[:_INSTRUCTION]))


def _why(pair: LayerPair) -> str:
    if pair.state is State.ADDED:
        return "a has no such layer"
    if pair.state is State.REMOVED:
        return "b has no such layer"
    if pair.state is State.UNKNOWN:
        return "no digest says whether it is the same"
    if pair.same_instruction is False:
        return "another instruction made it"
    made = "the same instruction made it, " if pair.same_instruction else ""
    if pair.aspects is None:
        return f"{made}its content differs"
    aspects = pair.aspects or pair.ignored
    # One word is a plural: times.
    verb = "differs" if len(aspects) == 1 and aspects != (Aspect.TIMES,) else "differ"
    return f"{made}{_differing(aspects)} {verb}" if aspects else f"{made}ignored files differ"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""Results as text, JSON and Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.outcome import Row, Verdict

__all__ = ["case_text", "from_json", "markdown", "targets_text", "to_json"]

_MIB = 1 << 20
_VERDICT_HEADS = ("case", "target", "figure", "bound", "reached")


def to_json(result: Result) -> str:
    """Everything, every round's seconds too."""
    outcomes = [outcome.to_dict() for outcome in result.outcomes]
    return json.dumps({**result._asdict(), "outcomes": outcomes}, indent=1)


def from_json(text: str) -> Result:
    """Read what `to_json` wrote."""
    value = json.loads(text)
    return Result(**{**value, "outcomes": tuple(map(Outcome.from_dict, value["outcomes"]))})


def case_text(outcome: Outcome) -> str:
    """One case, its columns aligned."""
    lines = [_heads(outcome), *(_cells(row, outcome) for row in outcome.rows)]
    title = f"{outcome.key}: {outcome.title} ({outcome.about})"
    failed = [row.failed for row in outcome.rows if row.failed]
    return "\n".join([title, *_aligned(lines, 1), *failed])


def targets_text(outcomes: Sequence[Outcome]) -> str:
    """All targets, their columns aligned."""
    return "\n".join(_aligned([_VERDICT_HEADS, *_all_verdicts(outcomes)], 2))


def markdown(result: Result) -> str:
    """The targets, then each case."""
    parts = ["## Targets", _marked([_VERDICT_HEADS, *_all_verdicts(result.outcomes)], 2)]
    for outcome in result.outcomes:
        cells = [_heads(outcome), *(_cells(row, outcome) for row in outcome.rows)]
        parts += [f"## {outcome.title}", f"{outcome.about}.", _marked(cells, 1)]
    return "\n\n".join(parts) + "\n"


def _all_verdicts(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    return [
        _verdict_cells(outcome.key, verdict) for outcome in outcomes for verdict in outcome.verdicts
    ]


def _verdict_cells(key: str, verdict: Verdict) -> tuple[str, ...]:
    value = f"{verdict.value:.0f}" if verdict.value >= 20 else f"{verdict.value:.2f}"
    return key, verdict.what, value, verdict.bound, "yes" if verdict.reached else "NO"


def _heads(outcome: Outcome) -> tuple[str, ...]:
    return ("", "best s", "median s", f"x {outcome.base}", "CPU s", "peak MiB")


def _cells(row: Row, outcome: Outcome) -> tuple[str, ...]:
    if not row.seconds:
        return row.name, "failed", "", "", "", ""
    base = next(one for one in outcome.rows if one.name == outcome.base)
    return (
        row.name,
        f"{row.best:.3f}",
        f"{row.median:.3f}",
        f"{row.best / base.best:.2f}",
        "" if row.busy is None else f"{row.busy:.3f}",
        "" if row.memory is None else f"{row.memory / _MIB:.0f}",
    )


def _aligned(lines: Sequence[Sequence[str]], texts: int) -> list[str]:
    """A table, its first columns text and the rest figures."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]


def _marked(lines: Sequence[Sequence[str]], texts: int) -> str:
    """The same in Markdown."""
    heads, *rest = lines
    ruler = [*["---"] * texts, *["--:"] * (len(heads) - texts)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ruler, *rest))

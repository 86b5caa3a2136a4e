"""What a run found: rows of times, and targets reached or not."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

__all__ = ["Outcome", "Result", "Row", "Target", "Verdict", "judge"]

_MIB = 1 << 20


class Row(NamedTuple):
    """One contender.

    Attributes:
        name: its.
        seconds: of each round; none where it failed.
        best: the least of them, or what is computed of them; 0 where it failed.
        busy: the least seconds of the processor in a round, where they were taken: they tell
            more than the time where others use the machine.
        memory: peak in bytes, where it was taken.
        failed: its last words.
    """

    name: str
    seconds: tuple[float, ...]
    best: float
    busy: float | None = None
    memory: int | None = None
    failed: str = ""

    @property
    def median(self) -> float:
        """The median of the rounds, in seconds."""
        return statistics.median(self.seconds)


class Target(NamedTuple):
    """What is to be reached.

    Attributes:
        name: of the row it is set for.
        kind: `time`: at most `bound` times the time of `against`; `speed`: at least `bound` times
            as fast as it; `memory`: at most `bound` MiB; `growth`: at most `bound` times its
            memory.
        bound: the figure.
        against: the name of the other row.
        less: the row whose time does not count.
    """

    name: str
    kind: str
    bound: float
    against: str = ""
    less: str = ""


class Verdict(NamedTuple):
    """A target in words, the figure that was measured, and whether that reaches it."""

    what: str
    value: float
    bound: str
    reached: bool


class Outcome(NamedTuple):
    """One case.

    Attributes:
        key: by which it is chosen.
        title: what it is.
        about: the archive, in words.
        base: the row that ratios refer to.
        rows: as they were run.
        verdicts: one for each target whose rows are there.
    """

    key: str
    title: str
    about: str
    base: str
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Outcome:
        """Read what `to_dict` gave."""
        rows = tuple(Row(**{**row, "seconds": tuple(row["seconds"])}) for row in value["rows"])
        verdicts = tuple(Verdict(**verdict) for verdict in value["verdicts"])
        return cls(**{**value, "rows": rows, "verdicts": verdicts})

    def to_dict(self) -> dict[str, Any]:
        """Make it objects of JSON."""
        rows = [row._asdict() for row in self.rows]
        verdicts = [verdict._asdict() for verdict in self.verdicts]
        return {**self._asdict(), "rows": rows, "verdicts": verdicts}


class Result(NamedTuple):
    """One run: when, where (name and value, in words), how, and what came of it."""

    date: str
    machine: dict[str, str]
    options: dict[str, str]
    outcomes: tuple[Outcome, ...]


def judge(targets: tuple[Target, ...], rows: tuple[Row, ...]) -> tuple[Verdict, ...]:
    """Hold the rows to the targets; one whose rows are not there or failed is left out."""
    there = {row.name: row for row in rows if row.seconds}
    return tuple(
        _verdict(target, there)
        for target in targets
        if {target.name, target.against, target.less} - {""} <= set(there)
    )


def _verdict(target: Target, rows: dict[str, Row]) -> Verdict:
    mine = rows[target.name]
    if target.kind == "memory":
        peak = (mine.memory or 0) / _MIB
        what = f"{target.name}: MiB resident"
        return Verdict(what, peak, f"≤ {target.bound:g}", peak <= target.bound)
    other = rows[target.against]
    if target.kind == "growth":
        growth = (mine.memory or 0) / (other.memory or 1)
        what = f"{target.name}: memory / {target.against}"
        return Verdict(what, growth, f"≤ {target.bound:g}", growth <= target.bound)
    best = mine.best - (rows[target.less].best if target.less else 0.0)
    name = f"({target.name} - {target.less})" if target.less else target.name
    if target.kind == "time":
        what = f"{name}: time / {target.against}"
        value = best / other.best
        return Verdict(what, value, f"≤ {target.bound:g}", value <= target.bound)
    value = other.best / best
    what = f"{name}: times as fast as {target.against}"
    return Verdict(what, value, f"≥ {target.bound:g}", value >= target.bound)

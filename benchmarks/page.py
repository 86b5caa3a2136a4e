"""The page `docs/performance.md`, written from results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.table import markdown

if TYPE_CHECKING:
    from benchmarks.outcome import Result

__all__ = ["page"]

_INTRODUCTION = """\
# How fast layertar is

Written by `python -m benchmarks`; do not edit. The seconds are this machine's: read the ratios.

Each figure is of a whole process with its start-up, the page cache warm. In each round all take
turns; the best of the rounds counts. **Ideal** is the time below which no design on this machine
can be: reading and hashing the stored bytes, inflating them and hashing the output, each timed
alone on the same bytes in the same run, with the fastest libraries that have wheels; their sum
divided by the usable cores, or the longest step of one layer where that is more. Walking the
layers' tars and starting up are not in it. CPU is the processor's time of all processes, for the
ideal the sum of the steps; memory is the largest resident set of one process."""


def page(result: Result) -> str:
    """The whole page."""
    facts = {"date": result.date, **result.machine, **result.options}
    listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    failures = [
        f"- {outcome.key}: {row.failed}"
        for outcome in result.outcomes
        for row in outcome.rows
        if row.failed
    ]
    failed = ["## Who failed", "\n".join(failures)] if failures else []
    return "\n\n".join([_INTRODUCTION, listed, markdown(result).rstrip(), *failed]) + "\n"

"""The fuzzer's command: `python -m tests.fuzz --seconds 600 --seed 1 --keep crashers`."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.fuzz.loop import Outcome, fuzz

__all__ = ["main"]


def main() -> int:
    """Run as many loops as asked for, print what they came to, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to run")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first job; the next has one more"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--keep", type=Path, help="folder for inputs for which something breaks")
    parser.add_argument("--inputs", type=int, help="stop after so many inputs a job")
    given = parser.parse_args()
    run = partial(fuzz, seconds=given.seconds, inputs=given.inputs, keep=given.keep)
    numbers = range(given.seed, given.seed + given.jobs)
    if given.jobs == 1:
        outcomes = [run(given.seed)]
    else:
        with ProcessPoolExecutor(given.jobs) as pool:
            outcomes = list(pool.map(run, numbers))
    for number, outcome in zip(numbers, outcomes, strict=True):
        _tell(number, outcome)
    return 1 if any(outcome.crashes for outcome in outcomes) else 0


def _tell(seed: int, outcome: Outcome) -> None:
    write = sys.stdout.write
    write(
        f"seed {seed}: {outcome.executed} inputs, {len(outcome.signatures)} different answers, "
        f"{sum(outcome.counts.values())} broken in {len(outcome.crashes)} ways, "
        f"the slowest {outcome.slowest:.1f} s\n"
    )
    for kind, crash in sorted(outcome.crashes.items()):
        write(f"  {outcome.counts[kind]} times: {kind} ({len(crash.data)} bytes)\n")


if __name__ == "__main__":
    sys.exit(main())

"""Run the cases: in each round everyone takes a turn, so that all meet the same machine."""

from __future__ import annotations

import contextlib
import fcntl
import json
from typing import TYPE_CHECKING

from benchmarks.case import IDEAL
from benchmarks.cores import usable_cores
from benchmarks.outcome import Outcome, Row, judge
from benchmarks.processes import BenchmarkError, run
from benchmarks.steps import Steps, ideal_seconds, least

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.case import Case, Plan
    from benchmarks.options import Options
    from benchmarks.processes import Contender, Sample

__all__ = ["run_case"]

_PIECE = 1 << 20


def run_case(case: Case, options: Options) -> Outcome:
    """Make the case's archives and run it.

    Raises:
        BenchmarkError: one of ours failed.
    """
    plan = case.plan(options)
    for path in plan.warm:
        with path.open("rb", buffering=0) as file:
            while file.read(_PIECE):
                pass
    samples: dict[str, list[list[Sample]]] = {one.name: [] for one in plan.contenders}
    failed: dict[str, str] = {}
    for number in range(options.rounds):
        with _locked(options.lock):
            for contender in plan.contenders:
                if number < contender.rounds and contender.name not in failed:
                    _take(contender, options.cache, samples[contender.name], failed)
    rows = tuple(_row(one, samples[one.name], failed) for one in plan.contenders)
    verdicts = judge(plan.targets, rows)
    return Outcome(case.key, case.title, plan.about, _base(plan), rows, verdicts)


def _base(plan: Plan) -> str:
    return plan.contenders[0].name


@contextlib.contextmanager
def _locked(path: Path | None) -> Iterator[None]:
    """Hold a lock, so that other work on the machine can keep away meanwhile."""
    if path is None:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _take(
    contender: Contender, cache: Path, taken: list[list[Sample]], failed: dict[str, str]
) -> None:
    try:
        taken.append([run(contender, cache) for _ in range(contender.repeat)])
    except BenchmarkError as error:
        if not contender.rival:
            raise
        taken.clear()
        failed[contender.name] = str(error)


def _row(contender: Contender, rounds: list[list[Sample]], failed: dict[str, str]) -> Row:
    name = contender.name
    if name in failed:
        return Row(name, (), 0.0, failed=failed[name])
    samples = [sample for taken in rounds for sample in taken]
    if name == IDEAL:
        steps = [[Steps(*layer) for layer in json.loads(sample.output)] for sample in samples]
        cores = usable_cores()
        seconds = tuple(ideal_seconds(layers, cores) for layers in steps)
        best = least(steps)
        return Row(name, seconds, ideal_seconds(best, cores), ideal_seconds(best, 1))
    if contender.reports:
        seconds = tuple(float(json.loads(sample.output)["seconds"]) for sample in samples)
        return Row(name, seconds, min(seconds))
    seconds = tuple(sample.seconds for sample in samples)
    busy = min(sample.busy for sample in samples)
    return Row(name, seconds, min(seconds), busy, max(sample.memory for sample in samples))

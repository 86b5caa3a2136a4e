"""`python -m benchmarks`: see the package's docstring."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import benchmarks
from benchmarks.cases import chosen_cases
from benchmarks.codecs import CODECS
from benchmarks.machine import describe_machine
from benchmarks.options import RIVALS, Options, find_rivals
from benchmarks.outcome import Outcome, Result
from benchmarks.page import page
from benchmarks.processes import BenchmarkError
from benchmarks.suite import run_case
from benchmarks.table import case_text, from_json, markdown, targets_text, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_machine = cache(describe_machine)


def main() -> int:
    """Read the options, measure, print; 1 if one of ours failed."""
    chosen = _parser().parse_args()
    if chosen.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    options = _options(chosen)
    earlier = [from_json(path.read_text("utf-8")) for path in chosen.read]
    outcomes = {outcome.key: outcome for result in earlier for outcome in result.outcomes}
    cases = chosen_cases(options)
    if chosen.list:
        print(*(f"{case.key:14} {case.title}" for case in cases), sep="\n")
        return 0
    try:
        for case in cases:
            if chosen.make_only:
                case.plan(options)
                continue
            outcomes[case.key] = run_case(case, options)
            _write(chosen, _result(chosen, options, outcomes.values()))  # a long run may be ended
            if chosen.format == "text":
                print(case_text(outcomes[case.key]), end="\n\n", flush=True)
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    if not chosen.make_only:
        result = _result(chosen, options, outcomes.values())
        _write(chosen, result)
        writer = {"json": to_json, "markdown": markdown}.get(chosen.format)
        print(writer(result).rstrip() if writer else targets_text(result.outcomes))
    return 0


def _result(chosen: argparse.Namespace, options: Options, outcomes: Iterable[Outcome]) -> Result:
    machine = _machine() | ({"machine": chosen.machine} if chosen.machine else {})
    told = {
        "archives": f"{options.size} MiB uncompressed where a case does not say otherwise",
        "rounds": f"{options.rounds}, of rivals {min(options.rounds, options.rival_rounds)}",
    }
    return Result(chosen.date, machine, told, tuple(outcomes))


def _write(chosen: argparse.Namespace, result: Result) -> None:
    if chosen.json:
        chosen.json.write_text(to_json(result) + "\n", "utf-8")
    if chosen.page:
        chosen.page.write_text(page(result), "utf-8")


def _options(chosen: argparse.Namespace) -> Options:
    given = dict(pair.split("=", 1) for pair in chosen.rival_path)
    chosen.cache.mkdir(parents=True, exist_ok=True)
    return Options(
        cache=chosen.cache.resolve(),
        size=chosen.size,
        codecs=_names(chosen.codecs),
        cores=chosen.cores,
        rivals=find_rivals(_names(chosen.rivals), given),
        cases=_names(chosen.cases),
        rounds=chosen.rounds,
        rival_rounds=chosen.rival_rounds,
        workers=chosen.workers,
        layertar=tuple(shlex.split(chosen.layertar)),
        lock=chosen.lock,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=benchmarks.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    defaults = Options(Path(tempfile.gettempdir()) / "layertar-benchmarks")
    add("--size", type=_positive, default=defaults.size, help="MiB an archive, uncompressed")
    add("--codecs", default=",".join(defaults.codecs), help=f"of {','.join(CODECS)}; a list")
    add("--cores", type=_positive, default=0, help="use so many at most, layertar and rivals")
    # `docker load` leaves the image in the daemon, so it wants to be named.
    rivals = ",".join(name for name in RIVALS if name != "docker")
    add("--rivals", default=rivals, help=f"of {','.join(RIVALS)}; a list, or '' (%(default)s)")
    add("--rival-path", action="append", default=[], metavar="NAME=PROGRAM")
    add("--cases", default="", help="patterns of keys; a list (see --list)")
    add("--list", action="store_true", help="show the cases, and end")
    add("--rounds", type=_positive, default=defaults.rounds)
    add("--rival-rounds", type=_positive, default=defaults.rival_rounds)
    add("--workers", type=_positive, default=0, help="passed on to layertar")
    add("--layertar", default=shlex.join(defaults.layertar), help="its command (%(default)s)")
    add("--cache", type=Path, default=defaults.cache, help="archives are kept there (%(default)s)")
    add("--make-only", action="store_true", help="make the archives, and end")
    add("--lock", type=Path, help="a file that is locked during each round")
    add("--read", type=Path, action="append", default=[], help="take other cases from this JSON")
    add("--format", choices=("text", "json", "markdown"), default="text")
    add("--json", type=Path, help="write the results there, too")
    add("--page", type=Path, help="write the page of docs/ there")
    add("--machine", default="", help="more about the machine, for the page")
    add("--date", default=datetime.now(UTC).date().isoformat(), help="for the page (today)")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return value


if __name__ == "__main__":
    sys.exit(main())

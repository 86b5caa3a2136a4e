"""Time whole processes on one archive, taking turns, and make a table of ratios."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.codecs import CODECS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BenchmarkError", "Options", "Row", "Table", "compare", "render"]

_HERE = Path(__file__).parent
_MIB = 1 << 20


class BenchmarkError(Exception):
    """A contender failed, so that there is nothing to compare."""


class Options(NamedTuple):
    """What to measure: `size` in MiB of a layer, uncompressed; `workers` 0 for the default."""

    layers: int
    size: int
    codec: str
    rounds: int
    workers: int
    pipe: bool
    cache: Path


class Sample(NamedTuple):
    """One run of one contender: seconds, and the largest resident memory in bytes."""

    seconds: float
    memory: int


class Row(NamedTuple):
    """One contender. Seconds; ratios; `memory` in bytes, `None` for the ideal.

    `of_ideal` is its best time as a multiple of the ideal; `of_naive` is how many times as fast
    as the naive script its best is.
    """

    name: str
    best: float
    median: float
    of_ideal: float
    of_naive: float
    rate: float
    memory: int | None


class Table(NamedTuple):
    """The result of one run. Sizes in bytes, `cores` those that may be used."""

    options: Options
    archive_size: int
    uncompressed_size: int
    cores: float
    rows: tuple[Row, ...]


def compare(options: Options) -> Table:
    """Make the archive and run every contender on it, interleaved.

    Raises:
        BenchmarkError: a contender's exit code is not 0.
    """
    # A process of its own: a child's largest memory counts from that of its parent.
    archive = Path(_output([sys.executable, "-m", "benchmarks.data", *_data_arguments(options)]))
    contenders = _contenders(archive, options)
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    ideals: list[dict[str, float]] = []
    for _ in range(options.rounds):
        ideals.append(json.loads(_output([sys.executable, "-m", "benchmarks.ideal", str(archive)])))
        for name, command in contenders.items():
            samples[name].append(_run(name, command))
    return _tabulate(options, archive, ideals, samples)


def _data_arguments(options: Options) -> list[str]:
    sizes = {"--layers": options.layers, "--size": options.size, "--codec": options.codec}
    return [str(options.cache), *(str(part) for pair in sizes.items() for part in pair)]


def _contenders(archive: Path, options: Options) -> Mapping[str, Sequence[str]]:
    workers = ["--workers", str(options.workers)] if options.workers else []
    layertar = [sys.executable, "-m", "layertar", "verify", "--format", "json", *workers]
    contenders: dict[str, Sequence[str]] = {
        "naive": [sys.executable, str(_HERE / "naive.py"), str(archive)]
    }
    if shutil.which("sha256sum") and shutil.which(CODECS[options.codec].tool):
        jobs = str(options.workers or os.cpu_count() or 1)
        script = str(_HERE / "by_hand.sh")
        contenders["shell"] = ["sh", script, str(archive), options.codec, jobs]
    contenders["layertar"] = [*layertar, str(archive)]
    if options.pipe:
        # `exec` makes layertar the process whose memory is measured.
        pipe = 'archive=$1; shift; cat "$archive" | { exec "$@"; }'
        contenders["layertar, pipe"] = ["sh", "-c", pipe, "sh", str(archive), *layertar, "-"]
    return contenders


def _run(name: str, command: Sequence[str]) -> Sample:
    """Run a contender as a whole process, its output read and dropped at its end."""
    started = perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=_HERE.parent
    )
    with process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = perf_counter() - started
    if process.returncode != 0:
        last = output.decode(errors="replace").strip().rpartition("\n")[2]
        raise BenchmarkError(f"{name} ended with exit code {process.returncode}: {last}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(seconds, usage.ru_maxrss * unit)


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=_HERE.parent, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{' '.join(command[1:3])}: {done.stderr.strip()}")
    return done.stdout.strip()


def _tabulate(
    options: Options,
    archive: Path,
    ideals: Sequence[Mapping[str, float]],
    samples: Mapping[str, Sequence[Sample]],
) -> Table:
    uncompressed_size = int(ideals[0]["uncompressed_size"])
    seconds = {"ideal": [ideal["seconds"] for ideal in ideals]}
    seconds |= {name: [sample.seconds for sample in taken] for name, taken in samples.items()}
    best = {name: min(taken) for name, taken in seconds.items()}
    rows = (
        Row(
            name=name,
            best=best[name],
            median=statistics.median(seconds[name]),
            of_ideal=best[name] / best["ideal"],
            of_naive=best["naive"] / best[name],
            rate=uncompressed_size / best[name],
            memory=max(sample.memory for sample in samples[name]) if name in samples else None,
        )
        for name in seconds
    )
    size = archive.stat().st_size
    return Table(options, size, uncompressed_size, ideals[0]["cores"], tuple(rows))


def render(table: Table, style: str) -> str:
    """The table as `text`, `markdown` or `json`."""
    if style == "json":
        document = {
            **table._asdict(),
            "options": {**table.options._asdict(), "cache": str(table.options.cache)},
            "rows": [row._asdict() for row in table.rows],
        }
        return json.dumps(document, indent=2)
    heads = ("", "best s", "median s", "x ideal", "x naive's speed", "MiB/s", "peak MiB")
    lines = [heads, *(_cells(row) for row in table.rows)]
    if style == "markdown":
        ruler = ("---", *["--:"] * (len(heads) - 1))
        return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ruler, *lines[1:]))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    options = table.options
    title = (
        f"{options.layers} layers of {options.size} MiB, {options.codec}: "
        f"{table.archive_size / _MIB:.0f} MiB stored, {table.cores:g} cores, "
        f"best of {options.rounds}"
    )
    return "\n".join([title, *(_aligned(line, widths) for line in lines)])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.best:.3f}",
        f"{row.median:.3f}",
        f"{row.of_ideal:.2f}",
        f"{row.of_naive:.2f}",
        f"{row.rate / _MIB:.0f}",
        "" if row.memory is None else f"{row.memory / _MIB:.0f}",
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])

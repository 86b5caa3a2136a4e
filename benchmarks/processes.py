"""Contenders are whole processes: run, timed with their start-up, their memory taken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

__all__ = ["HERE", "BenchmarkError", "Contender", "Sample", "output", "run"]

HERE = Path(__file__).parent


def _environment(scratch: Path) -> dict[str, str]:
    """Ours, and compiled modules kept, as where a program is installed; not in its source."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(scratch / "compiled")}


class BenchmarkError(Exception):
    """What is measured failed, so that there is nothing to compare."""


class Contender(NamedTuple):
    """A way to do a case's work.

    Attributes:
        name: its row's.
        command: what is run; an argument's `{scratch}` becomes a new directory's path.
        piped: a file that is written to its standard input, or nothing.
        codes: exit codes of success.
        rival: not ours: should it fail, its row says so, and the rest goes on.
        rounds: how many it takes part in, at most.
        repeat: how many times it is run each round.
        scale: its times are multiplied by this.
        reports: it prints what it measured (as JSON), which is taken instead of its time.
    """

    name: str
    command: tuple[str, ...]
    piped: Path | None = None
    codes: tuple[int, ...] = (0,)
    rival: bool = False
    rounds: int = 1000
    repeat: int = 1
    scale: float = 1.0
    reports: bool = False


class Sample(NamedTuple):
    """One run.

    Attributes:
        seconds: from start to end.
        busy: seconds of the processor, of all its processes.
        memory: the largest resident set of one of its processes, in bytes.
        output: what it printed.
    """

    seconds: float
    busy: float
    memory: int
    output: str


def run(contender: Contender, scratch: Path) -> Sample:
    """Run it once, its output read and dropped.

    Args:
        contender: what to run.
        scratch: where its directory is made, which is removed afterwards, and where Python keeps
            the modules that it compiled.

    Raises:
        BenchmarkError: it failed.
    """
    command = list(contender.command)
    if "{scratch}" not in " ".join(command):
        return _run(contender, command, _environment(scratch))
    directory = tempfile.mkdtemp(dir=scratch)
    command = [part.replace("{scratch}", directory) for part in command]
    try:
        return _run(contender, command, _environment(scratch))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(contender: Contender, command: list[str], environment: dict[str, str]) -> Sample:
    feeder = None
    if contender.piped is not None:
        feeder = subprocess.Popen(["cat", contender.piped], stdout=subprocess.PIPE)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = perf_counter()
        # Files, and no pipes: nothing of ours runs beside a contender.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if feeder is None else feeder.stdout,
            stdout=out,
            stderr=errors,
            cwd=HERE.parent,
            env=environment,
        )
        if feeder is not None and feeder.stdout is not None:
            feeder.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if feeder is not None:
            feeder.wait()
        printed, said = (_content(file) for file in (out, errors))
    if process.returncode not in contender.codes:
        last = (said.strip() or printed.strip()).rpartition("\n")[2]
        raise BenchmarkError(f"{contender.name}: exit code {process.returncode}: {last}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(
        seconds * contender.scale,
        (usage.ru_utime + usage.ru_stime) * contender.scale,
        usage.ru_maxrss * unit,
        printed,
    )


def _content(file: object) -> str:
    """What was written to a temporary file, the last million bytes at most."""
    descriptor = file.fileno()  # type: ignore[attr-defined]
    size = os.fstat(descriptor).st_size
    most = 1_000_000
    return os.pread(descriptor, most, max(0, size - most)).decode(errors="replace")


def output(command: list[str]) -> str:
    """Run one of our own scripts and return what it prints.

    Raises:
        BenchmarkError: it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{' '.join(command[1:3])}: {done.stderr.strip()}")
    return done.stdout.strip()

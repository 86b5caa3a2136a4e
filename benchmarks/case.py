"""What a case is: contenders on an archive, and the targets set for them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.processes import Contender, output

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.options import Options
    from benchmarks.outcome import Target
    from benchmarks.spec import Spec

__all__ = ["IDEAL", "Case", "Plan", "describe", "ideal", "make"]

IDEAL = "ideal"


class Plan(NamedTuple):
    """A case, ready to be run.

    Attributes:
        about: the archive, in words.
        contenders: those that are run in turns; the first is the one that ratios refer to.
        targets: set for them.
        warm: files that are read once before.
    """

    about: str
    contenders: tuple[Contender, ...]
    targets: tuple[Target, ...]
    warm: tuple[Path, ...]


class Case(NamedTuple):
    """A case: its key, its title, how its archives are made, and whether it is only by request."""

    key: str
    title: str
    plan: Callable[[Options], Plan]
    extra: bool = False


def make(options: Options, *specs: Spec) -> list[Path]:
    """Make the archives, unless they are there.

    In a process of its own: a child's largest memory counts from that of its parent.
    """
    told = [spec.to_json() for spec in specs]
    command = [sys.executable, "-m", "benchmarks.data", str(options.cache), *told]
    return [Path(line) for line in output(command).splitlines()]


def ideal(archive: Path) -> Contender:
    """The contender that nobody can beat."""
    command = (sys.executable, "-m", "benchmarks.ideal", str(archive))
    return Contender(IDEAL, command, reports=True)


def describe(archive: Path, spec: Spec) -> str:
    """Say what an archive is."""
    sizes = sorted(set(spec.layers))
    layers = (
        f"{len(spec.layers)} x {_mib(sizes[0])}"
        if len(sizes) == 1
        else f"1 x {_mib(sizes[-1])} and {len(spec.layers) - 1} x {_mib(sizes[0])}"
    )
    wrapped = f", wrapped in {spec.wrap}" if spec.wrap else ""
    codec = "plain" if spec.codec == "none" else spec.codec
    return f"{layers} MiB, {codec}{wrapped}; {_mib(archive.stat().st_size)} MiB stored"


def _mib(size: int) -> str:
    return f"{size / 2**20:.4g}"

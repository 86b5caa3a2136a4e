"""What a run is told."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.spec import MIB

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RIVALS", "Options", "find_rivals"]

# Rivals by name, and the program each needs.
RIVALS = {
    "script": sys.executable,
    "shell": "xargs",
    "openssl": "openssl",
    "skopeo": "skopeo",
    "crane": "crane",
    "podman": "podman",
    "container-inspector": "container_inspector",
    "docker": "docker",
    "dive": "dive",
}


class Options(NamedTuple):
    """How to measure.

    Attributes:
        size: of each archive, uncompressed, in MiB.
        codecs: those of which cases are run.
        cores: how many may be used; 0 for all that are usable.
        rivals: programs of those that are to take part, by name.
        cases: patterns of cases' keys; none for all but the extra ones.
        rounds: of each case.
        rival_rounds: those that rivals take part in.
        workers: passed on to layertar; 0 for its default.
        layertar: its command.
        cache: where archives are made and kept.
        lock: a file that is locked during each round, or nothing.
    """

    cache: Path
    size: int = 512
    codecs: tuple[str, ...] = ("gzip", "zstd", "none")
    cores: int = 0
    rivals: tuple[tuple[str, str], ...] = ()
    cases: tuple[str, ...] = ()
    rounds: int = 5
    rival_rounds: int = 3
    workers: int = 0
    layertar: tuple[str, ...] = (sys.executable, "-m", "layertar")
    lock: Path | None = None

    @property
    def total(self) -> int:
        """The size in bytes."""
        return self.size * MIB

    def verify(self, *arguments: str) -> tuple[str, ...]:
        """The command that verifies."""
        workers = ("--workers", str(self.workers)) if self.workers else ()
        return (*self.layertar, "verify", "--format", "json", *workers, *arguments)

    def program(self, rival: str) -> str | None:
        """The path of a rival's program, should it take part."""
        return dict(self.rivals).get(rival)


def find_rivals(names: tuple[str, ...], given: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The programs of those rivals that are installed, or whose path is given."""
    found = ((name, given.get(name) or shutil.which(RIVALS[name])) for name in names)
    return tuple((name, program) for name, program in found if program)

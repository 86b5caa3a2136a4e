"""The command, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from tests.builders import ImageRecipe, LayerRecipe, build_hybrid, sha256, tar_layer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BUILT", "COMMAND", "LAYER", "LAYER_MEMBER", "Ran", "environment", "run"]

COMMAND = (sys.executable, "-m", "layertar")

#: A small image as Docker 25 saves it.
BUILT = build_hybrid(
    [
        ImageRecipe(
            layers=(LayerRecipe(tar=tar_layer({"etc/hello": b"hi"})),),
            names=("docker.io/library/app:1",),
        )
    ]
)

#: The digest of its one layer, and the member that holds it.
LAYER = sha256(tar_layer({"etc/hello": b"hi"}))
LAYER_MEMBER = f"blobs/{LAYER.replace(':', '/')}"

_ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """How a run ended; the streams as text, with bytes that are no UTF-8 replaced."""

    code: int
    out: str
    err: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, fit for a run from any directory, with `more` in it."""
    kept = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "COLUMNS"}}
    return {**kept, "PYTHONPATH": str(_ROOT), **(more or {})}


def run(
    *args: str | Path,
    stdin: bytes = b"",
    stdout: int | IO[bytes] = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Ran:
    """Run `layertar` with `args`."""
    ended = subprocess.run(
        [*COMMAND, *args],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(env),
        cwd=cwd,
        check=False,
    )
    out = (ended.stdout or b"").decode(errors="replace")
    return Ran(ended.returncode, out, ended.stderr.decode(errors="replace"))

"""Walk the largest layer of an archive, in memory, and print the seconds of it alone.

`python -m benchmarks.walkers WALKER ARCHIVE`, where WALKER is `layertar` (all that verify looks
at), `r:` or `r|` (the modes of `tarfile`).
"""

from __future__ import annotations

import json
import sys
import tarfile
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from layertar.limits import Limits
from layertar.tar import LayerWalker

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 256 << 10


def _layer(archive: str) -> bytes:
    with tarfile.open(archive, "r:") as tar:
        largest = max(tar.getmembers(), key=lambda member: member.size)
        file = tar.extractfile(largest)
        return b"" if file is None else file.read()


def _ours(layer: bytes) -> int:
    walker = LayerWalker(Limits())
    view = memoryview(layer)
    for start in range(0, len(layer), _PIECE):
        walker.feed(view[start : start + _PIECE])
    return walker.finish().entries


def _theirs(layer: bytes, mode: Literal["r:", "r|"]) -> int:
    with tarfile.open(fileobj=BytesIO(layer), mode=mode) as tar:
        return sum(1 for _ in tar)


def main() -> None:
    """Do so."""
    _, walker, archive = sys.argv
    layer = _layer(archive)
    walkers: dict[str, Callable[[bytes], int]] = {
        "layertar": _ours,
        "r:": lambda layer: _theirs(layer, "r:"),
        "r|": lambda layer: _theirs(layer, "r|"),
    }
    started = perf_counter()
    entries = walkers[walker](layer)
    print(json.dumps({"seconds": perf_counter() - started, "entries": entries}))


if __name__ == "__main__":
    main()

"""The command line without looking at the tar in a layer: `python -m benchmarks.unwalked ...`.

Only to be timed: what it says of an archive is of no worth. What the walk costs is the difference
to layertar as it is.
"""

from __future__ import annotations

import sys

from layertar.cli import main
from layertar.tar import LayerWalker


def _pass_over(self: LayerWalker, piece: bytes | memoryview) -> None:
    """Take a piece and do nothing."""


if __name__ == "__main__":
    LayerWalker.feed = _pass_over  # type: ignore[method-assign]  # that is the point
    sys.exit(main())

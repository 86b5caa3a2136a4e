"""`python -m benchmarks`: see the package's docstring."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import benchmarks
from benchmarks.codecs import CODECS
from benchmarks.run import BenchmarkError, Options, compare, render


def main() -> int:
    """Read the options, measure, print; 1 if a contender failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=benchmarks.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--layers", type=_positive, default=8)
    parser.add_argument("--size", type=_positive, default=64, help="MiB a layer, uncompressed")
    parser.add_argument("--codec", choices=CODECS, default="gzip")
    parser.add_argument("--rounds", type=_positive, default=5)
    parser.add_argument("--workers", type=_positive, default=0, help="passed on to layertar")
    parser.add_argument("--pipe", action="store_true", help="run layertar by a pipe too")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "layertar-benchmarks",
        help="directory in which archives are made and kept (default: %(default)s)",
    )
    chosen = vars(parser.parse_args())
    style = chosen.pop("format")
    try:
        print(render(compare(Options(**chosen)), style))
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return value


if __name__ == "__main__":
    sys.exit(main())

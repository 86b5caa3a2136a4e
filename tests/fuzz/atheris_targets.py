"""Coverage-guided targets for Atheris, where it is installed (`pip install atheris`).

    python -m tests.fuzz.atheris_targets seeds corpus
    python -m tests.fuzz.atheris_targets tar corpus -max_total_time=600

The first writes what the fixtures hold into a folder. The second runs a target on it: `tar`,
`documents`, `codec` or `verify`; the rest of its arguments is libFuzzer's. Nothing else imports
this module, so that the tests do not need Atheris.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Installed by whoever wants to run this, and by nobody else; it has no types.
atheris = import_module("atheris")

with atheris.instrument_imports(include=["layertar"]):
    import layertar.codec.bzip2
    import layertar.codec.gzip
    import layertar.codec.xz
    import layertar.codec.zstd  # noqa: F401 - instrumented, as the three above
    from layertar import DocumentError, inspect, verify
    from layertar.documents import (
        parse_config,
        parse_index,
        parse_manifest,
        parse_manifest_json,
        parse_repositories,
    )
    from layertar.measure import BlobMeter, Depth
    from layertar.tar import LayerWalker, TarParser
    from tests.fuzz.loop import seeds
    from tests.fuzz.targets import LIMITS
    from tests.fuzz.tars import split

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS", "main"]


def _tar(data: bytes) -> None:
    parser, walker = TarParser(LIMITS), LayerWalker(LIMITS)
    list(parser.feed(data))
    parser.finish()
    walker.feed(data)
    walker.finish()


def _documents(data: bytes) -> None:
    for parse in (
        parse_config,
        parse_index,
        parse_manifest,
        parse_manifest_json,
        parse_repositories,
    ):
        try:
            parse(data, member="x", limits=LIMITS)
        except DocumentError:
            continue


def _codec(data: bytes) -> None:
    meter = BlobMeter(Depth(inside=True, sha512=False), LIMITS)
    meter.feed(data)
    meter.finish()


def _verify(data: bytes) -> None:
    verify(io.BytesIO(data), limits=LIMITS)
    inspect(io.BytesIO(data), limits=LIMITS)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "codec": _codec,
    "documents": _documents,
    "tar": _tar,
    "verify": _verify,
}


def _write_seeds(folder: Path) -> None:
    """The archives and their members, each as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {piece.data for seed in seeds() for piece in split(seed) if piece.data}
    for number, data in enumerate(sorted(found | set(seeds()))):
        (folder / f"{number:04}").write_bytes(data)


def main() -> None:
    """Run one target until libFuzzer ends."""
    name, *rest = sys.argv[1:]
    if name == "seeds":
        _write_seeds(Path(rest[0]))
        return
    atheris.Setup([sys.argv[0], *rest], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Archives to measure on: deterministic, of any size, much like real layers.

An OCI layout with `manifest.json`, as Docker 25 and newer writes it, its layers in the codec asked
for. Gzip makes two fifths of the content; its files are of widely spread sizes, some 50 a MiB, so
tens of thousands in an archive of half a GiB.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import io
import itertools
import json
import lzma
import os
import random
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import zstandard

from benchmarks.codecs import CODECS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Layer", "archive_name", "generate", "main"]

_MIB = 1 << 20

# Part of the file's name, so that a change of this module makes new archives.
_VERSION = 1
_POOL_SIZE = 16 * _MIB
_MEDIAN_FILE_SIZE = 5000
_FILE_SIZE_SPREAD = 1.7


class Compressor(Protocol):
    """What zlib, zstandard, lzma and bz2 have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Take in data, give out what is ready."""

    def flush(self) -> bytes:
        """Give out the rest."""


class Layer(NamedTuple):
    """A layer as written; size in bytes."""

    path: Path
    digest: str
    diff_id: str
    size: int


def archive_name(layers: int, size: int, codec: str) -> str:
    """The file name of an archive of so many layers of `size` MiB each."""
    return f"v{_VERSION}-{layers}x{size}-{codec}.tar"


def generate(cache: Path, *, layers: int, size: int, codec: str) -> Path:
    """Make the archive in `cache`, unless it is there, and return its path.

    Args:
        cache: a directory, made if it is not there.
        layers: how many.
        size: of each layer, uncompressed, in MiB.
        codec: one of `CODECS`.
    """
    path = cache / archive_name(layers, size, codec)
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    pool = _make_pool()
    with (
        tempfile.TemporaryDirectory(dir=cache) as work,
        # Compressors release the GIL.
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        made = list(
            threads.map(
                lambda number: _write_layer(Path(work), number, size * _MIB, codec, pool),
                range(layers),
            )
        )
        whole = Path(work) / path.name
        _write_archive(whole, made, codec)
        whole.replace(path)
    return path


def _make_pool() -> memoryview:
    """Bytes to cut files from: text of a large vocabulary with incompressible stretches in it."""
    chance = random.Random(_VERSION)  # noqa: S311 - the same bytes each time, no secret
    letters = b"etaoinshrdlucmfwypvbgkjqxz0123456789_/.-"
    words = [bytes(chance.choices(letters, k=chance.randint(2, 12))) for _ in range(4000)]
    # Zipf's law, as in real text.
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    pool = bytearray()
    while len(pool) < _POOL_SIZE:
        line = chance.choices(words, cum_weights=weights, k=chance.randint(100, 1500))
        pool += b" ".join(line) + b"\n" + chance.randbytes(chance.randint(0, 900))
    return memoryview(bytes(pool))


def _write_layer(work: Path, number: int, size: int, codec: str, pool: memoryview) -> Layer:
    path = work / f"layer-{number}"
    with path.open("wb") as out:
        sink = _Sink(out, _compressor(codec))
        with tarfile.open(
            fileobj=cast("io.BufferedWriter", sink),  # `tarfile` wants `write` and no more
            mode="w|",
            format=tarfile.PAX_FORMAT,
        ) as tar:
            for name, content in _files(number, size, pool):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        sink.finish()
    return Layer(path, sink.stored.hexdigest(), sink.plain.hexdigest(), path.stat().st_size)


def _files(number: int, size: int, pool: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Names and contents that come to about `size` bytes with their headers."""
    chance = random.Random(f"{_VERSION}/{number}")  # noqa: S311 - as above
    left = size
    position = 0
    while left > 1024:
        wanted = int(chance.lognormvariate(0, _FILE_SIZE_SPREAD) * _MEDIAN_FILE_SIZE)
        length = max(0, min(wanted, left - 1024, _POOL_SIZE // 2))
        start = chance.randrange(len(pool) - length)
        yield f"usr/lib/layer{number}/d{position % 97}/file{position}", pool[start : start + length]
        left -= 512 + length + -length % 512
        position += 1


def _compressor(codec: str) -> Compressor | None:
    match codec:
        case "gzip":
            return zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        case "zstd":
            return zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
        case "xz":
            return lzma.LZMACompressor(preset=1)
        case "bzip2":
            return bz2.BZ2Compressor(9)
        case _:
            return None


class _Sink:
    """Compresses what is written to it, hashing it before and after."""

    def __init__(self, out: io.BufferedWriter, compressor: Compressor | None) -> None:
        self._out = out
        self._compressor = compressor
        self.plain = hashlib.sha256()
        self.stored = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.plain.update(data)
        self._put(data if self._compressor is None else self._compressor.compress(data))
        return len(data)

    def finish(self) -> None:
        if self._compressor is not None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        self.stored.update(data)
        self._out.write(data)


def _write_archive(path: Path, layers: list[Layer], codec: str) -> None:
    """Put the layers and their documents into a tar, sorted as Docker and containerd do."""
    media_type = f"application/vnd.oci.image.layer.v1.tar{CODECS[codec].suffix}"
    diff_ids = [f"sha256:{layer.diff_id}" for layer in layers]
    config = _dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
    )
    manifest = _dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [
                {"mediaType": media_type, "digest": f"sha256:{layer.digest}", "size": layer.size}
                for layer in layers
            ],
        }
    )
    name = {"io.containerd.image.name": "docker.io/library/benchmark:1"}
    entry = _descriptor("application/vnd.oci.image.manifest.v1+json", manifest)
    item = {
        "Config": _blob_name(config),
        "RepoTags": ["benchmark:1"],
        "Layers": [f"blobs/sha256/{layer.digest}" for layer in layers],
    }
    documents = {
        _blob_name(config): config,
        _blob_name(manifest): manifest,
        "index.json": _dumps({"schemaVersion": 2, "manifests": [{**entry, "annotations": name}]}),
        "manifest.json": _dumps([item]),
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    }
    blobs = {f"blobs/sha256/{layer.digest}": layer for layer in layers}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for member in sorted({*documents, *blobs}):
            info = tarfile.TarInfo(member)
            if member in documents:
                info.size = len(documents[member])
                tar.addfile(info, io.BytesIO(documents[member]))
            else:
                info.size = blobs[member].size
                with blobs[member].path.open("rb") as file:
                    tar.addfile(info, file)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _blob_name(content: bytes) -> str:
    return f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def _dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def main() -> None:
    """Make one archive and print its path; a process of its own, so that its memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=main.__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--size", type=int, default=64, help="MiB of each layer, uncompressed")
    parser.add_argument("--codec", choices=CODECS, default="gzip")
    chosen = parser.parse_args()
    print(generate(chosen.cache, layers=chosen.layers, size=chosen.size, codec=chosen.codec))


if __name__ == "__main__":
    main()

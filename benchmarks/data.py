"""Archives to measure on: deterministic, of any size, much like real layers.

An OCI layout with `manifest.json`, as Docker 25 and newer writes it, its layers in the codec asked
for; or that, wrapped whole in a codec; or one of holes only, to be opened and never read.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import io
import json
import lzma
import os
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

import zstandard

from benchmarks.codecs import CODECS
from benchmarks.content import Sink, make_pool, write_tar
from benchmarks.spec import Spec

__all__ = ["Layer", "generate", "main"]

_PIECE = 1 << 20


class Compressor(Protocol):
    """What zlib, zstandard, lzma and bz2 have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Take in data, give out what is ready."""

    def flush(self) -> bytes:
        """Give out the rest."""


class Layer(NamedTuple):
    """A layer as written; size in bytes, no path where it is a hole."""

    path: Path | None
    digest: str
    diff_id: str
    size: int


def generate(cache: Path, spec: Spec) -> Path:
    """Make the archive in `cache`, unless it is there, and return its path."""
    path = cache / spec.file_name
    cache.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=cache) as work:
            whole = Path(work) / path.name
            _write_archive(whole, _layers(Path(work), spec), spec)
            whole.replace(path)
    if not spec.wrap:
        return path
    wrapped = path.with_name(path.name + CODECS[spec.wrap].extension)
    if not wrapped.exists():
        with tempfile.TemporaryDirectory(dir=cache) as work:
            whole = Path(work) / wrapped.name
            _wrap(path, whole, spec.wrap)
            whole.replace(wrapped)
    return wrapped


def _layers(work: Path, spec: Spec) -> list[Layer]:
    if spec.sparse:
        digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(len(spec.layers))]
        return [
            Layer(None, digest, digest, size)
            for digest, size in zip(digests, spec.layers, strict=True)
        ]
    pool = make_pool()
    # Compressors release the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(
            threads.map(
                lambda number: _write_layer(work, number, spec, pool), range(len(spec.layers))
            )
        )


def _write_layer(work: Path, number: int, spec: Spec, pool: memoryview) -> Layer:
    path = work / f"layer-{number}"
    size = spec.layers[number]
    with path.open("wb") as out:
        sink = _Digesting(out, _compressor(spec.codec))
        write_tar(sink, f"layer{spec.seed}.{number}", size, spec.files_of(size), pool)
        sink.finish()
    return Layer(path, sink.stored.hexdigest(), sink.plain.hexdigest(), path.stat().st_size)


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


class _Digesting(Sink):
    """Compresses what is written to it, hashing it before and after."""

    def __init__(self, out: io.BufferedWriter, compressor: Compressor | None) -> None:
        self._out = out
        self._compressor = compressor
        self.plain = hashlib.sha256()
        self.stored = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.plain.update(data)
        self._put(data if self._compressor is None else self._compressor.compress(data))
        return len(data)

    def finish(self) -> None:
        if self._compressor is not None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        self.stored.update(data)
        self._out.write(data)


def _wrap(plain: Path, wrapped: Path, codec: str) -> None:
    compressor = _compressor(codec)
    if compressor is None:
        raise ValueError(f"nothing is wrapped in {codec}")
    with plain.open("rb") as source, wrapped.open("wb") as out:
        while piece := source.read(_PIECE):
            out.write(compressor.compress(piece))
        out.write(compressor.flush())


def _write_archive(path: Path, layers: list[Layer], spec: Spec) -> None:
    """Put the layers and their documents into a tar, sorted as Docker and containerd do."""
    documents = _documents(layers, spec.codec)
    blobs = {f"blobs/sha256/{layer.digest}": layer for layer in layers}
    with path.open("wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
        for member in sorted({*documents, *blobs}):
            info = tarfile.TarInfo(member)
            if member in documents:
                info.size = len(documents[member])
                tar.addfile(info, io.BytesIO(documents[member]))
                continue
            info.size = blobs[member].size
            source = blobs[member].path
            if source is not None:
                with source.open("rb") as file:
                    tar.addfile(info, file)
                continue
            tar.addfile(info)  # the header; then a hole
            tar.offset += info.size + -info.size % tarfile.BLOCKSIZE
            out.seek(tar.offset)


def _documents(layers: list[Layer], codec: str) -> dict[str, bytes]:
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
    return {
        _blob_name(config): config,
        _blob_name(manifest): manifest,
        "index.json": _dumps({"schemaVersion": 2, "manifests": [{**entry, "annotations": name}]}),
        "manifest.json": _dumps([item]),
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    }


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _blob_name(content: bytes) -> str:
    return f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def _dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def main() -> None:
    """Make archives and print their paths; a process of its own, so that its memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=main.__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("specs", nargs="+", type=Spec.from_json, metavar="SPEC")
    chosen = parser.parse_args()
    for spec in chosen.specs:
        print(generate(chosen.cache, spec))


if __name__ == "__main__":
    main()

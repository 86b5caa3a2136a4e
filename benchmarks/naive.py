"""The script that people post: read the archive with `tarfile`, hash each layer, one by one.

Standard library only, but for zstd before Python 3.14. It checks the same digests of a sound
archive as layertar does, and none of its structure. Run as a process of its own:
`python benchmarks/naive.py ARCHIVE`.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import sys
import tarfile
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 64 << 10


class Readable(Protocol):
    """A file, as far as it is needed."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""


def digest(file: Readable) -> str:
    """Hash a file to its end."""
    measured = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        measured.update(chunk)
    return f"sha256:{measured.hexdigest()}"


def uncompressed(file: IO[bytes], media_type: str) -> Readable:
    """Open the layer's tar."""
    if media_type.endswith("+gzip"):
        return gzip.open(file)
    if media_type.endswith("+xz"):
        return lzma.open(file)
    if media_type.endswith("+bzip2"):
        return bz2.open(file)
    if media_type.endswith("+zstd"):
        import zstandard  # noqa: PLC0415 - the script needs it for this codec alone

        return zstandard.ZstdDecompressor().stream_reader(file)
    return file


def mismatches(path: str) -> Iterator[str]:
    """Compare every recorded digest with the bytes."""
    with tarfile.open(path) as tar:

        def member(recorded: str) -> IO[bytes]:
            file = tar.extractfile(f"blobs/{recorded.replace(':', '/')}")
            if file is None:
                raise SystemExit(f"{recorded} is no file")
            return file

        index = tar.extractfile("index.json")
        if index is None:
            raise SystemExit("no index.json")
        for entry in json.load(index)["manifests"]:
            yield from check(member, entry["digest"])


def check(member: Callable[[str], IO[bytes]], manifest_digest: str) -> Iterator[str]:
    """Compare one image."""
    manifest = json.load(member(manifest_digest))
    config = json.load(member(manifest["config"]["digest"]))
    for recorded in (manifest_digest, manifest["config"]["digest"]):
        if digest(member(recorded)) != recorded:
            yield recorded
    for layer, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        if digest(member(layer["digest"])) != layer["digest"]:
            yield layer["digest"]
        if digest(uncompressed(member(layer["digest"]), layer["mediaType"])) != diff_id:
            yield diff_id


if __name__ == "__main__":
    found = list(mismatches(sys.argv[1]))
    print(*found, sep="\n")
    sys.exit(bool(found))

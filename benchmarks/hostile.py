"""Archives made to spend our time and memory, at their real sizes; run by hand.

`python -m benchmarks.hostile [NAME...]` makes each in a temporary directory, verifies it by the
command line in a process of its own, and prints seconds, peak memory, exit code, verdict and
rules. Each should end in under a minute and 300 MiB on two cores. The tests have the same cases
with bounds shrunken (`tests/test_hostile_sizes.py`).
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import zstandard

MIB = 1 << 20
GIB = 1 << 30
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'

Part = bytes | tuple[int, Iterable[bytes]]


def header(name: str, size: int, kind: bytes = b"0", target: str = "") -> bytes:
    """Return a ustar header; sizes of 8 GiB and more in GNU's base 256."""
    length = b"%011o\0" % size if size < 8 * GIB else b"\x80" + size.to_bytes(11, "big")
    block = name.encode()[:100].ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + length
    block += b"00000000000\0" + b" " * 8 + kind + target.encode()[:100].ljust(100, b"\0")
    block = (block + b"ustar\x0000").ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def member(out: IO[bytes], name: str, part: Part) -> None:
    """Write a member."""
    size, pieces = (len(part), (part,)) if isinstance(part, bytes) else part
    out.write(header(name, size))
    for piece in pieces:
        out.write(piece)
    out.write(bytes(-size % 512))


def descriptor(media_type: str, raw: bytes, **extra: Any) -> dict[str, Any]:
    """Describe a blob."""
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    return {"mediaType": media_type, "digest": digest, "size": len(raw), **extra}


def blob(raw: bytes) -> tuple[str, bytes]:
    """Name a blob."""
    return "blobs/sha256/" + hashlib.sha256(raw).hexdigest(), raw


def dumps(value: object) -> bytes:
    """Return JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def layout(layer: bytes, kind: str = "gzip", *, times: int = 1) -> list[tuple[str, Part]]:
    """Return a layout's members, with one image of one layer."""
    diff_ids = ["sha256:" + "00" * 32] * times
    config = dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
    )
    manifest = dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(CONFIG_TYPE, config),
            "layers": [descriptor(LAYER_TYPE + kind, layer)] * times,
        }
    )
    index = dumps({"schemaVersion": 2, "manifests": [descriptor(MANIFEST_TYPE, manifest)]})
    return [
        ("oci-layout", LAYOUT),
        blob(layer),
        blob(config),
        blob(manifest),
        ("index.json", index),
    ]


def write(path: Path, members: Iterable[tuple[str, Part]]) -> None:
    """Write a tar."""
    with path.open("wb") as out:
        for name, part in members:
            member(out, name, part)
        out.write(bytes(1024))


GOOD = gzip.compress(header("a", 0) + bytes(1024), mtime=0)


def good_tar(folder: Path) -> bytes:
    """Return a small good archive's bytes."""
    path = folder / "good.tar"
    write(path, layout(GOOD))
    return path.read_bytes()


def huge(out: Path, name: str) -> None:
    """Write a layout in which one document has 200 MB."""
    document = b'{"schemaVersion":2,"x":"' + b"x" * (200 * 1000 * 1000) + b'"}'
    members = dict(layout(GOOD))
    if name == "config":
        members.pop("index.json")
        members.update([blob(document)])
        manifest = dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": descriptor(CONFIG_TYPE, document),
                "layers": [descriptor(LAYER_TYPE + "gzip", GOOD)],
            }
        )
        members.update([blob(manifest)])
        index = {"schemaVersion": 2, "manifests": [descriptor(MANIFEST_TYPE, manifest)]}
        members["index.json"] = dumps(index)
    else:
        members[name] = document
    write(out, members.items())


def many_members(out: Path) -> None:
    """Write a million and ten empty members behind an image."""
    with out.open("wb") as file:
        for name, part in layout(GOOD):
            member(file, name, part)
        block = header("f0000000", 0)
        total = int(block[148:154], 8) - 7 * ord("0")
        for number in range(1_000_010):
            digits = b"%07d" % number
            mark = b"%06o\0 " % (total + sum(digits))
            file.write(block[:1] + digits + block[8:148] + mark + block[156:])
        file.write(bytes(1024))


def pax_claim(out: Path) -> None:
    """Write a PAX header that claims 1 GiB."""
    out.write_bytes(header("x", GIB, b"x") + b"30 path=aaaaaaaaaaaaaaaaaaaaa\n".ljust(MIB, b"\0"))


def pax_body(out: Path) -> None:
    """Write a PAX header that has 1 GiB, before an image."""
    with out.open("wb") as file:
        file.write(header("x", GIB, b"x"))
        for _ in range(GIB // MIB):
            file.write(b"a" * MIB)
        for name, part in layout(GOOD):
            member(file, name, part)
        file.write(bytes(1024))


def zeros_gzip(size: int) -> bytes:
    """Compress zeros, in members of 256 MiB."""
    piece = gzip.compress(bytes(256 * MIB), 6, mtime=0)
    return piece * (size // (256 * MIB))


def zeros_zstd(size: int) -> bytes:
    """Compress zeros."""
    compressor = zstandard.ZstdCompressor().compressobj()
    return b"".join(compressor.compress(bytes(MIB)) for _ in range(size // MIB)) + (
        compressor.flush()
    )


def xz_claim(dictionary_code: int) -> bytes:
    """Return an xz stream that asks for a dictionary; 36 is 1 GiB, 30 128 MiB."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]
    raw = bytearray(lzma.compress(bytes(64 * MIB), filters=filters))
    end = 12 + (raw[12] + 1) * 4
    at = raw.index(b"\x21\x01", 12)
    raw[at + 2] = dictionary_code
    raw[end - 4 : end] = zlib.crc32(raw[12 : end - 4]).to_bytes(4, "little")
    return bytes(raw)


def window_zstd(size: int) -> bytes:
    """Compress incompressible bytes with a window of 128 MiB, which they fill."""
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return b"".join(compressor.compress(os.urandom(MIB)) for _ in range(size // MIB)) + (
        compressor.flush()
    )


def bombs(out: Path, count: int, size: int) -> None:
    """Write layers of zeros that differ, each within the bound of one."""
    zeros = zeros_zstd(size)
    layers = [zstandard.compress(header(f"f{n}", size)) + zeros for n in range(count)]
    several(out, layers)


def pax_records(count: int) -> bytes:
    """Return a layer with that many PAX records, in bodies below the bound."""
    record = b"".join(b"12 k%05d=v\n" % number for number in range(80_000))
    body = header("x", len(record), b"x") + record + bytes(-len(record) % 512)
    return gzip.compress((body + header("f", 0)) * (count // 80_000) + bytes(1024), 1)


def several(out: Path, layers: list[bytes]) -> None:
    """Write one image of these zstd layers."""
    config = dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers"}})
    manifest = dumps(
        {
            "schemaVersion": 2,
            "config": descriptor(CONFIG_TYPE, config),
            "layers": [descriptor(LAYER_TYPE + "zstd", layer) for layer in layers],
        }
    )
    index = dumps({"schemaVersion": 2, "manifests": [descriptor(MANIFEST_TYPE, manifest)]})
    blobs = [blob(raw) for raw in (*layers, config, manifest)]
    write(out, [("oci-layout", LAYOUT), *blobs, ("index.json", index)])


def windows(out: Path) -> None:
    """Write four layers of 160 MiB with windows of 128 MiB each."""
    several(out, [window_zstd(160 * MIB) for _ in range(4)])


def wrapped(out: Path, wrap: Callable[[bytes], bytes], zeros: bytes = b"") -> None:
    """Write a good archive in a wrapper, with `zeros` (in that wrapper) behind it."""
    out.write_bytes(wrap(good_tar(out.parent)) + zeros)


def doubled(out: Path) -> None:
    """Write 1 TiB of zeros behind an archive, in gzip in gzip."""
    inner = gzip.compress(good_tar(out.parent), mtime=0)
    piece = gzip.compress(bytes(256 * MIB), 6, mtime=0)
    out.write_bytes(gzip.compress(inner + piece * 4096, 6, mtime=0))


def doubled_members(out: Path) -> None:
    """Write 400 million empty gzip members behind an archive, in zstd."""
    compressor = zstandard.ZstdCompressor().compressobj()
    inner = gzip.compress(good_tar(out.parent), mtime=0)
    empty = gzip.compress(b"", mtime=0) * 50_000
    with out.open("wb") as file:
        file.write(compressor.compress(inner))
        for _ in range(8000):
            file.write(compressor.compress(empty))
        file.write(compressor.flush())


def member_bomb(out: Path) -> None:
    """Write a member of 1 TiB of zeros, in zstd."""
    compressor = zstandard.ZstdCompressor().compressobj()
    with out.open("wb") as file:
        for name, part in layout(GOOD)[:2]:
            size = len(part) if isinstance(part, bytes) else 0
            content = part if isinstance(part, bytes) else b""
            file.write(compressor.compress(header(name, size) + content + bytes(-size % 512)))
        file.write(compressor.compress(header("blobs/sha256/" + "0" * 64, 1 << 40)))
        for _ in range(100 * GIB // (4 * MIB)):
            file.write(compressor.compress(bytes(4 * MIB)))
        file.write(compressor.flush())


def document(out: Path, name: str, raw: bytes) -> None:
    """Write a layout with a document replaced."""
    write(out, [*[each for each in layout(GOOD) if each[0] != name], (name, raw)])


def repeating(out: Path) -> None:
    """Write an index that lists one manifest 150 000 times."""
    members = dict(layout(GOOD))
    index = members["index.json"]
    value = json.loads(index)
    value["manifests"] *= 150_000
    document(out, "index.json", dumps(value))


def nested(out: Path) -> None:
    """Write 5000 indexes, each within the next."""
    members = dict(layout(GOOD))
    raw = members.pop("index.json")
    for _ in range(5000):
        members.update([blob(raw)])
        raw = dumps({"schemaVersion": 2, "manifests": [descriptor(INDEX_TYPE, raw)] * 2})
    members["index.json"] = raw
    write(out, members.items())


def named(out: Path, blocks: Iterator[bytes]) -> None:
    """Write an image and then members."""
    with out.open("wb") as file:
        for name, part in layout(GOOD):
            member(file, name, part)
        for block in blocks:
            file.write(block)
        file.write(bytes(1024))


def long_names(count: int) -> Iterator[bytes]:
    """Yield members whose names have 1 MiB each."""
    for number in range(count):
        name = (b"%07d" % number).ljust(MIB - 512, b"n") + b"\0"
        yield header("././@LongLink", len(name), b"L") + name + bytes(-len(name) % 512)
        yield header("n", 0)


def empty_entries(count: int) -> bytes:
    """Return a layer of that many entries, of names that differ."""
    return gzip.compress(b"".join(header(f"f{number}", 0) for number in range(count)), 1)


class Case(NamedTuple):
    """One archive and the options with which it is verified."""

    make: Callable[[Path], None]
    options: tuple[str, ...] = ()


BOUND = ("--max-uncompressed", "1GiB")
CASES: dict[str, Case] = {
    "json-200MB-index": Case(lambda out: huge(out, "index.json")),
    "json-200MB-config": Case(lambda out: huge(out, "config")),
    "json-200MB-manifest": Case(lambda out: huge(out, "manifest.json")),
    "members-1M-empty": Case(many_members),
    "pax-1GiB-claimed": Case(pax_claim),
    "pax-1GiB": Case(pax_body),
    "layer-gzip-10GiB": Case(lambda out: write(out, layout(zeros_gzip(10 * GIB))), BOUND),
    "layer-gzip-10GiB-unbounded": Case(lambda out: write(out, layout(zeros_gzip(10 * GIB)))),
    "layer-zstd-10GiB": Case(lambda out: write(out, layout(zeros_zstd(10 * GIB), "zstd")), BOUND),
    "layer-xz-1GiB-dictionary": Case(lambda out: write(out, layout(xz_claim(36)))),
    "layer-xz-128MiB-dictionary": Case(lambda out: write(out, layout(xz_claim(30)))),
    "layer-xz-padding-256MiB": Case(
        lambda out: write(out, layout(lzma.compress(bytes(MIB)) + bytes(256 * MIB)))
    ),
    "layer-gzip-members-1M": Case(
        lambda out: write(out, layout(GOOD + gzip.compress(b"", mtime=0) * 1_000_000))
    ),
    "layer-entries-2M": Case(lambda out: write(out, layout(empty_entries(2_000_000)))),
    "layers-4x128MiB-windows": Case(windows),
    "layers-200-zstd-4GiB-each": Case(lambda out: bombs(out, 200, 4 * GIB)),
    "layer-zstd-frames-1M": Case(
        lambda out: write(out, layout(zstandard.compress(b"") * 1_000_000, "zstd"))
    ),
    "layer-pax-records-1M": Case(lambda out: write(out, layout(pax_records(1_000_000)))),
    "gnu-name-8GiB-claimed": Case(lambda out: named(out, iter([header("x", 8 * GIB, b"L")]))),
    "pax-8GiB-claimed": Case(lambda out: named(out, iter([header("x", 8 * GIB, b"x")]))),
    "outer-gzip-doubled-1TiB": Case(doubled),
    "outer-gzip-10GiB-zeros": Case(
        lambda out: wrapped(out, lambda raw: gzip.compress(raw, mtime=0), zeros_gzip(10 * GIB))
    ),
    "outer-zstd-100GiB-zeros": Case(
        lambda out: wrapped(out, zstandard.ZstdCompressor().compress, zeros_zstd(100 * GIB))
    ),
    "outer-bzip2-40GiB-zeros": Case(
        lambda out: wrapped(out, bz2.compress, bz2.compress(bytes(256 * MIB)) * 160)
    ),
    "outer-xz-20GiB-zeros": Case(
        lambda out: wrapped(out, lzma.compress, lzma.compress(bytes(256 * MIB), preset=0) * 80)
    ),
    "outer-gzip-members-400M": Case(doubled_members),
    "outer-member-1TiB": Case(member_bomb),
    "json-deep": Case(lambda out: document(out, "index.json", b"[" * (10 * MIB))),
    "json-arrays": Case(lambda out: document(out, "index.json", b"[" + b"[]," * 6_000_000 + b"0]")),
    "json-integer": Case(lambda out: document(out, "index.json", b'{"a":' + b"9" * 10**7 + b"}")),
    "index-repeats-150000": Case(repeating),
    "index-nests-5000": Case(nested),
    "layers-100000-same": Case(lambda out: write(out, layout(GOOD, times=100_000))),
    "names-100000-same": Case(lambda out: named(out, iter([header("same", 0)] * 100_000))),
    "symlinks-100000": Case(
        lambda out: named(out, (header(f"l{n}", 0, b"2", "index.json") for n in range(100_000)))
    ),
    "symlinks-chain-100000": Case(
        lambda out: named(out, (header(f"l{n}", 0, b"2", f"l{n + 1}") for n in range(100_000)))
    ),
    "names-1MiB-200": Case(lambda out: named(out, long_names(200))),
}


def run(name: str, case: Case, path: Path, *, pipe: bool) -> str:
    """Verify one archive in a process of its own; return a row of the table."""
    command = [sys.executable, "-m", "layertar", "verify", "--format", "json", *case.options]
    with tempfile.TemporaryFile() as out, path.open("rb") as source:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "-" if pipe else str(path)], stdout=out, stdin=source if pipe else None
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        code = os.waitstatus_to_exitcode(status)
        rules: list[str] = []
        verdict = "-"
        try:
            for archive in json.load(out)["archives"]:
                verdict = archive["verdict"]
                rules += sorted({finding["rule"] for finding in archive["findings"]})
        except (ValueError, KeyError) as error:
            rules = [f"no report: {error}"]
    way = "pipe" if pipe else "file"
    memory = usage.ru_maxrss / 1024
    late = " SLOW" * (seconds > 60) + " LARGE" * (memory > 300)
    told = ", ".join(rules)[:200]
    return f"{name:28} {way} {seconds:6.1f} s {memory:5.0f} MiB  {code} {verdict:12} {told}{late}"


def main(names: list[str]) -> None:
    """Make and verify the cases named, or all."""
    if names[:1] == ["--make"]:
        CASES[names[1]].make(Path(names[2]))
        return
    for name, case in CASES.items():
        if names and not any(each in name for each in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.tar"
            # In a process of its own, too: a child's peak begins with its parent's.
            subprocess.run([sys.executable, "-m", __spec__.name, "--make", name, path], check=True)
            for pipe in (False, True):
                print(run(name, case, path, pipe=pipe), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

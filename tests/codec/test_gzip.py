from __future__ import annotations

import random
import subprocess
import sys
import zlib
from itertools import product

import pytest

from layertar.codec.decoder import PIECE_SIZE, Break, Breakage
from layertar.codec.gzip import BEST, ZLIB, Engine, Gzip
from layertar.codec.push import PushDecoder
from tests.codec.streams import run, text

every_engine = pytest.mark.parametrize("engine", [BEST, ZLIB], ids=["best", "zlib"])


def member(
    data: bytes,
    *,
    flags: int = 0,
    fields: bytes = b"",
    method: int = 8,
    crc: int | None = None,
    size: int | None = None,
) -> bytes:
    """Write one member field by field (RFC 1952, 2.3)."""
    deflate = zlib.compressobj(wbits=-15)
    return b"".join(
        (
            bytes((0x1F, 0x8B, method, flags, 1, 2, 3, 4, 0, 255)),
            fields,
            deflate.compress(data) + deflate.flush(),
            (zlib.crc32(data) if crc is None else crc).to_bytes(4, "little"),
            (len(data) if size is None else size).to_bytes(4, "little"),
        )
    )


def broken_by(engine: Engine, stored: bytes) -> Break | None:
    decoder = PushDecoder(Gzip(engine))
    run(decoder, stored)
    return decoder.broken


@every_engine
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_optional_header_field_is_skipped(engine: Engine, size: int) -> None:
    for text_flag, crc, extra, name, comment in product((0, 1), repeat=5):
        fields = b""
        if extra:
            fields += (300).to_bytes(2, "little") + bytes(300)
        if name:
            fields += b"layer\x1b.tar\0"
        if comment:
            fields += b"\xff" * 700 + b"\0"
        flags = text_flag | crc << 1 | extra << 2 | name << 3 | comment << 4
        if crc:
            header = member(b"", flags=flags)[:10] + fields
            fields += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
        stored = member(b"content", flags=flags, fields=fields)
        outcome = run(PushDecoder(Gzip(engine)), stored * 2, (size,))
        assert (outcome.content, outcome.kind, outcome.members) == (b"content" * 2, None, 2)


@every_engine
def test_a_wrong_header_checksum_is_told(engine: Engine) -> None:
    stored = member(b"content", flags=2, fields=b"\x12\x34")
    right = zlib.crc32(stored[:10]) & 0xFFFF
    assert broken_by(engine, stored) == (
        Breakage.CORRUPT,
        f"the CRC-16 recorded is 0x3412, of the gzip header it is 0x{right:04x}",
        0,
        0,
    )


@every_engine
@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_reserved_header_flags_are_told(engine: Engine, flag: int) -> None:
    first = member(b"first")
    detail = f"reserved flags are set in the gzip header (0x{flag:02x})"
    stored = first + member(b"second", flags=flag)
    assert broken_by(engine, stored) == (Breakage.CORRUPT, detail, len(first), 0)


@every_engine
def test_a_method_other_than_deflate_is_told(engine: Engine) -> None:
    detail = "the compression method 7 is not deflate"
    assert broken_by(engine, member(b"", method=7)) == (Breakage.CORRUPT, detail, 0, 0)


@every_engine
def test_a_wrong_checksum_is_told_with_both_values_and_after_the_content(engine: Engine) -> None:
    stored = member(b"123456789", crc=1)
    decoder = PushDecoder(Gzip(engine))
    assert run(decoder, stored).content == b"123456789"
    assert decoder.broken == (
        Breakage.CORRUPT,
        "the CRC-32 recorded is 0x00000001, of the bytes it is 0xcbf43926",
        len(stored) - 8,
        0,
    )


@every_engine
def test_a_wrong_length_is_told_with_both_values(engine: Engine) -> None:
    stored = member(b"123456789", size=10)
    assert broken_by(engine, stored) == (
        Breakage.CORRUPT,
        "the length recorded is 10, of the bytes it is 9 (modulo 2^32)",
        len(stored) - 8,
        0,
    )


@every_engine
def test_invalid_deflate_data_is_told(engine: Engine) -> None:
    stored = member(b"")[:10] + b"\x07" + bytes(20)  # a block of the reserved type
    broken = broken_by(engine, stored)
    assert broken is not None
    assert broken[:2] == (Breakage.CORRUPT, "the deflate data is invalid")


@every_engine
def test_after_zeros_even_a_member_is_trailing(engine: Engine) -> None:
    first, second = member(b"first"), member(b"second")
    outcome = run(PushDecoder(Gzip(engine)), first + bytes(8) + second)
    assert (outcome.content, outcome.members, outcome.kind) == (b"first", 1, None)
    assert outcome[3:] == (8 + len(second), False, len(first))


@every_engine
@pytest.mark.parametrize("size", [PIECE_SIZE - 1, PIECE_SIZE, PIECE_SIZE + 1])
@pytest.mark.parametrize("seed", [None, 1])
def test_a_stream_cut_anywhere_near_its_end_is_decoded(
    engine: Engine, size: int, seed: int | None
) -> None:
    # igzip may have read part of the trailer when its output is full.
    data = bytes(size) if seed is None else random.Random(seed).randbytes(size)  # noqa: S311 - no secret
    stored = member(data)
    for cut in range(1, 40):
        decoder = PushDecoder(Gzip(engine))
        outcome = run(decoder, stored + stored, (len(stored) - cut, cut))
        assert (outcome.kind, outcome.members) == (None, 2)
        assert outcome.content == data * 2


@every_engine
def test_a_name_of_any_length_takes_no_memory(engine: Engine) -> None:
    decoder = PushDecoder(Gzip(engine))
    start = member(b"", flags=8)[:10]
    assert list(decoder.feed(start)) == []
    for _ in range(16):
        assert list(decoder.feed(b"n" * 4096)) == []
    assert list(decoder.feed(b"\0" + member(text(100))[10:])) == [text(100)]
    decoder.finish()
    assert decoder.broken is None


@pytest.mark.parametrize(("blocked", "expected"), [("True", "True\n"), ("False", "False\n")])
def test_zlib_serves_where_isal_is_not_installed(blocked: str, expected: str) -> None:
    pytest.importorskip("isal")
    program = (
        "import sys\n"
        f"if {blocked}: sys.modules['isal'] = None\n"
        "from layertar.codec.gzip import BEST, ZLIB\n"
        "print(BEST is ZLIB)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == expected

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
from itertools import product

import pytest
import zstandard

from layertar.codec.decoder import PIECE_SIZE, Break, Breakage, Skipped
from layertar.codec.push import PushDecoder
from layertar.codec.zstd import BEST, Engine, Zstd
from layertar.digest import Digest
from layertar.limits import DEFAULT_LIMITS
from tests.codec.streams import ZSTD_ENGINES, run, text

every_engine = pytest.mark.parametrize(
    "engine", ZSTD_ENGINES.values(), ids=[f"by-{name}" for name in ZSTD_ENGINES]
)

MAGIC = b"\x28\xb5\x2f\xfd"
RAW, RLE, RESERVED = 0, 1, 3
WINDOW_1_KIB = b"\x00"  # the descriptor of the smallest window
SKIPPABLE = b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"


def block(kind: int, size: int, body: bytes, *, last: bool = True) -> bytes:
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + body


def raw(data: bytes, *, last: bool = True) -> bytes:
    return block(RAW, len(data), data, last=last)


def frame(*blocks: bytes, descriptor: int = 0, fields: bytes = WINDOW_1_KIB) -> bytes:
    """Write one frame field by field (RFC 8878, 3.1.1); usually with a window of 1 KiB."""
    return b"".join((MAGIC, bytes((descriptor,)), fields, *blocks))


def skippable(content: bytes) -> bytes:
    """Write a skippable frame (RFC 8878, 3.1.2)."""
    return b"\x50\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


def decoder_of(engine: Engine, window: int = DEFAULT_LIMITS.window) -> PushDecoder:
    return PushDecoder(Zstd(dataclasses.replace(DEFAULT_LIMITS, window=window), engine))


def broken_by(engine: Engine, stored: bytes, window: int = DEFAULT_LIMITS.window) -> Break | None:
    decoder = decoder_of(engine, window)
    run(decoder, stored)
    return decoder.broken


@every_engine
@pytest.mark.parametrize("size", [1, 5, 100_000])
def test_frames_written_by_hand_are_decoded(engine: Engine, size: int) -> None:
    stored = frame(
        raw(b"first ", last=False),
        block(RLE, 1000, b"z", last=False),
        raw(b"", last=False),
        raw(b""),
    )
    outcome = run(decoder_of(engine), stored + frame(raw(b"second")), (size,))
    assert outcome[:3] == (b"first " + b"z" * 1000 + b"second", None, 2)


@every_engine
def test_every_kind_of_frame_header_is_read(engine: Engine) -> None:
    data = text(400)
    for size_flag, single, dictionary_flag in product(range(4), (0, 1), range(4)):
        content_size = (single, 2, 4, 8)[size_flag]
        body = data[:200] if content_size == 1 else data
        fields = b"" if single else b"\x58"
        fields += bytes((0, 1, 2, 4)[dictionary_flag])  # id 0: no dictionary
        if content_size:
            recorded = len(body) - 256 if content_size == 2 else len(body)
            fields += recorded.to_bytes(content_size, "little")
        descriptor = size_flag << 6 | single << 5 | dictionary_flag
        stored = frame(raw(body), descriptor=descriptor, fields=fields)
        assert run(decoder_of(engine), stored, (3,))[:2] == (body, None), descriptor


@every_engine
@pytest.mark.parametrize("level", [-5, 1, 3, 19])
@pytest.mark.parametrize("has_size", [True, False])
def test_blocks_of_every_kind_are_decoded(engine: Engine, level: int, *, has_size: bool) -> None:
    noise = random.Random(1).randbytes(300_000)  # noqa: S311 - no secret
    data = text(500_000) + bytes(400_000) + noise
    compressor = zstandard.ZstdCompressor(
        level=level, write_content_size=has_size, write_checksum=True
    )
    stored = compressor.compress(data)
    for sizes in ((1 << 30,), (100_000,), (777,)):
        assert run(decoder_of(engine), stored, sizes)[:3] == (data, None, 1)


@every_engine
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_skippable_frames_may_stand_anywhere_and_are_no_members(engine: Engine, size: int) -> None:
    one, two = frame(raw(b"one")), frame(raw(b"two"))
    stored = SKIPPABLE + one + SKIPPABLE * 2 + two + SKIPPABLE
    assert run(decoder_of(engine), stored, (size,))[:4] == (b"onetwo", None, 2, 0)
    assert run(decoder_of(engine), SKIPPABLE, (size,))[:4] == (b"", None, 0, 0)


@every_engine
def test_a_truncated_skippable_frame_is_told(engine: Engine) -> None:
    first = frame(raw(b"one"))
    for size in range(1, len(SKIPPABLE)):
        broken = broken_by(engine, first + SKIPPABLE[:size])
        assert broken is not None
        assert (broken.kind, broken.offset) == (Breakage.TRUNCATED, len(first) + size)


@every_engine
def test_junk_after_a_skippable_frame_is_trailing(engine: Engine) -> None:
    outcome = run(decoder_of(engine), SKIPPABLE + b"junk")
    assert outcome == (b"", None, 0, 4, False, len(SKIPPABLE))


@every_engine
def test_a_dictionary_is_told(engine: Engine) -> None:
    stored = frame(raw(b""), descriptor=1, fields=WINDOW_1_KIB + b"\x07")
    detail = "the zstd frame needs the dictionary 7"
    assert broken_by(engine, SKIPPABLE + stored) == (Breakage.CORRUPT, detail, len(SKIPPABLE), 0)


@every_engine
@pytest.mark.parametrize(
    ("descriptor", "window"),
    [(0x00, 1 << 10), (0x53, (1 << 20) * 11 // 8), (0x88, 1 << 27), (0xF8, 1 << 41)],
)
def test_a_window_is_refused_beyond_the_bound_only(
    engine: Engine, descriptor: int, window: int
) -> None:
    stored = frame(raw(b"content"), fields=bytes((descriptor,)))
    first = frame(raw(b"one"), descriptor=0x20, fields=b"\x03")
    detail = f"the zstd window is {window} bytes, the bound is {window - 1}"
    expected = Break(Breakage.WINDOW, detail, len(first), window)
    if window > 1 << 31:
        detail = f"the zstd window is {window} bytes, the bound is {1 << 31}"
        expected = expected._replace(detail=detail)
        assert broken_by(engine, first + stored, window) == expected
    else:
        assert broken_by(engine, first + stored, window) is None
        assert broken_by(engine, first + stored, window - 1) == expected


@every_engine
def test_the_window_of_a_single_segment_is_its_content_size(engine: Engine) -> None:
    fields = (1 << 20).to_bytes(4, "little")
    broken = broken_by(engine, frame(raw(b""), descriptor=0xA0, fields=fields), 1 << 19)
    assert broken is not None
    assert (broken.kind, broken.window) == (Breakage.WINDOW, 1 << 20)


@every_engine
@pytest.mark.parametrize("size", [2, 4])
def test_a_content_size_that_is_not_the_content_s_is_told(engine: Engine, size: int) -> None:
    stored = frame(raw(b"abc"), descriptor=0x20, fields=bytes((size,)))
    broken = broken_by(engine, stored)
    assert broken is not None
    assert broken.kind is Breakage.CORRUPT


@every_engine
@pytest.mark.parametrize("blocks", [1, 2, 40])
@pytest.mark.parametrize("difference", [-1, 0, 1, 500])
@pytest.mark.parametrize(
    ("descriptor", "size"), [(0xA0, 4), (0xE0, 8), (0x80, 4), (0xC0, 8), (0x40, 2)]
)
def test_a_content_size_counts_also_where_the_last_block_is_empty(
    engine: Engine, descriptor: int, size: int, difference: int, blocks: int
) -> None:
    content = b"0123456789" * 30 * blocks
    recorded_size = len(content) + difference
    recorded = recorded_size - (256 if size == 2 else 0)
    fields = (b"" if descriptor & 0x20 else b"\x20") + recorded.to_bytes(size, "little")
    parts = [raw(content[:100], last=False) for _ in range(3 * blocks)]
    stored = frame(*parts, raw(b""), descriptor=descriptor, fields=fields)
    for sizes in ((1 << 20,), (7,)):
        decoder = decoder_of(engine)
        outcome = run(decoder, stored + stored, sizes)
        if difference:
            assert decoder.broken is not None
            assert decoder.broken.kind is Breakage.CORRUPT
            if difference > 0:  # Of less, the library may say that it is invalid.
                detail = f"the zstd frame has {len(content)} bytes, its header says {recorded_size}"
                assert decoder.broken.detail == detail
        else:
            assert decoder.broken is None
            assert outcome.content == content + content


@every_engine
@pytest.mark.parametrize("wrong", [0, 1])
def test_a_checksum_counts_also_where_the_last_block_is_empty(engine: Engine, wrong: int) -> None:
    whole = zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress(b"abc")
    checksum = bytearray(whole[-4:])
    checksum[0] ^= wrong
    stored = frame(raw(b"abc", last=False), raw(b""), bytes(checksum), descriptor=4)
    for sizes in ((1 << 20,), (1,)):
        decoder = decoder_of(engine)
        run(decoder, stored, sizes)
        assert (decoder.broken is not None) == bool(wrong)


@every_engine
def test_a_wrong_checksum_is_told(engine: Engine) -> None:
    stored = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"content"))
    stored[-1] ^= 1
    detail = "the zstd checksum is not that of the bytes"
    decoder = decoder_of(engine)
    assert run(decoder, bytes(stored)).content == b"content"
    assert decoder.broken == (Breakage.CORRUPT, detail, len(stored) - 4, 0)


@every_engine
def test_a_reserved_bit_of_the_header_is_told(engine: Engine) -> None:
    detail = "a reserved bit is set in the zstd header"
    assert broken_by(engine, frame(raw(b""), descriptor=8)) == (Breakage.CORRUPT, detail, 0, 0)


@every_engine
@pytest.mark.parametrize(
    ("bad", "detail"),
    [
        (block(RESERVED, 0, b""), "a zstd block has the reserved type"),
        (
            block(RLE, 1025, b"z"),
            "a zstd block of 1025 bytes is larger than its frame allows (1024)",
        ),
    ],
    ids=["reserved-type", "too-large"],
)
def test_an_invalid_block_is_told_after_what_came_before(
    engine: Engine, bad: bytes, detail: str
) -> None:
    good = frame(raw(b"good", last=False))
    decoder = decoder_of(engine)
    assert run(decoder, good + bad).content == b"good"
    assert decoder.broken == (Breakage.CORRUPT, detail, len(good), 0)


@every_engine
def test_rle_blocks_make_no_piece_larger_than_the_others(engine: Engine) -> None:
    blocks = [block(RLE, 128 << 10, b"z", last=number == 99) for number in range(100)]
    stored = frame(*blocks, fields=b"\x50")
    sizes = [len(piece) for piece in decoder_of(engine).feed(stored)]
    assert sizes == [PIECE_SIZE] * (100 * (128 << 10) // PIECE_SIZE)


def test_there_being_no_library_at_all_is_an_error_in_words() -> None:
    program = (
        "import sys\n"
        "sys.modules['zstandard'] = sys.modules['compression.zstd'] = None\n"
        "import layertar.codec\n"
        "try: import layertar.codec.zstd\n"
        "except RuntimeError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "zstd needs the package zstandard, or Python 3.14 or later\n"


@every_engine
@pytest.mark.parametrize("size", [1, 5, 100_000])
def test_what_is_skipped_is_told(engine: Engine, size: int) -> None:
    decoder = decoder_of(engine)
    first, last = bytes(range(200)), b""
    run(decoder, skippable(first) + frame(raw(b"content")) + skippable(last), (size,))
    assert decoder.broken is None
    assert decoder.skipped == (
        Skipped(8, 200, Digest.of(first)),
        Skipped(8 + 200 + len(frame(raw(b"content"))) + 8, 0, Digest.of(last)),
    )


def test_what_is_skipped_in_part_is_not_told() -> None:
    decoder = decoder_of(BEST)
    run(decoder, frame(raw(b"content")) + skippable(b"abc")[:-1])
    assert decoder.skipped == ()


def test_of_many_skipped_frames_the_last_are_told() -> None:
    decoder = decoder_of(BEST)
    run(decoder, frame(raw(b"content")) + b"".join(skippable(b"%d" % n) for n in range(40)))
    assert [frame.digest for frame in decoder.skipped] == [
        Digest.of(b"%d" % n) for n in range(24, 40)
    ]

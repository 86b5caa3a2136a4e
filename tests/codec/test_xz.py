from __future__ import annotations

import dataclasses
import lzma
import zlib

import pytest

from layertar.codec.decoder import Break, Breakage
from layertar.codec.push import PushDecoder
from layertar.codec.xz import Xz
from layertar.limits import DEFAULT_LIMITS
from tests.codec.streams import run, text

_HEADER_SIZE = 12  # of a stream; its footer has as many bytes


def compress(data: bytes, dictionary: int, *, check: int = -1, bcj: bool = False) -> bytes:
    filters: list[dict[str, int]] = [{"id": lzma.FILTER_LZMA2, "dict_size": dictionary}]
    if bcj:
        filters.insert(0, {"id": lzma.FILTER_X86})
    return lzma.compress(data, check=check, filters=filters)


def broken_by(stored: bytes, window: int) -> Break | None:
    decoder = PushDecoder(Xz(dataclasses.replace(DEFAULT_LIMITS, window=window)))
    run(decoder, stored, (9,))
    return decoder.broken


def blocks_of(stored: bytes) -> bytes:
    """Return a stream's blocks: what is between its header and its index."""
    footer = stored[-_HEADER_SIZE:]
    index_size = (int.from_bytes(footer[4:8], "little") + 1) * 4
    return stored[_HEADER_SIZE : -_HEADER_SIZE - index_size]


@pytest.mark.parametrize("bcj", [False, True])
@pytest.mark.parametrize("dictionary", [1 << 20, 3 << 19, 1 << 27])
def test_a_dictionary_is_refused_beyond_the_bound_only(dictionary: int, *, bcj: bool) -> None:
    first = compress(b"first", 1 << 12)
    stored = first + compress(b"content", dictionary, bcj=bcj)
    assert broken_by(stored, dictionary) is None
    detail = f"the xz dictionary is {dictionary} bytes, the bound is {dictionary - 1}"
    expected = (Breakage.WINDOW, detail, len(first), dictionary)
    assert broken_by(stored, dictionary - 1) == expected


@pytest.mark.parametrize(
    ("flags", "sizes"),
    [(0x40, b"\x85\x01"), (0x80, b"\x05"), (0xC0, b"\x85\x01\x85\x80\x01")],
)
def test_a_dictionary_is_found_behind_the_sizes_that_threads_write(
    flags: int, sizes: bytes
) -> None:
    fields = bytes((flags,)) + sizes + b"\x21\x01\x28"
    fields = fields.ljust(15, b"\0")
    header = b"\x04" + fields
    stored = compress(b"", 1 << 12)[:_HEADER_SIZE] + header
    stored += zlib.crc32(header).to_bytes(4, "little")
    broken = broken_by(stored, 1 << 27)
    assert broken is not None
    assert (broken.kind, broken.window) == (Breakage.WINDOW, (1 << 32) - 1)


def test_a_later_block_cannot_pass_the_bound_either() -> None:
    small, large = compress(text(100), 1 << 12), compress(text(100), 1 << 24)
    stored = small[:_HEADER_SIZE] + blocks_of(small) + blocks_of(large)
    broken = broken_by(stored, 1 << 16)
    assert broken is not None
    assert broken.kind is Breakage.WINDOW
    # Nor what the first block asked for, once that is beyond what is free.
    broken = broken_by(stored, 1 << 24)
    assert broken is not None
    assert broken.kind is Breakage.WINDOW


def test_a_later_block_may_ask_for_more_within_what_is_free() -> None:
    small, large = compress(text(100), 1 << 12), compress(text(100), 1 << 22)
    stored = small[:_HEADER_SIZE] + blocks_of(small) + blocks_of(large)
    broken = broken_by(stored, 1 << 24)
    assert broken is not None
    assert broken.kind is Breakage.TRUNCATED


@pytest.mark.parametrize(
    "check", [lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256]
)
def test_every_check_is_known(check: int) -> None:
    stored = compress(text(5000), 1 << 12, check=check)
    assert run(PushDecoder(Xz(DEFAULT_LIMITS)), stored)[:3] == (text(5000), None, 1)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_padding_between_and_after_streams_is_no_trailing_byte(size: int) -> None:
    stored = lzma.compress(b"one") + bytes(8) + lzma.compress(b"") + bytes(4)
    stored += lzma.compress(b"two") + bytes(12)
    assert run(PushDecoder(Xz(DEFAULT_LIMITS)), stored, (size,)) == (b"onetwo", None, 3, 0, True, 0)


@pytest.mark.parametrize("zeros", [1, 2, 3, 5])
def test_zeros_that_are_no_whole_padding_are_trailing(zeros: int) -> None:
    stored = lzma.compress(b"one")
    outcome = run(PushDecoder(Xz(DEFAULT_LIMITS)), stored + bytes(zeros))
    assert outcome == (b"one", None, 1, zeros % 4, True, len(stored) + zeros // 4 * 4)


@pytest.mark.parametrize("zeros", [1, 4, 8])
@pytest.mark.parametrize("stream", [b"", lzma.compress(b"one")], ids=["alone", "before-a-stream"])
def test_padding_before_the_first_stream_is_corrupt(zeros: int, stream: bytes) -> None:
    detail = "the stream begins with no xz stream"
    assert broken_by(bytes(zeros) + stream, 1 << 24) == (Breakage.CORRUPT, detail, 0, 0)


@pytest.mark.parametrize("head", [b"\xff", b"\x02\xff", b"\x02\xc0\xff", b"\x01\x03\xff\xff"])
def test_a_block_header_of_nonsense_is_left_to_the_library(head: bytes) -> None:
    stored = lzma.compress(b"")[:_HEADER_SIZE] + head.ljust(1024, b"\xff")
    broken = broken_by(stored, 1 << 24)
    assert broken is not None
    assert (broken.kind, broken.offset) == (Breakage.CORRUPT, 0)

from __future__ import annotations

import dataclasses
import lzma

import pytest

from layertar.codec import Compression, new_decoder, sniff
from layertar.codec.decoder import Break, Breakage
from layertar.limits import DEFAULT_LIMITS
from tests.codec.streams import run, text
from tests.tarmaker import tar_header


def compress(data: bytes, dictionary: int = 1 << 16) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary}]
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=filters)


def broken_by(stored: bytes, window: int) -> Break | None:
    limits = dataclasses.replace(DEFAULT_LIMITS, window=window)
    decoder = new_decoder(Compression.LZMA, limits)
    run(decoder, stored, (9,))
    return decoder.broken


@pytest.mark.parametrize("dictionary", [1 << 16, 3 << 19, 1 << 23])
@pytest.mark.parametrize("size", [0, 1, 5000, 600_000])
def test_plain_lzma_is_known_and_decoded(dictionary: int, size: int) -> None:
    stored = compress(text(size), dictionary)
    assert sniff(stored) is Compression.LZMA
    for sizes in ((1 << 20,), (7,) if size < 10_000 else (70_001,)):
        outcome = run(new_decoder(Compression.LZMA, DEFAULT_LIMITS), stored, sizes)
        assert outcome == (text(size), None, 1, 0, True, 0)


def test_a_size_in_the_header_instead_of_an_end_marker_is_plausible_too() -> None:
    stored = compress(text(5000))
    sized = stored[:5] + (5000).to_bytes(8, "little") + stored[13:]
    assert sniff(sized) is Compression.LZMA


@pytest.mark.parametrize(
    "change",
    [
        {1: 1},  # a dictionary that no writer asks for
        {3: 0},  # none at all
        {5: 0xFE},  # content of nearly 2^64 bytes
        {13: 1},  # no range coder begins so
        {14: 0xFF, 15: 0xFF, 16: 0xFF, 17: 0xFF, 18: 0xFF, 19: 0xFF},  # content that is none
    ],
)
def test_a_header_or_content_that_is_not_plausible_is_no_lzma(change: dict[int, int]) -> None:
    stored = bytearray(compress(text(5000)))
    for place, value in change.items():
        stored[place] = value
    assert sniff(bytes(stored)) is Compression.NONE


def test_a_tar_whose_first_name_is_like_an_lzma_header_is_a_tar() -> None:
    stored = compress(text(20))
    assert sniff(stored.ljust(512, b"\0")) is Compression.LZMA
    assert len(stored) < 100
    assert sniff(tar_header(stored)) is Compression.NONE


def test_a_cut_stream_is_truncated_at_any_byte() -> None:
    stored = compress(text(300))
    for size in range(1, len(stored)):
        outcome = run(new_decoder(Compression.LZMA, DEFAULT_LIMITS), stored[:size], (50,))
        assert outcome.kind is Breakage.TRUNCATED, size


def test_a_dictionary_is_refused_beyond_the_bound_only() -> None:
    stored = compress(b"content", 1 << 20)
    assert broken_by(stored, 1 << 20) is None
    detail = f"the lzma dictionary is {1 << 20} bytes, the bound is {(1 << 20) - 1}"
    assert broken_by(stored, (1 << 20) - 1) == (Breakage.WINDOW, detail, 0, 1 << 20)


def test_trailing_bytes_are_told() -> None:
    stored = compress(text(300))
    outcome = run(new_decoder(Compression.LZMA, DEFAULT_LIMITS), stored + b"junk")
    assert outcome == (text(300), None, 1, 4, False, len(stored))

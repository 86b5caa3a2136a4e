from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.codec import HEAD_SIZE, Compression, new_decoder, sniff
from layertar.limits import DEFAULT_LIMITS
from tests.codec.streams import CASES, NAMES, Case, run


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_each_compression_is_told_by_its_magic_and_decoded(case: Case) -> None:
    stored = case.compress(b"content")
    compression = sniff(stored[:HEAD_SIZE])
    assert compression.value == case.name.partition("-")[0]
    assert run(new_decoder(compression, DEFAULT_LIMITS), stored).content == b"content"


@pytest.mark.parametrize("first", range(0x50, 0x60))
def test_a_zstd_stream_may_begin_with_any_skippable_frame(first: int) -> None:
    assert sniff(bytes([first]) + b"\x2a\x4d\x18\0\0") is Compression.ZSTD


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x1f",
        b"\x1f\x8b",
        b"\x1f\x8b\x00",  # gzip of no known method
        b"\x4f\x2a\x4d\x18",  # one below the skippable frames
        b"\x60\x2a\x4d\x18",  # one above
        b"\x2a\x4d\x18",
        b"\x50",
        b"\x02\x21\x4c\x18",  # lz4's legacy frames
        b"\x5d\x00\x00\x80\x00" + b"\xff" * 8,  # lzma, but for its content
        b"\xfd7zXZ",
        b"BZ",
        b"usr/bin",
    ],
)
def test_anything_else_is_not_compressed(head: bytes) -> None:
    assert sniff(head) is Compression.NONE


@given(st.binary(max_size=16))
def test_the_bytes_after_the_head_do_not_matter(data: bytes) -> None:
    assert sniff(data) is sniff(data[:HEAD_SIZE])


def test_uncompressed_bytes_have_no_decoder() -> None:
    with pytest.raises(ValueError, match="need no decoder"):
        new_decoder(Compression.NONE, DEFAULT_LIMITS)

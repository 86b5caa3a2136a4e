"""Ranges of a layer's uncompressed bytes: exactly those, or a reason why not."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.limits import DEFAULT_LIMITS
from layertar.measure import Range, RangeReader, read_ranges
from layertar.members import ByteCounter, MemberKind, open_content
from layertar.value import replace
from tests.tarmaker import CODECS, Codec, compress, write_tar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

DATA = Random(7).randbytes(200_000)  # noqa: S311 - any bytes that do not compress


class Kept:
    """Keeps each range that came whole."""

    def __init__(self) -> None:
        self.whole: list[bytes] = []
        self.last = b""

    def begin(self) -> None:
        self.last = b""

    def data(self, piece: memoryview) -> None:
        self.last += piece

    def end(self) -> None:
        self.whole.append(self.last)


class NoSink:
    def begin(self, member: object, *, sha512: bool) -> None:
        raise AssertionError(member, sha512)

    def data(self, piece: object) -> None:
        raise AssertionError(piece)

    def end(self) -> None:
        raise AssertionError


def ranges(size: int = len(DATA)) -> SearchStrategy[list[Range]]:
    """Ascending ranges, with and without gaps."""

    def between(cuts: list[int]) -> list[Range]:
        ends = sorted({0, *cuts})
        pairs = list(pairwise(ends))
        return [Range(start, end - start) for start, end in pairs[:: 1 + len(cuts) % 2]]

    return st.lists(st.integers(1, size), max_size=8).map(between)


def fed(stored: bytes, wanted: Sequence[Range], step: int) -> tuple[list[bytes], str | None]:
    kept = Kept()
    reader = RangeReader(wanted, kept, DEFAULT_LIMITS)
    for start in range(0, len(stored), step):
        reader.feed(stored[start : start + step])
    return kept.whole, reader.finish()


def read(path: Path, wanted: Sequence[Range]) -> tuple[list[bytes], str | None]:
    kept = Kept()
    with open_content(path, NoSink(), DEFAULT_LIMITS, ByteCounter()) as content:
        [member] = [each for each in content.table if each.kind is MemberKind.FILE]
        return kept.whole, read_ranges(content, member, wanted, kept, DEFAULT_LIMITS)


@given(ranges(), st.sampled_from(CODECS), st.integers(1_000, 300_000))
def test_ranges_are_the_bytes_there_however_they_come(
    wanted: list[Range], codec: Codec, step: int
) -> None:
    expected = [DATA[each.offset : each.offset + each.size] for each in wanted]
    assert fed(compress(DATA, codec), wanted, step) == (expected, None)


@pytest.mark.parametrize("codec", CODECS)
def test_ranges_of_a_file_are_the_bytes_there(codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / "one.tar"
    path.write_bytes(write_tar([("before", b"x" * 700), ("layer", compress(DATA * 8, codec))][1:]))
    wanted = [Range(0, 1), Range(5, 1_000_000), Range(1_000_005, 7), Range(1_500_000, 3)]
    expected = [(DATA * 8)[each.offset : each.offset + each.size] for each in wanted]
    assert read(path, wanted) == (expected, None)


def test_nothing_wanted_is_nothing_read(tmp_path: Path) -> None:
    path = tmp_path / "one.tar"
    path.write_bytes(write_tar([("layer", b"\x1f\x8b no gzip at all")]))
    assert read(path, []) == ([], None)


# bzip2 has one block of all this, which is whole or not at all.
@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "bzip2"])
def test_what_lies_behind_the_last_range_is_not_read(codec: Codec) -> None:
    stored = compress(DATA, codec)
    whole, reason = fed(stored[:-4] + bytes(4), [Range(10, 20)], 4096)
    assert (whole, reason) == ([DATA[10:30]], None)


@pytest.mark.parametrize("codec", CODECS)
def test_a_layer_that_ends_early_says_so(codec: Codec, tmp_path: Path) -> None:
    stored = compress(DATA, codec)[:-4096]
    wanted = [Range(3, 4), Range(len(DATA) - 50, 50)]
    path = tmp_path / "one.tar"
    path.write_bytes(write_tar([("layer", stored)]))
    for whole, reason in (fed(stored, wanted, 100), read(path, wanted)):
        assert len(whole) <= 1
        assert reason is not None


def test_a_range_beyond_the_end_says_so() -> None:
    whole, reason = fed(compress(DATA, "gzip"), [Range(len(DATA) - 1, 2)], 4096)
    assert whole == []
    assert reason == f"it ends after {len(DATA)} bytes, within a file's data"


def test_a_layer_that_grows_beyond_the_bound_says_so() -> None:
    kept = Kept()
    limits = replace(DEFAULT_LIMITS, uncompressed_size=1_000)
    reader = RangeReader([Range(1_500_000, 1)], kept, limits)
    reader.feed(compress(DATA * 8, "gzip"))
    assert reader.finish() == "it uncompresses to more than 1000 bytes"
    assert kept.whole == []

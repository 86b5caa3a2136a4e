"""The framing of a tar: its end, its padding, what is missing, and the ways to drive a parser."""

from __future__ import annotations

import pytest

from layertar.limits import Limits
from layertar.tar import Entry, TarParser
from tests.tar.blocks import (
    LIMITS,
    V7,
    cut,
    extension,
    file,
    header,
    padded,
    pax,
    read,
    read_headers,
    read_pieces,
)
from tests.tarmaker import END

_A = file(b"a", b"data of a")
_B = file(b"b", b"")
_GARBAGE = b"garbage!" * 64


def _wrong_checksum(block: bytes) -> bytes:
    return b"A" + block[1:]


def test_entries_and_data_are_told_in_order() -> None:
    found = read(_A + _B + END)
    assert [(e.name, e.size, e.header_offset, e.data_offset) for e in found.entries] == [
        ("a", 9, 0, 512),
        ("b", 0, 1024, 1536),
    ]
    assert found.data == (b"data of a", b"")
    assert found.faults == ()
    assert found.parser.end_offset == 1536
    assert found.parser.is_tar


def test_data_are_views_of_what_was_fed() -> None:
    fed = bytearray(_A)
    parser = TarParser(LIMITS)
    _, data = parser.feed(memoryview(fed))
    assert not isinstance(data, Entry)
    fed[512:516] = b"DATA"
    assert bytes(data.data) == b"DATA of a"
    assert data.end


def test_padding_to_any_blocking_factor_is_everyday() -> None:
    assert read(_A + END + bytes(10240)).faults == ()


@pytest.mark.parametrize("zeros", [512, 1024, 10240])
def test_zero_blocks_only_are_an_empty_tar(zeros: int) -> None:
    found = read(bytes(zeros))
    assert found.parser.is_tar
    assert found.entries == ()
    assert found.rules == (["archive-no-end-marker"] if zeros == 512 else [])


@pytest.mark.parametrize("data", [b"", bytes(300), b"short", _GARBAGE * 4, END + _GARBAGE])
def test_what_is_no_tar_is_none(data: bytes) -> None:
    found = read(data)
    assert not found.parser.is_tar
    assert found.entries == ()


def test_garbage_at_the_start_stops_the_parser_without_a_fault() -> None:
    found = read(_GARBAGE + _A + END)
    assert found.parser.stopped
    assert found.parser.needed == 0
    assert found.faults == ()
    assert found.parser.offset == 512 + len(_A + END)


@pytest.mark.parametrize("end", [b"", bytes(512), bytes(100), bytes(700)])
def test_an_end_without_two_zero_blocks_is_told(end: bytes) -> None:
    found = read(_A + end)
    assert found.names == ["a"]
    assert found.rules == ["archive-no-end-marker"]


def test_an_archive_cut_anywhere_is_told() -> None:
    whole = pax((b"path", b"long")) + _A + _B + END
    for size in range(512, len(whole) - 512):
        found = read(whole[:size])
        at_end = size >= len(whole) - 1024 or size == len(whole) - 1536
        assert found.rules == ["archive-no-end-marker" if at_end else "archive-truncated"], size
        assert found.faults[0].offset == size


@pytest.mark.parametrize(
    ("tar", "missing", "member"),
    [
        (_A + _B[:500], "a header: 12 bytes", None),
        (_A[:515], "the data of a member: 6 bytes", "a"),
        (_A[:530], "the padding of a member: 494 bytes", "a"),
        (extension(b"x" * 600, b"L")[:520], "an extended header: 1016 bytes", None),
        (extension(b"x" * 5000, b"L")[:520], "an extended header: 4992 bytes", None),
        (pax((b"path", b"a")), "an extended header, before its member: 512 bytes", None),
        (header(typeflag=b"S", sparse_extended=b"\1") + bytes(5), "a sparse map: 507 bytes", None),
    ],
)
def test_what_is_missing_is_told(tar: bytes, missing: str, member: str | None) -> None:
    fault = read(tar).faults[0]
    assert fault.rule == "archive-truncated"
    assert fault.detail == f"ends inside {missing} missing"
    assert (fault.member, fault.offset) == (member, len(tar))


def test_a_lone_zero_block_does_not_end_the_reading() -> None:
    found = read(_A + bytes(512) + _B + bytes(512) + _A + END)
    assert found.names == ["a", "b", "a"]
    assert [(f.rule, f.offset) for f in found.faults] == [
        ("archive-lone-zero-block", 1024),
        ("archive-lone-zero-block", 2048),
    ]
    assert found.parser.lone_zero_offset == 1024


def test_garbage_behind_a_lone_zero_block_is_trailing_data() -> None:
    found = read(_A + bytes(512) + _GARBAGE + _B + END)
    assert found.names == ["a"]
    assert [(f.rule, f.offset) for f in found.faults] == [
        ("archive-trailing-data", 1536),
        ("archive-no-end-marker", 512 * 4 + len(_B + END)),
    ]
    assert found.parser.lone_zero_offset is None


def test_bytes_behind_the_end_are_told_from_the_first_that_is_not_zero() -> None:
    found = read(_A + END + bytes(1000) + b"x" + bytes(23))
    (fault,) = found.faults
    assert (fault.rule, fault.offset, fault.measured) == ("archive-trailing-data", 3048, "24")
    assert found.parser.trailing_names == ()


def test_archives_behind_the_end_are_listed() -> None:
    found = read(_A + END + bytes(3072) + _B + _A + END + pax((b"path", b"c")) + _B + END)
    assert found.names == ["a"]
    assert found.rules == ["archive-trailing-data"]
    assert "a tar of 3 members" in found.faults[0].detail
    assert found.parser.trailing_names == ("b", "a", "c")


def test_an_archive_behind_an_empty_one_makes_a_tar() -> None:
    found = read(END + _A + END)
    assert found.parser.is_tar
    assert found.parser.trailing_names == ("a",)


def test_names_behind_the_end_are_bounded() -> None:
    found = read(_A + END + _B * 1200, Limits(name_length=0))
    assert found.parser.trailing_names == ("",) * 1000


@pytest.mark.parametrize("before", [b"", _B])
def test_a_header_with_a_flipped_bit_is_read_all_the_same(before: bytes) -> None:
    found = read(before + _wrong_checksum(_A) + _B + END)
    assert found.names[-2:] == ["A", "b"]
    (fault,) = found.faults
    assert (fault.rule, fault.member, fault.offset) == ("tar-bad-checksum", "A", len(before))


@pytest.mark.parametrize(
    "block",
    [
        _GARBAGE,
        _wrong_checksum(header(magic=V7)),
        _wrong_checksum(header(typeflag=b"Q")),
        _wrong_checksum(header(size=0)[:124] + b"junk".ljust(12) + header()[136:]),
    ],
)
def test_behind_what_is_no_header_nothing_is_read(block: bytes) -> None:
    found = read(_A + block + _B + END)
    assert found.names == ["a"]
    assert [(f.rule, f.offset) for f in found.faults] == [("tar-bad-checksum", 1024)]
    assert found.parser.stopped


def test_padding_that_is_not_zero_is_told_once_and_counted() -> None:
    dirty = header(b"d", 5) + padded(b"12345\0\0", b"!")
    found = read(_A + dirty + dirty + END)
    (fault,) = found.faults
    assert (fault.rule, fault.member, fault.offset) == ("tar-padding-not-zero", "d", 1543)
    assert "2 members" in fault.detail


def test_padding_of_an_extended_header_is_looked_at() -> None:
    found = read(header(b"x", 5, b"L") + padded(b"name\0", b"!") + _A + END)
    assert found.names == ["name"]
    assert [(f.rule, f.offset) for f in found.faults] == [("tar-padding-not-zero", 517)]


def test_an_extended_header_before_the_end_is_told() -> None:
    found = read(_A + pax((b"uid", b"junk")) + END)
    assert [(f.rule, f.offset) for f in found.faults] == [("tar-header-ambiguous", 2048)]


def test_faults_of_an_extended_header_without_a_member_are_kept() -> None:
    found = read(_A + extension(b"junk", b"x") + END)
    assert [f.offset for f in found.faults] == [1024, 2048]


def test_faults_are_bounded_and_counted() -> None:
    found = read((_A + bytes(512)) * 10 + _B + END)
    assert found.rules == ["archive-lone-zero-block"] * 4
    assert found.parser.fault_counts == {"archive-lone-zero-block": 10}


def test_a_shown_name_is_bounded() -> None:
    found = read(pax((b"path", b"p" * 3000)) + _A[:600], Limits(name_length=10))
    assert found.faults[0].member == "p" * 10
    assert found.entries[0].name == "p" * 3000


def test_reading_headers_only_feeds_no_data() -> None:
    tar = file(b"big", b"x" * 5_000_000) + _A + extension(b"y" * 9000, b"L") + _B + END
    parser = TarParser(LIMITS)
    read_bytes = 0
    while parser.offset < len(tar):
        piece = tar[parser.offset : parser.offset + min(parser.needed, 512 * 4)]
        read_bytes += len(piece)
        list(parser.feed(piece))
        parser.skip(parser.remaining)
    assert read_bytes < 5000
    assert read_headers(tar).entries == read(tar).entries


def test_padding_may_be_skipped_with_the_data() -> None:
    dirty = header(b"d", 5) + padded(b"12345", b"!")
    parser = TarParser(LIMITS)
    list(parser.feed(dirty[:512]))
    assert (parser.remaining, parser.padding) == (5, 507)
    parser.skip(512)
    assert parser.between_members
    list(parser.feed(END))
    parser.finish()
    assert parser.faults == ()


@pytest.mark.parametrize("count", [-1, 513])
def test_more_than_the_current_member_is_not_skipped(count: int) -> None:
    parser = TarParser(LIMITS)
    list(parser.feed(_A[:512]))
    with pytest.raises(ValueError, match="cannot skip"):
        parser.skip(count)


def test_what_was_fed_is_not_skipped() -> None:
    parser = TarParser(LIMITS)
    events = parser.feed(_A)
    assert isinstance(next(events), Entry)
    with pytest.raises(ValueError, match="cannot skip"):
        parser.skip(9)


def test_skipping_nothing_changes_nothing() -> None:
    tar = pax((b"path", b"p")) + _A + END
    parser = TarParser(LIMITS)
    names = []
    for piece in cut(tar, 100):
        names += [event.name for event in parser.feed(piece) if isinstance(event, Entry)]
        parser.skip(0)
    assert names == ["p"]


def test_members_are_leapt_over_only_where_one_begins() -> None:
    parser = TarParser(LIMITS)
    parser.leap(len(_A))
    assert parser.offset == len(_A)
    list(parser.feed(_B[:1]))
    with pytest.raises(ValueError, match="cannot leap"):
        parser.leap(512)


def test_a_member_that_is_leapt_into_is_still_due() -> None:
    parser = TarParser(LIMITS)
    parser.leap(512, data=5, member="m")
    assert (parser.offset, parser.remaining, parser.padding) == (512, 5, 507)
    parser.skip(3)
    parser.finish()
    (fault,) = parser.faults
    assert (fault.rule, fault.member, fault.offset) == ("archive-truncated", "m", 515)


def test_a_byte_at_a_time_reads_the_same() -> None:
    tar = pax((b"path", b"p")) + _A + bytes(512) + _B + END + bytes(600) + _A
    whole, bytewise = read(tar), read_pieces(cut(tar, 1))
    assert bytewise[:3] == whole[:3]
    assert bytewise.parser.trailing_names == whole.parser.trailing_names

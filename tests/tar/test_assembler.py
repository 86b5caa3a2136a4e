"""Each construct on which readers differ: told, and read as POSIX and Go read it."""

from __future__ import annotations

import pytest

from layertar.fault import Severity
from layertar.tar import EntryKind
from tests.tar.blocks import GNU, checksummed, extension, file, header, padded, pax, read, walk
from tests.tarmaker import BLOCK, END

_NEXT = file(b"next", b"n")
_AMBIGUOUS = "tar-header-ambiguous"


@pytest.mark.parametrize(
    ("typeflag", "name", "kind"),
    [
        (b"0", b"a", EntryKind.FILE),
        (b"\0", b"a", EntryKind.FILE),
        (b"\0", b"a/", EntryKind.DIRECTORY),
        (b"1", b"a", EntryKind.HARDLINK),
        (b"2", b"a", EntryKind.SYMLINK),
        (b"5", b"a/", EntryKind.DIRECTORY),
    ],
)
def test_the_everyday_kinds_have_no_faults(typeflag: bytes, name: bytes, kind: EntryKind) -> None:
    found = read(header(name, 0, typeflag, b"target") + _NEXT + END)
    entry = found.entries[0]
    assert (entry.name, entry.kind, entry.typeflag) == (name.decode(), kind, typeflag)
    is_link = kind in {EntryKind.HARDLINK, EntryKind.SYMLINK}
    assert entry.link_target == ("target" if is_link else None)
    assert found.names[1:] == ["next"]
    assert found.rules == []


@pytest.mark.parametrize(
    ("typeflag", "rule"),
    [
        (b"3", "tar-special-member"),
        (b"4", "tar-special-member"),
        (b"6", "tar-special-member"),
        (b"V", "tar-unknown-type"),
        (b"M", "tar-unknown-type"),
        (b"D", "tar-unknown-type"),
        (b"N", "tar-unknown-type"),
        (b"Z", "tar-unknown-type"),
        (b"\xff", "tar-unknown-type"),
    ],
)
def test_other_kinds_are_told(typeflag: bytes, rule: str) -> None:
    found = read(header(b"a", 0, typeflag) + _NEXT + END)
    assert found.entries[0].kind is EntryKind.OTHER
    assert found.names == ["a", "next"]
    assert found.rules == [rule]


def test_data_behind_an_unknown_type_are_passed() -> None:
    found = read(header(b"a", 600, b"Z") + bytes(1024) + _NEXT + END)
    assert [(entry.name, entry.size) for entry in found.entries] == [("a", 600), ("next", 1)]


@pytest.mark.parametrize("typeflag", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_no_data_follow_what_has_none_whatever_its_size(typeflag: bytes) -> None:
    found = read(header(b"a", 512, typeflag) + _NEXT + END)
    assert [(entry.name, entry.size) for entry in found.entries] == [("a", 0), ("next", 1)]
    assert _AMBIGUOUS in found.rules


def test_no_data_follow_a_directory_of_the_old_form() -> None:
    found = read(header(b"a/", 512, b"\0") + _NEXT + END)
    assert found.names == ["a/", "next"]
    assert found.rules == [_AMBIGUOUS]


def test_pax_wins_over_the_header() -> None:
    records = pax(
        (b"path", "längst".encode()),
        (b"uid", b"3000000"),
        (b"mtime", b"-1.25"),
        (b"SCHILY.xattr.user.x", b"\0\xff\n"),
    )
    found = read(records + file(b"short") + END)
    entry = found.entries[0]
    assert entry.name == "längst"
    assert (entry.uid, entry.gid, entry.mtime) == (3_000_000, 0, -1.25)
    assert entry.pax["SCHILY.xattr.user.x"] == b"\0\xff\n"
    assert (entry.header_offset, entry.data_offset) == (0, 3 * BLOCK)
    assert found.rules == []


def test_pax_records_are_of_one_member_only() -> None:
    found = read(pax((b"path", b"first")) + file() + file() + END)
    assert found.names == ["first", "a"]
    assert found.entries[1].pax == {}


def test_a_pax_link_target_wins() -> None:
    found = read(pax((b"linkpath", b"long")) + header(b"a", 0, b"2", b"short") + END)
    assert found.entries[0].link_target == "long"


@pytest.mark.parametrize("size", [b"600", b"0600"])
def test_a_pax_size_where_the_header_says_none_is_noted(size: bytes) -> None:
    found = read(pax((b"size", size)) + header(b"a", 0) + bytes(1024) + _NEXT + END)
    assert [entry.size for entry in found.entries] == [600, 1]
    (fault,) = found.entries[0].faults
    assert (fault.rule, fault.severity) == ("tar-size-override", Severity.NOTE)


def test_a_pax_size_beside_another_in_the_header_is_told() -> None:
    found = read(pax((b"size", b"600")) + header(b"a", 3) + bytes(1024) + _NEXT + END)
    assert [entry.size for entry in found.entries] == [600, 1]
    (fault,) = found.entries[0].faults
    assert (fault.rule, fault.severity, fault.member) == ("tar-size-override", None, "a")


def test_a_pax_size_that_no_header_can_hold_is_noted() -> None:
    found = read(pax((b"size", b"8589934592")) + header(b"a", 3))
    (fault,) = found.entries[0].faults
    assert (fault.rule, fault.severity) == ("tar-size-override", Severity.NOTE)
    assert found.entries[0].size == 8 << 30


@pytest.mark.parametrize("size", [b"-1", b"junk", b"1_0", b"9" * 30])
def test_a_pax_size_that_is_none_leaves_the_headers(size: bytes) -> None:
    found = read(pax((b"size", size)) + file(b"a", b"12345") + _NEXT + END)
    assert [entry.size for entry in found.entries] == [5, 1]
    assert found.rules == ["tar-size-invalid"]


def test_behind_a_size_that_is_none_nothing_is_read() -> None:
    found = read(_negative() + _NEXT + END)
    assert [(entry.name, entry.size) for entry in found.entries] == [("a", 0)]
    assert found.rules == ["tar-size-invalid"]
    assert found.parser.stopped


def test_a_pax_size_stands_in_for_a_header_that_has_none() -> None:
    found = read(pax((b"size", b"1")) + _negative() + padded(b"x") + _NEXT + END)
    assert found.names == ["a", "next"]
    assert found.rules == ["tar-size-invalid"]


def test_an_extended_header_without_a_size_ends_the_reading() -> None:
    found = read(file() + _negative(b"x") + _NEXT + END)
    assert found.names == ["a"]
    assert found.rules == ["tar-size-invalid"]
    assert found.faults[0].offset == 2 * BLOCK


def test_a_global_path_is_told_and_not_applied() -> None:
    found = read(pax((b"path", b"evil"), (b"size", b"9"), typeflag=b"g") + file() + END)
    assert found.names == ["a"]
    assert [(fault.rule, fault.offset) for fault in found.faults] == [(_AMBIGUOUS, 0)]
    assert "path, size" in found.faults[0].detail


def test_a_global_comment_is_everyday() -> None:
    found = read(pax((b"comment", b"0123abcd"), typeflag=b"g") + file() + END)
    assert found.rules == []
    assert found.entries[0].header_offset == 2 * BLOCK


def test_a_global_header_before_the_member_of_a_local_one_is_told() -> None:
    found = read(pax((b"path", b"p")) + pax((b"comment", b"c"), typeflag=b"g") + file() + END)
    assert found.names == ["p"]
    assert found.rules == [_AMBIGUOUS]


def test_of_two_local_headers_the_last_wins_whole() -> None:
    found = read(pax((b"path", b"p"), (b"uid", b"7")) + pax((b"path", b"q")) + file() + END)
    assert found.names == ["q"]
    assert found.entries[0].uid == 0
    assert found.entries[0].header_offset == 0
    assert found.rules == [_AMBIGUOUS]


def test_a_malformed_record_is_told_with_its_member() -> None:
    found = read(extension(b"junk", b"x") + file() + END)
    (fault,) = found.entries[0].faults
    assert (fault.rule, fault.member, fault.offset) == (_AMBIGUOUS, "a", 0)


def test_gnu_long_names_are_read() -> None:
    long = b"d/" * 80 + b"f"
    found = read(
        extension(long + b"\0", b"L")
        + extension(b"t" * 200 + b"\0", b"K")
        + header(b"d/", 0, b"2", b"t", magic=GNU)
        + END
    )
    assert found.names == [long.decode()]
    assert found.entries[0].link_target == "t" * 200
    assert found.rules == []


def test_a_gnu_long_name_ends_at_nul() -> None:
    found = read(extension(b"seen\0unseen", b"L") + file() + END)
    assert found.names == ["seen"]
    assert found.rules == [_AMBIGUOUS]


def test_two_gnu_long_names_are_told() -> None:
    found = read(extension(b"p", b"L") + extension(b"q", b"L") + file() + END)
    assert found.names == ["q"]
    assert found.rules == [_AMBIGUOUS]


@pytest.mark.parametrize(("long", "rules"), [(b"same", []), (b"other", [_AMBIGUOUS])])
def test_gnu_and_pax_names_are_told_where_they_differ(long: bytes, rules: list[str]) -> None:
    found = read(pax((b"path", b"same")) + extension(long, b"L") + file() + END)
    assert found.names == [long.decode()]
    assert found.rules == rules


def test_nul_in_a_pax_path_is_told_and_kept() -> None:
    found = read(pax((b"path", b"manifest.json\0x")) + file() + END)
    assert found.names == ["manifest.json\0x"]
    assert found.rules == [_AMBIGUOUS]


def test_a_name_that_is_not_utf8_keeps_its_bytes() -> None:
    found = read(file(b"caf\xe9") + END)
    assert found.names == ["caf\udce9"]
    assert found.rules == ["member-name-not-utf8"]


@pytest.mark.parametrize("key", [b"uid", b"gid", b"mtime"])
def test_a_pax_number_that_is_none_leaves_the_headers(key: bytes) -> None:
    found = read(pax((key, b"junk")) + file() + END)
    assert found.entries[0].uid == found.entries[0].gid == found.entries[0].mtime == 0
    assert found.rules == [_AMBIGUOUS]


def test_a_contiguous_file_is_read_as_one_and_told() -> None:
    found = read(header(b"a", 4, b"7") + padded(b"data") + _NEXT + END)
    assert (found.entries[0].kind, found.data[0]) == (EntryKind.FILE, b"data")
    assert found.rules == ["tar-special-member"]


def test_data_under_a_name_that_ends_in_a_slash_are_ambiguous() -> None:
    for tar in (file(b"a/", b"data"), pax((b"path", b"a/")) + file(b"b", b"data")):
        found = read(tar + _NEXT + END)
        assert (found.names, found.rules) == (["a/", "next"], ["tar-header-ambiguous"])
        assert [fault.rule for fault in walk([tar + END]).defects] == ["layer-tar-defect"]
    assert read(file(b"a/", b"") + END).rules == []


def test_a_sparse_member_is_not_expanded() -> None:
    records = pax(
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", b"true"),
        (b"GNU.sparse.realsize", b"1099511627776"),
    )
    found = read(records + file(b"GNUSparseFile.0/true", b"12345") + _NEXT + END)
    assert [(entry.name, entry.size) for entry in found.entries] == [("true", 5), ("next", 1)]
    assert found.rules == ["tar-sparse-member"]


def test_the_blocks_of_a_gnu_sparse_map_are_no_data() -> None:
    first = header(b"a", 512, b"S", magic=GNU, sparse_extended=b"\1")
    more, last = bytearray(BLOCK), bytes(BLOCK)
    more[504] = 1
    found = read(first + bytes(more) + last + b"d" * 512 + _NEXT + END)
    assert found.names == ["a", "next"]
    assert found.entries[0].data_offset == 3 * BLOCK
    assert found.data[0] == b"d" * 512
    assert found.rules == ["tar-sparse-member"]


def test_a_solaris_extended_header_is_told() -> None:
    found = read(pax((b"path", b"p"), typeflag=b"X") + file() + END)
    assert found.names == ["././@LongLink", "a"]
    assert found.rules == ["tar-unknown-type", _AMBIGUOUS]


@pytest.mark.parametrize("typeflag", [b"x", b"L", b"g"])
def test_a_body_beyond_the_bound_is_passed_unread(typeflag: bytes) -> None:
    found = read(extension(b"n" * 4097, typeflag) + file() + END)
    assert found.names == ["a"]
    assert found.rules == ["limit-exceeded"]


def test_an_empty_body_is_read() -> None:
    found = read(extension(b"", b"x") + extension(b"", b"L") + file() + END)
    assert found.names == ["a"]
    assert found.rules == []


def test_extended_headers_without_end_keep_few_faults() -> None:
    found = read(pax((b"uid", b"1")) * 50 + file() + END)
    assert found.rules == [_AMBIGUOUS] * 4


def _negative(typeflag: bytes = b"0") -> bytes:
    block = bytearray(header(b"a", 0, typeflag))
    block[124:136] = b"\xff" * 12
    return checksummed(bytes(block))

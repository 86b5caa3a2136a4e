from __future__ import annotations

from zlib import adler32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.tar.header import (
    CHECKSUMS,
    PLAIN_HEADER,
    Flavour,
    ascii_checksum,
    parse_header,
)
from tests.tar.blocks import GNU, V7, checksummed, header
from tests.tarmaker import BLOCK


def test_a_plain_header_is_read_field_by_field() -> None:
    found = parse_header(header(b"etc/passwd", 1234, b"2", b"target", mode=b"0000755\0"))
    assert found.name == b"etc/passwd"
    assert found.size == 1234
    assert found.typeflag == b"2"
    assert found.linkname == b"target"
    assert found.flavour is Flavour.USTAR
    assert found.mode == 0o755
    assert (found.uid, found.gid, found.mtime, found.devmajor, found.devminor) == (0, 0, 0, 0, 0)
    assert found.checksum_ok
    assert found.faults == ()


@pytest.mark.parametrize(
    ("magic", "flavour"),
    [(b"ustar\x0000", Flavour.USTAR), (GNU, Flavour.GNU), (V7, Flavour.V7)],
)
def test_the_flavour_is_what_the_magic_says(magic: bytes, flavour: Flavour) -> None:
    assert parse_header(header(magic=magic)).flavour is flavour


def test_a_ustar_prefix_is_joined_to_the_name() -> None:
    found = parse_header(header(b"name", prefix=b"some/where"))
    assert found.name == b"some/where/name"
    assert found.faults == ()


@pytest.mark.parametrize("magic", [GNU, V7])
def test_a_prefix_without_the_magic_is_not_joined_but_told(magic: bytes) -> None:
    found = parse_header(header(b"name", prefix=b"some/where", magic=magic))
    assert found.name == b"name"
    assert [fault.rule for fault in found.faults] == ["tar-header-ambiguous"]


@pytest.mark.parametrize(
    ("field", "size"),
    [
        (b"00000000017\0", 15),
        (b"00000000017 ", 15),
        (b"         17\0", 15),
        (b"17\0junk", 15),
        (b"777777777777", (8 << 30 << 3) - 1),
        (b"\x80" + bytes(10) + b"\x05", 5),
        (b"\x80\0\0\0\x7f" + b"\xff" * 7, (1 << 63) - 1),
    ],
)
def test_a_size_in_any_lawful_form_is_read_without_a_fault(field: bytes, size: int) -> None:
    found = parse_header(_sized(field))
    assert found.size == size
    assert found.faults == ()


@pytest.mark.parametrize(
    "field",
    [
        b"1_0",
        b"+10",
        b"-10",
        b"0o10",
        b"18",
        b"1 2",
        b"1\xd9\xa1",
        b"\xff" * 12,
        b"\xc0" + bytes(11),
        b"\x80\0\0\0\x80" + bytes(7),
        b"\xbf" + b"\xff" * 11,
    ],
)
def test_what_is_no_size_is_none_and_told(field: bytes) -> None:
    found = parse_header(_sized(field))
    assert found.size is None
    assert [fault.rule for fault in found.faults] == ["tar-size-invalid"]


@pytest.mark.parametrize(("field", "size"), [(b"", 0), (b"\0\x0017", 15)])
def test_a_size_that_only_some_readers_take_is_ambiguous(field: bytes, size: int) -> None:
    found = parse_header(_sized(field))
    assert found.size == size
    assert [fault.rule for fault in found.faults] == ["tar-header-ambiguous"]


def test_a_blank_size_is_nothing_to_tell_of_a_directory() -> None:
    block = bytearray(header(b"d/", typeflag=b"5"))
    block[124:136] = bytes(12)
    assert parse_header(checksummed(bytes(block))).faults == ()


@pytest.mark.parametrize("field", ["mode", "uid", "mtime", "devmajor"])
def test_another_field_that_is_no_number_is_ambiguous(field: str) -> None:
    found = parse_header(header(**{field: b"junk"}))  # type: ignore[arg-type]  # only bytes fields
    assert getattr(found, field) is None
    assert [fault.rule for fault in found.faults] == ["tar-header-ambiguous"]


def test_a_negative_mtime_in_base_256_is_read() -> None:
    found = parse_header(header(mtime=b"\xff" * 11 + b"\xfe"))
    assert found.mtime == -2
    assert found.faults == ()


def test_the_signed_sum_is_accepted_too() -> None:
    block = header(b"caf\xc3\xa9")
    assert parse_header(block).checksum_ok
    bare = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in bare)
    assert parse_header(block[:148] + b"%06o\0 " % signed + block[156:]).checksum_ok


@pytest.mark.parametrize("recorded", [b"000000\0 ", b"        ", b"1_00000\0", bytes(8)])
def test_a_wrong_checksum_is_told(recorded: bytes) -> None:
    block = header()
    assert not parse_header(block[:148] + recorded + block[156:]).checksum_ok


@given(st.binary(min_size=BLOCK, max_size=BLOCK))
def test_any_block_is_read(block: bytes) -> None:
    size = parse_header(block).size
    assert size is None or size >= 0


@given(st.lists(st.integers(0, 127), min_size=BLOCK, max_size=BLOCK).map(bytes))
def test_the_fast_checksum_is_the_sum_of_the_bytes(block: bytes) -> None:
    assert ascii_checksum(block) == sum(block[:148]) + sum(block[156:]) + 256


@given(st.integers(100, BLOCK - 1), st.integers(0, 127))
def test_what_passes_for_a_plain_header_has_no_fault(position: int, value: int) -> None:
    block = bytearray(header(b"name", 0o12345))
    block[position] = value
    whole = bytes(block)
    found = parse_header(whole)
    plain = PLAIN_HEADER.match(whole)
    if plain is not None:
        assert found.faults == ()
        assert found.size == int(plain[2], 8)
        assert found.checksum_ok == (adler32(whole) & 0xFFFF == CHECKSUMS[whole[148:156]])


def _sized(field: bytes) -> bytes:
    block = bytearray(header())
    block[124:136] = field.ljust(12, b"\0")
    return checksummed(bytes(block))

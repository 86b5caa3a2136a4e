from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.tar.pax import parse_pax, pax_integer, pax_seconds
from tests.tar.blocks import record

_KEYS = st.text("abcSCHILY.xattr-", min_size=1).map(str.encode)


@given(st.dictionaries(_KEYS, st.binary()))
def test_records_written_are_the_records_read(records: dict[bytes, bytes]) -> None:
    found = parse_pax(b"".join(record(key, value) for key, value in records.items()))
    assert found.records == {key.decode(): value for key, value in records.items()}
    assert found.faults == ()


@given(st.binary())
def test_a_body_without_faults_ends_with_its_last_record(body: bytes) -> None:
    if not parse_pax(body).faults:
        assert body == b"" or body.endswith(b"\n")


@pytest.mark.parametrize(
    "bad",
    [
        b"x",
        b"5 a=\n\0",
        b"99 a=b\n",
        b"6 a=bc",
        b"6 a=b\nc",
        b"0 a=b\n",
        b"2 a=b\n",
        b"+6 a=b\n",
        b"7 abcd\n",
        b"6 =bc\n",
        b"8 a\0b=c\n",
        b"99999999999999999999 a=b\n",
    ],
)
def test_a_malformed_record_ends_the_reading_and_is_told(bad: bytes) -> None:
    found = parse_pax(record(b"good", b"1") + bad)
    assert found.records["good"] == b"1"
    assert [fault.rule for fault in found.faults] == ["tar-header-ambiguous"]


def test_of_a_key_given_twice_the_last_counts() -> None:
    found = parse_pax(record(b"path", b"first") + record(b"path", b"last"))
    assert found.records == {"path": b"last"}
    assert [fault.detail for fault in found.faults] == ["PAX record given twice: path"]


def test_the_repeated_keys_of_sparse_format_0_0_are_lawful() -> None:
    assert parse_pax(record(b"GNU.sparse.offset", b"1") * 2).faults == ()


@pytest.mark.parametrize("key", [b"path", b"linkpath", b"uname"])
def test_nul_in_a_text_is_told(key: bytes) -> None:
    assert [f.detail for f in parse_pax(record(key, b"a\0b")).faults] == [
        f"NUL in PAX {key.decode()}"
    ]


def test_nul_in_an_extended_attribute_is_everyday() -> None:
    assert parse_pax(record(b"SCHILY.xattr.security.capability", bytes(20))).faults == ()


@pytest.mark.parametrize("key", [b"path", b"size"])
def test_an_empty_value_is_told_where_readers_differ(key: bytes) -> None:
    assert [f.rule for f in parse_pax(record(key, b"")).faults] == ["tar-header-ambiguous"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"12", 12),
        (b"-1", -1),
        (b"9223372036854775807", (1 << 63) - 1),
        (b"9223372036854775808", None),
        (b"9" * 5000, None),
        (b"1_0", None),
        (b" 1", None),
        (b"", None),
        (b"0x1", None),
    ],
)
def test_only_a_plain_number_is_an_integer(value: bytes, number: int | None) -> None:
    assert pax_integer(value) == number


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"1.5", 1.5), (b"-2", -2.0), (b"3.", 3.0), (b"nan", None), (b"1e9", None), (b"1.5.0", None)],
)
def test_only_a_decimal_number_is_a_time(value: bytes, seconds: float | None) -> None:
    assert pax_seconds(value) == seconds

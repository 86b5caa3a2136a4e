from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.digest import Digest
from layertar.report.table import (
    Column,
    digest_text,
    human_size,
    layout,
    narrowest,
    shortest_digits,
)

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024 - 1, "10.0 KiB"),
        (102_400, "100 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (31_300_000, "29.9 MiB"),
        (64 << 30, "64.0 GiB"),
        (1 << 62, "4096 PiB"),
        (-1, "-1 B"),
    ],
)
def test_a_size_is_shown_in_the_unit_that_suits_it(size: int, shown: str) -> None:
    assert human_size(size) == shown


def test_twelve_digits_are_shown_where_they_suffice() -> None:
    assert shortest_digits([Digest.of(b"a"), Digest.of(b"b"), Digest.of(b"a")]) == 12
    assert shortest_digits([]) == 12


def test_digests_that_begin_alike_get_more_digits() -> None:
    one, other = Digest("sha256", "a" * 20 + "0" * 44), Digest("sha256", "a" * 20 + "1" * 44)
    assert shortest_digits([one, other]) == 21


@given(st.lists(HEX), st.integers(0, 63), HEX)
def test_shortened_digests_stay_told_apart(some: list[str], shared: int, other: str) -> None:
    # A pair that begins alike is what random digests never have.
    pairs = [encoded[:shared] + other[shared:] for encoded in some]
    digests = [Digest("sha256", encoded) for encoded in (*some, *pairs)]
    text = digest_text(shortest_digits(digests))
    assert len({text(one) for one in digests}) == len(set(digests))


def test_another_algorithm_than_sha256_is_named() -> None:
    assert digest_text(12)(Digest("sha512", "a" * 128)) == "sha512:" + "a" * 12
    assert digest_text(12)(Digest("sha256", "a" * 64)) == "a" * 12
    assert digest_text(None)(Digest("sha256", "a" * 64)) == "sha256:" + "a" * 64


COLUMNS = (Column("#", right=True), Column("text", room=5), Column("end"))


def test_cells_stand_below_one_another_and_no_line_ends_in_spaces() -> None:
    rows = [["1", "a", "x"], ["10", "abcdefgh", "xyz"]]
    assert ["|".join(cells) for cells in layout(COLUMNS, rows, None)] == [
        " #|text    |end",
        " 1|a       |x",
        "10|abcdefgh|xyz",
    ]


def test_only_a_column_that_allows_it_is_cut() -> None:
    rows = [["1", "abcdefgh", "xyz"]]
    assert narrowest(COLUMNS, rows) == 13
    assert ["|".join(cells) for cells in layout(COLUMNS, rows, 14)][1] == "1|abc...|xyz"
    assert ["|".join(cells) for cells in layout(COLUMNS, rows, 3)][1] == "1|ab...|xyz"

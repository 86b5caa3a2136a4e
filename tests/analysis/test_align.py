"""Alignment: pairs of equal keys in one order, as many as there can be, whichever list is first."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.align import gaps, matches, refined

KEYS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "", None]), max_size=9)
UNIQUE = st.lists(st.sampled_from("abcdefghij"), max_size=9, unique=True)


def longest_common(a: list[str], b: list[str]) -> int:
    """The textbook's length of a longest common subsequence."""

    @cache
    def best(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return 0
        if a[i] == b[j]:
            return 1 + best(i + 1, j + 1)
        return max(best(i + 1, j), best(i, j + 1))

    return best(0, 0)


@given(KEYS, KEYS)
def test_pairs_have_equal_keys_and_increase_on_both_sides(
    a: list[str | None], b: list[str | None]
) -> None:
    pairs = matches(a, b)
    assert all(a[i] is not None and a[i] == b[j] for i, j in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))


@given(KEYS, KEYS)
def test_the_other_way_round_the_same_are_paired(a: list[str | None], b: list[str | None]) -> None:
    assert matches(b, a) == [(j, i) for i, j in matches(a, b)]


@given(UNIQUE, UNIQUE)
def test_of_keys_that_do_not_repeat_as_many_are_paired_as_can_be(
    a: list[str], b: list[str]
) -> None:
    assert len(matches(a, b)) == longest_common(a, b)


@given(KEYS, st.integers(0, 9))
def test_an_inserted_entry_is_the_only_one_without_a_pair(a: list[str | None], at: int) -> None:
    a = [key for key in a if key is not None]
    at = min(at, len(a))
    b = [*a[:at], "new", *a[at:]]
    assert matches(a, b) == [(place, place + (place >= at)) for place in range(len(a))]


@given(KEYS, KEYS)
def test_gaps_and_pairs_together_are_both_lists(a: list[str | None], b: list[str | None]) -> None:
    left: list[int] = []
    right: list[int] = []
    for one, other, pair in gaps(matches(a, b), len(a), len(b)):
        left += [*one, *(pair or ())[:1]]
        right += [*other, *(pair or ())[1:]]
    assert (left, right) == (list(range(len(a))), list(range(len(b))))


@given(KEYS, KEYS)
def test_refining_keeps_what_is_paired_and_adds_only_between(
    a: list[str | None], b: list[str | None]
) -> None:
    first = matches(a[::-1], b[::-1])
    pairs = sorted((len(a) - 1 - i, len(b) - 1 - j) for i, j in first)
    found = refined(pairs, a, b)
    assert set(pairs) <= set(found)
    assert found == sorted(found)
    assert [j for _, j in found] == sorted({j for _, j in found})


def test_long_lists_of_one_key_are_paired_in_no_time() -> None:
    many = ["same"] * 50_000
    assert len(matches(["x", *many], [*many, "y"])) == len(many)

"""Align: which of two lists' entries are the same, so that an inserted one shows as one.

A longest run of entries with equal keys that both lists have in the same order. Equal keys are
told apart by their count from the beginning, so the time is that of sorting, whatever the lists.
Which of several equally long runs it is does not depend on which list comes first.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    #: What tells entries apart; `None` is the key of an entry like no other.
    Keys: TypeAlias = Sequence[str | None]
    #: Positions in the one list and in the other.
    Pair: TypeAlias = tuple[int, int]

__all__ = ["gaps", "matches", "refined"]


def matches(a: Keys, b: Keys) -> list[Pair]:
    """Pair the entries of equal keys, the positions increasing in both lists."""
    if list(map(_order, b)) < list(map(_order, a)):
        return [(left, right) for right, left in _matches(b, a)]
    return _matches(a, b)


def refined(pairs: Sequence[Pair], a: Keys, b: Keys) -> list[Pair]:
    """Pair, between those that are paired already, what other keys have in common."""
    found: list[Pair] = []
    for left, right, pair in gaps(pairs, len(a), len(b)):
        inner = matches(a[left.start : left.stop], b[right.start : right.stop])
        found += [(left.start + i, right.start + j) for i, j in inner]
        found += [] if pair is None else [pair]
    return found


def gaps(pairs: Sequence[Pair], a: int, b: int) -> Iterator[tuple[range, range, Pair | None]]:
    """Yield what lies before each pair in lists of `a` and `b` entries, then before the end."""
    start = (0, 0)
    for pair in (*pairs, None):
        i, j = (a, b) if pair is None else pair
        yield range(start[0], i), range(start[1], j), pair
        start = (i + 1, j + 1)


def _order(key: str | None) -> tuple[bool, str]:
    return key is None, key or ""


def _matches(a: Keys, b: Keys) -> list[Pair]:
    shorter = min(len(a), len(b))
    head = _alike(zip(a, b, strict=False))
    tail = min(_alike(zip(reversed(a), reversed(b), strict=False)), shorter - head)
    middle = _run(a[head : len(a) - tail], b[head : len(b) - tail])
    return [
        *((place, place) for place in range(head)),
        *((head + i, head + j) for i, j in middle),
        *((len(a) - place, len(b) - place) for place in range(tail, 0, -1)),
    ]


def _alike(pairs: Iterator[tuple[str | None, str | None]]) -> int:
    """Count the pairs of equal keys up to the first that is none."""
    count = 0
    for one, other in pairs:
        if one is None or one != other:
            break
        count += 1
    return count


def _run(a: Keys, b: Keys) -> list[Pair]:
    """Find a longest common run (Hunt and Szymanski, CACM 20/5, 1977), equal keys numbered."""
    places = {key: place for place, key in enumerate(_numbered(b)) if key is not None}
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    pairs = [
        (place, places[key])
        for place, key in enumerate(_numbered(a))
        if key is not None and key in places
    ]
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    found: list[Pair] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _numbered(keys: Keys) -> Iterator[tuple[str, int] | None]:
    counts: dict[str, int] = {}
    for key in keys:
        if key is None:
            yield None
        else:
            counts[key] = counts.get(key, 0) + 1
            yield key, counts[key]

"""Ranked: the first of a list in its order, and what all of it comes to."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Generic, TypeVar

from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Ranked", "ranked"]

_T = TypeVar("_T")
_Raw = TypeVar("_Raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked(Generic[_T]):
    """The largest of many.

    Attributes:
        items: the largest of them, that one first.
        count: of all of them.
        size: bytes of all of them together.
    """

    items: tuple[_T, ...]
    count: int
    size: int

    def __iter__(self) -> Iterator[_T]:
        """Iterate over those that are kept."""
        return iter(self.items)

    @property
    def omitted(self) -> int:
        """How many are not kept."""
        return self.count - len(self.items)


def ranked(
    found: Iterable[_Raw],
    *,
    size: Callable[[_Raw], int],
    order: Callable[[_Raw], object],
    make: Callable[[_Raw], _T],
    top: int | None,
) -> Ranked[_T]:
    """Keep the largest of what is found.

    Args:
        found: what there is, read once.
        size: bytes of one.
        order: what tells apart those of one size; it can be compared.
        make: turns those that are kept into what they are kept as.
        top: how many are kept; `None` for all.
    """
    count = total = 0

    def counted() -> Iterator[_Raw]:
        nonlocal count, total
        for each in found:
            count += 1
            total += size(each)
            yield each

    def key(each: _Raw) -> tuple[int, object]:
        return -size(each), order(each)

    all_of_it = counted()
    kept = sorted(all_of_it, key=key) if top is None else nsmallest(top, all_of_it, key=key)
    for _ in all_of_it:  # The smallest none are known without a look.
        pass
    return Ranked(items=tuple(map(make, kept)), count=count, size=total)

"""An archive changed in its meaning, its tar and its JSON left well formed.

Each change takes the members and answers others; the draws come from a `Random`, so that the
fuzzer and Hypothesis (`st.randoms`) drive the same changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fuzz import blobs, records
from tests.fuzz.chain import Members, repair

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

__all__ = ["CHANGES", "change_meaning"]

#: Every change, by name.
CHANGES: Final[dict[str, Callable[[Random, Members], Members]]] = {
    **blobs.CHANGES,
    **records.CHANGES,
}


def change_meaning(rng: Random, members: Members, count: int = 1) -> Members:
    """Make up to `count` changes, and now and then the chain above them true again."""
    for _ in range(count):
        name = rng.choice(sorted(CHANGES))
        members = CHANGES[name](rng, members)
    return repair(members) if rng.random() < 0.5 else members

"""Globs: which paths patterns mean.

`*` and `?` stand for characters of one name, `[...]` for one of some, `**` for any number of
names. A pattern without a slash, but for one at its end, is of a name anywhere. What is below a
directory that matches matches, too.
"""

from __future__ import annotations

from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from re import Pattern

__all__ = ["Globs"]

_ANY = b"**"


class Globs:
    """Patterns, any of which may match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Understand the patterns; bytes that are no UTF-8 are `surrogateescape`d in them."""
        self._patterns = [_understood(pattern) for pattern in patterns]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._patterns)

    def match(self, path: bytes) -> bool:
        """Say whether a path, cleaned and without a leading slash, or one above it matches."""
        names = path.split(b"/") if path else []
        return any(_matches(pattern, names) for pattern in self._patterns)


def _understood(pattern: str) -> list[Pattern[bytes] | None]:
    """Make a pattern's names expressions; `None` is any number of names."""
    raw = pattern.encode("utf-8", "surrogateescape").rstrip(b"/")
    steps = [step for step in raw.split(b"/") if step]
    if b"/" not in raw:
        steps = [_ANY, *steps]
    return [None if step == _ANY else _compiled(step) for step in steps]


@lru_cache(maxsize=256)
def _compiled(step: bytes) -> Pattern[bytes]:
    return regex(translate(step.decode("latin-1")).encode("latin-1"))


def _matches(steps: Sequence[Pattern[bytes] | None], names: Sequence[bytes]) -> bool:
    """Say whether the pattern matches the names, or the first of them."""
    # The positions in the pattern that the names so far may have led to.
    reached = _opened({0}, steps)
    for name in names:
        if len(steps) in reached:
            return True
        after: set[int] = set()
        for at in reached:
            step = steps[at]
            if step is None:
                after.add(at)
            elif step.match(name):
                after.add(at + 1)
        reached = _opened(after, steps)
    return len(steps) in reached


def _opened(reached: set[int], steps: Sequence[Pattern[bytes] | None]) -> set[int]:
    """Add what comes behind each `**`, which may stand for nothing."""
    found = set(reached)
    for at in sorted(reached):
        place = at
        while place < len(steps) and steps[place] is None:
            place += 1
            found.add(place)
    return found

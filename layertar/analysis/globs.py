"""Globs: which paths patterns mean, name by name.

`*` and `?` stand for characters of one name, `[...]` for one of some, `**` for any number of
names. A pattern without a slash, but for one at its end, is of a name anywhere. What is below a
directory that matches matches, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.glob import Glob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    #: Names of a pattern; `None` is any number of names.
    Steps = Sequence[Glob | None]

__all__ = ["Globs"]

_ANY = "**"


class Globs:
    """Patterns, any of which may match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Understand the patterns; bytes that are no UTF-8 are `surrogateescape`d in them.

        Raises:
            ArgumentError: one has a class or a range of characters that does not exist.
        """
        self._patterns = [_understood(pattern) for pattern in patterns]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._patterns)

    def match(self, path: bytes) -> bool:
        """Say whether a path, cleaned and without a leading slash, or one above it matches."""
        names = path.split(b"/") if path else []
        return any(_matches(steps, names) for steps in self._patterns)


def _understood(pattern: str) -> Steps:
    bare = pattern.rstrip("/")
    steps = [step for step in bare.split("/") if step]
    if "/" not in bare:
        steps = [_ANY, *steps]
    return [None if step == _ANY else Glob.parse(step) for step in steps]


def _matches(steps: Steps, names: Sequence[bytes]) -> bool:
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
            elif step.matches(name):
                after.add(at + 1)
        reached = _opened(after, steps)
    return len(steps) in reached


def _opened(reached: set[int], steps: Steps) -> set[int]:
    """Add what comes behind each `**`, which may stand for nothing."""
    found = set(reached)
    for at in reached:
        place = at
        while place < len(steps) and steps[place] is None:
            place += 1
            found.add(place)
    return found

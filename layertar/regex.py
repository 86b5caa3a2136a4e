"""Regex: regular expressions that are compiled when they are first used.

Half a hundred of them take a tenth of a small archive's `verify`, which meets a dozen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, AnyStr, cast

if TYPE_CHECKING:
    from re import Pattern

__all__ = ["regex"]


def regex(source: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """Do as `re.compile`, only later: what is wrong with `source` shows at the first use."""
    return cast("Pattern[AnyStr]", _Lazy(source, flags))


class _Lazy:
    """What compiles itself when first asked for anything."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        found: object = getattr(re.compile(self._source, self._flags), name)
        # The next use finds it without coming here.
        setattr(self, name, found)
        return found

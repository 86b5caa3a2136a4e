"""WindowBudget: the memory that large windows and dictionaries may take, all decoders together.

A stream may ask for a window of 128 MiB, and as many streams are decoded at once as there are
cores. What is beyond `FREE_WINDOW` is therefore admitted from one budget, and whoever finds it
spent waits until another decoder is done with its window.

That cannot deadlock as long as whoever holds a window goes on without those who wait. A decoder
holds one window at a time, and a single one is always admitted, however large. The decoders
around an archive are the exception, since nothing goes on without them: they never wait.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["FREE_WINDOW", "WINDOWS", "WindowBudget", "Windows"]

#: The largest window that is free, in bytes: what every zstd decoder has to support (RFC 8878,
#: 3.1.1.1.2), and what `xz -6` asks for.
FREE_WINDOW = 8 << 20

_TOTAL = 160 << 20


class Windows(Protocol):
    """Whoever grants windows."""

    def hold(self, size: int) -> AbstractContextManager[None]:
        """Hold a window of `size` bytes for the length of a `with` statement."""
        ...


class WindowBudget:
    """Grants windows while they fit; one alone is always granted."""

    def __init__(self, total: int = _TOTAL, free: int = FREE_WINDOW) -> None:
        """Grant `total` bytes at a time, windows of up to `free` bytes not counted."""
        self._total = total
        self._free = free
        self._held = 0
        self._outside = 0
        self._changed = threading.Condition()

    @property
    def held(self) -> int:
        """Bytes granted just now."""
        return self._held

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Hold a window of `size` bytes; waits until it fits, or is the only one."""
        if size <= self._free:
            yield
            return
        with self._changed:
            while self._held and self._held + self._outside + size > self._total:
                self._changed.wait()
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._held -= size
                self._changed.notify_all()

    def outside(self) -> Windows:
        """Return what grants windows to the decoders around an archive: counted, never waiting."""
        return _Outside(self)

    @contextmanager
    def _hold_outside(self, size: int) -> Iterator[None]:
        with self._changed:
            self._outside += size
        try:
            yield
        finally:
            with self._changed:
                self._outside -= size
                self._changed.notify_all()


class _Outside:
    """See `WindowBudget.outside`."""

    def __init__(self, budget: WindowBudget) -> None:
        self._budget = budget

    def hold(self, size: int) -> AbstractContextManager[None]:
        return self._budget._hold_outside(size)  # noqa: SLF001 - of this module


#: The budget of this process.
WINDOWS = WindowBudget()

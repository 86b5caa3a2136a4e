"""ByteCounter: how much of an input has been read, told on as it grows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ByteCounter"]

# Bytes between two calls of the listener; a call costs more than the sum it tells.
_STEP = 4 << 20


class ByteCounter:
    """Counts bytes read, from any thread."""

    def __init__(self, listener: Callable[[int], None] | None = None) -> None:
        """Start at zero; `listener` is told the sum every few MiB, one call at a time."""
        self._lock = threading.Lock()
        self._listener = listener
        self._told = 0
        self.total = 0

    def add(self, count: int) -> None:
        """Add `count` bytes."""
        with self._lock:
            self.total += count
            if self._listener is not None and self.total - self._told >= _STEP:
                self._told = self.total
                self._listener(self.total)

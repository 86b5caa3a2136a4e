"""Expansion: what all blobs of one archive become together, bounded."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertar.limits import Limits

__all__ = ["Expansion"]


class Expansion:
    """Counts stored and uncompressed bytes of all meters of one reading, from any thread.

    A thousand layers that each stay within the bound of one are as bad as one without a bound.
    """

    def __init__(self, limits: Limits) -> None:
        """Count from zero."""
        self._sure = limits.uncompressed_total
        self._ratio = limits.uncompressed_ratio
        self._lock = threading.Lock()
        self._stored = 0
        self._uncompressed = 0

    def store(self, count: int) -> None:
        """Take note of `count` more stored bytes of compressed blobs."""
        with self._lock:
            self._stored += count

    def grow(self, count: int) -> int | None:
        """Take note of `count` more uncompressed bytes; return the bound once it is passed."""
        if not self._sure:
            return None
        with self._lock:
            self._uncompressed += count
            allowed = max(self._sure, self._stored * self._ratio)
            return allowed if self._uncompressed > allowed else None

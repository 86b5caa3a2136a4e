"""Collector: brings a block or body together that comes in pieces."""

from __future__ import annotations

__all__ = ["Collector"]


class Collector:
    """A buffer for one block or body at a time; what comes whole does not pass through it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._buffer = bytearray()

    def __len__(self) -> int:
        """Return how many bytes wait for the rest."""
        return len(self._buffer)

    def any(self) -> bool:
        """Return whether one of the bytes that wait is not zero."""
        return any(self._buffer)

    def take(self, piece: memoryview, length: int) -> bytes | None:
        """Return `length` bytes once `piece`, which holds no more than is missing, has the rest."""
        if len(piece) == length:
            return bytes(piece)
        self._buffer += piece
        if len(self._buffer) < length:
            return None
        whole = bytes(self._buffer)
        self._buffer.clear()
        return whole

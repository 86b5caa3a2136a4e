"""Terminal: bytes of a file shown to a person, and nothing in them obeyed."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Shown"]


class Shown:
    """Writes text with its line breaks and tabs, and all else that is not printable escaped.

    A file's bytes are its author's: they may move the cursor, or worse.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        """Write to `write`, in UTF-8."""
        self._write = write
        self._decoder = getincrementaldecoder("utf-8")("surrogateescape")

    def write(self, piece: bytes | memoryview) -> None:
        """Show the next bytes."""
        self._show(self._decoder.decode(bytes(piece)))

    def close(self) -> None:
        """Show what is left of them: half a character."""
        self._show(self._decoder.decode(b"", final=True))

    def _show(self, text: str) -> None:
        lines = (map(escape, line.split("\t")) for line in text.split("\n"))
        self._write("\n".join(map("\t".join, lines)).encode())

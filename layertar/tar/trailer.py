"""Trailer: what lies behind a tar's end: zeros, garbage, or another tar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.tar.entry import Entry
from layertar.tar.header import BLOCK
from layertar.tar.table import TableHash

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.digest import Digest
    from layertar.limits import Limits
    from layertar.tar.parser import TarParser

__all__ = ["Trailer"]

_MAX_NAMES = 1000


_ZEROS = bytes(256 << 10)


class Trailer:
    """Takes what follows the end marker, in constant memory.

    Attributes:
        first: offset of the first byte that is not zero, if there is one.
        names: names of the members, if it reads as a tar; the first thousand.
    """

    def __init__(self, make_parser: Callable[[], TarParser], limits: Limits) -> None:
        """Begin; `make_parser` makes the parser that tries to read it as a tar."""
        self.first: int | None = None
        self.names: list[str] = []
        self._make_parser = make_parser
        self._name_length = limits.name_length
        self._parser: TarParser | None = None
        self._table = TableHash()

    @property
    def table(self) -> Digest | None:
        """The digest of the eStargz table, if it is the last member."""
        return self._table.digest

    def feed(self, view: memoryview, offset: int) -> None:
        """Take `view`, which begins at `offset`; both ends may lie anywhere."""
        if self.first is None:
            data = bytes(view)
            # Comparing is many times as fast as stripping, and zeros are what is expected.
            if len(data) <= len(_ZEROS) and data == _ZEROS[: len(data)]:
                return
            rest = data.lstrip(b"\0")
            if not rest:
                return
            self.first = offset + len(view) - len(rest)
            self._parser = self._make_parser()
            # Its first block may begin with the zeros that were passed just now.
            self._read(memoryview(bytes(self.first % BLOCK)))
            view = view[len(view) - len(rest) :]
        self._read(view)

    def _read(self, view: memoryview) -> None:
        if self._parser is None:
            return
        for event in self._parser.feed(view):
            self._table.take(event)
            if isinstance(event, Entry) and len(self.names) < _MAX_NAMES:
                self.names.append(event.name[: self._name_length])
        if self._parser.stopped or len(self.names) == _MAX_NAMES:
            self._parser = None

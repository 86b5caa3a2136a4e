"""The table of contents that an eStargz layer ends with, found and hashed in passing.

Spec: containerd/stargz-snapshotter, docs/estargz.md, TOC.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.tar.entry import Entry

if TYPE_CHECKING:
    from layertar.tar.entry import Event

__all__ = ["TABLE_NAME", "TableHash"]

#: The name of the member that holds it.
TABLE_NAME = "stargz.index.json"


class TableHash:
    """Hashes the data of each member with the table's name; the last member's alone counts.

    Attributes:
        is_open: whether the data of such a member are due.
    """

    def __init__(self) -> None:
        """Begin without a table."""
        self.is_open = False
        self._missing = 0
        self._hash = hashlib.sha256()
        self._is_last = False

    def take(self, event: Event) -> None:
        """Take what a parser yields."""
        if isinstance(event, Entry):
            self.forget()
            if event.name == TABLE_NAME:
                self._is_last = True
                self._hash = hashlib.sha256()
                self._missing = event.size
                self.is_open = event.size > 0
        elif self.is_open:
            self._hash.update(event.data)
            self._missing -= len(event.data)
            self.is_open = not event.end

    def forget(self) -> None:
        """Learn that another member follows."""
        self._is_last = self.is_open = False

    @property
    def digest(self) -> Digest | None:
        """The sha256 of the table, if it is whole and nothing follows it."""
        if not self._is_last or self._missing:
            return None
        return Digest("sha256", self._hash.hexdigest())

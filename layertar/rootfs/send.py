"""Send: the bytes of files, as they come out of the layers, put between the rest of a plan."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.filesystem import FileEntry
    from layertar.rootfs.model import Plan, Receiver

__all__ = ["Sender"]


class Sender:
    """Sends what is planned to a receiver; files' data are handed to it, it being a `RangeTaker`.

    To be called in this order: `start`, whatever has data, `finish`.

    Attributes:
        differing: the first file whose bytes are not those that its listing has the digest of.
    """

    def __init__(
        self, plan: Plan, files: Iterable[int], receiver: Receiver, *, proved: bool
    ) -> None:
        """Begin with nothing sent.

        Args:
            plan: what is sent.
            files: those of the plan, in the order in which their data will come.
            receiver: who writes it.
            proved: whether files are compared with the digests that their listing has.
        """
        self._proved = proved
        self._hash = hashlib.sha256()
        self.differing: str | None = None
        self._plan = plan
        self._due = iter(files)
        self._receiver = receiver
        self._current: tuple[int, FileEntry] | None = None

    def start(self) -> None:
        """Send what comes before all data."""
        for path, row in self._plan.directories:
            self._receiver.directory(self._plan.tree.entry(row, path))

    def finish(self) -> None:
        """Send what comes behind all data."""
        for inode in self._due:
            self._without_data(inode, self._plan.entry(inode))
        for inode in self._plan.others:
            entry = self._plan.entry(inode)
            self._receiver.other(entry)
            self._links(inode, entry)
        self._receiver.finish()

    def begin(self) -> None:
        """Begin the next file that has data, behind those that have none."""
        for inode in self._due:
            entry = self._plan.entry(inode)
            if entry.size:
                self._current = inode, entry
                self._hash = hashlib.sha256()
                self._receiver.begin(entry)
                return
            self._without_data(inode, entry)

    def data(self, piece: memoryview) -> None:
        """Send the next of its bytes."""
        if self._proved:
            self._hash.update(piece)
        self._receiver.data(piece)

    def end(self) -> None:
        """End it."""
        if self._current is not None:
            inode, entry = self._current
            self._receiver.end()
            digest = Digest("sha256", self._hash.hexdigest()) if self._proved else entry.digest
            if digest != entry.digest and self.differing is None:
                self.differing = f"/{entry.path}"
            self._links(inode, entry)

    def _without_data(self, inode: int, entry: FileEntry) -> None:
        self._receiver.begin(entry)
        self._receiver.end()
        self._links(inode, entry)

    def _links(self, inode: int, entry: FileEntry) -> None:
        for path in self._plan.links.get(inode, ()):
            self._receiver.link(path, entry)

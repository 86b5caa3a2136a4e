"""SecretRider: rides on the reading of a layer, and has the data of its files scanned."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from layertar.secrets.files import finders_of
from layertar.secrets.scanner import SecretScanner, Sighting, find_patterns, scan
from layertar.tar.entry import EntryKind
from layertar.tar.paths import clean
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.limits import Limits
    from layertar.tar import Batch, Entry

__all__ = ["FileSecrets", "SecretRider"]

_BLOCK = 512


class FileSecrets(NamedTuple):
    """What one file of a layer holds.

    Attributes:
        path: cleaned; as recorded where it leaves the root.
        offset: where its data begin, in bytes of the layer's tar.
        sightings: the secrets, by kind.
    """

    path: bytes
    offset: int
    sightings: tuple[Sighting, ...]


class SecretRider:
    """A `LayerRider` that keeps which files hold secrets.

    Files that are compressed or encrypted are looked at as they are: what is in them is not seen.

    Attributes:
        files: the first of them, in the order of the tar; at most `Limits.layer_finds`.
        more: how many others there are.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin before the first file."""
        self._most = limits.layer_finds
        self._longest = limits.name_length
        self.files: list[FileSecrets] = []
        self.more = 0
        # The file whose data come piece by piece.
        self._scanner = SecretScanner()
        self._path = b""
        self._offset = 0
        self._missing = 0

    def take_batch(self, batch: Batch) -> None:
        """Take plain members; see `LayerRider`. Those of no interest are scanned together."""
        self.finish()
        details = batch.details or []
        if batch.is_open:
            _, size, begin, _ = details[-1]
            if all(at != len(details) - 1 for at, _, _ in batch.others):
                self._begin(batch.names[-1], batch.base + begin, size)
            details = details[:-1]
        for at in sorted(self._noteworthy(batch, len(details))):
            _, size, begin, _ = details[at]
            path = self._clean(batch.names[at])
            self._keep(path, batch.base + begin, scan(batch.view[begin : begin + size], path))

    def _noteworthy(self, batch: Batch, count: int) -> set[int]:
        """Return which of the first `count` members are to be looked at one by one."""
        details = (batch.details or [])[:count]
        # Data that fill their last block touch the next member's header.
        found = {at for at, (_, size, _, _) in enumerate(details) if size and not size % _BLOCK}
        found.update(at for at in range(count) if finders_of(batch.names[at]))
        if details:
            begins = [begin for _, _, begin, _ in details]
            _, size, begin, _ = details[-1]
            region = bytes(batch.view[begins[0] : begin + size])
            found.update(
                bisect_right(begins, begins[0] + place) - 1 for place, _ in find_patterns(region)
            )
        return found

    def take(self, entry: Entry) -> None:
        """Take one member; see `LayerRider`."""
        self.finish()
        if entry.kind is EntryKind.FILE:
            name = entry.name.encode("utf-8", "surrogateescape")
            self._begin(name, entry.data_offset, entry.size)

    def _begin(self, name: bytes, offset: int, size: int) -> None:
        self._path, self._offset, self._missing = self._clean(name), offset, size
        self._scanner.begin(self._path)

    def data(self, piece: memoryview) -> None:
        """Take bytes of the last file; see `LayerRider`."""
        if self._missing:
            piece = piece[: self._missing]
            self._scanner.feed(piece)
            self._missing -= len(piece)
            if not self._missing:
                self._settle()

    def finish(self) -> None:
        """Judge what came of the last file, if it is cut short."""
        if self._missing:
            self._missing = 0
            self._settle()

    def _settle(self) -> None:
        self._keep(self._path, self._offset, self._scanner.finish())

    def _keep(self, path: bytes, offset: int, sightings: tuple[Sighting, ...]) -> None:
        if sightings and len(self.files) < self._most:
            self.files.append(FileSecrets(path, offset, sightings))
        else:
            self.more += bool(sightings)

    def _clean(self, name: bytes) -> bytes:
        return clean(name, self._longest)[0][: self._longest]

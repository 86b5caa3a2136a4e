"""Newest: one file found from the top layer down, without the layers below where that is safe.

A layer alone can say what lies at a path if each of its entries lies in a directory that it
declares itself, before: then no symbolic link of a lower layer can lead the entry elsewhere, and
what is at the path was put there by the topmost layer that has it. So most producers write their
layers. Wherever something else might have a say, nothing is said here, and whoever asks has to
apply all layers: a whiteout that hides a name on the path (a lower layer may lead it elsewhere), a
hard link to what the same layer does not have, a path that is twice of different kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import HOPS
from layertar.tar.paths import clean, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.filesystem.changeset import Changeset

__all__ = ["find_newest"]

_DIRECTORY, _FILE = CODES[FileKind.DIRECTORY], CODES[FileKind.FILE]
_HARDLINK, _SYMLINK = CODES[FileKind.HARDLINK], CODES[FileKind.SYMLINK]
_WHITEOUT, _OPAQUE = CODES[FileKind.WHITEOUT], CODES[FileKind.OPAQUE]
_IGNORED = CODES[FileKind.IGNORED]
_LONGEST = 4096  # bytes of a path, as Linux has it


class _UnsureError(Exception):
    """Lower layers may have a say; it never leaves this module."""


class _Layer:
    """One layer, as far as paths that are asked for are concerned."""

    def __init__(self, changeset: Changeset) -> None:
        self.changeset = changeset
        # What whiteouts hide, each by its last name; the root's opaque one by an empty name.
        self.hidden: set[bytes] = set()
        self._known: dict[bytes, list[int]] = {}
        self._scan()

    def _scan(self) -> None:
        """Look whether each entry lies in a directory that was declared before it."""
        declared = {b""}
        for path, code in zip(self.changeset.paths(), self.changeset.kinds, strict=True):
            if code in (_WHITEOUT, _OPAQUE):
                self.hidden.add(path.rpartition(b"/")[2])
            elif code != _IGNORED:
                if path.rpartition(b"/")[0] not in declared:
                    raise _UnsureError
                if code == _DIRECTORY:
                    declared.add(path)
                elif path in declared:
                    raise _UnsureError

    def look_for(self, paths: set[bytes]) -> None:
        """Find the rows of some paths, markers left out, for `rows` to give."""
        due: dict[bytes, list[int]] = {path: [] for path in paths if path not in self._known}
        if due:
            kinds, markers = self.changeset.kinds, (_WHITEOUT, _OPAQUE, _IGNORED)
            for row, path in enumerate(self.changeset.paths()):
                if path in due and kinds[row] not in markers:
                    due[path].append(row)
            self._known |= due

    def rows(self, path: bytes) -> list[int]:
        """Return the rows of a path, markers left out."""
        self.look_for({path})
        return self._known[path]

    def node(self, path: bytes) -> int | None:
        """Return the row that a path is in this layer; `None` where it has none."""
        rows = self.rows(path)
        if not rows:
            return None
        kinds = {self.changeset.kinds[row] == _DIRECTORY for row in rows}
        if len(kinds) > 1:
            # One took the other's place, and what lower layers have below is gone.
            raise _UnsureError
        return self.inode(rows[-1])

    def inode(self, row: int) -> int:
        """Return the row that has the data of one; of a hard link, of what it links to."""
        while self.changeset.kinds[row] == _HARDLINK:
            target, leaves = clean(self.changeset.target(row), _LONGEST)
            earlier = [each for each in self.rows(target) if each < row]
            if leaves or not earlier or self.changeset.kinds[earlier[-1]] == _DIRECTORY:
                raise _UnsureError
            row = earlier[-1]
        return row


def find_newest(
    path: bytes, count: int, layer_of: Callable[[int], Changeset | None]
) -> tuple[int, int] | None:
    """Find a file, symbolic links followed within the root.

    Args:
        path: where, with or without a leading slash.
        count: how many layers there are.
        layer_of: gives the entries of a layer, asked for from the top down and once each; `None`
            for one that could not be listed whole.

    Returns:
        The layer that has the file's data and the row there; `None` where nothing can be said
        without applying all layers, or there is no such file.
    """
    try:
        return _Finder(count, layer_of).find(path)
    except _UnsureError:
        return None


class _Finder:
    """The layers looked at so far."""

    def __init__(self, count: int, layer_of: Callable[[int], Changeset | None]) -> None:
        self._count = count
        self._layer_of = layer_of
        self._layers: dict[int, _Layer] = {}

    def find(self, path: bytes) -> tuple[int, int]:
        above: list[bytes] = []
        due = steps_of(path)[::-1]
        found: tuple[int, int] | None = None
        hops = 0
        while due:
            part = due.pop()
            if part == b"..":
                del above[-1:]
                found = None
                continue
            layer, row = found = self._look_up(b"/".join([*above, part]))
            changeset = self._layers[layer].changeset
            code = changeset.kinds[row]
            if code == _SYMLINK:
                hops += 1
                if hops > HOPS:
                    raise _UnsureError
                target = changeset.target(row)
                above = [] if target.startswith(b"/") else above
                due += steps_of(target)[::-1]
            elif code == _DIRECTORY:
                above.append(part)
            elif due:
                raise _UnsureError
        if found is None or self._layers[found[0]].changeset.kinds[found[1]] != _FILE:
            raise _UnsureError
        return found

    def _look_up(self, path: bytes) -> tuple[int, int]:
        """Find what lies at a path whose directories are known to be ones."""
        names = path.split(b"/")
        above = {b"/".join(names[:end]) for end in range(1, len(names))}
        for number in range(self._count - 1, -1, -1):
            layer = self._layer(number)
            layer.look_for({path, *above})
            row = layer.node(path)
            if row is not None:
                return number, row
            if not layer.hidden.isdisjoint((b"", *names)):
                raise _UnsureError
            at = [layer.node(each) for each in above]
            if any(row is not None and layer.changeset.kinds[row] != _DIRECTORY for row in at):
                # In the place of a directory on the way: what is below is gone.
                raise _UnsureError
        raise _UnsureError

    def _layer(self, number: int) -> _Layer:
        known = self._layers.get(number)
        if known is None:
            changeset = self._layer_of(number)
            if changeset is None:
                raise _UnsureError
            known = self._layers[number] = _Layer(changeset)
        return known

"""DirectoryReceiver: a file system as files of this machine, below one directory and nowhere else.

Every name in an image is its author's. Hence each step down is taken from an open directory, never
along a path, and follows no link (`O_NOFOLLOW`); what is made is new (`O_EXCL`); symbolic links are
made when all files are there, so that none is on the way of any; attributes of links are set on
the links. Modes are set when all is in place: until then only the owner gets in. Last come
directories' times, from the innermost out.

What this user may not do is not done, and told once: only root gives files to owners, makes
devices and sets attributes of security. Set-user-ID and set-group-ID are set only together with
the owner: else they would lend somebody's rights to a stranger's program.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from layertar.filesystem import FileEntry, FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DirectoryReceiver"]

_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_INTO = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NOFOLLOW | _CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _CLOEXEC
_SET_ID = stat.S_ISUID | stat.S_ISGID
_MOST_ID = (1 << 32) - 2  # the next one means "leave it"
_MODE, _DIRECTORY_MODE = 0o644, 0o755  # of what has none
_BUFFER = 1 << 20


class DirectoryReceiver:
    """A `Receiver` that makes files below an open directory.

    Attributes:
        notes: what could not be set, one clause each, with how many it is of.
    """

    def __init__(self, root: int) -> None:
        """Begin in the empty directory that is open as `root`, which stays the caller's."""
        self._root = root
        self._mode_before = stat.S_IMODE(os.fstat(root).st_mode)
        os.fchmod(root, 0o700)
        self._is_root = os.geteuid() == 0
        self._at: tuple[bytes, int] = (b"", root)  # where the last file was made
        self._directories: list[FileEntry] = []
        self._entry: FileEntry | None = None
        self._file = -1
        self._waiting = bytearray()
        self.notes: dict[str, int] = {}

    def directory(self, entry: FileEntry) -> None:
        """Make a directory, for its owner only as yet."""
        self._directories.append(entry)
        if entry.path:
            above, name = self._above(entry.raw_path)
            os.mkdir(name, 0o700, dir_fd=above)

    def begin(self, entry: FileEntry) -> None:
        """Make a file."""
        above, name = self._above(entry.raw_path)
        self._entry = entry
        self._file = os.open(name, _NEW, 0o600, dir_fd=above)

    def data(self, piece: memoryview) -> None:
        """Write its data."""
        self._waiting += piece
        if len(self._waiting) >= _BUFFER:
            self._flush()

    def end(self) -> None:
        """Give it its attributes."""
        self._flush()
        entry, file = self._entry, self._file
        if entry is None:
            return
        self._attributes(entry, file)
        self._close()

    def link(self, path: bytes, entry: FileEntry) -> None:
        """Give a file one more name."""
        above, name = self._above(path)
        with self._opened(entry.raw_path.rpartition(b"/")[0]) as other:
            first = entry.raw_path.rpartition(b"/")[2]
            try:
                os.link(first, name, src_dir_fd=other, dst_dir_fd=above, follow_symlinks=False)
            except FileNotFoundError:
                if entry.kind not in (FileKind.CHARACTER, FileKind.BLOCK):
                    raise

    def other(self, entry: FileEntry) -> None:
        """Make a symbolic link, a device or a FIFO."""
        above, name = self._above(entry.raw_path)
        if entry.kind is FileKind.SYMLINK:
            target = (entry.link_target or "").encode("utf-8", "surrogateescape")
            os.symlink(target, name, dir_fd=above)
        elif entry.kind is FileKind.FIFO:
            os.mkfifo(name, 0o600, dir_fd=above)
        else:
            kind = stat.S_IFCHR if entry.kind is FileKind.CHARACTER else stat.S_IFBLK
            try:
                os.mknod(name, 0o600 | kind, os.makedev(*(entry.device or (0, 0))), dir_fd=above)
            except (OSError, OverflowError):
                self._note("devices could not be made")
                return
        self._attributes_at(entry, above, name)

    def finish(self) -> None:
        """Give directories their attributes, the innermost first."""
        self._leave()
        os.fchmod(self._root, self._mode_before)
        for entry in reversed(self._directories):
            with self._opened(entry.raw_path) as directory:
                self._attributes(entry, directory)

    def close(self) -> None:
        """Close what is open."""
        self._close()
        self._leave()

    def clear(self) -> None:
        """Take away all that was made."""
        self.close()
        for entry in reversed([FileEntry("", FileKind.DIRECTORY), *self._directories]):
            with suppress(OSError), self._opened(entry.raw_path) as directory:
                os.fchmod(directory, 0o700)
                for name in os.listdir(directory):  # noqa: PTH208 - of an open directory
                    with suppress(OSError):
                        os.unlink(name, dir_fd=directory)
            if entry.path:
                parent, _, last = entry.raw_path.rpartition(b"/")
                with suppress(OSError), self._opened(parent) as above:
                    os.rmdir(last, dir_fd=above)
        with suppress(OSError):
            os.fchmod(self._root, self._mode_before)

    def _above(self, path: bytes) -> tuple[int, bytes]:
        """Return the open directory that a path lies in, and its last name."""
        above, _, name = path.rpartition(b"/")
        at, directory = self._at
        if above != at:
            below = at + b"/" if at else b""
            if above.startswith(below) and directory != self._root:
                reached = self._down(directory, above[len(below) :])
                os.close(directory)
            else:
                self._leave()
                reached = self._down(self._root, above)
            self._at = above, reached
        return self._at[1], name

    def _leave(self) -> None:
        """Go back to the root."""
        (_, directory), self._at = self._at, (b"", self._root)
        if directory != self._root:
            os.close(directory)

    def _down(self, start: int, path: bytes) -> int:
        """Open the directory at a path from another one, which stays open."""
        at = os.dup(start)
        for name in path.split(b"/") if path else ():
            try:
                below = os.open(name, _INTO, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at

    @contextmanager
    def _opened(self, path: bytes) -> Iterator[int]:
        directory = self._down(self._root, path)
        try:
            yield directory
        finally:
            os.close(directory)

    def _flush(self) -> None:
        """Write what is waiting."""
        with memoryview(self._waiting) as view:
            done = 0
            while done < len(view):
                done += os.write(self._file, view[done:])
        self._waiting.clear()

    def _close(self) -> None:
        file, self._file, self._entry = self._file, -1, None
        if file >= 0:
            os.close(file)

    def _attributes(self, entry: FileEntry, file: int) -> None:
        """Set what an open file or directory has; the mode behind the owner, which changes it."""
        is_owned = self._owner(entry, lambda uid, gid: os.fchown(file, uid, gid))
        self._xattrs(entry, lambda name, value: os.setxattr(file, name, value))
        usual = _DIRECTORY_MODE if entry.kind is FileKind.DIRECTORY else _MODE
        os.fchmod(file, self._mode(entry, usual, is_owned=is_owned))
        self._time(entry, lambda times: os.utime(file, ns=times))

    def _attributes_at(self, entry: FileEntry, above: int, name: bytes) -> None:
        """Set what something has that is not to be opened; a link is not followed."""

        def own(uid: int, gid: int) -> None:
            os.chown(name, uid, gid, dir_fd=above, follow_symlinks=False)

        def add(key: bytes, value: bytes) -> None:
            path = b"/proc/self/fd/%d/%b" % (above, name)
            os.setxattr(path, key, value, follow_symlinks=False)

        is_owned = self._owner(entry, own)
        if entry.kind is not FileKind.SYMLINK:
            # It was made here a moment ago, in a directory that nobody else gets into.
            os.chmod(name, self._mode(entry, _MODE, is_owned=is_owned), dir_fd=above)
        self._xattrs(entry, add)
        self._time(
            entry, lambda times: os.utime(name, ns=times, dir_fd=above, follow_symlinks=False)
        )

    def _owner(self, entry: FileEntry, own: Callable[[int, int], None]) -> bool:
        """Set owner and group; returns whether they are what they are to be."""
        uid, gid = entry.uid or 0, entry.gid or 0
        if self._is_root and 0 <= uid <= _MOST_ID and 0 <= gid <= _MOST_ID:
            with suppress(OSError):
                own(uid, gid)
                return True
        if (uid, gid) == (os.geteuid(), os.getegid()):
            return True
        self._note("owners could not be set" if self._is_root else "owners are set by root alone")
        return False

    def _mode(self, entry: FileEntry, usual: int, *, is_owned: bool) -> int:
        mode = usual if entry.mode is None else entry.mode
        if mode & _SET_ID and not is_owned and entry.kind is not FileKind.DIRECTORY:
            self._note("set-user-ID and set-group-ID are left out where the owner is not set")
            mode &= ~_SET_ID
        return mode

    def _xattrs(self, entry: FileEntry, add: Callable[[bytes, bytes], None]) -> None:
        for name, value in entry.xattrs:
            try:
                add(name, value)
            except (OSError, ValueError, AttributeError):
                space = name.partition(b".")[0].decode("utf-8", "surrogateescape")
                self._note(f"extended attributes ({space}.) could not be set")

    def _time(self, entry: FileEntry, keep: Callable[[tuple[int, int]], None]) -> None:
        time = entry.mtime_ns or 0
        try:
            keep((time, time))
        except (OSError, OverflowError):
            self._note("times could not be set")

    def _note(self, what: str) -> None:
        self.notes[what] = self.notes.get(what, 0) + 1

"""A directory that holds an OCI layout, or that an archive was unpacked to.

A directory is the same table of members as a tar. Links in it are read, never followed by the
operating system: each file is opened component by component with `O_NOFOLLOW`.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from layertar.errors import ArchiveError, InputError, LimitError, system_reason
from layertar.fault import Fault
from layertar.members.content import READ_SIZE, Framing, file_identity
from layertar.members.index import Member, MemberKind, MemberTable
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.limits import Limits
    from layertar.members.counter import ByteCounter

__all__ = ["Directory"]

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # opening a FIFO must not wait for a writer
_BINARY = getattr(os, "O_BINARY", 0)
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_FILE_FLAGS = os.O_RDONLY | _NOFOLLOW | _NONBLOCK | _BINARY | _CLOEXEC
_DIRECTORY_FLAGS = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_DIRECTORY", 0) | _CLOEXEC

# Names at the top by which a directory may be a layout, the last a layer's of old Docker archives;
# without one it is not listed at all.
_MARKS = regex(
    r"index\.json|manifest\.json|oci-layout|repositories|refs|blobs|[0-9a-f]{64}", re.ASCII
)

# The same one or two directories down, where only names that are surer count; a registry's
# storage is such a directory, too. Of the entries of a directory the first few are looked into.
_NESTED_MARKS = (
    "oci-layout",
    "index.json",
    "manifest.json",
    "repositories",
    "registry",
    "artifact-index.json",
    "artefact-index.json",
    "root.descriptor.json",
)
_DEPTH = 2
_LOOKED_AT = 64


def _kind(mode: int) -> MemberKind:
    if stat.S_ISREG(mode):
        return MemberKind.FILE
    if stat.S_ISDIR(mode):
        return MemberKind.DIRECTORY
    return MemberKind.SYMLINK if stat.S_ISLNK(mode) else MemberKind.OTHER


class Directory:
    """A directory as a table of members, sorted by name."""

    is_seekable = True
    whole = None
    digest = None

    def __init__(self, name: str, limits: Limits, counter: ByteCounter) -> None:
        """List the directory `name`.

        Raises:
            ArchiveError: nothing in it says that it is a layout.
            InputError: it cannot be read.
        """
        self._name = name
        self._limits = limits
        self._counter = counter
        self._faults: list[Fault] = []
        self._times: dict[Member, int] = {}
        try:
            top = os.listdir(name)  # noqa: PTH208 - names as they are, not paths
        except OSError as error:
            raise InputError.of(name, error) from error
        if not any(_MARKS.fullmatch(each) or self._is_layout(each, _DEPTH) for each in top):
            reason = "a directory without a layout: no index.json, manifest.json or repositories"
            raise ArchiveError("input-not-an-image", reason)
        self.table = MemberTable(self._list(), link_hops=limits.link_hops)
        self.framing = Framing(
            size=None,
            tar_size=None,
            outer_compression=(),
            faults=tuple(self._faults),
            cut=None,
            lone_zero_offset=None,
            is_directory=True,
            is_stopped=any(fault.rule == "limit-exceeded" for fault in self._faults),
        )

    def _is_layout(self, below: str, depth: int) -> bool:
        """Whether a directory is a layout or, up to `depth` down, holds one; links lead nowhere."""
        path = os.path.join(self._name, below)  # noqa: PTH118 - as below
        if os.path.islink(path):  # noqa: PTH114 - as below
            return False
        if any(os.path.lexists(os.path.join(path, mark)) for mark in _NESTED_MARKS):  # noqa: PTH118 - as below
            return True
        if depth == 1:
            return False
        try:
            with os.scandir(path) as entries:
                names = [entry.name for _, entry in zip(range(_LOOKED_AT), entries, strict=False)]
        except OSError:
            return False  # A file, or closed to the reader: no layout for him.
        return any(self._is_layout(f"{below}/{name}", depth - 1) for name in names)

    def _list(self) -> Iterator[Member]:
        """Iterate over everything below, in the order of names, depth bounded by the names'."""
        waiting = [""]
        count = 0
        while waiting:
            directory = waiting.pop()
            below: list[str] = []
            for name, entry in self._entries(directory):
                count += 1
                if count > self._limits.members:
                    detail = f"more than {self._limits.members} entries; the rest was not read"
                    self._faults.append(Fault("limit-exceeded", detail))
                    return
                member = self._member(name, entry)
                if member is not None:
                    yield member
                    if member.kind is MemberKind.DIRECTORY:
                        below.append(name)
            waiting.extend(reversed(below))

    def _entries(self, directory: str) -> list[tuple[str, os.DirEntry[str]]]:
        path = os.path.join(self._name, directory) if directory else self._name  # noqa: PTH118 - surrogates and trailing dots stay as they are
        try:
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(directory, error)
            return []
        prefix = f"{directory}/" if directory else ""
        return [(prefix + entry.name, entry) for entry in found]

    def _member(self, name: str, entry: os.DirEntry[str]) -> Member | None:
        try:
            status = entry.stat(follow_symlinks=False)
            kind = _kind(status.st_mode)
            is_link = kind is MemberKind.SYMLINK
            target = os.readlink(entry.path) if is_link else None  # noqa: PTH115 - as above
        except OSError as error:
            self._unreadable(name, error)
            return None
        size = status.st_size if kind is MemberKind.FILE else 0
        member = Member(name, name, kind, 0, size, target)
        self._times[member] = status.st_mtime_ns
        return member

    def _unreadable(self, name: str, error: OSError) -> None:
        reason = system_reason(error)
        self._faults.append(Fault("input-unreadable", f"cannot be read: {reason}", member=name))

    def _open(self, member: Member) -> int:
        """Open a member's file, each directory on the way without following a link."""
        *above, last = member.name.split("/")
        directory = os.open(self._name, os.O_RDONLY | _CLOEXEC)
        try:
            for part in above:
                inner = os.open(part, _DIRECTORY_FLAGS, dir_fd=directory)
                os.close(directory)
                directory = inner
            return os.open(last, _FILE_FLAGS, dir_fd=directory)
        finally:
            os.close(directory)

    def _open_by_path(self, member: Member) -> int:
        """Open a member's file where the system cannot open relative to a directory."""
        return os.open(os.path.join(self._name, member.name), _FILE_FLAGS)  # noqa: PTH118 - as above

    def read(self, member: Member, *, limit: int) -> bytes:
        """Return a member's bytes; see `Content.read`."""
        if member.size > limit:
            raise LimitError("document_size", limit)
        return b"".join(self.pieces(member))

    def pieces(self, member: Member, *, start: int = 0, size: int = READ_SIZE) -> Iterator[bytes]:
        """Iterate over a member's bytes; see `Content.pieces`."""
        open_ = self._open if os.open in os.supports_dir_fd else self._open_by_path
        try:
            descriptor = open_(member)
        except OSError as error:
            raise InputError.of(member.name, error) from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(member.name, "is no regular file any more")
            if start:
                os.lseek(descriptor, start, os.SEEK_SET)
            # One byte more than listed is asked for, so that a file that grew shows.
            left = member.size + 1 - start
            while left > 0:
                piece = os.read(descriptor, min(size, left))
                if not piece:
                    break
                left -= len(piece)
                self._counter.add(len(piece))
                yield piece
        except OSError as error:
            raise InputError.of(member.name, error) from error
        finally:
            os.close(descriptor)

    def identity(self, member: Member) -> tuple[int, ...] | None:
        """Return what tells a member's bytes from others; see `Content.identity`."""
        path = os.path.join(self._name, member.name)  # noqa: PTH118 - as above
        try:
            return file_identity(os.lstat(path), member)
        except OSError:
            return None

    def changes(self) -> tuple[Fault, ...]:
        """Say which files changed in size or time since they were listed."""
        faults: list[Fault] = []
        for member, before in self._times.items():
            if member.kind is not MemberKind.FILE or len(faults) >= self._limits.faults:
                continue
            path = os.path.join(self._name, member.name)  # noqa: PTH118 - as above
            try:
                status = os.lstat(path)
            except OSError as error:
                reason = system_reason(error)
                faults.append(Fault("input-changed", f"went away: {reason}", member=member.name))
                continue
            if status.st_size != member.size or status.st_mtime_ns != before:
                faults.append(
                    Fault(
                        "input-changed",
                        "changed while it was read",
                        member=member.name,
                        recorded=f"{member.size} bytes when listed",
                        measured=f"{status.st_size} bytes at the end",
                    )
                )
        return tuple(faults)

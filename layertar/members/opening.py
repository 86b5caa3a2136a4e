"""Open whatever the caller names: a tar, a wrapped tar, a directory, a pipe."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from layertar.codec import Compression, sniff
from layertar.errors import ArchiveError, ArgumentError, InputError, system_reason
from layertar.members.content import READ_SIZE
from layertar.members.directory import Directory
from layertar.members.file import SeekableTar
from layertar.members.naming import NAMING_SIZE, name_bytes, split_part_hint
from layertar.members.stream import StreamedTar, read_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.limits import Limits
    from layertar.members.content import Content
    from layertar.members.counter import ByteCounter
    from layertar.members.stream import MemberSink

__all__ = [
    "Source",
    "digest_of_source",
    "open_content",
    "passes_once",
    "source_name",
    "source_size",
    "source_stamp",
]

Source = str | os.PathLike[str] | BinaryIO

# Bytes that a pipe is to hold: a user may have as much without privilege (pipe-max-size).
_PIPE_SIZE = 1 << 20

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def source_name(source: Source) -> str:
    """Return the name of an input as the caller gave it; `-` for an open stream."""
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "-"


def source_size(source: Source) -> int | None:
    """Return the size of an input in bytes, or `None` for a pipe and a directory."""
    if not isinstance(source, str | os.PathLike):
        return None
    try:
        status = os.stat(source)  # noqa: PTH116 - a name with a NUL must not raise elsewhere
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def passes_once(source: Source) -> bool:
    """Say whether an input comes once only: an open stream, a named pipe, a device."""
    if not isinstance(source, str | os.PathLike):
        return True
    try:
        mode = os.stat(source).st_mode  # noqa: PTH116 - a name with a NUL must not raise elsewhere
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def source_stamp(source: Source) -> tuple[int, ...] | None:
    """Return what changes when an input does; `None` where it cannot be read a second time."""
    if passes_once(source) or not isinstance(source, str | os.PathLike):
        return None
    try:
        status = os.stat(source)  # noqa: PTH116 - a name with a NUL must not raise elsewhere
    except (OSError, ValueError):
        return None
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    return status.st_dev, status.st_ino, size, status.st_mtime_ns


def digest_of_source(source: Source) -> str:
    """Return the sha256 of an input as it is stored, in hexadecimal digits.

    Raises:
        ArgumentError: it is a directory, which has no bytes of its own.
        InputError: it cannot be read.
    """
    name = source_name(source)
    if not isinstance(source, str | os.PathLike):
        return _hashed(read_pieces(name, source.read, READ_SIZE))
    if os.path.isdir(name):  # noqa: PTH112 - a name with a NUL must not raise
        raise ArgumentError(f"{name} is a directory: only a file has a digest of its own")
    try:
        descriptor = os.open(name, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        raise InputError(name, _reason(error)) from error
    try:
        return _hashed(read_pieces(name, partial(os.read, descriptor), READ_SIZE))
    finally:
        os.close(descriptor)


def _hashed(pieces: Iterator[bytes]) -> str:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return hashed.hexdigest()


@contextmanager
def open_content(
    source: Source,
    sink: MemberSink,
    limits: Limits,
    counter: ByteCounter,
    *,
    digests: bool = False,
) -> Iterator[Content]:
    """Open an input; one that comes only once is read to its end, every member into `sink`.

    With `digests` such an input is hashed as it comes.

    Raises:
        ArchiveError: it is no archive that holds an image.
        InputError: it cannot be read.
    """
    if not isinstance(source, str | os.PathLike):
        _widen(source)
        pieces = _counted(read_pieces("-", source.read, READ_SIZE), counter)
        yield StreamedTar(pieces, sink, limits, digests=digests)
        return
    name = os.fspath(source)
    try:
        descriptor = os.open(name, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        if os.path.isdir(name):  # noqa: PTH112 - a name with a NUL must not raise
            yield Directory(name, limits, counter)
            return
        raise InputError(name, _reason(error)) from error
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            yield Directory(name, limits, counter)
        else:
            yield _open_file(name, descriptor, sink, limits, counter, digests=digests)
    finally:
        os.close(descriptor)


def _open_file(
    name: str,
    descriptor: int,
    sink: MemberSink,
    limits: Limits,
    counter: ByteCounter,
    *,
    digests: bool,
) -> Content:
    is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    pieces = read_pieces(name, partial(os.read, descriptor), READ_SIZE)
    try:
        if not is_regular:
            _widen(descriptor)
            return StreamedTar(_counted(pieces, counter), sink, limits, digests=digests)
        first = next(pieces, b"")
        size = os.fstat(descriptor).st_size
        if not first:
            raise ArchiveError("archive-empty", "empty: zero bytes")  # noqa: TRY301 - the hint below is for it too
        if sniff(first) is Compression.NONE:
            return _open_plain(name, descriptor, first, limits, counter)
        wrapped = _counted(_chain(first, pieces), counter)
        return StreamedTar(wrapped, sink, limits, size=size, digests=digests)
    except ArchiveError as error:
        hint = split_part_hint(name)
        raise (ArchiveError(error.rule, error.reason + hint) if hint else error) from error


def _widen(pipe: BinaryIO | int) -> None:
    """Let a pipe hold more, where the system allows it: each read then brings a whole piece."""
    try:
        from fcntl import F_SETPIPE_SZ, fcntl  # noqa: PLC0415 - of Linux

        fcntl(pipe, F_SETPIPE_SZ, _PIPE_SIZE)
    except (ImportError, OSError, ValueError):
        pass  # no pipe, or as much as this user may have: slower, not worse


def _open_plain(
    name: str, descriptor: int, head: bytes, limits: Limits, counter: ByteCounter
) -> SeekableTar:
    try:
        return SeekableTar(name, descriptor, limits, counter)
    except ArchiveError as error:
        if error.rule != "input-not-an-archive":
            raise
        what = name_bytes(head[:NAMING_SIZE])
        raise ArchiveError(error.rule, f"not a tar: {what}") from error


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _counted(pieces: Iterator[bytes], counter: ByteCounter) -> Iterator[bytes]:
    for piece in pieces:
        counter.add(len(piece))
        yield piece


def _reason(error: OSError | ValueError) -> str:
    return system_reason(error) if isinstance(error, OSError) else str(error)

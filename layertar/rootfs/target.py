"""Target: the directory that a file system is written to, there when it is whole."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from layertar.errors import ArgumentError, TargetError, system_reason
from layertar.rootfs.directory import DirectoryReceiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Target", "target"]

_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class Target:
    """Where a file system goes.

    Attributes:
        receiver: who writes it.
        is_kept: whether it stays; to be said at the end.
    """

    def __init__(self, receiver: DirectoryReceiver) -> None:
        """Begin with nothing written, and nothing to keep."""
        self.receiver = receiver
        self.is_kept = False


@contextmanager
def target(directory: Path) -> Iterator[Target]:
    """Open a new directory, or one that is empty.

    A new one has its name when the block ends and it is kept, another one until then; if it is not
    kept, nothing is left of it, nor in one that was there.

    Raises:
        ArgumentError: something is there, or this system has no such thing.
        TargetError: it cannot be written.
    """
    if not hasattr(os, "geteuid"):
        raise ArgumentError("a file system can be written to a directory on POSIX systems only")
    try:
        if os.path.lexists(directory):
            with _opened(directory, directory) as made:
                yield made
            return
        draft = directory.with_name(f".layertar-{os.urandom(8).hex()}.tmp")
        draft.mkdir()
        try:
            with _opened(draft, directory) as made:
                yield made
            if made.is_kept:
                draft.rename(directory)
        finally:
            with suppress(OSError):
                draft.rmdir()
    except OSError as error:
        raise TargetError(str(directory), system_reason(error)) from error


@contextmanager
def _opened(place: Path, shown: Path) -> Iterator[Target]:
    if not place.is_dir():
        raise ArgumentError(f"{shown} is there, and no directory")
    root = os.open(place, _FLAGS)
    try:
        if os.listdir(root):  # noqa: PTH208 - of an open directory
            raise ArgumentError(f"{shown} is not empty: give a new or an empty directory")
        made = Target(DirectoryReceiver(root))
        try:
            yield made
        finally:
            if made.is_kept:
                made.receiver.close()
            else:
                made.receiver.clear()
    finally:
        os.close(root)

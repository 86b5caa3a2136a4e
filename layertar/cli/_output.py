"""Output: standard streams that say when they fail, and files written whole or not at all."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from errno import EPIPE
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar, cast

from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "OutputError",
    "append",
    "bytes_as_they_are",
    "complain",
    "deliver",
    "guarded",
    "is_stdout",
    "silence",
]

# What cannot be shown in the locale's encoding is escaped.
_ERRORS = "backslashreplace"
_T = TypeVar("_T")
_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class OutputError(Exception):
    """The output could not be written.

    It is no `OSError`, lest Typer or rich mistake it for something that they know.

    Attributes:
        is_closed_pipe: whether whoever read the output has gone.
    """

    def __init__(self, name: str, error: OSError) -> None:
        """Keep what could not be written, and why."""
        self.is_closed_pipe = error.errno == EPIPE
        super().__init__(f"cannot write {escape(name)}: {error.strerror or error}")


class _Guarded:
    """A standard stream whose failures are told apart from all other `OSError`s."""

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> int:
        try:
            return self._open().write(text)
        except OSError as error:
            raise OutputError(self._name, error) from error

    def writelines(self, lines: Iterable[str]) -> None:
        try:
            self._open().writelines(lines)
        except OSError as error:
            raise OutputError(self._name, error) from error

    def flush(self) -> None:
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError(self._name, error) from error

    def _open(self) -> TextIO:
        if self._stream is None:
            raise OSError(None, "it is closed")
        return self._stream

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def guarded(stream: TextIO | None) -> TextIO:
    """Guard `sys.stdout` or `sys.stderr`: writing to it raises `OutputError` or nothing."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors=_ERRORS)
    name = "standard error" if stream is sys.stderr and stream else "standard output"
    # Whoever writes text needs no more of a TextIO than this and what it passes on.
    return cast("TextIO", _Guarded(stream, name))


def silence() -> None:
    """Let what is still buffered go nowhere, so that interpreter shutdown does not fail on it."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):
            stream.flush()
    with suppress(OSError, AttributeError):
        os.dup2(null, sys.stdout.fileno())


def complain(message: str) -> None:
    """Say `message` on standard error, where that is possible."""
    with suppress(OutputError):
        print(f"layertar: {message}", file=sys.stderr, flush=True)


def is_stdout(target: Path) -> bool:
    """Say whether `target` is one of the names of standard output."""
    return str(target) in _STDOUT


def bytes_as_they_are(write: Callable[[TextIO], _T]) -> Callable[[TextIO], _T]:
    """Let `write` write `surrogateescape`d text as the bytes that it was, in UTF-8."""

    def written(out: TextIO) -> _T:
        # What is written to is a TextIOWrapper, or one that is guarded and passes this on.
        cast("TextIOWrapper", out).reconfigure(encoding="utf-8", errors="surrogateescape")
        return write(out)

    return written


def append(write: Callable[[TextIO], None], target: Path) -> None:
    """Let `write` add to the end of `target`, which is made where it is not there.

    Raises:
        OutputError: it could not be written to.
    """
    try:
        with target.open("a", encoding="utf-8", errors=_ERRORS, newline="") as out:
            write(out)
    except OSError as error:
        raise OutputError(str(target), error) from error


def deliver(write: Callable[[TextIO], None], target: Path | None) -> None:
    """Let `write` fill `target`, or standard output where that is `None`.

    A regular file is replaced when all is written, and stays as it was when that fails.
    Devices, named pipes and the like are written to as they are.

    Raises:
        OutputError: the output could not be written.
    """
    if target is None or is_stdout(target):
        write(sys.stdout)
        sys.stdout.flush()
        return
    try:
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", errors=_ERRORS, newline="") as out:
                write(out)
        else:
            _replace(write, Path(os.path.realpath(target)))
    except OSError as error:
        raise OutputError(str(target), error) from error


def _replace(write: Callable[[TextIO], None], target: Path) -> None:
    # Beside the target, since only within one file system is replacing atomic; and not by
    # `tempfile`, which would keep the file from everyone whom the umask lets read it.
    draft = target.with_name(f".layertar-{os.urandom(8).hex()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", errors=_ERRORS, newline="") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

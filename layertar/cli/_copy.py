"""Copies: bytes of an archive, to a file that is there only when they are proved, or onward."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from layertar.cli._exit import ExitCode
from layertar.cli._identity import conclude
from layertar.cli._output import OutputError, complain, deliver, is_stdout
from layertar.report.escape import escape
from layertar.report.pretty import pretty as indented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertar.api.documents import DocumentCopy

    Write = Callable[[bytes | memoryview], object]

__all__ = ["Draft", "draft", "show_document"]


class Draft:
    """Where bytes go until they are proved.

    Attributes:
        write: takes the next bytes; raises `OutputError`.
        is_kept: whether what was written stays, where that can still be chosen.
    """

    def __init__(self, write: Write, name: str) -> None:
        """Begin with nothing written."""
        self._write = write
        self._name = name
        self.is_kept = False

    def write(self, piece: bytes | memoryview) -> None:
        """Write the next bytes."""
        try:
            self._write(piece)
        except OSError as error:
            raise OutputError(self._name, error) from error


@contextmanager
def draft(target: Path | None) -> Iterator[Draft]:
    """Open `target`, or standard output where that is `None`.

    A regular file takes its place when the block ends and the draft is kept; until then, and if
    it is not, all stays as it was. What goes to standard output or a device has gone.

    Raises:
        OutputError: it could not be written.
    """
    if target is None or is_stdout(target):
        sys.stdout.flush()
        yield Draft(_stdout(), "standard output")
        Draft(lambda _: sys.stdout.buffer.flush(), "standard output").write(b"")
        return
    name = str(target)
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as out:
                yield Draft(out.write, name)
            return
        # Beside the target: only within one file system does a file take a place at once.
        real = Path(os.path.realpath(target))
        temporary = real.with_name(f".layertar-{os.urandom(8).hex()}.tmp")
        try:
            with temporary.open("xb") as out:
                made = Draft(out.write, name)
                yield made
                out.flush()
                os.fsync(out.fileno())
            if made.is_kept:
                temporary.replace(real)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(name, error) from error


def _stdout() -> Write:
    if sys.stdout.buffer is None:
        raise OutputError("standard output", OSError(None, "it is closed"))
    return sys.stdout.buffer.write


def show_document(copy: DocumentCopy, *, pretty: bool, output: Path | None) -> NoReturn:
    """Write a document, indented where that is wanted or a terminal shows it, and exit.

    Raises:
        typer.Exit: 0, 1 where it is not what is recorded, 3 where nothing could be read.
    """
    raw = copy.raw
    if raw is None and copy.fault is None:
        conclude(copy.report)
    if raw is not None:
        terminal = output is None and sys.stdout.isatty()
        if pretty or terminal:
            deliver(lambda out: out.writelines(indented(raw)), output)
        else:
            with draft(output) as out:
                out.write(raw)
                out.is_kept = copy.fault is None
    if copy.fault is not None:
        complain(escape(copy.fault))
        raise typer.Exit(ExitCode.FINDINGS)
    raise typer.Exit(ExitCode.OK)

"""Sources: the archives that a command line names."""

from __future__ import annotations

import os
import sys
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["STDIN", "sources"]

STDIN = "-"


def sources(
    archives: Iterable[str] | None,
    files_from: str | None = None,
    *,
    null: bool = False,
    outputs: Iterable[Path] = (),
) -> Iterator[str | BinaryIO]:
    """Collect what to read: `archives`, then the names in the file `files_from`.

    Args:
        archives: as given; `-` is standard input.
        files_from: a file of names, one a line; `-` is standard input.
        null: whether names in that file end in NUL.
        outputs: the files that reports will replace.

    Raises:
        typer.BadParameter: there is none, standard input is wanted twice or cannot be read,
            `files_from` cannot be read, or one of `outputs` is one of the archives.
    """
    names = list(archives or ())
    if files_from is not None:
        if files_from == STDIN and STDIN in names:
            raise typer.BadParameter("standard input cannot be both archive and --files-from")
        names += _listed(files_from, b"\0" if null else b"\n")
    if not names:
        raise typer.BadParameter("no archive given", param_hint="'ARCHIVE...'")
    uses = names.count(STDIN) + (files_from == STDIN)
    if uses > 1:
        raise typer.BadParameter("standard input (-) given twice", param_hint="'ARCHIVE...'")
    for name in names:
        if any(_is_same_file(output, name) for output in outputs):
            reason = f"a report would take the place of the archive {escape(name)}"
            raise typer.BadParameter(reason, param_hint="'--output'")
    return (_stdin() if name == STDIN else name for name in names)


def _is_same_file(output: Path, name: str) -> bool:
    try:
        return output.is_file() and output.samefile(name)
    except OSError:
        return False


def _listed(files_from: str, end: bytes) -> list[str]:
    try:
        data = _stdin().read() if files_from == STDIN else Path(files_from).read_bytes()
    except OSError as error:
        reason = f"cannot read {escape(files_from)}: {error.strerror or error}"
        raise typer.BadParameter(reason, param_hint="'--files-from'") from error
    return [os.fsdecode(name) for name in data.split(end) if name]


def _stdin() -> BinaryIO:
    # `sys.stdin` is None in a process that was started without standard input.
    stream: object = sys.stdin
    if stream is None:
        raise typer.BadParameter("standard input is closed")
    if sys.stdin.isatty():
        raise typer.BadParameter("standard input is a terminal; pipe an archive in")
    # Nobody has read of it yet, and what reads next asks for large pieces: a buffer only copies.
    buffered: object = sys.stdin.buffer
    return buffered.raw if isinstance(buffered, BufferedReader) else sys.stdin.buffer

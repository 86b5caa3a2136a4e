"""Pins: the options of what archives are held against, and the files that they name."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from layertar.cli._exit import exit_code
from layertar.cli._output import complain, deliver
from layertar.errors import ArgumentError
from layertar.fault import Severity
from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertar.api import Pins
    from layertar.report.model import Report

__all__ = [
    "ArchiveDigest",
    "Checksums",
    "LockBy",
    "LockFile",
    "Update",
    "expected",
    "pins_of",
    "rewrite",
    "update",
]

_T = TypeVar("_T")
_LOCK, _CHECKSUMS, _EXPECT = "'--lock'", "'--checksums'", "'--expect'"

LockFile = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        metavar="FILE",
        help="Hold archives and images against what `layertar lock` has written.",
        show_default=False,
    ),
]
LockBy = Annotated[
    str,
    typer.Option(
        "--lock-by",
        metavar="IDENTITY",
        help="What of --lock must hold, with what follows from it: file (all of it), manifest, "
        "image-id or diff-ids.",
    ),
]
Update = Annotated[
    bool,
    typer.Option(
        "--update",
        help="Write the file of --lock anew, if nothing else is wrong; drift is told as a note.",
    ),
]
Checksums = Annotated[
    Path | None,
    typer.Option(
        "--checksums",
        metavar="FILE",
        help="Hold the archives' files against a list that sha256sum has written.",
        show_default=False,
    ),
]
ArchiveDigest = Annotated[
    bool, typer.Option("--archive-digest", help="Tell the sha256 of the archives' own files, too.")
]


def pins_of(
    lock: Path | None,
    lock_by: str,
    checksums: Path | None,
    *,
    update: bool,
    digests: bool,
) -> Pins:
    """Understand the options, and read the files that they name.

    Raises:
        typer.BadParameter: a file cannot be read or is of another form, or options that go
            together do not come together.
    """
    # What needs no pins needs none of this.
    from layertar.api import NO_PINS, Pins  # noqa: PLC0415

    if lock is None and checksums is None and not (update or digests or lock_by != "file"):
        return NO_PINS
    from layertar.findings.pinned import Lock  # noqa: PLC0415
    from layertar.findings.pinned import LockBy as By  # noqa: PLC0415
    from layertar.report.read_lock import parse_lock  # noqa: PLC0415
    from layertar.report.sums import parse_sums  # noqa: PLC0415

    if lock_by not in list(By):
        raise typer.BadParameter(f"{escape(lock_by)!r} is none of {', '.join(By)}",
                                 param_hint="'--lock-by'")  # fmt: skip
    if lock is None and (update or lock_by != By.FILE):
        raise typer.BadParameter("--update and --lock-by need --lock", param_hint=_LOCK)
    locked, sums = None, None
    if lock is not None:
        is_new = update and not lock.exists()
        locked = Lock(()) if is_new else _read(lock, parse_lock, _LOCK)
    if checksums is not None:
        sums = _read(checksums, parse_sums, _CHECKSUMS)
    return Pins(locked, By(lock_by), update, sums, digests)


def _read(path: Path, parse: Callable[[bytes], _T], hint: str) -> _T:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        reason = f"cannot read {escape(str(path))}: {error.strerror or error}"
        raise typer.BadParameter(reason, param_hint=hint) from error
    except ArgumentError as error:
        reason = f"{escape(str(path))}: {escape(str(error))}"
        raise typer.BadParameter(reason, param_hint=hint) from error


def rewrite(report: Report, target: Path | None) -> None:
    """Write the lock of what is in `report`, whole or not at all.

    Raises:
        OutputError: it could not be written.
    """
    from layertar.report.lock_v1 import lock_of, write_lock  # noqa: PLC0415 - as above

    deliver(partial(write_lock, lock_of(report)), target)


def update(report: Report, target: Path | None, *, wanted: bool) -> None:
    """Write the lock anew where that is wanted, unless something in `report` is an error.

    Raises:
        OutputError: it could not be written.
    """
    if not wanted:
        return
    if exit_code(report, Severity.ERROR):
        complain("an error was found: the lock stays as it was")
    else:
        rewrite(report, target)


def expected(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Read `--expect`s: digests, and files of them, one a line, as `@FILE`.

    What follows a `#` is a comment.

    Raises:
        typer.BadParameter: a file cannot be read, or names no digest.
    """
    found: list[str] = []
    for text in texts or ():
        if text.startswith("@"):
            found += _read(Path(text[1:]), _digests, _EXPECT)
        else:
            found.append(text)
    return tuple(found)


def _digests(raw: bytes) -> list[str]:
    lines = raw.decode("utf-8", "replace").splitlines()
    digests = [digest for line in lines if (digest := line.partition("#")[0].strip())]
    if not digests:
        raise ArgumentError("names no digest")
    return digests

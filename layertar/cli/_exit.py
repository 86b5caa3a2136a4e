"""Exit codes, and which one a report deserves."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

from layertar.cli._output import OutputError, complain
from layertar.errors import (
    ArgumentError,
    DigestError,
    InputError,
    LimitError,
    PolicyError,
    SelectionError,
    TargetError,
)
from layertar.report.escape import escape
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.fault import Severity
    from layertar.report.model import ArchiveReport, Report

__all__ = ["ExitCode", "exit_code", "noteworthy", "wrong_usage"]


class ExitCode(IntEnum):
    """Every code that the command ends with."""

    OK = 0
    """Nothing was found at or above `--fail-on`."""
    FINDINGS = 1
    """Something was."""
    USAGE = 2
    """Wrong usage (Typer's own), also a selection that fits nothing."""
    UNREADABLE = 3
    """An input could not be read or is no image archive; the others were judged."""
    INTERNAL = 70
    """A bug of ours (sysexits, EX_SOFTWARE)."""
    OUTPUT = 74
    """The output could not be written (sysexits, EX_IOERR)."""
    INTERRUPTED = 130
    """Ctrl-C: 128 and SIGINT."""
    CLOSED_PIPE = 141
    """Whoever read the output has gone: 128 and SIGPIPE."""


def exit_code(report: Report, fail_on: Severity, *, exit_zero: bool = False) -> ExitCode:
    """Judge `report`: unreadable inputs first, then findings at or above `fail_on`.

    With `exit_zero` findings weigh nothing; of an input that could not be read nothing is known,
    so that stays what it is.
    """
    if any(_is_unreadable(archive) for archive in report.archives):
        return ExitCode.UNREADABLE
    if not exit_zero and any(_fails(archive, fail_on) for archive in report.archives):
        return ExitCode.FINDINGS
    return ExitCode.OK


def noteworthy(report: Report, fail_on: Severity) -> Report:
    """Keep those archives that make the exit code other than 0."""
    return replace(
        report,
        archives=tuple(
            archive
            for archive in report.archives
            if _is_unreadable(archive) or _fails(archive, fail_on)
        ),
    )


def _is_unreadable(archive: ArchiveReport) -> bool:
    # Not at the top: its package brings all of the reading with it, which `-h` has no need of.
    from layertar.image.model import Verdict  # noqa: PLC0415

    return archive.verdict is Verdict.UNREADABLE


def _fails(archive: ArchiveReport, fail_on: Severity) -> bool:
    return any(finding.severity >= fail_on for finding in archive.findings)


@contextmanager
def wrong_usage() -> Iterator[None]:
    """Turn what a verb refuses to do into exit code 2.

    Raises:
        typer.Exit: nothing, or several things, fit a selection, or an input cannot be read; what
            there is was told.
        typer.BadParameter: a digest, name or platform is malformed.
        OutputError: what was to be written cannot be.
    """
    try:
        yield
    except SelectionError as error:
        complain(f"{escape(error.wanted)}: {escape(error.reason)}")
        for candidate in error.candidates:
            complain(f"  {escape(candidate)}")
        raise typer.Exit(ExitCode.USAGE) from error
    except (InputError, LimitError) as error:
        complain(escape(str(error)))
        raise typer.Exit(ExitCode.UNREADABLE) from error
    except TargetError as error:
        raise OutputError(error.name, OSError(None, error.reason)) from error
    except PolicyError as error:
        raise typer.BadParameter(escape(str(error)), param_hint="--config") from error
    except (ArgumentError, DigestError) as error:
        raise typer.BadParameter(escape(str(error))) from error

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer

from layertar.cli._exit import ExitCode, exit_code, noteworthy, wrong_usage
from layertar.errors import DigestError, SelectionError
from layertar.fault import Severity
from layertar.image.model import Verdict
from tests.report.examples import archive, finding, report

if TYPE_CHECKING:
    from layertar.report.model import ArchiveReport

CLEAN = archive(name="clean")
NOTED = archive(name="noted", findings=(finding(severity=Severity.NOTE),))
WARNED = archive(name="warned", findings=(finding(severity=Severity.WARNING),))
FAILED = archive(name="failed", verdict=Verdict.FAILED, findings=(finding(),))
UNREADABLE = archive(name="unreadable", verdict=Verdict.UNREADABLE, findings=(finding(),))
# With --allow-missing: the verdict stays, the finding weighs nothing.
ALLOWED = archive(
    name="allowed",
    verdict=Verdict.INCOMPLETE,
    findings=(finding("blob-missing", Severity.NOTE),),
)


@pytest.mark.parametrize(
    ("archives", "fail_on", "code"),
    [
        ((), Severity.ERROR, ExitCode.OK),
        ((CLEAN,), Severity.NOTE, ExitCode.OK),
        ((NOTED,), Severity.WARNING, ExitCode.OK),
        ((NOTED,), Severity.NOTE, ExitCode.FINDINGS),
        ((WARNED,), Severity.ERROR, ExitCode.OK),
        ((CLEAN, WARNED), Severity.WARNING, ExitCode.FINDINGS),
        ((FAILED, CLEAN), Severity.ERROR, ExitCode.FINDINGS),
        ((ALLOWED,), Severity.ERROR, ExitCode.OK),
        ((UNREADABLE,), Severity.ERROR, ExitCode.UNREADABLE),
        ((FAILED, UNREADABLE), Severity.ERROR, ExitCode.UNREADABLE),
    ],
)
def test_the_exit_code_is_the_worst_of_the_archives(
    archives: tuple[ArchiveReport, ...], fail_on: Severity, code: ExitCode
) -> None:
    assert exit_code(report(*archives), fail_on) is code


def test_archives_that_do_not_fail_are_left_out_when_quiet() -> None:
    whole = report(CLEAN, WARNED, FAILED, ALLOWED, UNREADABLE)
    kept = noteworthy(whole, Severity.ERROR)
    assert [one.name for one in kept.archives] == ["failed", "unreadable"]
    kept = noteworthy(whole, Severity.WARNING)
    assert [one.name for one in kept.archives] == ["warned", "failed", "unreadable"]


def test_an_unreadable_input_is_kept_even_without_a_finding() -> None:
    whole = report(archive(verdict=Verdict.UNREADABLE))
    assert noteworthy(whole, Severity.ERROR) == whole


def test_a_selection_that_fits_nothing_tells_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as raised, wrong_usage():
        raise SelectionError("app:\x1b", "no image has this name", ("app:1", "app:2\n::x"))
    assert raised.value.exit_code == ExitCode.USAGE
    assert capsys.readouterr().err == (
        "layertar: app:\\x1b: no image has this name\nlayertar:   app:1\nlayertar:   app:2\\n::x\n"
    )


def test_a_malformed_argument_is_wrong_usage() -> None:
    with pytest.raises(typer.BadParameter, match="no digest"), wrong_usage():
        raise DigestError("x", "not of the form algorithm:encoded")

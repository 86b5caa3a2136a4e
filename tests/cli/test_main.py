"""What does not depend on any archive: usage, help, streams that fail, bugs of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from layertar.cli import main
from layertar.cli._exit import ExitCode
from layertar.report.schema import COMMANDS, schema
from tests.cli.command import COMMAND, environment, run

FULL = Path("/dev/full")
needs_full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")


def test_the_version_is_printed() -> None:
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.startswith("layertar ")
    assert ran.err == ""


@pytest.mark.parametrize("args", [("-h",), ("--help",), ("verify", "-h"), ("inspect", "-h")])
def test_help_is_printed(args: tuple[str, ...]) -> None:
    ran = run(*args)
    assert ran.code == 0
    assert "Usage: layertar" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_schema_is_printed(command: str) -> None:
    ran = run("schema", command)
    assert ran.code == 0
    assert json.loads(ran.out) == schema(command)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), ""),
        (("frobnicate",), "frobnicate"),
        (("schema",), "verify, inspect"),
        (("schema", "other"), "other"),
        (("verify",), "no archive given"),
        (("inspect",), "no archive given"),
        (("verify", "--frobnicate", "a.tar"), "--frobnicate"),
        (("verify", "--fail-on", "never", "a.tar"), "never"),
        (("verify", "--format", "xml", "a.tar"), "xml"),
        (("verify", "--workers", "0", "a.tar"), "0"),
        (("verify", "--max-uncompressed", "lots", "a.tar"), "is no size"),
        (("verify", "-", "-"), "given twice"),
        (("verify", "-", "--files-from", "-"), "both archive and"),
        (("verify", "--files-from", "/absent/list"), "No such file"),
    ],
)
def test_wrong_usage_is_told_on_standard_error(args: tuple[str, ...], told: str) -> None:
    ran = run(*args)
    assert ran.code == ExitCode.USAGE
    # Typer puts it into a box and breaks its lines.
    assert told in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err


def test_nothing_of_the_reading_is_imported_for_help_and_version() -> None:
    script = (
        "import sys, layertar.cli\n"
        "sys.argv[1:] = ['--version']\n"
        "layertar.cli.main()\n"
        "print(*sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, check=True
    )
    loaded = ran.stdout.decode().split()
    assert not {"rich", "pydantic", "zstandard", "isal", "layertar.report.text"} & set(loaded)
    assert not [name for name in loaded if name.startswith(("layertar.api", "layertar.measure"))]


@needs_full_disk
@pytest.mark.parametrize("args", [("schema", "verify"), ("-h",), ("--version",)])
def test_a_full_disk_is_told(args: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        ran = run(*args, stdout=full)
    assert ran.code == ExitCode.OUTPUT
    assert ran.err == "layertar: cannot write standard output: No space left on device\n"


@pytest.mark.parametrize("args", [("schema", "verify"), ("-h",), ("--version",)])
def test_a_closed_pipe_ends_it_without_a_word(args: tuple[str, ...]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    ran = run(*args, stdout=theirs)
    os.close(theirs)
    assert (ran.code, ran.err) == (ExitCode.CLOSED_PIPE, "")


def test_a_closed_standard_output_is_told() -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "schema", "verify"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert ran.returncode == ExitCode.OUTPUT
    assert ran.stderr == b"layertar: cannot write standard output: it is closed\n"


def test_a_closed_standard_error_keeps_the_exit_code() -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, "schema", "verify"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == schema("verify")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A command line whose output mapping has a bug."""

    def raise_it(_command: str) -> NoReturn:
        raise RuntimeError("a bug with \x1b in it")

    monkeypatch.setattr(sys, "argv", ["layertar", "schema", "verify"])
    monkeypatch.setattr("layertar.report.schema.schema", raise_it)
    monkeypatch.delenv("LAYERTAR_DEBUG", raising=False)
    return monkeypatch


@pytest.mark.usefixtures("broken")
def test_a_bug_of_ours_is_two_sentences_and_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main() == ExitCode.INTERNAL
    assert capsys.readouterr() == (
        "",
        (
            "layertar: internal error: RuntimeError: a bug with \\x1b in it\n"
            "layertar: please report it, with what LAYERTAR_DEBUG=1 in the environment prints\n"
        ),
    )


def test_a_bug_of_ours_has_a_traceback_when_asked_for(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.setenv("LAYERTAR_DEBUG", "1")
    assert main() == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_command: str) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["layertar", "schema", "verify"])
    monkeypatch.setattr("layertar.report.schema.schema", interrupt)
    assert main() == ExitCode.INTERRUPTED
    assert capsys.readouterr() == ("", "layertar: interrupted\n")


def test_the_streams_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["layertar", "--version"])
    before = (sys.stdout, sys.stderr)
    main()
    assert (sys.stdout, sys.stderr) == before

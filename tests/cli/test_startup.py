"""What a command imports: what it needs. Counted in modules, for time depends on the machine."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from layertar.cli._lazy import COMMANDS
from tests.cli.command import BUILT, environment, run

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import gc, sys
from layertar.cli import main
code = main()
print(code, gc.isenabled(), gc.get_freeze_count() > 0, file=sys.stderr)
print(*sys.modules, file=sys.stderr)
"""

CODECS = {
    f"layertar.codec.{name}" for name in ("bzip2", "gzip", "lz4_frame", "lzma_alone", "xz", "zstd")
}
REPORTERS = {"layertar.report.text", "layertar.report.json_v1", "layertar.report.schema"}


def imported(*args: str | Path) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *args],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    state, modules = ran.stderr.splitlines()[-2:]
    # The collector is as it was, and passes over what there is.
    assert state == "0 True True"
    return set(modules.split())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


def folders(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("layertar.")}


def test_the_version_needs_no_command_and_nothing_of_the_reading() -> None:
    modules = imported("--version")
    assert folders(modules) == {"cli", "errors", "report", "value", "version"}
    assert not {name for name in modules if name.startswith("layertar.cli.") and "_cmd" in name}
    assert not {"rich", "dataclasses", "json", "hashlib"} & modules


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_needs_no_other_and_nothing_of_the_reading(command: str) -> None:
    modules = imported(command, "--help")
    assert {name for name in modules if name.endswith("_cmd")} == {f"layertar.cli.{command}_cmd"}
    assert not {"api", "archive", "codec", "documents", "findings", "tar"} & folders(modules)


@pytest.mark.parametrize(("form", "reporter"), [("text", "text"), ("json", "json_v1")])
@pytest.mark.parametrize("command", ["verify", "inspect"])
def test_reading_needs_one_reporter_and_no_codec_that_is_not_met(
    command: str, form: str, reporter: str, saved: Path
) -> None:
    modules = imported(command, "--format", form, saved)
    assert modules & REPORTERS == {f"layertar.report.{reporter}"}
    assert not modules & (CODECS | {"isal", "lz4", "zstandard"})
    assert not modules & {"rich", "dataclasses", "pydantic", "tempfile"}
    assert {name for name in modules if name.endswith("_cmd")} == {f"layertar.cli.{command}_cmd"}


def test_help_lists_every_command_with_what_it_does() -> None:
    lines = run("--help", env={"COLUMNS": "100"}).out.splitlines()
    for command in COMMANDS:
        (line,) = [line for line in lines if line.strip("│ ").startswith(f"{command} ")]
        assert len(line.strip("│ ").split()) > 3


def test_a_misspelt_command_is_told_the_right_one() -> None:
    ran = run("verfy")
    assert ran.code == 2
    assert "Did you mean 'verify'?" in ran.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("layertar ", COMMANDS),
        ("layertar in", ("inspect",)),
        ("layertar verify --allow-m", ("--allow-missing",)),
    ],
)
def test_the_shell_completes_commands_and_their_options(
    words: str, expected: tuple[str, ...]
) -> None:
    ran = run(
        env={
            "_LAYERTAR_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
    )
    assert tuple(ran.out.split()) == expected

"""What helps a user find the way: help, examples, the manual page, what was probably meant."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from layertar.cli._examples import EXAMPLES
from layertar.cli._exit import ExitCode
from layertar.cli._lazy import COMMANDS
from tests.cli.command import BUILT, run
from tests.man_page import PAGE, man_page

if TYPE_CHECKING:
    from pathlib import Path

ALONE = [
    example
    for examples in EXAMPLES.values()
    for example in examples
    if "|" not in example and ">" not in example
]


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_fits_80_columns_and_ends_with_whole_examples(
    command: str,
) -> None:
    ran = run(command, "--help", env={"COLUMNS": "80"})
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    lines = [line.strip() for line in ran.out.splitlines() if line.strip()]
    assert lines[-len(EXAMPLES[command]) - 1 :] == ["Examples:", *EXAMPLES[command]]


@pytest.mark.parametrize("example", ALONE)
def test_an_example_runs(example: str, tmp_path: Path) -> None:
    for name in ("app.tar", "other.tar"):
        (tmp_path / name).write_bytes(BUILT.tar())
    (tmp_path / "policy.toml").write_text('forbid = ["foreign-layers"]')
    kept = run("verify", "--format", "json", "app.tar", cwd=tmp_path)
    (tmp_path / "result.json").write_text(kept.out)
    tool, *args = shlex.split(example)
    assert tool == "layertar"
    ran = run(*args, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("verfy", "verify"), ("inspekt", "inspect"), ("rule", "rules"), ("scheme", "schema")],
)
def test_a_mistyped_command_is_told_with_the_nearest(typed: str, meant: str) -> None:
    ran = run(typed)
    assert ran.code == ExitCode.USAGE
    assert f"Did you mean '{meant}'" in ran.err


def test_a_mistyped_option_is_told_with_the_nearest() -> None:
    ran = run("verify", "--expct", "x")
    assert ran.code == ExitCode.USAGE
    assert "--expect" in ran.err


def test_the_manual_page_is_made_of_the_commands_help() -> None:
    assert PAGE.read_text(encoding="utf-8") == man_page()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_page_has_every_option(command: str) -> None:
    shown = run(command, "--help", env={"COLUMNS": "200"}).out
    page = man_page().replace("\\-", "-")
    section = page.split(f".SS layertar {command}")[1].split("\n.S")[0]
    # Where a line begins with it: a sentence may name another tool's.
    options = set(re.findall(r"^[ *│]*(?:-\w[, ]+)?(--[a-z-]+)", shown, re.MULTILINE))
    assert "--help" in options
    assert [option for option in sorted(options - {"--help"}) if option not in section] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here")
def test_the_manual_page_is_sound() -> None:
    ran = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-rLL=78n", PAGE],  # noqa: S607 - found above
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    assert "layertar verify" in ran.stdout

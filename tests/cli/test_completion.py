"""Completion, as each shell asks for it: what Typer's scripts run, run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from layertar.cli._completion import archive_names, rule_names
from layertar.cli._lazy import COMMANDS
from layertar.findings import RULES
from tests.cli.command import environment, run

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish", "powershell")
NAMED = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


def completed(shell: str, line: str, cwd: Path) -> str:
    """What a shell is answered for a line whose last word is not complete."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        "powershell": {
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
        },
    }[shell]
    return run(env={**asked, "_LAYERTAR_COMPLETE": f"complete_{shell}"}, cwd=cwd).out


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell_is_shown(shell: str) -> None:
    ran = run("--show-completion", shell, env=NAMED)
    assert ran.code == 0
    assert f"complete_{shell}" in ran.out
    assert "_LAYERTAR_COMPLETE" in ran.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_installed_in_the_users_home(shell: str, tmp_path: Path) -> None:
    ran = run("--install-completion", shell, env={**NAMED, "HOME": str(tmp_path)})
    assert ran.code == 0
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("_LAYERTAR_COMPLETE" in path.read_text("utf-8") for path in written)


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_options_and_their_words_are_completed(shell: str, tmp_path: Path) -> None:
    assert "inspect" in completed(shell, "layertar ins", tmp_path)
    assert "verify" not in completed(shell, "layertar ins", tmp_path)
    assert "--fail-on" in completed(shell, "layertar verify --fail", tmp_path)
    assert "junit" in completed(shell, "layertar verify --format j", tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_archives_are_completed_before_directories(shell: str, tmp_path: Path) -> None:
    for name in ("app.tar.zst", "apples.txt", "application.tar"):
        (tmp_path / name).touch()
    (tmp_path / "app.d").mkdir()
    shown = completed(shell, "layertar verify app", tmp_path)
    assert "apples.txt" not in shown
    places = [shown.index(name) for name in ("app.tar.zst", "application.tar", "app.d/")]
    assert places == sorted(places)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_itself_takes_the_script_and_completes(tmp_path: Path) -> None:
    script = run("--show-completion", "bash", env=NAMED).out
    (tmp_path / "app.tar").touch()
    tool = tmp_path / "bin" / "layertar"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m layertar "$@"\n')
    tool.chmod(0o755)
    told = "COMP_WORDS=(layertar verify ap); COMP_CWORD=2; _layertar_completion "
    ran = subprocess.run(
        ["bash", "-c", f"{script}\n{told}{tool}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""],  # noqa: S607 - found above
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["app.tar"]
    assert "complete -o default -F _layertar_completion layertar" in script


def test_where_no_archive_is_the_shell_completes_files_itself(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "text").touch()
    assert archive_names(f"{tmp_path}/") == []
    assert archive_names(f"{tmp_path}/absent/a") == []


def test_names_in_a_directory_are_completed_with_its_path_and_hidden_ones_when_asked_for(
    tmp_path: Path,
) -> None:
    for name in ("B.TAR", ".hidden.tar"):
        (tmp_path / name).touch()
    assert archive_names(f"{tmp_path}/") == [f"{tmp_path}/B.TAR"]
    assert archive_names(f"{tmp_path}/.h") == [f"{tmp_path}/.hidden.tar"]


def test_rules_are_completed_by_name(tmp_path: Path) -> None:
    assert rule_names("") == sorted(RULES)
    assert rule_names("policy-max-s") == ["policy-max-size"]
    assert completed("bash", "layertar rules policy-max-s", tmp_path).split() == ["policy-max-size"]
    assert set(COMMANDS) == set(completed("bash", "layertar ", tmp_path).split())

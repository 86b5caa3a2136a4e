"""README's two commands are those that continuous integration runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMANDS = dict(
    re.findall(
        r"^(readme_\w+)\(\) \{\n    (.+)\n\}$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE
    )
)


@pytest.mark.parametrize("name", ["readme_run", "readme_test"])
def test_readme_shows_the_command_that_is_run(name: str) -> None:
    assert COMMANDS[name] in (ROOT / "README.md").read_text("utf-8").splitlines()


def test_the_archive_that_readme_verifies_is_there() -> None:
    assert (ROOT / COMMANDS["readme_run"].rpartition(" ")[2]).is_file()


def test_the_script_can_be_run() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & 0o111

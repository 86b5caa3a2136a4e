"""README says what is so: its example runs, its tables are the code's, its session is real."""

from __future__ import annotations

import re

import pytest

from layertar.cli._exit import ExitCode
from layertar.report.register import REPORTERS
from tests.cli.command import run
from tests.readme import (
    README,
    REPORTS_PAGE,
    ROOT,
    RULES_PAGE,
    inside,
    part,
    rules,
    rules_page,
    session,
)
from tests.reports_page import EXAMPLE, example, printed

TEXT = README.read_text(encoding="utf-8")


def test_the_session_is_what_the_commands_show() -> None:
    assert part(TEXT, "session") == session()


def test_the_samples_of_what_is_inside_are_what_the_commands_print() -> None:
    assert part(TEXT, "inside") == inside()


def test_the_table_of_rules_is_the_registers() -> None:
    assert part(TEXT, "rules") == rules()


def test_the_page_of_rules_is_the_registers() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == rules_page()


@pytest.mark.parametrize("form", REPORTERS)
def test_the_page_of_reports_shows_what_is_printed(form: str) -> None:
    page = REPORTS_PAGE.read_text(encoding="utf-8")
    assert f"\n## {form}\n" in page
    assert part(page, form) == example(form)


@pytest.mark.parametrize("form", [form for form in REPORTERS if form != "jsonl"])
def test_the_command_prints_what_the_page_of_reports_shows(form: str) -> None:
    ran = run("verify", "--format", form, EXAMPLE, cwd=ROOT)
    assert ran.out.replace("\r\n", "\n") == printed(form)


def test_the_package_cites_only_what_its_users_can_look_up() -> None:
    cited = re.compile(r"formats\.md|house rule", re.IGNORECASE)
    sources = sorted((ROOT / "layertar").rglob("*.py"))
    assert len(sources) > 50
    assert [path.name for path in sources if cited.search(path.read_text(encoding="utf-8"))] == []


def test_the_library_examples_run_as_they_stand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert [len(code.splitlines()) for code in found] == [6, 8]
    monkeypatch.chdir(ROOT)
    for code in found:
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - README's own example
    printed = capsys.readouterr().out
    assert "srv/app/model.bin file 90000 3" in printed
    assert "VERSION_ID=13" in printed
    assert printed.endswith("195000 False\n")


def test_the_exit_codes_are_those_of_the_command() -> None:
    section = TEXT.split("## Exit codes")[1].split("## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == [
        code.value for code in ExitCode
    ]


@pytest.mark.parametrize(
    "command",
    [
        *("verify", "inspect", "render", "rules", "schema", "images", "layers", "history"),
        *("manifest", "config", "blob", "digest", "lock", "checksums", "attest"),
        *("ls", "tree", "cat", "find", "which", "export", "diff", "waste", "sharing", "size"),
    ],
)
def test_every_option_of_the_help_is_in_readme(command: str) -> None:
    shown = run(command, "--help", env={"COLUMNS": "200"}).out
    options = set(re.findall(r"(--[a-z][a-z-]+)", shown)) - {"--help"}
    assert options or command == "schema"
    assert [option for option in sorted(options) if option not in TEXT] == []


def test_every_option_in_readme_is_in_the_help() -> None:
    shown = run("verify", "--help", env={"COLUMNS": "200"}).out
    table = TEXT.split("`verify`:")[1].split("`inspect` has")[0]
    documented = re.findall(r"`(--[a-z-]+)", table)
    assert len(documented) > 10
    assert [option for option in documented if option not in shown] == []

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given

from layertar.fault import Severity
from layertar.report.escape import escape
from layertar.report.github import ANNOTATIONS
from tests.report.examples import archive, damaged_report, finding, report
from tests.report.hostile import ANY_TEXT, written

if TYPE_CHECKING:
    from layertar.report.model import Report


class Command(NamedTuple):
    """A workflow command as the runner reads it (actions/runner, ActionCommand.TryParseV2)."""

    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for escaped, char in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


def read(what: Report) -> tuple[list[Command], str]:
    """The commands, and the line behind them, which is none."""
    *lines, last = written("github", what).splitlines()
    assert not last.lstrip().startswith("::")
    assert "##[" not in last
    found: list[Command] = []
    for line in lines:
        # The command ends at the first `::` behind its start.
        match = re.fullmatch(r"::([a-z-]+) (.*?)::(.*)", line)
        assert match is not None, line
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        more = (("%3A", ":"), ("%2C", ","))
        found.append(
            Command(
                match[1],
                {key: unescaped(value, *more) for key, value in properties.items()},
                unescaped(match[3]),
            )
        )
    return found, last


def test_a_finding_is_an_annotation_of_its_archive() -> None:
    found = tuple(finding("blob-missing", severity, message="m") for severity in Severity)
    commands, last = read(report(archive(findings=found)))
    properties = {"file": "app.tar", "title": "layertar: blob-missing"}
    assert commands == [
        Command(name, properties, "app.tar: m") for name in ("error", "warning", "notice")
    ]
    assert last == "layertar: 1 archive: 1 verified"


def test_a_true_archive_has_no_annotation() -> None:
    assert read(report(archive(), archive())) == ([], "layertar: 2 archives: 2 verified")


@pytest.mark.parametrize("errors", [0, 10, 11, 40])
@pytest.mark.parametrize("warnings", [0, 10, 11])
@pytest.mark.parametrize("notes", [0, 9, 10, 11])
def test_no_more_are_written_than_the_platform_keeps_and_the_rest_is_counted(
    errors: int, warnings: int, notes: int
) -> None:
    counts = {Severity.ERROR: errors, Severity.WARNING: warnings, Severity.NOTE: notes}
    found = tuple(
        finding("blob-missing", severity, message=str(number))
        for severity in Severity
        for number in range(counts[severity])
    )
    commands, _ = read(report(archive(findings=found)))
    kinds = Counter(command.name for command in commands)
    assert max(kinds.values(), default=0) <= ANNOTATIONS
    order = [command.name for command in commands]
    assert order == sorted(order, key=["error", "warning", "notice"].index)
    told = [c for c in commands if c.properties["title"] == "layertar: not all is shown"]
    left = sum(counts.values()) - (len(commands) - len(told))
    if left:
        [more] = told
        assert more.data.startswith(f"{left} more findings: ")
        assert sum(map(int, re.findall(r"(\d+) (?:error|warning|note)", more.data))) == left
    else:
        assert told == []


@given(ANY_TEXT)
def test_whatever_an_archive_holds_it_stays_within_its_command(text: str) -> None:
    commands, _ = read(damaged_report(text))
    assert [command.name for command in commands] == ["error", "notice"]
    for command in commands:
        assert command.properties.keys() == {"file", "title"}
        assert command.data.startswith(f"{escape(text)}: {escape(text)}")
        assert command.properties["title"].startswith("layertar: ")


def test_an_endless_message_is_cut() -> None:
    [error, _], _ = read(report(archive(findings=(finding(message="x" * 9999), finding()))))
    assert len(error.data) < 2100

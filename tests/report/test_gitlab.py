from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given

from layertar.fault import Severity
from layertar.image.model import Verdict
from layertar.report.escape import escape
from tests.report.examples import archive, damaged_report, finding, report, unreadable_report
from tests.report.hostile import ANY_TEXT, written

if TYPE_CHECKING:
    from layertar.report.model import Report

# GitLab documentation, Code Quality, "Code Quality report format".
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./|\\.\\./)."},
                    "lines": {"type": "object", "required": ["begin"]},
                },
            },
        },
    },
}


def issues(what: Report) -> list[dict[str, str]]:
    found = json.loads(written("gitlab", what))
    jsonschema.validate(found, SCHEMA)
    assert isinstance(found, list)
    prints = [each["fingerprint"] for each in found]
    assert len(set(prints)) == len(prints)
    return found


@pytest.mark.parametrize(
    ("severity", "word"),
    [(Severity.ERROR, "critical"), (Severity.WARNING, "minor"), (Severity.NOTE, "info")],
)
def test_a_severity_has_its_word(severity: Severity, word: str) -> None:
    [issue] = issues(report(archive(findings=(finding("blob-missing", severity),))))
    assert (issue["severity"], issue["check_name"]) == (word, "blob-missing")


def test_an_unreadable_input_blocks() -> None:
    [issue] = issues(unreadable_report())
    assert issue["severity"] == "blocker"


def test_a_report_without_findings_is_an_empty_list() -> None:
    assert issues(report(archive())) == []
    assert issues(report(archive(verdict=Verdict.FAILED))) == []


def test_equal_findings_are_told_apart() -> None:
    assert len(issues(report(*[archive(findings=(finding(), finding()))] * 2))) == 4


@given(ANY_TEXT)
def test_whatever_an_archive_holds_it_is_read_back(text: str) -> None:
    error, _ = issues(damaged_report(text))
    assert error["description"].startswith(escape(text))

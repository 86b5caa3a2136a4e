from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given

from layertar.findings import RULES
from layertar.findings.model import Location
from layertar.report.escape import escape
from layertar.report.sarif import FINGERPRINT
from tests.report.examples import (
    archive,
    damaged_report,
    finding,
    inspected_report,
    report,
    unreadable_report,
)
from tests.report.hostile import ANY_TEXT, HOSTILE, written

if TYPE_CHECKING:
    from layertar.report.model import Report

SCHEMA = Path(__file__).parent.parent / "data" / "sarif-2.1.0-rtm.5.json"
VALIDATOR = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))


def run_of(what: Report) -> dict[str, Any]:
    """The one run of the log, which fits the schema."""
    log = json.loads(written("sarif", what))
    VALIDATOR.validate(log)
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def fingerprints(what: Report) -> list[str]:
    return [each["partialFingerprints"][FINGERPRINT] for each in run_of(what)["results"]]


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = json.loads(written("sarif", damaged_report()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALIDATOR.is_valid(log)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_fits_the_schema(text: str) -> None:
    run = run_of(damaged_report(text))
    assert len(run["results"]) == 3


@pytest.mark.parametrize("what", [report(), inspected_report(), unreadable_report()])
def test_every_report_fits_the_schema(what: Report) -> None:
    run_of(what)


def test_every_rule_is_there_with_its_help() -> None:
    rules = run_of(report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(RULES)
    for rule in rules:
        known = RULES[rule["id"]]
        assert rule["defaultConfiguration"]["level"] == known.severity.label
        assert known.reference in rule["help"]["text"].replace("\\", "")


def test_a_result_says_its_rule_and_severity_and_lies_in_the_archive() -> None:
    run = run_of(damaged_report("layer.tar"))
    error, note, _ = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [error["level"], note["level"]] == ["error", "note"]
    for result in (error, note):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        [location] = result["locations"]
        index = location["physicalLocation"]["artifactLocation"]["index"]
        assert run["artifacts"][index]["location"]["uri"] == "layer.tar"
        assert "parentIndex" not in run["artifacts"][index]


def test_what_is_ignored_is_a_result_that_is_suppressed_with_the_reason() -> None:
    *counted, ignored = run_of(damaged_report("because [so](x)"))["results"]
    assert all("suppressions" not in each for each in counted)
    [suppression] = ignored["suppressions"]
    assert suppression == {"kind": "external", "justification": r"because \[so\](x)"}


def test_a_member_is_nested_in_its_archive() -> None:
    found = finding(location=Location(member="blobs/x", offset=7))
    run = run_of(report(archive(), archive(name="b.tar", findings=(found,))))
    [result] = run["results"]
    physical = result["relatedLocations"][0]["physicalLocation"]
    assert physical["region"] == {"byteOffset": 7}
    nested = run["artifacts"][physical["artifactLocation"]["index"]]
    assert nested == {"location": {"uri": "blobs/x"}, "parentIndex": 1}


def test_a_run_over_an_unreadable_input_was_no_success() -> None:
    [invocation] = run_of(unreadable_report())["invocations"]
    assert invocation["executionSuccessful"] is False
    [invocation] = run_of(damaged_report())["invocations"]
    assert invocation["executionSuccessful"] is True


@given(ANY_TEXT)
def test_every_uri_is_relative_and_leaves_no_folder(text: str) -> None:
    for artifact in run_of(damaged_report(text))["artifacts"]:
        uri = artifact["location"]["uri"]
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert uri.isascii()
        assert not uri.startswith("/")
        assert ".." not in uri.split("/")


def test_a_uri_is_the_name() -> None:
    run = run_of(report(archive(name="/srv/a b/é#%?.tar")))
    assert unquote(run["artifacts"][0]["location"]["uri"]) == "srv/a b/é#%?.tar"


def test_fingerprints_stay_where_folder_and_words_change() -> None:
    location = Location(member="blobs/x", pointer="/layers/0")
    first, second = (
        report(archive(name=name, findings=(finding(message=words, location=location),)))
        for name, words in (("here/app.tar", "so"), ("/there/app.tar", "otherwise"))
    )
    assert fingerprints(first) == fingerprints(second)


def test_fingerprints_differ_where_findings_do() -> None:
    same = finding(location=Location(member="a"))
    others = [
        finding(location=Location(member="b")),
        finding("blob-missing", location=Location(member="a")),
        finding(location=Location(member="a", pointer="")),
        finding(location=Location(member="a", layer=0)),
    ]
    found = (same, same, *others)
    made = fingerprints(report(archive(findings=found), archive(name="b.tar", findings=found)))
    # An empty pointer and none are alike, but numbered.
    assert len(set(made)) == 2 * len(found)


def test_a_text_is_neither_link_nor_placeholder() -> None:
    text = run_of(damaged_report("{0} [click](https://evil.example)"))["results"][0]["message"]
    assert text["text"] == r"{{0}} \[click\](https://evil.example)"


@given(ANY_TEXT.filter(lambda text: set("{[]").isdisjoint(text)))
def test_any_other_message_is_shown_escaped(text: str) -> None:
    shown = run_of(damaged_report(text))["results"][0]["message"]["text"]
    assert shown == escape(text)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from layertar.fault import Severity
from layertar.findings import RULES
from layertar.findings.model import Ignored, Location, Related
from layertar.image.model import Verdict
from layertar.report.escape import escape
from tests.report.examples import (
    archive,
    damaged_report,
    digest,
    finding,
    image,
    inspected_report,
    layer,
    report,
    unreadable_report,
)
from tests.report.hostile import ANY_TEXT, HOSTILE, written

if TYPE_CHECKING:
    from layertar.report.model import Report

ABOUT_IMAGE = Location(image=str(digest("manifest")))
# A policy's rules are told only where they found something.
ASKED = sorted(name for name in RULES if not name.startswith("policy-"))
CLEAN = report(archive(image(layer())))


def read(what: Report) -> ET.Element:
    """The document, held against what its readers rely on."""
    root = ET.fromstring(written("junit", what))  # noqa: S314 - our own output
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("name") is not None
        cases = list(suite)
        assert {case.tag for case in cases} == {"testcase"}
        assert len({case.get("name") for case in cases}) == len(cases)
        outcomes = [child.tag for case in cases for child in case]
        assert all(len(case) <= 1 for case in cases)
        assert set(outcomes) <= {"failure", "error", "skipped", "system-out"}
        counted = {
            "tests": len(cases),
            "failures": outcomes.count("failure"),
            "errors": outcomes.count("error"),
            "skipped": outcomes.count("skipped"),
        }
        for name, count in counted.items():
            assert suite.get(name) == str(count)
            totals[name] += count
    assert {name: root.get(name) for name in totals} == {k: str(v) for k, v in totals.items()}
    return root


def case(suite: ET.Element, rule: str) -> ET.Element:
    [found] = [each for each in suite if each.get("name") == rule]
    return found


def outcome(suite: ET.Element, rule: str) -> str:
    return next((child.tag for child in case(suite, rule)), "passed")


def test_an_archive_and_each_image_are_suites_and_each_rule_is_a_case() -> None:
    whole, one = read(CLEAN)
    assert whole.get("name") == "app.tar"
    assert one.get("name") == "app.tar: docker.io/library/app:1.0"
    for suite in (whole, one):
        assert [each.get("name") for each in suite] == ASKED
        assert {outcome(suite, rule) for rule in ASKED} == {"passed"}


def test_an_error_fails_where_it_was_found_and_nowhere_else() -> None:
    found = finding("blob-digest-mismatch", message="another", location=ABOUT_IMAGE)
    broken = image(layer(), verdict=Verdict.FAILED)
    whole, one = read(report(archive(broken, verdict=Verdict.FAILED, findings=(found,))))
    assert outcome(one, "blob-digest-mismatch") == "failure"
    assert outcome(one, "blob-missing") == "passed"
    assert outcome(whole, "blob-digest-mismatch") == "passed"
    failure = case(one, "blob-digest-mismatch")[0]
    assert "another" in (failure.get("message") or "")
    assert "another" in (failure.text or "")


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.NOTE])
def test_a_warning_and_a_note_are_told_and_pass(severity: Severity) -> None:
    found = finding("producer-guess", severity, message="look")
    whole, _ = read(report(archive(image(layer()), findings=(found,))))
    assert outcome(whole, "producer-guess") == "system-out"
    assert case(whole, "producer-guess")[0].text == f"{severity.label}: look"


@pytest.mark.parametrize(
    "what",
    [
        unreadable_report(),
        inspected_report(),
        report(archive(image(layer()), verdict=Verdict.UNVERIFIABLE)),
        report(archive(image(layer()), verdict=Verdict.INCOMPLETE)),
        report(archive(image(layer(measured=False)), verdict=Verdict.FAILED)),
    ],
)
def test_what_could_not_be_checked_does_not_pass(what: Report) -> None:
    whole = read(what)[0]
    assert {outcome(whole, rule) for rule in ASKED} <= {"skipped", "error"}


def test_what_was_left_out_on_request_does_not_pass() -> None:
    whole, one = read(replace(CLEAN, unchecked=("blob-missing",)))
    for suite in (whole, one):
        assert outcome(suite, "blob-missing") == "skipped"
        assert outcome(suite, "blob-digest-mismatch") == "passed"


def test_what_a_policy_ignores_does_not_pass() -> None:
    known = Ignored(finding=finding("blob-missing"), reason="agreed", until=None)
    whole, one = read(report(archive(image(layer()), ignored=(known,))))
    for suite in (whole, one):
        assert outcome(suite, "blob-missing") == "skipped"
        assert case(suite, "blob-missing")[0].get("message") == "ignored: agreed"


def test_a_rule_of_a_policy_is_there_where_it_found_something() -> None:
    found = finding("policy-user-root", location=ABOUT_IMAGE)
    whole, one = read(report(archive(image(layer()), findings=(found,))))
    assert outcome(one, "policy-user-root") == "failure"
    assert "policy-user-root" not in [each.get("name") for each in whole]


def test_what_is_told_under_another_rule_does_not_pass() -> None:
    related = Related(rule="layer-diffid-mismatch", message="too", location=ABOUT_IMAGE)
    found = finding("blob-digest-mismatch", location=ABOUT_IMAGE, related=(related,))
    broken = image(layer(), verdict=Verdict.FAILED)
    _, one = read(report(archive(broken, verdict=Verdict.FAILED, findings=(found,))))
    assert outcome(one, "layer-diffid-mismatch") == "skipped"


def test_an_input_that_cannot_be_read_is_an_error() -> None:
    [whole] = read(unreadable_report())
    assert outcome(whole, "input-unreadable") == "error"


def test_no_finding_is_lost_where_no_image_is_listed() -> None:
    found = finding("blob-missing", location=Location(image="sha256:absent"))
    whole, _ = read(report(archive(image(), verdict=Verdict.INCOMPLETE, findings=(found,))))
    assert outcome(whole, "blob-missing") == "failure"


@given(ANY_TEXT)
def test_whatever_an_archive_holds_it_is_read_back(text: str) -> None:
    whole, _ = read(damaged_report(text))
    assert escape(text) in (case(whole, "outer-compression")[0].text or "") or not text.strip()


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_a_hostile_name_is_shown_and_makes_no_element(text: str) -> None:
    plain, hostile = read(damaged_report("plain")), read(damaged_report(text))
    tags = [[each.tag for each in root.iter()] for root in (plain, hostile)]
    assert tags[0] == tags[1]
    assert hostile[0].get("name") == escape(text)

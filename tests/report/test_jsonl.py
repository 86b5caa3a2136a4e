from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from layertar.report.escape import encodable
from layertar.report.events import BlobMeasured
from layertar.report.jsonl import event_lines
from tests.report.examples import (
    archive,
    damaged_report,
    inspected_report,
    report,
    unreadable_report,
)
from tests.report.hostile import ANY_TEXT, written

if TYPE_CHECKING:
    from layertar.report.model import Report


def events(what: Report) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written("jsonl", what).splitlines()]


def test_events_come_in_the_order_of_the_reading() -> None:
    names = [event["event"] for event in events(damaged_report())]
    assert names == ["started", "finding", "finding", "ignored", "archive", "summary"]


@pytest.mark.parametrize("what", [report(), inspected_report(), unreadable_report()])
def test_the_summary_is_the_last(what: Report) -> None:
    last = events(what)[-1]
    assert last["event"] == "summary"
    assert last["verdict"] == what.verdict.value
    assert last["schema_version"] == 1


def test_the_summary_adds_up_the_archives() -> None:
    one = damaged_report().archives[0]
    last = events(report(one, archive(), one))[-1]
    assert last["archives"] == 3
    assert last["verdicts"] == {"verified": 1, "failed": 2}
    assert (last["errors"], last["warnings"], last["notes"]) == (2, 0, 2)


def test_a_finding_is_that_of_the_json_report() -> None:
    what = damaged_report("x")
    document = json.loads(written("json", what))
    found = [event["finding"] for event in events(what) if event["event"] == "finding"]
    assert found == document["archives"][0]["findings"]


@given(ANY_TEXT)
def test_whatever_an_archive_holds_a_line_is_an_event(text: str) -> None:
    [line] = event_lines(BlobMeasured(text, text, "sha256:0", 0, None))
    assert line.isascii()
    assert json.loads(line) == {
        "event": "blob",
        "archive": encodable(text),
        "member": encodable(text),
        "digest": "sha256:0",
        "size": 0,
        "diff_id": None,
    }

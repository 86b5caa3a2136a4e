from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import ResultError, inspect, verify
from layertar.platform import Platform
from layertar.report.model import Expectation
from layertar.report.read_v1 import parse_report
from layertar.report.register import REPORTERS
from tests.report.examples import (
    archive,
    damaged_report,
    image,
    inspected_report,
    report,
    unreadable_report,
)
from tests.report.hostile import ANY_TEXT, HOSTILE, written

if TYPE_CHECKING:
    from layertar.report.model import Report

FORMATS = sorted(REPORTERS)
PART = st.none() | st.text("ab/?")
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())


def kept(what: Report) -> Report:
    return parse_report(written("json", what).encode())


def assert_shows_the_same(what: Report) -> None:
    again = kept(what)
    for form in FORMATS:
        assert written(form, again) == written(form, what), form


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_a_kept_result_of_a_fixture_shows_the_same_in_every_format(path: Path) -> None:
    assert_shows_the_same(verify(path, severities={"producer-guess": None}))
    assert_shows_the_same(inspect(path))


@pytest.mark.parametrize(
    "what", [unreadable_report(), inspected_report(), report(), *map(damaged_report, HOSTILE)]
)
def test_any_report_shows_the_same(what: Report) -> None:
    assert_shows_the_same(what)


def test_what_became_of_an_expected_digest_is_kept() -> None:
    expected = Expectation(text="app@sha256:x", met_as="image ID", image="sha256:y")
    what = report(replace(archive(), expected=(expected,)))
    assert kept(what) == what
    assert "it is the image ID" in written("text", kept(what))


@given(ANY_TEXT)
def test_whatever_an_archive_holds_is_kept(text: str) -> None:
    assert_shows_the_same(damaged_report(text))


@given(st.builds(Platform, PART, PART, PART))
def test_a_platform_of_any_parts_shows_the_same(platform: Platform) -> None:
    one = replace(image(), platform=platform)
    [found] = kept(report(archive(one))).archives[0].images
    assert str(found.platform) == str(one.platform)


def altered(path: str, value: object) -> bytes:
    """A good result with the value at `path` replaced, or taken away where it is `...`."""
    document = json.loads(written("json", damaged_report()))
    *parents, last = path.strip("/").split("/")
    node: Any = document
    for step in parents:
        node = node[int(step) if isinstance(node, list) else step]
    key = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[key]
    else:
        node[key] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        ("/schema_version", 2, "/schema_version", "it is 2; this layertar reads 1"),
        ("/schema_version", True, "/schema_version", "true or false, not a whole number"),
        ("/tool/name", "other", "/tool/name", "it is of another tool"),
        ("/command", "rules", "/command", "'rules' is none of verify, inspect"),
        ("/verdict", ..., "", "'verdict' is missing"),
        ("/archives", {}, "/archives", "an object, not an array"),
        ("/archives/0", None, "/archives/0", "null, not an object"),
        ("/archives/0/verdict", "good", "/archives/0/verdict", "'good' is none of "),
        ("/archives/0/archive/size", -1, "/archives/0/archive/size", "less than nothing"),
        ("/archives/0/images/0/names/1", 5, "/archives/0/images/0/names/1", "not a string"),
        ("/archives/0/images/0/platform", "x", "/archives/0/images/0/platform", "no os/arch"),
        ("/archives/0/images/0/image_id", "x", "/archives/0/images/0/image_id", "no digest"),
        ("/archives/0/findings/0/severity", "x", "/archives/0/findings/0/severity", "none of"),
        ("/archives/0/summary/blobs", "7", "/archives/0/summary/blobs", "a string"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    path: str, value: object, place: str, reason: str
) -> None:
    with pytest.raises(ResultError) as raised:
        parse_report(altered(path, value))
    assert raised.value.pointer == place
    assert reason in raised.value.reason


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"[]", b"null", b"{", b"\xff", b"{} {}", b'{"schema_version": 1.5}'),
        *(b'{"schema_version": 1, "schema_version": 1}', b"[" * 100_000),
    ],
)
def test_what_is_no_result_is_refused(raw: bytes) -> None:
    with pytest.raises(ResultError, match="no result of layertar"):
        parse_report(raw)


def test_every_key_is_needed_and_no_other_is_in_the_way() -> None:
    document = json.loads(written("json", damaged_report()))
    places = list(_keys(document, ""))
    assert len(places) > 80
    # Older results do not have it.
    places.remove("/archives/0/images/0/base")
    # Results of before there were policies have no such array.
    for place in places:
        if place == "/archives/0/ignored":
            assert parse_report(altered(place, ...)).archives[0].ignored == ()
            continue
        with pytest.raises(ResultError):
            parse_report(altered(place, ...))
    document["later"] = document["archives"][0]["later"] = {}
    assert parse_report(json.dumps(document).encode()).verdict.value == "failed"


def _keys(node: object, place: str) -> list[str]:
    match node:
        case dict():
            below = [_keys(value, f"{place}/{key}") for key, value in node.items()]
            return [f"{place}/{key}" for key in node] + [one for each in below for one in each]
        case list():
            return [one for n, item in enumerate(node) for one in _keys(item, f"{place}/{n}")]
    return []


def test_a_rule_of_a_later_version_is_shown() -> None:
    later = parse_report(altered("/archives/0/findings/0/rule", "of-tomorrow"))
    for form in FORMATS:
        assert "of-tomorrow" in written(form, later)


def test_a_result_of_before_bases_were_shown_is_read() -> None:
    document = json.loads(written("json", damaged_report()))
    for each in document["archives"][0]["images"]:
        del each["base"]
    again = parse_report(json.dumps(document).encode())
    assert [each.base for each in again.archives[0].images] == [None]

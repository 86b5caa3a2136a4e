from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.report.escape import encodable
from layertar.report.json_v1 import JsonReporter
from tests.report.examples import (
    archive,
    damaged_report,
    digest,
    image,
    inspected_report,
    layer,
    report,
    unreadable_report,
)

if TYPE_CHECKING:
    from layertar.report.model import Report

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def shown(what: Report) -> str:
    out = StringIO()
    JsonReporter().write(what, out)
    return out.getvalue()


@pytest.mark.parametrize(
    "what", [damaged_report(), unreadable_report(), inspected_report(), report()]
)
def test_the_output_is_what_the_standard_library_would_print(what: Report) -> None:
    text = shown(what)
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


def test_the_keys_and_their_order_are_those_of_the_contract() -> None:
    document = json.loads(shown(damaged_report()))
    (judged,) = document["archives"]
    (one,) = judged["images"]
    (attestation,) = judged["artifacts"]
    found = judged["findings"][0]
    location = ["member", "offset", "pointer", "image", "layer"]
    identity = ["image_id", "manifest_digest", "index_digest"]
    counts = ["errors", "warnings", "notes", "images", "blobs", "bytes_read"]
    expected = {
        "document": (
            document,
            ["schema_version", "tool", "command", "verdict", "unchecked", "archives"],
        ),
        "tool": (document["tool"], ["name", "version"]),
        "judged": (
            judged,
            [
                *("archive", "verdict", "images", "artifacts", "findings", "ignored"),
                *("expected", "summary"),
            ],
        ),
        "archive": (judged["archive"], ["name", "size", "digest", "outer_compression", "views"]),
        "summary": (judged["summary"], counts),
        "image": (
            one,
            [
                *("names", *identity, "platform", "created"),
                *("recorded", "views", "verdict", "config", "layers", "history", "base"),
            ],
        ),
        "base": (one["base"], ["name", "digest"]),
        "identity": (one["recorded"], identity),
        "config": (one["config"], ["digest", "size", "member", "recorded"]),
        "recorded config": (one["config"]["recorded"], ["digest", "size"]),
        "layer": (
            one["layers"][0],
            [
                *("position", "digest", "diff_id", "chain_id", "media_type", "compression"),
                *("size", "uncompressed_size", "member", "created_by", "recorded", "verdict"),
                *("member_size", "content_size"),
            ],
        ),
        "step": (one["history"][0], ["created", "created_by", "comment", "empty_layer"]),
        "recorded layer": (one["layers"][0]["recorded"], ["digest", "diff_id", "size"]),
        "artifact": (
            attestation,
            [
                *("digest", "media_type", "artifact_type", "names", "subject", "size"),
                *("verdict", "blobs"),
            ],
        ),
        "blob": (attestation["blobs"][0], ["digest", "media_type", "size", "member", "verdict"]),
        "finding": (
            found,
            [
                *("rule", "severity", "message", "location", "recorded", "measured", "related"),
            ],
        ),
        "location": (found["location"], location),
        "ignored": (judged["ignored"][0], ["finding", "reason", "until"]),
        "related": (
            found["related"][0],
            ["rule", "message", "location", "recorded", "measured"],
        ),
    }
    assert {name: list(found) for name, (found, _) in expected.items()} == {
        name: keys for name, (_, keys) in expected.items()
    }


def test_values_are_the_facts_with_null_for_what_is_not_known() -> None:
    document = json.loads(shown(damaged_report("x")))
    assert document["schema_version"] == 1
    assert document["tool"] == {"name": "layertar", "version": "1.2.3"}
    assert document["verdict"] == "failed"
    one = document["archives"][0]["images"][0]
    assert one["platform"] == "linux/arm/v7"
    assert one["image_id"] == str(digest("config"))
    assert one["index_digest"] is None
    missing = one["layers"][1]
    assert missing["digest"] is None
    assert missing["size"] is None
    assert missing["recorded"]["digest"] == str(layer(1).digest)
    assert missing["verdict"] == "missing"


def test_an_image_without_config_or_platform_has_null_there() -> None:
    bare = replace(image(), config=None, platform=None)
    (one,) = json.loads(shown(report(archive(bare))))["archives"][0]["images"]
    assert (one["config"], one["platform"], one["layers"]) == (None, None, [])


def test_a_byte_of_a_name_that_is_no_utf8_is_four_characters() -> None:
    text = shown(damaged_report("caf\udce9"))
    location = json.loads(text)["archives"][0]["findings"][0]["location"]
    assert location["member"] == "caf\\xe9"


@given(ANY_TEXT)
def test_whatever_an_archive_holds_the_output_is_plain_ascii_and_valid_json(text: str) -> None:
    printed = shown(damaged_report(text))
    assert printed.isascii()
    assert printed.replace("\n", "").isprintable()
    (judged,) = json.loads(printed)["archives"]
    assert judged["images"][0]["names"] == [encodable(text)] * 2
    assert judged["findings"][0]["recorded"] == encodable(text)


class Pieces(StringIO):
    """A stream that remembers the longest piece written to it."""

    longest = 0

    def write(self, text: str, /) -> int:
        self.longest = max(self.longest, len(text))
        return len(text)


def test_a_report_of_many_layers_is_written_in_small_pieces() -> None:
    out = Pieces()
    JsonReporter().write(report(archive(image(*[layer()] * 10_000))), out)
    assert out.longest < 1000

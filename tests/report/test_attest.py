"""The statement: in-toto's form, measured digests, and PASSED only for what is proved."""

from __future__ import annotations

import io
import json
from typing import Any

import jsonschema
import pytest

from layertar import Report, Verdict
from layertar.report.attest import write_statement
from layertar.value import replace
from tests.report.examples import archive, damaged_report, digest, finding, image, report
from tests.report.hostile import HOSTILE

HEX = {"type": "object", "minProperties": 1, "additionalProperties": {"pattern": "^[0-9a-f]+$"}}
#: in-toto/attestation, spec/v1/statement.md; slsa.dev/spec/v1.1/verification_summary.
SCHEMA = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "additionalProperties": False,
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {
            "type": "array",
            "items": {
                "required": ["digest"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string"}, "digest": HEX},
            },
        },
        "predicateType": {"const": "https://slsa.dev/verification_summary/v1"},
        "predicate": {
            "required": [
                "verifier", "resourceUri", "policy", "verificationResult", "verifiedLevels"
            ],
            "properties": {
                "verifier": {"required": ["id"], "properties": {"version": {"type": "object"}}},
                "resourceUri": {"type": "string", "pattern": r"^[a-z]+:[\x21-\x7e]*$"},
                "policy": {"required": ["uri"]},
                "verificationResult": {"enum": ["PASSED", "FAILED"]},
                "verifiedLevels": {"type": "array", "minItems": 1},
            },
        },
    },
}  # fmt: skip


def stated(judged: Report, **options: Any) -> Any:
    out = io.StringIO()
    write_statement(judged, out, **options)
    found = json.loads(out.getvalue())
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_digests_of_images_and_layers_are_subjects_once_each() -> None:
    of_file = digest("file")
    found = stated(report(replace(archive(), images=(image(), image()), digest=of_file)))
    digests = [subject["digest"]["sha256"] for subject in found["subject"]]
    one = image()
    due = [of_file, one.manifest_digest, one.index_digest, one.image_id]
    due += [layer.digest for layer in one.layers]
    assert digests == [each.encoded for each in due if each is not None]


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.VERIFIED])
def test_only_what_is_proved_passes(verdict: Verdict) -> None:
    assert stated(report(archive()))["predicate"]["verificationResult"] == "PASSED"
    predicate = stated(report(replace(archive(), verdict=verdict)))["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])


def test_an_error_does_not_pass_whatever_the_verdict() -> None:
    judged = archive(findings=(finding(),))
    judged = replace(judged, verdict=Verdict.VERIFIED)
    assert stated(report(judged))["predicate"]["verificationResult"] == "FAILED"


def test_time_and_uri_are_the_callers() -> None:
    assert "timeVerified" not in stated(report(archive()))["predicate"]
    predicate = stated(
        report(archive()), resource_uri="pkg:oci/app", time_verified="2026-01-01T00:00:00Z"
    )["predicate"]
    assert predicate["resourceUri"] == "pkg:oci/app"
    assert predicate["timeVerified"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_escaped(text: str) -> None:
    (judged,) = damaged_report(text).archives
    out = io.StringIO()
    write_statement(report(replace(judged, name=text)), out)
    assert out.getvalue().isascii()
    jsonschema.validate(json.loads(out.getvalue()), SCHEMA)

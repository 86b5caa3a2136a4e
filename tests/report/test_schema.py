from __future__ import annotations

import copy
import json
from io import StringIO
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.codec.sniff import Compression
from layertar.fault import Severity
from layertar.image.model import Verdict
from layertar.report.json_v1 import JsonReporter
from layertar.report.schema import COMMANDS, schema
from tests.report.examples import (
    archive,
    damaged_report,
    image,
    inspected_report,
    layer,
    report,
    unreadable_report,
)
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from layertar.report.model import Report


def document(what: Report) -> object:
    out = StringIO()
    JsonReporter().write(what, out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_schema_is_a_schema_and_is_json(command: str) -> None:
    described = schema(command)
    jsonschema.Draft202012Validator.check_schema(described)
    assert json.loads(json.dumps(described)) == described


@pytest.mark.parametrize(
    "what",
    [
        report(archive(image(layer()))),
        damaged_report(),
        unreadable_report(),
        inspected_report(),
        report(),
    ],
)
def test_every_report_fits_its_schema_and_has_no_key_beyond_it(what: Report) -> None:
    jsonschema.validate(
        document(what), strict_schema(what.command), jsonschema.Draft202012Validator
    )


def objects(node: object) -> list[dict[str, object]]:
    match node:
        case dict():
            return [node, *(found for value in node.values() for found in objects(value))]
        case list():
            return [found for value in node for found in objects(value)]
    return []


def test_no_key_of_a_report_may_be_left_out() -> None:
    whole = document(damaged_report())
    validator = jsonschema.Draft202012Validator(schema("verify"))
    for place, found in enumerate(objects(whole)):
        for key in found:
            less = copy.deepcopy(whole)
            del objects(less)[place][key]
            assert not validator.is_valid(less), key


def test_a_key_of_a_later_release_is_allowed() -> None:
    more = document(damaged_report())
    for found in objects(more):
        found["later"] = 1
    jsonschema.validate(more, schema("verify"), jsonschema.Draft202012Validator)


def test_a_word_that_is_in_no_list_is_refused() -> None:
    validator = jsonschema.Draft202012Validator(schema("verify"))
    for what in (
        archive(image(), views=("other",)),
        archive(image(), verdict=Verdict.RECORDED),
        archive(image(verdict=Verdict.MISSING)),
        archive(image(layer(verdict=Verdict.INCOMPLETE))),
    ):
        assert not validator.is_valid(document(report(what)))


def test_the_lists_of_the_schema_know_every_word_of_ours() -> None:
    words: set[str] = set()
    for command in COMMANDS:
        for found in objects(schema(command)):
            listed = found.get("enum")
            if isinstance(listed, list):
                words.update(listed)
    assert words >= {verdict.value for verdict in Verdict}
    assert words >= {severity.label for severity in Severity}
    assert words >= {compression.value for compression in Compression}
    assert words >= {"oci", "docker", "docker-v1"}


def test_there_is_no_schema_for_another_command() -> None:
    with pytest.raises(ValueError, match="'schema'"):
        schema("schema")

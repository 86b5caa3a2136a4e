"""Keys of another case: read as Go reads them, and told."""

from __future__ import annotations

import pytest

from layertar.fault import Severity
from tests.documents.build import (
    Json,
    config,
    descriptor,
    digest,
    manifest,
    read_config,
    read_manifest,
    told,
    without,
)

SPRING_BOOT: dict[str, Json] = {
    "Config": {"Labels": {"a": "1"}},
    "Created": "1980-01-01T00:00:01Z",
    "History": [{}],
    "Os": "linux",
    "Architecture": "arm64",
    "RootFS": {"diff_ids": [digest("layer")]},
}


def test_capitalised_keys_are_read_and_told_once_by_name() -> None:
    document = read_config(SPRING_BOOT)
    assert told(document.faults) == [("config-key-case", "/Architecture")]
    for key in SPRING_BOOT:
        assert key in document.faults[0].detail
    assert document.platform[:2] == ("linux", "arm64")
    assert document.created == "1980-01-01T00:00:01Z"
    assert document.labels == {"a": "1"}
    assert document.has_rootfs
    assert [str(diff_id) for diff_id in document.diff_ids or ()] == [digest("layer")]
    assert len(document.history) == 1


def test_the_long_s_and_the_kelvin_sign_are_letters_to_go() -> None:
    document = read_config({**without(config(), "os"), "o\N{LATIN SMALL LETTER LONG S}": "linux"})
    assert told(document.faults) == [("config-key-case", "/o\N{LATIN SMALL LETTER LONG S}")]
    assert document.platform.os == "linux"


@pytest.mark.parametrize("key", ["ós", "OS "])
def test_other_keys_are_just_unknown(key: str) -> None:
    document = read_config({**without(config(), "os"), key: "linux"})
    assert told(document.faults) == [("config-missing-field", "/os")]


def test_a_key_in_two_cases_is_an_error_and_the_exact_one_is_used() -> None:
    document = read_manifest(manifest(Layers=[], layers=[descriptor()]))
    assert told(document.faults) == [("json-case-variant-key", "/Layers")]
    assert document.faults[0].severity is None
    assert len(document.layers) == 1


@pytest.mark.parametrize(("other", "is_equal"), [(5, True), (6, False), (True, False)])
def test_a_key_in_two_cases_with_one_value_is_a_warning(other: int, *, is_equal: bool) -> None:
    document = read_manifest(manifest(config=descriptor(SIZE=other)))
    assert told(document.faults) == [("json-case-variant-key", "/config/SIZE")]
    assert (document.faults[0].severity is Severity.WARNING) is is_equal


@pytest.mark.parametrize(
    ("other", "is_equal"),
    [
        ({"a": [1, {"b": "c"}]}, True),
        ({"a": [1, {"b": "d"}]}, False),
        ({"a": [1]}, False),
        ({"a": [True, {"b": "c"}]}, False),
        ([], False),
        (0.5, False),
    ],
)
def test_values_are_compared_as_json(other: Json, *, is_equal: bool) -> None:
    document = read_config({**config(), "x": {"a": [1, {"b": "c"}]}, "X": other})
    assert (document.faults[0].severity is Severity.WARNING) is is_equal


@pytest.mark.parametrize(("other", "is_equal"), [(0.5, True), (0.25, False)])
def test_fractions_are_compared_as_spelt(other: float, *, is_equal: bool) -> None:
    document = read_config(config(x=0.5, X=other))
    assert (document.faults[0].severity is Severity.WARNING) is is_equal


def test_keys_are_found_however_many_shapes_the_objects_have() -> None:
    history: list[Json] = [{f"k{number}": 1, "created_by": str(number)} for number in range(200)]
    document = read_config(config(history=history))
    assert document.faults == ()
    assert [step.created_by for step in document.history] == [str(n) for n in range(200)]


def test_keys_of_data_maps_are_case_sensitive() -> None:
    labels: dict[str, Json] = {"a": "1", "A": "2"}
    document = read_config(
        config(config={"Labels": labels, "Volumes": {"/A": {}, "/a": {}}, "Env": []})
    )
    assert document.faults == ()
    assert document.labels == labels
    annotated = read_manifest(manifest(annotations=labels))
    assert annotated.faults == ()
    assert annotated.annotations == labels

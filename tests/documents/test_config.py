from __future__ import annotations

import pytest

from layertar.digest import Digest
from layertar.documents import HistoryEntry
from layertar.platform import Platform
from tests.documents.build import Json, config, digest, read_config, told, without


def test_every_field_is_read() -> None:
    created = "2024-05-15T16:15:31.663783928Z"
    step: dict[str, Json] = {
        "created": created,
        "created_by": "RUN x",
        "comment": "c",
        "empty_layer": True,
    }
    document = read_config(
        config(
            created=created,
            variant="v8",
            history=[step, {}],
            config={"Labels": {"Key": "value"}, "User": "1000", "Env": ["A=b"]},
        )
        | {"os.version": "1", "os.features": ["a", "b"]}
    )
    assert document.faults == ()
    assert document.platform == Platform("linux", "amd64", "v8", "1", ("a", "b"))
    assert document.created == created
    assert document.diff_ids == (Digest.of(b"layer"),)
    assert document.recorded_diff_ids == (digest("layer"),)
    assert document.history == (
        HistoryEntry(created, "RUN x", "c", empty_layer=True),
        HistoryEntry(None, None, None, empty_layer=False),
    )
    assert document.labels == {"Key": "value"}
    assert document.user == "1000"
    assert document.env == ("A=b",)
    assert document.has_rootfs


def test_optional_fields_may_be_null() -> None:
    optional = ("created", "author", "config", "history", "variant", "os.version", "os.features")
    document = read_config(config(**dict.fromkeys(optional)))
    assert document.faults == ()
    assert (document.created, document.history, document.labels) == (None, (), {})
    inner: dict[str, Json] = dict.fromkeys(("Labels", "Env", "User", "Cmd", "Volumes"))
    assert read_config(config(config=inner)).faults == ()


@pytest.mark.parametrize("key", ["architecture", "os"])
def test_a_missing_platform_is_told(key: str) -> None:
    for value in (without(config(), key), config(**{key: ""}), config(**{key: None})):
        document = read_config(value)
        assert told(document.faults) == [("config-missing-field", f"/{key}")]


def test_all_that_is_missing_of_a_platform_is_told_once() -> None:
    document = read_config(without(without(config(), "os"), "architecture"))
    (fault,) = document.faults
    assert fault.rule == "config-missing-field"
    assert fault.detail.startswith("no architecture and no os")


def test_no_rootfs_is_not_an_empty_one() -> None:
    for value in (without(config(), "rootfs"), config(rootfs=None)):
        document = read_config(value)
        assert (document.has_rootfs, document.diff_ids, document.faults) == (False, None, ())


def test_a_rootfs_without_diff_ids_is_not_an_empty_one() -> None:
    document = read_config(config(rootfs={"type": "layers"}))
    assert (document.has_rootfs, document.diff_ids, document.faults) == (True, None, ())


def test_null_diff_ids_are_noted_and_empty() -> None:
    document = read_config(config(rootfs={"type": "layers", "diff_ids": None}))
    assert told(document.faults) == [("json-null-array", "/rootfs/diff_ids")]
    assert document.diff_ids == ()


def test_diff_ids_of_another_type_are_none() -> None:
    document = read_config(config(rootfs={"diff_ids": "x"}))
    assert told(document.faults) == [("json-wrong-type", "/rootfs/diff_ids")]
    assert document.diff_ids is None


def test_a_malformed_diff_id_keeps_its_position() -> None:
    entries: list[Json] = [digest("a"), "sha256:XY", "", 7, digest("b")]
    document = read_config(config(rootfs={"diff_ids": entries}))
    assert sorted(told(document.faults)) == [
        ("digest-malformed", "/rootfs/diff_ids/1"),
        ("digest-malformed", "/rootfs/diff_ids/2"),
        ("json-wrong-type", "/rootfs/diff_ids/3"),
    ]
    assert document.diff_ids == (Digest.of(b"a"), None, None, None, Digest.of(b"b"))
    assert document.recorded_diff_ids == (digest("a"), "sha256:XY", "", "", digest("b"))


def test_a_history_entry_that_is_none_keeps_its_position() -> None:
    document = read_config(config(history=["x", {"created_by": "y", "empty_layer": 1}]))
    assert told(document.faults) == [
        ("json-wrong-type", "/history/0"),
        ("json-wrong-type", "/history/1/empty_layer"),
    ]
    assert [entry.created_by for entry in document.history] == [None, "y"]


def test_control_characters_are_told_once_for_each_kind_of_place() -> None:
    document = read_config(
        config(
            config={"Labels": {"a": "\x1b[31m", "b": "\x1b"}, "Env": ["A=b", "B=\u202e", "C=\x9b"]},
            history=[{"created_by": "fine\n\t"}, {"created_by": "\x00"}, {"comment": "\x7f"}],
        )
    )
    assert told(document.faults) == [
        ("text-control-characters", "/config/Env/1"),
        ("text-control-characters", "/history/1/created_by"),
        ("text-control-characters", "/config/Labels/a"),
    ]


def test_a_control_character_in_the_key_of_a_label_is_told() -> None:
    document = read_config(config(config={"Labels": {"a\x07": "b"}}))
    assert told(document.faults) == [("text-control-characters", "/config/Labels/a\x07")]


def test_keys_that_docker_and_buildkit_add_are_fine() -> None:
    extra: dict[str, Json] = {
        "moby.buildkit.cache.v0": "e30=",
        "container_config": {},
        "docker_version": "20",
    }
    assert read_config(config(**extra)).faults == ()

from __future__ import annotations

import pytest

from layertar.documents import (
    DockerManifest,
    DockerManifestItem,
    Repositories,
    RepositoryTag,
    V1Layer,
    parse_manifest_json,
    parse_repositories,
    parse_v1_layer,
)
from layertar.errors import DocumentError
from layertar.limits import DEFAULT_LIMITS
from tests.documents.build import Json, descriptor, digest, encode, manifest, told, without

ITEM: dict[str, Json] = {
    "Config": "abc.json",
    "RepoTags": ["busybox:latest"],
    "Layers": ["a/layer.tar", "b/layer.tar"],
}


def read(value: Json | bytes) -> DockerManifest:
    raw = value if isinstance(value, bytes) else encode(value)
    return parse_manifest_json(raw, member="manifest.json", limits=DEFAULT_LIMITS)


def repositories(value: Json | bytes) -> Repositories:
    raw = value if isinstance(value, bytes) else encode(value)
    return parse_repositories(raw, member="repositories", limits=DEFAULT_LIMITS)


def v1_layer(value: Json) -> V1Layer:
    return parse_v1_layer(encode(value), member="a/json", limits=DEFAULT_LIMITS)


def test_items_are_read_in_their_order() -> None:
    other = {**ITEM, "Parent": digest("p"), "LayerSources": {digest("l"): descriptor()}}
    document = read([ITEM, other])
    assert document.faults == ()
    first, second = document.items
    assert first == DockerManifestItem(
        config_path="abc.json",
        repo_tags=("busybox:latest",),
        layer_paths=("a/layer.tar", "b/layer.tar"),
        parent=None,
        layer_sources={},
        pointer="/0",
    )
    assert second.parent == digest("p")
    assert [(key, source.size) for key, source in second.layer_sources.items()] == [
        (digest("l"), 5)
    ]
    assert second.layer_sources[digest("l")].pointer == f"/1/LayerSources/{digest('l')}"


def test_an_image_saved_by_its_id_has_no_names() -> None:
    for item in ({**ITEM, "RepoTags": None}, without(ITEM, "RepoTags")):
        document = read([item])
        assert document.faults == ()
        assert document.items[0].repo_tags == ()


@pytest.mark.parametrize("raw", [b"null", b"[]", b" [ ] \n"])
def test_a_manifest_of_no_images_is_told(raw: bytes) -> None:
    document = read(raw)
    assert told(document.faults) == [("docker-manifest-empty", "")]
    assert document.items == ()


@pytest.mark.parametrize("value", [manifest(), {}, [{}], [1], [{"name": "x"}], [None]])
def test_a_manifest_json_of_another_tool_is_told_apart(value: Json) -> None:
    with pytest.raises(DocumentError) as caught:
        read(value)
    assert caught.value.rule == "docker-manifest-schema-unknown"


@pytest.mark.parametrize("raw", [b"1", b'"x"', b"true", b"[", b""])
def test_what_is_no_manifest_at_all_is_an_error(raw: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        read(raw)
    assert caught.value.rule == "json-invalid"


def test_null_or_absent_layers_are_noted() -> None:
    for item in ({**ITEM, "Layers": None}, without(ITEM, "Layers")):
        document = read([item])
        assert told(document.faults) == [("json-null-array", "/0/Layers")]
        assert document.items[0].layer_paths == ()


def test_a_missing_config_path_is_none() -> None:
    for item in ({**ITEM, "Config": ""}, without(ITEM, "Config")):
        document = read([item])
        assert document.faults == ()
        assert document.items[0].config_path is None


def test_paths_that_are_no_strings_keep_the_positions_of_the_others() -> None:
    document = read([{**ITEM, "Layers": ["", 1, "c.tar"]}])
    assert told(document.faults) == [("json-wrong-type", "/0/Layers/1")]
    assert document.items[0].layer_paths == ("", "", "c.tar")


def test_an_entry_that_is_no_object_is_told_and_the_others_are_read() -> None:
    document = read([1, ITEM])
    assert told(document.faults) == [("json-wrong-type", "/0")]
    assert [item.pointer for item in document.items] == ["/1"]


def test_keys_of_another_case_are_read_and_told() -> None:
    document = read([{"config": "a.json", "repoTags": ["x:y"], "layers": ["l.tar"]}])
    assert [rule for rule, _ in told(document.faults)] == ["config-key-case"]
    assert document.items[0].config_path == "a.json"
    assert document.items[0].repo_tags == ("x:y",)
    assert document.items[0].layer_paths == ("l.tar",)


def test_layers_in_two_cases_are_told() -> None:
    document = read([{**ITEM, "layers": ["other.tar"]}])
    assert told(document.faults) == [("json-case-variant-key", "/0/layers")]
    assert document.items[0].layer_paths == ("a/layer.tar", "b/layer.tar")


@pytest.mark.parametrize("name", ["a\nb", "a\u200bb", "\ufeffa", "a\u202eb", "a\x1b"])
def test_control_characters_in_a_name_are_told(name: str) -> None:
    document = read([{**ITEM, "RepoTags": ["x:y", name]}])
    assert told(document.faults) == [("text-control-characters", "/0/RepoTags/1")]
    assert document.items[0].repo_tags == ("x:y", name)


def test_a_layer_source_that_is_no_descriptor_is_told() -> None:
    sources: dict[str, Json] = {"a/b": 1, "c": {"mediaType": "x/y", "digest": "z", "size": 1}}
    document = read([{**ITEM, "LayerSources": sources}])
    assert told(document.faults) == [
        ("json-wrong-type", "/0/LayerSources/a~1b"),
        ("digest-malformed", "/0/LayerSources/c/digest"),
    ]
    assert list(document.items[0].layer_sources) == ["c"]


def test_layer_sources_of_another_type_are_told() -> None:
    document = read([{**ITEM, "LayerSources": []}])
    assert told(document.faults) == [("json-wrong-type", "/0/LayerSources")]


def test_repositories_are_read_in_their_order() -> None:
    document = repositories({"b/c": {"latest": "1" * 64, "v1": "2" * 64}, "a": {}, "A": {"x": "3"}})
    assert document.faults == ()
    assert document.entries == (
        RepositoryTag("b/c", "latest", "1" * 64, "/b~1c/latest"),
        RepositoryTag("b/c", "v1", "2" * 64, "/b~1c/v1"),
        RepositoryTag("A", "x", "3", "/A/x"),
    )


def test_repositories_of_nothing_are_fine() -> None:
    document = repositories({})
    assert (document.raw, document.entries, document.faults) == (b"{}", (), ())


def test_what_is_wrong_in_repositories_is_told_with_its_place() -> None:
    document = repositories({"a": "x", "b": {"t": 1}, "c\x07": {"t": "i"}})
    assert told(document.faults) == [
        ("json-wrong-type", "/a"),
        ("json-wrong-type", "/b/t"),
        ("text-control-characters", "/c\x07"),
    ]
    assert [entry.layer_id for entry in document.entries] == ["i"]


def test_repositories_that_are_no_object_are_an_error() -> None:
    with pytest.raises(DocumentError):
        repositories([])


def test_the_json_of_a_v1_layer_is_read() -> None:
    layer = v1_layer(
        {
            "id": "1" * 64,
            "parent": "2" * 64,
            "created": "2015-01-01T00:00:00Z",
            "os": "linux",
            "architecture": "amd64",
            "author": "me",
            "comment": "c",
            "container_config": {"Cmd": ["/bin/sh", "-c", "x"]},
            "config": {"Labels": {"a": "b"}, "Env": ["A=b"]},
            "Size": 0,
        }
    )
    assert layer.faults == ()
    assert (layer.id, layer.parent) == ("1" * 64, "2" * 64)
    assert (layer.created, layer.os, layer.architecture) == (
        "2015-01-01T00:00:00Z",
        "linux",
        "amd64",
    )
    assert (layer.author, layer.comment) == ("me", "c")
    assert layer.command == ("/bin/sh", "-c", "x")
    assert layer.has_container_config
    assert layer.labels == {"a": "b"}


def test_a_v1_layer_may_say_next_to_nothing() -> None:
    layer = v1_layer({"id": "x", "parent": "", "config": None})
    assert layer.faults == ()
    assert (layer.id, layer.parent, layer.command) == ("x", None, ())
    assert not layer.has_container_config


def test_control_characters_of_a_v1_layer_are_told() -> None:
    layer = v1_layer(
        {
            "container_config": {"Cmd": ["a", "\x07"]},
            "config": {"Labels": {"a": "\x07"}, "Env": ["\x07"]},
        }
    )
    assert told(layer.faults) == [
        ("text-control-characters", "/config/Env/0"),
        ("text-control-characters", "/container_config/Cmd/1"),
        ("text-control-characters", "/config/Labels/a"),
    ]

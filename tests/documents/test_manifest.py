from __future__ import annotations

import pytest

from tests.documents.build import (
    CONFIG_TYPE,
    MANIFEST_TYPE,
    Json,
    descriptor,
    digest,
    manifest,
    notes,
    read_manifest,
    told,
    without,
)

ARTIFACT_TYPE = "application/vnd.oci.artifact.manifest.v1+json"
SCHEMA1_TYPE = "application/vnd.docker.distribution.manifest.v1+prettyjws"
SCHEMA1: dict[str, Json] = {
    "schemaVersion": 1,
    "name": "busybox",
    "tag": "latest",
    "architecture": "amd64",
    "fsLayers": [{"blobSum": digest()}],
    "history": [{"v1Compatibility": "{}"}],
    "signatures": [],
}


def test_a_manifest_is_read_base_first() -> None:
    document = read_manifest(
        manifest(
            artifactType="application/example",
            layers=[descriptor(digest=digest("base")), descriptor(digest=digest("top"))],
            subject=descriptor(),
            annotations={"key": "value"},
        )
    )
    assert document.faults == ()
    assert (document.media_type, document.schema_version) == (MANIFEST_TYPE, 2)
    assert document.artifact_type == "application/example"
    assert document.config is not None
    assert document.config.media_type == CONFIG_TYPE
    assert document.config.pointer == "/config"
    assert [layer.recorded_digest for layer in document.layers] == [digest("base"), digest("top")]
    assert document.subject is not None
    assert document.annotations == {"key": "value"}


def test_a_manifest_without_media_type_is_told() -> None:
    for value in (without(manifest(), "mediaType"), manifest(mediaType="")):
        document = read_manifest(value)
        assert told(document.faults) == [("media-type-absent", "/mediaType")]
        assert document.media_type is None


def test_a_missing_config_is_told() -> None:
    for value in (without(manifest(), "config"), manifest(config=None)):
        document = read_manifest(value)
        assert told(document.faults) == [("descriptor-invalid", "/config")]
        assert notes(document.faults) == []
        assert document.config is None


def test_a_missing_config_of_an_artifact_is_only_noted() -> None:
    document = read_manifest({**without(manifest(), "config"), "artifactType": "a/b"})
    assert notes(document.faults) == ["descriptor-invalid"]


def test_null_or_absent_layers_are_noted_and_empty() -> None:
    for value in (manifest(layers=None), without(manifest(), "layers")):
        document = read_manifest(value)
        assert told(document.faults) == [("json-null-array", "/layers")]
        assert document.layers == ()


def test_a_manifest_of_no_layers_is_fine() -> None:
    assert read_manifest(manifest(layers=[])).faults == ()


@pytest.mark.parametrize("key", ["manifests", "fsLayers", "blobs", "Manifests"])
def test_a_manifest_with_keys_of_another_kind_is_ambiguous(key: str) -> None:
    values: tuple[Json, ...] = ([], None, "x")
    for value in values:
        document = read_manifest(manifest(**{key: value}))
        assert ("manifest-ambiguous", "") in told(document.faults)


def test_another_schema_version_is_told() -> None:
    document = read_manifest(manifest(schemaVersion=1))
    assert told(document.faults) == [("manifest-schema-version", "/schemaVersion")]


def test_the_withdrawn_artifact_manifest_has_blobs_for_layers() -> None:
    value: dict[str, Json] = {
        "mediaType": ARTIFACT_TYPE,
        "artifactType": "a/b",
        "blobs": [descriptor()],
    }
    document = read_manifest({**value, "subject": descriptor()})
    assert told(document.faults) == [("oci-artifact-manifest", "")]
    assert [layer.pointer for layer in document.layers] == ["/blobs/0"]
    assert document.config is None
    assert document.subject is not None


def test_the_descriptor_says_what_a_document_without_media_type_is() -> None:
    document = read_manifest({"blobs": [descriptor()]}, media_type=ARTIFACT_TYPE)
    assert [rule for rule, _ in told(document.faults)] == [
        "media-type-absent",
        "oci-artifact-manifest",
    ]
    assert len(document.layers) == 1


def test_schema_1_is_known_by_its_media_type() -> None:
    document = read_manifest(SCHEMA1, media_type=SCHEMA1_TYPE)
    assert ("manifest-schema1", "") in told(document.faults)
    assert "manifest-schema-version" not in {fault.rule for fault in document.faults}
    assert document.config is None
    assert [layer.pointer for layer in document.layers] == ["/fsLayers/0"]


def test_schema_1_under_the_type_of_schema_2_is_of_the_wrong_version() -> None:
    document = read_manifest(SCHEMA1, media_type=MANIFEST_TYPE)
    assert ("manifest-schema-version", "/schemaVersion") in told(document.faults)


def test_unknown_keys_are_fine() -> None:
    assert read_manifest(manifest(unknown={"a": [1, 2.5, None]})).faults == ()

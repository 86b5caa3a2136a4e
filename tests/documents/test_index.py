from __future__ import annotations

import pytest

from tests.documents.build import (
    INDEX_TYPE,
    descriptor,
    digest,
    index,
    notes,
    read_index,
    told,
    without,
)


def test_an_index_is_read_in_its_order() -> None:
    document = read_index(
        index(
            artifactType="application/example",
            manifests=[descriptor(digest=digest("b")), descriptor(digest=digest("a"))],
            subject=descriptor(digest=digest("c")),
            annotations={"key": "value"},
        )
    )
    assert document.faults == ()
    assert document.media_type == INDEX_TYPE
    assert document.schema_version == 2
    assert document.artifact_type == "application/example"
    assert [entry.recorded_digest for entry in document.manifests] == [digest("b"), digest("a")]
    assert document.subject is not None
    assert document.subject.pointer == "/subject"
    assert document.annotations == {"key": "value"}


def test_an_index_of_nothing_is_an_index() -> None:
    document = read_index(index(manifests=[]))
    assert (document.manifests, document.faults) == ((), ())


def test_a_null_or_absent_array_is_noted_and_empty() -> None:
    for value in (index(manifests=None), without(index(), "manifests")):
        document = read_index(value)
        assert told(document.faults) == [("json-null-array", "/manifests")]
        assert document.manifests == ()


def test_an_index_without_media_type_is_told() -> None:
    document = read_index(without(index(), "mediaType"))
    assert told(document.faults) == [("media-type-absent", "/mediaType")]
    assert document.media_type is None


@pytest.mark.parametrize("version", [0, 1, 3, -2])
def test_another_schema_version_is_told(version: int) -> None:
    document = read_index(index(schemaVersion=version))
    assert told(document.faults) == [("manifest-schema-version", "/schemaVersion")]
    assert document.faults[0].recorded == str(version)
    assert notes(document.faults) == []


def test_an_absent_schema_version_is_only_noted() -> None:
    document = read_index(without(index(), "schemaVersion"))
    assert notes(document.faults) == ["manifest-schema-version"]


@pytest.mark.parametrize("key", ["layers", "config", "fsLayers", "blobs", "Layers"])
def test_an_index_with_keys_of_another_kind_is_ambiguous(key: str) -> None:
    document = read_index(index(**{key: []}))
    assert ("manifest-ambiguous", "") in told(document.faults)

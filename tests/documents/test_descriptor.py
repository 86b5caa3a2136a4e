from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from layertar.digest import Digest
from layertar.documents import Descriptor
from layertar.platform import Platform
from tests.documents.build import (
    LAYER_TYPE,
    descriptor,
    digest,
    index,
    manifest,
    read_index,
    read_manifest,
    told,
    without,
)

if TYPE_CHECKING:
    from layertar.fault import Fault
    from tests.documents.build import Json


def read(entry: Json) -> tuple[Descriptor, tuple[Fault, ...]]:
    document = read_index(index(manifests=[entry]))
    return document.manifests[0], document.faults


def test_every_property_is_read() -> None:
    found, faults = read(
        descriptor(
            urls=["https://example.com/blob"],
            annotations={"key": "value"},
            data=base64.b64encode(b"hello").decode(),
            platform={
                "os": "windows",
                "architecture": "arm64",
                "variant": "v8",
                "os.version": "10.0",
                "os.features": ["win32k"],
                "features": [],
            },
            artifactType="application/example",
        )
    )
    assert faults == ()
    assert found == Descriptor(
        media_type=LAYER_TYPE,
        digest=Digest.of(b""),
        recorded_digest=digest(),
        size=5,
        urls=("https://example.com/blob",),
        annotations={"key": "value"},
        data=b"hello",
        platform=Platform("windows", "arm64", "v8", "10.0", ("win32k",)),
        artifact_type="application/example",
        pointer="/manifests/0",
    )


def test_what_is_optional_may_be_null() -> None:
    optional = ("urls", "annotations", "data", "platform", "artifactType")
    found, faults = read(descriptor(**dict.fromkeys(optional)))
    assert faults == ()
    assert found[4:9] == ((), {}, None, None, None)


@pytest.mark.parametrize("key", ["mediaType", "digest", "size"])
def test_a_required_key_that_is_missing_or_null_is_told(key: str) -> None:
    for entry in (without(descriptor(), key), descriptor(**{key: None})):
        _, faults = read(entry)
        assert told(faults) == [("descriptor-invalid", f"/manifests/0/{key}")]


@pytest.mark.parametrize("key", ["mediaType", "digest"])
def test_a_required_key_that_is_empty_is_told(key: str) -> None:
    _, faults = read(descriptor(**{key: ""}))
    assert told(faults) == [("descriptor-invalid", f"/manifests/0/{key}")]


def test_a_size_of_nothing_is_fine() -> None:
    found, faults = read(descriptor(size=0))
    assert (found.size, faults) == (0, ())


def test_a_negative_size_is_told_and_is_no_size() -> None:
    found, faults = read(descriptor(size=-1))
    assert told(faults) == [("descriptor-size-negative", "/manifests/0/size")]
    assert faults[0].recorded == "-1"
    assert found.size is None


@pytest.mark.parametrize(
    "text",
    [
        "sha256:" + "a" * 63,
        "sha256:" + "A" * 64,
        digest() + "\n",
        "sha512:" + "a" * 64,
        "../../etc/passwd",
        "nocolon",
        "sha256:../" + "a" * 61,
    ],
)
def test_a_malformed_digest_is_told_and_kept_as_recorded(text: str) -> None:
    found, faults = read(descriptor(digest=text))
    assert told(faults) == [("digest-malformed", "/manifests/0/digest")]
    assert faults[0].recorded == text
    assert found.digest is None
    assert found.recorded_digest == text


@pytest.mark.parametrize("text", ["sha512:" + "0" * 128, "sha256+b64u:LCa0a2j_xo"])
def test_a_digest_of_another_algorithm_is_fine(text: str) -> None:
    found, faults = read(descriptor(digest=text))
    assert faults == ()
    assert str(found.digest) == text


@pytest.mark.parametrize("data", ["e30", "e30=e30=", "%%%%", "é", "e3 0="])
def test_data_that_is_not_base64_is_told(data: str) -> None:
    found, faults = read(descriptor(data=data))
    assert told(faults) == [("descriptor-data-mismatch", "/manifests/0/data")]
    assert found.data is None


@pytest.mark.parametrize(("data", "content"), [("e30=", b"{}"), ("", b""), ("e3\r\n0=", b"{}")])
def test_data_is_decoded(data: str, content: bytes) -> None:
    found, faults = read(descriptor(data=data))
    assert faults == ()
    assert found.data == content


@pytest.mark.parametrize("key", ["io.containerd.manifest.subject", "vnd.docker.reference.digest"])
def test_a_malformed_digest_in_an_annotation_is_told(key: str) -> None:
    for text in ("nocolon", "", "sha256:" + "A" * 64):
        _, faults = read(descriptor(annotations={key: text}))
        assert told(faults) == [("annotation-digest-malformed", f"/manifests/0/annotations/{key}")]
    _, faults = read(descriptor(annotations={key: digest()}))
    assert faults == ()


def test_control_characters_in_annotations_are_told_once_by_kind() -> None:
    bell = descriptor(annotations={"a": "\x07"})
    name = descriptor(annotations={"org.opencontainers.image.ref.name": "la\u200btest"})
    document = read_index(index(manifests=[descriptor(), bell, bell, name, name]))
    assert told(document.faults) == [
        ("text-control-characters", "/manifests/1/annotations/a"),
        ("text-control-characters", "/manifests/3/annotations/org.opencontainers.image.ref.name"),
    ]


def test_an_annotation_of_no_string_is_left_out_and_null_is_empty() -> None:
    found, faults = read(descriptor(annotations={"a": 1, "b": None, "c": "d"}))
    assert told(faults) == [("json-wrong-type", "/manifests/0/annotations/a")]
    assert found.annotations == {"b": "", "c": "d"}


def test_all_faults_of_one_descriptor_are_told_and_the_rest_is_read() -> None:
    found, faults = read({"mediaType": 1, "digest": "x", "size": -5, "artifactType": "a/b"})
    assert sorted(rule for rule, _ in told(faults)) == [
        "descriptor-size-negative",
        "digest-malformed",
        "json-wrong-type",
    ]
    assert found.artifact_type == "a/b"


def test_an_empty_object_lacks_everything() -> None:
    found, faults = read({})
    assert told(faults) == [
        ("descriptor-invalid", f"/manifests/0/{key}") for key in ("mediaType", "digest", "size")
    ]
    assert found[:4] == ("", None, "", None)


def test_an_entry_that_is_no_object_keeps_the_positions_of_the_others() -> None:
    document = read_manifest(manifest(layers=["x", descriptor()]))
    assert [layer.pointer for layer in document.layers] == ["/layers/0", "/layers/1"]
    assert document.layers[0].digest is None
    assert document.layers[1].digest is not None


def test_a_hundred_thousand_layers_share_their_media_type() -> None:
    layers: list[Json] = [descriptor(size=size) for size in range(100_000)]
    document = read_manifest(manifest(layers=layers))
    assert document.faults == ()
    assert [layer.size for layer in document.layers] == list(range(100_000))
    assert len({id(layer.media_type) for layer in document.layers}) == 1

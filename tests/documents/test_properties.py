"""What holds for any bytes, any JSON, and any well-formed document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.documents import (
    parse_config,
    parse_index,
    parse_manifest,
    parse_manifest_json,
    parse_oci_layout,
    parse_repositories,
    parse_v1_layer,
)
from layertar.errors import DocumentError
from layertar.limits import DEFAULT_LIMITS
from tests.documents.build import MEMBER, descriptor, digest, read_config, read_index, read_manifest

if TYPE_CHECKING:
    from layertar.documents import Descriptor
    from layertar.fault import Fault
    from layertar.limits import Limits
    from tests.documents.build import Json


class Parsed(Protocol):
    @property
    def raw(self) -> bytes: ...
    @property
    def faults(self) -> tuple[Fault, ...]: ...


class Parser(Protocol):
    __name__: str

    def __call__(self, raw: bytes, *, member: str, limits: Limits) -> Parsed: ...


PARSERS: tuple[Parser, ...] = (
    parse_config,
    parse_index,
    parse_manifest,
    parse_manifest_json,
    parse_oci_layout,
    parse_repositories,
    parse_v1_layer,
)

# Every key that a reader asks for, in several cases, so that arbitrary values meet the readers.
KEYS = st.sampled_from(
    [
        "schemaVersion", "mediaType", "artifactType", "config", "Config", "layers", "Layers",
        "manifests", "blobs", "fsLayers", "subject", "annotations", "digest", "size", "urls",
        "data", "platform", "os", "OS", "architecture", "variant", "os.version", "os.features",
        "rootfs", "RootFS", "diff_ids", "history", "created", "created_by", "comment",
        "empty_layer", "Labels", "Env", "User", "RepoTags", "Parent", "LayerSources", "id",
        "parent", "container_config", "Cmd", "imageLayoutVersion", "vnd.docker.reference.digest",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([digest(), "application/vnd.oci.artifact.manifest.v1+json", "1.0.0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=30,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES) | st.lists(st.dictionaries(KEYS, VALUES)) | VALUES


def check(parse: Parser, raw: bytes) -> None:
    """Read `raw`; no other error may leave, and every fault says where it was met."""
    try:
        document = parse(raw, member=MEMBER, limits=DEFAULT_LIMITS)
    except DocumentError:
        return
    assert document.raw == raw
    for fault in document.faults:
        assert fault.member == MEMBER
        assert fault.pointer == "" or (fault.pointer or "").startswith("/")
        assert not any("\ud800" <= character <= "\udfff" for character in str(fault))


@pytest.mark.parametrize("parse", PARSERS)
@given(raw=st.binary())
def test_arbitrary_bytes_raise_nothing_foreign(parse: Parser, raw: bytes) -> None:
    check(parse, raw)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text(alphabet='{}[]",:\\ud80e+-.019NaInfty \n\x00é'))
def test_nearly_json_raises_nothing_foreign(parse: Parser, text: str) -> None:
    check(parse, text.encode())


@pytest.mark.parametrize("parse", PARSERS)
@given(value=DOCUMENTS)
def test_arbitrary_json_raises_nothing_foreign(parse: Parser, value: object) -> None:
    check(parse, json.dumps(value).encode())


@pytest.mark.parametrize("parse", PARSERS)
@given(value=st.dictionaries(KEYS, VALUES, min_size=1), data=st.data())
def test_a_damaged_document_raises_nothing_foreign(
    parse: Parser, value: object, data: st.DataObject
) -> None:
    raw = bytearray(json.dumps(value).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    check(parse, bytes(raw))


TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1)
MAPS = st.dictionaries(TEXTS, TEXTS, max_size=3)
DESCRIPTORS = st.builds(
    descriptor,
    mediaType=TEXTS,
    digest=st.builds(digest, TEXTS),
    size=st.integers(0, 2**53),
    urls=st.lists(TEXTS, max_size=2),
    annotations=MAPS,
    artifactType=TEXTS,
    platform=st.fixed_dictionaries(
        {"os": TEXTS, "architecture": TEXTS}, optional={"variant": TEXTS}
    ),
)


def agrees(found: Descriptor, value: Json) -> bool:
    """Whether a descriptor is what `value` says."""
    assert isinstance(value, dict)
    platform = value["platform"]
    assert isinstance(platform, dict)
    assert found.platform is not None
    return (
        found.media_type == value["mediaType"]
        and str(found.digest) == found.recorded_digest == value["digest"]
        and found.size == value["size"]
        and list(found.urls) == value["urls"]
        and found.annotations == value["annotations"]
        and found.artifact_type == value["artifactType"]
        and found.platform.os == platform["os"]
        and found.platform.architecture == platform["architecture"]
        and found.platform.variant == platform.get("variant")
    )


@given(st.lists(DESCRIPTORS, max_size=3), DESCRIPTORS, MAPS)
def test_a_well_formed_manifest_or_index_says_what_was_written(
    entries: list[Json], other: Json, annotations: dict[str, Json]
) -> None:
    common: dict[str, Json] = {"schemaVersion": 2, "mediaType": "x/y", "annotations": annotations}
    value = {**common, "config": other, "layers": entries}
    manifest = read_manifest(json.dumps(value, ensure_ascii=False).encode())
    index = read_index(json.dumps({**common, "subject": other, "manifests": entries}).encode())
    assert manifest.faults == index.faults == ()
    assert manifest.annotations == index.annotations == annotations
    assert manifest.config is not None
    assert index.subject is not None
    assert agrees(manifest.config, other)
    assert agrees(index.subject, other)
    assert all(map(agrees, manifest.layers, entries))
    assert all(map(agrees, index.manifests, entries))
    assert len(manifest.layers) == len(index.manifests) == len(entries)


@given(MAPS, st.lists(st.builds(digest, TEXTS), max_size=3), st.lists(TEXTS, max_size=3), TEXTS)
def test_a_well_formed_config_says_what_was_written(
    labels: dict[str, Json], diff_ids: list[Json], steps: list[str], os: str
) -> None:
    config = read_config(
        {
            "architecture": "amd64",
            "os": os,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": step} for step in steps],
            "config": {"Labels": labels},
        }
    )
    assert config.faults == ()
    assert config.labels == labels
    assert [str(diff_id) for diff_id in config.diff_ids or ()] == diff_ids
    assert [entry.created_by for entry in config.history] == steps
    assert config.platform.os == os

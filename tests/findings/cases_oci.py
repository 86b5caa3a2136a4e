"""Rules about the documents of an OCI layout: index, manifests, descriptors, annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import Limits, Severity
from layertar.findings import Effect
from tests.archive.other_builders import build_schema1
from tests.builders import Built, build_hybrid, descriptor, dumps, ref_names
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    MARKER,
    NAMED,
    TOOL,
    config_of,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import CONFIG_TYPE, INDEX_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_LAYER = layer_of(HELLO)
_FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"


def _manifest(**more: object) -> Built:
    """A layout of one image whose manifest has these keys in addition."""
    manifest = manifest_of(_CONFIG, _LAYER, **more)
    return layout(index_of(entry_of(manifest)), manifest, _CONFIG, HELLO)


def _entry(**more: object) -> Built:
    """A layout of one image whose descriptor in `index.json` has these keys in addition."""
    manifest = manifest_of(_CONFIG, _LAYER)
    return layout(index_of(entry_of(manifest, **more)), manifest, _CONFIG, HELLO)


def _layer(**more: object) -> Built:
    """A layout of one image whose layer's descriptor has these keys in addition."""
    manifest = manifest_of(_CONFIG, {**_LAYER, **more})
    return layout(index_of(entry_of(manifest)), manifest, _CONFIG, HELLO)


def _without(document: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != key}


def _entries(*entries: Mapping[str, object]) -> Built:
    """A layout that lists one image by these descriptors."""
    return layout(index_of(*entries), manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO)


_ENTRY = entry_of(manifest_of(_CONFIG, _LAYER))
_OTHER_CONFIG = config_of(TOOL)
_OTHER = manifest_of(_OTHER_CONFIG, layer_of(TOOL))


def _two(first: Mapping[str, object], second: Mapping[str, object], **more: object) -> Built:
    """A layout of two images, with these keys in their descriptors."""
    other_config = config_of(TOOL, **more)
    other = manifest_of(other_config, layer_of(TOOL))
    index = index_of({**_ENTRY, **first}, entry_of(other, **second))
    blobs = (manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO, other, other_config, TOOL)
    return layout(index, *blobs)


def _nested(depth: int) -> Built:
    """A layout of one image below so many indexes, `index.json` not counted."""
    entry, blobs = _ENTRY, [manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO]
    for _ in range(depth):
        blobs.append(index_of(entry))
        entry = entry_of(blobs[-1], mediaType=INDEX_TYPE)
    return layout(index_of(entry), *blobs)


def _artifact(media_type: str, document: dict[str, object]) -> Built:
    raw = dumps(document)
    return layout(index_of(entry_of(raw, mediaType=media_type)), raw, b"file")


def _schema1() -> Built:
    """A layout of an image of Docker's schema 1."""
    raw = build_schema1(HELLO)
    return layout(index_of(entry_of(raw, mediaType=_SCHEMA1)), raw, HELLO)


def _index_beside(first: Mapping[str, object], second: Mapping[str, object]) -> Built:
    """A layout of an index of one image, and of another image beside it."""
    inner = index_of(_ENTRY)
    index = index_of(entry_of(inner, mediaType=INDEX_TYPE, **first), entry_of(_OTHER, **second))
    blobs = (inner, manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO, _OTHER, _OTHER_CONFIG, TOOL)
    return layout(index, *blobs)


_BARE_MANIFEST = dumps(
    {
        "schemaVersion": 2,
        "config": descriptor(CONFIG_TYPE, _CONFIG),
        "layers": [_LAYER],
    }
)
_FILE = descriptor("text/plain", b"file")
_DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


def _index_twice(second: Mapping[str, object]) -> Built:
    """A layout of one index of one image, named once more with these keys."""
    inner = index_of(_ENTRY)
    entry = entry_of(inner, mediaType=INDEX_TYPE)
    return layout(
        index_of(entry, {**entry, **second}), inner, manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO
    )


_CHART_CONFIG = b'{"name":"chart"}'


def _chart(note: str) -> bytes:
    """A manifest that is no image's."""
    media_type = "application/vnd.cncf.helm.config.v1+json"
    config = descriptor(media_type, _CHART_CONFIG)
    return manifest_of(_CHART_CONFIG, _FILE, config=config, annotations={"note": note})


def _artifacts(first: Mapping[str, object], second: Mapping[str, object]) -> Built:
    """A layout of two artifacts, with these keys in their descriptors."""
    one, other = _chart("1"), _chart("2")
    entries = entry_of(one, **first), entry_of(other, **second)
    return layout(index_of(*entries), one, other, _CHART_CONFIG, b"file")


def _artifact_beside(**more: object) -> Built:
    """A layout of an image with a name, and of an artifact with these keys in its descriptor."""
    index = index_of({**_ENTRY, "annotations": NAMED}, entry_of(_chart("1"), **more))
    blobs = (manifest_of(_CONFIG, _LAYER), _CONFIG, HELLO, _chart("1"), _CHART_CONFIG, b"file")
    return layout(index, *blobs)


_OF_IMAGE = str(_ENTRY["digest"])
_PULLED = {"io.containerd.image.name": "docker.io/library/app:2"}

CASES = (
    Case(
        rule="oci-layout-missing",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().remove("oci-layout"),
        near=oci(),
    ),
    Case(
        rule="oci-layout-version",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().replace("oci-layout", b'{"imageLayoutVersion":"1.1.0"}'),
        near=oci().replace("oci-layout", b'{\n "imageLayoutVersion": "1.0.0", "x": 1\n}\n'),
    ),
    Case(
        rule="oci-layout-version",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().replace("oci-layout", b""),
        near=oci().replace("oci-layout", MARKER),
    ),
    Case(
        rule="oci-index-missing",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().remove("index.json"),
        near=oci().reorder(lambda member: member[0] != "index.json"),
    ),
    Case(
        rule="oci-index-empty",
        severity=_W,
        effect=Effect.NONE,
        fires=build_hybrid([APP]).replace("index.json", index_of()),
        near=build_hybrid([APP]),
    ),
    Case(
        rule="oci-artifact-manifest",
        severity=_N,
        effect=Effect.NONE,
        fires=_artifact(_ARTIFACT, {"mediaType": _ARTIFACT, "blobs": [_FILE]}),
        near=_artifact(
            MANIFEST_TYPE,
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "artifactType": "text/plain",
                "config": descriptor("application/vnd.oci.empty.v1+json", b"{}", data="e30="),
                "layers": [_FILE],
            },
        ),
    ),
    Case(
        rule="descriptor-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries(_without(_ENTRY, "size")),
        near=_entries(_ENTRY),
    ),
    Case(
        rule="descriptor-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries(_ENTRY, _without(_ENTRY, "digest")),
        near=_entries(_ENTRY, {**_ENTRY, "annotations": {}}),
    ),
    Case(
        rule="descriptor-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries(_ENTRY, _without(_ENTRY, "mediaType")),
        near=_entries(_ENTRY, {**_ENTRY, "platform": None}),
    ),
    Case(  # From after 1.1.1 on an artifact needs no config.
        rule="descriptor-invalid",
        severity=_N,
        effect=Effect.NONE,
        fires=_artifact(
            MANIFEST_TYPE,
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "artifactType": "text/plain",
                "layers": [_FILE],
            },
        ),
        near=_entries(_ENTRY),
    ),
    Case(
        rule="descriptor-size-negative",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entry(size=-1),
        near=_layer(size=len(HELLO)),
    ),
    Case(
        rule="descriptor-has-urls",
        severity=_W,
        effect=Effect.NONE,
        fires=_layer(urls=["https://example.com/layer"]),
        near=_layer(urls=[]),
    ),
    Case(
        rule="descriptor-has-urls",
        severity=_W,
        effect=Effect.NONE,
        fires=_layer(mediaType=_FOREIGN, urls=["file:///etc/passwd"]),
        near=_layer(mediaType=_FOREIGN, urls=["https://example.com/layer"]),
    ),
    *(
        Case(
            rule="digest-malformed",
            severity=_E,
            effect=Effect.FAILED,
            fires=_entries(_ENTRY, {**_ENTRY, "digest": digest}),
            near=_entries(_ENTRY, _ENTRY),
        )
        for digest in (
            "sha256:" + "A" * 64,
            "sha256:" + "a" * 63,
            "sha256:../../etc/passwd",
            "a" * 64,
            str(_ENTRY["digest"]) + "\n",
        )
    ),
    Case(
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_manifest(mediaType=_DOCKER_MANIFEST),
        near=_manifest(mediaType=MANIFEST_TYPE),
    ),
    Case(
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().replace("index.json", index_of(mediaType=MANIFEST_TYPE)),
        near=_entries(_ENTRY),
    ),
    Case(  # A type that nobody knows would make of the image an opaque blob.
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entry(mediaType=f"{MANIFEST_TYPE}x"),
        near=_entry(mediaType=MANIFEST_TYPE),
    ),
    Case(  # A JSON blob of an unknown type is what its descriptor says.
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_artifact("application/vnd.example+json", {"mediaType": INDEX_TYPE}),
        near=_artifact("application/vnd.example+json", {"mediaType": "text/plain"}),
    ),
    Case(  # one digest, named once as each.
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries(_ENTRY, {**_ENTRY, "mediaType": INDEX_TYPE}),
        near=_entries(_ENTRY, {**_ENTRY, "annotations": NAMED}),
    ),
    Case(
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries({**_ENTRY, "mediaType": INDEX_TYPE}, _ENTRY),
        near=_entries({**_ENTRY, "annotations": NAMED}, _ENTRY),
    ),
    Case(  # One index, named twice, once as what it is not.
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index_twice({"mediaType": _DOCKER_LIST}),
        near=_index_twice({"annotations": _PULLED}),
    ),
    Case(  # It does not say what it is, but an index has no config.
        rule="media-type-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=layout(
            index_of(_ENTRY, entry_of(_BARE_MANIFEST, mediaType=INDEX_TYPE)),
            _BARE_MANIFEST,
            manifest_of(_CONFIG, _LAYER),
            _CONFIG,
            HELLO,
        ),
        near=layout(index_of(entry_of(_BARE_MANIFEST)), _BARE_MANIFEST, _CONFIG, HELLO),
    ),
    Case(
        rule="media-type-absent",
        severity=_N,
        effect=Effect.NONE,
        fires=layout(index_of(entry_of(_BARE_MANIFEST)), _BARE_MANIFEST, _CONFIG, HELLO),
        near=_entries(_ENTRY),
    ),
    Case(
        rule="manifest-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_manifest(manifests=[_ENTRY]),
        near=_manifest(annotations={"manifests": "[]"}),
    ),
    Case(
        rule="manifest-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_entries(_ENTRY).replace("index.json", index_of(_ENTRY, layers=[_LAYER])),
        near=_entries(_ENTRY).replace("index.json", index_of(_ENTRY, annotations={"layers": ""})),
    ),
    Case(
        rule="manifest-schema1",
        severity=_W,
        effect=Effect.NONE,
        fires=_schema1(),
        near=_entries(_ENTRY),
    ),
    Case(
        rule="manifest-schema-version",
        severity=_E,
        effect=Effect.FAILED,
        fires=_manifest(schemaVersion=1),
        near=_manifest(schemaVersion=2),
    ),
    Case(
        rule="manifest-schema-version",
        severity=_N,
        effect=Effect.NONE,
        fires=_manifest(schemaVersion=None),
        near=_manifest(),
    ),
    Case(  # What lies deeper was not judged, which the other rule says.
        rule="index-nested-deep",
        severity=_W,
        effect=Effect.NONE,
        fires=_nested(3),
        near=_nested(2),
        limits=Limits(index_depth=2),
        also=("limit-exceeded",),
    ),
    Case(
        rule="annotation-digest-malformed",
        severity=_W,
        effect=Effect.NONE,
        fires=_entry(annotations={"io.containerd.manifest.subject": "sha256"}),
        near=_entry(annotations={"io.containerd.manifest.subject": _ENTRY["digest"]}),
    ),
    Case(
        rule="config-in-descriptor-platform",
        severity=_N,
        effect=Effect.NONE,
        fires=_manifest(
            config=descriptor(
                CONFIG_TYPE, _CONFIG, platform={"os": "linux", "architecture": "amd64"}
            )
        ),
        near=_entry(platform={"os": "linux", "architecture": "amd64"}),
    ),
    Case(
        rule="text-control-characters",
        severity=_W,
        effect=Effect.NONE,
        fires=_manifest(annotations={"note": "\x1b]0;owned\x07"}),
        near=_manifest(annotations={"note": "tab\tline\nreturn\r"}),
    ),
    Case(  # A right-to-left override in a name.
        rule="text-control-characters",
        severity=_W,
        effect=Effect.NONE,
        fires=_entry(annotations={"io.containerd.image.name": "docker.io/a/b:\u202e1"}),
        near=_entry(annotations={"io.containerd.image.name": "docker.io/a/b:1"}),
    ),
    Case(
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_two({"annotations": NAMED}, {"annotations": NAMED}),
        near=_two({"annotations": NAMED}, {"annotations": _PULLED}),
    ),
    Case(  # The same reference in two spellings.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_two({"annotations": ref_names("app:1")}, {"annotations": NAMED}),
        near=_two({"annotations": NAMED}, {"annotations": NAMED}, architecture="arm64"),
    ),
    Case(  # One name for an index, and for a manifest.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index_beside({"annotations": NAMED}, {"annotations": NAMED}),
        near=_index_beside({"annotations": NAMED}, {"annotations": _PULLED}),
    ),
    Case(  # Two artifacts.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_artifacts({"annotations": NAMED}, {"annotations": NAMED}),
        near=_artifacts({"annotations": NAMED}, {"annotations": _PULLED}),
    ),
    Case(  # What is attached to something, or is of another kind, is told apart by that.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_artifacts({"annotations": NAMED}, {"annotations": NAMED}),
        near=_artifacts({"annotations": NAMED}, {"annotations": {**NAMED, "kind": "chart"}}),
    ),
    Case(  # An artifact, and an image.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_artifact_beside(annotations=NAMED),
        near=_artifact_beside(annotations={**NAMED, "kind": "dev.cosignproject.cosign/sigs"}),
    ),
    Case(  # Of images, loaders choose by the name alone.
        rule="index-duplicate-name",
        severity=_E,
        effect=Effect.FAILED,
        fires=_two({"annotations": {**NAMED, "kind": "a"}}, {"annotations": NAMED}),
        near=_artifact_beside(annotations={**NAMED, "io.containerd.manifest.subject": _OF_IMAGE}),
    ),
    Case(
        rule="name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=_artifacts({"annotations": ref_names("ch\u0430rt:1")}, {}),
        near=_artifacts({"annotations": ref_names("chart:1")}, {}),
    ),
    Case(
        rule="name-incomplete",
        severity=_N,
        effect=Effect.NONE,
        fires=_entry(annotations=ref_names("1.0")),
        near=_entry(annotations=ref_names("app:1.0")),
    ),
    Case(
        rule="json-null-array",
        severity=_N,
        effect=Effect.NONE,
        fires=layout(
            index_of(entry_of(manifest_of(config_of(), layers=None))),
            manifest_of(config_of(), layers=None),
            config_of(),
        ),
        near=layout(
            index_of(entry_of(manifest_of(config_of()))), manifest_of(config_of()), config_of()
        ),
    ),
)

"""Rules about the rarer shapes."""

from __future__ import annotations

from layertar import Severity
from layertar.findings import Effect
from tests.archive.other_builders import (
    below,
    build_refs,
    build_rules_docker,
    build_sparse,
    hex_of,
)
from tests.builders import Built, ImageRecipe, build_docker, build_docker_v1, dumps
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    config_of,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import INDEX_TYPE

_CACHE = b'{"layers":[],"records":[]}'
_V1 = build_docker_v1([APP])
_V1_JSON = next(name for name in _V1.names if name.endswith("/json"))
_OTHER_ID = dumps({"id": "0" * 64, "os": "linux", "architecture": "amd64"})


def _cache(media_type: str) -> Built:
    """A layout whose one index lists a layer, and a record of this type."""
    record = layer_of(_CACHE, mediaType=media_type)
    inner = index_of(layer_of(LAYER.blob), record)
    return layout(index_of(entry_of(inner, mediaType=INDEX_TYPE)), inner, LAYER.blob, _CACHE)


def _checkpoint(media_type: str) -> Built:
    """A layout whose one index lists what containerd keeps of a container."""
    inner = index_of(layer_of(LAYER.blob, mediaType=media_type), layer_of(_CACHE, mediaType="a/b"))
    return layout(index_of(entry_of(inner, mediaType=INDEX_TYPE)), inner, LAYER.blob, _CACHE)


def _annotated(key: str) -> Built:
    """A layout of one image whose manifest has this annotation."""
    config = config_of(HELLO)
    manifest = manifest_of(config, layer_of(HELLO), annotations={key: "a"})
    return layout(index_of(entry_of(manifest)), manifest, config, HELLO)


_TWO = ImageRecipe(layers=(LAYER, LAYER))
_DESCRIBED = f"blobs/sha256/{hex_of(LAYER.blob)}.descriptor.json"

CASES = (
    Case(
        rule="layer-record-missing",
        severity=Severity.WARNING,
        effect=Effect.NONE,
        fires=build_sparse(APP).remove(_DESCRIBED),
        near=build_sparse(APP),
    ),
    Case(
        rule="layer-record-missing",
        severity=Severity.WARNING,
        effect=Effect.NONE,
        fires=build_rules_docker(_TWO).remove("001.sha256"),
        near=build_rules_docker(_TWO, sidecars=False),
    ),
    *(
        Case(
            rule="image-is-checkpoint",
            severity=Severity.NOTE,
            effect=Effect.NONE,
            fires=fires,
            near=near,
        )
        for fires, near in (
            (_annotated("org.criu.checkpoint.container.name"), _annotated("org.criu.name")),
            (_annotated("io.podman.annotations.checkpoint.name"), oci()),
            (
                _checkpoint("application/vnd.containerd.container.criu.checkpoint.criu.tar"),
                _checkpoint("application/vnd.containerd.container.rw.tar"),
            ),
        )
    ),
    Case(
        rule="archive-nested-prefix",
        severity=Severity.WARNING,
        effect=Effect.NONE,
        fires=below(oci(), "mydir/"),
        near=oci().add("mydir/notes", b""),
    ),
    Case(  # A Zarf package is meant to be so.
        rule="archive-nested-prefix",
        severity=Severity.NOTE,
        effect=Effect.NONE,
        fires=below(oci(), "images/").add("zarf.yaml", b""),
        near=oci().add("zarf.yaml", b""),
    ),
    Case(
        rule="oci-legacy-refs",
        severity=Severity.WARNING,
        effect=Effect.NONE,
        fires=build_refs(APP),
        near=oci().add("refs/1", b"{}"),
    ),
    Case(
        rule="legacy-id-mismatch",
        severity=Severity.ERROR,
        effect=Effect.FAILED,
        fires=_V1.replace(_V1_JSON, _OTHER_ID),
        near=build_docker([APP], style="1.10"),
        also=("image-unverifiable",),
    ),
    Case(
        rule="index-is-build-cache",
        severity=Severity.NOTE,
        effect=Effect.NONE,
        fires=_cache("application/vnd.buildkit.cacheconfig.v0"),
        near=_cache("application/vnd.example.record.v1+json"),
    ),
)

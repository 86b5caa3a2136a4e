"""Rules about the rarer shapes."""

from __future__ import annotations

from layertar import Severity
from layertar.findings import Effect
from tests.archive.other_builders import below, build_refs
from tests.builders import Built, build_docker, build_docker_v1, dumps
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    LAYER,
    entry_of,
    index_of,
    layer_of,
    layout,
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


CASES = (
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

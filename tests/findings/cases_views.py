"""Rules about what two views, or nobody, say of an image, and about what the caller expects."""

from __future__ import annotations

from dataclasses import replace

from layertar import Severity
from layertar.findings import Effect
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_docker_v1,
    build_hybrid,
    dumps,
    oras_artifact,
    sha256,
)
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    TOOL,
    config_of,
    docker,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.oci_builders import build_oci

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_EVIL = ImageRecipe(layers=(LayerRecipe(tar=TOOL),), names=("docker.io/library/app:1",))
_UNNAMED = replace(APP, names=())


def _views(index: list[ImageRecipe], manifest: list[ImageRecipe]) -> Built:
    """A hybrid whose `index.json` lists the one, and whose `manifest.json` lists the other."""
    built = build_hybrid([*index, *manifest], store="containerd")
    return built.replace("index.json", build_oci(index)["index.json"]).replace(
        "manifest.json", build_hybrid(manifest, store="containerd")["manifest.json"]
    )


def _graphdriver_views(index: list[ImageRecipe], manifest: list[ImageRecipe]) -> Built:
    """The same as Docker 25 writes it."""
    built = build_hybrid([*index, *manifest])
    return built.replace("index.json", build_hybrid(index)["index.json"])


_SHUFFLED_CONFIG = config_of(HELLO, TOOL)
_NAMED = {"io.containerd.image.name": "docker.io/library/app:1"}


def _docker25(*layers: bytes) -> Built:
    """What Docker 25.0.0 saves: `manifest.json` in order, the OCI manifest in this one."""
    manifest = manifest_of(_SHUFFLED_CONFIG, *map(layer_of, layers))
    item = {
        "Config": blob_name(_SHUFFLED_CONFIG),
        "RepoTags": ["app:1"],
        "Layers": [blob_name(HELLO), blob_name(TOOL)],
    }
    built = layout(
        index_of(entry_of(manifest, annotations=_NAMED)), manifest, _SHUFFLED_CONFIG, HELLO, TOOL
    )
    return built.add("manifest.json", dumps([item]))


def _unknown(config: bytes) -> Built:
    """One image whose layer's digest is of an algorithm that nobody here can compute."""
    record = {**layer_of(HELLO), "digest": f"blake3:{'a' * 64}"}
    manifest = manifest_of(config, record)
    built = layout(index_of(entry_of(manifest)), manifest, config)
    return built.add(f"blobs/blake3/{'a' * 64}", HELLO)


_BLAKE_CONFIG = config_of(rootfs={"type": "layers", "diff_ids": [f"blake3:{'b' * 64}"]})
_LISTS_NOTHING = oci().replace("index.json", index_of())

CASES = (
    Case(
        rule="views-disagree",
        severity=_E,
        effect=Effect.FAILED,
        fires=_views([APP], [_EVIL]),
        near=_views([APP], [APP]),
    ),
    Case(
        rule="views-disagree",
        severity=_E,
        effect=Effect.FAILED,
        fires=_views([_EVIL], [APP]),
        near=_views([_EVIL], [_EVIL]),
    ),
    Case(
        rule="views-differ-coverage",
        severity=_W,
        effect=Effect.NONE,
        fires=_views([APP, replace(_EVIL, names=("docker.io/library/tool:1",))], [APP]),
        near=_views([APP, _UNNAMED], [APP]),
    ),
    Case(
        rule="views-differ-coverage",
        severity=_W,
        effect=Effect.NONE,
        fires=_views([APP], [APP, replace(_EVIL, names=("docker.io/library/tool:1",))]),
        near=_views([APP], [APP, replace(APP, names=("docker.io/library/tool:1",))]),
    ),
    Case(
        rule="views-docker25-bug",
        severity=_N,
        effect=Effect.NONE,
        fires=_graphdriver_views([APP], [replace(_EVIL, names=())]),
        near=_graphdriver_views([APP, replace(_EVIL, names=())], []),
    ),
    Case(  # The bug itself is told; that the OCI view's image is broken is an error besides.
        rule="views-docker25-bug",
        severity=_N,
        effect=Effect.NONE,
        fires=_docker25(TOOL, HELLO),
        near=_docker25(HELLO, TOOL),
        also=("layer-diffid-permuted",),
    ),
    Case(
        rule="image-unverifiable",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_unknown(_BLAKE_CONFIG),
        near=_unknown(config_of(HELLO)),
    ),
    Case(
        rule="image-unverifiable",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=build_docker_v1([APP]),
        near=build_docker([APP], style="1.10"),
    ),
    Case(
        rule="nothing-to-verify",
        severity=_E,
        effect=Effect.FAILED,
        fires=_LISTS_NOTHING,
        near=oci(),
    ),
    Case(
        rule="nothing-to-verify",
        severity=_E,
        effect=Effect.FAILED,
        fires=docker(),
        near=build_oci([], artifacts=[oras_artifact({"a": b"text"})]),
    ),
    *(
        Case(
            rule="expect-not-met",
            severity=_E,
            effect=Effect.FAILED,
            fires=oci(),
            near=oci(),
            expect=(expected,),
            near_expect=(sha256(APP.config), f"app@{sha256(APP.manifest)}"),
        )
        for expected in (sha256(b"another"), f"app@{sha256(APP.layers[0].blob)}")
    ),
)

"""Every shape in which images and artifacts travel, each as a small archive that is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.archive.other_builders import (
    below,
    build_directory,
    build_refs,
    build_registry,
    build_rules_docker,
    build_schema1,
    build_sparse,
    hex_of,
)
from tests.archive.test_carriers import bundle, component, of_image, of_index
from tests.builders import (
    ArtifactRecipe,
    BlobRecipe,
    Built,
    ImageRecipe,
    LayerRecipe,
    attestation,
    build_docker,
    build_hybrid,
    build_oci,
    descriptor,
    dumps,
    oras_artifact,
    sha256,
    signature,
)
from tests.built import Expected
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    TOOL,
    entry_of,
    image_of_layers,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import INDEX_TYPE, LAYER_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SHAPES"]

_TWO: Final = ImageRecipe(layers=(LayerRecipe(tar=TOOL), LAYER), names=("docker.io/library/two:2",))
_NOTHING: Final = Expected(())
_ARTIFACT_MANIFEST: Final = "application/vnd.oci.artifact.manifest.v1+json"
_ENTRY: Final[dict[str, object]] = {"repository": "app", "tag": "1", "digest": sha256(APP.manifest)}


def _apko() -> Built:
    """A docker archive, then the raw manifest and its index, without a layout around them."""
    built = build_docker([APP], style="ggcr")
    index = index_of(entry_of(APP.manifest, platform={"architecture": "amd64", "os": "linux"}))
    return built.add(sha256(APP.manifest), APP.manifest).add("index.json", index)


def _schema1() -> Built:
    blobs = (LAYER.blob, LayerRecipe(tar=TOOL).blob)
    members = [(hex_of(blob), blob) for blob in blobs]
    version = ("version", b"Directory Transport Version: 1.1\n")
    return Built((*members, ("manifest.json", build_schema1(*blobs)), version), _NOTHING)


def _other_layer(media_type: str, content: bytes) -> Built:
    """An image one of whose layers is no tar."""
    other = descriptor(media_type, content)
    plain = descriptor(LAYER_TYPE, HELLO)
    return image_of_layers((HELLO, plain), (content, other), tars=(HELLO, content))


def _artifact(config: BlobRecipe, *blobs: BlobRecipe, kind: str | None = None) -> Built:
    recipe = ArtifactRecipe(blobs=blobs, config=config, artifact_type=kind)
    return build_oci([APP], artifacts=[recipe])


def _attached(artifact: ArtifactRecipe) -> Built:
    return build_oci([APP], artifacts=[artifact])


def _withdrawn() -> Built:
    document: Mapping[str, object] = {
        "mediaType": _ARTIFACT_MANIFEST,
        "artifactType": "application/vnd.example",
        "blobs": [descriptor("text/plain", b"file")],
    }
    raw = dumps(document)
    return layout(index_of(entry_of(raw, mediaType=_ARTIFACT_MANIFEST)), raw, b"file")


def _cache() -> Built:
    record = b'{"layers":[],"records":[]}'
    entry = layer_of(record, mediaType="application/vnd.buildkit.cacheconfig.v0")
    inner = index_of(layer_of(LAYER.blob), entry)
    return layout(index_of(entry_of(inner, mediaType=INDEX_TYPE)), inner, LAYER.blob, record)


def _record() -> Built:
    record = b'{"Ref":"x"}'
    config = {**entry_of(record), "mediaType": "application/vnd.buildkit.historyrecord.v0"}
    manifest = manifest_of(record, config=config)
    return layout(index_of(entry_of(manifest)), manifest, record)


def _wasm() -> Built:
    module = b"\0asm\1\0\0\0"
    config = dumps({"architecture": "wasm", "os": "wasip1", "layerDigests": [sha256(module)]})
    manifest = manifest_of(
        config,
        descriptor("application/wasm", module),
        config=descriptor("application/vnd.wasm.config.v0+json", config),
    )
    return layout(index_of(entry_of(manifest)), manifest, config, module)


def _bundle() -> Built:
    """A bundle with what imgpkg records of the layers."""
    image = of_image(APP, "registry.example/app")
    image["Layers"] = [
        {
            "MediaType": layer["mediaType"],
            "Digest": layer["digest"],
            "DiffID": sha256(LAYER.tar),
            "Size": layer["size"],
        }
        for layer in json.loads(APP.manifest)["layers"]
    ]
    return bundle({"Image": image})


_HELM_CONFIG: Final = BlobRecipe("application/vnd.cncf.helm.config.v1+json", b'{"name":"c"}')
_HELM_CHART: Final = BlobRecipe("application/vnd.cncf.helm.chart.content.v1.tar+gzip", LAYER.blob)
_SOCI: Final = BlobRecipe("application/octet-stream", b"ztoc")
_SOCI_CONFIG: Final = BlobRecipe("application/vnd.amazon.soci.index.v1+json", b"{}")

#: Each shape, whole: every digest and size that it records is right.
SHAPES: Final[Mapping[str, Built]] = {
    "layout": oci(APP, _TWO),
    "layout below a directory": below(oci(APP), "mydir/"),
    "Zarf package": below(oci(APP), "images/").add("zarf.yaml", b"kind: ZarfPackageConfig\n"),
    "layout without its marker": oci(APP).remove("oci-layout"),
    "layout of before 1.0": build_refs(APP),
    "sparse layout": build_sparse(APP),
    "hybrid": build_hybrid([APP, _TWO]),
    "hauler": build_hybrid([APP]).remove("oci-layout"),
    "docker 1.10": build_docker([APP], style="1.10"),
    "docker of skopeo": build_docker([APP], style="skopeo"),
    "docker of go-containerregistry": build_docker([APP], style="ggcr"),
    "apko": _apko(),
    "dir copy": build_directory(APP),
    "dir copy of schema 1": _schema1(),
    "rules_docker": build_rules_docker(_TWO),
    "imgpkg": _bundle(),
    "imgpkg index": bundle({"ImageIndex": of_index()}, images=(APP, _TWO)),
    "registry": build_registry([APP, _TWO]),
    "component archive": component(_ENTRY),
    "attestation": _attached(attestation(APP)),
    "signature": _attached(signature(APP)),
    "oras artifact": _attached(oras_artifact({"a.txt": b"a", "b.txt": b"bb"}, subject=APP)),
    "helm chart": _artifact(_HELM_CONFIG, _HELM_CHART),
    "soci index": _artifact(_SOCI_CONFIG, _SOCI, kind="application/vnd.amazon.soci.index.v1+json"),
    "build cache": _cache(),
    "build record": _record(),
    "WebAssembly": _wasm(),
    "withdrawn artifact manifest": _withdrawn(),
    "squashfs layer": _other_layer("application/vnd.stacker.image.layer.squashfs", b"hsqs" * 9),
    "EROFS layer": _other_layer("application/vnd.erofs.layer.v1", b"erofs" * 9),
    "nydus layer": _other_layer("application/vnd.oci.image.layer.nydus.blob.v1", b"nydus" * 9),
    "encrypted layer": _other_layer(f"{LAYER_TYPE}+gzip+encrypted", b"secret" * 9),
    "foreign layer": _other_layer("application/vnd.oci.image.layer.nondistributable.v1.tar", TOOL),
}

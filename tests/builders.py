"""Archives from a recipe, in the shape of each producer, with what is true of them beside.

    layer = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}), compression="gzip")
    image = ImageRecipe(layers=(layer,), names=("docker.io/library/app:1",))
    built = build_oci([image])
    damaged = built.replace("index.json", b"{").tar()
    assert built.expected.images[0].layers[0].digest == ...

A `Built` is a value: its editing methods return another one, so one archive can be damaged in
many ways.
"""

from __future__ import annotations

from tests.built import ArtifactFacts, Built, Expected, ImageFacts
from tests.docker_builders import build_docker, build_docker_v1, build_hybrid
from tests.oci_builders import blob_name, build_oci, containerd_names, ref_names
from tests.recipes import (
    ArtifactRecipe,
    BlobRecipe,
    ImageRecipe,
    LayerFacts,
    LayerRecipe,
    PlatformName,
    attestation,
    descriptor,
    dumps,
    oras_artifact,
    sha256,
    signature,
)
from tests.tarmaker import (
    CODECS,
    Codec,
    Content,
    Directory,
    Hardlink,
    Symlink,
    compress,
    tar_layer,
    write_tar,
)

__all__ = [
    "CODECS",
    "ArtifactFacts",
    "ArtifactRecipe",
    "BlobRecipe",
    "Built",
    "Codec",
    "Content",
    "Directory",
    "Expected",
    "Hardlink",
    "ImageFacts",
    "ImageRecipe",
    "LayerFacts",
    "LayerRecipe",
    "PlatformName",
    "Symlink",
    "attestation",
    "blob_name",
    "build_docker",
    "build_docker_v1",
    "build_hybrid",
    "build_oci",
    "compress",
    "containerd_names",
    "descriptor",
    "dumps",
    "oras_artifact",
    "ref_names",
    "sha256",
    "signature",
    "tar_layer",
    "write_tar",
]

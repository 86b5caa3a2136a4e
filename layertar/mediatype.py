"""Media types: their names, and what each says about the bytes.

The set is open: an unknown type is legal, its content opaque (OCI image-spec, media-types.md).
So types stay `str`, and this module answers questions about them.
"""

from __future__ import annotations

__all__ = [
    "DOCKER_CONFIG",
    "DOCKER_INDEX",
    "DOCKER_MANIFEST",
    "OCI_ARTIFACT_MANIFEST",
    "OCI_CONFIG",
    "OCI_EMPTY",
    "OCI_INDEX",
    "OCI_MANIFEST",
    "declared_compression",
    "is_artifact_content",
    "is_encrypted",
    "is_image_config",
    "is_index",
    "is_known",
    "is_layer",
    "is_manifest",
    "is_nondistributable",
    "is_schema1",
    "is_tar_layer",
]

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

_SCHEMA1 = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)

# Base type of each image layer -> whether it may be kept elsewhere by law of the format.
_TAR_LAYERS = {
    "application/vnd.oci.image.layer.v1.tar": False,
    "application/vnd.oci.image.layer.nondistributable.v1.tar": True,
    "application/vnd.docker.image.rootfs.diff.tar": False,
    "application/vnd.docker.image.rootfs.foreign.diff.tar": True,
}
# Layers of images that hold a file system in another form than tar: only stored digests.
_OTHER_LAYERS = frozenset(
    {
        "application/vnd.erofs.layer.v1",
        "application/vnd.oci.image.layer.nydus.blob.v1",
        "application/vnd.stacker.image.layer.squashfs",
        "application/vnd.sylabs.image.layer.v1.squashfs",
        "application/vnd.wasm.content.layer.v1+wasm",
        "application/wasm",
    }
)

# Contents of artifacts that borrow an image's config: never layers of a file system.
_ARTIFACT_CONTENT = (
    "application/vnd.dev.cosign.",
    "application/vnd.dev.sigstore.",
    "application/vnd.dsse.envelope.",
    "application/vnd.in-toto+json",
    "application/vnd.cncf.",
    "application/vnd.buildkit.",
    "application/vnd.containerd.container.",
    "application/spdx+",
    "application/vnd.cyclonedx",
    "text/",
)

# Other types that say what they are (formats of ORAS, SOCI, WebAssembly and Docker plugins).
_KNOWN = frozenset(
    {
        OCI_EMPTY,
        OCI_ARTIFACT_MANIFEST,
        "application/json",
        "application/octet-stream",
        "application/vnd.amazon.soci.index.v1+json",
        "application/vnd.amazon.soci.index.v2+json",
        "application/vnd.docker.plugin.v1+json",
        "application/vnd.unknown.artifact.v1",
        "application/vnd.unknown.config.v1+json",
        "application/vnd.wasm.config.v0+json",
    }
)


def _split(media_type: str) -> tuple[str, tuple[str, ...]]:
    """Split off the suffixes that say how the bytes are wrapped, outermost last."""
    base, suffixes = media_type, []
    while True:
        head, separator, last = base.rpartition("+")
        if separator != "+" or last not in ("gzip", "zstd", "encrypted"):
            break
        base = head
        suffixes.append(last)
    # Docker spells compression with a dot.
    for name in ("gzip", "zstd"):
        if base.startswith("application/vnd.docker.") and base.endswith(f".tar.{name}"):
            base = base.removesuffix(f".{name}")
            suffixes.append(name)
    return base, tuple(reversed(suffixes))


def is_index(media_type: str) -> bool:
    """Whether this is an index (Docker: manifest list)."""
    return media_type in (OCI_INDEX, DOCKER_INDEX)


def is_manifest(media_type: str) -> bool:
    """Whether this is an image manifest, OCI's or Docker's schema 2."""
    return media_type in (OCI_MANIFEST, DOCKER_MANIFEST)


def is_schema1(media_type: str) -> bool:
    """Whether this is a Docker schema 1 manifest, signed or not."""
    return media_type in _SCHEMA1


def is_image_config(media_type: str) -> bool:
    """Whether this is an image's config, so that `rootfs` may be read (manifest.md)."""
    return media_type in (OCI_CONFIG, DOCKER_CONFIG)


def is_tar_layer(media_type: str) -> bool:
    """Whether this is an image layer made of a tar, in whatever compression or encryption."""
    return _split(media_type)[0] in _TAR_LAYERS


def is_layer(media_type: str) -> bool:
    """Whether this is a layer of an image, a tar or another form of a file system."""
    base = _split(media_type)[0]
    return base in _TAR_LAYERS or base in _OTHER_LAYERS or base.endswith(".squashfs")


def is_known(media_type: str) -> bool:
    """Whether layertar knows what this is, be it something that it does not look into."""
    return (
        is_index(media_type)
        or is_manifest(media_type)
        or is_schema1(media_type)
        or is_image_config(media_type)
        or is_layer(media_type)
        or is_artifact_content(media_type)
        or media_type in _KNOWN
    )


def is_artifact_content(media_type: str) -> bool:
    """Whether this is known to be something that no image has as a layer."""
    return media_type.startswith(_ARTIFACT_CONTENT)


def is_nondistributable(media_type: str) -> bool:
    """Whether the bytes may be kept elsewhere by law of the format (Windows base layers)."""
    return _TAR_LAYERS.get(_split(media_type)[0], False)


def is_encrypted(media_type: str) -> bool:
    """Whether the bytes are encrypted (ocicrypt), so that no diff_id can be checked."""
    return "encrypted" in _split(media_type)[1]


def declared_compression(media_type: str) -> str | None:
    """The compression that an image layer's type names: `none`, `gzip` or `zstd`.

    `None` for a type that says nothing about it.
    """
    base, suffixes = _split(media_type)
    if base not in _TAR_LAYERS or "encrypted" in suffixes:
        return None
    return suffixes[0] if suffixes else "none"

"""Media types: what each says of a blob (formats.md, appendix C)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CONFIGS",
    "INDEXES",
    "MANIFESTS",
    "STRANGE",
    "borrows_the_form",
    "is_elsewhere",
    "is_layer",
    "is_tar_layer",
]

INDEXES: Final = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
}
MANIFESTS: Final = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
}
CONFIGS: Final = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
}
#: Parts of types that the model leaves alone: schema 1's digest is no digest of its bytes.
STRANGE: Final = ("distribution.manifest.v1+", "oci.artifact.manifest")

_TARS: Final = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
)
_ELSEWHERE: Final = ("nondistributable", "rootfs.foreign")
_OTHER_LAYERS: Final = ("erofs", "nydus", "squashfs", "wasm")
_MARKS: Final = {"vnd.docker.reference.type", "io.containerd.manifest.subject"}
_CONTENTS: Final = ("application/vnd.in-toto+json", "application/vnd.dev.cosign.")


def is_tar_layer(media_type: str | None) -> bool:
    """Whether this is a type of image layers that are tars, encrypted or not."""
    base = (media_type or "").removesuffix("+encrypted")
    for suffix in ("+gzip", "+zstd", ".gzip", ".zstd"):
        base = base.removesuffix(suffix)
    return base in _TARS


def is_layer(media_type: str | None) -> bool:
    """Whether this is a type of image layers, tars or not."""
    return is_tar_layer(media_type) or any(word in (media_type or "") for word in _OTHER_LAYERS)


def is_elsewhere(media_type: str | None) -> bool:
    """Whether the content may lawfully be kept elsewhere."""
    return any(word in (media_type or "") for word in _ELSEWHERE)


def borrows_the_form(annotations: Mapping[str, str], layers: Iterable[str | None]) -> bool:
    """Whether marks or contents say that a manifest only borrows the form of an image's."""
    is_marked = not _MARKS.isdisjoint(annotations)
    return is_marked or any((each or "").startswith(_CONTENTS) for each in layers)

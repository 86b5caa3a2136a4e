"""What is said of sharing: of each image, each layer and each group of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from layertar.digest import Digest
    from layertar.platform import Platform

__all__ = ["Bytes", "ImageShare", "LayerUse", "SharedGroup", "SharedLayer", "Sharing"]


class Bytes(NamedTuple):
    """Bytes of layers, those of known size.

    Attributes:
        each: every image for itself, each of its layers once.
        archives: every archive for itself.
        once: all together.
        unknown: how many of the distinct layers have, somewhere, a size that is not known.
    """

    each: int
    archives: int
    once: int
    unknown: int


class LayerUse(NamedTuple):
    """One layer of one image; sizes in bytes, in this image's form.

    Attributes:
        layer: its number among `Sharing.layers`.
        size: as stored.
        uncompressed_size: measured.
        created_by: the instruction that made it.
    """

    layer: int
    size: int | None
    uncompressed_size: int | None
    created_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageShare:
    """One image; sizes in bytes of layers as stored, each once, `None` where one is not known.

    Attributes:
        archive: the number of its archive among `Sharing.archives`.
        image: what it is called: its first name, else a digest.
        image_id: measured, else recorded; so the next.
        manifest_digest: of its manifest.
        platform: what it runs on.
        layers: base first.
        size: of all its layers.
        uncompressed_size: of all, uncompressed; measured.
        shared_layers: how many of its distinct layers other images have, too.
        shared_size: of these.
        unique_layers: how many no other image has.
        unique_size: of these.
        unique_uncompressed_size: of these, uncompressed; measured.
    """

    archive: int
    image: str
    image_id: Digest | None
    manifest_digest: Digest | None
    platform: Platform | None
    layers: tuple[LayerUse, ...]
    size: int | None
    uncompressed_size: int | None
    shared_layers: int
    shared_size: int | None
    unique_layers: int
    unique_size: int | None
    unique_uncompressed_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLayer:
    """One distinct layer; sizes in bytes, the largest of those known.

    Attributes:
        key: chain ID, diff_id or stored digest; `None` where it is not known.
        is_measured: whether that was measured wherever the layer is.
        below: the number of the layer that it lies on; `None` for a base, and unless by chain.
        size: as stored.
        uncompressed_size: measured.
        images: the numbers of the images that have it, ascending.
        archives: how many archives these are in.
    """

    key: Digest | None
    is_measured: bool
    below: int | None
    size: int | None
    uncompressed_size: int | None
    images: tuple[int, ...]
    archives: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGroup:
    """Layers that the very same images have; by chain they lie on one another.

    Attributes:
        layers: their numbers, base first.
        images: the numbers of the images, ascending.
        archives: how many archives these are in.
        below: the number of the group that it lies on; `None` for a base, and unless by chain.
        size: of its layers as stored, in bytes; `None` where one's is not known, so the next.
        uncompressed_size: uncompressed; measured.
    """

    layers: tuple[int, ...]
    images: tuple[int, ...]
    archives: int
    below: int | None
    size: int | None
    uncompressed_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What images have in common.

    Attributes:
        by: one of `SHARED_BY`.
        archives: the names of those that hold images, in the order given.
        images: in document order.
        layers: the distinct ones, by first appearance.
        groups: the layers by who has them, by first appearance.
        stored: bytes as stored.
        uncompressed: bytes uncompressed, as far as that was measured.
    """

    by: str
    archives: tuple[str, ...]
    images: tuple[ImageShare, ...]
    layers: tuple[SharedLayer, ...]
    groups: tuple[SharedGroup, ...]
    stored: Bytes
    uncompressed: Bytes

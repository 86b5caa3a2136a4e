"""Known: what was measured of an image or a layer, and where nothing was, what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.digest import chain_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.digest import Digest
    from layertar.image.model import Image, Layer

__all__ = ["chain_of", "diff_id_of", "digest_of", "label_of", "size_of", "total"]


def digest_of(layer: Layer) -> Digest | None:
    """Return the digest of a layer's stored bytes: measured, else recorded."""
    return layer.digest or layer.recorded.digest


def diff_id_of(layer: Layer) -> Digest | None:
    """Return a layer's diff_id: measured, else recorded."""
    return layer.diff_id or layer.recorded.diff_id


def size_of(layer: Layer) -> int | None:
    """Return the stored size: measured, else the member's, else as recorded; in bytes."""
    known = (layer.size, layer.member_size, layer.recorded.size)
    return next((size for size in known if size is not None), None)


def total(sizes: Sequence[int | None]) -> int | None:
    """Add up sizes; `None` where one is not known."""
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def chain_of(diff_ids: Sequence[Digest | None]) -> list[Digest | None]:
    """Compute chain IDs as far up as every diff_id below is known."""
    known: list[Digest] = []
    for diff_id in diff_ids:
        if diff_id is None:
            break
        known.append(diff_id)
    return [*chain_ids(known), *[None] * (len(diff_ids) - len(known))]


def label_of(image: Image) -> str:
    """Return what an image is called: its first name, else a digest; empty where it has none."""
    if image.names:
        return image.names[0]
    digest = image.manifest_digest or image.image_id
    digest = digest or image.recorded.manifest_digest or image.recorded.image_id
    return "" if digest is None else str(digest)

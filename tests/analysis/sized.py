"""Sizes made by hand, for tests of what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from layertar.analysis.sizes import (
    ArchiveSize,
    BlobSize,
    DirectorySize,
    ImageSize,
    LayerSize,
    role_sizes,
)
from layertar.digest import Digest

if TYPE_CHECKING:
    from layertar.platform import Platform

__all__ = ["ARCHIVE_SIZES", "archive", "directory", "image", "layer"]


def layer(content: str, size: int, created_by: str | None = None) -> LayerSize:
    """A layer of that content."""
    digest = Digest.of(content.encode())
    return LayerSize(0, digest, Digest.of(content.upper().encode()), size, None, None, created_by)


def directory(path: str, size: int) -> DirectorySize:
    """A directory with one file."""
    return DirectorySize(path, size, 1)


def image(
    *names: str,
    size: int = 0,
    platform: Platform | None = None,
    layers: tuple[LayerSize, ...] = (),
    directories: tuple[DirectorySize, ...] = (),
) -> ImageSize:
    """An image."""
    numbered = tuple(each._replace(position=at) for at, each in enumerate(layers))
    return ImageSize(
        image=names[0] if names else "",
        names=names,
        image_id=Digest.of(repr((names, layers, size)).encode()),
        manifest_digest=None,
        platform=platform,
        size=sum(each.size or 0 for each in layers) if layers else size,
        uncompressed_size=None,
        content_size=None,
        layers=numbered,
        directories=directories,
    )


def archive(name: str, *images: ImageSize, total: int = 2048) -> ArchiveSize:
    """An archive with one member, of which nobody knows what it is."""
    blobs = (BlobSize("blob", "unused", total, 0),)
    return ArchiveSize(
        name=name,
        size=total,
        outer_compression=(),
        total=total,
        headers=0,
        padding=0,
        end=0,
        roles=tuple(role_sizes(blobs)),
        blobs=blobs,
        depth=1,
        images=images,
    )


_SIZES = st.integers(0, 50)
_LAYERS = st.builds(layer, st.sampled_from("abc"), _SIZES, st.sampled_from([None, "ADD", "COPY"]))
_IMAGES = st.builds(
    lambda names, layers, sizes: image(
        *names,
        layers=tuple(layers),
        directories=tuple(directory(path, size) for path, size in sorted(sizes.items())),
    ),
    st.lists(st.sampled_from(["app:1", "app:2", "db"]), unique=True, max_size=2),
    st.lists(_LAYERS, max_size=3),
    st.dictionaries(st.sampled_from(["", "usr", "opt"]), _SIZES),
)

#: Archives of different names, of images whose names may be the same.
ARCHIVE_SIZES = st.lists(
    st.builds(
        lambda name, images, total: archive(name, *images, total=total),
        st.sampled_from(["x.tar", "y.tar", "z.tar"]),
        st.lists(_IMAGES, max_size=3),
        _SIZES,
    ),
    unique_by=lambda each: each.name,
    max_size=3,
)

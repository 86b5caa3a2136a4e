"""Identities: images, layers and steps as rows, each digest with the word of what proves it.

A row shows what was measured, and where nothing was, what is recorded; its verdict says which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.known import (
    chain_of,
    diff_id_of,
    digest_of,
    label_of,
    size_of,
    total,
)
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.digest import Digest
    from layertar.documents import HistoryEntry
    from layertar.image.model import Image, Layer, Verdict
    from layertar.platform import Platform

__all__ = [
    "DigestRow",
    "HistoryRow",
    "ImageRow",
    "LayerRow",
    "digest_rows",
    "history_rows",
    "image_rows",
    "layer_rows",
]

_MEASURED = "measured"
_RECORDED = "recorded"


class ImageRow(NamedTuple):
    """One image; sizes in bytes.

    Attributes:
        archive: the archive's name, as given.
        names: as `Image.names`.
        image_id: digest of the config.
        manifest_digest: of the manifest.
        index_digest: of the innermost index that lists it.
        platform: what it runs on.
        layers: how many there are.
        size: of its layers as stored, `None` where one's is not known.
        content_size: of the files in its layers, which is what `docker images` shows.
        created: as recorded.
        verdict: what is proved.
    """

    archive: str
    names: tuple[str, ...]
    image_id: Digest | None
    manifest_digest: Digest | None
    index_digest: Digest | None
    platform: Platform | None
    layers: int
    size: int | None
    content_size: int | None
    created: str | None
    verdict: Verdict


class LayerRow(NamedTuple):
    """One layer of one image; the fields are those of `Layer`, sizes in bytes.

    Attributes:
        archive: the archive's name, as given.
        image: what the image is called: its first name, else a digest.
    """

    archive: str
    image: str
    position: int
    digest: Digest | None
    diff_id: Digest | None
    chain_id: Digest | None
    size: int | None
    uncompressed_size: int | None
    content_size: int | None
    media_type: str | None
    compression: str | None
    created_by: str | None
    member: str | None
    verdict: Verdict


class HistoryRow(NamedTuple):
    """One step of an image's making, and the layer that it made; sizes in bytes.

    Attributes:
        archive: the archive's name, as given.
        image: what the image is called.
        step: 0 for the first.
        created: as recorded.
        created_by: as recorded.
        comment: as recorded.
        empty_layer: whether it made none.
        layer: the position of the layer that it made; `None` for an empty one, and where
            history and layers do not agree in number.
        digest: that layer's; so the fields below.
        diff_id: as it says.
        size: of the layer as stored.
        content_size: of the files in it.
        verdict: what is proved of the layer; `None` where there is none.
    """

    archive: str
    image: str
    step: int
    created: str | None
    created_by: str | None
    comment: str | None
    empty_layer: bool
    layer: int | None
    digest: Digest | None
    diff_id: Digest | None
    size: int | None
    content_size: int | None
    verdict: Verdict | None


class DigestRow(NamedTuple):
    """One digest that was asked for.

    Attributes:
        of: which it is, in the words of `digest --of`.
        position: of the layer, where it is one's.
        digest: as measured, else as recorded.
        origin: `measured` or `recorded`.
    """

    of: str
    position: int | None
    digest: Digest
    origin: str


def image_rows(archive: str, images: Sequence[Image]) -> Iterator[ImageRow]:
    """Make a row of each image of one archive."""
    for image in images:
        said = image.recorded
        layers = [size_of(layer) for layer in image.layers]
        yield ImageRow(
            archive=archive,
            names=image.names,
            image_id=image.image_id or said.image_id,
            manifest_digest=image.manifest_digest or said.manifest_digest,
            index_digest=image.index_digest or said.index_digest,
            platform=image.platform,
            layers=len(image.layers),
            size=total(layers),
            content_size=total([layer.content_size for layer in image.layers]),
            created=image.created,
            verdict=image.verdict,
        )


def layer_rows(archive: str, images: Sequence[Image]) -> Iterator[LayerRow]:
    """Make a row of each layer of each image, base first."""
    for image in images:
        chain = chain_of([diff_id_of(layer) for layer in image.layers])
        for layer, chain_id in zip(image.layers, chain, strict=True):
            yield LayerRow(
                archive=archive,
                image=label_of(image),
                position=layer.position,
                digest=digest_of(layer),
                diff_id=diff_id_of(layer),
                chain_id=chain_id,
                size=size_of(layer),
                uncompressed_size=layer.uncompressed_size,
                content_size=layer.content_size,
                media_type=layer.media_type,
                compression=layer.compression,
                created_by=layer.created_by,
                member=layer.member,
                verdict=layer.verdict,
            )


def history_rows(archive: str, images: Sequence[Image]) -> Iterator[HistoryRow]:
    """Make a row of each step of each image, the last first as `docker history` has them."""
    for image in images:
        yield from reversed(list(_steps(archive, image)))


def _steps(archive: str, image: Image) -> Iterator[HistoryRow]:
    made = _layers_made(image)
    for step, (entry, layer) in enumerate(zip(image.history, made, strict=True)):
        yield HistoryRow(
            archive=archive,
            image=label_of(image),
            step=step,
            created=entry.created,
            created_by=entry.created_by,
            comment=entry.comment,
            empty_layer=entry.empty_layer,
            layer=None if layer is None else layer.position,
            digest=None if layer is None else digest_of(layer),
            diff_id=None if layer is None else diff_id_of(layer),
            size=None if layer is None else size_of(layer),
            content_size=None if layer is None else layer.content_size,
            verdict=None if layer is None else layer.verdict,
        )


def _layers_made(image: Image) -> list[Layer | None]:
    """For each step, the layer that it made; none where their numbers do not agree."""
    if sum(not entry.empty_layer for entry in image.history) != len(image.layers):
        return [None] * len(image.history)
    layers = iter(image.layers)

    def made(entry: HistoryEntry) -> Layer | None:
        return None if entry.empty_layer else next(layers)

    return [made(entry) for entry in image.history]


def digest_rows(of: str, image: Image) -> Iterator[DigestRow]:
    """Make a row of each digest of `image` that is `of` some kind and is known."""
    said = image.recorded
    whole = {
        "image-id": (image.image_id, said.image_id),
        "manifest": (image.manifest_digest, said.manifest_digest),
        "index": (image.index_digest, said.index_digest),
    }
    if image.config is not None:
        whole["config"] = (image.config.digest, image.config.recorded.digest)
    if of in whole:
        yield from _row(of, None, *whole[of])
        return
    chain = chain_of([layer.recorded.diff_id for layer in image.layers])
    for layer, chain_id in zip(image.layers, chain, strict=True):
        parts = {
            "layers": (layer.digest, layer.recorded.digest),
            "diff-ids": (layer.diff_id, layer.recorded.diff_id),
            "chain-ids": (layer.chain_id, chain_id),
        }
        if of in parts:
            yield from _row(of, layer.position, *parts[of])


def _row(
    of: str, position: int | None, measured: Digest | None, recorded: Digest | None
) -> Iterator[DigestRow]:
    if measured is not None:
        yield DigestRow(of, position, measured, _MEASURED)
    elif recorded is not None:
        yield DigestRow(of, position, recorded, _RECORDED)

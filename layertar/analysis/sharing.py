"""Sharing: layers that images have in common, and what storing the images together saves.

Three things may be "the same layer". A runtime reuses an unpacked layer only on top of the same
layers, so it goes by chain (OCI image-spec, config.md, Layer ChainID); the content alone is the
diff_id; a registry or a store of blobs keeps one of each stored digest. What is not known is
nobody else's: such a layer shares with none. Digests of different algorithms are never equal.

A layer of several forms of different size, such as two compressions of one content, counts with
the largest wherever it counts once, so that a saving is never overstated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.known import chain_of, diff_id_of, digest_of, label_of, size_of, total
from layertar.analysis.shares import (
    Bytes,
    ImageShare,
    LayerUse,
    SharedGroup,
    SharedLayer,
    Sharing,
)
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layertar.digest import Digest
    from layertar.image.model import Image, Layer

__all__ = ["SHARED_BY", "sharing_of"]

#: By what layers are the same, in the words of the command line.
SHARED_BY = ("chain", "diff-id", "digest")
_CHAIN, _DIFF_ID, _DIGEST = SHARED_BY


def sharing_of(by: str, archives: Sequence[tuple[str, Sequence[Image]]]) -> Sharing:
    """Find out what the images of `archives`, each with its name, share by one of `SHARED_BY`."""
    gathered = _Gathered(by)
    for number, (_, images) in enumerate(archives):
        for image in images:
            gathered.add(number, image)
    layers = tuple(gathered.layers())
    return Sharing(
        by=by,
        archives=tuple(name for name, _ in archives),
        images=tuple(
            _image_share(archive, image, uses, layers)
            for (archive, image), uses in zip(gathered.images, gathered.uses, strict=True)
        ),
        layers=layers,
        groups=tuple(_groups(layers, gathered)),
        stored=_bytes(gathered, [layer.size for layer in layers], uncompressed=False),
        uncompressed=_bytes(
            gathered, [layer.uncompressed_size for layer in layers], uncompressed=True
        ),
    )


class _Key(NamedTuple):
    key: Digest | None
    is_measured: bool


class _Gathered:
    """The layers of all images, the same ones under the same number.

    Attributes:
        by: by what they are the same.
        images: the images, each with the number of its archive.
        uses: for each image its layers, base first.
    """

    def __init__(self, by: str) -> None:
        """Begin without any."""
        self.by = by
        self.images: list[tuple[int, Image]] = []
        self.uses: list[tuple[LayerUse, ...]] = []
        self._numbers: dict[Digest, int] = {}
        self._keys: list[Digest | None] = []
        self._unproved: set[int] = set()
        self._below: list[int | None] = []

    def add(self, archive: int, image: Image) -> None:
        """Take one image of the archive with that number."""
        below: int | None = None
        uses: list[LayerUse] = []
        for layer, key in zip(image.layers, _keys(self.by, image.layers), strict=True):
            number = self._number(key, below)
            uses.append(LayerUse(number, size_of(layer), layer.uncompressed_size, layer.created_by))
            below = number if self.by == _CHAIN else None
        self.images.append((archive, image))
        self.uses.append(tuple(uses))

    def _number(self, key: _Key, below: int | None) -> int:
        known = None if key.key is None else self._numbers.get(key.key)
        number = len(self._keys) if known is None else known
        if known is None:
            self._keys.append(key.key)
            self._below.append(below)
            if key.key is not None:
                self._numbers[key.key] = number
        if not key.is_measured:
            self._unproved.add(number)
        return number

    def layers(self) -> Iterator[SharedLayer]:
        """Describe each distinct layer."""
        images: list[dict[int, None]] = [{} for _ in self._keys]
        sizes: list[list[int]] = [[] for _ in self._keys]
        uncompressed: list[list[int]] = [[] for _ in self._keys]
        for image, uses in enumerate(self.uses):
            for use in uses:
                images[use.layer][image] = None
                sizes[use.layer] += _known(use.size)
                uncompressed[use.layer] += _known(use.uncompressed_size)
        for number, key in enumerate(self._keys):
            yield SharedLayer(
                key=key,
                is_measured=number not in self._unproved,
                below=self._below[number],
                size=max(sizes[number], default=None),
                uncompressed_size=max(uncompressed[number], default=None),
                images=tuple(images[number]),
                archives=self.archives_of(images[number]),
            )

    def archives_of(self, images: Iterable[int]) -> int:
        """Count the archives that images are in."""
        return len({self.images[image][0] for image in images})


def _keys(by: str, layers: Sequence[Layer]) -> list[_Key]:
    """Return what each layer is known by, and whether that is measured."""
    if by == _DIGEST:
        return [_Key(digest_of(layer), layer.digest is not None) for layer in layers]
    diff_ids = [diff_id_of(layer) for layer in layers]
    if by == _DIFF_ID:
        measured = [layer.diff_id is not None for layer in layers]
        return [_Key(*pair) for pair in zip(diff_ids, measured, strict=True)]
    proved = [layer.chain_id is not None for layer in layers]
    return [_Key(*pair) for pair in zip(chain_of(diff_ids), proved, strict=True)]


def _known(size: int | None) -> list[int]:
    return [] if size is None else [size]


def _image_share(
    archive: int, image: Image, uses: tuple[LayerUse, ...], layers: Sequence[SharedLayer]
) -> ImageShare:
    own = list(_largest(uses, uncompressed=False).items())
    unpacked = list(_largest(uses, uncompressed=True).items())
    shared = [size for number, size in own if len(layers[number].images) > 1]
    unique = [size for number, size in own if len(layers[number].images) == 1]
    return ImageShare(
        archive=archive,
        image=label_of(image),
        image_id=image.image_id or image.recorded.image_id,
        manifest_digest=image.manifest_digest or image.recorded.manifest_digest,
        platform=image.platform,
        layers=uses,
        size=total([size for _, size in own]),
        uncompressed_size=total([size for _, size in unpacked]),
        shared_layers=len(shared),
        shared_size=total(shared),
        unique_layers=len(unique),
        unique_size=total(unique),
        unique_uncompressed_size=total(
            [size for number, size in unpacked if len(layers[number].images) == 1]
        ),
    )


def _largest(uses: Iterable[LayerUse], *, uncompressed: bool) -> dict[int, int | None]:
    """Return the largest known size of each of the layers in `uses`."""
    found: dict[int, int | None] = {}
    for use in uses:
        size = use.uncompressed_size if uncompressed else use.size
        known = found.get(use.layer)
        found[use.layer] = size if known is None else max(known, size or 0)
    return found


def _bytes(gathered: _Gathered, once: Sequence[int | None], *, uncompressed: bool) -> Bytes:
    """Add up; `once` has the size of each distinct layer."""
    each = 0
    unknown = {number for number, size in enumerate(once) if size is None}
    by_archive: dict[int, list[LayerUse]] = {}
    for (archive, _), uses in zip(gathered.images, gathered.uses, strict=True):
        own = _largest(uses, uncompressed=uncompressed)
        each += sum(size or 0 for size in own.values())
        unknown.update(number for number, size in own.items() if size is None)
        by_archive.setdefault(archive, []).extend(uses)
    archives = (_largest(uses, uncompressed=uncompressed) for uses in by_archive.values())
    return Bytes(
        each=each,
        archives=sum(size or 0 for own in archives for size in own.values()),
        once=sum(size or 0 for size in once),
        unknown=len(unknown),
    )


def _groups(layers: Sequence[SharedLayer], gathered: _Gathered) -> Iterator[SharedGroup]:
    """Gather the layers by who has them."""
    by_images: dict[tuple[int, ...], list[int]] = {}
    for number, layer in enumerate(layers):
        by_images.setdefault(layer.images, []).append(number)
    group_of = {
        number: group for group, members in enumerate(by_images.values()) for number in members
    }
    for images, members in by_images.items():
        # A layer's number is higher than that of the one below, so the first is the lowest.
        below = layers[members[0]].below
        yield SharedGroup(
            layers=tuple(members),
            images=images,
            archives=gathered.archives_of(images),
            below=None if below is None else group_of[below],
            size=total([layers[number].size for number in members]),
            uncompressed_size=total([layers[number].uncompressed_size for number in members]),
        )

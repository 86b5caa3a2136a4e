"""One image, whoever recorded it: what the views say about the same image, brought together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents import normalise
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.archive import Name, Presence, RecordedImage, RecordedLayer, View
    from layertar.image.measured import Measured

__all__ = ["JoinedImage", "join", "name_key"]


@dataclass(frozen=True, slots=True, eq=False)
class JoinedImage:
    """One image and everyone who records it.

    Attributes:
        records: the views' records of it, the OCI one first; all have as many layers.
    """

    records: tuple[RecordedImage, ...]

    @property
    def first(self) -> RecordedImage:
        """The record that says most: the OCI view's where there is one."""
        return self.records[0]

    @property
    def views(self) -> tuple[str, ...]:
        """The views that record it, each once."""
        return tuple(dict.fromkeys(record.view for record in self.records))

    @property
    def names(self) -> tuple[Name, ...]:
        """The names, one spelling a reference, the fullest of each; complete ones first."""
        fullest: dict[str, Name] = {}
        for record in self.records:
            for name in record.names:
                key = name_key(name)
                known = fullest.get(key)
                if known is None or len(name.text) > len(known.text):
                    fullest[key] = name
        return tuple(sorted(fullest.values(), key=lambda name: not name.is_complete))

    @property
    def layers(self) -> tuple[tuple[RecordedLayer, ...], ...]:
        """For each position, base first, what each record says of that layer."""
        return tuple(zip(*(record.layers for record in self.records), strict=True))

    @property
    def presence(self) -> Presence:
        """Whether some of it may lawfully be absent."""
        return self.first.presence


def name_key(name: Name) -> str:
    """Return what two spellings of one reference have in common.

    A mere tag, in a repository that nobody records, is equal to nothing but itself.
    """
    return normalise(name.text) if name.is_complete else f"tag {name.text}"


def join(views: Sequence[View], measured: Measured) -> tuple[JoinedImage, ...]:
    """Bring the views' images together, in document order, the OCI view's first.

    One image a manifest digest. A docker entry joins the OCI image that has the same config
    digest, measured, since names may lie, and at each position the same layer: the same member,
    or the same bytes. Else it stands alone. What is only listed and not here is no image.
    """
    listed: list[list[RecordedImage]] = []
    others: list[RecordedImage] = []
    for view in views:
        for image in view.images:
            if image.manifest is None:
                others.append(image)
            elif image.manifest.is_present:
                listed.append([image])
    by_config: dict[object, list[list[RecordedImage]]] = {}
    for group in listed:
        config = _config_key(group[0], measured)
        if config is not None:
            by_config.setdefault(config, []).append(group)
    known: dict[object, tuple[list[list[RecordedImage]], dict[str, list[RecordedImage]]]] = {}
    for image in others:
        config = _config_key(image, measured)
        candidates = by_config.get(config, []) if config is not None else []
        # Entries may be many and say the same: each content is compared once.
        content = (config, *(layer.claim.member for layer in image.layers))
        if content not in known:
            fitting = [group for group in candidates if _same_layers(group[0], image, measured)]
            known[content] = (fitting, _by_name(fitting))
        fitting, named = known[content]
        if fitting:
            # Among images of the same content, one that has the entry's name.
            keys = map(name_key, image.names)
            best = next((named[key] for key in keys if key in named), fitting[0])
            best.append(image)
        else:
            listed.append([image])
    return tuple(JoinedImage(tuple(group)) for group in listed)


def _config_key(image: RecordedImage, measured: Measured) -> object:
    """Return what tells configs apart: the measured digest; the place of one not measured."""
    digest = measured.digest(image.config)
    if digest is not None or image.config is None:
        return digest
    return image.config.member or image.config.path


def _by_name(groups: list[list[RecordedImage]]) -> dict[str, list[RecordedImage]]:
    """Map names to images, the first one of each name."""
    found: dict[str, list[RecordedImage]] = {}
    for group in groups:
        for name in group[0].names:
            found.setdefault(name_key(name), group)
    return found


def _same_layers(one: RecordedImage, other: RecordedImage, measured: Measured) -> bool:
    if len(one.layers) != len(other.layers):
        return False
    pairs = zip(one.layers, other.layers, strict=True)
    return all(_same_layer(mine, theirs, measured) for mine, theirs in pairs)


def _same_layer(one: RecordedLayer, other: RecordedLayer, measured: Measured) -> bool:
    """Whether two records of a layer mean the same bytes, stored in whatever form.

    Where one of them is not here, nothing contradicts: the config says what it is.
    """
    if one.claim.member is other.claim.member:
        return True
    if not (one.claim.is_present and other.claim.is_present):
        return True
    mine, theirs = measured.of(one.claim), measured.of(other.claim)
    if mine is None or theirs is None:
        return False
    if mine.digest == theirs.digest:
        return True
    return mine.diff_id is not None and mine.diff_id == theirs.diff_id

"""Diff: what differs between two images, `a` and `b`, as values.

What one side has and the other has not is `ADDED` where `b` has it, `REMOVED` where `a` has.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.analysis.known import diff_id_of, digest_of
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertar.digest import Digest
    from layertar.documents import HistoryEntry
    from layertar.documents.config_fields import FieldPath, FieldValue
    from layertar.image.model import Image, Layer

__all__ = [
    "NOTHING_IGNORED",
    "Aspect",
    "ConfigChange",
    "ConfigDiff",
    "DiffSide",
    "FirstMiss",
    "HistoryDiff",
    "HistoryStep",
    "Ignoring",
    "LayerPair",
    "LayersDiff",
    "State",
    "differ",
    "in_order",
]


def differ(one: Digest | None, other: Digest | None) -> bool | None:
    """Say whether two digests differ; `None` where that cannot be said."""
    if one is None or other is None or one.algorithm != other.algorithm:
        return None
    return one != other


class State(Enum):
    """What became of a thing on the way from `a` to `b`."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    """Nothing tells: no digest is recorded, and none could be measured."""


class Aspect(Enum):
    """In what things differ, from what matters most to what matters least."""

    CONTENT = "content"
    """Bytes of files, fields of a config, instructions; or entries that only one side has."""
    KIND = "kind"
    """A file here, a directory there."""
    LINK = "link"
    """Where a link leads; or the numbers of a device."""
    MODE = "mode"
    OWNER = "owner"
    XATTRS = "xattrs"
    TIMES = "times"
    BUILD = "build"
    """Traces of the build: the container that a step ran in, its host name."""
    ORDER = "order"
    """The same entries of a layer, in another order."""
    FORMAT = "format"
    """The same, written down otherwise: headers of a layer's tar, spelling of a document."""
    COMPRESSION = "compression"
    """The same uncompressed bytes."""


_ORDER = {aspect: place for place, aspect in enumerate(Aspect)}


def in_order(aspects: Iterable[Aspect]) -> tuple[Aspect, ...]:
    """Give each aspect once, those that matter most first."""
    return tuple(sorted(set(aspects), key=_ORDER.__getitem__))


class Ignoring(NamedTuple):
    """Which differences do not count.

    Attributes:
        aspects: those that do not.
        patterns: globs of the paths of files that do not.
    """

    aspects: frozenset[Aspect] = frozenset()
    patterns: tuple[str, ...] = ()

    @property
    def counted_out(self) -> tuple[Aspect, ...]:
        """The aspects that do not count, in their order."""
        return in_order(self.aspects)

    def counted(self, aspects: Iterable[Aspect]) -> tuple[Aspect, ...]:
        """Give those of `aspects` that count."""
        return in_order(aspect for aspect in aspects if aspect not in self.aspects)


#: All differences count.
NOTHING_IGNORED = Ignoring()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffSide:
    """One of the two images.

    Attributes:
        archive: the archive's name, as given.
        image: the image.
        fields: of its config; `None` where there is none that can be read.
    """

    archive: str
    image: Image
    fields: Mapping[FieldPath, FieldValue] | None


class ConfigChange(NamedTuple):
    """One field of the config that differs.

    Attributes:
        path: the keys that lead to it, such as `config`, `Env`, `PATH`.
        before: its value in `a`; `None` where `a` has none.
        after: its value in `b`.
        aspect: `TIMES` for the instant of the making, `BUILD` for its traces, else `CONTENT`.
    """

    path: FieldPath
    before: FieldValue | None
    after: FieldValue | None
    aspect: Aspect

    @property
    def state(self) -> State:
        """Whether it is added, removed or changed."""
        if self.before is None:
            return State.ADDED
        return State.REMOVED if self.after is None else State.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDiff:
    """What differs in the configs, but for history and diff_ids.

    Attributes:
        state: `SAME`, `CHANGED`, or `UNKNOWN` where one could not be read.
        aspects: in what they differ; `FORMAT` where the documents say the same and are not.
        changes: the fields that differ, by path.
        ignored: how many fields more do, in what does not count.
    """

    state: State
    aspects: tuple[Aspect, ...] = ()
    changes: tuple[ConfigChange, ...] = ()
    ignored: int = 0


class HistoryStep(NamedTuple):
    """One step of the making, or two that were paired.

    Attributes:
        state: what became of it.
        aspects: in what paired ones differ: `TIMES` alone where only `created` does.
        a: its position in the history of `a`; `None` where it is only in `b`.
        b: its position in the history of `b`.
        before: as `a` records it.
        after: as `b` records it.
    """

    state: State
    aspects: tuple[Aspect, ...]
    a: int | None
    b: int | None
    before: HistoryEntry | None
    after: HistoryEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDiff:
    """Two histories, aligned.

    Attributes:
        state: `SAME` or `CHANGED`.
        aspects: in what they differ.
        steps: all of them, oldest first.
    """

    state: State
    aspects: tuple[Aspect, ...]
    steps: tuple[HistoryStep, ...]


class LayerPair(NamedTuple):
    """One layer, or two that were paired.

    Attributes:
        state: what became of it; `SAME` also where what differs does not count.
        aspects: in what paired ones differ; `None` where nobody looked inside, and none where
            only in files that do not count.
        before: that of `a`; `None` where it is only in `b`.
        after: that of `b`.
        same_instruction: whether the history says that one instruction made both; `None` where
            it does not say what made them.
        ignored: in what they differ that does not count.
    """

    state: State
    aspects: tuple[Aspect, ...] | None
    before: Layer | None
    after: Layer | None
    same_instruction: bool | None = None
    ignored: tuple[Aspect, ...] = ()

    @property
    def is_cached(self) -> bool:
        """Whether who has the one has the other: their uncompressed bytes are the same."""
        if self.before is None or self.after is None:
            return False
        return differ(diff_id_of(self.before), diff_id_of(self.after)) is False or (
            differ(digest_of(self.before), digest_of(self.after)) is False
        )


class FirstMiss(NamedTuple):
    """The first layer of `b` that a cache which holds `a` has not.

    Attributes:
        pair: the layer or layers.
        step: the first step of the history that differs since the last layer that is shared, if
            it comes before or with the one that made the layer: the cause, then.
    """

    pair: LayerPair
    step: HistoryStep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersDiff:
    """The layers of both images, aligned.

    Attributes:
        state: `SAME`, `CHANGED` or `UNKNOWN`.
        aspects: in what they differ, all together; of layers looked into.
        pairs: base first; of layers that stand alone between two pairs, those of `a` first.
        shared: how many layers, from the base up, a cache that holds `a` has of `b`.
        miss: the first that it has not; `None` where it has all.
    """

    state: State
    aspects: tuple[Aspect, ...]
    pairs: tuple[LayerPair, ...]
    shared: int
    miss: FirstMiss | None

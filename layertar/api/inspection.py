"""Inspection: what the files of layers are and hold, met in the one reading of an archive."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from layertar.api.layer_listing import layer_claims
from layertar.errors import LimitError
from layertar.filesystem import ChangesetBuilder, Fate, Room, apply
from layertar.filesystem.rights import capabilities, devices, set_ids
from layertar.findings import Contents, LayerContents, Trait
from layertar.measure import BlobMeter, Depth
from layertar.secrets import KINDS, SecretRider, masked
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.archive import Claim
    from layertar.filesystem import Changeset, Tree
    from layertar.image import JoinedImage, Measured
    from layertar.limits import Limits
    from layertar.members import Member
    from layertar.report.model import ArchiveReport
    from layertar.tar import Batch, Entry, LayerRider

__all__ = ["Inspection"]

_RIGHTS = (
    ("layer-device-node", devices),
    ("layer-setuid", set_ids),
    ("layer-capability", capabilities),
)
_SECRET = "layer-secret"  # noqa: S105 - a rule's name
_FATES = "whether upper layers hide what is told here was not found out"
# Times that all entries of one image may be applied: an archive may have many images of the same.
_TREES = 4
_FULL = "it has more entries than are listed: of later ones only secrets are told"
_DEPTH = Depth(inside=True, content=False, digests=False)


class _Eyes:
    """A `LayerRider` that lists a layer and looks at its files; of what is no tar it costs little.

    Attributes:
        builder: the listing; `None` before the first member, as is the next.
        secrets: which files hold secrets; `None` where nobody asked, too.
        known: what is worth knowing, once that is collected.
    """

    __slots__ = ("_inspection", "builder", "known", "secrets")

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self.builder: ChangesetBuilder | None = None
        self.secrets: SecretRider | None = None
        self.known: _Known | None = None

    def _begun(self) -> ChangesetBuilder:
        builder = self.builder
        if builder is None:
            builder = self.builder = self._inspection.builder()
            self.secrets = self._inspection.secret_rider()
        return builder

    def take_batch(self, batch: Batch) -> None:
        """Take plain members; see `LayerRider`."""
        self._begun().take_batch(batch)
        if self.secrets is not None:
            self.secrets.take_batch(batch)

    def take(self, entry: Entry) -> None:
        """Take one member; see `LayerRider`."""
        self._begun().take(entry)
        if self.secrets is not None:
            self.secrets.take(entry)

    def data(self, piece: memoryview) -> None:
        """Take bytes of the last file; see `LayerRider`."""
        if self.secrets is not None:
            self.secrets.data(piece)


class _Found(NamedTuple):
    """One thing worth knowing, and the row of its file; -1 where it is not listed."""

    row: int
    trait: Trait


class _Known(NamedTuple):
    """What is worth knowing of one layer's files, and how many more there are, by rule."""

    found: list[_Found]
    more: dict[str, int]


class Inspection:
    """Looks at one archive.

    It is what `Request.riders` asks for: called with a member, it gives a rider.
    """

    def __init__(self, limits: Limits, *, rights: bool, secrets: bool) -> None:
        """Begin with nothing seen.

        Args:
            limits: the bounds.
            rights: whether devices, and files that grant rights, are wanted.
            secrets: whether secrets are.
        """
        self._limits = limits
        self._rights = rights
        self._secrets = secrets
        self._room = Room(limits)
        self._eyes: dict[Member, _Eyes] = {}
        self._inline: dict[bytes, _Eyes] = {}
        self._rows = _TREES * limits.listed_entries

    def __call__(self, member: Member) -> LayerRider:
        """Give what looks at a member, should it be a layer."""
        eyes = self._eyes[member] = _Eyes(self)
        return eyes

    def told(self, report: ArchiveReport) -> ArchiveReport:
        """Return a report that shows no value which this looks for."""
        return _masked_report(report) if self._secrets else report

    def builder(self) -> ChangesetBuilder:
        """Begin the listing of a layer."""
        return ChangesetBuilder(self._limits, self._room)

    def secret_rider(self) -> SecretRider | None:
        """Begin the search of a layer for secrets, if they are wanted."""
        return SecretRider(self._limits) if self._secrets else None

    def contents(self, images: Sequence[JoinedImage], measured: Measured) -> Contents:
        """Return what was seen, by image and layer; of layers that could be read whole."""
        layers: dict[tuple[int, int], LayerContents] = {}
        for number, image in enumerate(images):
            seen = [self._seen(claim, measured) for claim in layer_claims(image)]
            for position, found in enumerate(self._of_image(seen)):
                if found is not None:
                    layers[number, position] = found
        return Contents(self._rights, self._secrets, layers)

    def _seen(self, claim: Claim, measured: Measured) -> _Eyes | None:
        measurement = measured.of(claim)
        if measurement is None or measurement.broken is not None or measurement.aborted is not None:
            return None
        if claim.member is not None:
            return self._eyes.get(claim.member)
        inline = claim.inline or b""
        if inline not in self._inline:
            eyes = self._inline[inline] = _Eyes(self)
            meter = BlobMeter(_DEPTH, self._limits, rider=eyes)
            meter.feed(inline)
            meter.finish()
        return self._inline[inline]

    def _of_image(self, layers: Sequence[_Eyes | None]) -> Iterator[LayerContents | None]:
        """Yield for each layer what was seen of it, and how layers above hide that."""
        builders = [None if eyes is None else eyes.builder for eyes in layers]
        changesets = [None if each is None else each.changeset for each in builders]
        known = [
            None if eyes is None or changeset is None else self._know(eyes, changeset)
            for eyes, changeset in zip(layers, changesets, strict=True)
        ]
        tree = problem = None
        if any(each is not None and each.found for each in known):
            tree, problem = self._apply(changesets)
        shown = _shown_links(tree) if tree is not None else frozenset()
        for layer, (each, changeset) in enumerate(zip(known, changesets, strict=True)):
            if each is None or changeset is None:
                yield None
                continue
            traits = tuple(
                trait if tree is None else trait._replace(fate=_fate(tree, shown, layer, row))
                for row, trait in each.found
            )
            unknown = _FULL if changeset.is_full else problem if traits else None
            yield LayerContents(traits, each.more, unknown)

    def _apply(self, changesets: Sequence[Changeset | None]) -> tuple[Tree | None, str | None]:
        """Apply an image's layers; say why if that would take too long."""
        self._rows -= sum(len(each) for each in changesets if each is not None)
        if self._rows < 0:
            return None, f"{_FATES}: the archive's images have too many entries together"
        try:
            return apply(changesets, self._limits), None
        except LimitError as error:
            return None, f"{_FATES}: {error}"

    def _know(self, eyes: _Eyes, changeset: Changeset) -> _Known:
        """Collect what is worth knowing of a layer's files."""
        if eyes.known is not None:
            return eyes.known
        found: list[_Found] = []
        more: dict[str, int] = {}
        most = self._limits.layer_finds
        for rule, look in _RIGHTS if self._rights else ():
            for count, (row, what, word) in enumerate(look(changeset)):
                if count < most:
                    path = changeset.path(row).decode("utf-8", "surrogateescape")
                    trait = Trait(rule, path, what, changeset.offsets[row], word)
                    found.append(_Found(row, trait))
                else:
                    more[rule] = count - most + 1
        if eyes.secrets is not None:
            eyes.secrets.finish()
            found += _secrets(eyes.secrets, changeset)
            more[_SECRET] = eyes.secrets.more
        eyes.known = _Known(found, more)
        return eyes.known


def _secrets(rider: SecretRider, changeset: Changeset) -> Iterator[_Found]:
    for file in rider.files:
        row = bisect_left(changeset.offsets, file.offset)
        is_listed = row < len(changeset) and changeset.offsets[row] == file.offset
        path = file.path.decode("utf-8", "surrogateescape")
        for sighting in file.sightings:
            what = f"{KINDS[sighting.kind].summary} at byte {sighting.offset}"
            if sighting.times > 1:
                what += f", and {sighting.times - 1} more"
            trait = Trait(_SECRET, path, what, file.offset + sighting.offset, sighting.kind)
            yield _Found(row if is_listed else -1, trait)


def _shown_links(tree: Tree) -> frozenset[int]:
    """Return the rows whose data a hard link shows."""
    fates = tree.fates
    return frozenset(inode for row, inode in tree.inodes.items() if fates[row] == Fate.VISIBLE)


def _fate(tree: Tree, shown: frozenset[int], layer: int, row: int) -> str | None:
    """Say how the image comes not to show a row; `None` where it does."""
    number = tree.starts[layer] + row
    if row < 0 or number in shown:
        return None
    fate, by = tree.fates[number], tree.hidden_by[number]
    if fate == Fate.DELETED:
        return f"deleted by layer {by}"
    if fate == Fate.OVERWRITTEN:
        return f"overwritten by {'the same layer' if by == layer else f'layer {by}'}"
    return None


def _masked_report(report: ArchiveReport) -> ArchiveReport:
    """Return a report without the values of secrets that the history of its images has."""
    images = tuple(
        replace(
            image,
            history=tuple(
                step._replace(created_by=_masked(step.created_by), comment=_masked(step.comment))
                for step in image.history
            ),
            layers=tuple(
                replace(layer, created_by=_masked(layer.created_by)) for layer in image.layers
            ),
        )
        for image in report.images
    )
    return replace(report, images=images)


def _masked(text: str | None) -> str | None:
    return None if text is None else masked(text)

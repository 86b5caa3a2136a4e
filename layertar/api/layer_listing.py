"""The entries of an image's layers: listed in the one reading of whatever has to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.codec import Compression, sniff
from layertar.codec.sniff import HEAD_SIZE
from layertar.errors import InputError, SelectionError
from layertar.filesystem import ChangesetBuilder, Room
from layertar.measure import BlobMeter, Depth, measure, skim
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from layertar.archive import Claim
    from layertar.filesystem import Changeset
    from layertar.filesystem.store import ChangesetStore
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.limits import Limits
    from layertar.measure import BlobMeasurement
    from layertar.members import Content, Member
    from layertar.tar import LayerFacts

__all__ = ["LayerListing", "Listed", "is_plain", "layer_claims", "no_such_layers", "problems_of"]

_QUICK = Depth(inside=True, content=False, digests=False)
_PROVED = Depth(inside=True, content=False)


class Listed(NamedTuple):
    """One layer.

    Attributes:
        changeset: its entries; `None` where there are none to be had.
        problem: why they may not be all, as one clause; `None` where they are.
        size: of the layer's tar, in bytes; `None` where that is not whole, so the next.
        content_size: of the data of its members, in bytes.
    """

    changeset: Changeset | None
    problem: str | None
    size: int | None = None
    content_size: int | None = None


def problems_of(listed: Iterable[Listed], of: str = "") -> tuple[str, ...]:
    """Return why layers, base first, may be listed in part, one clause each.

    Args:
        listed: the layers.
        of: whose they are, to be said with each, such as ` of a`.
    """
    return tuple(
        f"layer {number}{of}: {each.problem}" for number, each in enumerate(listed) if each.problem
    )


def no_such_layers(asked: str, count: int) -> SelectionError:
    """Make what is raised where an image of `count` layers has not those that were asked for."""
    return SelectionError(asked, f"the image has {count} layers, numbered from 0", ())


def layer_claims(image: JoinedImage) -> tuple[Claim, ...]:
    """Return for each layer, base first, a claim that leads to its bytes, if any does."""
    return tuple(
        next((each.claim for each in records if each.claim.is_present), records[0].claim)
        for records in image.layers
    )


class LayerListing:
    """Lists layers, be it in a reading that goes on anyway or in one of its own.

    It is what `Request.riders` asks for: called with a member, it gives a rider.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        workers: int | None,
        digests: bool = False,
        skims: bool = False,
        store: ChangesetStore | None = None,
    ) -> None:
        """Begin with nothing listed.

        Args:
            limits: the bounds.
            workers: layers read at a time; `None` for one a usable core.
            digests: whether to take the sha256 of each file.
            skims: whether to leave out those of a plain tar that cost a reading of their own.
            store: where listings are kept from run to run.
        """
        self._store = store
        self._limits = limits
        self._workers = workers
        self._digests = digests
        self._skims = skims or not digests
        self._room = Room(limits)
        self._builders: dict[Member, ChangesetBuilder] = {}

    def __call__(self, member: Member) -> ChangesetBuilder:
        """Give what keeps the entries of a member, should it be a layer."""
        builder = self._builders[member] = self._builder()
        return builder

    def _builder(self) -> ChangesetBuilder:
        return ChangesetBuilder(self._limits, self._room, digests=self._digests)

    def of_image(
        self, content: Content, evidence: Evidence, image: JoinedImage
    ) -> tuple[Listed, ...]:
        """List the layers of an image, base first; what has passed already is not read again.

        Raises:
            InputError: the archive could not be read.
        """
        return self.of_claims(content, evidence, layer_claims(image))

    def of_claims(
        self, content: Content, evidence: Evidence, claims: Sequence[Claim]
    ) -> tuple[Listed, ...]:
        """List the layers that these claims lead to, each with its listing."""
        members = {each.member: each for each in claims if each.member is not None}
        if evidence.is_verified:
            listed = {member: self._passed(evidence, member) for member in members}
        else:
            listed = self._read(content, members)
        cut = evidence.archive.framing.cut
        if cut in listed:
            listed[cut] = Listed(listed[cut].changeset, "the archive ends within it")
        return tuple(self._of_claim(claim, listed) for claim in claims)

    def _of_claim(self, claim: Claim, listed: Mapping[Member, Listed]) -> Listed:
        if claim.member is not None:
            return listed[claim.member]
        if claim.inline is None:
            return Listed(None, "it is not in the archive")
        builder = self._builder()
        meter = BlobMeter(_QUICK, self._limits, rider=builder)
        meter.feed(claim.inline)
        return _listed(builder, meter.finish())

    def _passed(self, evidence: Evidence, member: Member) -> Listed:
        """Return what was met when a member passed."""
        builder, measured = self._builders.get(member), evidence.measured.of_member(member)
        if builder is None:
            return Listed(None, "it was not read")
        if measured is None:
            return Listed(builder.changeset, "it could not be read to its end")
        return _listed(builder, measured)

    def _read(self, content: Content, claims: Mapping[Member, Claim]) -> dict[Member, Listed]:
        """Read members of an input that can be sought, as little of each as will do."""
        found = {} if self._store is None else self._kept(self._store, content, claims)
        if self._skims and self._store is None:
            for member in claims:
                if is_plain(content, member):
                    found[member] = self._skim(content, member)
        depth = _QUICK if self._store is None else _PROVED
        measured = measure(
            content,
            {member: depth for member in claims if member not in found},
            workers=self._workers,
            limits=self._limits,
            riders=self,
        )
        for member, measurement in measured.items():
            found[member] = _listed(self._builders[member], measurement)
        if self._store is not None and not content.changes():
            self._keep(self._store, content, measured, found)
        return found

    def _kept(
        self, store: ChangesetStore, content: Content, claims: Mapping[Member, Claim]
    ) -> dict[Member, Listed]:
        """Look up what was listed before, of bytes that are proved to be the same."""
        proved: dict[Member, str] = {}
        due: dict[Member, Depth] = {}
        for member, claim in claims.items():
            known = store.digest_of(content.identity(member))
            if known is not None:
                proved[member] = known
            elif claim.digest is None or store.has(claim.digest, digests=self._digests):
                due[member] = Depth(inside=False)
        hashed = measure(content, due, workers=self._workers, limits=self._limits)
        is_settled = not content.changes()
        for member, measurement in hashed.items():
            if measurement.unreadable is None and is_settled:
                proved[member] = str(measurement.digest)
                store.remember(content.identity(member), proved[member])
        found: dict[Member, Listed] = {}
        for member, digest in proved.items():
            changeset = store.get(digest, digests=self._digests)
            if changeset is not None:
                self._room.take(len(changeset), len(changeset.text))
                found[member] = Listed(changeset, None)
        return found

    def _keep(
        self,
        store: ChangesetStore,
        content: Content,
        measured: Mapping[Member, BlobMeasurement],
        listed: Mapping[Member, Listed],
    ) -> None:
        """Keep what was listed whole, by the digest that was measured in the same reading."""
        for member, measurement in measured.items():
            changeset, problem = listed[member].changeset, listed[member].problem
            if problem is None and changeset is not None and measurement.size == member.size:
                digest = str(measurement.digest)
                store.put(digest, changeset, digests=self._digests)
                store.remember(content.identity(member), digest)

    def _skim(self, content: Content, member: Member) -> Listed:
        builder = self._builder()
        try:
            facts = skim(content, member, builder, self._limits)
        except InputError as error:
            return Listed(builder.changeset, f"it cannot be read: {error.reason}")
        problem = _tar_problem(builder.changeset, facts)
        return Listed(builder.changeset, problem, member.size, _content_size(facts))


def is_plain(content: Content, member: Member) -> bool:
    """Whether a member is not compressed, so that what a tar has at a place is there."""
    try:
        head = next(content.pieces(member, size=HEAD_SIZE), b"")
    except InputError:
        return False  # Whoever reads it on will say why not.
    return sniff(head) is Compression.NONE


def _listed(builder: ChangesetBuilder, measured: BlobMeasurement) -> Listed:
    changeset = builder.changeset
    problem: str | None
    if measured.unreadable is not None:
        problem = f"it cannot be read: {measured.unreadable}"
    elif measured.broken is not None:
        problem = f"it cannot be uncompressed: {measured.broken.detail}"
    elif measured.aborted is not None:
        problem = f"it uncompresses to more than {measured.aborted} bytes"
    else:
        problem = _tar_problem(changeset, measured.tar)
        content_size = _content_size(measured.tar)
        return Listed(changeset, problem, measured.uncompressed_size, content_size)
    return Listed(changeset, problem)


def _content_size(facts: LayerFacts | None) -> int | None:
    if facts is None or facts.truncated is not None:
        return None
    # Old Docker's empty layers are no tar, and are empty.
    return facts.content_size if facts.is_tar or not facts.size else None


def _tar_problem(changeset: Changeset, facts: LayerFacts | None) -> str | None:
    if facts is None or (not facts.is_tar and facts.size):
        return "it is no tar"
    if facts.truncated is not None:
        return f"its tar is cut short: {facts.truncated.detail}"
    if changeset.is_full:
        return "it has more entries than are listed"
    if changeset.omitted:
        return f"{changeset.omitted} of its entries have names that no system can create"
    return None

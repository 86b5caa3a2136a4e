"""Evidence: everything that checks may look at, and who uses which bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Role
from layertar.findings.contents import NO_CONTENTS
from layertar.findings.pinned import NO_PIN
from layertar.policy.model import NO_POLICY, Policy
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from layertar.archive import (
        Archive,
        Claim,
        RecordedArtifact,
        RecordedImage,
        RecordedIndex,
        RecordedLayer,
    )
    from layertar.digest import Digest
    from layertar.fault import Fault
    from layertar.findings.contents import Contents
    from layertar.findings.pinned import Pin
    from layertar.image import JoinedImage, Measured
    from layertar.limits import Limits
    from layertar.members import Member

__all__ = [
    "Evidence",
    "Subject",
    "Use",
    "Uses",
    "borrowed_type",
    "is_part_of_nothing",
    "is_plain_tar",
    "layer_type",
    "missing_cause",
]


# Of what is claimed so, no document is read on the claim's account.
_NOT_READ = (Role.LAYER, Role.BLOB, Role.SUBJECT)


class Subject(NamedTuple):
    """What a finding is about: an image or an artifact, or one blob of it.

    Attributes:
        kind: `image` or `artifact`.
        number: which, in the order of `Evidence`.
        position: which layer of an image, or blob of an artifact; `None` for the whole.
    """

    kind: str
    number: int
    position: int | None = None


class Use(NamedTuple):
    """One claim and who makes it.

    Attributes:
        claim: the claim.
        subject: for whom; `None` for an index, which may be many images'.
        record: the image, artifact or index whose record has the claim; `None` where a file
            beside the blobs makes it.
        layer: the layer's record, where the claim is on a layer.
    """

    claim: Claim
    subject: Subject | None
    record: RecordedImage | RecordedArtifact | RecordedIndex | None
    layer: RecordedLayer | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """What one archive holds, records and measures.

    Attributes:
        archive: what it holds and records.
        images: the images, views joined.
        absent: images that an index lists and that are not here.
        artifacts: what is beside images.
        measured: what the bytes are.
        uses: every claim, and who makes it.
        changes: what changed in the input while it was read.
        limits: the bounds under which it was read.
        is_verified: whether every blob was measured, or only documents.
        is_halted: whether measuring ended at the first error, as the caller wanted.
        expected: the digests that the caller expects, each as given and as understood.
        pin: what else the archive is held against.
        digest: sha256 of the input as stored; `None` for a directory, or where nobody asks.
        wanted: the image that the caller selects; `None` for all.
        wanted_absent: the selected image, where it is listed and not here.
        policy: what the caller requires of images.
        now: the instant that ages end at; `None` where nothing has one.
        contents: what is known of the layers' files, where the caller asks.
    """

    archive: Archive
    images: tuple[JoinedImage, ...]
    absent: tuple[RecordedImage, ...]
    artifacts: tuple[RecordedArtifact, ...]
    measured: Measured
    uses: Uses
    changes: tuple[Fault, ...]
    limits: Limits
    is_verified: bool
    is_halted: bool = False
    expected: tuple[tuple[str, Digest], ...] = ()
    pin: Pin = NO_PIN
    digest: Digest | None = None
    wanted: int | None = None
    wanted_absent: RecordedImage | None = None
    policy: Policy = NO_POLICY
    now: datetime | None = None
    contents: Contents = NO_CONTENTS

    @property
    def is_cut(self) -> bool:
        """Whether the archive or its reading is cut short: what is absent may be behind."""
        if self.archive.framing.is_stopped:
            return True
        rules = {fault.rule for fault in self.archive.framing.faults}
        return bool(rules & {"archive-truncated", "outer-compression-truncated"})

    def cuts(self, claim: Claim) -> bool:
        """Whether the archive's end cuts short what a claim leads to."""
        cut = self.archive.framing.cut
        return cut is not None and claim.member is cut

    def image_key(self, number: int) -> str | None:
        """Return the digest by which findings call an image: its manifest's, else its ID."""
        first = self.images[number].first
        claim = first.manifest if first.manifest is not None else first.config
        if claim is None:
            return None
        digest = self.measured.digest(claim) or claim.digest
        return str(digest) if digest is not None else None


class Uses:
    """Every claim of an archive, by what it leads to."""

    def __init__(
        self,
        archive: Archive,
        images: tuple[JoinedImage, ...],
        absent: tuple[RecordedImage, ...],
        artifacts: tuple[RecordedArtifact, ...],
    ) -> None:
        """Gather them, in document order."""
        self.all: tuple[Use, ...] = tuple(_gather(archive, images, absent, artifacts))
        self._by_member: dict[Member, list[Use]] = {}
        for use in self.all:
            if use.claim.member is not None:
                self._by_member.setdefault(use.claim.member, []).append(use)
        self._below: dict[Member, set[Subject]] = {}
        for number, image in enumerate(images):
            for index in image.first.chain:
                if index.member is not None:
                    self._below.setdefault(index.member, set()).add(Subject("image", number))

    @property
    def index_claims(self) -> tuple[Claim, ...]:
        """The claims on indexes."""
        return tuple(use.claim for use in self.all if use.claim.role is Role.INDEX)

    def cut_off(self, broken: Collection[Claim], images: Sequence[JoinedImage]) -> set[Subject]:
        """Return the images to which no path of index claims leads but through `broken` ones.

        Args:
            broken: claims on indexes that do not hold.
            images: the evidence's.
        """
        below: dict[str, set[str]] = {}
        inner: set[str] = set()
        apart = set(map(id, broken))
        for claim in self.index_claims:
            if claim.member is None or claim.member.name == claim.document:
                continue
            inner.add(claim.member.name)
            if id(claim) not in apart:
                below.setdefault(claim.document, set()).add(claim.member.name)
        waiting = [document for document in below if document not in inner]
        sound: set[str] = set()
        while waiting:
            document = waiting.pop()
            if document not in sound:
                sound.add(document)
                waiting.extend(below.get(document, ()))
        lost = inner - sound
        return {
            Subject("image", number)
            for number, image in enumerate(images)
            if image.first.manifest is not None
            and all(
                claim.document in lost for claim in (image.first.manifest, *image.first.repeats)
            )
        }

    def of(self, member: Member) -> tuple[Use, ...]:
        """Return the claims that lead to `member`."""
        return tuple(self._by_member.get(member, ()))

    def subjects(self, member: Member) -> frozenset[Subject]:
        """Return whom `member` is a part of, or, if it is an index, the images below it."""
        users = (use.subject for use in self.of(member) if use.subject is not None)
        return frozenset(self._below.get(member, ())).union(users)

    def readers(self, member: Member) -> frozenset[Subject]:
        """Return whose document `member` is: not those who take it for a layer.

        Nor those that are only attached to it: what it says is no word of theirs.
        """
        users = (
            use.subject
            for use in self.of(member)
            if use.subject is not None and use.claim.role not in _NOT_READ
        )
        return frozenset(self._below.get(member, ())).union(users)


def _gather(
    archive: Archive,
    images: tuple[JoinedImage, ...],
    absent: tuple[RecordedImage, ...],
    artifacts: tuple[RecordedArtifact, ...],
) -> Iterator[Use]:
    for view in archive.views:
        for index in view.indexes:
            if index.claim is not None:
                yield Use(index.claim, None, index)
        for claim in view.claims:
            yield Use(claim, None, None)
    for number, image in enumerate(images):
        subject = Subject("image", number)
        for record in image.records:
            yield from _of_image(record, subject)
    for record in absent:
        if record.manifest is not None:
            yield Use(record.manifest, None, record)
    for number, artifact in enumerate(artifacts):
        yield from _of_artifact(artifact, Subject("artifact", number))


def _of_artifact(record: RecordedArtifact, subject: Subject) -> Iterator[Use]:
    if record.manifest is not None and record.manifest.role is not Role.INDEX:
        yield Use(record.manifest, subject, record)
    for claim in record.repeats:
        yield Use(claim, subject, record)
    if record.subject_claim is not None:
        yield Use(record.subject_claim, subject, record)
    for position, claim in enumerate(record.blobs):
        yield Use(claim, subject._replace(position=position), record)


def _of_image(record: RecordedImage, subject: Subject) -> Iterator[Use]:
    if record.manifest is not None:
        yield Use(record.manifest, subject, record)
    for claim in record.repeats:
        yield Use(claim, subject, record)
    if record.subject is not None:
        yield Use(record.subject, subject, record)
    if record.config is not None:
        yield Use(record.config, subject, record)
    for layer in record.layers:
        yield Use(layer.claim, subject._replace(position=layer.position), record, layer)


def is_part_of_nothing(evidence: Evidence, member: Member) -> bool:
    """Whether no view uses a member, neither as a document of its own nor by a claim."""
    if evidence.uses.of(member):
        return False
    return all(member not in view.documents for view in evidence.archive.views)


def missing_cause(evidence: Evidence, path: str) -> tuple[str, str]:
    """Return what everybody who misses the bytes behind `path` has in common."""
    lookup = evidence.archive.links.get(path)
    return ("missing", lookup.target if lookup is not None else path)


def layer_type(evidence: Evidence, use: Use) -> str | None:
    """Return what a layer is said to be by the view that makes the claim; a docker view has none.

    What an OCI manifest calls the same blob does not concern the readers of `manifest.json`, which
    decompress every layer that it names and compare it with the config (moby/moby,
    daemon/internal/image/tarexport/load.go), but for what `borrowed_type` says.
    """
    subject = use.subject
    if use.layer is None or subject is None or use.claim.media_type is not None:
        return use.claim.media_type
    first = evidence.images[subject.number].first  # An OCI view's, if it is in one.
    return borrowed_type(evidence, use.claim, first.layers[use.layer.position])


def borrowed_type(evidence: Evidence, claim: Claim, other: RecordedLayer) -> str | None:
    """Return the type that another view's record of a layer has for it, if it says no tar is due.

    containerd exports encrypted layers, and file systems in another form than tar, as they are and
    names them in `manifest.json`, too (core/images/archive/exporter.go). What does unpack to a tar
    is held to be one, whatever it is called.
    """
    said = other.claim.media_type
    if said is None or claim.member is None or other.claim.member is not claim.member:
        return None
    if is_plain_tar(said) or not mediatype.is_layer(said):
        return None
    measurement = evidence.measured.of(claim)
    facts = measurement.tar if measurement is not None else None
    return said if facts is None or not facts.is_tar else None


def is_plain_tar(media_type: str | None) -> bool:
    """Whether a layer of this type must be a tar that can be read; a docker view has no other."""
    if media_type is None:
        return True
    return mediatype.is_tar_layer(media_type) and not mediatype.is_encrypted(media_type)

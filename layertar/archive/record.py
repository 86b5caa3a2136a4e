"""What each view of an archive records: claims, images, artifacts. Nothing here is judged."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.digest import Digest
    from layertar.documents import Descriptor, ImageConfig, Index, Manifest
    from layertar.fault import Fault
    from layertar.members import Member
    from layertar.platform import Platform

__all__ = [
    "Claim",
    "Name",
    "Presence",
    "RecordedArtifact",
    "RecordedImage",
    "RecordedIndex",
    "RecordedLayer",
    "Role",
    "View",
    "claims_of",
]


_NO_ANNOTATIONS: Mapping[str, str] = MappingProxyType({})
_NO_SOURCES: Mapping[str, Descriptor] = MappingProxyType({})


class Role(Enum):
    """What a blob is said to be; the value is how messages call it."""

    INDEX = "index"
    MANIFEST = "manifest"
    CONFIG = "config"
    LAYER = "layer"
    BLOB = "blob"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Claim:
    """A document's word on a blob: this one, there, should be that.

    Attributes:
        role: what the blob is said to be.
        document: the name of the member whose document says so.
        pointer: where in that document (RFC 6901).
        path: the member name that the claim leads to, as recorded in a docker view; empty where
            it leads to none.
        member: what lies there, links followed; `None` if nothing does.
        digest: what the blob's digest should be; `None` where the document does not say.
        size: what its size should be, in bytes; `None` likewise.
        media_type: what it is said to be; `None` likewise.
        inline: the bytes that the document embeds for it, if they are what it records.
        data: the bytes that the document embeds for it, whatever they are.
        annotations: the descriptor's, as recorded.
        is_name: whether `digest` is only read off the blob's name (a docker view's config).
    """

    role: Role
    document: str
    pointer: str
    path: str
    member: Member | None
    digest: Digest | None = None
    size: int | None = None
    media_type: str | None = None
    inline: bytes | None = None
    data: bytes | None = None
    is_name: bool = False
    annotations: Mapping[str, str] = _NO_ANNOTATIONS

    @property
    def is_present(self) -> bool:
        """Whether the blob is in the archive, as a member or within the document."""
        return self.member is not None or self.inline is not None


class Presence(Enum):
    """Whether what is absent of an image may lawfully be absent.

    containerd's exporter passes over what was never pulled (core/images/archive/exporter.go).

    DUE: all of it is due. HOLLOW: its manifest is here, config and layers are not, and a
    sibling under the same nested index is complete. ABSENT: its manifest is not here, and a
    sibling is complete.
    """

    DUE = "due"
    HOLLOW = "hollow"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that an archive gives an image.

    Attributes:
        text: as recorded.
        is_complete: whether it names a repository, and not only a tag in an unknown one.
    """

    text: str
    is_complete: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedLayer:
    """One layer as one view records it.

    Attributes:
        position: 0 for the base.
        claim: which blob it is.
        diff_id: as the config records it at this position.
    """

    position: int
    claim: Claim
    diff_id: Digest | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedImage:
    """One image as one view records it.

    Attributes:
        view: which view: `oci`, `docker` or `docker-v1`.
        document: the name of the member that lists it, and the pointer to it therein.
        names: as recorded; more are added by every descriptor that leads here.
        chain: the indexes that lead from `index.json` to it, outermost first.
        manifest: the claim on its manifest; `None` in a docker view.
        repeats: more claims on the same manifest, by other descriptors.
        manifest_document: that manifest, as far as it could be read.
        config: the claim on its config; `None` where the format has none.
        config_document: that config, as far as it could be read.
        layers: base first.
        platform: as the index records it.
        presence: whether some of it may lawfully be absent.
        subject: the claim on what the manifest says that it is attached to.
        layer_total: how many layers are recorded, of which `layers` may be the first few.
        layer_sources: a docker view's `LayerSources`.
        parent: a docker view's `Parent`.
    """

    view: str
    document: str
    pointer: str
    names: tuple[Name, ...] = ()
    chain: tuple[Claim, ...] = ()
    manifest: Claim | None = None
    repeats: tuple[Claim, ...] = ()
    manifest_document: Manifest | None = None
    config: Claim | None = None
    config_document: ImageConfig | None = None
    layers: tuple[RecordedLayer, ...] = ()
    platform: Platform | None = None
    presence: Presence = Presence.DUE
    subject: Claim | None = None
    layer_total: int = 0
    layer_sources: Mapping[str, Descriptor] = _NO_SOURCES
    parent: str | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedArtifact:
    """Something beside images.

    Attributes:
        manifest: the claim on its manifest, or on the index whose entries are its blobs;
            `None` for entries of `index.json` itself.
        repeats: more claims on the same manifest, by other descriptors.
        manifest_document: that manifest; `None` where it is an index or could not be read.
        artifact_type: as recorded.
        names: as recorded, by what in `index.json` leads to it and to no image.
        platform: as the index records it.
        subject: what it is attached to, as recorded.
        subject_claim: the claim on that, where the manifest makes one.
        blobs: config and layers.
        chain: the indexes that lead to it, outermost first.
        presence: whether some of it may lawfully be absent.
        is_referrer: whether it is here only on account of another image.
    """

    manifest: Claim | None
    manifest_document: Manifest | None
    artifact_type: str | None
    subject: Digest | None
    blobs: tuple[Claim, ...]
    names: tuple[Name, ...] = ()
    platform: Platform | None = None
    subject_claim: Claim | None = None
    repeats: tuple[Claim, ...] = ()
    chain: tuple[Claim, ...] = ()
    presence: Presence = Presence.DUE
    is_referrer: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedIndex:
    """One index that a view leads through.

    Attributes:
        claim: the claim on it; `None` for `index.json`, which nothing records.
        document: the index, as far as it could be read.
        presence: whether it may be absent.
    """

    claim: Claim | None
    document: Index | None
    presence: Presence = Presence.DUE


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """Everything that one view records.

    Attributes:
        name: `oci`, `docker`, `docker-v1`, `dir`, or that of a rarer one.
        images: in document order; those that are absent too.
        artifacts: likewise.
        indexes: in document order, `index.json` first.
        documents: the members that make up the view itself (`index.json`, `oci-layout`, ...).
        tags: the `repositories` file of a docker view: name and tag, and what they lead to.
        claims: what files beside the blobs say of these, whoever uses them.
        faults: what was met while reading.
    """

    name: str
    images: tuple[RecordedImage, ...]
    artifacts: tuple[RecordedArtifact, ...]
    indexes: tuple[RecordedIndex, ...] = ()
    documents: tuple[Member, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    faults: tuple[Fault, ...] = ()

    def digests(self) -> Iterator[tuple[Claim, Digest | None]]:
        """Iterate over every claim, each with the diff_id where it is on a layer."""
        for index in self.indexes:
            if index.claim is not None:
                yield index.claim, None
        for claim in self.claims:
            yield claim, None
        items: tuple[RecordedImage | RecordedArtifact, ...] = (*self.images, *self.artifacts)
        for item in items:
            for claim in claims_of(item):
                yield claim, None
        for image in self.images:
            for layer in image.layers:
                yield layer.claim, layer.diff_id


def claims_of(item: RecordedImage | RecordedArtifact) -> Iterator[Claim]:
    """Iterate over everything that one image or artifact claims, outermost first."""
    if item.manifest is not None:
        yield item.manifest
    yield from item.repeats
    subject = item.subject_claim if isinstance(item, RecordedArtifact) else item.subject
    if subject is not None:
        yield subject
    if isinstance(item, RecordedArtifact):
        yield from item.blobs
        return
    if item.config is not None:
        yield item.config
    for layer in item.layers:
        yield layer.claim

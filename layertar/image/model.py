"""Image, Layer and Artifact: what the user is shown, whoever recorded it.

Every field outside `recorded` is measured, and `None` where it was not measured.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.value import dataclass

if TYPE_CHECKING:
    from layertar.digest import Digest
    from layertar.documents import HistoryEntry
    from layertar.platform import Platform

__all__ = [
    "Artifact",
    "ArtifactBlob",
    "ConfigBlob",
    "Image",
    "Layer",
    "RecordedBase",
    "RecordedConfig",
    "RecordedIdentity",
    "RecordedLayerFacts",
    "Verdict",
]


class Verdict(Enum):
    """What is proved of an archive, an image, an artifact, a layer or a blob."""

    VERIFIED = "verified"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    UNVERIFIABLE = "unverifiable"
    UNREADABLE = "unreadable"
    RECORDED = "recorded"
    MISSING = "missing"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIdentity:
    """The digests by which an archive calls an image."""

    image_id: Digest | None
    manifest_digest: Digest | None
    index_digest: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedConfig:
    """What the manifest, or a docker view's name, says of the config; size in bytes."""

    digest: Digest | None
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigBlob:
    """An image's config; size in bytes."""

    digest: Digest | None
    size: int | None
    member: str | None
    recorded: RecordedConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLayerFacts:
    """What manifest (digest, size in bytes) and config (diff_id) say of a layer."""

    digest: Digest | None
    diff_id: Digest | None
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of an image.

    Attributes:
        position: 0 for the base.
        digest: of the stored bytes.
        diff_id: digest of the uncompressed bytes.
        chain_id: of this layer and all below (OCI image-spec, config.md, Layer ChainID).
        media_type: as the manifest records it.
        compression: what the bytes are: `none`, `gzip`, `zstd`, `xz`, `bzip2`.
        size: of the stored bytes, in bytes.
        uncompressed_size: in bytes.
        member: the member of the archive that holds it.
        created_by: the history's instruction, where layers and history can be matched.
        recorded: what the documents say.
        verdict: what is proved.
        member_size: of that member, as the archive's header says, in bytes.
        content_size: bytes of the files in it, which is what Docker calls a layer's size.
    """

    position: int
    digest: Digest | None
    diff_id: Digest | None
    chain_id: Digest | None
    media_type: str | None
    compression: str | None
    size: int | None
    uncompressed_size: int | None
    member: str | None
    created_by: str | None
    recorded: RecordedLayerFacts
    verdict: Verdict
    member_size: int | None = None
    content_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBase:
    """The image that an image says it was built on, as recorded; nothing here can prove it.

    Spec: OCI image-spec, annotations.md, org.opencontainers.image.base.name and base.digest.
    """

    name: str | None
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image.

    Attributes:
        names: recorded spellings, one a reference, the fullest first.
        image_id: sha256 of the config: what `docker images` shows on the classic store.
        manifest_digest: of the image's manifest.
        index_digest: of the innermost index that lists the image; never of `index.json`.
        platform: the config's, else the index's.
        created: as the config records it.
        recorded: the identities as the archive records them.
        views: which views list the image: `oci`, `docker`, `docker-v1`.
        verdict: what is proved.
        config: the config; `None` where the format has none.
        layers: base first.
        history: the steps of its making, as the config records them, oldest first.
        base: what it was built on, if it says so.
    """

    names: tuple[str, ...]
    image_id: Digest | None
    manifest_digest: Digest | None
    index_digest: Digest | None
    platform: Platform | None
    created: str | None
    recorded: RecordedIdentity
    views: tuple[str, ...]
    verdict: Verdict
    config: ConfigBlob | None
    layers: tuple[Layer, ...]
    history: tuple[HistoryEntry, ...] = ()
    base: RecordedBase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactBlob:
    """One blob of an artifact; size in bytes, digest measured."""

    digest: Digest | None
    media_type: str | None
    size: int | None
    member: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something beside images: an attestation, a signature, a chart, a build record.

    Attributes:
        digest: of its manifest, measured.
        media_type: of its manifest.
        artifact_type: as recorded.
        names: likewise; those of an image that it is beside are not its own.
        subject: digest of what it is attached to, as recorded.
        size: of the manifest, in bytes.
        verdict: what is proved.
        blobs: config and layers.
    """

    digest: Digest | None
    media_type: str | None
    artifact_type: str | None
    names: tuple[str, ...]
    subject: Digest | None
    size: int | None
    verdict: Verdict
    blobs: tuple[ArtifactBlob, ...]

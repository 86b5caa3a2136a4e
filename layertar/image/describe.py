"""From records and measurements to the images and artifacts that a user is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.digest import Digest, chain_ids
from layertar.image.model import (
    Artifact,
    ArtifactBlob,
    ConfigBlob,
    Image,
    Layer,
    RecordedBase,
    RecordedConfig,
    RecordedIdentity,
    RecordedLayerFacts,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.archive import Claim, RecordedArtifact, RecordedLayer
    from layertar.image.join import JoinedImage
    from layertar.image.measured import Measured
    from layertar.measure import BlobMeasurement
    from layertar.platform import Platform

__all__ = ["describe_artifact", "describe_image", "measured_image_id", "platform_of"]

_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"


def measured_image_id(image: JoinedImage, measured: Measured) -> Digest | None:
    """Return the sha256 of the config, whatever algorithm records it."""
    config = image.first.config
    measurement = measured.of(config) if config is not None else None
    return measurement.digest if measurement is not None else None


def platform_of(image: JoinedImage) -> Platform | None:
    """Return the config's platform, else what an index records."""
    document = image.first.config_document
    if document is not None and (document.platform.os or document.platform.architecture):
        return document.platform
    return image.first.platform


def describe_image(
    image: JoinedImage,
    measured: Measured,
    *,
    verdict: Verdict,
    layers: Mapping[int, Verdict],
    inside: bool,
) -> Image:
    """Describe one image.

    Args:
        image: what is recorded.
        measured: what was measured.
        verdict: what is proved of it.
        layers: what is proved of each layer, by position.
        inside: whether layers were measured; a document's own measurement says nothing of them.
    """
    first = image.first
    index = first.chain[-1] if first.chain else None
    document = first.config_document
    return Image(
        names=tuple(name.text for name in image.names),
        image_id=measured_image_id(image, measured),
        manifest_digest=measured.digest(first.manifest),
        index_digest=measured.digest(index),
        platform=platform_of(image),
        created=document.created if document is not None else None,
        recorded=RecordedIdentity(
            image_id=first.config.digest if first.config is not None else None,
            manifest_digest=first.manifest.digest if first.manifest is not None else None,
            index_digest=index.digest if index is not None else None,
        ),
        views=image.views,
        verdict=verdict,
        config=_config(first.config, measured),
        layers=_layers(image, measured, layers, inside=inside),
        history=document.history if document is not None else (),
        base=_base(image),
    )


def _base(image: JoinedImage) -> RecordedBase | None:
    """Return what an image says that it was built on: its manifest, its config, who lists it."""
    first = image.first
    sources = [
        first.manifest_document.annotations if first.manifest_document is not None else {},
        first.config_document.labels if first.config_document is not None else {},
        first.manifest.annotations if first.manifest is not None else {},
    ]
    for source in sources:
        name, digest = source.get(_BASE_NAME), source.get(_BASE_DIGEST)
        if name or digest:
            return RecordedBase(name=name or None, digest=digest or None)
    return None


def _config(claim: Claim | None, measured: Measured) -> ConfigBlob | None:
    if claim is None:
        return None
    measurement = measured.of(claim)
    return ConfigBlob(
        digest=measured.digest(claim),
        size=measurement.size if measurement is not None else None,
        member=claim.member.name if claim.member is not None else None,
        recorded=RecordedConfig(digest=claim.digest, size=claim.size),
    )


def _layers(
    image: JoinedImage, measured: Measured, verdicts: Mapping[int, Verdict], *, inside: bool
) -> tuple[Layer, ...]:
    created_by = _created_by(image)
    measured_diff_ids: list[Digest | None] = []
    claims = [_claim(records) for records in image.layers]
    for records, claim in zip(image.layers, claims, strict=True):
        measurement = measured.of(claim) if inside else None
        recorded = records[0].diff_id
        algorithm = recorded.algorithm if recorded is not None else "sha256"
        diff_ids = measurement.diff_ids if measurement is not None else {}
        measured_diff_ids.append(diff_ids.get(algorithm, diff_ids.get("sha256")))
    chain = _chain(measured_diff_ids)
    layers: list[Layer] = []
    for position, (records, claim) in enumerate(zip(image.layers, claims, strict=True)):
        measurement = measured.of(claim) if inside else None
        first = records[0]
        layers.append(
            Layer(
                position=position,
                digest=measured.digest(claim) if measurement is not None else None,
                diff_id=measured_diff_ids[position],
                chain_id=chain[position],
                media_type=first.claim.media_type,
                compression=measurement.compression.value if measurement is not None else None,
                size=measurement.size if measurement is not None else None,
                uncompressed_size=measurement.uncompressed_size if measurement else None,
                member=claim.member.name if claim.member is not None else None,
                created_by=created_by.get(position),
                recorded=RecordedLayerFacts(
                    digest=first.claim.digest, diff_id=first.diff_id, size=first.claim.size
                ),
                verdict=verdicts.get(position, Verdict.RECORDED),
                member_size=claim.member.size if claim.member is not None else None,
                content_size=_content_size(measurement),
            )
        )
    return tuple(layers)


def _content_size(measurement: BlobMeasurement | None) -> int | None:
    """Return the bytes of the files in a layer that is a whole tar."""
    if measurement is None or measurement.diff_id is None or measurement.tar is None:
        return None
    if not measurement.uncompressed_size:
        return measurement.uncompressed_size  # old Docker's empty layers are no tar, and are empty
    tar = measurement.tar
    return tar.content_size if tar.is_tar and tar.truncated is None else None


def _claim(records: tuple[RecordedLayer, ...]) -> Claim:
    """Choose the claim that shows a layer: the OCI one, unless only another has the bytes."""
    return next((record.claim for record in records if record.claim.is_present), records[0].claim)


def _chain(diff_ids: list[Digest | None]) -> list[Digest | None]:
    """Compute chain IDs as far up as every diff_id below was measured."""
    known: list[Digest] = []
    for diff_id in diff_ids:
        if diff_id is None:
            break
        known.append(diff_id)
    chain: list[Digest | None] = list(chain_ids(known))
    return chain + [None] * (len(diff_ids) - len(chain))


def _created_by(image: JoinedImage) -> dict[int, str]:
    """Map positions to instructions, only where history and layers agree in number."""
    document = image.first.config_document
    if document is None:
        return {}
    made = [entry for entry in document.history if not entry.empty_layer]
    if len(made) != len(image.first.layers):
        return {}
    return {
        position: entry.created_by
        for position, entry in enumerate(made)
        if entry.created_by is not None
    }


def describe_artifact(
    artifact: RecordedArtifact,
    measured: Measured,
    *,
    verdict: Verdict,
    blobs: Mapping[int, Verdict],
) -> Artifact:
    """Describe one artifact; `blobs` has what is proved of each blob, by position."""
    claim = artifact.manifest
    measurement = measured.of(claim) if claim is not None else None
    return Artifact(
        digest=measured.digest(claim),
        media_type=claim.media_type if claim is not None else None,
        artifact_type=artifact.artifact_type,
        names=tuple(name.text for name in artifact.names),
        subject=artifact.subject,
        size=measurement.size if measurement is not None else None,
        verdict=verdict,
        blobs=tuple(
            _artifact_blob(blob, measured, blobs.get(position, Verdict.RECORDED))
            for position, blob in enumerate(artifact.blobs)
        ),
    )


def _artifact_blob(claim: Claim, measured: Measured, verdict: Verdict) -> ArtifactBlob:
    measurement = measured.of(claim)
    return ArtifactBlob(
        digest=measured.digest(claim),
        media_type=claim.media_type,
        size=measurement.size if measurement is not None else None,
        member=claim.member.name if claim.member is not None else None,
        verdict=verdict,
    )


def is_tar_layer(claim: Claim) -> bool:
    """Whether a claim is on a layer that must be a tar; a docker view has no other."""
    return claim.media_type is None or mediatype.is_tar_layer(claim.media_type)

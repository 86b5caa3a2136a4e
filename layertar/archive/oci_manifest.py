"""One manifest of an OCI view: an image's, or something else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive.oci_nodes import Contents
from layertar.archive.record import (
    Claim,
    RecordedArtifact,
    RecordedImage,
    RecordedLayer,
    Role,
)
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.documents import Descriptor, Manifest

__all__ = ["FoundManifest", "embedded_data", "names_odd_places", "place_of", "role_of"]

_REFERENCE_TYPE = "vnd.docker.reference.type"
_REFERENCE_DIGEST = "vnd.docker.reference.digest"
_REFERRER = "io.containerd.manifest.subject"


class FoundManifest(NamedTuple):
    """A manifest that an index leads to, and what it names.

    Attributes:
        descriptor: the index's entry.
        claim: the claim that it makes.
        manifest: the manifest, as far as it could be read.
        config: the claim on its config.
        blobs: the claims on its layers, base first.
        chain: the indexes that lead to it, outermost first.
    """

    descriptor: Descriptor
    claim: Claim
    manifest: Manifest | None
    config: Claim | None
    blobs: tuple[Claim, ...]
    chain: tuple[Claim, ...]

    @property
    def contents(self) -> tuple[Claim, ...]:
        """Config and layers."""
        return (self.config, *self.blobs) if self.config is not None else self.blobs

    def measure(self, *, is_image: bool) -> Contents:
        """Say how much is here of what it names."""
        if self.manifest is None:
            return Contents()
        is_partial = not all(
            claim.is_present or mediatype.is_nondistributable(claim.media_type or "")
            for claim in self.contents
        )
        members = tuple(claim.member for claim in self.contents if claim.member is not None)
        return Contents(members, is_partial, is_image)

    def is_image(self, reader: DocumentReader) -> bool:
        """Whether this is an image, and no attestation, signature or chart."""
        descriptor = self.descriptor
        if descriptor.annotations.get(_REFERENCE_TYPE):
            return False
        if descriptor.platform is not None and descriptor.platform.is_unknown:
            return False
        if self.manifest is None:
            return mediatype.is_manifest(descriptor.media_type)
        if mediatype.is_schema1(descriptor.media_type):
            return True  # It is older than artifacts.
        config = self.config
        if config is None or not mediatype.is_image_config(config.media_type or ""):
            return False
        return self._has_image_layers(config, reader)

    def _has_image_layers(self, config: Claim, reader: DocumentReader) -> bool:
        """Whether layers are an image's, given a config of an image's type.

        If all are of types that no image has, only a `rootfs` makes it an image, and only if
        the layers do not say that they are something else.
        """
        types = [blob.media_type or "" for blob in self.blobs]
        if not types or any(mediatype.is_layer(media_type) for media_type in types):
            return True
        if all(mediatype.is_artifact_content(media_type) for media_type in types):
            return False
        document = reader.config_of(config)
        return document is not None and document.has_rootfs

    def as_image(self, reader: DocumentReader, subject: Claim | None, view: str) -> RecordedImage:
        """Return this as an image of a view; names are given it later, by all that lead to it."""
        config = self.config
        document = reader.config_of(config) if config is not None else None
        diff_ids = document.diff_ids if document is not None else None
        layers = tuple(
            RecordedLayer(
                position=position,
                claim=blob,
                diff_id=diff_ids[position] if diff_ids and position < len(diff_ids) else None,
            )
            for position, blob in enumerate(self.blobs)
        )
        return RecordedImage(
            view=view,
            document=self.claim.document,
            pointer=self.claim.pointer,
            chain=self.chain,
            manifest=self.claim,
            manifest_document=self.manifest,
            config=config,
            config_document=document,
            layers=layers,
            platform=self.descriptor.platform,
            subject=subject,
            layer_total=len(self.manifest.layers) if self.manifest is not None else 0,
        )

    def as_artifact(self, subject: Claim | None) -> RecordedArtifact:
        """Return this as an artifact."""
        return RecordedArtifact(
            manifest=self.claim,
            manifest_document=self.manifest,
            artifact_type=self._artifact_type(),
            subject=self._subject_digest(),
            subject_claim=subject,
            blobs=self.contents,
            platform=self.descriptor.platform,
            chain=self.chain,
            is_referrer=_REFERRER in self.descriptor.annotations,
        )

    def _artifact_type(self) -> str | None:
        """Return what kind of artifact it is (OCI image-spec, manifest.md, artifactType)."""
        manifest = self.manifest
        if manifest is None:
            return self.descriptor.artifact_type
        if manifest.artifact_type:
            return manifest.artifact_type
        return manifest.config.media_type if manifest.config is not None else None

    def _subject_digest(self) -> Digest | None:
        """Return what it is attached to, by its manifest or by who lists it."""
        manifest = self.manifest
        if manifest is not None and manifest.subject is not None:
            return manifest.subject.digest
        for key in (_REFERENCE_DIGEST, _REFERRER):
            text = self.descriptor.annotations.get(key)
            if text:
                try:
                    return Digest.parse(text)
                except DigestError:
                    return None
        return None


def place_of(claim: Claim) -> str:
    """Name the document that a claim leads to; one that is embedded, by who embeds it."""
    return claim.member.name if claim.member is not None else claim.document


def embedded_data(descriptor: Descriptor) -> bytes | None:
    """Return embedded `data` if it is what the descriptor records (descriptor.md, data)."""
    data, digest = descriptor.data, descriptor.digest
    if data is None or digest is None or not digest.is_supported or len(data) != descriptor.size:
        return None
    return data if Digest.of(data, algorithm=digest.algorithm) == digest else None


def names_odd_places(descriptor: Descriptor) -> bool:
    """Whether a blob may be had elsewhere in another way than layers kept there by law."""
    if not descriptor.urls:
        return False
    return not mediatype.is_nondistributable(descriptor.media_type) or not all(
        url.startswith("https://") for url in descriptor.urls
    )


def role_of(descriptor: Descriptor) -> Role:
    """Say what an index's entry is, by its media type."""
    media_type = descriptor.media_type
    if mediatype.is_index(media_type):
        return Role.INDEX
    if (
        mediatype.is_manifest(media_type)
        or mediatype.is_schema1(media_type)
        or media_type == mediatype.OCI_ARTIFACT_MANIFEST
    ):
        return Role.MANIFEST
    return Role.BLOB

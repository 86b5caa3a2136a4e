"""What a test wants an archive to hold: layers, images and artifacts, and their documents' bytes.

Every digest is computed here, with `hashlib` and nothing of layertar, so that an expected value
never comes from the code under test.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.tarmaker import Codec, compress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "EMPTY_TYPE",
    "INDEX_TYPE",
    "LAYER_TYPE",
    "MANIFEST_TYPE",
    "ArtifactRecipe",
    "BlobRecipe",
    "ImageRecipe",
    "LayerFacts",
    "LayerRecipe",
    "PlatformName",
    "attestation",
    "descriptor",
    "dumps",
    "oras_artifact",
    "sha256",
    "signature",
]

INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"

_EPOCH: Final = "1970-01-01T00:00:00Z"


class PlatformName(NamedTuple):
    """A platform as a descriptor writes it."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str | None = None

    @property
    def document(self) -> dict[str, str]:
        """The keys of a descriptor's `platform`, which are those of a config too."""
        keys = {"architecture": self.architecture, "os": self.os}
        return keys if self.variant is None else {**keys, "variant": self.variant}


_LINUX_AMD64: Final = PlatformName()


class LayerFacts(NamedTuple):
    """What is true of one layer's bytes; sizes in bytes; `None` where the layer is absent."""

    digest: str | None
    diff_id: str | None
    size: int | None
    uncompressed_size: int | None


def sha256(data: bytes) -> str:
    """The digest of `data`, with its algorithm's name."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def dumps(value: object) -> bytes:
    """The bytes of a document: compact, keys in the order given."""
    return json.dumps(value, separators=(",", ":")).encode()


def descriptor(media_type: str, content: bytes, **more: object) -> dict[str, object]:
    """A descriptor of `content`; keys of `more` that are empty or `None` are left out."""
    extra = {key: value for key, value in more.items() if value}
    return {"mediaType": media_type, "digest": sha256(content), "size": len(content), **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRecipe:
    """One layer.

    Attributes:
        tar: the uncompressed bytes; `b""` or anything else that is no tar is allowed.
        compression: how an archive that keeps layers compressed stores it.
        stored: these very stored bytes, in place of what the compressor makes.
        media_type: in place of the one that names the compression.
        annotations: of its descriptor.
        urls: of its descriptor.
        created_by: of its history entry.
    """

    tar: bytes
    compression: Codec = "gzip"
    stored: bytes | None = None
    media_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    created_by: str = "COPY . / # buildkit"

    @property
    def blob(self) -> bytes:
        """The bytes as stored."""
        return compress(self.tar, self.compression) if self.stored is None else self.stored

    @property
    def diff_id(self) -> str:
        """The digest of the uncompressed bytes."""
        return sha256(self.tar)

    @property
    def facts(self) -> LayerFacts:
        """What is true of the layer as stored."""
        blob = self.blob
        return LayerFacts(sha256(blob), self.diff_id, len(blob), len(self.tar))

    @property
    def plain(self) -> LayerRecipe:
        """The same layer stored uncompressed, as `docker save` does."""
        return LayerRecipe(tar=self.tar, compression="none", created_by=self.created_by)

    @property
    def descriptor(self) -> dict[str, object]:
        """Its descriptor in a manifest."""
        suffix = "" if self.compression == "none" else f"+{self.compression}"
        media_type = self.media_type or LAYER_TYPE + suffix
        return descriptor(media_type, self.blob, annotations=self.annotations, urls=self.urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """One image.

    Attributes:
        layers: base first.
        names: full references, such as `docker.io/library/app:1`.
        platform: of the config, and of the descriptor in a nested index.
        config_extra: keys that are added to the config or take the place of its own.
        manifest_extra: as `config_extra`, of the manifest.
        history: of the config; one entry a layer where it is `None`.
    """

    layers: tuple[LayerRecipe, ...]
    names: tuple[str, ...] = ()
    platform: PlatformName = _LINUX_AMD64
    config_extra: Mapping[str, object] = field(default_factory=dict)
    manifest_extra: Mapping[str, object] = field(default_factory=dict)
    history: tuple[Mapping[str, object], ...] | None = None

    @property
    def config(self) -> bytes:
        """The config's bytes."""
        history = self.history
        if history is None:
            history = tuple(
                {"created": _EPOCH, "created_by": layer.created_by} for layer in self.layers
            )
        document = {
            **self.platform.document,
            "created": _EPOCH,
            "config": {"Cmd": ["/bin/hello"]},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]},
            "history": history,
        }
        return dumps({**document, **self.config_extra})

    @property
    def manifest(self) -> bytes:
        """The OCI manifest's bytes."""
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(CONFIG_TYPE, self.config),
            "layers": [layer.descriptor for layer in self.layers],
        }
        return dumps({**document, **self.manifest_extra})

    @property
    def blobs(self) -> Iterator[bytes]:
        """Every blob: manifest, config, then the layers."""
        yield self.manifest
        yield self.config
        for layer in self.layers:
            yield layer.blob


class BlobRecipe(NamedTuple):
    """A blob of an artifact and what its descriptor says beside the digest."""

    media_type: str
    content: bytes
    annotations: Mapping[str, str] = {}


_EMPTY_CONFIG: Final = BlobRecipe(EMPTY_TYPE, b"{}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRecipe:
    """A manifest that is no image.

    Attributes:
        blobs: its `layers`, in order.
        config: its config.
        artifact_type: as recorded in the manifest.
        subject: the descriptor of what it refers to.
        annotations: of its descriptor in the index.
        platform: of its descriptor in the index.
    """

    blobs: tuple[BlobRecipe, ...]
    config: BlobRecipe = _EMPTY_CONFIG
    artifact_type: str | None = None
    subject: Mapping[str, object] | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: PlatformName | None = None

    @property
    def manifest(self) -> bytes:
        """The manifest's bytes."""
        document: dict[str, object] = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE}
        if self.artifact_type is not None:
            document["artifactType"] = self.artifact_type
        document["config"] = _blob_descriptor(self.config)
        document["layers"] = [_blob_descriptor(blob) for blob in self.blobs]
        if self.subject is not None:
            document["subject"] = self.subject
        return dumps(document)

    @property
    def all_blobs(self) -> Iterator[bytes]:
        """Every blob: manifest, config, then its content."""
        yield self.manifest
        yield self.config.content
        for blob in self.blobs:
            yield blob.content


def attestation(image: ImageRecipe) -> ArtifactRecipe:
    """BuildKit's provenance of `image`, as an index entry of platform unknown/unknown."""
    subject = sha256(image.manifest)
    statement = dumps(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [{"name": "app", "digest": {"sha256": subject.removeprefix("sha256:")}}],
            "predicate": {"builder": {"id": ""}},
        }
    )
    config = {"architecture": "unknown", "os": "unknown", "config": {}}
    rootfs = {"type": "layers", "diff_ids": [sha256(statement)]}
    predicate = {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"}
    return ArtifactRecipe(
        blobs=(BlobRecipe("application/vnd.in-toto+json", statement, predicate),),
        config=BlobRecipe(CONFIG_TYPE, dumps({**config, "rootfs": rootfs})),
        annotations={
            "vnd.docker.reference.digest": subject,
            "vnd.docker.reference.type": "attestation-manifest",
        },
        platform=PlatformName("unknown", "unknown"),
    )


def signature(image: ImageRecipe) -> ArtifactRecipe:
    """A signature of `image` as cosign saves it; the signature itself is made up."""
    digest = sha256(image.manifest)
    critical = {"image": {"docker-manifest-digest": digest}, "type": "cosign container image"}
    payload = dumps({"critical": critical, "optional": None})
    rootfs = {"type": "layers", "diff_ids": [sha256(payload)]}
    return ArtifactRecipe(
        blobs=(
            BlobRecipe(
                "application/vnd.dev.cosign.simplesigning.v1+json",
                payload,
                {"dev.cosignproject.cosign/signature": "bm90IGEgc2lnbmF0dXJl"},
            ),
        ),
        config=BlobRecipe(CONFIG_TYPE, dumps({"architecture": "", "os": "", "rootfs": rootfs})),
        annotations={"kind": "dev.cosignproject.cosign/sigs"},
    )


def oras_artifact(
    files: Mapping[str, bytes], *, subject: ImageRecipe | None = None
) -> ArtifactRecipe:
    """Files pushed as an artifact the way oras does, with the empty config."""
    title = "org.opencontainers.image.title"
    return ArtifactRecipe(
        blobs=tuple(
            BlobRecipe("application/octet-stream", content, {title: name})
            for name, content in files.items()
        ),
        artifact_type="application/vnd.example.files.v1",
        subject=None if subject is None else descriptor(MANIFEST_TYPE, subject.manifest),
    )


def _blob_descriptor(blob: BlobRecipe) -> dict[str, object]:
    data = "e30=" if blob.media_type == EMPTY_TYPE else None
    return descriptor(blob.media_type, blob.content, annotations=blob.annotations, data=data)

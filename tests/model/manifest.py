"""Blobs held against their descriptors, and a manifest with all that it names.

Spec: formats.md 1.6 and 6.1, R2 to R8, R14, R24 and R30.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.model.content import digest_of, is_supported
from tests.model.facts import ModelImage, ModelLayer, worst
from tests.model.kinds import (
    CONFIGS,
    INDEXES,
    borrows_the_form,
    is_elsewhere,
    is_layer,
    is_tar_layer,
)
from tests.model.layers import check_layer, read_diff_ids
from tests.model.words import Descriptor, Fields, parse, read_descriptor

if TYPE_CHECKING:
    from tests.model.files import Files

__all__ = ["Artifact", "Blob", "Blobs", "OciImage", "read_manifest"]

_VERSION: Final = 2
# The keys by which each kind of document is known (formats.md 7, A-01).
_INDEX_KEYS: Final = {"manifests"}
_MANIFEST_KEYS: Final = {"layers", "config"}
_OTHER_KEYS: Final = {"fsLayers", "blobs"}


class Blob(NamedTuple):
    """What a descriptor leads to: its bytes, and what holds of them.

    `verdict` is verified, failed, missing, or unverifiable where nothing could be compared.
    """

    data: bytes | None
    place: str | None
    verdict: str


@dataclass(slots=True)
class OciImage:
    """An image as the OCI view has it.

    Attributes:
        config: the digest that the manifest records.
        has_config: whether it is here and can be read.
        places: the member of each layer, `None` where it is not here.
        content: digests of config and layers that are recorded and here.
        is_whole: whether all of them are here, or lawfully elsewhere.
        verdicts: of everything but the layers.
        indexes: of the indexes that lead to it.
    """

    manifest_digest: str
    config: str | None
    has_config: bool
    image_id: str | None
    layers: tuple[ModelLayer, ...]
    places: tuple[str | None, ...]
    content: frozenset[str]
    is_whole: bool
    verdicts: list[str]
    platform: object = None
    indexes: list[str] = field(default_factory=list)
    is_excused: bool = True

    @property
    def answer(self) -> ModelImage:
        """The image as it is shown."""
        apart = worst([*self.verdicts, *(layer.verdict for layer in self.layers)])
        verdict = worst([apart, *self.indexes])
        return ModelImage(self.manifest_digest, self.image_id, verdict, self.layers, apart)


class Artifact(NamedTuple):
    """A manifest that is no image, or a blob without one, whose digest is `None`."""

    digest: str | None
    verdict: str
    content: frozenset[str]
    is_whole: bool
    is_attached: bool = False


@dataclass(slots=True)
class Blobs:
    """Blobs by their descriptors.

    Attributes:
        verdicts: what was met on the way that counts for the archive as a whole.
        is_vague: a descriptor takes one kind of document for another.
    """

    files: Files
    verdicts: list[str] = field(default_factory=list)
    is_vague: bool = False

    def fetch(self, descriptor: Descriptor) -> Blob:
        """The content of a descriptor, held against all that the descriptor says."""
        if descriptor.digest is None or descriptor.path is None:
            return Blob(None, None, "failed")
        data, place = self.files.get(descriptor.path), self.files.where(descriptor.path)
        embedded = descriptor.data
        if data is None and embedded is not None:
            if not _holds(descriptor, embedded):
                # Not the content; and where that can be known, a lie.
                if len(embedded) != descriptor.size or is_supported(descriptor.digest):
                    self.verdicts.append("failed")
                return Blob(None, None, "missing")
            data = embedded
        if data is None:
            return Blob(None, None, "missing")
        is_true = descriptor.is_sound and descriptor.size in (None, len(data))
        is_true &= embedded in (None, data) and not self.files.is_ambiguous(descriptor.path)
        if not is_supported(descriptor.digest):
            return Blob(data, place, "unverifiable" if is_true else "failed")
        is_true &= digest_of(data, descriptor.digest) == descriptor.digest
        return Blob(data, place, "verified" if is_true else "failed")

    def check_head(self, fields: Fields, media_type: str | None, *, is_index: bool) -> str:
        """R30 and A-01: what a document says of itself; `media_type` as its descriptor has it."""
        version, own = fields.get("schemaVersion", int), fields.get("mediaType", str)
        is_odd = version not in (None, _VERSION)
        is_odd |= own is not None and own not in ({media_type} if media_type else INDEXES)
        keys = {key for key, value in fields.value.items() if value is not None}
        mine, other = (_INDEX_KEYS, _MANIFEST_KEYS) if is_index else (_MANIFEST_KEYS, _INDEX_KEYS)
        if keys & mine:
            is_odd |= bool(keys & (other | _OTHER_KEYS))
        elif media_type is not None and fields.value:
            self.is_vague = True
        return "failed" if is_odd else "verified"


class _Manifest:
    """A manifest read, and everything that it names fetched."""

    def __init__(self, blobs: Blobs, descriptor: Descriptor, blob: Blob) -> None:
        document = parse(blob.data or b"")
        fields = Fields(document.value)
        self.is_readable = isinstance(document.value, dict)
        self.descriptor = descriptor
        self.digest = digest_of(blob.data or b"", descriptor.digest)
        head = blobs.check_head(fields, descriptor.media_type, is_index=False)
        self.verdicts = [blob.verdict, head]
        config = fields.get("config", dict)
        self.config = None if config is None else read_descriptor(config)
        self.layers = [read_descriptor(each) for each in fields.get("layers", list) or []]
        self.fetched = [blobs.fetch(each) for each in self.layers]
        self.config_blob = None if self.config is None else blobs.fetch(self.config)
        if self.config_blob is not None:
            self.verdicts.append(self.config_blob.verdict)
        is_lacking = config is None and fields.get("artifactType", str) is None
        subject = fields.get("subject", dict)
        self.is_attached = subject is not None or borrows_the_form(descriptor.annotations, ())
        self.verdicts.append(self._check_subject(blobs, subject))
        is_sound = document.is_sound and fields.is_sound and not is_lacking
        self.verdicts.append("verified" if is_sound else "failed")

    @staticmethod
    def _check_subject(blobs: Blobs, value: Any) -> str:
        """R24: what it is attached to is what it says, where that is here."""
        if value is None:
            return "verified"
        subject = read_descriptor(value)
        is_sound = subject.is_sound and (subject.data is None or _holds(subject, subject.data))
        is_wrong = blobs.fetch(subject).verdict == "failed"
        return "verified" if is_sound and not is_wrong else "failed"

    @property
    def raw_config(self) -> bytes | None:
        """The config's bytes, where they are here."""
        return None if self.config_blob is None else self.config_blob.data

    @property
    def everything(self) -> list[tuple[Descriptor, Blob]]:
        """Config and layers."""
        found = list(zip(self.layers, self.fetched, strict=True))
        if self.config is not None and self.config_blob is not None:
            found.append((self.config, self.config_blob))
        return found

    @property
    def content(self) -> frozenset[str]:
        """Digests of config and layers that are here."""
        return frozenset(
            each.digest for each, blob in self.everything if each.digest and blob.data is not None
        )

    @property
    def is_whole(self) -> bool:
        """Whether config and layers are here, or lawfully elsewhere."""
        return all(
            blob.data is not None or is_elsewhere(each.media_type) for each, blob in self.everything
        )

    @property
    def is_image(self) -> bool:
        """Whether it is an image's (formats.md 1.6 and 6.1)."""
        types = [each.media_type for each in self.layers]
        if not self.is_readable or self.config is None:
            return not self.is_readable and not borrows_the_form(self.descriptor.annotations, ())
        is_marked = borrows_the_form(self.descriptor.annotations, ())
        if self.config.media_type not in CONFIGS or is_marked:
            return False
        if not types or any(map(is_layer, types)):
            return True
        value = None if self.raw_config is None else parse(self.raw_config).value
        has_rootfs = isinstance(value, dict) and value.get("rootfs") is not None
        return has_rootfs and not borrows_the_form({}, types)


def read_manifest(blobs: Blobs, descriptor: Descriptor, blob: Blob) -> OciImage | Artifact:
    """Read a manifest and judge all that it names."""
    read = _Manifest(blobs, descriptor, blob)
    raw = read.raw_config
    types = [each.media_type for each in read.layers]
    is_config = read.config is not None and read.config.media_type in CONFIGS
    if raw is not None and is_config and not borrows_the_form(descriptor.annotations, types):
        read.verdicts.append("verified" if parse(raw).is_sound else "failed")
    if not read.is_image:
        verdict = worst([*read.verdicts, *(_held(*each) for each in read.everything)])
        return Artifact(
            read.digest, verdict, read.content, read.is_whole, is_attached=read.is_attached
        )
    diff_ids, verdict = read_diff_ids(raw, types)
    # R7 by position; where there are fewer diff_ids, the rest of the layers has none.
    due = [*diff_ids, *[None] * len(types)]
    pairs = zip(read.layers, read.fetched, strict=True)
    return OciImage(
        manifest_digest=read.digest,
        config=None if read.config is None else read.config.digest,
        has_config=raw is not None and isinstance(parse(raw).value, dict),
        image_id=None if raw is None else digest_of(raw),
        layers=tuple(_layer(*pair, diff_id) for pair, diff_id in zip(pairs, due, strict=False)),
        places=tuple(each.place for each in read.fetched),
        content=read.content,
        is_whole=read.is_whole,
        verdicts=[*read.verdicts, verdict],
        platform=_platform(raw),
    )


def _layer(descriptor: Descriptor, blob: Blob, diff_id: object) -> ModelLayer:
    if blob.data is None:
        return ModelLayer(None, None, _held(descriptor, blob))
    media_type = descriptor.media_type or ""
    is_checked = is_tar_layer(media_type) and not media_type.endswith("+encrypted")
    layer = check_layer(
        blob.data, digest=descriptor.digest, stored=blob.verdict, diff_id=diff_id, is_tar=is_checked
    )
    return layer._replace(is_other_form=is_layer(media_type) and not is_checked)


def _held(descriptor: Descriptor, blob: Blob) -> str:
    is_lawful = descriptor.digest is not None and is_elsewhere(descriptor.media_type)
    return "external" if blob.data is None and is_lawful else blob.verdict


def _holds(descriptor: Descriptor, data: bytes) -> bool:
    """R14: whether embedded content is what the descriptor records."""
    digest = descriptor.digest or ""
    is_true = is_supported(digest) and digest_of(data, digest) == digest
    return is_true and len(data) == descriptor.size


def _platform(config: bytes | None) -> dict[str, Any] | None:
    value = None if config is None else parse(config).value
    if not isinstance(value, dict):
        return None
    keys = ("os", "architecture", "variant", "os.version", "os.features")
    return {key: value[key] for key in keys if value.get(key) is not None} or None

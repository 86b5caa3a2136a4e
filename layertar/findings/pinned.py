"""Pinned: what was agreed on elsewhere, and an archive is held against."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from layertar.digest import Digest
    from layertar.image.model import Image

__all__ = [
    "NO_PIN",
    "Held",
    "Lock",
    "LockBy",
    "LockedArchive",
    "LockedImage",
    "Pin",
    "locked_image",
    "pinned_text",
]


class LockBy(StrEnum):
    """Which identity must hold, with those that follow from it: the later, the fewer."""

    FILE = "file"
    MANIFEST = "manifest"
    IMAGE_ID = "image-id"
    DIFF_IDS = "diff-ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedImage:
    """The identities of one image, measured when it was locked; `None` is one not pinned.

    Attributes:
        names: sorted.
        platform: `os/architecture[/variant]`.
        manifest: digest of its manifest.
        index: digest of the innermost index that lists it.
        image_id: digest of its config.
        diff_ids: of its layers, base first; `None` of one that could not be measured.
    """

    names: tuple[str, ...] | None = None
    platform: str | None = None
    manifest: Digest | None = None
    index: Digest | None = None
    image_id: Digest | None = None
    diff_ids: tuple[Digest | None, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedArchive:
    """What was locked of one archive.

    Attributes:
        name: as it was given; text of valid Unicode.
        digest: of the file as stored; `None` for a directory.
        images: sorted.
    """

    name: str
    digest: Digest | None
    images: tuple[LockedImage, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """What was locked: archives, sorted by name, each name once."""

    archives: tuple[LockedArchive, ...]


class Held(NamedTuple):
    """A lock, as far as it is about one archive.

    Attributes:
        entry: what was locked of the archive; `None` where nothing was.
        by: what must hold.
        is_updated: whether the lock will be written anew, so that drift is only told.
    """

    entry: LockedArchive | None
    by: LockBy
    is_updated: bool = False


class Pin(NamedTuple):
    """What one archive is held against.

    Attributes:
        lock: the lock; `None` where there is none.
        sums: the sha256 that a checksum file lists for the archive, empty where it lists none;
            `None` where there is no such file.
    """

    lock: Held | None = None
    sums: tuple[Digest, ...] | None = None


#: Hold it against nothing.
NO_PIN = Pin()


def pinned_text(text: str) -> str:
    """Write `text` as a lock can hold it: lone surrogates, and bytes that were none, escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def locked_image(image: Image) -> LockedImage:
    """Take the identities of an image that was measured."""
    return LockedImage(
        names=tuple(sorted(pinned_text(name) for name in image.names)),
        platform=None if image.platform is None else pinned_text(str(image.platform)),
        manifest=image.manifest_digest,
        index=image.index_digest,
        image_id=image.image_id,
        diff_ids=tuple(layer.diff_id for layer in image.layers),
    )

"""FileEntry: one entry of a layer, or of the file system that layers make."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.digest import Digest

__all__ = ["FileEntry", "FileKind"]


class FileKind(Enum):
    """What an entry is; those after OTHER occur in a layer alone, and never in a file system.

    WHITEOUT hides what is below of the path; OPAQUE all that is below in the directory (OCI
    image-spec, layer.md, Whiteouts). IGNORED is what nobody applies: what AUFS left in layers of
    old Dockers, and whiteouts that name nothing.
    """

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER = "character-device"
    BLOCK = "block-device"
    FIFO = "fifo"
    OTHER = "other"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    IGNORED = "ignored"


class FileEntry(NamedTuple):
    """One entry.

    Attributes:
        path: cleaned, `surrogateescape`d, without a leading slash; empty for the root.
        kind: what it is.
        size: bytes of data: of a file, or of what should have none but does, as a whiteout may.
        mode: permission bits, with set-user-ID, set-group-ID and sticky; like the next three
            `None` where nothing says it, as of a directory that only paths imply.
        uid: the owner.
        gid: the group.
        mtime_ns: nanoseconds since the epoch.
        link_target: of links, as recorded, `surrogateescape`d.
        digest: the sha256 of a file's bytes, where it was asked for.
        device: major and minor number of a device.
        xattrs: extended attributes by name, sorted.
        layer: the position of the layer that it is from; `None` for an implied directory.
        is_sparse: whether the layer holds only the pieces of a sparse file: `size` and `digest`
            are of those.
    """

    path: str
    kind: FileKind
    size: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime_ns: int | None = None
    link_target: str | None = None
    digest: Digest | None = None
    device: tuple[int, int] | None = None
    xattrs: tuple[tuple[bytes, bytes], ...] = ()
    layer: int | None = None
    is_sparse: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def raw_path(self) -> bytes:
        """The path as bytes."""
        return self.path.encode("utf-8", "surrogateescape")

    @property
    def mtime(self) -> float | None:
        """Seconds since the epoch."""
        return None if self.mtime_ns is None else self.mtime_ns / 1e9

"""Sizes: where the bytes of an archive are.

An archive is its members' bytes and what frames these; so the sizes of `ArchiveSize` add up to
its `total`. What is in the layers is another view of the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.ghosts import Ghosts
from layertar.analysis.outline import Outline
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layertar.digest import Digest
    from layertar.filesystem import Tree
    from layertar.limits import Limits
    from layertar.platform import Platform

__all__ = [
    "ROLES",
    "ArchiveSize",
    "BlobSize",
    "DirectorySize",
    "Frame",
    "ImageSize",
    "LayerSize",
    "RoleSize",
    "directory_sizes",
    "frame_of",
    "role_sizes",
]

#: What a member may be: `artifact` is content of what is beside images, `document` one of the
#: files by which an archive is known (index.json, manifest.json, ...), `unused` what nothing in
#: the archive refers to.
ROLES = ("layer", "config", "manifest", "index", "artifact", "document", "unused")

# Spec: POSIX, pax, ustar Interchange Format: headers and data are in blocks of 512 bytes.
_BLOCK = 512


class RoleSize(NamedTuple):
    """All members of one role.

    Attributes:
        role: one of `ROLES`.
        members: how many there are.
        size: their bytes together.
    """

    role: str
    members: int
    size: int


class BlobSize(NamedTuple):
    """One member.

    Attributes:
        member: its name, `surrogateescape`d.
        role: one of `ROLES`, the first that fits.
        size: bytes of it that are in the archive.
        images: how many images it is a part of; of an index, how many it lists.
    """

    member: str
    role: str
    size: int
    images: int


class LayerSize(NamedTuple):
    """One layer; sizes in bytes, `None` where not known.

    Attributes:
        position: 0 for the base.
        digest: of the stored bytes: measured, else recorded; so the next.
        diff_id: of the uncompressed bytes.
        size: as stored.
        uncompressed_size: of its tar, measured.
        content_size: of the files in it, measured.
        created_by: the instruction that made it.
    """

    position: int
    digest: Digest | None
    diff_id: Digest | None
    size: int | None
    uncompressed_size: int | None
    content_size: int | None
    created_by: str | None


class DirectorySize(NamedTuple):
    """One directory of an image's final file system, with all below it.

    Attributes:
        path: without a leading slash, `surrogateescape`d; empty for the root.
        size: bytes of the files, each once however many names it has there; two directories
            that share a file both hold it, and the one above them holds it once.
        files: names of what is no directory.
    """

    path: str
    size: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSize:
    """One image; sizes in bytes, `None` where not known.

    Attributes:
        image: what it is called: its first name, else a digest.
        names: all its names.
        image_id: measured, else recorded; so the next.
        manifest_digest: of its manifest.
        platform: what it runs on.
        size: of its layers as stored.
        uncompressed_size: of its layers' tars, measured.
        content_size: of the files in its layers, measured.
        layers: base first.
        directories: the root and directories below, sorted by path; empty where no layer was
            read.
        problems: why files may be missing from `directories`, one clause each.
    """

    image: str
    names: tuple[str, ...]
    image_id: Digest | None
    manifest_digest: Digest | None
    platform: Platform | None
    size: int | None
    uncompressed_size: int | None
    content_size: int | None
    layers: tuple[LayerSize, ...]
    directories: tuple[DirectorySize, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSize:
    """One archive; sizes in bytes.

    Attributes:
        name: as given.
        size: as stored; `None` for a pipe and a directory.
        outer_compression: peeled off, outermost first.
        total: of the tar that is left, or of all files in the directory.
        headers: what stands before each member's bytes.
        padding: what fills its last block.
        end: behind the last member: the end marker, and whatever follows.
        roles: the members by role, in the order of `ROLES`; only those that there are.
        blobs: the members that have bytes, in the archive's order.
        depth: how many levels of directories were asked for.
        images: in document order.
    """

    name: str
    size: int | None
    outer_compression: tuple[str, ...]
    total: int
    headers: int
    padding: int
    end: int
    roles: tuple[RoleSize, ...]
    blobs: tuple[BlobSize, ...]
    depth: int
    images: tuple[ImageSize, ...]


class Frame(NamedTuple):
    """What frames the members of a tar, in bytes, and what of each is there."""

    headers: int
    padding: int
    end: int
    sizes: tuple[int, ...]


def frame_of(members: Iterable[tuple[int, int]], total: int) -> Frame:
    """Find out what of a tar of `total` bytes is not its members'.

    Args:
        members: for each, in the archive's order, where its data begin and how many there are;
            the archive may be cut short in them.
        total: of the tar.
    """
    headers = padding = passed = 0
    sizes: list[int] = []
    for offset, size in members:
        begin = min(offset, total)
        headers += begin - passed
        data = min(begin + size, total)
        sizes.append(data - begin)
        passed = min(data + -size % _BLOCK, total)
        padding += passed - data
    return Frame(headers, padding, total - passed, tuple(sizes))


def role_sizes(blobs: Sequence[BlobSize]) -> Iterator[RoleSize]:
    """Add up members by role."""
    for role in ROLES:
        sizes = [blob.size for blob in blobs if blob.role == role]
        if sizes:
            yield RoleSize(role, len(sizes), sum(sizes))


def directory_sizes(tree: Tree, depth: int, limits: Limits) -> Iterator[DirectorySize]:
    """Add up the files of a file system by directory, down to `depth` levels below the root.

    Yields:
        The root, then directories sorted by path; each as `Outline` has it.
    """
    outline = Outline(tree, b"", tree.root, Ghosts(tree, limits))
    rows = (row for row in outline.rows(depth=depth) if row.is_directory)
    for row in sorted(rows, key=lambda row: row.path):
        path = row.path.decode("utf-8", "surrogateescape")
        yield DirectorySize(path, row.totals.size, row.totals.files)

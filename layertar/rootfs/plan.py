"""Plan: what of a file system goes out in which order, and what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem import Directory, FileKind
from layertar.filesystem.changeset import CODES
from layertar.rootfs.model import File, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.filesystem import Tree

__all__ = ["plan_of"]

_FILES = (CODES[FileKind.FILE], CODES[FileKind.IGNORED])  # the latter where AUFS linked to it
_OTHERS = tuple(
    CODES[kind] for kind in (FileKind.SYMLINK, FileKind.CHARACTER, FileKind.BLOCK, FileKind.FIFO)
)
_TOLD = 8  # problems of one kind that are told one by one


def plan_of(tree: Tree) -> Plan:
    """Plan what goes out of `tree`; the same for the same layers, whatever they are stored in."""
    directories: list[tuple[bytes, int]] = []
    # Of what has several names the first by path has the data, be that the one that its layer
    # has them under or not.
    first: dict[int, bytes] = {}
    more: dict[int, list[bytes]] = {}
    dangling: list[bytes] = []
    for path, node in tree.walk():
        if isinstance(node, Directory):
            if path or node.row >= 0:
                directories.append((path, node.row))
            continue
        inode = tree.inode(node)
        if inode < 0:
            dangling.append(path)
        elif first.setdefault(inode, path) is not path:
            more.setdefault(inode, []).append(path)
    files: list[File] = []
    others: list[File] = []
    sparse: list[bytes] = []
    unknown: list[bytes] = []
    for inode, path in first.items():
        changeset, row = tree.changeset(inode)
        code = changeset.kinds[row]
        file = File(path, inode, tuple(more.get(inode, ())))
        if code in _OTHERS:
            others.append(file)
        elif code not in _FILES:
            unknown.append(path)
        elif changeset.extra_of(row).is_sparse:
            sparse.append(path)
        else:
            files.append(file)
    # Rows are numbered through all layers, in the order in which these have the data.
    files.sort(key=lambda each: each.inode)
    problems = (
        *_told(dangling, "a hard link to what is not there"),
        *_told(sparse, "stored as the pieces of a sparse file"),
        *_told(unknown, "of a kind that is no file's"),
    )
    return Plan(directories, files, others, problems)


def _told(paths: list[bytes], what: str) -> Iterator[str]:
    for path in _shown(paths[:_TOLD]):
        yield f"{path} is left out: it is {what}"
    if len(paths) > _TOLD:
        yield f"{len(paths) - _TOLD} more are left out, each {what}"


def _shown(paths: Iterable[bytes]) -> Iterator[str]:
    return ("/" + path.decode("utf-8", "surrogateescape") for path in paths)

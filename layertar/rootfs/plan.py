"""Plan: what of a file system goes out in which order, and what cannot."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING

from layertar.filesystem import Directory, FileKind
from layertar.filesystem.changeset import CODES
from layertar.rootfs.model import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.filesystem import Changeset, Tree

__all__ = ["plan_of"]

_FILES = (CODES[FileKind.FILE], CODES[FileKind.IGNORED])  # the latter where AUFS linked to it
_OTHERS = tuple(
    CODES[kind] for kind in (FileKind.SYMLINK, FileKind.CHARACTER, FileKind.BLOCK, FileKind.FIFO)
)
_DANGLING = "a hard link to what is not there"
_SPARSE = "stored as the pieces of a sparse file"
_UNKNOWN = "of a kind that is no file's"
_TOLD = 8  # problems of one kind that are told one by one


def plan_of(tree: Tree) -> Plan:
    """Plan what goes out of `tree`; the same for the same layers, whatever they are stored in."""
    directories: list[tuple[bytes, int]] = []
    files, others = array("q"), array("q")
    # Of what has several names the first by path has the data, be that the one that its layer
    # has them under or not.
    linked = frozenset(tree.inodes.values())
    paths: dict[int, bytes] = {}
    links: dict[int, list[bytes]] = {}
    left_out: dict[str, list[bytes]] = {_DANGLING: [], _SPARSE: [], _UNKNOWN: []}
    for path, node in tree.walk():
        if isinstance(node, Directory):
            if path or node.row >= 0:
                directories.append((path, node.row))
            continue
        inode = tree.inode(node)
        if inode < 0:
            left_out[_DANGLING].append(path)
            continue
        if inode in linked:
            if inode in paths:
                links.setdefault(inode, []).append(path)
                continue
            paths[inode] = path
        elif path != tree.recorded_path(inode):
            paths[inode] = path
        changeset, row = tree.changeset(inode)
        reason = _reason(changeset, row)
        if reason is not None:
            left_out[reason].append(path)
        else:
            (others if changeset.kinds[row] in _OTHERS else files).append(inode)
    problems = tuple(chain.from_iterable(_told(each, what) for what, each in left_out.items()))
    # Rows are numbered through all layers, in the order in which these have the data.
    ordered = array("q", sorted(files))
    return Plan(tree, directories, ordered, others, paths, links, problems)


def _reason(changeset: Changeset, row: int) -> str | None:
    """Say why a row cannot go out; `None` where it can."""
    code = changeset.kinds[row]
    if code in _OTHERS:
        return None
    if code not in _FILES:
        return _UNKNOWN
    return _SPARSE if changeset.extra_of(row).is_sparse else None


def _told(paths: list[bytes], what: str) -> Iterator[str]:
    for path in _shown(paths[:_TOLD]):
        yield f"{path} is left out: it is {what}"
    if len(paths) > _TOLD:
        yield f"{len(paths) - _TOLD} more are left out, each {what}"


def _shown(paths: Iterable[bytes]) -> Iterator[str]:
    return ("/" + path.decode("utf-8", "surrogateescape") for path in paths)

"""Touch: what one layer did to a path."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.filesystem import FileEntry, FileKind
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHANGES", "Action", "Cause", "Link", "Touch", "compared"]


#: What may not be as before.
CHANGES = ("kind", "content", "link", "device", "mode", "owner", "mtime", "xattrs")


class Action(Enum):
    """What became of a path.

    ADDED: it is there now. CHANGED: it is another thing now. ATTRIBUTES: the same content, which
    was measured, or a directory or link that leads where it did, with other attributes. UNCHANGED:
    written once more, all the same. REWRITTEN: written once more, and whether with the same
    content nobody measured. EMPTIED: a directory that holds nothing of lower layers any more.
    DELETED: by a whiteout of its own. HIDDEN: by what happened above it. NOTHING: a whiteout where
    nothing is, or an entry in whose place the same layer puts another.
    """

    ADDED = "added"
    CHANGED = "changed"
    ATTRIBUTES = "attributes"
    UNCHANGED = "unchanged"
    REWRITTEN = "rewritten"
    EMPTIED = "emptied"
    DELETED = "deleted"
    HIDDEN = "hidden"
    NOTHING = "nothing"


class Cause(Enum):
    """By what something became of a path.

    ENTRY: an entry of it. IMPLIED: entries below it. WHITEOUT and OPAQUE: of it or of what is
    above. REPLACED: something else in the place of a directory above. LINK: one on the way that
    leads elsewhere.
    """

    ENTRY = "entry"
    IMPLIED = "implied"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    REPLACED = "replaced"
    LINK = "link"


class Link(NamedTuple):
    """A symbolic link that was followed; `layer` is where it is from."""

    path: str
    target: str
    layer: int


class Touch(NamedTuple):
    """What one layer did to a path.

    Attributes:
        layer: its position.
        action: what became of the path.
        cause: by what.
        by: the path of the whiteout, the opaque directory, what took the place, or the link.
        changes: what is not as before, of `CHANGES`; `content` only if it was measured, or the
            size is another.
        before: what was there below, if anything.
        after: what is there now, if anything; under its path without links.
        hardlink_to: as what the layer records it, where that is a hard link.
        is_emptied: whether what lower layers have in a directory is gone.
    """

    layer: int
    action: Action
    cause: Cause
    by: str | None = None
    changes: tuple[str, ...] = ()
    before: FileEntry | None = None
    after: FileEntry | None = None
    hardlink_to: str | None = None
    is_emptied: bool = False


def compared(
    before: FileEntry, after: FileEntry, *, is_same: bool | None
) -> tuple[Action, tuple[str, ...]]:
    """Compare what was written with what was there.

    Args:
        before: what was there.
        after: what is.
        is_same: whether two files have the same content; `None` where nobody measured it.
    """
    changes = tuple(_changes(before, after, is_same=is_same))
    if not {"kind", "content", "link", "device"}.isdisjoint(changes):
        return Action.CHANGED, changes
    if is_same is None and after.kind is FileKind.FILE:
        return Action.REWRITTEN, changes
    return Action.ATTRIBUTES if changes else Action.UNCHANGED, changes


def _changes(before: FileEntry, after: FileEntry, *, is_same: bool | None) -> Iterator[str]:
    if before.kind is not after.kind:
        yield "kind"
    elif after.kind is FileKind.FILE and is_same is False:
        yield "content"
    elif before.link_target != after.link_target:
        yield "link"
    elif before.device != after.device:
        yield "device"
    if before.mode != after.mode:
        yield "mode"
    if (before.uid, before.gid) != (after.uid, after.gid):
        yield "owner"
    if before.mtime_ns != after.mtime_ns:
        yield "mtime"
    if before.xattrs != after.xattrs:
        yield "xattrs"

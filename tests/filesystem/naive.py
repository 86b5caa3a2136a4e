"""A model of layers applied: one dict of whole paths, everything looked up again each time.

Written from OCI image-spec, layer.md, and from what `layertar.filesystem.apply` says that it does.
It shares no code with the package, and is as slow as it is plain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Found", "Item", "Model", "Path", "unpack"]

Path = tuple[bytes, ...]

VISIBLE, OVERWRITTEN, DELETED, MARKER, MERGED = range(5)
HOPS = 40


class Item(NamedTuple):
    """One entry of a layer, as its tar records it.

    Attributes:
        name: the name.
        kind: tar's type flag.
        target: of links.
    """

    name: bytes
    kind: str
    target: bytes = b""


@dataclass(eq=False)
class Inode:
    """What names lead to; `row` is -1 of what no entry made, and of a link to nothing."""

    row: int
    kind: str
    target: bytes = b""
    same_as: Inode | None = None

    def real(self) -> Inode:
        return self if self.same_as is None else self.same_as.real()


class Found(NamedTuple):
    """One name: the row of the entry that gave it, and what it leads to."""

    row: int
    inode: Inode


@dataclass
class Model:
    """The file system, and what became of every row."""

    names: dict[Path, Found] = field(default_factory=lambda: {(): Found(-1, Inode(-1, "5"))})
    fates: list[int] = field(default_factory=list)
    hidden_by: list[int] = field(default_factory=list)
    links: dict[int, Inode] = field(default_factory=dict)

    def inodes(self) -> dict[int, int]:
        """For each hard link the row that has the data."""
        return {row: inode.real().row for row, inode in self.links.items()}

    def kind(self, path: Path) -> str | None:
        found = self.names.get(path)
        return None if found is None else found.inode.real().kind

    # Looking up.

    def resolve(
        self, start: Path, parts: Iterable[bytes], hops: list[int], *, strict: bool = True
    ) -> Path | None:
        """Where a path leads, every link on it followed.

        Args:
            start: where it begins.
            parts: the path.
            hops: how many links may still be followed.
            strict: whether all must be there, and each but the last a directory; else what is
                missing counts as a directory to be made.
        """
        at = start
        for part in parts:
            if part in (b"", b"."):
                continue
            if strict and self.kind(at) != "5":
                return None
            if part == b"..":
                at = at[:-1]
                continue
            there = (*at, part)
            kind = self.kind(there)
            if kind == "2":
                hops[0] -= 1
                if hops[0] < 0:
                    return None
                target = self.names[there].inode.real().target
                onward = self.resolve(
                    () if target[:1] == b"/" else at, target.split(b"/"), hops, strict=strict
                )
                if onward is None:
                    return None
                at = onward
            elif kind is None and strict:
                return None
            else:
                at = there
        return at

    def directory(self, path: Path) -> Path | None:
        """Where the directory is that a path leads to, if there is one."""
        at = self.resolve((), path, [HOPS], strict=False)
        return at if at is not None and self.kind(at) == "5" else None

    def find(self, path: bytes, *, follow: bool = True) -> tuple[Path, Found] | None:
        """What lies at a path."""
        parts = [part for part in path.split(b"/") if part not in (b"", b".")]
        if follow or not parts or parts[-1] == b"..":
            at = self.resolve((), parts, [HOPS])
        else:
            at = self.resolve((), parts[:-1], [HOPS])
            if at is not None:
                at = (*at, parts[-1]) if self.kind(at) == "5" else None
        return None if at is None or at not in self.names else (at, self.names[at])

    # Changing.

    def lose(self, path: Path, fate: int, layer: int) -> None:
        """A path is no more, with this fate; nor is what is below, which is deleted."""
        for each in [key for key in self.names if key[: len(path)] == path]:
            row = self.names.pop(each).row
            if row >= 0:
                self.fates[row] = fate if each == path else DELETED
                self.hidden_by[row] = layer

    def make_way(self, path: Path, layer: int) -> Path:
        """Have a directory where a path leads to."""
        at = self.resolve((), path, [HOPS], strict=False)
        if at is None:  # A link goes round: no link is followed.
            at = path
        for depth in range(1, len(at) + 1):
            if self.kind(at[:depth]) != "5":
                self.lose(at[:depth], OVERWRITTEN, layer)
                self.names[at[:depth]] = Found(-1, Inode(-1, "5"))
        return at

    def apply(self, items: Sequence[Item], layer: int) -> None:
        """Apply one more layer."""
        start = len(self.fates)
        self.fates += [VISIBLE] * len(items)
        self.hidden_by += [0] * len(items)
        ignored: dict[Path, Inode] = {}
        below = {
            row: there
            for row, item in enumerate(items, start)
            if item.kind == "1" and (there := self.link_target(item, {})) is not None
        }
        if not any(marked(cleaned(item.name)) == "whiteout" for item in items):
            below = {}
        directories = {cleaned(each.name) for each in items if each.kind == "5"}
        due: list[tuple[int, Path, Item | None]] = []
        for row, item in enumerate(items, start):
            path = cleaned(item.name)
            marker = marked(path)
            if marker is None and (path or item.kind == "5"):
                due.append((row, path, item))
                continue
            self.fates[row], self.hidden_by[row] = MARKER, layer
            if marker == "ignored":
                if path[0].startswith(b".wh..wh."):  # What AUFS left, to which links may lead.
                    ignored[path] = Inode(row, "0")
            elif marker is not None and not self.hide(path[:-1], path[-1], layer, directories):
                due.append((row, path[:-1], None))
        pending: list[tuple[int, Inode, Item]] = []
        for row, path, made in due:
            if made is None:
                self.make_room(path, layer)
            elif (inode := self.put(row, path, made, layer, ignored)) is not None:
                pending.append((row, inode, made))
        self.settle(pending, below, ignored)

    def settle(
        self,
        pending: list[tuple[int, Inode, Item]],
        below: dict[int, Inode],
        ignored: dict[Path, Inode],
    ) -> None:
        """Link what had no target in the order of the tar."""
        targets = [self.link_target(item, ignored) for _, _, item in pending]
        for (row, inode, _), target in zip(pending, targets, strict=True):
            there = target
            if target is None or target.real().row < 0:
                there = below.get(row)
            if there is None or there.real() is inode:
                inode.row = -1
            else:
                inode.same_as = there

    def hide(self, above: Path, marker: bytes, layer: int, directories: set[Path]) -> bool:
        """Hide what a whiteout names; returns whether there was a place for it to be in."""
        opaque = marker == b".wh..wh..opq"
        if opaque and not above:
            for key in [key for key in self.names if len(key) == 1]:
                self.lose(key, DELETED, layer)
            return True
        parent = above[:-1] if opaque else above
        first = next(
            (depth for depth in range(1, len(parent) + 1) if self.kind(parent[:depth]) != "5"), 0
        )
        if self.kind(parent[:first]) == "2" and parent[:first] in directories:
            return True
        at = self.directory(parent)
        if at is None:
            return False
        if not opaque:
            self.lose((*at, marker[len(b".wh.") :]), DELETED, layer)
            return True
        place: Path = (*at, *above[-1:])
        if self.kind(place) == "5":
            for child in [key for key in self.names if key[:-1] == place and key]:
                self.lose(child, DELETED, layer)
        return self.kind(place) is not None

    def make_room(self, path: Path, layer: int) -> None:
        """Have a directory where a whiteout is, unless something is in its place."""
        at = self.resolve((), path, [HOPS], strict=False)
        if at is not None and all(
            self.kind(at[:depth]) in ("5", None) for depth in range(1, len(at) + 1)
        ):
            self.make_way(path, layer)

    def link_target(self, item: Item, ignored: dict[Path, Inode]) -> Inode | None:
        target = cleaned(item.target)
        at = self.directory(target[:-1])
        found = None if at is None or not target else self.names.get((*at, target[-1]))
        if found is not None:
            return None if found.inode.real().kind == "5" else found.inode
        return ignored.get(target)

    def put(
        self, row: int, path: Path, item: Item, layer: int, ignored: dict[Path, Inode]
    ) -> Inode | None:
        """Put one entry in its place; returns a hard link that has no target as yet."""
        inode = Inode(row, item.kind, item.target)
        pending = None
        if item.kind == "1":
            there = self.link_target(item, ignored)
            if there is None or there.real().row < 0:
                pending = inode
            else:
                inode = there
            self.links[row] = inode
        at = (*self.make_way(path[:-1], layer), *path[-1:])
        if item.kind == "5" and self.kind(at) == "5":
            before = self.names[at].row
            if before >= 0:
                self.fates[before], self.hidden_by[before] = MERGED, layer
        else:
            self.lose(at, OVERWRITTEN, layer)
        self.names[at] = Found(row, inode)
        return pending


def cleaned(name: bytes) -> Path:
    """A name as a path within the root."""
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            parts = parts[:-1]
        elif part not in (b"", b"."):
            parts.append(part)
    return tuple(parts)


def marked(path: Path) -> str | None:
    """What a path is, if it is none of a file."""
    if not path or not (path[-1].startswith(b".wh.") or path[0].startswith(b".wh..wh.")):
        return None
    if path[0].startswith(b".wh..wh.") and path != (b".wh..wh..opq",):
        return "ignored"
    return "ignored" if path[-1] in (b".wh.", b".wh..", b".wh...") else "whiteout"


def unpack(layers: Sequence[Sequence[Item]]) -> Model:
    """Apply layers, base first."""
    model = Model()
    for number, items in enumerate(layers):
        model.apply(items, number)
    return model

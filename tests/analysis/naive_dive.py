"""dive's algorithm as its source has it: a node for each name, all layers stacked anew each time.

After wagoodman/dive d6c691947f8f, dive/filetree/efficiency.go, file_tree.go, file_node.go, and
dive/image/docker/image_archive.go.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NaiveEntry", "NaiveScore", "naive_score"]


class NaiveEntry(NamedTuple):
    """An entry of a layer's tar, with what dive looks at."""

    name: str
    size: int = 0
    is_directory: bool = False


class NaiveScore(NamedTuple):
    """What dive exports: sizes in bytes, and of each inefficient path its count and size."""

    efficiency: float
    wasted: int
    layer_sizes: list[int]
    paths: dict[str, tuple[int, int]]


@dataclass
class Node:
    name: str
    size: int = 0
    is_directory: bool = False
    children: dict[str, Node] = field(default_factory=dict)

    def visit(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Children first, by name; never the root."""
        for name in sorted(self.children, key=lambda each: each.encode("utf-8", "surrogateescape")):
            yield from self.children[name].visit((*path, name))
        if path:
            yield path, self

    def get(self, path: str) -> Node | None:
        node = self
        for name in filter(None, path.split("/")):
            found = node.children.get(name)
            if found is None:
                return None
            node = found
        return node

    def add(self, path: str, size: int, *, is_directory: bool) -> None:
        node = self
        for name in filter(None, path.split("/")):
            if name not in node.children:
                if name.startswith(".wh..wh.."):
                    return
                node.children[name] = Node(name)
            node = node.children[name]
        node.size, node.is_directory = size, is_directory

    def remove(self, path: str) -> None:
        names = [name for name in path.split("/") if name]
        above = self.get("/".join(names[:-1]))
        if names and above is not None:
            above.children.pop(names[-1], None)

    def copy(self) -> Node:
        children = {name: child.copy() for name, child in self.children.items()}
        return Node(self.name, self.size, self.is_directory, children)

    def stack(self, upper: Node) -> None:
        for path, node in upper.visit():
            if node.name.startswith(".wh."):
                self.remove(seen_as(path))
            else:
                self.add("/".join(path), node.size, is_directory=node.is_directory)


def seen_as(path: tuple[str, ...]) -> str:
    return "/" + "/".join((*path[:-1], path[-1].removeprefix(".wh.")))


def tree_of(entries: Sequence[NaiveEntry]) -> tuple[Node, int]:
    root, total = Node(""), 0
    for entry in entries:
        name = posixpath.normpath(entry.name)
        if name == ".":
            continue
        total += entry.size
        root.add(name, entry.size, is_directory=entry.is_directory)
    return root, total


def weight(trees: Sequence[Node], number: int, path: str) -> int | None:
    """The size of a whiteout in the tree of this number; `None` is dive's error."""
    stacked = trees[0].copy()
    for tree in trees[:number]:
        stacked.stack(tree)
    found = stacked.get(path)
    if found is None:
        return None
    return sum(node.size for _, node in found.visit(("",))) if found.is_directory else 0


def naive_score(layers: Sequence[Sequence[NaiveEntry]]) -> NaiveScore:
    built = [tree_of(entries) for entries in layers]
    trees = [tree for tree, _ in built]
    smallest: dict[str, int] = {}
    total: dict[str, int] = {}
    count: dict[str, int] = {}
    for number, tree in enumerate(trees):
        for names, node in tree.visit():
            if node.children:
                continue
            path = seen_as(names)
            smallest.setdefault(path, -1)
            total.setdefault(path, 0)
            count.setdefault(path, 0)
            is_whiteout = node.name.startswith(".wh.")
            size = weight(trees, number, path) if is_whiteout else node.size
            if size is None:
                break
            smallest[path] = size if smallest[path] < 0 else min(smallest[path], size)
            total[path] += size
            count[path] += 1
    paths = {path: (count[path], total[path]) for path in count if count[path] > 1}
    all_bytes = sum(total.values())
    return NaiveScore(
        sum(smallest.values()) / all_bytes if all_bytes else 1.0,
        sum(size for _, size in paths.values()),
        [size for _, size in built],
        paths,
    )

"""Files of two images compared: both trees gone down together, in columns rather than objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import NOTHING_IGNORED, Aspect, Ignoring, State, in_order
from layertar.analysis.diff_rows import Row, implied_aspects, is_unread, lacks_digest, row_aspects
from layertar.analysis.globs import Globs
from layertar.filesystem import Directory
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem import FileEntry, Node, Tree

__all__ = [
    "FileChange",
    "FilesDiff",
    "FilesTotal",
    "Row",
    "files_diff",
    "row_aspects",
    "same_files",
]


class FileChange(NamedTuple):
    """One path at which the images differ.

    Attributes:
        path: cleaned, `surrogateescape`d, without a leading slash; empty for the root.
        state: what became of it.
        aspects: in what the two differ; `CONTENT` alone where only one side has it.
        before: what `a` has there; `None` where it has nothing.
        after: what `b` has there.
    """

    path: str
    state: State
    aspects: tuple[Aspect, ...]
    before: FileEntry | None
    after: FileEntry | None

    @property
    def growth(self) -> int:
        """How many bytes more `b` has there."""
        return (self.after.size if self.after else 0) - (self.before.size if self.before else 0)


class FilesTotal(NamedTuple):
    """How many paths differ; sizes in bytes.

    Attributes:
        added: only `b` has.
        removed: only `a` has.
        changed: differ in more than times.
        touched: differ in times only.
        ignored: differ in what does not count.
        unread: are files of equal size whose content could not be compared.
        growth: bytes that `b` has more in files; what has several names counts at each.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    touched: int = 0
    ignored: int = 0
    unread: int = 0
    growth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilesDiff:
    """In what the files of two images differ.

    It holds columns, not objects: what differs is found anew each time that it is asked for.

    Attributes:
        state: `SAME`, `CHANGED`, or `UNKNOWN` where no difference was found and not all was seen.
        aspects: in what they differ, all together.
        total: how many do.
        problems: why something may be missing, one clause each.
        trees: both file systems; `None` where all layers are the same and so need no look.
        ignoring: what does not count.
    """

    state: State
    aspects: tuple[Aspect, ...]
    total: FilesTotal
    problems: tuple[str, ...]
    trees: tuple[Tree, Tree] | None
    ignoring: Ignoring

    def changes(self, *, times: bool = True) -> Iterator[FileChange]:
        """Iterate over what differs: a directory before what is in it, and that by name.

        Args:
            times: whether to tell what differs only in times, too.
        """
        if self.trees is None:
            return
        for found in _Walk(self.trees, self.ignoring).differing():
            if found.counted and (times or found.counted != (Aspect.TIMES,)):
                yield _change(self.trees, found)


class _Found(NamedTuple):
    """One path at which something differs: what lies there, and in what it differs."""

    path: bytes
    a: Node | None
    b: Node | None
    aspects: tuple[Aspect, ...]
    counted: tuple[Aspect, ...]
    is_unread: bool = False


class _Walk:
    """One going down of two trees."""

    def __init__(self, trees: tuple[Tree, Tree], ignoring: Ignoring) -> None:
        self._trees = trees
        self._ignoring = ignoring
        self._globs = Globs(ignoring.patterns)
        # Rows before this are of layers that both have, and so are the same where equal.
        self._shared = _shared_rows(trees)
        # The first path of each file that has several, by its row.
        self._first: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})
        self._linked = (set(trees[0].inodes.values()), set(trees[1].inodes.values()))
        self._known: dict[frozenset[Aspect], tuple[tuple[Aspect, ...], tuple[Aspect, ...]]] = {}
        self._names = trees[0].inodes.keys() | trees[1].inodes.keys()

    def differing(self) -> Iterator[_Found]:
        """Iterate over the paths at which anything differs, be it ignored."""
        due: list[tuple[bytes, Node | None, Node | None]] = [
            (b"", self._trees[0].root, self._trees[1].root)
        ]
        while due:
            path, a, b = due.pop()
            if self._globs and self._globs.match(path):
                found = self._compared(path, a, b)
                if found is not None:
                    yield found._replace(counted=())
            elif not self._is_shared(a, b):
                found = self._compared(path, a, b)
                if found is not None:
                    yield found
            inner = _children(a), _children(b)
            if inner[0] or inner[1]:
                prefix = path + b"/" if path else b""
                names = sorted(inner[0].keys() | inner[1].keys(), reverse=True)
                due += [(prefix + name, inner[0].get(name), inner[1].get(name)) for name in names]

    def _is_shared(self, a: Node | None, b: Node | None) -> bool:
        """Whether both are the same row of the same layer, and no file of several names."""
        if isinstance(a, Directory) or isinstance(b, Directory):
            return (
                isinstance(a, Directory)
                and isinstance(b, Directory)
                and (a.row == b.row and 0 <= a.row < self._shared)
            )
        if a is None or a != b or a >= self._shared or a in self._names:
            return False
        return a not in self._linked[0] and a not in self._linked[1]

    def _compared(self, path: bytes, a: Node | None, b: Node | None) -> _Found | None:
        if a is None or b is None:
            alone = (Aspect.CONTENT,)
            return _Found(path, a, b, alone, self._ignoring.counted(alone))
        one, other = self.row(0, a), self.row(1, b)
        links = self._link(0, a, path), self._link(1, b, path)
        unread = False
        if isinstance(a, Directory) != isinstance(b, Directory) and not (one and other):
            aspects = {Aspect.KIND}
        elif one is None or other is None:
            aspects = implied_aspects(one or other)
        else:
            aspects = row_aspects(one, other)
            unread = is_unread(one, other)
        if links[0] != links[1]:
            aspects.add(Aspect.LINK)
        if unread:
            aspects.discard(Aspect.CONTENT)
        if not aspects and not unread:
            return None
        told, counted = self._told(frozenset(aspects))
        return _Found(path, a, b, told, counted, unread)

    def _told(self, aspects: frozenset[Aspect]) -> tuple[tuple[Aspect, ...], tuple[Aspect, ...]]:
        """Order aspects, and say which of them count; there are few sets of them."""
        known = self._known.get(aspects)
        if known is None:
            told = in_order(aspects)
            known = self._known[aspects] = (told, self._ignoring.counted(told))
        return known

    def row(self, side: int, node: Node) -> Row | None:
        """Return where the attributes of a node are; `None` where nothing says them."""
        tree = self._trees[side]
        row = node.row if isinstance(node, Directory) else tree.inode(node)
        return None if row < 0 else Row(*tree.changeset(row))

    def _link(self, side: int, node: Node, path: bytes) -> bytes | None:
        """Return the first path of a file that has several."""
        if isinstance(node, Directory):
            return None
        inode = self._trees[side].inode(node)
        if inode not in self._linked[side]:
            return None
        return self._first[side].setdefault(inode, path)


def due_rows(trees: tuple[Tree, Tree]) -> Iterator[Row]:
    """Iterate over the files whose digests are not there, and must be for a comparison."""
    walk = _Walk(trees, NOTHING_IGNORED)
    for found in walk.differing():
        if found.is_unread:
            for side, node in enumerate((found.a, found.b)):
                row = None if node is None else walk.row(side, node)
                if row is not None and lacks_digest(row):
                    yield row


def _children(node: Node | None) -> dict[bytes, Node]:
    return node.children if isinstance(node, Directory) else {}


def _shared_rows(trees: tuple[Tree, Tree]) -> int:
    a, b = trees
    shared = 0
    for number, (one, other) in enumerate(zip(a.layers, b.layers, strict=False)):
        if one is None or one is not other:
            break
        shared = a.starts[number + 1]
    return shared


def _change(trees: tuple[Tree, Tree], found: _Found) -> FileChange:
    before, after = (
        None
        if node is None
        else tree.entry(node.row if isinstance(node, Directory) else node, found.path)
        for tree, node in zip(trees, (found.a, found.b), strict=True)
    )
    state = State.CHANGED
    if before is None or after is None:
        state = State.ADDED if before is None else State.REMOVED
    path = found.path.decode("utf-8", "surrogateescape")
    return FileChange(path, state, found.counted, before, after)


def files_diff(
    trees: tuple[Tree, Tree], problems: tuple[str, ...] = (), ignoring: Ignoring = NOTHING_IGNORED
) -> FilesDiff:
    """Compare two file systems."""
    added = removed = changed = touched = ignored = unread = growth = 0
    aspects: set[Aspect] = set()
    for found in _Walk(trees, ignoring).differing():
        unread += found.is_unread
        if not found.counted:
            ignored += bool(found.aspects)
            continue
        aspects.update(found.counted)
        growth += _size(trees[1], found.b) - _size(trees[0], found.a)
        if found.a is None:
            added += 1
        elif found.b is None:
            removed += 1
        elif found.counted == (Aspect.TIMES,):
            touched += 1
        else:
            changed += 1
    total = FilesTotal(added, removed, changed, touched, ignored, unread, growth)
    state = State.CHANGED if aspects else State.SAME
    if not aspects and (problems or unread):
        state = State.UNKNOWN
    return FilesDiff(
        state=state,
        aspects=in_order(aspects),
        total=total,
        problems=problems,
        trees=trees,
        ignoring=ignoring,
    )


def same_files(ignoring: Ignoring = NOTHING_IGNORED) -> FilesDiff:
    """Say that files are the same, since all layers are."""
    return FilesDiff(
        state=State.SAME,
        aspects=(),
        total=FilesTotal(),
        problems=(),
        trees=None,
        ignoring=ignoring,
    )


def _size(tree: Tree, node: Node | None) -> int:
    """Return the bytes of a file; 0 of all else."""
    if node is None or isinstance(node, Directory):
        return 0
    row = tree.inode(node)
    if row < 0:
        return 0
    changeset, local = tree.changeset(row)
    return changeset.sizes[local]

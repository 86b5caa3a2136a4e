"""Files of two images compared: both trees gone down together, in columns rather than objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import NOTHING_IGNORED, Aspect, Ignoring, State, in_order
from layertar.analysis.globs import Globs
from layertar.filesystem import Directory
from layertar.filesystem.changeset import CODES, DIGEST_SIZE, NO_DIGEST, UNKNOWN, UNKNOWN_MODE
from layertar.filesystem.entry import FileKind
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem import Changeset, FileEntry, Node, Tree

__all__ = [
    "FileChange",
    "FilesDiff",
    "FilesTotal",
    "Row",
    "files_diff",
    "row_aspects",
    "same_files",
]

_FILE = CODES[FileKind.FILE]
_LINKS = (CODES[FileKind.SYMLINK], CODES[FileKind.HARDLINK])
_IGNORED = CODES[FileKind.IGNORED]


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

    def changes(self) -> Iterator[FileChange]:
        """Iterate over what differs: a directory before what is in it, and that by name."""
        if self.trees is None:
            return
        for found in _Walk(self.trees, self.ignoring).differing():
            if found.counted:
                yield _change(self.trees, found)


class Row(NamedTuple):
    """A row of a changeset."""

    changeset: Changeset
    row: int


def row_aspects(one: Row, other: Row) -> set[Aspect]:
    """Say in what two rows differ, whatever they are called."""
    (a, i), (b, j) = one, other
    found = _inner_aspects(one, other)
    if a.modes[i] != b.modes[j]:
        found.add(Aspect.MODE)
    if a.uids[i] != b.uids[j] or a.gids[i] != b.gids[j]:
        found.add(Aspect.OWNER)
    if a.mtimes[i] != b.mtimes[j]:
        found.add(Aspect.TIMES)
    if i in a.extras or j in b.extras:
        extra, extra_b = a.extra_of(i), b.extra_of(j)
        if extra.xattrs != extra_b.xattrs:
            found.add(Aspect.XATTRS)
        if extra.device != extra_b.device:
            found.add(Aspect.LINK)
    return found


def _inner_aspects(one: Row, other: Row) -> set[Aspect]:
    """Say whether two rows differ in what they are, hold or lead to."""
    (a, i), (b, j) = one, other
    kind = _kind(a, i)
    if kind != _kind(b, j):
        return {Aspect.KIND}
    if kind in _LINKS:
        return {Aspect.LINK} if a.target(i) != b.target(j) else set()
    if kind != _FILE:
        return set()
    same = a.sizes[i] == b.sizes[j] and _raw_digest(one) == _raw_digest(other)
    return set() if same else {Aspect.CONTENT}


def _raw_digest(place: Row) -> bytes:
    changeset, row = place
    return bytes(changeset.digests[row * DIGEST_SIZE : (row + 1) * DIGEST_SIZE])


def _kind(changeset: Changeset, row: int) -> int:
    # What AUFS left is listed as that, and is a file to whom a link leads there.
    code = changeset.kinds[row]
    return _FILE if code == _IGNORED else code


def is_unread(one: Row, other: Row) -> bool:
    """Whether two files are of one size, and of one of them nobody took the digest."""
    (a, i), (b, j) = one, other
    if _kind(a, i) != _FILE or _kind(b, j) != _FILE or a.sizes[i] != b.sizes[j]:
        return False
    return not {NO_DIGEST, b""}.isdisjoint((_raw_digest(one), _raw_digest(other)))


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
        one, other = self._row(0, a), self._row(1, b)
        links = self._link(0, a, path), self._link(1, b, path)
        if one is None or other is None:
            aspects = _implied_aspects(self._row(0, a), self._row(1, b), a, b)
            unread = False
        else:
            aspects = row_aspects(one, other)
            unread = is_unread(one, other)
        if links[0] != links[1]:
            aspects.add(Aspect.LINK)
        if unread:
            aspects.discard(Aspect.CONTENT)
        if not aspects and not unread:
            return None
        told = in_order(aspects)
        return _Found(path, a, b, told, self._ignoring.counted(told), unread)

    def _row(self, side: int, node: Node) -> Row | None:
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


def _implied_aspects(one: Row | None, other: Row | None, a: Node, b: Node) -> set[Aspect]:
    """Compare nodes of which at least one has no attributes: only paths, or a link, imply it."""
    if one is None and other is None:
        return set() if isinstance(a, Directory) == isinstance(b, Directory) else {Aspect.KIND}
    if isinstance(a, Directory) != isinstance(b, Directory):
        return {Aspect.KIND}
    known = one or other
    found = set()
    if known is not None:
        changeset, row = known
        if changeset.modes[row] != UNKNOWN_MODE:
            found.add(Aspect.MODE)
        if changeset.uids[row] != UNKNOWN or changeset.gids[row] != UNKNOWN:
            found.add(Aspect.OWNER)
        if changeset.mtimes[row] != UNKNOWN:
            found.add(Aspect.TIMES)
    return found


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

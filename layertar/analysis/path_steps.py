"""Path steps: where a path leads, layer by layer, and what each layer did to it.

The layers are applied one at a time, and the path is looked up again after each, through the
links that are there by then. So what counts is what one would have seen, whatever names the
entries have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.touch import Action, Cause
from layertar.errors import LimitError
from layertar.filesystem.apply import apply_to
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Directory
from layertar.filesystem.ways import Ways
from layertar.tar.paths import steps_of
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.filesystem.tree import Tree
    from layertar.limits import Limits

__all__ = ["State", "Step", "path_steps"]

_WHITEOUT, _OPAQUE = CODES[FileKind.WHITEOUT], CODES[FileKind.OPAQUE]


class State(NamedTuple):
    """What a path leads to.

    Attributes:
        links: the symbolic links on the way: where each is, and its row.
        path: without links; `None` where nothing is.
        row: of what is there; -1 for a directory that only paths imply.
        directory: what is there, if it is one.
    """

    links: tuple[tuple[bytes, int], ...]
    path: bytes | None
    row: int
    directory: Directory | None


class Step(NamedTuple):
    """What one layer did, before anything is compared: `CHANGED` is all that was written anew."""

    layer: int
    action: Action
    cause: Cause
    by: bytes | None
    before: State
    after: State
    is_emptied: bool = False


class _Marker(NamedTuple):
    """A whiteout, at what it hides."""

    path: bytes
    is_opaque: bool


_NOWHERE = State((), None, -1, None)


def path_steps(tree: Tree, path: bytes, limits: Limits, *, follow: bool) -> Iterator[Step]:
    """Apply the layers of a tree that is empty as yet, and tell what each does to a path.

    Args:
        tree: the tree.
        path: the path.
        limits: the bounds.
        follow: whether a symbolic link at the end is followed, too.

    Raises:
        LimitError: as `apply`, and where the links on the way are too long for so many layers.
    """
    clean = b"/".join(steps_of(path))
    stages = apply_to(tree, limits)
    ways = Ways(tree, limits)
    before, spent = _NOWHERE, 0
    for layer in range(len(tree.layers)):
        # Whiteouts hide what is below: they are where the links of lower layers lead.
        markers = list(_markers(tree, layer, clean, before, ways))
        next(stages)
        after = _look(tree, clean, follow=follow)
        spent += sum(len(tree.target(row) or b"") for _, row in after.links)
        if spent > limits.path_steps:
            raise LimitError("path_steps", limits.path_steps)
        step = _step(tree, layer, markers, before, after)
        if step is None:
            nothing = _nothing(tree, layer, clean, markers, after)
            step = nothing and Step(layer, Action.NOTHING, nothing, clean, before, after)
        if step is not None:
            yield step
        before = after


def _look(tree: Tree, path: bytes, *, follow: bool) -> State:
    links: list[tuple[bytes, int]] = []
    found = tree.find(path, follow=follow, links=links)
    if found is None:
        return State(tuple(links), None, -1, None)
    at, node = found
    if isinstance(node, Directory):
        return State(tuple(links), at, node.row, node)
    return State(tuple(links), at, node, None)


def _concerned(tree: Tree, state: State) -> dict[tuple[Directory, bytes], bytes]:
    """Return what a whiteout of which concerns a path: it, what is above, and links on the way."""
    found: dict[tuple[Directory, bytes], bytes] = {}
    ends = [link for link, _ in state.links] + ([] if state.path is None else [state.path])
    for end in ends:
        directory, path = tree.root, b""
        for part in end.split(b"/"):
            path = path + b"/" + part if path else part
            found[directory, part] = path
            node = directory.children.get(part)
            if not isinstance(node, Directory):
                break
            directory = node
    return found


def _with_those_above(path: bytes) -> Iterator[bytes]:
    """Iterate over a path and all directories above it, innermost first, the root last."""
    yield path
    while path:
        path = path.rpartition(b"/")[0]
        yield path


def _markers(tree: Tree, layer: int, path: bytes, state: State, ways: Ways) -> Iterator[_Marker]:
    """Iterate over those whiteouts of a layer that hide a path, or something on the way."""
    columns = tree.layers[layer]
    if columns is None:
        return
    ways.forget()
    concerned = _concerned(tree, state)
    names = {name for _, name in concerned} | {path.rpartition(b"/")[2], b""}
    for row, code in enumerate(columns.kinds):
        if code not in (_WHITEOUT, _OPAQUE):
            continue
        at = columns.path(row)
        head, _, name = at.rpartition(b"/")
        if name not in names:
            continue
        above = ways.existing(head)
        hidden = None if above is None else concerned.get((above, name))
        if hidden is not None or at in (path, b""):
            yield _Marker(at if hidden is None else hidden, code == _OPAQUE)


def _step(
    tree: Tree, layer: int, markers: list[_Marker], before: State, after: State
) -> Step | None:
    """Say what a layer did; `None` if what is there is as it was."""
    if before.path is None and after.path is None:
        return None
    if after.path is None:
        action, cause, by = _gone(tree, markers, before, after)
        return Step(layer, action, cause, by, before, after)
    opaque = any(each.is_opaque and each.path == after.path for each in markers)
    if before.path is not None and _is_same(before, after):
        if opaque and after.directory is not None:
            return Step(layer, Action.EMPTIED, Cause.OPAQUE, None, before, after, is_emptied=True)
        return None
    cause, by = _came_by(tree, layer, before, after)
    action = Action.ADDED if before.path is None else Action.CHANGED
    is_emptied = (
        before.directory is not None
        and after.directory is not None
        and (opaque or before.directory is not after.directory)
        and cause is not Cause.LINK
    )
    return Step(layer, action, cause, by, before, after, is_emptied)


def _is_same(before: State, after: State) -> bool:
    """Say whether a layer left what is there as it was."""
    return (before.path, before.row) == (after.path, after.row) and (
        before.directory is after.directory
    )


def _nothing(
    tree: Tree, layer: int, path: bytes, markers: Iterable[_Marker], after: State
) -> Cause | None:
    """Tell what is in a layer to no effect: a whiteout of nothing, or what it replaces itself."""
    if _Marker(path, is_opaque=False) in markers:
        return Cause.WHITEOUT
    columns = tree.layers[layer]
    # Looked for in all names at once: it is seldom there.
    if columns is None or not path or path not in columns.text:
        return None
    if any(path == link for link, _ in after.links):
        return None  # It has an effect: what is asked for is what it leads to.
    rows = [row for row, at in enumerate(columns.paths()) if at == path]
    found = any(columns.kinds[row] not in (_WHITEOUT, _OPAQUE) for row in rows)
    return Cause.ENTRY if found else None


def _came_by(tree: Tree, layer: int, before: State, after: State) -> tuple[Cause, bytes | None]:
    """Say how what is there now came there."""
    if tree.starts[layer] <= after.row < tree.starts[layer + 1]:
        return Cause.ENTRY, None
    link = _first_other(after.links, before.links)
    return (Cause.IMPLIED, None) if link is None else (Cause.LINK, link)


def _gone(
    tree: Tree, markers: Iterable[_Marker], before: State, after: State
) -> tuple[Action, Cause, bytes | None]:
    """Say by what a path is there no more."""
    path = before.path or b""
    at = set(markers)
    if _Marker(path, is_opaque=False) in at:
        return Action.DELETED, Cause.WHITEOUT, path
    for end in (path, *(link for link, _ in before.links)):
        for above in _with_those_above(end):
            if _Marker(above, is_opaque=False) in at:
                return Action.HIDDEN, Cause.WHITEOUT, above
            if above != end and _Marker(above, is_opaque=True) in at:
                return Action.HIDDEN, Cause.OPAQUE, above
    by = _in_the_way(tree, path)
    if by is None and (link := _first_other(before.links, after.links)) is not None:
        return Action.HIDDEN, Cause.LINK, link
    return Action.HIDDEN, Cause.REPLACED, by


def _in_the_way(tree: Tree, path: bytes) -> bytes | None:
    """Return what is no directory among those above a path, if anything is."""
    directory, above = tree.root, b""
    for part in path.split(b"/")[:-1]:
        above = above + b"/" + part if above else part
        node = directory.children.get(part)
        if not isinstance(node, Directory):
            return None if node is None else above
        directory = node
    return None


def _first_other(
    links: Iterable[tuple[bytes, int]], others: Iterable[tuple[bytes, int]]
) -> bytes | None:
    """Return the path of the first link that others have not."""
    known = set(others)
    return next((path for path, row in links if (path, row) not in known), None)

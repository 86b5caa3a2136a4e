"""Touches: every layer that touched a path, with what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.path_steps import State, Step, path_steps
from layertar.analysis.touch import Action, Cause, Link, Touch, compared
from layertar.filesystem import FileKind, Tree
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layertar.digest import Digest
    from layertar.filesystem import Changeset, FileEntry
    from layertar.limits import Limits

__all__ = ["PathTrace", "Trace", "unmeasured"]


class PathTrace(NamedTuple):
    """What became of a path, layer by layer; not compared as yet.

    Attributes:
        tree: the layers applied.
        steps: what each layer did, base first.
    """

    tree: Tree
    steps: tuple[Step, ...]

    @classmethod
    def of(
        cls, layers: Sequence[Changeset | None], path: str, limits: Limits, *, follow: bool
    ) -> PathTrace:
        """Follow a path through layers.

        Raises:
            LimitError: as `apply`.
        """
        tree = Tree(layers)
        raw = path.encode("utf-8", "surrogateescape")
        return cls(tree, tuple(path_steps(tree, raw, limits, follow=follow)))


class Trace(NamedTuple):
    """What became of a path.

    Attributes:
        path: as it was asked for, cleaned.
        touches: every layer that touched it, the newest last.
        links: the symbolic links that lead from there to `final`, or to what was there last.
        final: what is there in the end, under its path without links; `None` where nothing is.
    """

    path: str
    touches: tuple[Touch, ...]
    links: tuple[Link, ...]
    final: FileEntry | None

    @classmethod
    def of(cls, traced: PathTrace, path: str, digests: Mapping[int, Digest]) -> Trace:
        """Compare what each layer wrote with what was there.

        Args:
            traced: the steps.
            path: as it was asked for.
            digests: the sha256 of files' data by row, where they are not in the changesets.
        """
        tree, steps = traced
        touches = tuple(_touch(tree, step, digests) for step in steps)
        states = [state for step in reversed(steps) for state in (step.after, step.before)]
        last = next((state for state in states if state.path is not None), None)
        return cls(
            path="/".join(part for part in path.split("/") if part not in ("", ".")),
            touches=touches,
            links=() if last is None else tuple(_links(tree, last)),
            final=touches[-1].after if touches else None,
        )


def unmeasured(traced: PathTrace) -> set[int]:
    """Return the rows whose data would have to be measured to say whether content changed."""
    wanted: set[int] = set()
    for step in traced.steps:
        if step.action is not Action.CHANGED:
            continue
        rows = [traced.tree.inode(state.row) for state in (step.before, step.after)]
        entries = [_entry(traced.tree, state) for state in (step.before, step.after)]
        if _is_same(rows, entries, {}) is None and not any(
            each and each.is_sparse for each in entries
        ):
            wanted.update(rows)
    return wanted


def _touch(tree: Tree, step: Step, digests: Mapping[int, Digest]) -> Touch:
    before, after = _entry(tree, step.before), _entry(tree, step.after)
    action = step.action
    changes: tuple[str, ...] = ()
    if action is Action.CHANGED and before is not None and after is not None:
        rows = [tree.inode(state.row) for state in (step.before, step.after)]
        is_same = _is_same(rows, [before, after], digests)
        action, changes = compared(before, after, is_same=is_same)
        if step.is_emptied and action is not Action.CHANGED:
            action = Action.EMPTIED
    return Touch(
        layer=step.layer,
        action=action,
        cause=step.cause,
        by=None if step.by is None else _text(step.by),
        changes=changes,
        before=_measured(tree, step.before, before, digests),
        after=_measured(tree, step.after, after, digests),
        hardlink_to=_hardlink(tree, step),
        is_emptied=step.is_emptied,
    )


def _is_same(
    rows: Sequence[int], entries: Sequence[FileEntry | None], digests: Mapping[int, Digest]
) -> bool | None:
    """Say whether two files have the same content; `None` where that is not known.

    Of anything but files the answer is that they have no other.
    """
    one, other = entries
    if one is None or other is None or not one.kind is other.kind is FileKind.FILE:
        return True
    if rows[0] == rows[1]:
        return True
    if one.is_sparse or other.is_sparse:
        return None  # These are but the pieces.
    if one.size != other.size:
        return False
    if not one.size:
        return True
    found = [
        entry.digest or digests.get(row) for row, entry in zip(rows, (one, other), strict=True)
    ]
    return None if None in found else found[0] == found[1]


def _entry(tree: Tree, state: State) -> FileEntry | None:
    return None if state.path is None else tree.entry(state.row, state.path)


def _measured(
    tree: Tree, state: State, entry: FileEntry | None, digests: Mapping[int, Digest]
) -> FileEntry | None:
    """Let an entry have the digest that was measured."""
    if entry is None or entry.digest is not None:
        return entry
    return entry._replace(digest=digests.get(tree.inode(state.row)))


def _hardlink(tree: Tree, step: Step) -> str | None:
    """Return where a hard link leads, as the layer records it."""
    row = step.after.row
    if step.cause is not Cause.ENTRY or step.after.path is None or step.after.directory is not None:
        return None
    columns, local = tree.changeset(row)
    return _text(columns.target(local)) if columns.kind(local) is FileKind.HARDLINK else None


def _links(tree: Tree, state: State) -> Iterator[Link]:
    for path, row in state.links:
        target = tree.target(row) or b""
        yield Link(_text(path), _text(target), tree.place(row)[0])


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")

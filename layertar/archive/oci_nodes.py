"""Nodes: what the descriptors of an OCI view lead to, each once, and who leads there.

Indexes share what is beneath them, so the walk makes a graph. What follows from the whole of it
(names, and what may lawfully be absent) is drawn from here at the end, in one bounded pass:
carried up or down during the walk it would grow with the paths, of which a few kilobytes of
indexes make more than can be counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertar.archive.record import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.archive.record import Claim, Name
    from layertar.members import Member

__all__ = ["Contents", "Node", "presences", "spread_names"]


class Contents(NamedTuple):
    """How much is here of what one manifest names.

    Attributes:
        members: those that are here.
        is_partial: whether the manifest is here, and something of what it names is not.
        is_image: whether it is an image's: a build record or a signature is no platform, and
            does not excuse its siblings.
    """

    members: tuple[Member, ...] = ()
    is_partial: bool = False
    is_image: bool = False


class Node:
    """What one digest led to, read in one role.

    Attributes:
        claims: every claim that led here, the first one first.
        is_absent: whether it is not here.
        contents: how much is here of what it names, where it is a manifest.
        is_complete: whether it is an image that is all here, or leads to one.
        image: the number of the image that it is, if it is one.
        artifact: the number of the artifact that it is, likewise.
        indexes: the numbers of the view's records of it, where it is an index.
        children: what it leads to, where it is an index.
        names: what `index.json` calls it.
        is_due: whether somebody leads here who does not excuse its absence.
        is_beside: whether an index leads here that also leads to something complete.
    """

    __slots__ = (
        "artifact",
        "children",
        "claims",
        "contents",
        "image",
        "indexes",
        "is_absent",
        "is_beside",
        "is_complete",
        "is_due",
        "names",
    )

    def __init__(self, claim: Claim, contents: Contents) -> None:
        """Begin with the claim that led here first."""
        self.claims = [claim]
        self.is_absent = not claim.is_present
        self.contents = contents
        self.is_complete = contents.is_image and not contents.is_partial
        self.image: int | None = None
        self.artifact: int | None = None
        self.indexes: list[int] = []
        self.children: list[Node] = []
        self.names: dict[Name, None] = {}
        self.is_due = False
        self.is_beside = False

    def judge_children(self) -> None:
        """Note which children a complete one beside them excuses (`Presence`)."""
        self.is_complete = any(child.is_complete for child in self.children)
        for child in self.children:
            child.is_beside = child.is_beside or self.is_complete
            child.is_due = child.is_due or not self.is_complete


def presences(nodes: Iterable[Node]) -> Iterator[tuple[Node, Presence]]:
    """Iterate over the nodes of which something may lawfully be absent.

    Of a hollow platform only the manifest was saved. What it has in common with something
    whole is here on that one's account.
    """
    nodes = tuple(nodes)
    shared = {
        member for node in nodes if not node.contents.is_partial for member in node.contents.members
    }
    for node in nodes:
        if node.is_due or not node.is_beside:
            continue
        if node.is_absent:
            yield node, Presence.ABSENT
        elif node.contents.is_partial and shared.issuperset(node.contents.members):
            yield node, Presence.HOLLOW


def spread_names(nodes: Iterable[Node], limit: int) -> dict[int, dict[Name, None]] | None:
    """Give each image the names of everything in `index.json` that leads to it.

    Args:
        nodes: in the order of `index.json`.
        limit: nodes visited and names given at most.

    Returns:
        Names by the number of the image, in order; `None` where it would take more.
    """
    found: dict[int, dict[Name, None]] = {}
    for node in nodes:
        if not node.names:
            continue
        seen: set[Node] = set()
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            limit -= 1
            waiting.extend(current.children)
            if current.image is not None:
                limit -= len(node.names)
                found.setdefault(current.image, {}).update(node.names)
            if limit < 0:
                return None
    return found

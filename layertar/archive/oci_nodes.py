"""Nodes: what the descriptors of an OCI view lead to, each once, and who leads there.

Indexes share what is beneath them, so the walk makes a graph. What follows from the whole of it
(names, and what may lawfully be absent) is drawn from here at the end, in one bounded pass:
carried up or down during the walk it would grow with the paths, of which a few kilobytes of
indexes make more than can be counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.record import Presence
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.archive.record import Claim, Name
    from layertar.members import Member

__all__ = ["Contents", "Names", "Node", "presences", "spread_names"]


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


class Names(NamedTuple):
    """The names of each image and of each artifact, by its number, in order."""

    images: dict[int, dict[Name, None]]
    artifacts: dict[int, dict[Name, None]]


class Node:
    """What one digest led to, read in one role.

    Attributes:
        claims: every claim that led here, the first one first.
        is_absent: whether it is not here.
        contents: how much is here of what it names, where it is a manifest.
        is_complete: whether it is an image that is all here, or leads to one.
        image: the number of the image that it is, if it is one.
        artifact: the number of the artifact that it is, likewise.
        loose: the number of the artifact that its entries are, where it is an index of blobs.
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
        "loose",
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
        self.loose: int | None = None
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


def spread_names(nodes: Iterable[Node], limit: int) -> Names | None:
    """Give each image the names of everything in `index.json` that leads to it.

    An artifact has those of what leads to artifacts only: what lies beside an image, under a name,
    is not what the name means.

    Args:
        nodes: in the order of `index.json`.
        limit: nodes visited and names given at most.

    Returns:
        The names; `None` where it would take more.
    """
    found = Names({}, {})
    for node in nodes:
        if not node.names:
            continue
        seen = _reachable(node, limit)
        limit -= len(seen)
        numbers = [each.image for each in seen if each.image is not None]
        target = found.images
        if not numbers:
            parts = (part for each in seen for part in (each.artifact, each.loose))
            numbers = [part for part in parts if part is not None]
            target = found.artifacts
        limit -= len(numbers) * len(node.names)
        if limit < 0:
            return None
        for number in numbers:
            target.setdefault(number, {}).update(node.names)
    return found


def _reachable(node: Node, limit: int) -> dict[Node, None]:
    """Return a node and what it leads to, in the order visited; at most one more than `limit`."""
    seen: dict[Node, None] = {}
    waiting = [node]
    while waiting and len(seen) <= limit:
        current = waiting.pop()
        if current not in seen:
            seen[current] = None
            waiting.extend(current.children)
    return seen

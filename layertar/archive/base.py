"""Archive: every view that is there, none chosen in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertar.archive import docker, docker_v1, oci
from layertar.archive.reader import DocumentReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.archive.record import View
    from layertar.fault import Fault
    from layertar.limits import Limits
    from layertar.members import Content, Framing, Lookup, Member, MemberTable

__all__ = ["VIEW_READERS", "Archive", "read_archive"]

#: Every view, listed by hand; all of them are asked. One that is not there answers `None`.
VIEW_READERS: tuple[Callable[[DocumentReader], View | None], ...] = (
    oci.read,
    docker.read,
    docker_v1.read,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Archive:
    """What an archive holds and records.

    Attributes:
        table: its members.
        framing: what was met around them.
        views: the views that are there, in the order of `VIEW_READERS`.
        raw: the bytes of every document read, by member.
        links: the names that led through links.
        faults: what was met in documents and links.
    """

    table: MemberTable
    framing: Framing
    views: tuple[View, ...]
    raw: dict[Member, bytes]
    links: dict[str, Lookup]
    faults: tuple[Fault, ...]


def read_archive(content: Content, limits: Limits) -> Archive:
    """Read every view that `content` has."""
    reader = DocumentReader(content, limits)
    found = (read(reader) for read in VIEW_READERS)
    views = tuple(view for view in found if view is not None)
    return Archive(
        table=content.table,
        framing=content.framing,
        views=views,
        raw=reader.raw,
        links=reader.links,
        faults=tuple(reader.faults),
    )

"""Archive: every view that is there, none chosen in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import (
    bazel,
    component,
    directory,
    docker,
    docker_v1,
    imgpkg,
    oci,
    registry,
    sparse,
)
from layertar.archive.nested import RootedTable, find_roots
from layertar.archive.orphans import find_orphans
from layertar.archive.reader import DocumentReader
from layertar.archive.statements import find_statements
from layertar.fault import Fault, Severity
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.archive.orphans import Orphan
    from layertar.archive.record import View
    from layertar.documents import Statement
    from layertar.limits import Limits
    from layertar.members import Content, Framing, Lookup, Member, MemberTable

__all__ = ["VIEW_READERS", "Archive", "read_archive"]

#: Every view, listed by hand; all of them are asked. One that is not there answers `None`.
VIEW_READERS: tuple[Callable[[DocumentReader], View | None], ...] = (
    oci.read,
    docker.read,
    docker_v1.read,
    directory.read,
    registry.read,
    imgpkg.read,
    component.read,
    bazel.read,
    sparse.read,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Archive:
    """What an archive holds and records.

    Attributes:
        table: its members; looked up by names that count from `root`, too.
        root: the directory in which the views lie; empty, or ends with a slash.
        framing: what was met around them.
        views: the views that are there, in the order of `VIEW_READERS`.
        raw: the bytes of every document read, by member.
        links: the names that led through links.
        faults: what was met in documents and links.
        orphans: blobs that no view uses, and what they look like.
        statements: attestations and signatures, as far as they say what they are about.
    """

    table: MemberTable
    root: str
    framing: Framing
    views: tuple[View, ...]
    raw: dict[Member, bytes]
    links: dict[str, Lookup]
    faults: tuple[Fault, ...]
    orphans: dict[Member, Orphan]
    statements: dict[Member, Statement]


def read_archive(content: Content, limits: Limits) -> Archive:
    """Read every view that `content` has: at its top, else below a directory."""
    reader = DocumentReader(content, limits)
    views = _views(reader)
    table = content.table
    if not views:
        nested = _read_nested(content, limits)
        if nested is not None:
            reader, views = nested
            table = RootedTable(table, reader.root, link_hops=limits.link_hops)
    return Archive(
        table=table,
        root=reader.root,
        framing=content.framing,
        views=views,
        raw=reader.raw,
        links=reader.links,
        faults=tuple(reader.faults),
        orphans=find_orphans(content, views, limits, root=reader.root) if views else {},
        statements=find_statements(content, views, limits),
    )


def _views(reader: DocumentReader) -> tuple[View, ...]:
    found = (read(reader) for read in VIEW_READERS)
    return tuple(view for view in found if view is not None)


def _read_nested(
    content: Content, limits: Limits
) -> tuple[DocumentReader, tuple[View, ...]] | None:
    """Read the first directory, by name, that holds a layout; of others it is only told."""
    roots = find_roots(content.table)
    for position, root in enumerate(roots):
        reader = DocumentReader(content, limits, root=root)
        views = _views(reader)
        is_layout = reader.look_up("oci-layout") is not None
        if not (is_layout or any(view.images or view.artifacts for view in views)):
            continue
        detail = f"the image lies below {root}, where no loader looks"
        others = [other for other in roots[position + 1 :] if not other.startswith(root)]
        if others:
            detail += f"; {', '.join(others)} may hold more and was not read"
        # A Zarf package is meant to be so, and is no file for a loader.
        is_package = content.table.find("zarf.yaml") is not None
        severity = Severity.NOTE if is_package else None
        if is_package:
            detail = f"a Zarf package: its images lie below {root}"
        reader.faults.append(
            Fault("archive-nested-prefix", detail, member=root.rstrip("/"), severity=severity)
        )
        return reader, views
    return None

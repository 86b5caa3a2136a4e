"""Layouts below a directory: somebody packed the directory, and not what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.naming import is_root_filesystem
from layertar.archive.registry import REGISTRY
from layertar.members import MemberTable

if TYPE_CHECKING:
    from layertar.members import Lookup, Member

__all__ = ["RootedTable", "find_roots"]

# Files by which a layout is known; none of them is one of a blob's folder.
_MARKERS = (
    "oci-layout",
    "index.json",
    "manifest.json",
    "repositories",
    "artifact-index.json",
    "artefact-index.json",
    "root.descriptor.json",
)
# Directories that may lie around a layout, and directories that are tried.
_DEPTH = 2
_TRIED = 16


class RootedTable(MemberTable):
    """The members of an archive, a name also found where it counts from a directory."""

    def __init__(self, table: MemberTable, root: str, *, link_hops: int) -> None:
        """Count names from `root`, which ends with a slash."""
        super().__init__(table, link_hops=link_hops)
        self._root = root

    def find(self, name: str) -> Member | None:
        """Return the last member of this name, counted from the root or in full."""
        if name.startswith(self._root):
            return super().find(name)
        return super().find(self._root + name) or super().find(name)

    def look_up(self, name: str) -> Lookup:
        """Find what a name leads to, counted from the root or in full."""
        found = self.find(name)
        return super().look_up(found.name if found is not None else name)


def find_roots(table: MemberTable) -> tuple[str, ...]:
    """Return the directories that look like layouts, by name, each with its slash."""
    if is_root_filesystem(table):
        return ()
    roots: set[str] = set()
    for name in table.names():
        above, _, last = name.rpartition("/")
        if last in _MARKERS and 0 < len(above.split("/")) <= _DEPTH and above:
            roots.add(f"{above}/")
        before, found, _ = name.partition(f"/{REGISTRY}")
        if found and len(before.split("/")) <= _DEPTH:
            roots.add(f"{before}/")
    kept = [root for root in sorted(roots) if not root.startswith(("blobs/", "refs/"))]
    return tuple(kept[:_TRIED])

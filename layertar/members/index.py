"""Member and MemberTable: what lies in an archive, in order, duplicates kept.

A name from the archive is only ever a key into this table, never a path of this machine.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.fault import Fault
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Lookup",
    "Member",
    "MemberKind",
    "MemberTable",
    "clean_name",
    "is_sha512_name",
    "is_unsafe_name",
]


class MemberKind(Enum):
    """What a member is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hard link"
    OTHER = "special file"


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member of an archive. Two members are never equal: each is its own place.

    Attributes:
        name: the cleaned name (no leading `./` or `/`), `surrogateescape`d.
        recorded_name: the name as the archive has it, `surrogateescape`d.
        kind: what it is.
        offset: where its bytes begin in the (uncompressed) archive; 0 in a directory.
        size: how many bytes it has, as its header says; 0 for all but files.
        link_target: the target as recorded, for links.
    """

    name: str
    recorded_name: str
    kind: MemberKind
    offset: int
    size: int
    link_target: str | None = None


class Lookup(NamedTuple):
    """What a name led to.

    Attributes:
        member: the file or directory, or `None`.
        links: the links that were followed, in order.
        fault: why a link led nowhere, where one did.
        target: the name that was looked for last.
    """

    member: Member | None
    links: tuple[Member, ...] = ()
    fault: Fault | None = None
    target: str = ""


def is_unsafe_name(name: str) -> bool:
    """Whether a name has a `..` component, is empty, or has a NUL in it."""
    return not name.strip("/") or "\0" in name or ".." in name.split("/")


def is_sha512_name(name: str) -> bool:
    """Whether a name says that the file is named by its sha512, be it below a directory."""
    return "/blobs/sha512/" in f"/{name}" or name.rpartition("/")[2].startswith("sha512-")


def clean_name(recorded: str) -> str:
    """Clean a member's name as Go's `path.Clean` would, below the archive's root.

    A name with a `..` component is left as it is: nothing that is looked up has one, so it is
    never found.
    """
    parts = recorded.split("/")
    if ".." in parts:
        return recorded
    if "" not in parts and "." not in parts:
        return recorded
    return "/".join(part for part in parts if part not in ("", "."))


def _join(directory: str, target: str) -> str | None:
    """Resolve a link's relative target, or `None` where it leaves the root."""
    if target.startswith("/") or "\0" in target:
        return None
    parts = directory.split("/") if directory else []
    for part in target.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


class MemberTable:
    """The members of an archive, in its order."""

    def __init__(self, members: Iterable[Member], *, link_hops: int) -> None:
        """Take the members; `link_hops` bounds the links followed from one name."""
        self._members = tuple(members)
        self._link_hops = link_hops
        # Most names occur once, and need no list; one may occur a million times.
        self._by_name: dict[str, Member | list[Member]] = {}
        for member in self._members:
            known = self._by_name.get(member.name)
            if known is None:
                self._by_name[member.name] = member
            elif isinstance(known, Member):
                self._by_name[member.name] = [known, member]
            else:
                known.append(member)

    def __iter__(self) -> Iterator[Member]:
        """Iterate over all members, in the archive's order."""
        return iter(self._members)

    def __len__(self) -> int:
        """Count the members, duplicates too."""
        return len(self._members)

    @property
    def files(self) -> Iterator[Member]:
        """Iterate over the members that have bytes, in the archive's order."""
        return (member for member in self._members if member.kind is MemberKind.FILE)

    def all_named(self, name: str) -> tuple[Member, ...]:
        """Return every member of this cleaned name, in the archive's order."""
        known = self._by_name.get(name, ())
        return (known,) if isinstance(known, Member) else tuple(known)

    def find(self, name: str) -> Member | None:
        """Return the last member of this cleaned name: the one that unpacking leaves."""
        known = self._by_name.get(name)
        return known[-1] if isinstance(known, list) else known

    def duplicates(self) -> Iterator[tuple[Member, ...]]:
        """Iterate over the groups of members that share a name."""
        return (tuple(known) for known in self._by_name.values() if isinstance(known, list))

    def names(self) -> Iterator[str]:
        """Iterate over the distinct cleaned names, by first appearance."""
        return iter(self._by_name)

    def look_up(self, name: str) -> Lookup:
        """Find what `name` leads to, through links, within this table only.

        A symlink's target counts from the link's directory, a hard link's from the root; a
        directory on the way may be a symlink too. What is absent is no fault unless a link
        leads there.
        """
        links: list[Member] = []
        current: str = clean_name(name)
        while True:
            member = self.find(current)
            rest = ""
            if member is None:
                member, rest = self._link_above(current)
                if member is None:
                    return Lookup(None, tuple(links), self._dangling(links, current), current)
            if member.kind not in (MemberKind.SYMLINK, MemberKind.HARDLINK):
                return Lookup(member, tuple(links), None, current)
            if member in links or len(links) >= self._link_hops:
                return Lookup(None, tuple(links), self._cycle(member), current)
            links.append(member)
            target = self._target(member)
            if target is None:
                return Lookup(None, tuple(links), self._escape(member), current)
            current = f"{target}/{rest}".strip("/") if rest else target

    def _link_above(self, name: str) -> tuple[Member | None, str]:
        """Find a symlink among the directories on the way to `name`, and what is below it."""
        parts = name.split("/")
        for count in range(len(parts) - 1, 0, -1):
            above = self.find("/".join(parts[:count]))
            if above is not None and above.kind is MemberKind.SYMLINK:
                return above, "/".join(parts[count:])
        return None, ""

    @staticmethod
    def _target(link: Member) -> str | None:
        target = link.link_target or ""
        if link.kind is MemberKind.HARDLINK:
            cleaned = clean_name(target)
            return None if is_unsafe_name(cleaned) else cleaned
        return _join(link.name.rpartition("/")[0], target)

    @staticmethod
    def _dangling(links: list[Member], target: str) -> Fault | None:
        if not links:
            return None
        detail = f"links to {target!r}, which is not in the archive"
        return Fault("link-dangling", detail, member=links[0].name, recorded=links[0].link_target)

    @staticmethod
    def _escape(link: Member) -> Fault:
        detail = f"links to {link.link_target!r}, outside the archive; it was not followed"
        return Fault("link-escapes", detail, member=link.name, recorded=link.link_target)

    @staticmethod
    def _cycle(link: Member) -> Fault:
        detail = "is part of a chain of links that loops or is too long"
        return Fault("link-cycle", detail, member=link.name, recorded=link.link_target)

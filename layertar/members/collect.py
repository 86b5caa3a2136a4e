"""From a tar's entries to members, the same way for a file and for a stream."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.fault import Fault, Severity
from layertar.members.index import Member, MemberKind, MemberTable, clean_name
from layertar.tar import EntryKind

if TYPE_CHECKING:
    from layertar.limits import Limits
    from layertar.tar import Entry, TarParser

__all__ = ["MemberCollector"]

_KINDS = {
    EntryKind.FILE: MemberKind.FILE,
    EntryKind.DIRECTORY: MemberKind.DIRECTORY,
    EntryKind.SYMLINK: MemberKind.SYMLINK,
    EntryKind.HARDLINK: MemberKind.HARDLINK,
    EntryKind.OTHER: MemberKind.OTHER,
}

# Members by which a view is known: a second tar that holds one is another archive.
_VIEW_NAMES = frozenset({"index.json", "manifest.json", "oci-layout", "repositories"})

# Faults of one rule that are told one by one; a hundred bad headers need no hundred lines.
_FAULTS_A_RULE = 8


class MemberCollector:
    """Gathers members and their headers' faults, both bounded."""

    def __init__(self, limits: Limits) -> None:
        """Start empty."""
        self._limits = limits
        self._members: list[Member] = []
        self._faults: list[Fault] = []
        self._counts: dict[str, int] = {}
        self.is_full = False

    def add(self, entry: Entry) -> Member:
        """Take an entry as the next member."""
        kind = _KINDS[entry.kind]
        name = self._bounded(entry.name)
        member = Member(
            name=clean_name(name),
            recorded_name=name,
            kind=kind,
            offset=entry.data_offset,
            size=entry.size if kind is MemberKind.FILE else 0,
            link_target=None if entry.link_target is None else self._bounded(entry.link_target),
        )
        for fault in entry.faults:
            self._keep(fault._replace(member=member.name))
        if len(self._members) < self._limits.members:
            self._members.append(member)
        elif not self.is_full:
            self.is_full = True
            detail = f"more than {self._limits.members} members; the rest was not read"
            self._keep(Fault("limit-exceeded", detail, offset=entry.header_offset))
        return member

    def _bounded(self, name: str) -> str:
        """Shorten a name that no file system could hold, so that it stays one of its own."""
        if len(name) <= self._limits.name_length:
            return name
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{name[: self._limits.name_length]}...{digest}"

    def _keep(self, fault: Fault) -> None:
        count = self._counts.get(fault.rule, 0)
        self._counts[fault.rule] = count + 1
        if count < _FAULTS_A_RULE:
            self._faults.append(fault)

    def table(self) -> MemberTable:
        """Return the members as a table."""
        return MemberTable(self._members, link_hops=self._limits.link_hops)

    def cut(self, parser: TarParser) -> Member | None:
        """Return the member whose bytes the archive's end cuts short, if one is."""
        if not (self._members and parser.remaining):
            return None
        # What is cut may be an extended header, too: only a member's own cut has its name.
        last = self._members[-1]
        named = any(
            fault.rule == "archive-truncated" and fault.member is not None
            for fault in parser.faults
        )
        return last if named and last.kind is MemberKind.FILE else None

    def framing_faults(self, parser: TarParser) -> tuple[Fault, ...]:
        """Return the faults of headers and of the archive, once the parser has finished."""
        for each in parser.faults:
            name = clean_name(each.member) if each.member is not None else None
            fault = each._replace(member=name)
            if fault.rule == "archive-trailing-data" and self._holds_view(parser):
                self._keep(
                    fault._replace(
                        detail=f"{fault.detail}: a second archive, whose views loaders do not see",
                        severity=Severity.ERROR,
                    )
                )
            else:
                self._keep(fault)
        return tuple(self._faults)

    @staticmethod
    def _holds_view(parser: TarParser) -> bool:
        return any(clean_name(name) in _VIEW_NAMES for name in parser.trailing_names)

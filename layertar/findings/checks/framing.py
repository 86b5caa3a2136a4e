"""Tar framing, the wrapping around it, and the input itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Severity
from layertar.findings.draft import Draft, Order, from_fault
from layertar.findings.model import failed, incomplete, note, unverifiable, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence
    from layertar.members import Member

__all__ = ["CUT", "RULES", "check_changes", "check_framing"]

#: The cause of everything that is missing because the archive was cut short.
CUT = "the archive is cut short"

RULES = (
    failed(
        "input-changed",
        "The input shrank, grew or changed while it was read.",
        "Copy it to a place where nothing writes to it, and verify the copy.",
        "formats.md 0.3",
    ),
    unverifiable(
        "limit-exceeded",
        "A bound of layertar's was passed; what lies beyond was not judged.",
        "Raise the bound if the archive is trusted so far.",
        "formats.md 9",
    ),
    incomplete(
        "archive-truncated",
        "The archive ends inside a header or a member's data.",
        "Save or copy the archive again; compare sizes.",
        "POSIX.1-2017, pax, ustar Interchange Format",
    ),
    warning(
        "archive-no-end-marker",
        "The two zero blocks that end a tar are absent.",
        "Make sure that the archive was not cut between two members.",
        "POSIX.1-2017, pax, ustar Interchange Format",
    ),
    warning(
        "archive-trailing-data",
        "Bytes follow the end marker; no reader looks at them.",
        "Find out who appended them; an archive may be hidden there.",
        "formats.md 4.6",
    ),
    warning(
        "archive-lone-zero-block",
        "A single zero block lies among the members; readers split on what follows.",
        "Save the archive again with a tool that does not append.",
        "formats.md 4.3",
    ),
    note(
        "outer-compression",
        "The archive as a whole is compressed.",
        "docker load and podman load read it; ctr import does not.",
        "formats.md 4.7",
    ),
    warning(
        "outer-compression-trailing-data",
        "Bytes follow the compressed stream around the archive.",
        "Find out who appended them.",
        "RFC 1952; RFC 8878",
    ),
    failed(
        "outer-compression-corrupt",
        "The compression around the archive fails its own checks.",
        "Download or copy the archive again.",
        "RFC 1952; RFC 8878",
    ),
    incomplete(
        "outer-compression-truncated",
        "The compressed stream around the archive ends early.",
        "Download or copy the archive again.",
        "RFC 1952; RFC 8878",
    ),
    note(
        "tar-padding-not-zero",
        "The bytes between a member's end and its block's end are not zero.",
        "Harmless to readers; something may be hidden there.",
        "POSIX.1-2017, pax, ustar Interchange Format",
    ),
    failed(
        "tar-bad-checksum",
        "A header's checksum is wrong.",
        "Save or copy the archive again.",
        "POSIX.1-2017, pax, ustar Interchange Format",
    ),
    failed(
        "tar-header-ambiguous",
        "A header can be read in two ways, and readers differ.",
        "Do not load it before you know who wrote it and why.",
        "formats.md 4.3",
    ),
    warning(
        "tar-size-override",
        "A PAX record gives another size than the header.",
        "Readers that ignore the record see other members.",
        "formats.md 4.3; CVE-2025-62518",
    ),
    failed(
        "tar-size-invalid",
        "A size is negative, too large or no number.",
        "Do not load it: readers go on at different places.",
        "formats.md 4.3; CVE-2025-8194",
    ),
    warning(
        "tar-sparse-member",
        "A member is stored sparse; layertar does not expand it.",
        "Save the archive again without sparse files.",
        "formats.md 4.6",
    ),
    note(
        "tar-unknown-type",
        "A member has a type that no standard knows; it was passed over.",
        "None needed, if you know its writer.",
        "POSIX.1-2017, pax, ustar Interchange Format",
    ),
    warning(
        "tar-special-member",
        "A member is a device or a FIFO.",
        "No image archive needs one: find out who added it.",
        "formats.md 7.B-06",
    ),
)

# Faults that say that some member's bytes are not, or not surely, what the archive meant.
_ABOUT_BYTES = frozenset(
    {"tar-bad-checksum", "tar-header-ambiguous", "tar-size-invalid", "tar-size-override"}
)


def check_framing(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was met around the members."""
    framing = evidence.archive.framing
    for fault in framing.faults:
        member = framing.cut if fault.rule == "archive-truncated" else None
        if fault.rule == "archive-lone-zero-block":
            yield _lone_zero_block(evidence, fault)
        elif fault.rule == "archive-truncated":
            yield _truncated(evidence, fault, member)
        elif fault.rule == "outer-compression-truncated":
            yield from_fault(fault, cause=CUT, order=Order.FRAMING)
        elif fault.rule in _ABOUT_BYTES and fault.member is not None:
            yield _about_member(evidence, fault, fault.member)
        else:
            yield from_fault(fault)


def _about_member(evidence: Evidence, fault: Fault, name: str) -> Draft:
    member = evidence.archive.table.find(name)
    if member is None:
        return from_fault(fault)
    return from_fault(fault, subjects=evidence.uses.subjects(member))


def _truncated(evidence: Evidence, fault: Fault, member: Member | None) -> Draft:
    """What the cut takes away is absent for one reason, told once."""
    subjects = evidence.uses.subjects(member) if member is not None else frozenset()
    draft = from_fault(fault, cause=CUT, order=Order.FRAMING)
    if member is not None and draft.location.member is None:
        location = from_fault(fault._replace(member=member.name)).location
        draft = draft._replace(location=location)
    return draft._replace(subjects=subjects)


def _lone_zero_block(evidence: Evidence, fault: Fault) -> Draft:
    """An error where something that a view needs lies behind the block."""
    start = evidence.archive.framing.lone_zero_offset
    needed = {use.claim.member for use in evidence.uses.all}
    needed.update(member for view in evidence.archive.views for member in view.documents)
    hidden = [member for member in needed if member is not None and start is not None]
    if any(start is not None and member.offset > start for member in hidden):
        detail = f"{fault.detail}; what a view needs lies behind it, and some readers stop before"
        return from_fault(fault._replace(detail=detail, severity=Severity.ERROR))
    return from_fault(fault)


def check_changes(evidence: Evidence) -> Iterator[Draft]:
    """Tell what changed while it was read."""
    table = evidence.archive.table
    for fault in evidence.changes:
        member = table.find(fault.member) if fault.member is not None else None
        if member is None:
            yield from_fault(fault, order=Order.FRAMING)
        else:
            subjects = evidence.uses.subjects(member)
            yield from_fault(fault, cause=member, order=Order.FRAMING, subjects=subjects)

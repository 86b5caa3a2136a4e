"""Tar framing, the wrapping around it, and the input itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Severity
from layertar.findings.checks.readers import with_readers
from layertar.findings.draft import Draft, Order, from_fault
from layertar.findings.model import Effect, failed, incomplete, note, unverifiable, warning

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
        "POSIX.1-2017, read",
        why="What was measured is a mixture of two states, so neither of them is proved; whoever "
        "loads the file next may get a third.",
    ),
    unverifiable(
        "limit-exceeded",
        "A bound of layertar's was passed; what lies beyond was not judged.",
        "Raise the bound, if you trust the archive so far.",
        "CVE-2023-25153; containerd/containerd, core/images/archive/importer.go; "
        "containers/container-libs, image/internal/iolimits/iolimits.go",
        why="Without bounds a small hostile file could take all memory or time; loaders have "
        "bounds as well: containerd reads at most 20 MiB of manifest.json, skopeo and podman 4 MiB "
        "of a manifest or config.",
    ),
    incomplete(
        "archive-truncated",
        "The archive ends inside a header or a member's data.",
        "Save or copy the archive again; compare sizes.",
        "POSIX.1-2017, pax, ustar Interchange Format; golang/go, src/archive/tar/reader.go; "
        "python/cpython, Lib/tarfile.py",
        why="What lay behind the cut is lost. Loaders written in Go refuse it; Python's tarfile "
        "and GNU tar take an archive that is cut within a header for a whole one.",
    ),
    warning(
        "archive-no-end-marker",
        "The two zero blocks that end a tar are absent.",
        "Make sure that the archive was not cut between two members.",
        "POSIX.1-2017, pax, ustar Interchange Format; golang/go, src/archive/tar/reader.go; "
        "python/cpython, Lib/tarfile.py",
        why="Every reader accepts it, and for that reason an archive that was cut between two "
        "members looks whole to every reader, too.",
    ),
    warning(
        "archive-trailing-data",
        "Bytes follow the end marker; no reader looks at them.",
        "Find out who appended them; an archive may be hidden there.",
        "POSIX.1-2017, pax, ustar Interchange Format; golang/go, src/archive/tar/reader.go; "
        "python/cpython, Lib/tarfile.py",
        why="Go, Python and GNU tar stop at the end marker, yet the bytes travel with the file, "
        "and a reader told to ignore zero blocks (tar -i) sees a second archive in them.",
    ),
    warning(
        "archive-lone-zero-block",
        "A single zero block lies among the members; readers split on what follows.",
        "Save the archive again with a tool that does not append.",
        "golang/go, src/archive/tar/reader.go; python/cpython, Lib/tarfile.py; "
        "chainguard-dev/apko, internal/cli/build.go",
        why="Go reports an error there, Python's tarfile and GNU tar stop without one: what "
        "follows is in the archive for one reader and not for another.",
    ),
    note(
        "outer-compression",
        "The archive as a whole is compressed.",
        "Unpack it first (gunzip, unzstd) for containerd.",
        "containerd/containerd, issue 9981",
        why="docker load and podman load read gzip, bzip2, xz and zstd around an archive; ctr "
        "images import reads none of them.",
    ),
    warning(
        "outer-compression-trailing-data",
        "Bytes follow the compressed stream around the archive.",
        "Find out who appended them; compress the archive again.",
        "RFC 1952; RFC 8878",
        why="Go's gzip reader fails on any such byte, even a zero; Python takes zeros and fails "
        "on the rest; the gzip command warns and goes on.",
    ),
    failed(
        "outer-compression-corrupt",
        "The compression around the archive fails its own checks.",
        "Download or copy the archive again.",
        "RFC 1952; RFC 8878",
        why="Bits changed on the way; every reader that checks the sums stops, most of them "
        "after having unpacked the part before.",
    ),
    incomplete(
        "outer-compression-truncated",
        "The compressed stream around the archive ends early.",
        "Download or copy the archive again.",
        "RFC 1952; RFC 8878",
        why="The rest of the archive is lost; the usual cause is a download or a copy that was "
        "broken off, or a full disk.",
    ),
    note(
        "tar-padding-not-zero",
        "The bytes between a member's end and its block's end are not zero.",
        "Save the archive again, if you do not know what wrote them.",
        "POSIX.1-2017, pax, ustar Interchange Format",
        why="No reader looks at these bytes and no digest of a blob covers them, so something "
        "may be hidden there.",
    ),
    failed(
        "tar-bad-checksum",
        "A header's checksum is wrong.",
        "Save or copy the archive again.",
        "POSIX.1-2017, pax, ustar Interchange Format; golang/go, src/archive/tar/reader.go; "
        "python/cpython, Lib/tarfile.py",
        why="Go reports an error; Python's tarfile takes it for the end of the archive without a "
        "word; GNU tar skips to the next good header: they see three different archives.",
    ),
    failed(
        "tar-header-ambiguous",
        "A header can be read in two ways, and readers differ.",
        "Do not load it before you know who wrote it and why.",
        "POSIX.1-2017, pax, pax Header Block; golang/go, src/archive/tar/reader.go; "
        "python/cpython, Lib/tarfile.py; CVE-2026-33055; CVE-2026-32766",
        why="A global PAX path or size is applied by Python and GNU tar and not by Go; of two "
        "PAX headers Python takes the first and Go the last; a link with data or a NUL in a name "
        "divides readers, too. One of them sees a file that another does not.",
    ),
    warning(
        "tar-size-override",
        "A PAX record gives another size than the header.",
        "Save the archive again, unless the member is larger than a header can say (8 GiB).",
        "POSIX.1-2017, pax, pax Header Block; CVE-2025-62518",
        why="A reader that goes by the header instead of the PAX record continues at another "
        "place and finds members that others do not see (TARmageddon).",
    ),
    failed(
        "tar-size-invalid",
        "A size is negative, too large or no number.",
        "Do not load it.",
        "POSIX.1-2017, pax, ustar Interchange Format; CVE-2025-8194",
        why="Go and GNU tar refuse most of these, Python took a negative size and looped for "
        "ever or ended without an error: readers that go on do so at different places.",
    ),
    warning(
        "tar-sparse-member",
        "A member is stored sparse; layertar does not expand it.",
        "Save the archive again without sparse files.",
        "POSIX.1-2017, pax, pax Header Block; CVE-2025-58183; CVE-2026-32288",
        why="What is hashed and loaded are the expanded bytes: a member of 10 KiB can claim a "
        "terabyte. No image tool is known to write such members.",
    ),
    note(
        "tar-unknown-type",
        "A member has a type that no standard knows; it was passed over.",
        "None needed, if you know its writer.",
        "POSIX.1-2017, pax, ustar Interchange Format",
        why="Readers pass over the size that it records, or take it for a file.",
    ),
    warning(
        "tar-special-member",
        "A member is a device, a FIFO or a contiguous file.",
        "No image archive needs one: find out who added it.",
        "POSIX.1-2017, pax, ustar Interchange Format; moby/go-archive, archive.go; "
        "containerd/containerd, core/images/archive/importer.go",
        why="Tools that unpack an archive before they read it create the device, or wait for "
        "ever for someone to write to the FIFO. A contiguous file (type 7) is a file to POSIX, "
        "but docker load refuses it and containerd passes it over.",
    ),
)

# Faults that say that some member's bytes are not, or not surely, what the archive meant.
_ABOUT_BYTES = frozenset(
    {"tar-bad-checksum", "tar-header-ambiguous", "tar-size-invalid", "tar-size-override"}
)


def check_framing(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was met around the members."""
    framing = evidence.archive.framing
    for fault in map(with_readers, framing.faults):
        member = framing.cut if fault.rule == "archive-truncated" else None
        if fault.rule == "archive-lone-zero-block":
            yield _lone_zero_block(evidence, fault)
        elif fault.rule == "archive-truncated":
            yield _truncated(evidence, fault, member)
        elif fault.rule == "outer-compression-truncated" or _is_stop(evidence, fault):
            yield from_fault(fault, cause=CUT, order=Order.FRAMING)
        elif fault.rule == "tar-sparse-member":
            yield _sparse(evidence, fault)
        elif fault.rule in _ABOUT_BYTES and fault.member is not None:
            yield _about_member(evidence, fault, fault.member)
        else:
            yield from_fault(fault)


def _is_stop(evidence: Evidence, fault: Fault) -> bool:
    """Whether a fault says which bound ended the reading: what is absent may lie behind."""
    is_bound = fault.rule == "limit-exceeded" and fault.member is None
    return is_bound and evidence.archive.framing.is_stopped


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


def _sparse(evidence: Evidence, fault: Fault) -> Draft:
    """An error where a view needs the member: what was measured are not the bytes it stands for."""
    member = evidence.archive.table.look_up(fault.member or "").member
    needed = {member for view in evidence.archive.views for member in view.documents}
    if member is None or not (evidence.uses.of(member) or member in needed):
        return from_fault(fault)
    detail = f"{fault.detail}, so what a view needs of it cannot be proved"
    subjects = evidence.uses.subjects(member)
    told = fault._replace(detail=detail, severity=Severity.ERROR)
    draft = from_fault(told, cause=member, order=Order.FRAMING, subjects=subjects)
    return draft._replace(effect=Effect.UNVERIFIABLE)


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

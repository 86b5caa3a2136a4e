"""Identity: what tells a finding from every other, also in the next run; and where it is."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from layertar.report.escape import encodable, escape
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.model import Finding, Ignored, Location
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Identified", "identified", "place", "relative_path", "worst_first"]


class Identified(NamedTuple):
    """A finding, the archive it is of, and its fingerprint.

    Attributes:
        number: the archive's place in the report.
        archive: the archive.
        finding: the finding.
        fingerprint: 64 hexadecimal digits, the same for the same finding in every run.
        ignored: why the finding does not count; `None` where it does.
    """

    number: int
    archive: ArchiveReport
    finding: Finding
    fingerprint: str
    ignored: Ignored | None = None


def identified(report: Report, *, with_ignored: bool = False) -> Iterator[Identified]:
    """Go through all findings, archives in their order; if wanted, ignored ones behind each's own.

    A fingerprint is made of the rule, the archive's file name and the place within it: neither
    of words, which a later version may choose otherwise, nor of the folder, which is another on
    another machine. What is alike in all of that is numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for number, archive in enumerate(report.archives):
        counted: list[tuple[Finding, Ignored | None]] = [(each, None) for each in archive.findings]
        if with_ignored:
            counted += ((each.finding, each) for each in archive.ignored)
        for finding, ignored in counted:
            where = finding.location
            parts = (
                finding.rule.name,
                relative_path(archive.name).rpartition("/")[2],
                *(
                    "" if part is None else encodable(str(part))
                    for part in (where.member, where.offset, where.pointer, where.image)
                ),
                "" if where.layer is None else str(where.layer),
            )
            text = "\0".join((*parts, str(seen[parts])))
            seen[parts] += 1
            fingerprint = hashlib.sha256(text.encode()).hexdigest()
            yield Identified(number, archive, finding, fingerprint, ignored)


def worst_first(report: Report) -> list[Identified]:
    """Sort all findings: errors first, else as they stand."""
    return sorted(identified(report), key=lambda each: -each.finding.severity)


def relative_path(name: str) -> str:
    """Make of an archive's name a path for platforms that take only those within a project.

    Its root and the steps `.` and `..` are left out; what is not printable is escaped.
    """
    steps = [step for step in escape(name).split("/") if step not in ("", ".", "..")]
    return "/".join(steps) or "-"


def place(location: Location) -> str:
    """Write a place in one line, escaped; empty where nothing is known of it."""
    parts: list[str] = []
    if location.member is not None:
        parts.append(location.member)
    if location.offset is not None:
        parts.append(f"@{location.offset}")
    if location.pointer is not None:
        parts.append(f"#{location.pointer}")
    told = ["".join(parts)] if parts else []
    if location.image is not None:
        told.append(f"image {location.image}")
    if location.layer is not None:
        told.append(f"layer {location.layer}")
    return escape(", ".join(told))

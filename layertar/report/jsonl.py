"""JSON Lines: one event a line, so that a program can follow a run.

The last line is the summary, whatever came before; events of blobs that are measured at the same
time come in any order. Strings are as in `json_v1`. A report that is kept has no blobs' events.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from layertar.image.model import Verdict
from layertar.report.events import ArchiveDone, BlobMeasured, Started
from layertar.report.json_v1 import (
    finding_value,
    head_value,
    ignored_value,
    one_line,
    summary_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.report.events import Event
    from layertar.report.json_v1 import Value
    from layertar.report.model import ArchiveReport, Report

__all__ = ["JsonlReporter", "event_lines", "summary_line"]


class JsonlReporter:
    """The events that a run would have told, and the summary."""

    name: ClassVar[str] = "jsonl"
    media_type: ClassVar[str] = "application/jsonl"

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, line by line."""
        for archive in report.archives:
            out.writelines(event_lines(Started(archive.name, archive.size)))
            out.writelines(event_lines(ArchiveDone(archive)))
        out.write(summary_line(report))


def event_lines(event: Event) -> Iterator[str]:
    """Encode an event, each line with its line break; an archive's findings stand before it."""
    match event:
        case Started():
            yield _line("started", {"archive": event.name, "size": event.size})
        case BlobMeasured():
            yield _line(
                "blob",
                {
                    "archive": event.name,
                    "member": event.member,
                    "digest": event.digest,
                    "size": event.size,
                    "diff_id": event.diff_id,
                },
            )
        case ArchiveDone():
            yield from _archive(event.archive)


def summary_line(report: Report) -> str:
    """Encode what all of it comes to, with its line break."""
    verdicts = Counter(archive.verdict for archive in report.archives)
    return _line(
        "summary",
        {
            **head_value(report.command, report.tool_version),
            "verdict": report.verdict.value,
            "unchecked": iter(report.unchecked),
            "archives": len(report.archives),
            "verdicts": {one.value: verdicts[one] for one in Verdict if one in verdicts},
            "errors": sum(archive.summary.errors for archive in report.archives),
            "warnings": sum(archive.summary.warnings for archive in report.archives),
            "notes": sum(archive.summary.notes for archive in report.archives),
        },
    )


def _archive(archive: ArchiveReport) -> Iterator[str]:
    for finding in archive.findings:
        yield _line("finding", {"archive": archive.name, "finding": finding_value(finding)})
    for ignored in archive.ignored:
        yield _line("ignored", {"archive": archive.name, "ignored": ignored_value(ignored)})
    yield _line(
        "archive",
        {
            "archive": archive.name,
            "size": archive.size,
            "verdict": archive.verdict.value,
            "summary": summary_value(archive.summary),
        },
    )


def _line(event: str, fields: dict[str, Value]) -> str:
    return one_line({"event": event, **fields}) + "\n"

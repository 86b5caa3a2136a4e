"""CSV: a table of findings, one a row, for spreadsheets.

RFC 4180, with a heading. An archive without findings has one row, so that every archive is
there. A cell that a spreadsheet would take for a formula has an apostrophe before it (OWASP, CSV
Injection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from layertar.findings.model import Finding
    from layertar.report.model import ArchiveReport, Report

__all__ = ["COLUMNS", "CsvReporter", "csv_line"]

#: The heading.
COLUMNS = (
    *("archive", "verdict", "severity", "rule", "message"),
    *("member", "offset", "pointer", "image", "layer", "recorded", "measured"),
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_QUOTED = frozenset('",;\r\n')


class CsvReporter:
    """The findings as rows."""

    name: ClassVar[str] = "csv"
    media_type: ClassVar[str] = "text/csv"

    def write(self, report: Report, out: TextIO) -> None:
        """Write the findings of `report` to `out`, archives in their order."""
        out.write(csv_line(COLUMNS))
        out.writelines(csv_line(row) for archive in report.archives for row in _rows(archive))


def _rows(archive: ArchiveReport) -> Iterator[tuple[object, ...]]:
    start = (archive.name, archive.verdict.value)
    if not archive.findings:
        yield (*start, *[None] * (len(COLUMNS) - len(start)))
    for finding in archive.findings:
        yield (*start, *_cells(finding))


def _cells(finding: Finding) -> tuple[object, ...]:
    where = finding.location
    return (
        *(finding.severity.label, finding.rule.name, finding.message),
        *(where.member, where.offset, where.pointer, where.image, where.layer),
        *(finding.recorded, finding.measured),
    )


def csv_line(cells: Sequence[object]) -> str:
    """Write one row; nothing in it is a formula."""
    return ",".join(map(_cell, cells)) + "\r\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = escape(str(value))
    # `-` alone, standard input's name, is no formula.
    if text != "-" and text.lstrip().startswith(_FORMULA):
        text = f"'{text}"
    if _QUOTED.isdisjoint(text) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'

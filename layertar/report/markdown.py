"""Markdown: a comment for a merge request, or the summary of a CI step.

GitHub's dialect, which GitLab reads too. All text of an archive stands in `<code>` with every
character that could be markup written as an entity (CommonMark, 2.5: an entity is never taken
for structure), so that there is no link, mention, image or tag but ours. The whole is bounded: a
comment on GitHub holds 65536 characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from layertar.regex import regex
from layertar.report.escape import escape
from layertar.report.identity import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from layertar.digest import Digest
    from layertar.findings.model import Finding, Ignored
    from layertar.image.model import Image
    from layertar.report.model import ArchiveReport, Report

__all__ = ["MarkdownReporter"]

_ROOM = 60_000
# Characters of one text of an archive; a message holds a digest or two.
_LENGTH = 300
_PLAIN = regex(r"[^A-Za-z0-9 ,./:-]")
# What is made a link without any markup (GFM, 6.9).
_AUTOLINK = regex(r"www\.|:", re.IGNORECASE)
_DIGEST = regex(r"[a-z0-9]+:[0-9a-f]+")


class MarkdownReporter:
    """Verdicts, images and findings as headings and tables."""

    name: ClassVar[str] = "markdown"
    media_type: ClassVar[str] = "text/markdown"

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, as much as there is room for; what is left out is told."""
        room = _ROOM
        left = 0
        for line in _lines(report):
            if left or len(line) + 1 > room:
                left += 1
                continue
            room -= len(line) + 1
            out.write(f"{line}\n")
        if left:
            out.write(f"\n{left} more lines are not shown: there is no room for them here.\n")


def _lines(report: Report) -> Iterator[str]:
    yield f"## layertar {report.command}: {report.verdict.value}"
    yield ""
    yield from _table(
        ("archive", "verdict", "images", "errors", "warnings", "notes"),
        (_archive_row(archive) for archive in report.archives),
    )
    # Every archive's verdict first, then the worst: there may be no room for the rest.
    for archive in report.archives:
        if archive.findings:
            yield from ("", f"### Findings in {code(archive.name)}", "")
            yield from _table(
                ("severity", "rule", "what was found", "where"),
                (_finding_row(finding) for finding in archive.findings),
            )
    for archive in report.archives:
        if archive.ignored:
            yield from ("", f"### Ignored in {code(archive.name)}", "")
            yield from _table(
                ("rule", "what was found", "where", "reason", "until"),
                (_ignored_row(ignored) for ignored in archive.ignored),
            )
    for archive in report.archives:
        if archive.images:
            yield from ("", f"### Images in {code(archive.name)}", "")
            yield from _table(
                ("image", "platform", "verdict", "image ID", "manifest", "layers"),
                (_image_row(image) for image in archive.images),
            )


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _archive_row(archive: ArchiveReport) -> tuple[str, ...]:
    summary = archive.summary
    counts = (summary.images, summary.errors, summary.warnings, summary.notes)
    return (code(archive.name), archive.verdict.value, *map(str, counts))


def _finding_row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.severity.label,
        code(finding.rule.name),
        code(finding.message),
        code(place(finding.location)),
    )


def _ignored_row(ignored: Ignored) -> tuple[str, ...]:
    return (
        *_finding_row(ignored.finding)[1:],
        code(ignored.reason),
        "" if ignored.until is None else str(ignored.until),
    )


def _image_row(image: Image) -> tuple[str, ...]:
    said = image.recorded
    return (
        code(image.names[0]) if image.names else "(no name)",
        code(str(image.platform)) if image.platform else "",
        image.verdict.value,
        _identity(image.image_id, said.image_id),
        _identity(image.manifest_digest, said.manifest_digest),
        str(len(image.layers)),
    )


def _identity(measured: Digest | None, recorded: Digest | None) -> str:
    if measured is not None:
        return code(str(measured))
    return "" if recorded is None else f"{code(str(recorded))} (recorded)"


def code(text: str) -> str:
    """Write text of an archive so that it is shown as it is, whatever it holds."""
    shown = escape(text)
    if len(shown) > _LENGTH:
        shown = shown[:_LENGTH] + "..."
    if not shown:
        return ""
    markup = shown if _DIGEST.fullmatch(shown) else _entities(shown)
    return f"<code>{markup}</code>"


def _entities(text: str) -> str:
    text = _PLAIN.sub(lambda found: f"&#{ord(found[0])};", text)
    return _AUTOLINK.sub(lambda found: found[0].replace(".", "&#46;").replace(":", "&#58;"), text)

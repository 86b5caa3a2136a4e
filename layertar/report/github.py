"""GitHub's workflow commands: findings as annotations of a step.

Format: GitHub documentation, "Workflow commands for GitHub Actions". Values are escaped as
actions/toolkit does it (packages/core/src/command.ts). GitHub keeps ten errors, ten warnings and
ten notices of a step and drops the rest without a word, so no more are written, and how many
are left is told. Each line that holds text of an archive is a command: the runner takes `##[`
for one wherever it stands in any other line.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from layertar.fault import Severity
from layertar.image.model import Verdict
from layertar.report.escape import escape
from layertar.report.identity import place, relative_path, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.report.identity import Identified
    from layertar.report.model import Report

__all__ = ["ANNOTATIONS", "GithubReporter"]

#: Annotations of one kind that GitHub keeps of a step.
ANNOTATIONS = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
# Of a message; a longer one is cut by the platform, or hides the others.
_LENGTH = 2000


class GithubReporter:
    """The findings as annotations, worst first, and a line that says what they come to."""

    name: ClassVar[str] = "github"
    media_type: ClassVar[str] = "text/plain"

    def write(self, report: Report, out: TextIO) -> None:
        """Write the findings of `report` to `out`, a command a line."""
        out.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    findings = worst_first(report)
    counts = Counter(each.finding.severity for each in findings)
    room = dict.fromkeys(Severity, ANNOTATIONS)
    if any(count > ANNOTATIONS for count in counts.values()):
        # The last notice says what is not shown.
        room[Severity.NOTE] -= 1
    for severity in sorted(Severity, reverse=True):
        same = [each for each in findings if each.finding.severity is severity]
        yield from (_annotation(each) for each in same[: room[severity]])
    left = {one: count - room[one] for one, count in counts.items() if count > room[one]}
    if left:
        told = ", ".join(_count(left[one], one.label) for one in sorted(left, reverse=True))
        title = f"title={_property('layertar: not all is shown')}"
        yield f"::notice {title}::{sum(left.values())} more findings: {told}"
    verdicts = Counter(archive.verdict for archive in report.archives)
    told = ", ".join(f"{verdicts[one]} {one.value}" for one in Verdict if one in verdicts)
    yield f"layertar: {_count(len(report.archives), 'archive')}{f': {told}' if told else ''}"


def _annotation(each: Identified) -> str:
    finding = each.finding
    where = place(finding.location)
    message = f"{escape(each.archive.name)}: {escape(finding.message)}"
    if len(message) > _LENGTH:
        message = message[:_LENGTH] + "..."
    if where:
        message += f"\nat {where[:_LENGTH]}"
    file = _property(relative_path(each.archive.name))
    title = _property(f"layertar: {escape(finding.rule.name)}")
    return f"::{_COMMANDS[finding.severity]} file={file},title={title}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""GitLab's code quality report: findings as issues of a merge request.

Format: GitLab documentation, Code Quality, "Code Quality report format": an array of issues with
`description`, `check_name`, `fingerprint`, `severity` and `location`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from layertar.fault import Severity
from layertar.image.model import Verdict
from layertar.report.escape import escape
from layertar.report.identity import identified, place, relative_path
from layertar.report.json_v1 import write_json

if TYPE_CHECKING:
    from typing import TextIO

    from layertar.report.identity import Identified
    from layertar.report.json_v1 import Value
    from layertar.report.model import Report

__all__ = ["GitlabReporter"]

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


class GitlabReporter:
    """The findings as code quality issues; nothing else of the report has a place there."""

    name: ClassVar[str] = "gitlab"
    media_type: ClassVar[str] = "application/json"

    def write(self, report: Report, out: TextIO) -> None:
        """Write the findings of `report` to `out`, archives in their order."""
        write_json((_issue(each) for each in identified(report)), out)


def _issue(each: Identified) -> Value:
    finding = each.finding
    where = place(finding.location)
    severity = _SEVERITIES[finding.severity]
    if each.archive.verdict is Verdict.UNREADABLE and finding.severity is Severity.ERROR:
        severity = "blocker"
    return {
        "description": escape(finding.message) + (f" ({where})" if where else ""),
        "check_name": escape(finding.rule.name),
        "fingerprint": each.fingerprint,
        "severity": severity,
        # An archive has no lines, and GitLab wants one.
        "location": {"path": relative_path(each.archive.name), "lines": {"begin": 1}},
    }

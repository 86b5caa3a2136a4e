"""Report: facts and findings as text or JSON.

A reporter sees a `Report` and a handle to write to, nothing else. A format is one file and one
line of `register`.
"""

from __future__ import annotations

from layertar.report.model import ArchiveReport, Report, Summary
from layertar.report.register import REPORTERS, Reporter, TextStyle

__all__ = ["REPORTERS", "ArchiveReport", "Report", "Reporter", "Summary", "TextStyle"]

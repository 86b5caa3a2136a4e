"""Judged: say on standard error why an archive did not give what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.cli._output import complain
from layertar.fault import Severity
from layertar.report.escape import escape

if TYPE_CHECKING:
    from layertar.report.model import Report

__all__ = ["complain_of"]

_TOLD = 10


def complain_of(report: Report, consequence: str) -> None:
    """Say which errors there are, and what follows from them."""
    for archive in report.archives:
        errors = [each for each in archive.findings if each.severity is Severity.ERROR]
        for error in errors[:_TOLD]:
            complain(f"{escape(archive.name)}: {error.rule.name}: {escape(error.message)}")
        if len(errors) > _TOLD:
            complain(f"{escape(archive.name)}: {len(errors) - _TOLD} more errors")
    complain(f"{consequence}; `layertar verify` tells the whole")

"""The findings of an input that could not be examined at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.draft import from_fault
from layertar.findings.model import Effect, Finding, Location, Severity
from layertar.findings.register import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.fault import Fault

__all__ = ["unreadable"]


def unreadable(rule: str, reason: str, faults: Iterable[Fault]) -> tuple[Finding, ...]:
    """Say why an input could not be examined, and what else was met in it, worst first."""
    first = Finding(
        rule=RULES[rule],
        severity=Severity.ERROR,
        effect=Effect.UNVERIFIABLE,
        message=reason,
        location=Location(),
    )
    return (first, *sorted((_finding(fault) for fault in faults), key=lambda f: -f.severity))


def _finding(fault: Fault) -> Finding:
    draft, rule = from_fault(fault), RULES[fault.rule]
    severity = fault.severity or rule.severity
    return Finding(
        rule=rule,
        severity=severity,
        effect=rule.effect,
        message=draft.message,
        location=draft.location,
        recorded=fault.recorded,
        measured=fault.measured,
    )

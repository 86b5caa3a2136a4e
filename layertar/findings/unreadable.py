"""The findings of an input that could not be examined at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.draft import from_fault
from layertar.findings.model import Effect, Finding, Location, Severity
from layertar.findings.register import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.fault import Fault

__all__ = ["not_given", "unreadable"]


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


def not_given(*, is_updated: bool) -> Finding:
    """Say that an archive is locked and was not given; a note where the lock is written anew."""
    return Finding(
        rule=RULES["lock-drift"],
        severity=Severity.NOTE if is_updated else Severity.ERROR,
        effect=Effect.NONE if is_updated else Effect.FAILED,
        message="the lock has an entry for it, and it was not given",
        location=Location(),
    )


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

"""Ignoring: findings that a policy sets aside, and what is to be said of its entries.

A finding that is ignored is out of the exit code and stays in the report; verdicts never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.model import Finding, Ignored, Location
from layertar.findings.register import RULES
from layertar.image import measured_image_id
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from layertar.fault import Severity
    from layertar.findings.evidence import Evidence
    from layertar.policy.model import Ignore

__all__ = ["NO_LEDGER", "Ledger", "SetAside"]


class SetAside(NamedTuple):
    """Findings of one archive: those that count, and those that do not."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]


class Ledger:
    """What a policy ignores, and which of its entries were of use in one run.

    Attributes:
        is_partial: whether something of the run was not looked at, so that an entry of no use
            may be of use there.
    """

    def __init__(
        self,
        entries: Sequence[Ignore],
        today: date | None,
        severities: Mapping[str, Severity | None],
    ) -> None:
        """Take the entries.

        Args:
            entries: what is ignored.
            today: the day; `None` only where no entry has a last one.
            severities: the severity of what rules find, as the caller wants it.
        """
        self._entries = entries
        self._expired = frozenset(
            entry for entry in entries if today is not None and entry.is_expired(today)
        )
        self._severities = severities
        self._used: set[Ignore] = set()
        self.is_partial = False

    def sort(self, evidence: Evidence, findings: tuple[Finding, ...]) -> SetAside:
        """Set aside what is ignored of an archive, and tell each entry that has expired."""
        if not self._entries:
            return SetAside(findings, ())
        kept: list[Finding] = []
        ignored: list[Ignored] = []
        expired: dict[Ignore, None] = {}
        for finding in findings:
            fitting = self._fitting(evidence, finding)
            self._used.update(fitting)
            valid = [entry for entry in fitting if entry not in self._expired]
            if valid:
                ignored.append(
                    Ignored(finding=finding, reason=valid[0].reason, until=valid[0].until)
                )
            else:
                kept.append(finding)
                expired.update(dict.fromkeys(fitting))
        return SetAside(self._with(kept, map(_expired, expired)), tuple(ignored))

    def leftover(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Add to the findings of a run's last archive what is to be said of entries of no use."""
        if self.is_partial:
            return findings
        unused = [entry for entry in self._entries if entry not in self._used]
        return self._with(
            findings, (_expired(each) if each in self._expired else _unused(each)
                       for each in unused)
        )  # fmt: skip

    def _fitting(self, evidence: Evidence, finding: Finding) -> list[Ignore]:
        rule, member = finding.rule.name, finding.location.member
        mine = [entry for entry in self._entries if entry.rule == rule]
        if not mine:
            return mine
        digests = frozenset(_digests(evidence, finding))
        return [entry for entry in mine if entry.fits(rule, digests, member)]

    def _with(self, findings: Iterable[Finding], more: Iterable[Finding]) -> tuple[Finding, ...]:
        """Add notes behind what weighs as much, as heavy as the caller wants them."""
        notes = (
            Finding(
                rule=note.rule,
                severity=severity,
                effect=note.effect,
                message=note.message,
                location=note.location,
            )
            for note in more
            if (severity := self._severities.get(note.rule.name, note.severity)) is not None
        )
        return tuple(sorted([*findings, *notes], key=lambda finding: -finding.severity))


def _digests(evidence: Evidence, finding: Finding) -> Iterator[str]:
    """Iterate over the digests of what a finding is about.

    What is recorded counts only where nothing was measured: it may be recorded of any bytes.
    """
    where = finding.location
    if where.image is not None:
        yield where.image
        for number, image in enumerate(evidence.images):
            if evidence.image_key(number) == where.image:
                yield str(measured_image_id(image, evidence.measured))
    is_measured = finding.measured is not None
    if finding.measured is not None:
        yield finding.measured
    members = evidence.archive.table.all_named(where.member) if where.member is not None else ()
    for member in members:
        measurement = evidence.measured.of_member(member)
        if measurement is not None:
            is_measured = True
            yield from map(str, measurement.digests.values())
            yield from map(str, measurement.diff_ids.values())
    if not is_measured and finding.recorded is not None:
        yield finding.recorded


def _unused(entry: Ignore) -> Finding:
    return _about("policy-ignore-unused", f"nothing was found that it ignores: {entry}")


def _expired(entry: Ignore) -> Finding:
    return _about("policy-ignore-expired", f"it ended on {entry.until}: {entry}")


def _about(name: str, message: str) -> Finding:
    rule = RULES[name]
    return Finding(
        rule=rule,
        severity=rule.severity,
        effect=rule.effect,
        message=message,
        location=Location(),
    )


#: Nothing is ignored.
NO_LEDGER = Ledger((), None, {})

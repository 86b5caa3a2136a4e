"""From drafts to findings and verdicts: one finding a cause, the worst effect a verdict."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Presence, RecordedImage
from layertar.findings.draft import Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Effect, Finding, Related, Severity
from layertar.findings.register import CHECKS, RULES
from layertar.image.model import Verdict
from layertar.members import Member
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertar.archive import Claim
    from layertar.findings.draft import Draft
    from layertar.findings.evidence import Evidence, Use

__all__ = ["NO_LOWERING", "Judgement", "Lowering", "judge", "reweighed"]

# Consequences told with one finding; a cut archive may have thousands.
_RELATED = 20

_VERDICTS = {
    Effect.NONE: Verdict.VERIFIED,
    Effect.UNVERIFIABLE: Verdict.UNVERIFIABLE,
    Effect.INCOMPLETE: Verdict.INCOMPLETE,
    Effect.FAILED: Verdict.FAILED,
}
# Orders of what shows that a member is not what is recorded of it.
_DAMAGE = (Order.NAME, Order.DIGEST, Order.CONFIG_NAME)

_AS_THEY_ARE: Mapping[str, Severity | None] = MappingProxyType({})

_PART_VERDICTS = {**_VERDICTS, Effect.INCOMPLETE: Verdict.MISSING}


class Lowering(NamedTuple):
    """What the caller wants to weigh otherwise than is usual; no verdict changes by it.

    Attributes:
        missing: findings whose effect is `INCOMPLETE` are notes.
        unverifiable: findings whose effect is `UNVERIFIABLE` are notes.
        severities: the severity of what a rule finds, `None` to leave it out; it goes before
            the other two.
    """

    missing: bool = False
    unverifiable: bool = False
    severities: Mapping[str, Severity | None] = _AS_THEY_ARE

    @property
    def effects(self) -> set[Effect]:
        """The effects that are to be heard of only as notes."""
        chosen = {Effect.INCOMPLETE: self.missing, Effect.UNVERIFIABLE: self.unverifiable}
        return {effect for effect, is_lowered in chosen.items() if is_lowered}


#: Tell everything as what it is.
NO_LOWERING = Lowering()


class Judgement(NamedTuple):
    """What follows from the evidence.

    Attributes:
        findings: worst first, then by place.
        verdict: the archive's.
        images: verdict of each image, in the evidence's order.
        artifacts: likewise of each artifact.
        parts: verdict of each layer or artifact's blob by position, for each whole.
    """

    findings: tuple[Finding, ...]
    verdict: Verdict
    images: tuple[Verdict, ...]
    artifacts: tuple[Verdict, ...]
    parts: Mapping[Subject, Mapping[int, Verdict]]


class _Weighed(NamedTuple):
    draft: Draft
    severity: Severity
    effect: Effect


def judge(evidence: Evidence, lowering: Lowering) -> Judgement:
    """Run every check and draw the conclusions."""
    weighed = [_weigh(draft) for check in CHECKS for draft in check(evidence)]
    effects = _effects(weighed)
    broken = [draft.link for draft, _, effect in weighed if draft.link and effect is Effect.FAILED]
    for subject in evidence.uses.cut_off(broken, evidence.images) if broken else ():
        effects[subject] = Effect.FAILED
    findings = [
        _finding(group, severity)
        for group in _group(weighed)
        if (severity := _severity(evidence, group, lowering)) is not None
    ]
    findings.sort(key=_sort_key)
    images = tuple(
        _whole_verdict(evidence, _worst(effects, Subject("image", number)), image.presence)
        for number, image in enumerate(evidence.images)
    )
    artifacts = tuple(
        _whole_verdict(evidence, _worst(effects, Subject("artifact", number)), artifact.presence)
        for number, artifact in enumerate(evidence.artifacts)
    )
    return Judgement(
        findings=tuple(findings),
        verdict=_verdict(evidence, _archive_effect(evidence, weighed)),
        images=images,
        artifacts=artifacts,
        parts=_parts(evidence, effects),
    )


def _weigh(draft: Draft) -> _Weighed:
    """Give a draft its severity and effect: only an error has one, a raised one is a failure."""
    rule = RULES[draft.rule]
    severity = draft.severity or rule.severity
    effect = rule.effect
    if severity is not Severity.ERROR:
        effect = Effect.NONE
    elif effect is Effect.NONE:
        effect = Effect.FAILED
    return _Weighed(draft, severity, effect if draft.effect is None else draft.effect)


def _effects(weighed: Iterable[_Weighed]) -> dict[Subject, Effect]:
    """Return the worst effect on each subject, and on each whole that it is a part of."""
    effects: dict[Subject, Effect] = {}
    for draft, _, effect in weighed:
        for subject in draft.subjects:
            for each in {subject, subject._replace(position=None)}:
                effects[each] = max(effects.get(each, Effect.NONE), effect)
    return effects


def _worst(effects: Mapping[Subject, Effect], subject: Subject) -> Effect:
    return effects.get(subject, Effect.NONE)


def _verdict(evidence: Evidence, effect: Effect) -> Verdict:
    return _VERDICTS[effect] if evidence.is_verified else Verdict.RECORDED


def _whole_verdict(evidence: Evidence, effect: Effect, presence: Presence) -> Verdict:
    """Judge an image or artifact; what may lawfully be absent of it is absent all the same."""
    if presence is not Presence.DUE:
        effect = max(effect, Effect.INCOMPLETE)
    return _verdict(evidence, effect)


def _archive_effect(evidence: Evidence, weighed: Iterable[_Weighed]) -> Effect:
    return max(
        (effect for draft, _, effect in weighed if not _is_about_others(evidence, draft)),
        default=Effect.NONE,
    )


def _is_about_others(evidence: Evidence, draft: Draft) -> bool:
    """Whether a draft is only about images or artifacts that the caller did not select."""
    if evidence.wanted is None or not draft.subjects:
        return False
    return all((subject.kind, subject.number) != ("image", evidence.wanted)
               for subject in draft.subjects)  # fmt: skip


def _parts(
    evidence: Evidence, effects: Mapping[Subject, Effect]
) -> dict[Subject, dict[int, Verdict]]:
    parts: dict[Subject, dict[int, Verdict]] = {}
    for use in evidence.uses.all:
        subject = use.subject
        if subject is None or subject.position is None:
            continue
        positions = parts.setdefault(subject._replace(position=None), {})
        # Where two views record a layer and only one has it, that one counts.
        if subject.position not in positions or use.claim.is_present:
            effect = max(_worst(effects, subject), _without_config(evidence, use))
            positions[subject.position] = _part_verdict(evidence, use.claim, effect)
    return parts


def _without_config(evidence: Evidence, use: Use) -> Effect:
    """Tell a layer of only a docker view whose config, which alone binds it, cannot be read."""
    record, subject = use.record, use.subject
    is_loose = (
        isinstance(record, RecordedImage)
        and subject is not None
        and record is evidence.images[subject.number].first
        and record.config_document is None
        and use.claim.digest is None
    )
    return Effect.UNVERIFIABLE if is_loose else Effect.NONE


def _part_verdict(evidence: Evidence, claim: Claim, effect: Effect) -> Verdict:
    if not claim.is_present:
        if mediatype.is_nondistributable(claim.media_type or ""):
            return Verdict.EXTERNAL
        return Verdict.FAILED if effect is Effect.FAILED else Verdict.MISSING
    if not evidence.is_verified:
        return Verdict.MISSING if effect is Effect.INCOMPLETE else Verdict.RECORDED
    return _PART_VERDICTS[effect]


def _group(weighed: Iterable[_Weighed]) -> list[list[_Weighed]]:
    """Bring drafts of one cause together, what is told first; equal ones are told once.

    What was met within a member that is not what is recorded of it follows from that, unless
    the draft is about another member that is damaged itself.
    """
    distinct = dict.fromkeys(weighed)
    damaged = {
        each.draft.cause
        for each in distinct
        if isinstance(each.draft.cause, Member)
        and each.severity is Severity.ERROR
        and each.draft.order in _DAMAGE
    }
    groups: dict[object, list[_Weighed]] = {}
    for position, each in enumerate(distinct):
        cause, within = each.draft.cause, each.draft.within
        if within in damaged and cause not in damaged:
            cause = within
        groups.setdefault(("alone", position) if cause is None else cause, []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: (-each.severity, each.draft.order))
    return _attach_last(list(groups.values()))


def _attach_last(groups: list[list[_Weighed]]) -> list[list[_Weighed]]:
    """Tell what follows from any error only where there is no other (`Order.LAST`)."""
    last = [group for group in groups if group[0].draft.order is Order.LAST]
    others = [group for group in groups if group[0].draft.order is not Order.LAST]
    error = next((group for group in others if group[0].effect is not Effect.NONE), None)
    if error is None:
        return groups
    for group in last:
        error.extend(group)
    return others


def _severity(evidence: Evidence, group: list[_Weighed], lowering: Lowering) -> Severity | None:
    """Weigh a finding as the caller wants it; `None` where it is not to be told."""
    first = group[0]
    effects = {each.effect for each in group}
    # What is absent is lowered, but not what fails for the same cause.
    is_lowered = bool(effects & lowering.effects) and effects <= lowering.effects | {Effect.NONE}
    severity = lowering.severities.get(
        first.draft.rule, Severity.NOTE if is_lowered else first.severity
    )
    # What only explains the finding is about nobody.
    judged = [each.draft for each in group if each.effect is not Effect.NONE] or [first.draft]
    if severity is not None and all(_is_about_others(evidence, draft) for draft in judged):
        return Severity.NOTE
    return severity


def reweighed(
    findings: Iterable[Finding], severities: Mapping[str, Severity | None]
) -> tuple[Finding, ...]:
    """Give findings the severity that the caller wants, and leave out those of `None`."""
    weighed = [
        replace(finding, severity=severity)
        for finding in findings
        if (severity := severities.get(finding.rule.name, finding.severity)) is not None
    ]
    return tuple(sorted(weighed, key=lambda finding: -finding.severity))


def _finding(group: list[_Weighed], severity: Severity) -> Finding:
    draft = group[0].draft
    related = group[1 : 1 + _RELATED]
    message = draft.message
    if len(group) > 1 + _RELATED:
        message += f" (and {len(group) - 1 - _RELATED} more consequences)"
    return Finding(
        rule=RULES[draft.rule],
        severity=severity,
        effect=max(each.effect for each in group),
        message=message,
        location=draft.location,
        recorded=draft.recorded,
        measured=draft.measured,
        related=tuple(
            Related(
                rule=each.draft.rule,
                message=each.draft.message,
                location=each.draft.location,
                recorded=each.draft.recorded,
                measured=each.draft.measured,
            )
            for each in related
        ),
    )


def _sort_key(finding: Finding) -> tuple[int, str, int, str, str]:
    location = finding.location
    return (
        -finding.severity,
        location.member or "",
        location.offset or 0,
        location.pointer or "",
        finding.rule.name,
    )

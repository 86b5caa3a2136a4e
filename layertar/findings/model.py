"""Rule, Location and Finding: what was found, without a word about how it is shown."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from layertar.fault import Severity
from layertar.value import dataclass

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "Effect",
    "Finding",
    "Ignored",
    "Location",
    "Related",
    "Rule",
    "Severity",
    "failed",
    "incomplete",
    "note",
    "required",
    "unverifiable",
    "warning",
]


class Effect(IntEnum):
    """What a rule does to the verdict: a fact that no option changes. The greater wins."""

    NONE = 0
    UNVERIFIABLE = 1
    INCOMPLETE = 2
    FAILED = 3

    @property
    def label(self) -> str:
        """The name as reports spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its name is permanent once released.

    Attributes:
        name: kebab-case, understood without a table.
        severity: the usual one; a finding may differ where what was met weighs differently.
        effect: what it does to the verdict.
        summary: what it means, one sentence.
        why: why it matters, and which loaders refuse it or differ; one or two sentences.
        remedy: what to do about it, one sentence.
        reference: the public source behind it: a specification's section, a loader's source.
    """

    name: str
    severity: Severity
    effect: Effect
    summary: str
    why: str
    remedy: str
    reference: str


def failed(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity error: the archive is not what it records, or is ambiguous."""
    return Rule(name, Severity.ERROR, Effect.FAILED, summary, why, remedy, reference)


def incomplete(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity error: what is here holds, needed content is absent."""
    return Rule(name, Severity.ERROR, Effect.INCOMPLETE, summary, why, remedy, reference)


def unverifiable(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity error: something could not be checked."""
    return Rule(name, Severity.ERROR, Effect.UNVERIFIABLE, summary, why, remedy, reference)


def required(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity error of what somebody's policy requires: no verdict changes."""
    return Rule(name, Severity.ERROR, Effect.NONE, summary, why, remedy, reference)


def warning(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity warning: some consumer fails, differs, or is misled."""
    return Rule(name, Severity.WARNING, Effect.NONE, summary, why, remedy, reference)


def note(name: str, summary: str, remedy: str, reference: str, *, why: str = "") -> Rule:
    """Make a rule of severity note: worth knowing, normal for some producer."""
    return Rule(name, Severity.NOTE, Effect.NONE, summary, why, remedy, reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where something was found.

    Attributes:
        member: the member's name, as cleaned.
        offset: in bytes; of the archive for its framing, of the member otherwise.
        pointer: the place within a JSON document (RFC 6901).
        image: the image's manifest digest or, where it has none, image ID; as text.
        layer: the layer's position, base first, from 0.
    """

    member: str | None = None
    offset: int | None = None
    pointer: str | None = None
    image: str | None = None
    layer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A consequence or an explanation of a finding, which it would repeat on its own."""

    rule: str
    message: str
    location: Location
    recorded: str | None = None
    measured: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        rule: which rule tells it.
        severity: how much it weighs here.
        effect: what it does to the verdict here.
        message: what, where and both values, one sentence without a full stop. Text from the
            archive is raw in it: whoever shows it escapes it.
        location: where.
        recorded: what the archive says.
        measured: what the bytes are.
        related: consequences and explanations.
    """

    rule: Rule
    severity: Severity
    effect: Effect
    message: str
    location: Location
    recorded: str | None = None
    measured: str | None = None
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A finding that the caller's policy sets aside.

    Attributes:
        finding: what was found.
        reason: why it does not count.
        until: the last day on which it does not; `None` for always.
    """

    finding: Finding
    reason: str
    until: date | None

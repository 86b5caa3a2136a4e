"""Draft: what a check says, before what has one cause is brought together."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from layertar.findings.model import Effect, Location, Severity
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertar.archive import Claim
    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence, Subject
    from layertar.members import Member

__all__ = ["Check", "Draft", "Order", "from_fault"]

_NOBODY: frozenset[Subject] = frozenset()


class Order(IntEnum):
    """Which of several findings of one cause is told, and which only follow from it.

    The earliest broken link is told: framing and streams, then a blob's name, its recorded
    digest and size, the diff_id, and only then what the views say. What is `LAST` is told on
    its own only where nothing else is an error.
    """

    FRAMING = 0
    NAME = 1
    DIGEST = 2
    SIZE = 3
    CONFIG_NAME = 4
    COUNT = 5
    DIFF_ID = 6
    CONTENT = 7
    VIEWS = 8
    LAST = 9


class Draft(NamedTuple):
    """One thing that a check found.

    Attributes:
        rule: the rule's name.
        message: what, where and both values, one sentence without a full stop.
        location: where.
        recorded: what the archive says.
        measured: what the bytes are.
        cause: what caused it: drafts of one cause become one finding. `None` stands alone.
        order: which of several drafts of one cause is told.
        within: the member whose content says so: where that is not what is recorded of it,
            the draft follows from that.
        subjects: whom it is about; nobody means the archive as a whole.
        severity: where it differs from the rule's.
        effect: where it differs from what rule and severity make of it.
        link: the claim on an index that does not hold: it fails every image that no sound one
            leads to.
    """

    rule: str
    message: str
    location: Location
    recorded: str | None = None
    measured: str | None = None
    cause: object = None
    order: Order = Order.CONTENT
    within: Member | None = None
    subjects: frozenset[Subject] = _NOBODY
    severity: Severity | None = None
    effect: Effect | None = None
    link: Claim | None = None


Check: TypeAlias = "Callable[[Evidence], Iterator[Draft]]"


def from_fault(
    fault: Fault,
    *,
    cause: object = None,
    order: Order = Order.CONTENT,
    within: Member | None = None,
    subjects: frozenset[Subject] = _NOBODY,
    image: str | None = None,
    layer: int | None = None,
) -> Draft:
    """Say what a fault says, about whom it is."""
    where = fault.member or ""
    if fault.pointer:
        where += f"#{fault.pointer}"
    message = f"{where}: {fault.detail}" if where else fault.detail
    location = Location(
        member=fault.member,
        offset=fault.offset,
        pointer=fault.pointer,
        image=image,
        layer=layer,
    )
    return Draft(
        fault.rule,
        message,
        location,
        recorded=fault.recorded,
        measured=fault.measured,
        cause=cause,
        order=order,
        within=within,
        subjects=subjects,
        severity=fault.severity,
    )

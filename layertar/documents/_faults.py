"""Places in a document, and a bounded list of the faults met there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from layertar.documents.text import clip
from layertar.fault import Fault, Severity
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.limits import Limits

__all__ = ["ROOT", "FaultLog", "Place", "token"]


def token(key: str | int) -> str:
    """Spell one step of a pointer (RFC 6901, section 3), shortened where it is endless."""
    return clip(str(key)).replace("~", "~0").replace("/", "~1")


class Place(NamedTuple):
    """A place as a chain of steps, so that a pointer is only spelt where it is told.

    Attributes:
        parent: the place of the containing value; `None` for the document itself.
        key: the key or position within it; nothing for the document.
    """

    parent: Place | None
    key: str | int

    def __str__(self) -> str:
        """The place as a pointer (RFC 6901)."""
        steps: list[str] = []
        place = self
        while place.parent is not None:
            steps.append(token(place.key))
            place = place.parent
        return "".join(f"/{step}" for step in reversed(steps))


#: The place of a document's whole value.
ROOT = Place(None, "")


class FaultLog:
    """The faults of one document, as met.

    A document of 20 MiB has room for millions; of each rule and severity so many are kept as
    `Limits.faults` says, and the rest counted, so that notes never crowd out an error.
    """

    __slots__ = ("_counts", "_faults", "_limit", "_member")

    def __init__(self, *, member: str, limits: Limits) -> None:
        """Start without faults for the document in `member`."""
        self._member = member
        self._limit = limits.faults
        self._counts: Counter[tuple[str, Severity | None]] = Counter()
        self._faults: list[Fault] = []

    def add(
        self,
        rule: str,
        detail: str,
        *,
        pointer: str | Place = "",
        offset: int | None = None,
        recorded: str | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Tell a fault; `recorded` is shortened where it is endless."""
        self._counts[rule, severity] += 1
        if self._counts[rule, severity] > self._limit:
            return
        shown = None if recorded is None else clip(recorded)
        self._faults.append(
            Fault(
                rule=rule,
                detail=detail,
                member=self._member,
                offset=offset,
                pointer=str(pointer),
                recorded=shown,
                severity=severity,
            )
        )

    def faults(self) -> tuple[Fault, ...]:
        """Give the faults in the order met, and one more for each kind that had too many."""
        rest = [
            Fault(rule, f"{count - self._limit} more places", self._member, None, "", None, None, s)
            for (rule, s), count in self._counts.items()
            if count > self._limit
        ]
        return (*self._faults, *rest)

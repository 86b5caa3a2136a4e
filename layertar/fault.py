"""Fault: something met while reading, told without judging the archive by it."""

from __future__ import annotations

from enum import IntEnum

from layertar.value import NamedTuple

__all__ = ["Fault", "Severity"]


class Severity(IntEnum):
    """How much a finding weighs; the greater, the worse. It decides the exit code."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The name as options and reports spell it."""
        return self.name.lower()


class Fault(NamedTuple):
    """What `codec`, `tar`, `documents`, `members` and `archive` met; `findings` judges it.

    Attributes:
        rule: the name of the rule it belongs to (`findings.register`).
        detail: what was met, one clause without a full stop. Text from the archive in it is
            raw: whoever shows it escapes it.
        member: the member of the archive it was met in, by name.
        offset: where, in bytes: of the archive for its framing, of the member otherwise.
        pointer: the place within a JSON document (RFC 6901).
        recorded: what the archive says.
        measured: what the bytes are.
        severity: where it differs from the rule's usual one.
    """

    rule: str
    detail: str
    member: str | None = None
    offset: int | None = None
    pointer: str | None = None
    recorded: str | None = None
    measured: str | None = None
    severity: Severity | None = None

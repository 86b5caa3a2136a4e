"""Sinks: who takes the members of a stream as they pass, where nothing is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertar.members import Member

__all__ = ["Discard"]


class Discard:
    """A sink for a stream of which only documents are wanted."""

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Ignore a member."""

    def data(self, piece: memoryview | bytes) -> None:
        """Ignore its bytes."""

    def end(self) -> None:
        """Ignore its end."""

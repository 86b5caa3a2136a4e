"""Sinks: who takes the members of a stream as they pass, where nothing is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.members import Member

__all__ = ["Discard", "Picker"]


class Discard:
    """A sink for a stream of which only documents are wanted."""

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Ignore a member."""

    def data(self, piece: memoryview | bytes) -> None:
        """Ignore its bytes."""

    def end(self) -> None:
        """Ignore its end."""


class Picker:
    """Hands on the bytes of the first member that is wanted, as they pass.

    Attributes:
        picked: that member, once it has come.
    """

    def __init__(
        self,
        is_wanted: Callable[[Member], bool],
        take: Callable[[memoryview | bytes], None],
    ) -> None:
        """Wait for a member that `is_wanted`; its bytes go to `take`."""
        self._is_wanted = is_wanted
        self._take = take
        self._is_open = False
        self.picked: Member | None = None

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Look whether a member is the one."""
        del sha512
        if self.picked is None and self._is_wanted(member):
            self.picked, self._is_open = member, True

    def data(self, piece: memoryview | bytes) -> None:
        """Hand on its bytes."""
        if self._is_open:
            self._take(piece)

    def end(self) -> None:
        """Let the others pass."""
        self._is_open = False

"""FaultLog: faults kept up to a bound, the rest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertar.fault import Fault

__all__ = ["FaultLog"]


class FaultLog:
    """Faults in the order met, at most so many of each rule."""

    def __init__(self, bound: int) -> None:
        """Keep at most `bound` faults of each rule."""
        self._bound = bound
        self._kept: list[Fault] = []
        self._counts: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        """Keep `fault`, or only count it."""
        count = self._counts[fault.rule] = self._counts.get(fault.rule, 0) + 1
        if count <= self._bound:
            self._kept.append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add each of `faults`."""
        for fault in faults:
            self.add(fault)

    @property
    def kept(self) -> tuple[Fault, ...]:
        """The faults kept, in the order met."""
        return tuple(self._kept)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many were met of each rule, the kept ones among them."""
        return self._counts

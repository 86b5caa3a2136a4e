"""Diff: two images compared, with the report on their archives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import State, in_order
from layertar.value import dataclass

if TYPE_CHECKING:
    from layertar.analysis.diff_files import FilesDiff
    from layertar.analysis.diff_model import (
        Aspect,
        ConfigDiff,
        DiffSide,
        HistoryDiff,
        Ignoring,
        LayersDiff,
    )
    from layertar.report.model import Report

__all__ = ["Diff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What differs between two images.

    Attributes:
        a: the one.
        b: the other.
        ignoring: what does not count.
        layers: how their layers differ; `None` where nobody asked; so the following.
        config: their configs.
        history: their histories.
        files: the file systems that their layers make.
        is_measured: whether layers' digests are measured; else they are as recorded.
        report: on the archives, that of `a` first.
    """

    a: DiffSide
    b: DiffSide
    ignoring: Ignoring
    layers: LayersDiff | None
    config: ConfigDiff | None
    history: HistoryDiff | None
    files: FilesDiff | None
    is_measured: bool
    report: Report

    @property
    def is_same(self) -> bool:
        """Whether nothing differs that counts, and all that was asked could be compared."""
        return self.state is State.SAME

    @property
    def state(self) -> State:
        """`SAME`, `CHANGED`, or `UNKNOWN` where something could not be compared."""
        states = {part.state for part in self._parts()}
        if State.CHANGED in states:
            return State.CHANGED
        return State.UNKNOWN if State.UNKNOWN in states else State.SAME

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """In what they differ."""
        return in_order(aspect for part in self._parts() for aspect in part.aspects)

    def _parts(self) -> list[LayersDiff | ConfigDiff | HistoryDiff | FilesDiff]:
        parts = (self.layers, self.config, self.history, self.files)
        return [part for part in parts if part is not None]

"""What the ideal is made of: see `ideal.py`, which measures it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Steps", "ideal_seconds", "least"]


class Steps(NamedTuple):
    """Seconds of one layer's steps, and its uncompressed size in bytes."""

    read: float
    inflate: float
    hash_output: float
    uncompressed_size: int

    @property
    def seconds(self) -> tuple[float, float, float]:
        """The three steps."""
        return self.read, self.inflate, self.hash_output


def ideal_seconds(layers: Sequence[Steps], cores: float) -> float:
    """The ideal, in seconds."""
    steps = [step for layer in layers for step in layer.seconds]
    return max(sum(steps) / cores, *steps)


def least(rounds: Sequence[Sequence[Steps]]) -> tuple[Steps, ...]:
    """Of each layer the least time that each step took in any round."""
    return tuple(
        Steps(
            min(steps.read for steps in layer),
            min(steps.inflate for steps in layer),
            min(steps.hash_output for steps in layer),
            layer[0].uncompressed_size,
        )
        for layer in zip(*rounds, strict=True)
    )

"""State: what a parser expects next."""

from __future__ import annotations

from enum import Enum

__all__ = ["State"]


class State(Enum):
    """What the next byte belongs to."""

    HEADER = "a header"
    BODY = "an extended header"
    SPARSE = "a sparse map"
    DATA = "data"
    BEYOND = "what lies behind the end"
    STOPPED = "nothing"

"""Job: one blob in work."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from layertar.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertar.measure.blob import BlobMeasurement, BlobMeter
    from layertar.members import Member
    from layertar.tar import LayerRider

__all__ = ["Batch", "Job", "Listener", "Riders"]

#: Pieces that go from step to step together, about a MiB of them.
Batch: TypeAlias = "list[bytes | memoryview]"

#: Who wants to know of each measurement; called by whichever thread made it.
Listener: TypeAlias = "Callable[[Member, BlobMeasurement], None]"

#: Gives who rides on the tar in a blob, if anybody does; called once for each blob.
Riders: TypeAlias = "Callable[[Member], LayerRider | None]"


class Job:
    """One blob in work: what lies between its steps, and at which of them somebody is.

    Attributes:
        member: the blob.
        meter: its steps.
        pieces: its stored bytes, to be read; `None` where they come of themselves, by `arrived`.
        arrived: what came of itself.
        is_complete: whether no more arrive.
        is_starving: whether the owner waits for pieces to arrive.
        stored: what was read and its digest taken, to be uncompressed.
        batches: what was uncompressed, to be looked at.
        is_reading: whether somebody is at the first step.
        is_looking: whether somebody is at the third step.
        has_ended: whether the first step is through.
        is_awaited: whether the owner waits for a helper.
        unreadable: why reading ended early, where it did.
    """

    __slots__ = (
        "arrived",
        "batches",
        "has_ended",
        "is_awaited",
        "is_complete",
        "is_looking",
        "is_reading",
        "is_starving",
        "member",
        "meter",
        "pieces",
        "stored",
        "unreadable",
    )

    def __init__(
        self, member: Member, meter: BlobMeter, pieces: Iterator[bytes] | None = None
    ) -> None:
        """Begin before the first byte."""
        self.member = member
        self.meter = meter
        self.pieces = pieces
        self.arrived: deque[Batch] = deque()
        self.is_complete = self.is_starving = False
        self.stored: deque[Batch] = deque()
        self.batches: deque[Batch] = deque()
        self.is_reading = self.is_looking = self.has_ended = False
        self.is_awaited = False
        self.unreadable: str | None = None

    @property
    def can_read(self) -> bool:
        """Whether somebody may do the first step now."""
        if self.is_reading or self.has_ended:
            return False
        return self.pieces is not None or bool(self.arrived) or self.is_complete

    def read(self) -> Batch | None:
        """Do the first step; return what was read, or `None` at the end."""
        if self.pieces is None:
            batch = self.arrived.popleft() if self.arrived else None
        else:
            try:
                piece = next(self.pieces, None)
            except InputError as error:
                self.unreadable = error.reason
                return None
            batch = None if piece is None else [piece]
        for each in batch or ():
            self.meter.take_stored(each)
        return batch

"""Feeder: reads what is wanted of layers, be they sought or passing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.measure import RangeReader, read_ranges
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.limits import Limits
    from layertar.measure import Ranges, RangeTaker
    from layertar.members import Content, Member

__all__ = ["Enough", "Feeder", "Keeper", "Place", "Wanted"]


class Place(NamedTuple):
    """Where one layer lies.

    Attributes:
        name: the member's; empty where a document embeds the bytes.
        offset: where it begins, in bytes of the (uncompressed) archive; 0 in a directory.
        size: bytes as stored.
        inline: the bytes that a document embeds.
    """

    name: str
    offset: int
    size: int
    inline: bytes | None = None

    def is_at(self, member: Member) -> bool:
        """Whether a member is this one."""
        return (member.offset, member.size, member.name) == (self.offset, self.size, self.name)

    def member(self, content: Content) -> Member | None:
        """Find it in an input that can be sought."""
        return next((each for each in content.table.all_named(self.name) if self.is_at(each)), None)


class Wanted(NamedTuple):
    """What is wanted of one layer.

    Attributes:
        layer: its position.
        ranges: which of the bytes that it uncompresses to, ascending.
    """

    layer: int
    ranges: Ranges


class Enough(Exception):  # noqa: N818 - no error
    """All that was wanted has passed; it never leaves `LayerStore`."""


class Keeper:
    """Keeps what it is handed; a `RangeTaker`.

    Attributes:
        pieces: what that was.
    """

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self.pieces: list[bytes] = []

    def begin(self) -> None:
        """Begin."""

    def data(self, piece: memoryview) -> None:
        """Keep."""
        self.pieces.append(bytes(piece))

    def end(self) -> None:
        """End."""


class Feeder:
    """Reads what is wanted, layer by layer, be it sought or in passing.

    Attributes:
        at: how many layers are done with.
        fault: why the rest is missing, if it is.
    """

    def __init__(
        self,
        places: Sequence[Place | None],
        wanted: Sequence[Wanted],
        taker: RangeTaker,
        limits: Limits,
    ) -> None:
        """Begin with nothing read.

        Args:
            places: where each layer lies.
            wanted: what is wanted, in this order.
            taker: who is handed it.
            limits: the bounds.
        """
        self._places = places
        self._limits = limits
        self._wanted = wanted
        self._taker = taker
        self._reader: RangeReader | None = None
        self.at = 0
        self.fault: str | None = None

    def close(self) -> None:
        """Let go of what a layer that was left midway holds."""
        if self._reader is not None:
            self._reader.close()

    @property
    def due(self) -> bool:
        """Whether something is still wanted."""
        return self.at < len(self._wanted)

    @property
    def _place(self) -> Place | None:
        return self._places[self._wanted[self.at].layer]

    def read(self, content: Content) -> None:
        """Read all of it from an input that can be sought."""
        while self.due and self.fault is None:
            place = self._place
            if place is None or place.inline is not None:
                self._without_member()
                continue
            member = place.member(content)
            if member is None:
                return
            ranges = self._wanted[self.at].ranges
            self._done(read_ranges(content, member, ranges, self._taker, self._limits))

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Look whether a passing member is the layer that is wanted next."""
        del sha512
        while self.due and ((place := self._place) is None or place.inline is not None):
            self._without_member()
        self._stop_if_done()
        if place is not None and place.is_at(member):
            self._reader = self._new_reader()

    def data(self, piece: memoryview | bytes) -> None:
        """Take its bytes."""
        if self._reader is not None:
            self._reader.feed(piece)
            if self._reader.is_done():
                self.end()

    def end(self) -> None:
        """Know that no more of them come."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self._done(reader.finish())
            self._stop_if_done()

    def _new_reader(self) -> RangeReader:
        return RangeReader(self._wanted[self.at].ranges, self._taker, self._limits)

    def _without_member(self) -> None:
        """Read a layer that is no member."""
        place = self._place
        if place is None or place.inline is None:
            self._done("it is not in the archive")
            return
        reader = self._new_reader()
        reader.feed(place.inline)
        self._done(reader.finish())

    def _done(self, fault: str | None) -> None:
        if fault is None:
            self.at += 1
        else:
            self.fault = f"layer {self._wanted[self.at].layer}: {fault}"

    def _stop_if_done(self) -> None:
        if not self.due or self.fault is not None:
            raise Enough

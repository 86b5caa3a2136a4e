"""LayerStore: where the layers of an image lie, so that bytes of their files can be read."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING

from layertar.api.request import Progress, Request
from layertar.errors import ArchiveError, InputError, SelectionError
from layertar.image import parse_platform
from layertar.measure import RangeReader, read_ranges
from layertar.members import (
    ByteCounter,
    open_content,
    passes_once,
    source_name,
    source_size,
    source_stamp,
)
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from layertar.archive import Claim
    from layertar.limits import Limits
    from layertar.measure import Range, RangeTaker, Riders
    from layertar.members import Content, Member, Source

__all__ = [
    "LayerStore",
    "Place",
    "Wanted",
    "listing_request",
    "reading_listener",
    "refuse_stream",
    "store_of",
]


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


class Wanted(NamedTuple):
    """What is wanted of one layer.

    Attributes:
        layer: its position.
        ranges: which of the bytes that it uncompresses to, ascending.
    """

    layer: int
    ranges: Sequence[Range]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LayerStore:
    """The layers of one image in an input that can be read a second time.

    Attributes:
        source: the input.
        stamp: what was known of it before it was first read.
        places: where each layer lies, base first; `None` for one that is not there.
        limits: the bounds.
    """

    source: Source
    stamp: tuple[int, ...]
    places: tuple[Place | None, ...]
    limits: Limits

    def in_order(self, layers: Iterable[int]) -> list[int]:
        """Sort layers by where they lie, so that one reading of a compressed archive will do."""
        places = self.places
        return sorted(layers, key=lambda each: place.offset if (place := places[each]) else 0)

    def read(
        self,
        wanted: Iterable[Wanted],
        taker: RangeTaker,
        *,
        on_read: Callable[[int], None] | None = None,
    ) -> str | None:
        """Hand out what is wanted of some layers, one after another, in the order given.

        A compressed archive is read once more for each layer that lies before the one wanted
        before it; a plain one only where it has to be.

        Args:
            wanted: the layers, each with its ranges.
            taker: who is handed them.
            on_read: told of how many bytes were read so far.

        Returns:
            Why some are missing, as one clause; `None` where all were handed out.

        Raises:
            InputError: the input cannot be read, or is another by now.
        """
        feeder = _Feeder(self, [each for each in wanted if each.ranges], taker)
        counter = ByteCounter(on_read)
        with closing(feeder):
            while feeder.due and feeder.fault is None:
                before = feeder.at
                self._pass(feeder, counter)
                if feeder.at == before and feeder.fault is None:
                    raise self._changed()
        return feeder.fault

    def _pass(self, feeder: _Feeder, counter: ByteCounter) -> None:
        """Read the input once, from its beginning."""
        self._check()
        # `suppress` outside: what passes is cut short where the input is opened.
        with suppress(_Enough), ExitStack() as stack:
            try:
                opened = open_content(self.source, feeder, self.limits, counter)
                content = stack.enter_context(opened)
            except ArchiveError as error:
                raise self._changed() from error
            if content.is_seekable:
                feeder.read(content)
                if content.changes():
                    raise self._changed()
        self._check()

    def _check(self) -> None:
        if source_stamp(self.source) != self.stamp:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(source_name(self.source), "changed since its files were listed")


class _Enough(Exception):  # noqa: N818 - no error
    """All that was wanted has passed; it never leaves this module."""


class _Feeder:
    """Reads what is wanted, layer by layer, be it sought or in passing.

    Attributes:
        at: how many layers are done with.
        fault: why the rest is missing, if it is.
    """

    def __init__(self, store: LayerStore, wanted: Sequence[Wanted], taker: RangeTaker) -> None:
        self._store = store
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
        return self._store.places[self._wanted[self.at].layer]

    def read(self, content: Content) -> None:
        """Read all of it from an input that can be sought."""
        while self.due and self.fault is None:
            place = self._place
            if place is None or place.inline is not None:
                self._without_member()
                continue
            found = content.table.all_named(place.name)
            member = next((each for each in found if place.is_at(each)), None)
            if member is None:
                return
            ranges = self._wanted[self.at].ranges
            self._done(read_ranges(content, member, ranges, self._taker, self._store.limits))

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
        return RangeReader(self._wanted[self.at].ranges, self._taker, self._store.limits)

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
            raise _Enough


def refuse_stream(source: Source, asked: str) -> None:
    """Refuse an input that has passed before it is known which of its bytes are wanted.

    Raises:
        SelectionError: it comes once only.
    """
    if passes_once(source):
        reason = "a stream has passed before it is known where that is: save the file first"
        raise SelectionError(asked, reason, ())


def listing_request(
    listing: Riders,
    *,
    image: str | None,
    platform: str | None,
    verify: bool,
    limits: Limits,
    workers: int | None,
    on_progress: Callable[[Progress], None] | None,
) -> Request:
    """Ask for one image, whose layers are listed where they have to be read anyway.

    Raises:
        ArgumentError: `platform` is malformed.
    """
    return Request(
        command="verify" if verify else "inspect",
        image=image,
        platform=parse_platform(platform) if platform is not None else None,
        needs_one=True,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
        riders=listing,
    )


def reading_listener(
    source: Source, on_progress: Callable[[Progress], None] | None
) -> Callable[[int], None] | None:
    """Make what tells the caller how far a second reading is; `None` for nobody."""
    if on_progress is None:
        return None
    name, size = source_name(source), source_size(source)
    return lambda done: on_progress(Progress(name, done, size))


def store_of(
    source: Source, stamp: tuple[int, ...] | None, claims: Iterable[Claim], limits: Limits
) -> LayerStore | None:
    """Remember where the layers lie that these claims lead to; `None` where all has passed."""
    if stamp is None:
        return None
    places = tuple(_place(claim) for claim in claims)
    return LayerStore(source=source, stamp=stamp, places=places, limits=limits)


def _place(claim: Claim) -> Place | None:
    member = claim.member
    if member is not None:
        return Place(member.name, member.offset, member.size)
    return None if claim.inline is None else Place("", 0, len(claim.inline), claim.inline)

"""LayerStore: where the layers of an image lie, so that bytes of their files can be read."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from layertar.api.layer_feeder import Enough, Feeder, Keeper, Place, Wanted
from layertar.errors import ArchiveError, InputError, SelectionError
from layertar.measure import inside_pieces, range_pieces
from layertar.members import (
    ByteCounter,
    open_content,
    passes_once,
    source_name,
    source_stamp,
)
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from layertar.archive import Claim
    from layertar.limits import Limits
    from layertar.measure import Range, RangeTaker
    from layertar.members import Content, Source

__all__ = [
    "LayerStore",
    "Place",
    "Wanted",
    "refuse_stream",
    "store_of",
]


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
        due = [each for each in wanted if each.ranges]
        feeder = Feeder(self.places, due, taker, self.limits)
        counter = ByteCounter(on_read)
        with closing(feeder):
            while feeder.due and feeder.fault is None:
                before = feeder.at
                self._pass(feeder, counter)
                if feeder.at == before and feeder.fault is None:
                    raise self._changed()
        return feeder.fault

    def pieces(self, layer: int, wanted: Range) -> Generator[bytes | memoryview]:
        """Iterate over bytes of one layer: in constant memory, unless the archive is compressed.

        Raises:
            InputError: the input cannot be read, is another by now, or is damaged there.
        """
        name, kept = source_name(self.source), Keeper()
        feeder = Feeder(self.places, [Wanted(layer, [wanted])], kept, self.limits)
        with closing(feeder), self._opened(feeder, ByteCounter()) as content:
            if content is not None and content.is_seekable:
                try:
                    yield from self._pieces(content, layer, wanted)
                except ArchiveError as error:
                    raise InputError(name, f"layer {layer}: {error.reason}") from error
                if content.changes():
                    raise self._changed()
                return
        if feeder.fault is not None:
            raise InputError(name, feeder.fault)
        if feeder.due:
            raise self._changed()
        yield from kept.pieces

    def _pieces(self, content: Content, layer: int, wanted: Range) -> Iterator[bytes | memoryview]:
        place = self.places[layer]
        if place is None:
            raise ArchiveError("blob-missing", "it is not in the archive")
        if place.inline is not None:
            return inside_pieces([place.inline], wanted, self.limits)
        member = place.member(content)
        if member is None:
            raise self._changed()
        return range_pieces(content, member, wanted, self.limits)

    def _pass(self, feeder: Feeder, counter: ByteCounter) -> None:
        """Read the input once, from its beginning."""
        with self._opened(feeder, counter) as content:
            if content is not None and content.is_seekable:
                feeder.read(content)
                if content.changes():
                    raise self._changed()

    @contextmanager
    def _opened(self, feeder: Feeder, counter: ByteCounter) -> Iterator[Content | None]:
        """Open the input; of one that has passed meanwhile there may be nothing left to see."""
        self._check()
        with ExitStack() as stack:
            content = None
            try:
                opened = open_content(self.source, feeder, self.limits, counter)
                content = stack.enter_context(opened)
            except Enough:
                pass
            except ArchiveError as error:
                raise self._changed() from error
            yield content
        self._check()

    def _check(self) -> None:
        if source_stamp(self.source) != self.stamp:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(source_name(self.source), "changed since its files were listed")


def refuse_stream(source: Source, asked: str) -> None:
    """Refuse an input that has passed before it is known which of its bytes are wanted.

    Raises:
        SelectionError: it comes once only.
    """
    if passes_once(source):
        reason = "a stream has passed before it is known where that is: save the file first"
        raise SelectionError(asked, reason, ())


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

"""Many blobs at once: workers for a file, and a sink for a stream.

Threads and not processes: hashing and inflating release the interpreter's lock, and nothing is
copied between them. Memory is bounded by the workers (one piece and one decoder each) for a
file, and by one budget of pieces in waiting for a stream.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from layertar.codec import WINDOWS
from layertar.errors import InputError
from layertar.measure.blob import BlobMeter, Depth, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.codec import Windows
    from layertar.limits import Limits
    from layertar.measure.blob import BlobMeasurement
    from layertar.members import Content, Member

__all__ = ["StreamMeter", "measure", "usable_cores"]

# Bytes up to which a blob is measured on the spot: handing it to a worker costs more.
_INLINE_SIZE = 128 << 10

# Bytes of a stream that may wait for a worker.
_STREAM_BUDGET = 32 << 20


def usable_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _keep_pages() -> None:
    """Make the C library keep large blocks that are freed, not give them back at once.

    Each piece would else be mapped and faulted in anew, which costs as much as hashing it. glibc
    raises the threshold when it first sees a large block freed; the pages stay untouched.
    """
    bytes(31 << 20)


def _measure_one(content: Content, member: Member, meter: BlobMeter, stop: Stop) -> BlobMeasurement:
    with closing(meter):
        try:
            for piece in content.pieces(member):
                if stop.is_set:
                    break
                meter.feed(piece)
        except InputError as error:
            return meter.finish(unreadable=error.reason)
        return meter.finish()


def measure(
    content: Content,
    wanted: Mapping[Member, Depth],
    *,
    workers: int | None,
    limits: Limits,
    windows: Windows = WINDOWS,
) -> dict[Member, BlobMeasurement]:
    """Measure the wanted members of a seekable input, several at a time.

    Args:
        content: whose members they are.
        wanted: the members, each with how much of it is to be measured.
        workers: how many at a time; `None` for one a usable core.
        limits: the bounds.
        windows: grants the decoders their windows.

    Returns:
        A measurement for each, in the order of `wanted`. A member that cannot be read to its
        end has one too, which says why.
    """
    count = workers or usable_cores()
    stop = Stop()

    # An archive may have a million empty members: what is the same of them is kept once.
    empty: dict[tuple[Depth, str | None], BlobMeasurement] = {}

    def one(member: Member) -> BlobMeasurement:
        depth = wanted[member]
        meter = BlobMeter(depth, limits, stop, windows)
        measurement = _measure_one(content, member, meter, stop)
        if measurement.size:
            return measurement
        return empty.setdefault((depth, measurement.unreadable), measurement)

    large = [member for member in wanted if member.size > _INLINE_SIZE]
    # The largest first: a long one that starts last would keep one worker busy alone.
    large.sort(key=lambda member: -member.size)
    if large:
        _keep_pages()
    found: dict[Member, BlobMeasurement] = {}
    with ThreadPoolExecutor(max_workers=count) as pool:
        try:
            futures = {member: pool.submit(one, member) for member in large}
            for member in wanted:
                if member not in futures:
                    found[member] = one(member)
            for member, future in futures.items():
                found[member] = future.result()
        except BaseException:
            stop.is_set = True
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return {member: found[member] for member in wanted}


class _Inbox:
    """The pieces of one blob of a stream that wait for its meter."""

    def __init__(self, member: Member, meter: BlobMeter) -> None:
        self.member = member
        self.meter = meter
        self.pieces: deque[bytes | memoryview] = deque()
        self.is_complete = False
        self.is_starving = False


class StreamMeter:
    """Measures every file of a stream as it passes; a `members.MemberSink`.

    Blobs wait in the order in which they come, and each worker takes the first that nobody has.
    So whoever waits for more bytes waits for the one blob that is being read, and the reader,
    when the budget is full, for blobs that are complete or are being measured: there is always
    one that can go on.

    Where a decoder waits for its window, whoever holds windows goes on: it measures a blob that
    is complete, or the one that is being read. For that one's sake the reader does not wait,
    however much of others is in waiting, once its worker has nothing left.
    """

    def __init__(
        self,
        *,
        workers: int | None,
        limits: Limits,
        budget: int = _STREAM_BUDGET,
        windows: Windows = WINDOWS,
        content: bool = True,
    ) -> None:
        """Start without workers; they come with the first blob that is worth one.

        Args:
            workers: how many at most; `None` for one a usable core.
            limits: the bounds.
            budget: bytes that may wait for a worker, beside the piece that comes last.
            windows: grants the decoders their windows.
            content: whether what a layer's entries are called and lead to is looked at.
        """
        self._content = content
        self._windows = windows
        self._limits = limits
        self._budget = budget
        self._stop = Stop()
        self._count = workers or usable_cores()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._waiting: deque[_Inbox] = deque()
        self._in_flight = 0
        self._is_closed = False
        self._failure: BaseException | None = None
        self._current: _Inbox | None = None
        self._is_inline = False
        self._order: list[Member] = []
        self._found: dict[Member, BlobMeasurement] = {}

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Start on a member; see `MemberSink.begin`."""
        depth = Depth(inside=True, sha512=sha512, content=self._content)
        inbox = _Inbox(member, BlobMeter(depth, self._limits, self._stop, self._windows))
        self._order.append(member)
        self._current = inbox
        self._is_inline = member.size <= _INLINE_SIZE
        if self._is_inline:
            return
        if not self._threads:
            _keep_pages()
        if len(self._threads) < self._count:
            thread = threading.Thread(target=self._work, name="layertar-measure", daemon=True)
            self._threads.append(thread)
            thread.start()
        with self._changed:
            self._waiting.append(inbox)
            self._changed.notify_all()

    def data(self, piece: memoryview | bytes) -> None:
        """Take the next bytes; waits while too many are in waiting.

        What made a worker fail is raised here, or by `finish`.
        """
        inbox = self._current
        if inbox is None:
            return
        if self._is_inline:
            inbox.meter.feed(piece)
            return
        with self._changed:
            while (
                self._in_flight > self._budget and not inbox.is_starving and self._failure is None
            ):
                self._changed.wait()
            if self._failure is not None:
                raise self._failure
            inbox.is_starving = False
            inbox.pieces.append(piece)
            self._in_flight += len(piece)
            self._changed.notify_all()

    def end(self) -> None:
        """End the current member."""
        inbox, self._current = self._current, None
        if inbox is None:
            return
        if self._is_inline:
            self._found[inbox.member] = inbox.meter.finish()
            return
        with self._changed:
            inbox.is_complete = True
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            while (inbox := self._take()) is not None:
                with closing(inbox.meter):
                    self._measure(inbox)
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _measure(self, inbox: _Inbox) -> None:
        while (piece := self._next_piece(inbox)) is not None:
            inbox.meter.feed(piece)
            with self._changed:
                self._in_flight -= len(piece)
                self._changed.notify_all()
        self._found[inbox.member] = inbox.meter.finish()

    def _take(self) -> _Inbox | None:
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _next_piece(self, inbox: _Inbox) -> bytes | memoryview | None:
        with self._changed:
            while not inbox.pieces and not inbox.is_complete and not self._is_closed:
                if not inbox.is_starving:
                    inbox.is_starving = True
                    self._changed.notify_all()
                self._changed.wait()
            if self._stop.is_set:
                return None
            return inbox.pieces.popleft() if inbox.pieces else None

    def close(self) -> None:
        """Let the workers go, whatever they are at; when this returns, none is left."""
        with self._changed:
            self._is_closed = self._stop.is_set = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._current is not None and self._is_inline:
            self._current.meter.close()
        for thread in self._threads:
            thread.join()

    def finish(self) -> dict[Member, BlobMeasurement]:
        """Wait for the workers; returns a measurement for each file, in the stream's order."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure
        return {member: self._found[member] for member in self._order}

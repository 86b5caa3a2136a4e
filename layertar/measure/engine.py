"""Many blobs at once: those of a file, and those of a stream as they pass.

See the package for the design; `crew` is what both have in common.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from layertar.codec import WINDOWS
from layertar.errors import InputError
from layertar.measure.blob import BlobMeter, Depth, Stop
from layertar.measure.cores import usable_cores
from layertar.measure.crew import Crew
from layertar.measure.expansion import Expansion
from layertar.measure.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertar.codec import Windows
    from layertar.limits import Limits
    from layertar.measure.blob import BlobMeasurement
    from layertar.measure.job import Batch, Listener, Riders
    from layertar.members import Content, Member

__all__ = ["StreamMeter", "measure"]

# Bytes up to which a blob is measured on the spot: handing it to a worker costs more.
_INLINE_SIZE = 128 << 10

# Stored bytes for which a worker more is worth its start.
_WORKER_SIZE = 1 << 20

# Bytes of a stream that go to a worker together.
_BATCH_SIZE = 1 << 20

# Bytes of a stream that may wait for a worker.
_STREAM_BUDGET = 32 << 20


def _keep_pages() -> None:
    """Make the C library keep large blocks that are freed, not give them back at once.

    Each piece would else be mapped and faulted in anew, which costs as much as hashing it. glibc
    raises the threshold when it first sees a large block freed; the pages stay untouched.
    """
    bytes(31 << 20)


class _Results:
    """The measurements made so far, from whichever thread."""

    def __init__(self, on_measured: Listener | None) -> None:
        self.found: dict[Member, BlobMeasurement] = {}
        self._on_measured = on_measured
        self._empty: list[BlobMeasurement] = []

    def keep(self, member: Member, measurement: BlobMeasurement) -> None:
        """Keep a measurement, and tell of it."""
        if not measurement.size:
            # An archive may have a million empty members: what is the same of them is kept once.
            known = next((each for each in self._empty if each == measurement), None)
            if known is None:
                self._empty.append(measurement)
            measurement = known or measurement
        self.found[member] = measurement
        if self._on_measured is not None:
            self._on_measured(member, measurement)

    def of(self, members: Iterable[Member]) -> dict[Member, BlobMeasurement]:
        """Return those of the members that were measured, in their order."""
        return {member: self.found[member] for member in members if member in self.found}


def _measure_alone(content: Content, member: Member, meter: BlobMeter) -> BlobMeasurement:
    with closing(meter):
        try:
            for piece in content.pieces(member):
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
    on_measured: Listener | None = None,
    stop: Stop | None = None,
    riders: Riders | None = None,
) -> dict[Member, BlobMeasurement]:
    """Measure the wanted members of a seekable input, several at a time.

    Args:
        content: whose members they are.
        wanted: the members, each with how much of it is to be measured.
        workers: how many threads work, the caller's among them; `None` for one a usable core.
        limits: the bounds.
        windows: grants the decoders their windows.
        on_measured: told of each measurement as it is made, from any thread.
        stop: set by whoever wants no more of it, `on_measured` for one.
        riders: who wants the members of the tar in a blob.

    Returns:
        A measurement for each, in the order of `wanted`, unless it was stopped. A member that
        cannot be read to its end has one too, which says why.
    """
    stop, expansion = stop or Stop(), Expansion(limits)
    results = _Results(on_measured)
    crew = Crew(stop, results.keep)
    # The largest first: a long one that starts last would keep few workers busy.
    large = sorted(
        (member for member in wanted if member.size > _INLINE_SIZE), key=lambda each: -each.size
    )

    def meter(member: Member) -> BlobMeter:
        rider = riders(member) if riders is not None else None
        return BlobMeter(wanted[member], limits, stop, windows, expansion, rider=rider)

    try:
        if large:
            _keep_pages()
        for member in large:
            crew.add(Job(member, meter(member), content.pieces(member)))
        crew.close()
        hands = 1 + sum(member.size for member in large) // _WORKER_SIZE
        crew.hire(min(workers or usable_cores(), hands) - 1)
        for member in wanted:
            if member.size <= _INLINE_SIZE:
                measurement = _measure_alone(content, member, meter(member))
                if stop.is_set:
                    break  # The meter left off, so this may be less than the blob.
                results.keep(member, measurement)
        crew.work()
    except BaseException as error:
        crew.fail(error)
        crew.join()
        raise
    crew.end()
    return results.of(wanted)


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
        on_measured: Listener | None = None,
        stop: Stop | None = None,
        riders: Riders | None = None,
    ) -> None:
        """Start without workers; they come with the first blob that is worth one.

        Args:
            workers: how many threads work beside the caller's, which reads; `None` for one a
                usable core.
            limits: the bounds.
            budget: bytes that may wait for a worker, beside the piece that comes last.
            windows: grants the decoders their windows.
            content: whether what a layer's entries are called and lead to is looked at.
            on_measured: told of each measurement as it is made, from any thread.
            stop: set by whoever wants no more of it; what still comes is let pass.
            riders: who wants the members of the tar in a blob.
        """
        self._riders = riders
        self._content = content
        self._windows = windows
        self._limits = limits
        self._budget = budget
        self._stop = stop or Stop()
        self._expansion = Expansion(limits)
        self._workers = workers or usable_cores()
        self._announced = 0
        self._current: Job | None = None
        self._is_inline = False
        self._batch: Batch = []
        self._batch_size = 0
        self._order: list[Member] = []
        self._results = _Results(on_measured)
        self._crew = Crew(self._stop, self._results.keep)

    @property
    def is_stopped(self) -> bool:
        """Whether somebody wanted no more of it."""
        return self._stop.is_set

    def begin(self, member: Member, *, sha512: bool) -> None:
        """Start on a member; see `MemberSink.begin`."""
        depth = Depth(inside=True, sha512=sha512, content=self._content)
        rider = self._riders(member) if self._riders is not None else None
        meter = BlobMeter(
            depth, self._limits, self._stop, self._windows, self._expansion, rider=rider
        )
        job = Job(member, meter)
        self._order.append(member)
        self._current = job
        self._batch, self._batch_size = [], 0
        self._is_inline = member.size <= _INLINE_SIZE
        if self._is_inline or self._stop.is_set:
            return
        if not self._announced:
            _keep_pages()
        self._announced += member.size
        self._crew.add(job)
        self._crew.hire(min(self._workers, 1 + self._announced // _WORKER_SIZE))

    def data(self, piece: memoryview | bytes) -> None:
        """Take the next bytes; waits while too many are in waiting.

        What made a worker fail is raised here, or by `finish`.
        """
        job = self._current
        if job is None or self._stop.is_set:
            self._crew.check()
            return
        if self._is_inline:
            job.meter.feed(piece)
            return
        self._batch.append(piece)
        self._batch_size += len(piece)
        if self._batch_size >= _BATCH_SIZE:
            self._hand_over(job)

    def _hand_over(self, job: Job) -> None:
        batch, self._batch, self._batch_size = self._batch, [], 0
        self._crew.arrive(job, batch, self._budget)

    def end(self) -> None:
        """End the current member."""
        job, self._current = self._current, None
        if job is None or self._stop.is_set:
            return
        if not self._is_inline:
            if self._batch:
                self._hand_over(job)
            self._crew.complete(job)
            return
        measurement = job.meter.finish()
        if not self._stop.is_set:
            self._results.keep(job.member, measurement)

    def close(self) -> None:
        """Let the workers go, whatever they are at; when this returns, none is left."""
        self._crew.fail()
        if self._current is not None and self._is_inline:
            self._current.meter.close()
        self._crew.join()

    def finish(self) -> dict[Member, BlobMeasurement]:
        """Wait for the workers; returns a measurement for each file, in the stream's order.

        Of those that were measured before somebody stopped it.
        """
        self._crew.close()
        self._crew.end()
        return self._results.of(self._order)

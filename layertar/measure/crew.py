"""Crew: the workers, and which of them does what when.

A blob in work has one owner, the worker that uncompresses it from its first byte to its last. As
long as there are blobs enough, every worker owns one, and does its other two steps too, each piece
while it is still in the cache. A worker that finds no blob to own helps: it takes those two steps
off an owner's hands. So one large blob, and the last of many, keeps several cores busy, and nobody
decides beforehand how.

No step waits for another with one exception: the decoder of a large window waits until whoever
holds windows is done with them. That cannot deadlock, since the owner of a decoder never leaves it
for another one, and what a helper does holds nothing.

What is in waiting is bounded: `_READ_AHEAD` and `_BATCHES` batches a blob, of a MiB or two.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from layertar.measure.blob import Stop
    from layertar.measure.job import Batch, Job, Listener

__all__ = ["Crew"]

# Uncompressed bytes handed to a helper at once: what that costs is nothing beside their digest.
_BATCH_SIZE = 2 << 20

# Batches that may wait for a helper's third step, and for the owner after a helper's first.
_BATCHES = 4
_READ_AHEAD = 2


class Crew:
    """Workers that measure jobs, in the order in which these are added."""

    def __init__(self, stop: Stop, on_measured: Listener) -> None:
        """Begin without a job.

        Args:
            stop: once it is set, and `fail` called, all workers leave off.
            on_measured: told of each blob, by the worker that measured it.
        """
        self._stop = stop
        self._on_measured = on_measured
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._live: list[Job] = []
        self._is_closed = False
        self._waiters = 0
        # Workers that have nothing to do just now.
        self._free = 0
        self._threads: list[threading.Thread] = []
        self.failure: BaseException | None = None
        #: Bytes that arrived and were not uncompressed yet.
        self.in_flight = 0

    def add(self, job: Job) -> None:
        """Have a job measured after all those before it."""
        with self._changed:
            self._jobs.append(job)
            self._wake()

    def hire(self, count: int) -> None:
        """Start threads that work until there are `count`."""
        while len(self._threads) < count:
            thread = threading.Thread(target=self._serve, name="layertar-measure", daemon=True)
            self._threads.append(thread)
            thread.start()

    def arrive(self, job: Job, batch: Batch, budget: int) -> None:
        """Take the next bytes of a job that comes of itself.

        Waits while more than `budget` bytes are in waiting and the job's owner has some of them:
        it may be all that the others wait for.

        Raises:
            BaseException: what made a worker fail.
        """
        with self._changed:
            while self.in_flight > budget and not (job.is_starving or self._stop.is_set):
                self._wait()
            self.check()
            job.is_starving = False
            job.arrived.append(batch)
            self.in_flight += sum(map(len, batch))
            self._wake()

    def complete(self, job: Job) -> None:
        """Say that no more arrives for a job."""
        with self._changed:
            job.is_complete = True
            self._wake()

    def close(self) -> None:
        """Say that no job is added any more."""
        with self._changed:
            self._is_closed = True
            self._wake()

    def join(self) -> None:
        """Wait until every thread that was hired is gone."""
        if self._stop.is_set:
            self.fail()
        for thread in self._threads:
            thread.join()

    def end(self) -> None:
        """Wait until all that was added is measured.

        Raises:
            BaseException: what made a worker fail.
        """
        self.join()
        self.check()

    def check(self) -> None:
        """Raise what made a worker fail, if one did."""
        if self.failure is not None:
            raise self.failure

    def fail(self, error: BaseException | None = None) -> None:
        """Have all workers leave off, because of `error` if one of them failed."""
        with self._changed:
            self._stop.is_set = self._is_closed = True
            self.failure = self.failure or error
            self._wake()

    def _serve(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, which raises it
            self.fail(error)

    def work(self) -> None:
        """Be one of the workers, until there is nothing left to do."""
        while (task := self._next_task()) is not None:
            task()

    def _next_task(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stop.is_set:
                if self._jobs:
                    job = self._jobs.popleft()
                    self._live.append(job)
                    return partial(self._own, job)
                if (task := self._find_help()) is not None:
                    return task
                if self._is_closed and not self._live:
                    break
                with self._free_for_help():
                    self._wait()
            return None

    def _find_help(self) -> Callable[[], None] | None:
        """Find a step that somebody may be spared; to be called with the lock."""
        for job in self._live:
            if job.batches and not job.is_looking:
                return partial(self._look, job)
        for job in self._live:
            if job.can_read and len(job.stored) < _READ_AHEAD:
                job.is_reading = True
                return partial(self._read_ahead, job)
        return None

    def _own(self, job: Job) -> None:
        """Measure a blob from its first byte to its last."""
        meter = job.meter
        with closing(meter):
            while (stored := self._next_stored(job)) is not None:
                for piece in stored:
                    self._pass_on(job, meter.uncompress(piece))
                if job.pieces is None:
                    with self._changed:
                        self.in_flight -= sum(map(len, stored))
                        self._wake()
            self._pass_on(job, meter.uncompress_rest())
            self._settle(job)
            measurement = meter.finish(unreadable=job.unreadable)
        if self._stop.is_set:
            return  # A meter leaves off, so this may be less than the blob.
        self._on_measured(job.member, measurement)
        with self._changed:
            self._live.remove(job)
            self._wake()

    def _next_stored(self, job: Job) -> Batch | None:
        """Return the next stored bytes, which somebody has read ahead or the owner reads now."""
        while True:
            with self._changed:
                if self._stop.is_set:
                    return None
                if job.stored:
                    stored = job.stored.popleft()
                    # A helper that comes for a batch reads ahead, too: it need not come for each.
                    if not job.stored:
                        self._wake()
                    return stored
                if job.has_ended:
                    return None
                if job.can_read:
                    job.is_reading = True
                    task = None
                else:
                    task = None if job.is_reading else self._find_help()
                    if task is None:
                        self._starve(job)
                        continue
            if task is None:
                return self._read(job)
            task()

    def _starve(self, job: Job) -> None:
        """Wait for what somebody reads or what is to arrive; to be called with the lock."""
        if not job.is_reading and not job.is_starving:
            job.is_starving = True
            self._wake()
        with self._free_for_help():
            self._wait_for(job)

    def _read(self, job: Job) -> Batch | None:
        stored = job.read()
        with self._changed:
            job.is_reading = False
            job.has_ended = stored is None
        return stored

    def _read_ahead(self, job: Job) -> None:
        stored = job.read()
        with self._changed:
            job.is_reading = False
            if stored is None:
                job.has_ended = True
            else:
                job.stored.append(stored)
            if job.is_awaited:
                self._wake()

    def _pass_on(self, job: Job, pieces: Iterable[bytes | memoryview]) -> None:
        """Look at uncompressed pieces, or hand them to whoever is free for it."""
        batch: Batch = []
        size = 0
        for piece in pieces:
            # Nobody but the owner adds batches, and a helper says that it looks before it takes
            # one: with none there and nobody looking, the third step is the owner's.
            if not (batch or self._free or job.batches or job.is_looking):
                job.meter.take_inside(piece)
                continue
            batch.append(piece)
            size += len(piece)
            if size >= _BATCH_SIZE:
                self._hand_over(job, batch)
                batch, size = [], 0
        if batch:
            self._hand_over(job, batch)

    def _hand_over(self, job: Job, batch: Batch) -> None:
        with self._changed:
            while len(job.batches) >= _BATCHES and job.is_looking and not self._stop.is_set:
                self._wait_for(job)
            job.batches.append(batch)
            if job.is_looking:
                return
            is_taken = self._free and len(job.batches) <= _BATCHES
            self._wake()
        if not is_taken:
            self._look(job)

    def _look(self, job: Job) -> None:
        """Do the third step for all batches that wait, unless somebody is at it."""
        with self._changed:
            if job.is_looking:
                return
            job.is_looking = True
        while True:
            with self._changed:
                if not job.batches or self._stop.is_set:
                    job.is_looking = False
                    if job.is_awaited:
                        self._wake()
                    return
                batch = job.batches.popleft()
                if job.is_awaited:
                    self._wake()
            for piece in batch:
                job.meter.take_inside(piece)

    def _settle(self, job: Job) -> None:
        """See to it that nothing waits for the third step."""
        while True:
            with self._changed:
                while job.is_looking and not self._stop.is_set:
                    self._wait_for(job)
                if not job.batches or self._stop.is_set:
                    return
            self._look(job)

    @contextmanager
    def _free_for_help(self) -> Iterator[None]:
        self._free += 1
        try:
            yield
        finally:
            self._free -= 1

    def _wait_for(self, job: Job) -> None:
        """Wait for what others do for the job that one owns."""
        job.is_awaited = True
        try:
            self._wait()
        finally:
            job.is_awaited = False

    def _wait(self) -> None:
        self._waiters += 1
        try:
            self._changed.wait()
        finally:
            self._waiters -= 1

    def _wake(self) -> None:
        if self._waiters:
            self._changed.notify_all()

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from layertar.limits import DEFAULT_LIMITS
from layertar.measure import BlobMeter, Depth, StreamMeter, measure
from layertar.members import ByteCounter, Member, MemberKind, open_content
from tests.builders import compress, tar_layer, write_tar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar.measure import BlobMeasurement

NOISE = random.Random(7)  # noqa: S311 - the same on every run

# Some are worth a worker (more than 128 KiB stored), some are not; one is empty.
BLOBS = [
    compress(tar_layer({"a": NOISE.randbytes(400_000)}), "gzip"),
    b"small",
    compress(tar_layer({"b": NOISE.randbytes(300_000)}), "zstd"),
    NOISE.randbytes(200_000),
    b"",
    compress(bytes(3 << 20), "gzip"),
    tar_layer({"c": bytes(500_000)}),
    compress(tar_layer({"d": NOISE.randbytes(200_000)}), "gzip")[:-9],
]


def members() -> list[Member]:
    return [
        Member(f"blob{number}", f"blob{number}", MemberKind.FILE, 0, len(blob))
        for number, blob in enumerate(BLOBS)
    ]


def alone(blob: bytes) -> BlobMeasurement:
    meter = BlobMeter(Depth(), DEFAULT_LIMITS)
    meter.feed(blob)
    return meter.finish()


ALONE = [alone(blob) for blob in BLOBS]


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """Every test here ends with the threads that it began with."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def feed(meter: StreamMeter, found: list[Member], *, size: int = 64 << 10) -> None:
    for member, blob in zip(found, BLOBS, strict=True):
        meter.begin(member, sha512=False)
        for start in range(0, len(blob), size):
            meter.data(memoryview(blob)[start : start + size])
        meter.end()


@pytest.mark.parametrize("workers", [1, 2, 7, None])
def test_any_number_of_workers_measures_a_file_the_same_in_the_same_order(
    workers: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "archive.tar"
    path.write_bytes(write_tar([(f"blob{number}", blob) for number, blob in enumerate(BLOBS)]))
    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    counter = ByteCounter()
    with open_content(path, sink, DEFAULT_LIMITS, counter) as content:
        wanted = {member: Depth() for member in reversed(list(content.table.files))}
        found = measure(content, wanted, workers=workers, limits=DEFAULT_LIMITS)
    assert list(found) == list(wanted)
    assert list(found.values()) == ALONE[::-1]
    # Every byte once, headers and all, and the closing zeros.
    assert counter.total >= sum(map(len, BLOBS))
    assert counter.total <= path.stat().st_size


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("budget", [0, 1000, 32 << 20])
def test_a_stream_is_measured_the_same_whatever_may_wait(workers: int, budget: int) -> None:
    meter = StreamMeter(workers=workers, limits=DEFAULT_LIMITS, budget=budget)
    streamed = members()
    feed(meter, streamed)
    found = meter.finish()
    assert list(found) == streamed
    assert list(found.values()) == ALONE


def test_a_stream_of_small_blobs_needs_no_thread() -> None:
    before = threading.active_count()
    meter = StreamMeter(workers=4, limits=DEFAULT_LIMITS)
    member = Member("a", "a", MemberKind.FILE, 0, 5)
    meter.begin(member, sha512=True)
    meter.data(b"small")
    meter.end()
    assert threading.active_count() == before
    assert set(meter.finish()[member].digests) == {"sha256", "sha512"}


def test_bytes_that_belong_to_no_member_are_ignored() -> None:
    meter = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    meter.data(b"stray")
    meter.end()
    assert meter.finish() == {}


@pytest.mark.parametrize("workers", [1, 3])
def test_what_makes_a_worker_fail_comes_out_of_finish(workers: int) -> None:
    meter = StreamMeter(workers=workers, limits=DEFAULT_LIMITS)
    first = members()[0]
    meter.begin(first, sha512=False)
    # A text is no bytes: the hash refuses it, in the worker.
    meter.data("not bytes")  # type: ignore[arg-type] # the fault that this test is about
    meter.end()
    with pytest.raises(TypeError):
        meter.finish()


def test_what_makes_a_worker_fail_stops_the_reader_too() -> None:
    meter = StreamMeter(workers=1, limits=DEFAULT_LIMITS, budget=0)
    meter.begin(members()[0], sha512=False)
    meter.data("not bytes" * 200_000)  # type: ignore[arg-type] # the fault that this test is about
    with pytest.raises(TypeError):
        meter.data(bytes(2 << 20))
    # Whoever reads on is told again, however little comes.
    with pytest.raises(TypeError):
        meter.data(b"more")
    meter.close()


def test_close_ends_the_threads_in_the_middle_of_a_blob() -> None:
    meter = StreamMeter(workers=2, limits=DEFAULT_LIMITS)
    for member, blob in zip(members(), BLOBS[:3], strict=False):
        meter.begin(member, sha512=False)
        meter.data(blob)
    assert threading.active_count() > 1
    meter.close()
    meter.close()


def test_an_error_while_a_file_is_read_surfaces_and_ends_the_others(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar"
    path.write_bytes(write_tar([(str(number), NOISE.randbytes(9 << 20)) for number in range(3)]))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    with open_content(path, sink, DEFAULT_LIMITS, ByteCounter(interrupt)) as content:
        wanted = {member: Depth() for member in content.table.files}
        with pytest.raises(KeyboardInterrupt):
            measure(content, wanted, workers=2, limits=DEFAULT_LIMITS)

"""Whatever is shrunk, and however many work, the measurements are the same."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from layertar.codec import WindowBudget
from layertar.limits import DEFAULT_LIMITS
from layertar.measure import BlobMeter, Depth, Stop, StreamMeter, crew, engine, measure
from layertar.members import ByteCounter, Member, MemberKind, file, open_content
from tests.builders import CODECS, compress, tar_layer, write_tar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar.measure import BlobMeasurement

NOISE = random.Random(11)  # noqa: S311 - the same on every run
TAR = tar_layer({f"file{number}": NOISE.randbytes(9_000) for number in range(30)})
BLOBS = [
    *(compress(TAR, codec) for codec in CODECS),
    compress(bytes(2 << 20), "gzip"),
    compress(bytes(2 << 20), "zstd"),
    compress(TAR, "gzip")[:-7],
    compress(TAR, "gzip") + b"rest",
    NOISE.randbytes(150_000),
    b"{}",
    b"",
]


class Sizes(NamedTuple):
    """What bounds the crew's memory, shrunk."""

    batch_size: int
    batches: int
    read_ahead: int
    read_size: int


ABSURD = [
    Sizes(1, 1, 1, 512),
    Sizes(1, 4, 1, 1 << 18),
    Sizes(1 << 20, 1, 1, 1000),
    Sizes(70_000, 2, 3, 4096),
]


def alone(blob: bytes) -> BlobMeasurement:
    meter = BlobMeter(Depth(), DEFAULT_LIMITS)
    meter.feed(blob)
    return meter.finish()


ALONE = [alone(blob) for blob in BLOBS]


@pytest.fixture(params=ABSURD, ids=lambda sizes: "-".join(map(str, sizes)))
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sizes:
    chosen: Sizes = request.param
    monkeypatch.setattr(crew, "_BATCH_SIZE", chosen.batch_size)
    monkeypatch.setattr(crew, "_BATCHES", chosen.batches)
    monkeypatch.setattr(crew, "_READ_AHEAD", chosen.read_ahead)
    monkeypatch.setattr(file, "READ_SIZE", chosen.read_size)
    monkeypatch.setattr(engine, "_BATCH_SIZE", chosen.batch_size)
    monkeypatch.setattr(engine, "_INLINE_SIZE", 0)
    monkeypatch.setattr(engine, "_WORKER_SIZE", 1)
    return chosen


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def members() -> list[Member]:
    return [
        Member(f"blob{number}", f"blob{number}", MemberKind.FILE, 0, len(blob))
        for number, blob in enumerate(BLOBS)
    ]


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
@pytest.mark.usefixtures("sizes")
def test_a_file_is_measured_the_same_by_any_crew(workers: int, tmp_path: Path) -> None:
    path = tmp_path / "archive.tar"
    path.write_bytes(write_tar([(f"blob{number}", blob) for number, blob in enumerate(BLOBS)]))
    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    with open_content(path, sink, DEFAULT_LIMITS, ByteCounter()) as content:
        wanted = {member: Depth() for member in content.table.files}
        found = measure(content, wanted, workers=workers, limits=DEFAULT_LIMITS)
    assert list(found.values()) == ALONE


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
@pytest.mark.parametrize("budget", [0, 5000, 32 << 20])
def test_a_stream_is_measured_the_same_by_any_crew(workers: int, budget: int, sizes: Sizes) -> None:
    meter = StreamMeter(workers=workers, limits=DEFAULT_LIMITS, budget=budget)
    for member, blob in zip(members(), BLOBS, strict=True):
        meter.begin(member, sha512=False)
        for start in range(0, len(blob), sizes.read_size):
            meter.data(memoryview(blob)[start : start + sizes.read_size])
        meter.end()
    assert list(meter.finish().values()) == ALONE


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
@pytest.mark.usefixtures("sizes")
def test_decoders_that_wait_for_their_windows_do_not_keep_each_other_waiting(
    workers: int, tmp_path: Path
) -> None:
    # No window is free, and one of them is all that is granted.
    windows = WindowBudget(total=1, free=0)
    path = tmp_path / "archive.tar"
    blobs = [compress(TAR, codec) for codec in ("zstd", "xz", "zstd", "xz", "zstd")]
    path.write_bytes(write_tar([(f"blob{number}", blob) for number, blob in enumerate(blobs)]))
    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    with open_content(path, sink, DEFAULT_LIMITS, ByteCounter()) as content:
        wanted = {member: Depth() for member in content.table.files}
        found = measure(content, wanted, workers=workers, limits=DEFAULT_LIMITS, windows=windows)
    assert list(found.values()) == [alone(blob) for blob in blobs]
    assert windows.held == 0


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("stopping", range(len(BLOBS)))
def test_who_stops_a_stream_gets_what_was_measured_by_then(workers: int, stopping: int) -> None:
    stop, told = Stop(), []

    def listen(member: Member, _: BlobMeasurement) -> None:
        told.append(member)
        if len(told) > stopping:
            stop.is_set = True

    meter = StreamMeter(
        workers=workers, limits=DEFAULT_LIMITS, budget=0, on_measured=listen, stop=stop
    )
    streamed = members()
    for member, blob in zip(streamed, BLOBS, strict=True):
        meter.begin(member, sha512=False)
        meter.data(blob)
        meter.end()
    found = meter.finish()
    assert set(found) == set(told)
    expected = dict(zip(streamed, ALONE, strict=True))
    assert all(found[member] == expected[member] for member in found)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_who_stops_a_file_gets_what_was_measured_by_then(workers: int, tmp_path: Path) -> None:
    path = tmp_path / "archive.tar"
    path.write_bytes(write_tar([(f"blob{number}", blob) for number, blob in enumerate(BLOBS)]))
    stop = Stop()

    def listen(_: Member, __: BlobMeasurement) -> None:
        stop.is_set = True

    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    with open_content(path, sink, DEFAULT_LIMITS, ByteCounter()) as content:
        wanted = {member: Depth() for member in content.table.files}
        found = measure(
            content,
            wanted,
            workers=workers,
            limits=DEFAULT_LIMITS,
            on_measured=listen,
            stop=stop,
        )
    assert 0 < len(found) < len(BLOBS)
    assert all(found[member] == ALONE[int(member.name[4:])] for member in found)

"""Windows that are admitted from one budget, however the blobs of a stream lie."""

from __future__ import annotations

import lzma
import random
import threading
from typing import TYPE_CHECKING

import pytest
import zstandard

from layertar.codec import WindowBudget
from layertar.limits import DEFAULT_LIMITS
from layertar.measure import BlobMeter, Depth, StreamMeter, measure
from layertar.members import ByteCounter, Member, MemberKind, open_content
from tests.builders import write_tar

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.measure import BlobMeasurement

NOISE = random.Random(5)  # noqa: S311 - the same bytes in every run
LARGE = 16 << 20


def _zstd(data: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=24)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return compressor.compress(data) + compressor.flush()


def _xz(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": LARGE, "mode": lzma.MODE_FAST, "nice_len": 8}]
    return lzma.compress(data, filters=filters)


# A large window comes first, only behind other frames, and in a blob that is small.
BLOBS = [
    _zstd(NOISE.randbytes(400_000)),
    zstandard.ZstdCompressor().compress(NOISE.randbytes(600_000)) + _zstd(NOISE.randbytes(300_000)),
    _xz(NOISE.randbytes(200_000)),
    _zstd(b"small"),
    NOISE.randbytes(300_000),
    _zstd(NOISE.randbytes(500_000)),
    _zstd(NOISE.randbytes(400_000))[:-100],
    _xz(NOISE.randbytes(300_000)),
]


def alone(blob: bytes) -> BlobMeasurement:
    meter = BlobMeter(Depth(), DEFAULT_LIMITS)
    meter.feed(blob)
    return meter.finish()


ALONE = [alone(blob) for blob in BLOBS]


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("total", [0, 2 * LARGE])
def test_a_file_is_measured_the_same_however_few_windows_fit(
    workers: int, total: int, tmp_path: Path
) -> None:
    path, windows = tmp_path / "archive.tar", WindowBudget(total)
    path.write_bytes(write_tar([(f"blob{number}", blob) for number, blob in enumerate(BLOBS)]))
    sink = StreamMeter(workers=1, limits=DEFAULT_LIMITS)
    with open_content(path, sink, DEFAULT_LIMITS, ByteCounter()) as content:
        wanted = {member: Depth() for member in content.table.files}
        found = measure(content, wanted, workers=workers, limits=DEFAULT_LIMITS, windows=windows)
    assert list(found.values()) == ALONE
    assert windows.held == 0


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("total", [0, 2 * LARGE])
@pytest.mark.parametrize("budget", [0, 100_000])
@pytest.mark.parametrize("size", [5_000, 64 << 10])
def test_a_stream_whose_blobs_wait_for_windows_goes_on(
    workers: int, total: int, budget: int, size: int
) -> None:
    windows = WindowBudget(total)
    meter = StreamMeter(workers=workers, limits=DEFAULT_LIMITS, budget=budget, windows=windows)
    for number, blob in enumerate(BLOBS):
        meter.begin(Member(f"b{number}", f"b{number}", MemberKind.FILE, 0, len(blob)), sha512=False)
        for start in range(0, len(blob), size):
            meter.data(memoryview(blob)[start : start + size])
        meter.end()
    assert list(meter.finish().values()) == ALONE
    assert windows.held == 0


def test_the_blob_that_is_read_goes_on_while_those_before_it_wait_for_its_window() -> None:
    windows = WindowBudget(0)
    meter = StreamMeter(workers=2, limits=DEFAULT_LIMITS, budget=0, windows=windows)
    late = zstandard.ZstdCompressor().compress(NOISE.randbytes(900_000)) + BLOBS[0]
    blobs = [late, BLOBS[5]]
    found: dict[Member, BlobMeasurement] = {}

    def read() -> None:
        for number, blob in enumerate(blobs):
            meter.begin(Member(str(number), "", MemberKind.FILE, 0, len(blob)), sha512=False)
            for start in range(0, len(blob), 10_000):
                meter.data(memoryview(blob)[start : start + 10_000])
            meter.end()
        found.update(meter.finish())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(30)
    assert list(found.values()) == [alone(blob) for blob in blobs]


def test_a_closed_meter_holds_no_window() -> None:
    windows = WindowBudget(0)
    meter = StreamMeter(workers=2, limits=DEFAULT_LIMITS, windows=windows)
    for number, blob in enumerate((BLOBS[0], BLOBS[5], BLOBS[3])):
        meter.begin(Member(str(number), "", MemberKind.FILE, 0, len(blob)), sha512=False)
        meter.data(blob[:-10])
        if number < 2:
            meter.end()
    meter.close()
    assert windows.held == 0

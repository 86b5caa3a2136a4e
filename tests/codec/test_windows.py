from __future__ import annotations

import dataclasses
import lzma
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import zstandard

from layertar.codec import Compression, Decoder, new_decoder
from layertar.codec.windows import FREE_WINDOW, WindowBudget
from layertar.limits import DEFAULT_LIMITS
from tests.codec.streams import text

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = 2 * FREE_WINDOW


def zstd(data: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=24)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return compressor.compress(data) + compressor.flush()


def xz(data: bytes) -> bytes:
    return lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": LARGE}])


def lzma_alone(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": LARGE}]
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=filters)


every_format = pytest.mark.parametrize(
    ("compression", "compress"),
    [(Compression.ZSTD, zstd), (Compression.XZ, xz), (Compression.LZMA, lzma_alone)],
)


def begun(compression: Compression, stored: bytes, budget: WindowBudget) -> Decoder:
    """A decoder that has read all but the end."""
    decoder = new_decoder(compression, DEFAULT_LIMITS, budget)
    for _ in decoder.feed(stored[:-4]):
        pass
    return decoder


@every_format
def test_a_large_window_is_held_from_its_header_to_its_end(
    compression: Compression, compress: Callable[[bytes], bytes]
) -> None:
    stored, budget = compress(text(5000)), WindowBudget()
    decoder = begun(compression, stored, budget)
    assert budget.held == LARGE
    for _ in decoder.feed(stored[-4:]):
        pass
    assert budget.held == 0
    assert decoder.broken is None


@every_format
@pytest.mark.parametrize("damage", [b"\xff" * 400, b""])
def test_a_window_is_given_back_by_a_stream_that_breaks_or_is_closed(
    compression: Compression, compress: Callable[[bytes], bytes], damage: bytes
) -> None:
    stored, budget = compress(text(5000)), WindowBudget()
    decoder = begun(compression, stored[:400] + damage, budget)
    if not damage:
        assert budget.held == LARGE
        decoder.close()
    else:
        decoder.finish()
        decoder.close()
    assert budget.held == 0


def test_small_windows_are_free() -> None:
    budget = WindowBudget(total=0)
    stored = lzma.compress(text(5000), preset=6)
    begun(Compression.XZ, stored, budget)
    assert budget.held == 0
    with budget.hold(FREE_WINDOW), budget.hold(FREE_WINDOW):
        assert budget.held == 0


def test_one_window_is_granted_however_large_and_the_next_waits_for_it() -> None:
    budget, went_on = WindowBudget(total=1), threading.Event()

    def second() -> None:
        with budget.hold(LARGE):
            went_on.set()

    thread = threading.Thread(target=second)
    with budget.hold(LARGE):
        thread.start()
        assert not went_on.wait(0.05)
        assert budget.held == LARGE
    thread.join()
    assert went_on.is_set()
    assert budget.held == 0


def test_windows_that_fit_are_held_side_by_side() -> None:
    budget = WindowBudget(total=3 * LARGE)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(budget.hold(LARGE))
        assert budget.held == 3 * LARGE


def test_a_window_around_the_archive_never_waits_and_leaves_room_for_one() -> None:
    budget = WindowBudget(total=LARGE)
    with budget.hold(LARGE), budget.outside().hold(LARGE), budget.outside().hold(LARGE):
        assert budget.held == LARGE
    with budget.outside().hold(LARGE), budget.hold(LARGE):
        assert budget.held == LARGE


def test_the_bound_on_a_window_is_no_matter_of_the_budget() -> None:
    limits, budget = dataclasses.replace(DEFAULT_LIMITS, window=LARGE - 1), WindowBudget()
    decoder = new_decoder(Compression.XZ, limits, budget)
    assert list(decoder.feed(xz(b"content"))) == []
    assert decoder.broken is not None
    assert budget.held == 0

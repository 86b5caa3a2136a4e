from __future__ import annotations

import threading

import pytest

from layertar.members import ByteCounter


def test_bytes_are_counted_from_any_thread() -> None:
    counter = ByteCounter()

    def count() -> None:
        for _ in range(1000):
            counter.add(3)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.total == 12_000


def test_the_listener_is_told_every_few_mebibytes_and_only_then() -> None:
    told: list[int] = []
    counter = ByteCounter(told.append)
    for _ in range(20):
        counter.add(1 << 20)
    assert told == [4 << 20, 8 << 20, 12 << 20, 16 << 20, 20 << 20]


def test_what_the_listener_raises_passes_through_and_the_counter_still_works() -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    counter = ByteCounter(interrupt)
    with pytest.raises(KeyboardInterrupt):
        counter.add(5 << 20)
    counter.add(1)
    assert counter.total == (5 << 20) + 1

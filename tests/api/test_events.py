from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from layertar import verify
from layertar.report.events import ArchiveDone, BlobMeasured, Event, Started
from tests.api.test_verify import LARGE_TAR

if TYPE_CHECKING:
    from pathlib import Path


class StopTellingError(Exception):
    """Raised by a listener that wants no more."""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.tar"
    path.write_bytes(LARGE_TAR)
    return path


@pytest.mark.parametrize("workers", [1, 3])
def test_every_blob_is_told_once_between_start_and_verdict(large: Path, workers: int) -> None:
    told: list[Event] = []
    report = verify(large, workers=workers, on_event=told.append).archives[0]
    assert told[0] == Started(str(large), len(LARGE_TAR))
    assert told[-1] == ArchiveDone(report)
    blobs = [event for event in told if isinstance(event, BlobMeasured)]
    assert len(blobs) == len({event.member for event in blobs}) == len(told) - 2
    layer = report.images[0].layers[0]
    [event] = [event for event in blobs if event.member == layer.member]
    assert (event.digest, event.size) == (str(layer.digest), layer.size)
    assert event.diff_id == str(layer.diff_id)


def test_a_pipe_tells_the_blobs_of_the_file(large: Path) -> None:
    told: list[Event] = []
    verify(large, on_event=told.append)
    piped: list[Event] = []
    verify(io.BytesIO(LARGE_TAR), on_event=piped.append)
    file, pipe = (
        {each.member: each.digest for each in events if isinstance(each, BlobMeasured)}
        for events in (told, piped)
    )
    assert file == pipe


@pytest.mark.parametrize("pipe", [False, True])
def test_what_a_listener_raises_ends_the_call_and_every_thread(large: Path, *, pipe: bool) -> None:
    def refuse(event: Event) -> None:
        if isinstance(event, BlobMeasured) and event.size > 1 << 20:
            _stop()

    before = threading.active_count()
    with pytest.raises(StopTellingError):
        verify(io.BytesIO(LARGE_TAR) if pipe else large, on_event=refuse)
    assert threading.active_count() == before


def _stop() -> NoReturn:
    raise StopTellingError

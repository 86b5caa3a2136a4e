"""Listeners: who is told of what while a reading runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from layertar.api.request import Progress
from layertar.members import source_name, source_size
from layertar.report.events import BlobMeasured

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.api.request import Request
    from layertar.measure import BlobMeasurement, Listener
    from layertar.members import Member, Source
    from layertar.report.events import Event

__all__ = ["measured_listener", "progress_listener", "serialised"]


def serialised(
    on_event: Callable[[Event], None] | None,
) -> Callable[[Event], None] | None:
    """Let `on_event` be called from one thread at a time."""
    if on_event is None:
        return None
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            on_event(event)

    return tell


def measured_listener(request: Request, name: str) -> Listener | None:
    """Make what tells the caller of each blob of the input `name`; `None` for nobody."""
    on_event = request.on_event
    if on_event is None:
        return None

    def tell(member: Member, measured: BlobMeasurement) -> None:
        diff_id = None if measured.diff_id is None else str(measured.diff_id)
        digest = str(measured.digest)
        on_event(BlobMeasured(name, member.name, digest, measured.size, diff_id))

    return tell


def progress_listener(
    on_progress: Callable[[Progress], None] | None, source: Source
) -> Callable[[int], None] | None:
    """Make what tells the caller how far an input is read; `None` for nobody."""
    if on_progress is None:
        return None
    name, size = source_name(source), source_size(source)
    return lambda done: on_progress(Progress(name, done, size))

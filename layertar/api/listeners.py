"""Listeners: who is told of what while a reading runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from layertar.api.request import Progress
from layertar.report.events import BlobMeasured

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.api.request import Request
    from layertar.measure import BlobMeasurement, Listener
    from layertar.members import Member
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
    request: Request, name: str, size: int | None
) -> Callable[[int], None] | None:
    """Make what tells the caller how far the input `name` is; `None` for nobody."""
    on_progress = request.on_progress
    if on_progress is None:
        return None
    return lambda done: on_progress(Progress(name, done, size))

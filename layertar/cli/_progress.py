"""Progress: a bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from layertar.api import Progress

__all__ = ["progress"]

# Most archives are done by then, and need not wait for rich to be imported.
_DELAY = 0.3


@contextmanager
def progress(*, wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Show how far the reading is, until the block ends; then nothing is left of it.

    Args:
        wanted: whether the user wants it. It needs a terminal as well.

    Yields:
        What to call with each progress made; `None` where nothing is to be shown.
    """
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    bar = Bar(delay=_DELAY)
    try:
        yield bar.update
    finally:
        bar.close()


class Bar:
    """One line for the input that is being read: name, bar, bytes, rate and time left.

    Args:
        delay: seconds from now before anything is shown.
    """

    def __init__(self, *, delay: float) -> None:
        """Start the clock."""
        self._start = time.monotonic() + delay
        self._bars: Bars | None = None
        self._name: str | None = None
        self._task: TaskID | None = None

    def update(self, made: Progress) -> None:
        """Show that `made.done` bytes of the input `made.name` are read."""
        if self._bars is None:
            if time.monotonic() < self._start:
                return
            self._bars = _bars()
            self._bars.start()
        if self._task is None or made.name != self._name:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(escape(made.name), total=made.total)
            self._name = made.name
        self._bars.update(self._task, completed=made.done, total=made.total)

    def close(self) -> None:
        """Take the line away."""
        if self._bars is not None:
            self._bars.stop()


def _bars() -> Bars:
    from rich import progress as rich  # noqa: PLC0415 - slow to import, and seldom needed
    from rich.console import Console  # noqa: PLC0415 - as above

    return rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.DownloadColumn(binary_units=True),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )

"""Standard streams put in place of pytest's, within a test's own block.

A fixture could not do it: pytest puts its streams back between a test's set-up and the test.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["as_stdin", "terminal_stderr", "terminal_stdout"]


@contextmanager
def as_stdin(data: bytes) -> Iterator[BytesIO]:
    """Standard input that holds `data`; gives its binary side."""
    raw = BytesIO(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", TextIOWrapper(raw))
        yield raw


@contextmanager
def terminal_stdout() -> Iterator[None]:
    """Standard output that is a terminal."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as out, redirect_stdout(out):
        yield
    os.close(ours)


@contextmanager
def terminal_stderr() -> Iterator[Callable[[], str]]:
    """Standard error that is a terminal; gives what reads all that was written to it."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)

    def read() -> str:
        shown = b""
        try:
            while piece := os.read(ours, 1 << 16):
                shown += piece
        except BlockingIOError:
            pass
        return shown.decode()

    with os.fdopen(theirs, "w") as err, redirect_stderr(err):
        yield read
    os.close(ours)

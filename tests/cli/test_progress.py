from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest

from layertar.api import Progress
from layertar.cli._progress import Bar, progress
from tests.cli.streams import terminal_stderr


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def test_a_bar_shows_name_bytes_and_time_and_then_goes_away() -> None:
    with terminal_stderr() as read:
        bar = Bar(delay=0)
        bar.update(Progress("evil\x1b]0;[bold]", 1 << 20, 4 << 20))
        bar.update(Progress("evil\x1b]0;[bold]", 4 << 20, 4 << 20))
        bar.update(Progress("-", 5, None))
        bar.close()
        shown = read()
    assert "evil\\x1b]0;[bold]" in shown
    assert "4.0 MiB" in shown
    # The last thing is that the line is erased.
    assert shown.endswith("\x1b[2K")


def test_nothing_is_shown_of_what_is_done_at_once() -> None:
    with terminal_stderr() as read:
        bar = Bar(delay=3600)
        bar.update(Progress("a", 1, 2))
        bar.close()
        assert read() == ""


def test_a_terminal_gets_a_bar_unless_it_is_not_wanted() -> None:
    with terminal_stderr():
        with progress(wanted=True) as on_progress:
            assert on_progress is not None
        with progress(wanted=False) as on_progress:
            assert on_progress is None


def test_what_is_no_terminal_gets_no_bar() -> None:
    with redirect_stderr(io.StringIO()), progress(wanted=True) as on_progress:
        assert on_progress is None

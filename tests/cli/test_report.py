from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from layertar.cli._options import Color, Format
from layertar.cli._report import show, style
from layertar.report.register import TextStyle
from tests.cli.streams import terminal_stdout
from tests.report.examples import archive, report


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of a terminal 77 columns wide, which knows colours."""
    monkeypatch.setenv("COLUMNS", "77")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_terminal_gets_its_width_and_colours() -> None:
    with terminal_stdout():
        assert style(None, Color.AUTO) == TextStyle(77, color=True)
        assert style(None, Color.NEVER) == TextStyle(77, color=False)


@pytest.mark.parametrize(
    ("variable", "value", "color"),
    [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False)],
)
def test_colours_heed_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, *, color: bool
) -> None:
    monkeypatch.setenv(variable, value)
    with terminal_stdout():
        assert style(None, Color.AUTO).color is color
        assert style(None, Color.ALWAYS).color


def test_a_file_gets_neither_width_nor_colours() -> None:
    with terminal_stdout():
        assert style(Path("out"), Color.AUTO) == TextStyle(None, color=False)


def test_a_stream_that_is_no_terminal_gets_neither() -> None:
    with redirect_stdout(StringIO()):
        assert style(None, Color.AUTO) == TextStyle(None, color=False)
        assert style(None, Color.ALWAYS) == TextStyle(None, color=True)


@pytest.mark.parametrize(("form", "start"), [(Format.TEXT, "VERIFIED"), (Format.JSON, "{")])
def test_a_report_is_written_in_the_format_asked_for(
    tmp_path: Path, form: Format, start: str
) -> None:
    show(report(archive()), form, tmp_path / "out", Color.AUTO)
    assert (tmp_path / "out").read_text().startswith(start)

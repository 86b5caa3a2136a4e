"""Report: choose a reporter, its style and where it writes."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

from layertar.cli._options import Color, Format
from layertar.cli._output import deliver
from layertar.report.register import REPORTERS, TextStyle

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.report.model import Report

__all__ = ["show", "style"]


def show(report: Report, form: Format, target: Path | None, color: Color) -> None:
    """Write `report` to `target`, or to standard output where that is `None`.

    Raises:
        OutputError: it could not be written.
    """
    reporter = REPORTERS[form.value](style(target, color))
    deliver(partial(reporter.write, report), target)


def style(target: Path | None, color: Color) -> TextStyle:
    """Choose how text is laid out: by the terminal, where it is written to one."""
    terminal = target is None and sys.stdout.isatty()
    match color:
        case Color.ALWAYS:
            colored = True
        case Color.NEVER:
            colored = False
        case Color.AUTO:
            # https://no-color.org: set and not empty. An option of the command line wins.
            colored = terminal and not os.environ.get("NO_COLOR")
            colored = colored and os.environ.get("TERM") != "dumb"
    return TextStyle(shutil.get_terminal_size().columns if terminal else None, colored)

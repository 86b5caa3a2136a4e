"""`layertar render`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from layertar.cli import _options as options
from layertar.cli._exit import ExitCode
from layertar.cli._output import complain
from layertar.cli._report import plan
from layertar.report.escape import escape

__all__ = ["render"]


def render(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT",
            help="What --format json wrote; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    report: options.ReportOption = None,
    summary: options.SummaryOption = None,
    color: options.ColorOption = options.Color.AUTO,
) -> None:
    """Show a kept JSON result in another format, later or elsewhere.

    Reads no archive. Exit codes: 0 written, whatever the verdict in it; 2 wrong usage,
    3 no result that this version reads.
    """
    planned = plan(form, output, color, report, summary)
    if any(
        file.exists() and Path(result).exists() and file.samefile(result) for file in planned.files
    ):
        raise typer.BadParameter("a report would take the place of the result")
    # Only this command needs it.
    from layertar.errors import ResultError  # noqa: PLC0415
    from layertar.report.read_v1 import parse_report  # noqa: PLC0415

    try:
        raw = sys.stdin.buffer.read() if result == "-" else Path(result).read_bytes()
        kept = parse_report(raw)
    except OSError as error:
        complain(f"{escape(result)}: {error.strerror or error}")
        raise typer.Exit(ExitCode.UNREADABLE) from error
    except ResultError as error:
        complain(f"{escape(result)}: {escape(str(error))}")
        raise typer.Exit(ExitCode.UNREADABLE) from error
    planned.write(kept)
    raise typer.Exit(ExitCode.OK)

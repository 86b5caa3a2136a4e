"""`layertar lock`."""

from pathlib import Path
from typing import Annotated

import typer

from layertar.cli import _options as options
from layertar.cli._exit import ExitCode, exit_code, wrong_usage
from layertar.cli._garbage import imported
from layertar.cli._judged import complain_of
from layertar.cli._pins import rewrite
from layertar.cli._progress import progress
from layertar.cli._sources import sources
from layertar.fault import Severity

__all__ = ["lock"]


def lock(
    archives: options.Archives = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the lock there, whole or not at all, instead of to standard output.",
            show_default=False,
        ),
    ] = None,
    allow_missing: options.AllowMissing = False,
    allow_unverifiable: options.AllowUnverifiable = False,
    files_from: options.FilesFrom = None,
    null: options.Null = False,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Write down which archives and images these are, for `verify --lock`.

    Measures everything, as `verify` does. Where anything is wrong nothing is written.
    Exit codes: 0 written, 1 an archive is damaged, 2 wrong usage, 3 unreadable.
    """
    inputs = sources(archives, files_from, null=null, outputs=() if output is None else (output,))
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        report = api.lock(
            *inputs,
            allow_missing=allow_missing,
            allow_unverifiable=allow_unverifiable,
            workers=workers,
            on_progress=on_progress,
        )
    code = exit_code(report, Severity.ERROR)
    if code is ExitCode.OK:
        rewrite(report, output)
    else:
        complain_of(report, "nothing was locked")
    raise typer.Exit(code)

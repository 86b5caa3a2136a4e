"""`layertar which`."""

from enum import StrEnum
from typing import Annotated, TextIO

import typer

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._output import deliver
from layertar.cli._progress import progress
from layertar.cli._report import style

__all__ = ["which"]


class TraceFormat(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


def which(
    archive: identity.Archive,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Where in the image; links on the way are followed within it.",
            show_default=False,
        ),
    ],
    *,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-L", help="Follow a link at the end, too.")
    ] = False,
    form: Annotated[
        TraceFormat, typer.Option("--format", help="text for people; json for programs.")
    ] = TraceFormat.TEXT,
    verify: identity.Verify = False,
    cache: listed.Cache = None,
    workers: options.Workers = None,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Say which layers touched a path, how, and by which instruction.

    What is there no more is told, too. That content is the same is said only if it was measured.
    Exit codes: 0 told, 1 something is damaged or missing, 2 wrong usage or no such file in any
    layer, 3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    from layertar.api import tracing  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report import trace_rows  # noqa: PLC0415 - as above
    from layertar.report.file_rows import image_value  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = tracing.which(
            source,
            path,
            follow=follow,
            image=image,
            platform=platform,
            verify=verify,
            cache=cache,
            workers=workers,
            on_progress=on_progress,
        )

    def write(out: TextIO) -> None:
        if form is TraceFormat.JSON:
            head = image_value(archive, found.image)
            trace_rows.write_trace_json(found.trace, found.image, out, head)
        elif found.image is not None:
            trace_rows.write_trace_text(
                found.trace, found.image, out, style(output, options.Color.NEVER)
            )

    deliver(write, output)
    listed.conclude_files(found.report, found.problems)

"""`layertar export`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._copy import draft
from layertar.cli._exit import wrong_usage
from layertar.cli._output import complain
from layertar.cli._progress import progress
from layertar.report.escape import escape

__all__ = ["export"]


def export(
    archive: identity.Archive,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIRECTORY",
            help="Write files instead, to a new or an empty directory; owners, devices and "
            "attributes of security are set by root alone.",
            show_default=False,
        ),
    ] = None,
    layer_range: Annotated[
        str | None,
        typer.Option(
            "--layer-range",
            metavar="A:B",
            help="Of these layers alone: A and above, but below B; 0 is the base.",
            show_default=False,
        ),
    ] = None,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    verify: listed.VerifyFirst = False,
    workers: options.Workers = None,
    output: listed.OutputWhole = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Write the file system of an image as one tar, like `docker export`, or as files.

    The same layers give the same bytes. Nothing is proved without --verify.
    Exit codes: 0 written, 1 damaged, missing or left out, 2 wrong usage, 3 unreadable or no
    image, 74 not written.
    """
    if to is not None and output is not None:
        raise typer.BadParameter("give --output or --to, not both", param_hint="--to")
    if to is None and output is None and sys.stdout.isatty():
        raise typer.BadParameter("standard output is a terminal: give --output or --to")
    source = identity.one_source(archive, output)
    wanted = not no_progress and (to is not None or output is not None)
    with wrong_usage(), progress(wanted=wanted) as on_progress:
        from layertar.api.exporting import Wishes, export_to, unpack_to  # noqa: PLC0415 - see `-h`

        wishes = Wishes(
            image=image,
            platform=platform,
            layers=listed.layer_range(layer_range),
            verify=verify,
            workers=workers,
            on_progress=on_progress,
        )
        if to is not None:
            found = unpack_to(source, to, wishes)
        else:
            with draft(output) as out:
                found = export_to(source, out.write, wishes)
                out.is_kept = found.fault is None
    for note in found.notes:
        complain(f"{escape(str(to or output or 'the tar'))}: {escape(note)}")
    faults = [] if found.fault is None or found.image is None else [found.fault]
    listed.conclude_files(found.report, [*found.problems, *faults])

"""`layertar cat`."""

import sys
from typing import Annotated

import typer

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._copy import draft
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress
from layertar.cli._terminal import Shown

__all__ = ["cat"]


def cat(
    archive: identity.Archive,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Where in the image; links are followed within it.",
            show_default=False,
        ),
    ],
    *,
    layer: Annotated[
        int | None,
        typer.Option(
            "--layer",
            metavar="N",
            min=0,
            help="The version that this layer brings, 0 for the base.",
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
    """Write the bytes of a file of an image, as its container would see it.

    Layers are read from the top down, and no more of them than needed: nothing is proved. On a
    terminal, what would move its cursor, or worse, is escaped.
    Exit codes: 0 written, 1 damaged or not proved, 2 no such file, 3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    from layertar.api import cat as verbs  # noqa: PLC0415 - what needs no reading needs nothing of it

    with (
        wrong_usage(),
        progress(wanted=not no_progress and output is not None) as on_progress,
        draft(output) as out,
    ):
        shown = Shown(out.write) if output is None and sys.stdout.isatty() else None
        copy = verbs.cat(
            source,
            path,
            write=out.write if shown is None else shown.write,
            layer=layer,
            image=image,
            platform=platform,
            verify=verify,
            workers=workers,
            on_progress=on_progress,
        )
        if shown is not None:
            shown.close()
        out.is_kept = copy.fault is None and not copy.problems
    faults = [] if copy.fault is None or copy.entry is None else [f"{path}: {copy.fault}"]
    listed.conclude_files(copy.report, [*copy.problems, *faults])

"""`layertar tree`."""

import sys
from enum import StrEnum
from typing import Annotated, TextIO

import typer

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._output import deliver
from layertar.cli._progress import progress

__all__ = ["tree"]


class TreeFormat(StrEnum):
    """How a tree is written."""

    TEXT = "text"
    JSON = "json"


class Lines(StrEnum):
    """What the lines of a tree are drawn with."""

    AUTO = "auto"
    BOXES = "boxes"
    ASCII = "ascii"


def tree(
    archive: identity.Archive,
    path: listed.OptionalPath = "",
    *,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    layer: listed.LayerOption = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", min=0, help="Go down so far.", show_default=False),
    ] = None,
    largest: Annotated[
        int | None,
        typer.Option(
            "--largest",
            metavar="N",
            min=1,
            help="The N largest of each directory, and the rest in one line.",
            show_default=False,
        ),
    ] = None,
    deleted: listed.Deleted = False,
    lines: Annotated[
        Lines, typer.Option("--lines", help="Draw them so; auto heeds the terminal.")
    ] = Lines.AUTO,
    form: Annotated[
        TreeFormat, typer.Option("--format", help="text for people; json for programs.")
    ] = TreeFormat.TEXT,
    verify: identity.Verify = False,
    cache: listed.Cache = None,
    workers: options.Workers = None,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Show the files of an image, or of one of its layers, as a tree, sizes summed up.

    Exit codes: 0 listed, 1 something is damaged or missing, 2 wrong usage or no such file,
    3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    from layertar.api import outlining  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report import tree_rows  # noqa: PLC0415 - as above
    from layertar.report.file_rows import image_value  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = outlining.tree(
            source,
            path,
            image=image,
            platform=platform,
            layer=layer,
            deleted=deleted,
            verify=verify,
            cache=cache,
            workers=workers,
            on_progress=on_progress,
        )
    boxes = lines is Lines.BOXES or (lines is Lines.AUTO and output is None and _has_boxes())

    def write(out: TextIO) -> None:
        rows = found.outline.rows(depth=depth, largest=largest)
        if form is TreeFormat.JSON:
            tree_rows.write_tree_json(
                found.outline, rows, out, image_value(archive, found.files.image)
            )
        else:
            guides = tree_rows.BOXES if boxes else tree_rows.ASCII
            tree_rows.write_tree_text(found.outline, rows, out, guides)

    deliver(write, output)
    listed.conclude_files(found.files.report, found.files.problems)


def _has_boxes() -> bool:
    """Say whether standard output is a terminal that can show them."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return sys.stdout.isatty() and encoding == "utf8"

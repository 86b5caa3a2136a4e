"""Options of `layertar diff`, and how it ends."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from layertar.cli._completion import archive_names
from layertar.cli._exit import ExitCode
from layertar.cli._identity import tell_errors
from layertar.cli._options import Color
from layertar.cli._output import deliver
from layertar.cli._report import style

if TYPE_CHECKING:
    from layertar.report.diff_model import Diff

__all__ = [
    "A",
    "B",
    "DiffFormat",
    "DiffFormatOption",
    "Ignore",
    "Image",
    "ImageA",
    "ImageB",
    "Platform",
    "PlatformA",
    "PlatformB",
    "Verify",
    "ignored",
    "show",
]


class DiffFormat(StrEnum):
    """How a diff is written."""

    TEXT = "text"
    JSON = "json"


A = Annotated[
    str,
    typer.Argument(
        metavar="A",
        help="The archive or unpacked directory of the one image; - is standard input.",
        show_default=False,
        autocompletion=archive_names,
    ),
]
B = Annotated[
    str | None,
    typer.Argument(
        metavar="[B]",
        help="The archive of the other image; by default A, of which --image-b chooses another.",
        show_default=False,
        autocompletion=archive_names,
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="REF|DIGEST",
        help="Compare the images of this name or digest.",
        show_default=False,
    ),
]
ImageA = Annotated[
    str | None,
    typer.Option("--image-a", metavar="REF|DIGEST", help="The image of A.", show_default=False),
]
ImageB = Annotated[
    str | None,
    typer.Option("--image-b", metavar="REF|DIGEST", help="The image of B.", show_default=False),
]
Platform = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH[/VARIANT]",
        help="Compare the images for this platform.",
        show_default=False,
    ),
]
PlatformA = Annotated[
    str | None,
    typer.Option(
        "--platform-a", metavar="OS/ARCH[/VARIANT]", help="That of A.", show_default=False
    ),
]
PlatformB = Annotated[
    str | None,
    typer.Option(
        "--platform-b", metavar="OS/ARCH[/VARIANT]", help="That of B.", show_default=False
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="WHAT,...",
        help="Do not count differences in mtime (all times), order, uid (owners), mode, xattrs, "
        "build (container IDs of the classic builder), format (compression, too), or files of a "
        "pattern such as /var/cache/** or *.pyc. May be repeated.",
        show_default=False,
    ),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Read and prove everything; without it layers of equal diff_ids are not read.",
    ),
]
DiffFormatOption = Annotated[
    DiffFormat, typer.Option("--format", help="text for people, json for programs.")
]


def ignored(values: Iterable[str] | None) -> list[str]:
    """Read `--ignore`s, each of which may be several with commas."""
    found = (word.strip() for value in values or () for word in value.split(","))
    return [word for word in found if word]


def show(
    diff: "Diff", form: DiffFormat, output: Path | None, color: Color, *, whole: frozenset[str]
) -> NoReturn:
    """Write a diff, tell on standard error what is wrong with the archives, and exit.

    Raises:
        typer.Exit: with the code.
    """
    if form is DiffFormat.JSON:
        from layertar.report.diff_json import write_diff_json  # noqa: PLC0415 - where asked for

        deliver(lambda out: write_diff_json(diff, out), output)
    else:
        from layertar.report.diff_text import write_diff_text  # noqa: PLC0415 - where asked for

        layout = style(output, color)
        deliver(lambda out: write_diff_text(diff, out, layout, whole=whole), output)
    code = tell_errors(diff.report)
    raise typer.Exit(ExitCode.FINDINGS if code is ExitCode.OK and not diff.is_same else code)

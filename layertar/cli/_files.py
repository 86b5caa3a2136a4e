"""Options of the commands that list files, and what those end with."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from layertar.cli._exit import ExitCode
from layertar.cli._identity import conclude
from layertar.cli._output import bytes_as_they_are, complain, deliver
from layertar.regex import regex
from layertar.report.escape import escape

if TYPE_CHECKING:
    from layertar.api.files import Files
    from layertar.filesystem.listing import Spot
    from layertar.report.file_rows import FileStyle
    from layertar.report.model import Report

__all__ = [
    "Cache",
    "Deleted",
    "Digests",
    "FileFormat",
    "FileFormatOption",
    "ImageOption",
    "LayerOption",
    "Long",
    "Names0",
    "OptionalPath",
    "OutputWhole",
    "PlatformOption",
    "Recursive",
    "SortBy",
    "SortOption",
    "VerifyFirst",
    "conclude_files",
    "layer_range",
    "show_files",
]

_RANGE = regex(r"([0-9]{0,9}):([0-9]{0,9})")


class FileFormat(StrEnum):
    """How files are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class SortBy(StrEnum):
    """What they are sorted by."""

    NAME = "name"
    SIZE = "size"
    MTIME = "mtime"


ImageOption = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="REF|DIGEST",
        help="Which image, where the archive has several: a name, a digest, or 7 digits of one.",
        show_default=False,
    ),
]
PlatformOption = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH[/VARIANT]",
        help="Which image, where the archive has several: the one for this platform.",
        show_default=False,
    ),
]
OptionalPath = Annotated[
    str,
    typer.Argument(
        metavar="[PATH]",
        help="Where in the image; links are followed within it.",
        show_default=False,
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Keep listings of layers in DIR, by digests that are measured; the next look at the "
        "same layers is immediate.",
        show_default=False,
    ),
]
FileFormatOption = Annotated[
    FileFormat,
    typer.Option("--format", help="text for people; json, jsonl or csv for programs."),
]
LayerOption = Annotated[
    int | None,
    typer.Option(
        "--layer",
        metavar="N",
        min=0,
        help="The entries of this layer instead, 0 for the base, as its tar has them.",
        show_default=False,
    ),
]
Long = Annotated[bool, typer.Option("--long", "-l", help="All attributes, as tar tv has them.")]
Recursive = Annotated[bool, typer.Option("--recursive", "-R", help="All that is below, too.")]
Deleted = Annotated[
    bool, typer.Option("--deleted", help="What upper layers delete or overwrite, too, marked.")
]
Digests = Annotated[
    bool,
    typer.Option("--digest", help="The sha256 of each file; in text as sha256sum writes it."),
]
SortOption = Annotated[
    SortBy, typer.Option("--sort", help="By name, or the largest or the newest first.")
]
Names0 = Annotated[
    bool, typer.Option("--null", "-0", help="In text, paths alone, each ended by NUL: xargs -0.")
]

VerifyFirst = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Prove the archive first, and write nothing of an image that is not verified.",
    ),
]
OutputWhole = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write it there, whole or not at all, instead of to standard output.",
        show_default=False,
    ),
]


def show_files(
    files: "Files",
    spots: "Iterable[Spot]",
    command: str,
    archive: str,
    *,
    form: FileFormat,
    style: "FileStyle",
    layer: int | None,
    output: Path | None,
) -> NoReturn:
    """Write files, tell on standard error what is wrong with them, and exit.

    Args:
        files: of the image.
        spots: which of them.
        command: the command that lists them.
        archive: what it was given.
        form: the format.
        style: how text is laid out.
        layer: the layer whose entries they are, as its tar has them; `None` of the image.
        output: where to.

    Raises:
        typer.Exit: with the code.
    """
    from layertar.report.file_rows import image_value, write_files  # noqa: PLC0415 - if needed

    head = image_value(archive, files.image)
    row_of = files.row if layer is None else files.stored_row

    def write(out: TextIO) -> None:
        write_files(spots, row_of, out, command=command, form=form, style=style, head=head)

    deliver(bytes_as_they_are(write) if style.null else write, output)
    conclude_files(files.report, files.problems)


def conclude_files(report: "Report", problems: Iterable[str]) -> NoReturn:
    """Tell on standard error why something may be missing, and what is wrong, and exit.

    Raises:
        typer.Exit: as `conclude`, and 1 for problems.
    """
    told = tuple(problems)
    for problem in told:
        complain(escape(problem))
    try:
        conclude(report)
    except typer.Exit as end:
        if told and end.exit_code == ExitCode.OK:
            raise typer.Exit(ExitCode.FINDINGS) from None
        raise


def layer_range(text: str | None) -> tuple[int | None, int | None] | None:
    """Read `A:B`, either of which may be left out.

    Raises:
        typer.BadParameter: it is of another form.
    """
    if text is None:
        return None
    found = _RANGE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"{escape(text)} is no range of layers: write A:B, A: or :B", param_hint="--layer-range"
        )
    start, stop = found.groups()
    return (int(start) if start else None, int(stop) if stop else None)

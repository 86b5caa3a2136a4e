"""Options of the commands that tell identities, and what those end with."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

import typer

from layertar.cli._exit import ExitCode, exit_code, wrong_usage
from layertar.cli._options import Color
from layertar.cli._output import complain, deliver
from layertar.cli._progress import progress
from layertar.cli._report import style
from layertar.cli._sources import sources
from layertar.errors import ArgumentError
from layertar.fault import Severity
from layertar.report.escape import escape

if TYPE_CHECKING:
    from layertar.api.listings import Listing
    from layertar.report.model import Report
    from layertar.report.tables import Table

__all__ = [
    "Archive",
    "Columns",
    "Docker",
    "Names0",
    "OutputBytes",
    "Pretty",
    "Ref",
    "TableFormat",
    "TableFormatOption",
    "Verify",
    "chosen_image",
    "conclude",
    "one_source",
    "show_docker",
    "show_rows",
    "tell_errors",
]

_TOLD = 5


class TableFormat(StrEnum):
    """How rows are written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


Archive = Annotated[
    str,
    typer.Argument(
        metavar="ARCHIVE",
        help="An image archive or unpacked directory, known by its content; - is standard input.",
        show_default=False,
    ),
]
Ref = Annotated[
    str | None,
    typer.Argument(
        metavar="[REF]",
        help="Which image: a name, a digest, or 7 digits of one or more; as --image.",
        show_default=False,
    ),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Read and prove everything; without it layers' digests are those recorded.",
    ),
]
TableFormatOption = Annotated[
    TableFormat, typer.Option("--format", help="text for people; json or csv for programs.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        help="These columns, in this order, by the names that --format json has.",
        show_default=False,
    ),
]
Names0 = Annotated[
    bool,
    typer.Option(
        "--null", "-0", help="In text, end every cell in NUL, with no heading: for xargs -0."
    ),
]
Docker = Annotated[
    bool, typer.Option("--docker", help="Print the JSON of `docker image inspect` instead.")
]
OutputBytes = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write it there, if it is proved, instead of to standard output.",
        show_default=False,
    ),
]
Pretty = Annotated[
    bool,
    typer.Option(
        "--pretty", help="Indent it, and escape what is not ASCII; a terminal has it so anyway."
    ),
]


def chosen_image(ref: str | None, image: str | None) -> str | None:
    """Take REF and --image for the same.

    Raises:
        typer.BadParameter: both are given.
    """
    if ref is not None and image is not None:
        raise typer.BadParameter("REF and --image are the same; give one", param_hint="--image")
    return ref if image is None else image


def one_source(archive: str, output: Path | None = None) -> str | BinaryIO:
    """Give the one archive to read, as `sources` does."""
    return next(iter(sources([archive], outputs=() if output is None else (output,))))


def show_rows(
    table: "Table",
    listing: "Listing[object]",
    *,
    form: TableFormat,
    columns: str | None,
    null: bool,
    output: Path | None,
) -> NoReturn:
    """Write rows, tell on standard error what is wrong with their archives, and exit.

    Raises:
        typer.BadParameter: there is no such column.
        typer.Exit: with the code.
    """
    from layertar.report.tables import write_rows  # noqa: PLC0415 - where there is one to write

    names = _names(columns)
    try:
        table.chosen(names)
    except ArgumentError as error:
        raise typer.BadParameter(escape(str(error)), param_hint="--columns") from error
    layout = style(output, Color.NEVER)
    deliver(
        lambda out: write_rows(
            table, listing.rows, out, form=form.value, style=layout, columns=names, null=null
        ),
        output,
    )
    conclude(listing.report)


def show_docker(
    inputs: Iterable[str | BinaryIO],
    *,
    image: str | None,
    platform: str | None,
    verify: bool,
    output: Path | None,
    no_progress: bool,
) -> NoReturn:
    """Write the JSON of `docker image inspect`, and exit.

    Raises:
        typer.Exit: as `conclude`.
    """
    from layertar.api.docker_images import docker_images  # noqa: PLC0415 - only where asked for
    from layertar.report.docker_inspect import write_docker  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = docker_images(
            *inputs, image=image, platform=platform, verify=verify, on_progress=on_progress
        )
    deliver(lambda out: write_docker(found.rows, out), output)
    conclude(found.report)


def _names(columns: str | None) -> Sequence[str]:
    return () if columns is None else [name.strip() for name in columns.split(",")]


def conclude(report: "Report") -> NoReturn:
    """Tell the errors that were found on standard error, and exit.

    Raises:
        typer.Exit: as `tell_errors` says.
    """
    raise typer.Exit(tell_errors(report))


def tell_errors(report: "Report") -> ExitCode:
    """Tell the errors that were found on standard error.

    Returns:
        0, 1 for errors, or 3 where an archive could not be read.
    """
    sys.stdout.flush()
    for archive in report.archives:
        errors = [each for each in archive.findings if each.severity is Severity.ERROR]
        for finding in errors[:_TOLD]:
            where = f"{escape(archive.name)}: {finding.rule.name}"
            complain(f"{where}: {escape(finding.message)}")
        if len(errors) > _TOLD:
            complain(f"{escape(archive.name)}: {len(errors) - _TOLD} more errors; layertar verify")
    return exit_code(report, Severity.ERROR)

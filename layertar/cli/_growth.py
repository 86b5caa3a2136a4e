"""Options of `layertar size`, and what sizes are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from layertar.cli._exit import ExitCode, exit_code
from layertar.cli._files import conclude_files
from layertar.cli._output import complain
from layertar.fault import Severity
from layertar.report.escape import encodable, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.analysis.growth import Growth, GrowthLimit
    from layertar.analysis.sizes import ArchiveSize
    from layertar.api.size import Sizes

__all__ = [
    "Baseline",
    "Depth",
    "MaxGrowth",
    "Top",
    "Verify",
    "conclude",
    "kept",
    "limit_of",
    "since",
]

_BASELINE, _MAX_GROWTH = "'--baseline'", "'--max-growth'"

Top = Annotated[
    int,
    typer.Option(
        "--top",
        metavar="N",
        min=0,
        help="In text, so many of the largest members, and directories of each image.",
    ),
]
Depth = Annotated[
    int,
    typer.Option(
        "--depth",
        metavar="N",
        min=0,
        help="Levels of directories that are summed up; with 0 layers are not read at all.",
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="RESULT",
        help="Tell what grew since then: what an earlier `layertar size --format json` wrote.",
        show_default=False,
    ),
]
MaxGrowth = Annotated[
    str | None,
    typer.Option(
        "--max-growth",
        metavar="SIZE|PERCENT",
        help="Exit with 1 if an archive, or an image's layers as stored, grew by more since "
        "--baseline: bytes, 512K, 20MiB, 5%.",
        show_default=False,
    ),
]
Verify = Annotated[
    bool,
    typer.Option("--verify", help="Prove the archives in the same reading."),
]


def limit_of(max_growth: str | None, baseline: Path | None) -> GrowthLimit:
    """Read `--max-growth`.

    Raises:
        typer.BadParameter: it is no size or percentage, or there is nothing to compare with.
    """
    from layertar.analysis.growth import NO_LIMIT, parse_growth  # noqa: PLC0415 - not for `-h`

    if max_growth is None:
        return NO_LIMIT
    if baseline is None:
        raise typer.BadParameter("give a --baseline to compare with", param_hint=_MAX_GROWTH)
    try:
        return parse_growth(max_growth)
    except ValueError as error:
        raise typer.BadParameter(escape(str(error)), param_hint=_MAX_GROWTH) from error


def kept(baseline: Path | None) -> tuple[ArchiveSize, ...] | None:
    """Read the sizes of `--baseline`; `None` where none are given.

    Raises:
        typer.BadParameter: it cannot be read, or is no such result.
    """
    if baseline is None:
        return None
    from layertar.documents import STRICT_SIZE  # noqa: PLC0415 - where there is one to read
    from layertar.errors import ResultError  # noqa: PLC0415 - as above
    from layertar.report.read_sizes import parse_sizes  # noqa: PLC0415 - as above

    name = escape(str(baseline))
    try:
        with baseline.open("rb") as file:
            # One byte too many is told; of an endless one no more is wanted.
            return parse_sizes(file.read(STRICT_SIZE + 1))
    except OSError as error:
        reason = f"{name}: {error.strerror or error}"
        raise typer.BadParameter(reason, param_hint=_BASELINE) from error
    except ResultError as error:
        raise typer.BadParameter(f"{name}: {escape(str(error))}", param_hint=_BASELINE) from error


def since(
    before: Sequence[ArchiveSize] | None, after: Sequence[ArchiveSize], limit: GrowthLimit
) -> Growth | None:
    """Compare sizes with those that were kept, if any were."""
    if before is None:
        return None
    from layertar.analysis.growth import growth_of  # noqa: PLC0415 - where there is a baseline

    return growth_of(before, after, limit=limit, spelt=encodable)


def conclude(found: Sizes, growth: Growth | None, limit: GrowthLimit) -> NoReturn:
    """Tell on standard error what is wrong or grew too much, and exit.

    Raises:
        typer.Exit: 0, 1 where something is damaged or grew too much, 2 where it cannot be told
            whether it grew, or 3 where an archive could not be read.
    """
    told = [
        f"{archive.name}: {image.image}: {problem}"
        for archive in found.archives
        for image in archive.images
        for problem in image.problems
    ]
    for row in () if growth is None else growth.rows:
        if row.exceeds:
            where = row.archive if row.image is None else f"{row.archive}: {row.image}"
            told.append(f"{where} grew too much")
    is_limited = limit.size is not None or limit.milli_percent is not None
    unchecked = growth.unchecked if growth is not None and is_limited else ()
    for name in unchecked:
        complain(f"{escape(name)}: nothing to compare with, so it may have grown too much")
    if unchecked and not told and exit_code(found.report, Severity.ERROR) is ExitCode.OK:
        raise typer.Exit(ExitCode.USAGE)
    conclude_files(found.report, told)

"""Options of `layertar waste`, and what it ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from layertar.cli._files import conclude_files
from layertar.report.escape import escape

if TYPE_CHECKING:
    from layertar.analysis.growth import GrowthLimit
    from layertar.api.waste import Wasted

__all__ = ["FailUnder", "MaxWasted", "Top", "conclude", "limit_of", "score_of"]

#: Rows of a kind that text has, unless more are asked for.
USUAL_TOP = 10

Top = Annotated[
    int | None,
    typer.Option(
        "--top",
        metavar="N",
        min=0,
        help=f"So many of the largest paths of a kind; in text {USUAL_TOP} by default, else all.",
        show_default=False,
    ),
]
FailUnder = Annotated[
    str | None,
    typer.Option(
        "--fail-under",
        metavar="SCORE",
        help="Exit with 1 if dive's efficiency is less, such as 0.95.",
        show_default=False,
    ),
]
MaxWasted = Annotated[
    str | None,
    typer.Option(
        "--max-wasted",
        metavar="SIZE|PERCENT",
        help="Exit with 1 if more is hidden: bytes, 512K, 20MiB, or 5% of what is stored.",
        show_default=False,
    ),
]


def limit_of(max_wasted: str | None) -> GrowthLimit:
    """Read `--max-wasted`.

    Raises:
        typer.BadParameter: it is no size or percentage.
    """
    from layertar.analysis.growth import NO_LIMIT, parse_growth  # noqa: PLC0415 - not for `-h`

    if max_wasted is None:
        return NO_LIMIT
    try:
        return parse_growth(max_wasted)
    except ValueError as error:
        raise typer.BadParameter(escape(str(error)), param_hint="'--max-wasted'") from error


def score_of(fail_under: str | None) -> float | None:
    """Read `--fail-under`.

    Raises:
        typer.BadParameter: it is no number from 0 to 1.
    """
    try:
        score = None if fail_under is None else float(fail_under)
    except ValueError:
        score = -1
    if score is not None and not 0 <= score <= 1:
        reason = f"{escape(repr(fail_under))} is no score; write a number from 0 to 1, such as 0.95"
        raise typer.BadParameter(reason, param_hint="'--fail-under'")
    return score


def conclude(found: Wasted, limit: GrowthLimit, fail_under: float | None) -> NoReturn:
    """Tell on standard error what is wrong or too much, and exit.

    Raises:
        typer.Exit: 0, 1 where something is damaged, missing or too much, or 3 where the archive
            could not be read.
    """
    told, waste = list(found.problems), found.waste
    if limit.is_passed(waste.stored, waste.stored + waste.hidden.size):
        told.append(
            f"too much is hidden: {waste.hidden.size} of {waste.stored} bytes (--max-wasted)"
        )
    if fail_under is not None and waste.dive is not None and waste.dive.efficiency < fail_under:
        told.append(f"dive's efficiency is {waste.dive.efficiency!r} (--fail-under {fail_under!r})")
    conclude_files(found.report, told)

"""`layertar rules`."""

import shutil
import sys
from enum import StrEnum
from typing import Annotated

import typer

from layertar.cli._completion import rule_names
from layertar.cli._output import deliver
from layertar.report.escape import escape

__all__ = ["RuleFormat", "rules"]


class RuleFormat(StrEnum):
    """The names in `report.rules.RULE_WRITERS`; they stand here so that `-h` imports none."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def rules(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The rule to explain.",
            show_default=False,
            autocompletion=rule_names,
        ),
    ] = None,
    *,
    form: Annotated[
        RuleFormat,
        typer.Option(
            "--format", help="Text for people, JSON (see `layertar schema`), or a Markdown page."
        ),
    ] = RuleFormat.TEXT,
) -> None:
    """List the rules of `verify`, or explain one."""
    # Only this command needs them, and they bring the whole of the reading along.
    from layertar.findings import RULES, unknown_rule  # noqa: PLC0415
    from layertar.report.rules import RULE_WRITERS, ordered  # noqa: PLC0415

    if name is not None and (mistake := unknown_rule(name)) is not None:
        raise typer.BadParameter(escape(mistake), param_hint="NAME")
    chosen = ordered(RULES.values()) if name is None else (RULES[name],)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    writer = RULE_WRITERS[form.value]
    deliver(lambda out: writer(chosen, out, in_full=name is not None, width=width), None)

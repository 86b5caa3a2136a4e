"""`layertar schema`."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from layertar.cli._output import deliver

__all__ = ["schema"]


class Command(StrEnum):
    """The commands that have a `--format json`."""

    VERIFY = "verify"
    INSPECT = "inspect"
    RULES = "rules"
    IMAGES = "images"
    LAYERS = "layers"
    HISTORY = "history"
    DIGEST = "digest"
    LS = "ls"
    FIND = "find"
    TREE = "tree"
    WHICH = "which"
    DIFF = "diff"
    SHARING = "sharing"
    SIZE = "size"
    WASTE = "waste"


def schema(
    command: Annotated[
        Command,
        typer.Argument(
            metavar="COMMAND",
            help=f"The command whose JSON output to describe: {', '.join(Command)}.",
        ),
    ],
) -> None:
    """Print the JSON Schema of the JSON output."""
    # Only this command needs it.
    from layertar.report.schema import schema as describe  # noqa: PLC0415

    text = json.dumps(describe(command.value), indent=2)
    deliver(lambda out: out.writelines((text, "\n")), None)

"""docs/layertar.1: the manual page, from the commands' own help and README's tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from layertar.cli._app import app
from layertar.cli._examples import EXAMPLES
from layertar.cli._lazy import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGE", "man_page"]

_ROOT = Path(__file__).resolve().parent.parent
#: The page.
PAGE = _ROOT / "docs" / "layertar.1"

_DESCRIPTION = (
    "layertar opens a saved container image (docker save, an OCI layout and their kin) without a "
    "daemon, a registry or a network, shows what is in it, and proves every digest that it "
    "records. An archive is a file, a directory, or - for standard input; compressed ones are "
    "read as they are."
)

_FILES = {
    "layertar.toml": "The policy that verify follows, in the working directory; every key is "
    "explained in docs/configuration.md.",
    "pyproject.toml": "The same in its table [tool.layertar], where there is no layertar.toml.",
}
_ENVIRONMENT = {
    "NO_COLOR": "If set and not empty, text has no colours unless --color always asks for them.",
    "LAYERTAR_DEBUG": "If 1, an internal error is told with its traceback.",
}


def man_page() -> str:
    """The page, in man macros."""
    return "\n".join([*_lines(), ""])


def _lines() -> Iterator[str]:
    yield '.\\" Made by python -m tests.readme'
    yield '.TH LAYERTAR 1 "" "layertar" "User Commands"'
    yield from (".SH NAME", r"layertar \- verify saved container images, offline")
    yield ".SH SYNOPSIS"
    yield from (".B layertar", r"[\-\-version] [\-\-help]", r"\fICOMMAND\fR [\fIOPTION\fR...]")
    yield from (".SH DESCRIPTION", _text(_DESCRIPTION), ".SH COMMANDS")
    group: Any = typer.main.get_command(app)
    for name in COMMANDS:
        yield from _command(name, group.commands[name])
    yield ".SH EXIT STATUS"
    for code, meaning in _exit_codes():
        yield from (".TP", rf".B {code}", _text(meaning))
    for title, entries in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f".SH {title}"
        for name, meaning in entries.items():
            yield from (".TP", rf".I {_text(name)}", _text(meaning))
    yield from (".SH SEE ALSO", r"\fBdocker\-save\fR(1), \fBskopeo\fR(1), \fBsha256sum\fR(1)")


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    words = " ".join(each.make_metavar(typer.Context(command)) for each in arguments)
    yield f".SS {_text(f'layertar {name}')} {_text(words)}"
    for number, paragraph in enumerate((command.help or "").split("\n\n")):
        yield from ([".PP"] if number else [])
        yield _text(" ".join(paragraph.split()))
    for each in arguments:
        yield from (".TP", rf"\fI{_text(each.metavar or each.name)}\fR", _text(each.help or ""))
    for each in options:
        yield from (".TP", _option(each), _text(each.help or ""))
    yield from (".PP", "Examples:", ".PP", ".nf", ".RS 4")
    yield from map(_text, EXAMPLES[name])
    yield from (".RE", ".fi")


def _option(option: Any) -> str:
    names = ", ".join(rf"\fB{_text(each)}\fR" for each in option.opts)
    if option.is_flag:
        return names
    choices = getattr(option.type, "choices", ())
    words = [getattr(choice, "value", choice) for choice in choices]
    metavar = option.metavar or "|".join(words) or option.type.name.upper()
    return rf"{names} \fI{_text(metavar)}\fR"


def _exit_codes() -> list[tuple[str, str]]:
    section = (_ROOT / "README.md").read_text("utf-8").split("## Exit codes")[1].split("## ")[0]
    return re.findall(r"^\| (\d+) \| (.*) \|$", section.replace("`", ""), re.MULTILINE)


def _text(text: str) -> str:
    """Keep roff from taking a character for an order."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("`", "")
    escaped = escaped.replace("…", "...").replace("'", r"\(aq")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped

"""Commands that are imported when one is run, or told of by help or completion."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from layertar.cli._examples import epilog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Command

__all__ = ["COMMANDS", "Commands"]

#: The commands, as help lists them. `verify` is the function of that name in `verify_cmd`.
COMMANDS: Final = (
    "verify",
    "inspect",
    "images",
    "layers",
    "history",
    "manifest",
    "config",
    "blob",
    "digest",
    "ls",
    "diff",
    "sharing",
    "size",
    "tree",
    "waste",
    "find",
    "which",
    "cat",
    "export",
    "lock",
    "checksums",
    "attest",
    "render",
    "rules",
    "schema",
)


class Commands(TyperGroup):
    """The command `layertar` itself."""

    def __init__(self, **attributes: Any) -> None:
        """Take what Typer makes a group of."""
        super().__init__(**attributes)
        self.commands = _Loader()


class _Loader(MutableMapping[str, "Command"]):
    """Name to command; the names alone import nothing."""

    def __init__(self) -> None:
        self._loaded: dict[str, Command | None] = dict.fromkeys(COMMANDS)

    def __getitem__(self, name: str) -> Command:
        command = self._loaded[name]
        if command is None:
            command = self._loaded[name] = _load(name)
        return command

    def __setitem__(self, name: str, command: Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def _load(name: str) -> Command:
    module = import_module(f"layertar.cli.{name}_cmd")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, epilog=epilog(name))(getattr(module, name))
    return typer.main.get_command(alone)

"""The command line: arguments in, one verb of `api`, a report out, an exit code.

Only this package prints, exits, reads the environment or looks at the terminal. Standard
output is data, standard error is talk.
"""

from __future__ import annotations

from layertar.cli._garbage import uncollected

__all__ = ["main"]


def main() -> int:
    """Run the command line of `sys.argv`.

    Returns:
        The exit code, one of `ExitCode`.
    """
    with uncollected():
        # Typer is what there is most of to import.
        from layertar.cli._app import run  # noqa: PLC0415

        return run()

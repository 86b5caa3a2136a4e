"""App: the command `layertar`, its own options, and how a run of it can end."""

import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from os import environ
from typing import Annotated

import typer

from layertar.cli._exit import ExitCode
from layertar.cli._lazy import Commands
from layertar.cli._output import OutputError, complain, guarded, silence
from layertar.report.escape import escape
from layertar.version import __version__

__all__ = ["app", "run"]

app = typer.Typer(
    name="layertar",
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer's interface
    if wanted:
        print(f"layertar {__version__}")
        raise typer.Exit


@app.callback()
def _layertar(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Open saved container images without a daemon, and prove every digest that they record."""


def run() -> int:
    """Run the command line of `sys.argv`.

    Returns:
        The exit code, one of `ExitCode`.
    """
    with redirect_stdout(guarded(sys.stdout)), redirect_stderr(guarded(sys.stderr)):
        code = _run()
        if code in (ExitCode.OUTPUT, ExitCode.CLOSED_PIPE):
            silence()
    return code


def _run() -> int:
    """Run the command; every way in which it can end becomes an exit code."""
    try:
        return _invoke()
    except OutputError as error:
        if error.is_closed_pipe:
            return ExitCode.CLOSED_PIPE
        complain(str(error))
        return ExitCode.OUTPUT
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - the outermost frame: whatever came is a bug of ours
        if environ.get("LAYERTAR_DEBUG") == "1":
            # Debugging only, so not imported by each run.
            import traceback  # noqa: PLC0415

            with suppress(OutputError):
                traceback.print_exc()
        complain(f"internal error: {type(error).__name__}: {escape(str(error))}")
        complain("please report it, with what LAYERTAR_DEBUG=1 in the environment prints")
        return ExitCode.INTERNAL


def _invoke() -> int:
    try:
        app(prog_name="layertar")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else ExitCode.OK
    else:
        code = ExitCode.OK
    # A full disk may show only now, and it must not go unnoticed at interpreter shutdown.
    sys.stdout.flush()
    # Typer turns KeyboardInterrupt into this code without a word.
    return _interrupted() if code == ExitCode.INTERRUPTED else code


def _interrupted() -> int:
    complain("interrupted")
    return ExitCode.INTERRUPTED

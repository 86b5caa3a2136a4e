"""`layertar inspect`."""

import typer

from layertar.cli import _options as options
from layertar.cli._exit import exit_code, wrong_usage
from layertar.cli._garbage import imported
from layertar.cli._progress import progress
from layertar.cli._report import show
from layertar.cli._sources import sources
from layertar.fault import Severity

__all__ = ["inspect"]


def inspect(
    archives: options.Archives = None,
    *,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
    color: options.ColorOption = options.Color.AUTO,
) -> None:
    """Show what image archives record, quickly, without proving it.

    Reads headers and documents only; digests of layers are those recorded.
    Exit codes are those of `verify`.
    """
    inputs = sources(archives, outputs=() if output is None else (output,))
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        report = api.inspect(*inputs, image=image, platform=platform, on_progress=on_progress)
    show(report, form, output, color)
    raise typer.Exit(exit_code(report, Severity.ERROR))

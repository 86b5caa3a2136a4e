"""`layertar inspect`."""

import typer

from layertar.cli import _identity as identity
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
    docker: identity.Docker = False,
    verify: identity.Verify = False,
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
    color: options.ColorOption = options.Color.AUTO,
) -> None:
    """Show what image archives record, quickly, without proving it.

    Reads headers and documents only; digests of layers are those recorded.
    --docker prints the JSON of `docker image inspect` instead, for scripts with jq; of it `Size`
    counts what is in the layers, so that it is null without --verify.
    Example: layertar inspect --docker app.tar | jq -r '.[0].Config.Labels'
    Exit codes are those of `verify`.
    """
    inputs = sources(archives, outputs=() if output is None else (output,))
    if docker or verify:
        if not docker:
            raise typer.BadParameter("it belongs to --docker", param_hint="--verify")
        if form not in (options.Format.TEXT, options.Format.JSON):
            raise typer.BadParameter("--docker is JSON", param_hint="--format")
        identity.show_docker(
            inputs,
            image=image,
            platform=platform,
            verify=verify,
            output=output,
            no_progress=no_progress,
        )
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        report = api.inspect(*inputs, image=image, platform=platform, on_progress=on_progress)
    show(report, form, output, color)
    raise typer.Exit(exit_code(report, Severity.ERROR))

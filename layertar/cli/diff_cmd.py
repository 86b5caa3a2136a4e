"""`layertar diff`."""

from typing import Annotated

import typer

from layertar.cli import _diff as options
from layertar.cli import _options as shared
from layertar.cli._exit import wrong_usage
from layertar.cli._files import Cache
from layertar.cli._progress import progress
from layertar.cli._sources import sources

__all__ = ["diff"]


def diff(
    a: options.A,
    b: options.B = None,
    *,
    image: options.Image = None,
    image_a: options.ImageA = None,
    image_b: options.ImageB = None,
    platform: options.Platform = None,
    platform_a: options.PlatformA = None,
    platform_b: options.PlatformB = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="Compare the layers, and list each of them.")
    ] = False,
    config: Annotated[
        bool, typer.Option("--config", help="Compare the configs, and list what differs.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Compare the histories, and list each step.")
    ] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Compare the files, and list all that differ.")
    ] = False,
    ignore: options.Ignore = None,
    verify: options.Verify = False,
    cache: Cache = None,
    form: options.DiffFormatOption = options.DiffFormat.TEXT,
    output: shared.Output = None,
    no_progress: shared.NoProgress = False,
    color: shared.ColorOption = shared.Color.AUTO,
) -> None:
    """Compare two images: layers, config, history and files.

    Compares all and tells it in short; with --layers, --config, --history or --files those alone.
    Exit codes: 0 the same, 1 they differ, 2 wrong usage, 3 unreadable or no image.
    """
    names = [a, a if b is None else b]
    inputs = list(sources(names, outputs=() if output is None else (output,)))
    from layertar.api.diffs import diff as compare  # noqa: PLC0415 - what needs no reading

    chosen = {"layers": layers, "config": config, "history": history, "files": files}
    parts = [part for part, wanted in chosen.items() if wanted]
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = compare(
            *inputs,
            image=image,
            image_a=image_a,
            image_b=image_b,
            platform=platform,
            platform_a=platform_a,
            platform_b=platform_b,
            parts=parts or list(chosen),
            ignore=options.ignored(ignore),
            verify=verify,
            cache=cache,
            on_progress=on_progress,
        )
    options.show(found, form, output, color, whole=frozenset(parts))

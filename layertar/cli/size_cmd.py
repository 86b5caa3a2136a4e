"""`layertar size`."""

from layertar.cli import _growth as growth
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._output import deliver
from layertar.cli._progress import progress
from layertar.cli._report import style
from layertar.cli._sources import sources

__all__ = ["size"]


def size(
    archives: options.Archives = None,
    *,
    top: growth.Top = 10,
    depth: growth.Depth = 1,
    baseline: growth.Baseline = None,
    max_growth: growth.MaxGrowth = None,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    verify: growth.Verify = False,
    form: identity.TableFormatOption = identity.TableFormat.TEXT,
    files_from: options.FilesFrom = None,
    null: options.Null = False,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Show where the bytes of archives are: members, layers, directories; and what grew.

    Parts of an archive add up to it; a directory's size is that of the files in it as a container
    sees them.
    Example: layertar size app.tar --baseline before.json --max-growth 5%
    Exit codes: 0 shown, 1 damaged or grown too much, 2 wrong usage, 3 unreadable or no image.
    """
    outputs = () if output is None else (output,)
    inputs = sources(archives, files_from, null=null, outputs=outputs)
    limit, before = growth.limit_of(max_growth, baseline), growth.kept(baseline)
    from layertar.api.size import size as measure  # noqa: PLC0415 - where there is work
    from layertar.report.sizes import write_sizes  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = measure(
            *inputs,
            depth=depth,
            image=image,
            platform=platform,
            verify=verify,
            on_progress=on_progress,
        )
    grown = growth.since(before, found.archives, limit)
    layout = style(output, options.Color.NEVER)
    deliver(
        lambda out: write_sizes(
            found.archives, out, form=form.value, style=layout, top=top, growth=grown
        ),
        output,
    )
    growth.conclude(found, grown, limit)

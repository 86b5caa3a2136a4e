"""`layertar waste`."""

from layertar.cli import _files as listed
from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli import _waste as wasted
from layertar.cli._exit import wrong_usage
from layertar.cli._output import deliver
from layertar.cli._progress import progress
from layertar.cli._report import style

__all__ = ["waste"]


def waste(
    archive: identity.Archive,
    *,
    top: wasted.Top = None,
    fail_under: wasted.FailUnder = None,
    max_wasted: wasted.MaxWasted = None,
    image: listed.ImageOption = None,
    platform: listed.PlatformOption = None,
    verify: identity.Verify = False,
    cache: listed.Cache = None,
    workers: options.Workers = None,
    form: identity.TableFormatOption = identity.TableFormat.TEXT,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Show bytes that an image stores and hides, shows twice, or need not have; and dive's score.

    Hidden is what upper layers delete or replace and lower ones still ship.
    Example: layertar waste app.tar --max-wasted 5% --fail-under 0.95
    Exit codes: 0 shown, 1 damaged or wasting too much, 2 wrong usage, 3 unreadable or no image.
    """
    limit, score = wasted.limit_of(max_wasted), wasted.score_of(fail_under)
    source = identity.one_source(archive, output)
    from layertar.api.waste import waste as look  # noqa: PLC0415 - where there is work
    from layertar.report.waste import write_waste  # noqa: PLC0415 - as above

    is_text = form is identity.TableFormat.TEXT
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = look(
            source,
            image=image,
            platform=platform,
            top=wasted.USUAL_TOP if top is None and is_text else top,
            verify=verify,
            workers=workers,
            on_progress=on_progress,
            cache=cache,
        )
    layout, form_name = style(output, options.Color.NEVER), form.value
    deliver(
        lambda out: write_waste(
            found.waste, found.image, out, archive=archive, form=form_name, style=layout
        ),
        output,
    )
    wasted.conclude(found, limit, score)

"""`layertar layers`."""

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress
from layertar.cli._sources import sources

__all__ = ["layers"]


def layers(
    archives: options.Archives = None,
    *,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    verify: identity.Verify = False,
    form: identity.TableFormatOption = identity.TableFormat.TEXT,
    columns: identity.Columns = None,
    null: identity.Names0 = False,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """List the layers of images: digest, diff_id, chain ID and size of each.

    Base first. A digest names the stored bytes, a diff_id the uncompressed ones, a chain ID the
    layer with all below it.
    Example: layertar layers app.tar --format json | jq -r '.layers[].diff_id'
    Exit codes: 0 listed, 1 something is damaged, 2 wrong usage, 3 unreadable or no image.
    """
    inputs = sources(archives, outputs=() if output is None else (output,))
    from layertar.api import listings  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report.tables import LAYERS  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = listings.layers(
            *inputs, image=image, platform=platform, verify=verify, on_progress=on_progress
        )
    identity.show_rows(LAYERS, found, form=form, columns=columns, null=null, output=output)

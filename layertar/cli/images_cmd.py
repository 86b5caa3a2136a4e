"""`layertar images`."""

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress
from layertar.cli._sources import sources

__all__ = ["images"]


def images(
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
    """List the images of archives: names, digests, platform, size.

    Like `docker images --digests --no-trunc`, without a daemon. The image ID, manifest and index
    digests are measured; --verify proves the layers, too.
    Example: layertar images app.tar --columns names,image_id
    Exit codes: 0 listed, 1 something is damaged, 2 wrong usage, 3 unreadable or no image.
    """
    inputs = sources(archives, outputs=() if output is None else (output,))
    from layertar.api import listings  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report.tables import IMAGES  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = listings.images(
            *inputs, image=image, platform=platform, verify=verify, on_progress=on_progress
        )
    identity.show_rows(IMAGES, found, form=form, columns=columns, null=null, output=output)

"""`layertar config`."""

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._copy import show_document
from layertar.cli._exit import wrong_usage
from layertar.cli._progress import progress

__all__ = ["config"]


def config(
    archive: identity.Archive,
    ref: identity.Ref = None,
    *,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    pretty: identity.Pretty = False,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Print an image's config, byte for byte; its sha256 is the image ID.

    Like `crane config`.
    Example: layertar config app.tar | jq .config.Labels
    Exit codes: 0 printed and proved, 1 it is damaged or absent, 2 no such image, 3 unreadable.
    """
    source = identity.one_source(archive, output)
    chosen = identity.chosen_image(ref, image)
    from layertar.api import documents  # noqa: PLC0415 - what needs no reading needs nothing of it

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        copy = documents.config(source, image=chosen, platform=platform, on_progress=on_progress)
    show_document(copy, pretty=pretty, output=output)

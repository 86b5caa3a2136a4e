"""`layertar digest`."""

from enum import StrEnum
from typing import Annotated

import typer

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._output import complain
from layertar.cli._progress import progress

__all__ = ["digest"]


class Of(StrEnum):
    """The names in `api.KINDS`; they stand here too so that `-h` imports nothing of it."""

    IMAGE_ID = "image-id"
    MANIFEST = "manifest"
    INDEX = "index"
    CONFIG = "config"
    LAYERS = "layers"
    DIFF_IDS = "diff-ids"
    CHAIN_IDS = "chain-ids"
    ARCHIVE = "archive"


def digest(
    archive: identity.Archive,
    ref: identity.Ref = None,
    *,
    of: Annotated[
        Of, typer.Option("--of", help="Which digest; archive is the sha256 of the file itself.")
    ] = Of.IMAGE_ID,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    verify: identity.Verify = False,
    form: identity.TableFormatOption = identity.TableFormat.TEXT,
    columns: identity.Columns = None,
    null: identity.Names0 = False,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Print one digest of an image, or one for each layer, a line each.

    What was not measured is told as recorded on standard error; --verify measures it.
    Example: layertar digest app.tar --of manifest
    Exit codes: 0 printed, 1 something is damaged, 2 no such digest, 3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    chosen = identity.chosen_image(ref, image)
    from layertar.api import listings  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report.tables import DIGESTS  # noqa: PLC0415 - as above

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = listings.digests(
            source,
            of.value,
            image=chosen,
            platform=platform,
            verify=verify,
            on_progress=on_progress,
        )
    if any(row.origin == "recorded" for row in found.rows) and form == "text":
        complain("recorded, not measured" + ("" if verify else "; --verify measures it"))
    identity.show_rows(DIGESTS, found, form=form, columns=columns, null=null, output=output)

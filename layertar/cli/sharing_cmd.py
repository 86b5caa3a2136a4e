"""`layertar sharing`."""

from enum import StrEnum
from typing import Annotated

import typer

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._exit import wrong_usage
from layertar.cli._output import deliver
from layertar.cli._progress import progress
from layertar.cli._report import style
from layertar.cli._sources import sources

__all__ = ["sharing"]


class By(StrEnum):
    """The names in `analysis.SHARED_BY`; they stand here too so that `-h` imports nothing of it."""

    CHAIN = "chain"
    DIFF_ID = "diff-id"
    DIGEST = "digest"


class Form(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    DOT = "dot"


def sharing(
    archives: options.Archives = None,
    *,
    by: Annotated[
        By,
        typer.Option(
            "--by",
            help="chain: what a runtime reuses; diff-id: equal content; digest: equal stored "
            "bytes, what a registry keeps once.",
        ),
    ] = By.CHAIN,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    verify: identity.Verify = False,
    form: Annotated[
        Form, typer.Option("--format", help="text for people; json, csv, or dot for Graphviz.")
    ] = Form.TEXT,
    files_from: options.FilesFrom = None,
    null: options.Null = False,
    output: options.Output = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Show which layers images share, and what storing them together saves.

    Bytes of each image alone, of each archive alone, and of all together; what is unique to each.
    Example: layertar sharing *.tar --by digest
    Exit codes: 0 shown, 1 something is damaged, 2 wrong usage, 3 unreadable or no image.
    """
    outputs = () if output is None else (output,)
    inputs = sources(archives, files_from=files_from, null=null, outputs=outputs)
    from layertar.api.sharing import sharing as share  # noqa: PLC0415 - where there is work

    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        found = share(
            *inputs,
            by=by.value,
            image=image,
            platform=platform,
            verify=verify,
            on_progress=on_progress,
        )
    from layertar.report.sharing import write_sharing  # noqa: PLC0415 - as above

    layout = style(output, options.Color.NEVER)
    deliver(
        lambda out: write_sharing(
            found.sharing, out, form=form.value, style=layout, is_measured=verify
        ),
        output,
    )
    identity.conclude(found.report)

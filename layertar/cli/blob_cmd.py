"""`layertar blob`."""

from typing import Annotated

import typer

from layertar.cli import _identity as identity
from layertar.cli import _options as options
from layertar.cli._copy import draft
from layertar.cli._exit import ExitCode, wrong_usage
from layertar.cli._output import complain
from layertar.cli._progress import progress
from layertar.report.escape import escape

__all__ = ["blob"]


def blob(
    archive: identity.Archive,
    digest: Annotated[
        str,
        typer.Argument(
            metavar="DIGEST",
            help="A blob's digest, a layer's diff_id or chain ID, or 7 digits or more of one.",
            show_default=False,
        ),
    ],
    *,
    uncompressed: Annotated[
        bool, typer.Option("--uncompressed", help="What it uncompresses to, such as a layer's tar.")
    ] = False,
    output: identity.OutputBytes = None,
    no_progress: options.NoProgress = False,
) -> None:
    """Write a blob's bytes to standard output or a file, and prove them meanwhile.

    A file is there only if they are proved; what went to standard output has gone.
    Example: layertar blob app.tar sha256:4e3a… --uncompressed | tar t
    Exit codes: 0 proved, 1 damaged or absent, 2 no such blob, 3 unreadable or no image.
    """
    source = identity.one_source(archive, output)
    from layertar.api import blobs  # noqa: PLC0415 - what needs no reading needs nothing of it

    with (
        wrong_usage(),
        progress(wanted=not no_progress and output is not None) as on_progress,
        draft(output) as out,
    ):
        copy = blobs.blob(
            source, digest, write=out.write, uncompressed=uncompressed, on_progress=on_progress
        )
        out.is_kept = copy.fault is None
    if copy.digest is None:
        identity.conclude(copy.report)
    if copy.fault is not None:
        complain(f"{escape(archive)}: {escape(copy.fault)}")
        raise typer.Exit(ExitCode.FINDINGS)

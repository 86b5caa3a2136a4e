"""`layertar attest`."""

from functools import partial
from typing import Annotated

import typer

from layertar.cli import _options as options
from layertar.cli import _pins as pins
from layertar.cli._exit import ExitCode, wrong_usage
from layertar.cli._garbage import imported
from layertar.cli._judged import complain_of
from layertar.cli._output import deliver
from layertar.cli._progress import progress
from layertar.cli._sources import sources

__all__ = ["attest"]


def attest(
    archive: Annotated[
        str,
        typer.Argument(
            metavar="ARCHIVE",
            help="An image archive or unpacked directory; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    resource_uri: Annotated[
        str | None,
        typer.Option("--resource-uri", metavar="URI", show_default=False,
                     help="What the statement calls the archive; by default file: and its name."),
    ] = None,
    time_verified: Annotated[
        str | None,
        typer.Option("--time-verified", metavar="TIME", show_default=False,
                     help="When, as RFC 3339 writes it; by default no time is stated."),
    ] = None,
    archive_digest: pins.ArchiveDigest = False,
    output: options.Output = None,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> None:  # fmt: skip
    """Verify an archive and state the result as an unsigned in-toto Statement.

    Its subjects are the digests measured, its predicate a verification summary; sign it yourself.
    Exit codes: 0 PASSED is stated, 1 FAILED is, 2 wrong usage, 3 unreadable: nothing is stated.
    """
    inputs = sources([archive], outputs=() if output is None else (output,))
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report.attest import is_passed, write_statement  # noqa: PLC0415 - likewise

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        report = api.attest(*inputs, archive_digest=archive_digest, workers=workers,
                            on_progress=on_progress)  # fmt: skip
    (judged,) = report.archives
    if not judged.views:
        complain_of(report, "nothing is stated")
        raise typer.Exit(ExitCode.UNREADABLE)
    write = partial(write_statement, report, resource_uri=resource_uri, time_verified=time_verified)
    deliver(write, output)
    if not is_passed(judged):
        complain_of(report, "FAILED is stated")
        raise typer.Exit(ExitCode.FINDINGS)

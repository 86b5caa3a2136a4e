"""`layertar checksums`."""

from functools import partial
from typing import Annotated

import typer

from layertar.cli import _options as options
from layertar.cli._exit import exit_code, wrong_usage
from layertar.cli._garbage import imported
from layertar.cli._judged import complain_of
from layertar.cli._output import bytes_as_they_are, complain, deliver
from layertar.cli._progress import progress
from layertar.cli._sources import sources
from layertar.fault import Severity
from layertar.report.escape import escape

__all__ = ["checksums"]


def checksums(
    archive: Annotated[
        str,
        typer.Argument(
            metavar="ARCHIVE",
            help="An image archive or unpacked directory; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    uncompressed: Annotated[
        bool,
        typer.Option("--uncompressed", help="Of each layer, the sha256 of its uncompressed bytes."),
    ] = False,
    output: options.Output = None,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> None:
    """List the files of an archive, measured, as `sha256sum --check` takes it after `tar x`.

    Damage is no reason to leave a line out: exit code 1, and the digests are what the bytes are.
    Exit codes: 0 all is proved, 1 the archive is damaged, 2 wrong usage, 3 unreadable.
    """
    inputs = sources([archive], outputs=() if output is None else (output,))
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it
    from layertar.report.sums import write_sums  # noqa: PLC0415 - likewise

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        report = api.checksums(*inputs, workers=workers, on_progress=on_progress)
    code = exit_code(report, Severity.ERROR)
    left_out: list[str] = []
    (judged,) = report.archives
    if judged.views:
        write = bytes_as_they_are(partial(write_sums, judged, uncompressed=uncompressed))
        deliver(lambda out: left_out.extend(write(out)), output)
    for name in left_out:
        complain(f"left out, since it leads out of the folder: {escape(name)}")
    if code:
        complain_of(report, "the archive is not what it records")
    raise typer.Exit(code)

"""`layertar verify`."""

from datetime import UTC, datetime

import typer

from layertar.cli import _options as options
from layertar.cli import _pins as pins
from layertar.cli._exit import exit_code, noteworthy, wrong_usage
from layertar.cli._garbage import imported
from layertar.cli._policy import bounds, followed_policy
from layertar.cli._progress import progress
from layertar.cli._report import plan
from layertar.cli._sources import sources

__all__ = ["verify"]


def verify(
    archives: options.Archives = None,
    *,
    expect: options.Expect = None,
    image: options.ImageOption = None,
    platform: options.PlatformOption = None,
    lock: pins.LockFile = None,
    lock_by: pins.LockBy = "file",
    update: pins.Update = False,
    checksums: pins.Checksums = None,
    archive_digest: pins.ArchiveDigest = False,
    fail_on: options.FailOnOption = options.FailOn.ERROR,
    allow_missing: options.AllowMissing = False,
    allow_unverifiable: options.AllowUnverifiable = False,
    severity: options.SeverityOption = None,
    fail_fast: options.FailFast = False,
    max_uncompressed: options.MaxUncompressed = None,
    config: options.ConfigOption = None,
    no_config: options.NoConfig = False,
    now: options.Now = None,
    content: options.Content = False,
    secrets: options.Secrets = False,
    no_layer_content: options.NoLayerContent = False,
    form: options.FormatOption = options.Format.TEXT,
    output: options.Output = None,
    report: options.ReportOption = None,
    summary: options.SummaryOption = None,
    exit_zero: options.ExitZero = False,
    files_from: options.FilesFrom = None,
    null: options.Null = False,
    workers: options.Workers = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    color: options.ColorOption = options.Color.AUTO,
) -> None:
    """Prove every digest that image archives record.

    Reads everything once, hashes it, and compares what is with what is recorded.
    Exit codes: 0 proved, 1 findings, 2 wrong usage, 3 unreadable or no image.
    """
    policy = followed_policy(config, no_config=no_config)
    planned = plan(form, output, color, report, summary)
    inputs = sources(archives, files_from, null=null, outputs=planned.files)
    from layertar import api  # noqa: PLC0415 - what needs no reading needs nothing of it

    imported()
    with wrong_usage(), progress(wanted=not no_progress) as on_progress:
        result = api.verify(
            *inputs,
            expect=pins.expected(expect),
            image=image,
            platform=platform,
            allow_missing=allow_missing,
            allow_unverifiable=allow_unverifiable,
            severities=options.severities(severity or ()),
            pins=pins.pins_of(lock, lock_by, checksums, update=update, digests=archive_digest),
            layer_content=not no_layer_content,
            content=content,
            secrets=secrets,
            fail_fast=fail_fast,
            limits=bounds(policy, max_uncompressed),
            workers=workers,
            on_progress=on_progress,
            on_event=planned.on_event(),
            policy=policy,
            now=now if now is not None or not policy.needs_now else datetime.now(UTC),
        )
    planned.write(result, noteworthy(result, fail_on.severity) if quiet else result, told=True)
    pins.update(result, lock, wanted=update)
    raise typer.Exit(exit_code(result, fail_on.severity, exit_zero=exit_zero))

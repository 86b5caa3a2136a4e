"""The library's verbs: each composes the rooms below and answers with a `Report`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.api.listeners import serialised
from layertar.api.reports import reported
from layertar.api.request import NO_PINS, Pins, Progress, Request
from layertar.digest import Digest
from layertar.errors import ArgumentError, DigestError, PolicyError
from layertar.findings import Ledger, Lowering, unknown_rule
from layertar.image import parse_platform
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import source_name
from layertar.policy.model import NO_POLICY, Policy
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from layertar.fault import Severity
    from layertar.members import Source
    from layertar.report.events import Event
    from layertar.report.model import Report

__all__ = ["NO_PINS", "Pins", "Progress", "attest", "checksums", "inspect", "lock", "verify"]

_USUAL: Mapping[str, Severity | None] = MappingProxyType({})


def verify(
    *sources: Source,
    expect: Sequence[str] = (),
    image: str | None = None,
    platform: str | None = None,
    allow_missing: bool = False,
    allow_unverifiable: bool = False,
    severities: Mapping[str, Severity | None] = _USUAL,
    pins: Pins = NO_PINS,
    layer_content: bool = True,
    content: bool = False,
    secrets: bool = False,
    fail_fast: bool = False,
    limits: Limits | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
    policy: Policy = NO_POLICY,
    now: datetime | None = None,
) -> Report:
    """Measure every blob of each archive and compare with what is recorded.

    Args:
        sources: paths of archives or layout directories, or binary streams, each read once.
        expect: digests that must be an image's; `sha256:...` or `NAME@sha256:...`.
        image: judge only the image of this name or digest.
        platform: judge only the image of this platform, `OS/ARCH[/VARIANT]`.
        allow_missing: findings about absent content are notes; verdicts stay.
        allow_unverifiable: findings about what could not be checked are notes; verdicts stay.
        severities: by rule, before the two above; `None` leaves it out; verdicts stay.
        pins: hold the archives against a lock or a list of checksums, too.
        layer_content: look for what layers' entries are called and lead to, in the same reading.
        content: note devices, set-user-ID bits and capabilities of layers' files.
        secrets: look for what looks like a secret in files, environments, labels and histories.
        fail_fast: leave off at the first error, with this source and with those behind it.
        limits: the bounds; `None` for those of `policy`, or the usual ones.
        workers: blobs measured at a time; `None` for one a usable core.
        on_progress: called every few MiB, from any thread, one call at a time.
        on_event: called with each of `report.events` as it happens, one call at a time.
        policy: what is required and ignored, behind the above; verdicts stay.
        now: the instant, with a time zone, of ages and days in `policy`.

    Returns:
        The report, archives in the order given; what cannot be read is `UNREADABLE` in it.

    Raises:
        SelectionError: no image, or several, fit `image` and `platform`.
        ArgumentError: `platform`, `workers` or `pins` is wrong, or `now` is needed for `policy`.
        DigestError, PolicyError: `expect` or `policy` is wrong; all three are `ValueError`s.
    """
    _check(workers, severities)
    request = Request(
        command="verify",
        expected=tuple((text, _expected_digest(text)) for text in expect),
        image=image,
        platform=parse_platform(platform) if platform is not None else None,
        lowering=Lowering(allow_missing, allow_unverifiable, severities),
        layer_content=layer_content,
        content=content,
        secrets=secrets,
        fail_fast=fail_fast,
        limits=limits or policy.bounds(DEFAULT_LIMITS),
        workers=workers,
        on_progress=on_progress,
        on_event=serialised(on_event),
        digests=pins != NO_PINS,
    )
    return reported(_following(request, policy, now), sources, pins)


def lock(
    *sources: Source,
    allow_missing: bool = False,
    allow_unverifiable: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Verify archives and take the sha256 of their files: what `report.lock_v1` writes down.

    Arguments and errors are those of `verify`.

    Raises:
        ArgumentError: one name is given twice, or as `verify`.
    """
    names = [source_name(source) for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"{name} is given twice: a lock has each name once")
    return verify(
        *sources,
        pins=Pins(archive_digest=True),
        allow_missing=allow_missing,
        allow_unverifiable=allow_unverifiable,
        limits=limits,
        workers=workers,
        on_progress=on_progress,
    )


def checksums(
    source: Source,
    *,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Verify an archive and keep the digests of all its files: what `report.sums` writes down.

    Arguments and errors are those of `verify`.
    """
    _check(workers, ())
    request = Request(
        command="verify", files=True, limits=limits, workers=workers, on_progress=on_progress
    )
    return reported(request, (source,))


def attest(
    source: Source,
    *,
    archive_digest: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Verify an archive: what `report.attest` states.

    Arguments and errors are those of `verify`; with `archive_digest` the file is a subject, too.
    """
    pins = Pins(archive_digest=archive_digest)
    return verify(source, pins=pins, limits=limits, workers=workers, on_progress=on_progress)


def inspect(
    *sources: Source,
    image: str | None = None,
    platform: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Read what each archive records, without measuring layers.

    Of a plain tar or a directory only headers and documents are read. Arguments and errors are
    those of `verify`.

    Returns:
        The report; digests of layers in it are recorded only, those of documents measured.

    Raises:
        SelectionError: no image, or several, fit `image` and `platform`.
        ArgumentError: `platform` is malformed.
    """
    request = Request(
        command="inspect",
        image=image,
        platform=parse_platform(platform) if platform is not None else None,
        limits=limits,
        on_progress=on_progress,
    )
    return reported(request, sources)


def _check(workers: int | None, severities: Iterable[str]) -> None:
    if workers is not None and workers < 1:
        raise ArgumentError(f"{workers} workers measure nothing")
    for name in severities:
        if (mistake := unknown_rule(name)) is not None:
            raise ArgumentError(mistake)


def _check_policy(policy: Policy, now: datetime | None) -> None:
    named = [(f"severity.{name}", name) for name in policy.severities]
    named += [(f"ignore[{place}].rule", each.rule) for place, each in enumerate(policy.ignored)]
    for key, name in named:
        if (mistake := unknown_rule(name)) is not None:
            raise PolicyError(policy.source, key, mistake)
    if now is None and policy.needs_now:
        raise ArgumentError("the policy has days or ages, and nobody says which day it is (now)")
    if now is not None and now.tzinfo is None:
        raise ArgumentError(f"{now} has no time zone")


def _following(request: Request, policy: Policy, now: datetime | None) -> Request:
    """Return the request with what a policy asks for, behind what the caller does."""
    _check_policy(policy, now)
    severities = {**policy.severities, **request.lowering.severities}
    return replace(
        request,
        lowering=request.lowering._replace(severities=severities),
        content=request.content or "content" in policy.look_for,
        secrets=request.secrets or "secrets" in policy.look_for,
        policy=policy,
        now=now,
        ledger=Ledger(policy.ignored, None if now is None else _day(now), severities),
    )


def _day(now: datetime) -> date:
    # Only who gives an instant needs it.
    from datetime import UTC  # noqa: PLC0415

    return now.astimezone(UTC).date()


def _expected_digest(text: str) -> Digest:
    digest = Digest.parse(text.rpartition("@")[2])
    if not digest.is_supported:
        raise DigestError(text, f"{digest.algorithm} cannot be computed here")
    return digest

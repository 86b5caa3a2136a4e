"""Case: an archive in which a rule fires, and the closest lawful one in which it does not."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from layertar import REPORTERS, Limits, Policy, Report, Severity, Verdict, parse_policy, verify
from layertar.api import NO_PINS, Pins
from layertar.limits import DEFAULT_LIMITS
from layertar.policy.model import NO_POLICY
from layertar.report.register import TextStyle
from tests.builders import Built

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from layertar import ArchiveReport, Finding
    from layertar.findings import Effect

__all__ = [
    "NOW",
    "Case",
    "check_fires",
    "check_near_miss",
    "errors_of",
    "examined",
    "told",
    "with_ids",
]

Archive = Built | bytes

#: The instant at which policies are judged.
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way in which one rule fires.

    Attributes:
        rule: its name.
        severity: the finding's, exactly.
        effect: likewise.
        fires: the archive.
        near: the closest lawful archive: no error, and this rule is silent.
        also: other rules whose findings are errors in `fires`.
        limits: the bounds for both.
        expect: digests that `fires` is expected to hold.
        near_expect: likewise for `near`.
        near_limits: other bounds for `near`.
        is_unpacked: whether the archive means the same unpacked to a directory.
        fail_fast: whether both are left at the first error.
        policy: the policy for both, in TOML, judged at `NOW`.
        near_policy: another policy for `near`.
        pins: what `fires` is held against.
        near_pins: likewise for `near`.
        content: whether devices, and files that grant rights, are told of both.
        secrets: whether secrets are.
    """

    rule: str
    severity: Severity
    effect: Effect
    fires: Archive
    near: Archive
    also: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    expect: tuple[str, ...] = ()
    near_expect: tuple[str, ...] = ()
    near_limits: Limits | None = None
    is_unpacked: bool = True
    fail_fast: bool = False
    policy: str = ""
    near_policy: str | None = None
    pins: Pins = NO_PINS
    near_pins: Pins = NO_PINS
    content: bool = False
    secrets: bool = False


def with_ids(cases: Iterable[Case]) -> list[Any]:
    """Make the cases parameters, each called by its rule; a rule may have several."""
    counts: dict[str, int] = {}
    found = []
    for case in cases:
        counts[case.rule] = counts.get(case.rule, 0) + 1
        found.append(pytest.param(case, id=f"{case.rule}-{counts[case.rule]}"))
    return found


def policy_of(text: str) -> Policy:
    """The policy that this TOML says."""
    return parse_policy(text.encode(), "layertar.toml") if text else NO_POLICY


def bytes_of(archive: Archive) -> bytes:
    return archive if isinstance(archive, bytes) else archive.tar()


def told(report: ArchiveReport, rule: str) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in report.findings if finding.rule.name == rule]


def errors_of(report: ArchiveReport) -> list[str]:
    """The rules of all findings that are errors, sorted."""
    errors = (each for each in report.findings if each.severity is Severity.ERROR)
    return sorted(finding.rule.name for finding in errors)


def facts(report: ArchiveReport, *, offsets: bool = True) -> dict[str, Any]:
    """What must not depend on how an archive comes: everything but its own name and size."""
    whole = Report(command="verify", tool_version="0", verdict=report.verdict, archives=(report,))
    out = io.StringIO()
    REPORTERS["json"](TextStyle()).write(whole, out)
    document: dict[str, Any] = json.loads(out.getvalue())["archives"][0]
    del document["archive"]
    del document["summary"]["bytes_read"]
    if not offsets:
        document = {"images": document["images"], "verdict": document["verdict"]}
    return document


def examined(
    archive: Archive,
    path: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    expect: tuple[str, ...] = (),
    is_unpacked: bool = False,
    **options: Any,
) -> ArchiveReport:
    """Examine as a file, and hold the pipe and the directory against it."""
    data = bytes_of(archive)
    file = path / "archive.tar"
    file.write_bytes(data)
    report = verify(file, limits=limits, expect=expect, **options).archives[0]
    piped = verify(io.BytesIO(data), limits=limits, expect=expect, **options).archives[0]
    assert facts(piped) == facts(report)
    if is_unpacked and isinstance(archive, Built):
        directory = archive.directory(path / "unpacked")
        found = verify(directory, limits=limits, expect=expect, **options).archives[0]
        assert facts(found, offsets=False) == facts(report, offsets=False)
        assert errors_of(found) == errors_of(report)
        assert {each.rule.name for each in found.findings} == {
            each.rule.name for each in report.findings
        }
    return report


def check_fires(case: Case, path: Path) -> None:
    """The rule fires with its severity and effect, and nothing else is an error."""
    report = examined(
        case.fires,
        path,
        limits=case.limits,
        expect=case.expect,
        is_unpacked=case.is_unpacked,
        fail_fast=case.fail_fast,
        policy=policy_of(case.policy),
        now=NOW,
        pins=case.pins,
        content=case.content,
        secrets=case.secrets,
    )
    found = told(report, case.rule)
    assert found, [each.rule.name for each in report.findings]
    assert {(each.severity, each.effect) for each in found} == {(case.severity, case.effect)}
    own = [case.rule] * len(found) if case.severity is Severity.ERROR else []
    assert errors_of(report) == sorted([*own, *case.also])
    for finding in found:
        assert finding.message
        assert not finding.message.endswith(".")


def check_near_miss(case: Case, path: Path) -> None:
    """The closest lawful archive is clean of errors, and the rule is silent."""
    report = examined(
        case.near,
        path,
        limits=case.near_limits or case.limits,
        expect=case.near_expect,
        is_unpacked=case.is_unpacked,
        fail_fast=case.fail_fast,
        policy=policy_of(case.policy if case.near_policy is None else case.near_policy),
        now=NOW,
        pins=case.near_pins,
        content=case.content,
        secrets=case.secrets,
    )
    assert told(report, case.rule) == []
    assert errors_of(report) == []
    assert report.verdict is Verdict.VERIFIED

"""Policies: verdicts stay, what is ignored is kept with its reason, the caller goes before."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import ArgumentError, Limits, PolicyError, Severity, Verdict, verify
from layertar.policy.model import FORBIDDEN, NO_POLICY
from tests.builders import Built, blob_name, sha256
from tests.findings import cases_blobs, cases_layers, cases_policy, cases_views
from tests.findings.cases import NOW, bytes_of, errors_of, policy_of, told
from tests.findings.shapes import APP, HELLO, TOOL, config_of, image_of_config, oci

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar import ArchiveReport, Policy, Report

STRICT = policy_of(
    f"forbid = {sorted(FORBIDDEN)}\nrequire-views-agree = true\n"
    '[require]\nlabels = ["a"]\nannotations = ["b"]\n'
    "[allow]\nmedia-types = []\nplatforms = []\ncompressions = []\n"
    '[budget]\nmax-size = 0\nmax-layer-size = 0\nmax-layers = 0\nmax-created-age = "0d"'
)
ARCHIVES = [
    archive
    for case in (*cases_blobs.CASES, *cases_layers.CASES, *cases_policy.CASES, *cases_views.CASES)
    for archive in (case.fires, case.near)
]

_KNOWN = '[[ignore]]\nrule = "blob-missing"\nmember = "*"\nreason = "r"\n'
_MANIFEST = sha256(APP.manifest)
_LAYER = APP.layers[0].blob
_BROKEN = oci().replace(blob_name(_LAYER), TOOL)


def judged(
    *archives: Built | bytes,
    policy: Policy,
    severities: Mapping[str, Severity | None] | None = None,
    now: datetime = NOW,
) -> Report:
    streams = (io.BytesIO(bytes_of(each)) for each in archives)
    return verify(*streams, policy=policy, now=now, severities=severities or {})


def ignoring(**entry: str) -> Policy:
    lines = (f'{key} = "{value}"' for key, value in ({"reason": "known"} | entry).items())
    return policy_of("\n".join(["[[ignore]]", *lines]))


def verdicts(report: ArchiveReport) -> list[Verdict]:
    return [
        report.verdict,
        *(image.verdict for image in report.images),
        *(layer.verdict for image in report.images for layer in image.layers),
        *(artifact.verdict for artifact in report.artifacts),
    ]


@given(st.sampled_from(ARCHIVES), st.data())
def test_no_verdict_changes_by_a_policy(archive: Built | bytes, data: st.DataObject) -> None:
    (plain,) = verify(io.BytesIO(bytes_of(archive))).archives
    names = sorted({finding.rule.name for finding in plain.findings})
    ignored = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    entries = "".join(
        f'[[ignore]]\nrule = "{name}"\nmember = "*"\nreason = "r"\n' for name in ignored
    )
    for policy in (STRICT, policy_of(entries)):
        (strict,) = judged(archive, policy=policy).archives
        assert verdicts(strict) == verdicts(plain)
    # What is ignored is out of the findings, and nothing of it is lost.
    both = [*strict.findings, *(each.finding for each in strict.ignored)]
    assert {finding for finding in both if not finding.rule.name.startswith("policy-")} == set(
        plain.findings
    )
    assert {each.finding.rule.name for each in strict.ignored} <= set(ignored)


def test_what_a_policy_requires_is_broken_by_what_could_not_be_measured() -> None:
    (report,) = judged(oci().remove(blob_name(_LAYER)), policy=STRICT).archives
    for rule in ("policy-max-size", "policy-max-layer-size", "policy-compression"):
        assert told(report, rule), rule


def test_a_layer_that_is_missing_is_within_no_budget() -> None:
    policy = policy_of('[budget]\nmax-size = "1TiB"\nmax-layer-size = "1TiB"')
    (whole,) = judged(oci(), policy=policy).archives
    assert errors_of(whole) == []
    (report,) = judged(oci().remove(blob_name(_LAYER)), policy=policy).archives
    assert {"policy-max-size", "policy-max-layer-size"} < set(errors_of(report))


@pytest.mark.parametrize(
    "entry",
    [
        {"digest": _MANIFEST},
        {"digest": sha256(APP.config)},
        {"digest": sha256(TOOL)},
        {"member": blob_name(_LAYER)},
        {"member": "blobs/*"},
        {"member": "blobs/*", "digest": sha256(TOOL)},
    ],
)
def test_a_finding_is_ignored_by_its_image_its_bytes_or_its_member(entry: dict[str, str]) -> None:
    (before,) = judged(_BROKEN, policy=policy_of("")).archives
    (rule,) = errors_of(before)
    (report,) = judged(_BROKEN, policy=ignoring(rule=rule, **entry)).archives
    assert errors_of(report) == []
    assert report.verdict is Verdict.FAILED
    (ignored,) = report.ignored
    assert ignored.finding in before.findings
    assert (ignored.reason, ignored.until) == ("known", None)
    assert (report.summary.errors, before.summary.errors) == (0, 1)


@pytest.mark.parametrize(
    "entry",
    [
        {"digest": sha256(b"another")},
        {"digest": sha256(_LAYER)},  # What is recorded, and not what is here.
        {"digest": sha256(HELLO)},
        {"member": "index.json"},
        {"member": "blobs"},
        {"member": "blobs/*", "digest": sha256(_LAYER)},
        {"member": "index.json", "digest": sha256(TOOL)},
    ],
)
def test_a_finding_about_anything_else_counts(entry: dict[str, str]) -> None:
    (rule,) = errors_of(judged(_BROKEN, policy=policy_of("")).archives[0])
    (report,) = judged(_BROKEN, policy=ignoring(rule=rule, **entry)).archives
    assert errors_of(report) == [rule]
    assert report.ignored == ()
    assert len(told(report, "policy-ignore-unused")) == 1


def test_what_is_missing_is_ignored_by_the_digest_that_is_recorded() -> None:
    missing = oci().remove(blob_name(_LAYER))
    policy = ignoring(rule="blob-missing", digest=sha256(_LAYER))
    (report,) = judged(missing, policy=policy).archives
    assert errors_of(report) == []
    assert report.verdict is Verdict.INCOMPLETE
    assert len(report.ignored) == 1


def test_an_entry_that_is_of_use_in_one_archive_of_several_is_not_told() -> None:
    (rule,) = errors_of(judged(_BROKEN, policy=policy_of("")).archives[0])
    policy = ignoring(rule=rule, member="blobs/*")
    for archives in ((_BROKEN, oci()), (oci(), _BROKEN)):
        assert not any(
            told(each, "policy-ignore-unused") for each in judged(*archives, policy=policy).archives
        )
    first, last = judged(oci(), oci(), policy=policy).archives
    assert told(first, "policy-ignore-unused") == []
    assert len(told(last, "policy-ignore-unused")) == 1
    assert last.summary.notes == len(last.findings)


def test_of_an_entry_that_may_be_of_use_in_what_cannot_be_read_nothing_is_said() -> None:
    policy = ignoring(rule="blob-missing", member="blobs/*")
    _, last = judged(b"no archive", oci(), policy=policy).archives
    assert told(last, "policy-ignore-unused") == []


def test_what_cannot_be_read_is_not_ignored() -> None:
    policy = ignoring(rule="input-not-an-archive", member="*")
    (report,) = judged(b"no archive", policy=policy).archives
    assert report.verdict is Verdict.UNREADABLE
    assert errors_of(report) == ["input-not-an-archive"]


@pytest.mark.parametrize(("hours", "is_valid"), [(23, True), (25, False)])
def test_a_day_ends_at_midnight_utc_in_whatever_zone_now_is(hours: int, is_valid: bool) -> None:  # noqa: FBT001 - a parameter
    entry = f'[[ignore]]\nrule = "policy-user-root"\ndigest = "{_MANIFEST}"\nreason = "r"'
    policy = policy_of(f'forbid = ["user-root"]\n{entry}\nuntil = 2026-12-01')
    midnight = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hours)
    now = midnight.astimezone(timezone(timedelta(hours=-8)))
    (report,) = judged(oci(), policy=policy, now=now).archives
    assert bool(report.ignored) == is_valid
    assert bool(told(report, "policy-ignore-expired")) == (not is_valid)


def test_the_caller_goes_before_the_policy() -> None:
    policy = policy_of('forbid = ["user-root"]\n[severity]\npolicy-user-root = "note"')
    (report,) = judged(oci(), policy=policy).archives
    assert {each.severity for each in told(report, "policy-user-root")} == {Severity.NOTE}
    chosen = {"policy-user-root": Severity.WARNING}
    (report,) = judged(oci(), policy=policy, severities=chosen).archives
    assert {each.severity for each in told(report, "policy-user-root")} == {Severity.WARNING}


def test_a_rule_that_a_policy_leaves_off_is_said_to_be_unchecked() -> None:
    policy = policy_of('[severity]\npolicy-ignore-unused = "off"\n')
    usual = set(judged(oci(), policy=NO_POLICY).unchecked)
    assert set(judged(oci(), policy=policy).unchecked) - usual == {"policy-ignore-unused"}


def test_what_a_policy_looks_for_is_found() -> None:
    built = image_of_config(config_of(HELLO, config={"Env": ["API_KEY=abc"]}))
    assert told(judged(built, policy=NO_POLICY).archives[0], "config-secret") == []
    policy = policy_of('look-for = ["secrets"]\n[severity]\nconfig-secret = "error"')
    report = judged(built, policy=policy)
    assert errors_of(report.archives[0]) == ["config-secret"]
    assert report.unchecked == ("layer-capability", "layer-device-node", "layer-setuid")
    both = policy_of('look-for = ["content", "secrets"]')
    assert judged(built, policy=both).unchecked == ()


def test_what_is_found_about_images_that_are_not_selected_is_a_note() -> None:
    other = replace(APP, layers=(replace(APP.layers[0], tar=TOOL),), names=("tool:1",))
    archive = io.BytesIO(oci(APP, other).tar())
    policy = policy_of('forbid = ["user-root"]')
    (report,) = verify(archive, image="tool:1", policy=policy).archives
    found = {each.location.image: each.severity for each in told(report, "policy-user-root")}
    assert found == {_MANIFEST: Severity.NOTE, sha256(other.manifest): Severity.ERROR}


@pytest.mark.parametrize("key", ["severity.blob-mising", "ignore[1].rule"])
def test_a_rule_that_does_not_exist_is_refused_with_the_nearest(key: str) -> None:
    entry = '[[ignore]]\nrule = "{}"\nmember = "*"\nreason = "r"\n'
    text = {
        "severity.blob-mising": '[severity]\nblob-mising = "note"',
        "ignore[1].rule": entry.format("blob-missing") + entry.format("blob-mising"),
    }[key]
    with pytest.raises(PolicyError, match="blob-missing") as caught:
        judged(oci(), policy=policy_of(text))
    assert caught.value.key == key


DAYS = ['[budget]\nmax-created-age = "1d"', f"{_KNOWN}until = 2026-12-01"]


@pytest.mark.parametrize("text", DAYS)
def test_a_policy_with_days_needs_to_know_which_it_is(text: str) -> None:
    with pytest.raises(ArgumentError, match="which day"):
        verify(io.BytesIO(oci().tar()), policy=policy_of(text))
    with pytest.raises(ArgumentError, match="no time zone"):
        judged(oci(), policy=policy_of(text), now=datetime(2026, 12, 1))  # noqa: DTZ001 - wrong


def test_limits_of_a_policy_hold_unless_the_caller_has_others() -> None:
    policy = policy_of("[limits]\nmembers = 1")
    (report,) = judged(oci(), policy=policy).archives
    assert report.verdict is not Verdict.VERIFIED
    (report,) = verify(io.BytesIO(oci().tar()), policy=policy, limits=Limits()).archives
    assert report.verdict is Verdict.VERIFIED

"""JUnit XML: a suite an archive and a suite an image, a case a rule.

The elements and attributes are those that Jenkins, GitLab and Ant's own report agree on. A case
fails where its rule found an error; warnings and notes are told in a case that passes. A rule
that found nothing passes only where everything could be checked; elsewhere it is skipped, since
that nothing was found says nothing. So is one that only tells what follows from another, and one
whose findings a policy ignores. Rules of policies are there where they found something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from layertar.fault import Severity
from layertar.findings.register import RULES
from layertar.image.model import Verdict
from layertar.report.escape import escape
from layertar.report.identity import place
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from layertar.findings.model import Finding
    from layertar.image.model import Image
    from layertar.report.model import ArchiveReport, Report

__all__ = ["JunitReporter"]

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


_POLICY = "policy-"


class _Suite(NamedTuple):
    """What one suite is made of.

    Attributes:
        name: the archive's, and the image's.
        findings: by rule.
        unchecked: why a rule without findings did not pass, by rule; `None` is for all others.
        is_unreadable: whether errors are those of the reading.
    """

    name: str
    findings: Mapping[str, Sequence[Finding]]
    unchecked: Mapping[str | None, str]
    is_unreadable: bool


class _Case(NamedTuple):
    """One case: its outcome (`failure`, `error`, `skipped` or nothing) and its lines."""

    outcome: str | None
    lines: tuple[str, ...]


class JunitReporter:
    """Every rule's outcome, on each archive and each image."""

    name: ClassVar[str] = "junit"
    media_type: ClassVar[str] = "application/xml"

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, a suite at a time."""
        counts = [0, 0, 0, 0]
        for suite in _suites(report):
            for place_, number in enumerate(_counts(suite)):
                counts[place_] += number
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(f'<testsuites name="layertar"{_numbers(counts)}>\n')
        for suite in _suites(report):
            out.writelines(f"{line}\n" for line in _suite_lines(suite))
        out.write("</testsuites>\n")


def _suites(report: Report) -> Iterator[_Suite]:
    for archive in report.archives:
        whole = _reason(report, archive.verdict, complete=all(map(_is_measured, archive.images)))
        own = [finding for finding in archive.findings if finding.location.image is None]
        keys = {key for image in archive.images for key in _keys(image)}
        # What is found about an image that is only listed has no suite of its own.
        own += [
            finding
            for finding in archive.findings
            if finding.location.image is not None and finding.location.image not in keys
        ]
        is_unreadable = archive.verdict is Verdict.UNREADABLE
        unchecked = _unchecked(report, archive, whole)
        yield _Suite(escape(archive.name), _by_rule(own), unchecked, is_unreadable)
        for image in archive.images:
            known = _keys(image)
            mine = [one for one in archive.findings if one.location.image in known]
            reason = _reason(report, image.verdict, complete=_is_measured(image))
            name = f"{archive.name}: {image.names[0] if image.names else _title(image)}"
            unchecked = _unchecked(report, archive, reason)
            yield _Suite(escape(name), _by_rule(mine), unchecked, False)


def _keys(image: Image) -> set[str]:
    said = image.recorded
    digests = (image.manifest_digest, said.manifest_digest, image.image_id, said.image_id)
    return {str(digest) for digest in digests if digest is not None}


def _title(image: Image) -> str:
    digest = image.manifest_digest or image.image_id or image.recorded.manifest_digest
    return str(digest or image.recorded.image_id or "an image")


def _by_rule(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule.name, []).append(finding)
    return found


def _is_measured(image: Image) -> bool:
    config = image.config is None or image.config.digest is not None
    layers = (None not in (layer.digest, layer.diff_id) for layer in image.layers)
    return config and all(layers)


def _reason(report: Report, verdict: Verdict, *, complete: bool) -> str | None:
    """Say why that nothing was found proves nothing; `None` where it does."""
    if report.command != "verify":
        return f"{report.command} proves nothing"
    if verdict is Verdict.VERIFIED or (verdict is Verdict.FAILED and complete):
        return None
    return f"not everything could be checked: the verdict is {verdict.value}"


def _unchecked(report: Report, archive: ArchiveReport, reason: str | None) -> dict[str | None, str]:
    left_out: dict[str | None, str] = dict.fromkeys(
        report.unchecked, "left out: nobody asked, or somebody asked not to"
    )
    for each in archive.ignored:
        left_out[each.finding.rule.name] = f"ignored: {escape(each.reason)}"
    return left_out if reason is None else {**left_out, None: reason}


def _cases(suite: _Suite) -> Iterator[tuple[str, _Case]]:
    follow = {
        related.rule: escape(name)
        for name, findings in suite.findings.items()
        for finding in findings
        for related in finding.related
    }
    # Nobody but a policy asks for what its rules tell.
    asked = {name for name in RULES if not name.startswith(_POLICY)}
    for name in sorted(asked | suite.findings.keys() | {name for name in suite.unchecked if name}):
        found = suite.findings.get(name, ())
        lines = tuple(line for finding in found for line in _finding_lines(finding))
        reason = suite.unchecked.get(name, suite.unchecked.get(None))
        if any(finding.severity is Severity.ERROR for finding in found):
            yield name, _Case("error" if suite.is_unreadable else "failure", lines)
        elif not found and name in follow:
            yield name, _Case("skipped", (f"told under {follow[name]}",))
        elif not found and reason is not None:
            yield name, _Case("skipped", (reason,))
        else:
            yield name, _Case(None, lines)


def _finding_lines(finding: Finding) -> Iterator[str]:
    where = place(finding.location)
    yield f"{finding.severity.label}: {escape(finding.message)}{f' (at {where})' if where else ''}"
    for related in finding.related:
        yield f"  - {escape(related.rule)}: {escape(related.message)}"


def _counts(suite: _Suite) -> list[int]:
    outcomes = [case.outcome for _, case in _cases(suite)]
    return [len(outcomes), *(outcomes.count(each) for each in ("failure", "error", "skipped"))]


def _numbers(counts: Sequence[int]) -> str:
    names = ("tests", "failures", "errors", "skipped")
    return "".join(f' {name}="{count}"' for name, count in zip(names, counts, strict=True))


def _suite_lines(suite: _Suite) -> Iterator[str]:
    yield f'  <testsuite name="{_xml(suite.name)}"{_numbers(_counts(suite))}>'
    for rule, case in _cases(suite):
        opening = f'<testcase classname="{_xml(suite.name)}" name="{_xml(escape(rule))}"'
        if case.outcome is None and not case.lines:
            yield f"    {opening}/>"
            continue
        yield f"    {opening}>"
        first = _xml(case.lines[0])
        text = _xml("\n".join(case.lines))
        if case.outcome is None:
            yield f"      <system-out>{text}</system-out>"
        elif case.outcome == "skipped":
            yield f'      <skipped message="{first}"/>'
        else:
            kind = f'message="{first}" type="{_xml(escape(rule))}"'
            yield f"      <{case.outcome} {kind}>{text}</{case.outcome}>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _xml(text: str) -> str:
    """Escape for content and attributes; `text` is printable but for line breaks."""
    return "".join(_ENTITIES.get(char, char) for char in text)

"""SARIF 2.1.0: findings as results, for code scanning.

The archive is the artifact that a result lies in, since platforms show only files that they have;
the member is an artifact nested in it (OASIS SARIF 2.1.0, 3.24.3) and a related location. All
rules of the register are there, with their help. URIs are relative (3.4.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from layertar.findings.register import RULES
from layertar.image.model import Verdict
from layertar.regex import regex
from layertar.report.escape import encodable, escape
from layertar.report.identity import identified, place, relative_path
from layertar.report.json_v1 import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.findings.model import Rule
    from layertar.report.identity import Identified
    from layertar.report.json_v1 import Value
    from layertar.report.model import Report

__all__ = ["FINGERPRINT", "SarifReporter"]

#: What the fingerprints are called; the number changes with what they are made of.
FINGERPRINT = "layertarFinding/v1"

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# 3.11.5: `{0}` is a placeholder. 3.11.6: `[text](target)` is a link.
_PLACEHOLDER = regex(r"\{(\d+)\}")


class SarifReporter:
    """The report as a log of one run."""

    name: ClassVar[str] = "sarif"
    media_type: ClassVar[str] = "application/sarif+json"

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, result by result."""
        write_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": iter([_run(report)])}, out)


def _run(report: Report) -> Value:
    every = (each.finding.rule for each in identified(report, with_ignored=True))
    found = {rule.name: rule for rule in every}
    # What was found by a rule of a later version has one without words.
    rules = [RULES.get(name) or found[name] for name in sorted(RULES.keys() | found.keys())]
    numbers = {rule.name: number for number, rule in enumerate(rules)}
    artifacts = _Artifacts(report)
    unreadable = any(archive.verdict is Verdict.UNREADABLE for archive in report.archives)
    return {
        "tool": {
            "driver": {
                "name": "layertar",
                "version": report.tool_version,
                "rules": (_rule(rule) for rule in rules),
            }
        },
        "invocations": iter([{"executionSuccessful": not unreadable}]),
        "artifacts": artifacts.values(),
        "results": (
            _result(each, numbers[each.finding.rule.name], artifacts)
            for each in identified(report, with_ignored=True)
        ),
        "columnKind": "unicodeCodePoints",
        "properties": {
            "command": report.command,
            "verdict": report.verdict.value,
            "unchecked": iter(report.unchecked),
        },
    }


class _Artifacts:
    """Archives and the members that something was found in, numbered."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._members: dict[tuple[int, str], int] = {}
        for each in identified(report, with_ignored=True):
            if each.finding.location.member is not None:
                key = (each.number, encodable(each.finding.location.member))
                self._members.setdefault(key, len(report.archives) + len(self._members))

    def values(self) -> Iterator[Value]:
        for archive in self._report.archives:
            properties: Value = {"name": archive.name, "verdict": archive.verdict.value}
            value = {"location": {"uri": _uri(archive.name)}, "properties": properties}
            size: dict[str, Value] = {} if archive.size is None else {"length": archive.size}
            hashes: dict[str, Value] = (
                {}
                if archive.digest is None
                else {"hashes": {archive.digest.algorithm: archive.digest.encoded}}
            )
            yield {**value, **size, **hashes}
        for number, member in self._members:
            yield {"location": {"uri": _uri(member)}, "parentIndex": number}

    def member(self, number: int, member: str) -> int:
        return self._members[number, encodable(member)]


def _rule(rule: Rule) -> Value:
    summary = rule.summary or "A rule that this version of layertar has no words for."
    text = f"{rule.why} {rule.remedy} Source: {rule.reference}." if rule.remedy else summary
    return {
        "id": escape(rule.name),
        "shortDescription": {"text": _message(summary)},
        "fullDescription": {"text": _message(f"{summary} {rule.why}".rstrip())},
        "help": {"text": _message(text)},
        "defaultConfiguration": {"level": rule.severity.label},
        "properties": {"effect": rule.effect.label},
    }


def _result(each: Identified, rule: int, artifacts: _Artifacts) -> Value:
    finding = each.finding
    where = finding.location
    archive: Value = {"uri": _uri(each.archive.name), "index": each.number}
    physical: dict[str, Value] = {"artifactLocation": archive}
    if where.member is None and where.offset is not None:
        physical["region"] = {"byteOffset": where.offset}
    location: dict[str, Value] = {"physicalLocation": physical}
    if told := place(where):
        location["logicalLocations"] = iter([{"fullyQualifiedName": told}])
    result: dict[str, Value] = {
        "ruleId": escape(finding.rule.name),
        "ruleIndex": rule,
        "level": finding.severity.label,
        "message": {"text": _message(escape(finding.message))},
        "locations": iter([location]),
    }
    if related := list(_related(each, artifacts)):
        result["relatedLocations"] = iter(related)
    result["partialFingerprints"] = {FINGERPRINT: each.fingerprint}
    known = {"recorded": finding.recorded, "measured": finding.measured}
    properties: dict[str, Value] = {
        name: escape(value) for name, value in known.items() if value is not None
    }
    if properties:
        result["properties"] = properties
    if each.ignored is not None:
        # 3.35: kept outside of what was analysed, with the reason.
        result["suppressions"] = iter(
            [{"kind": "external", "justification": _message(escape(each.ignored.reason))}]
        )
    return result


def _related(each: Identified, artifacts: _Artifacts) -> Iterator[Value]:
    where = each.finding.location
    if where.member is not None:
        index = artifacts.member(each.number, where.member)
        physical: dict[str, Value] = {
            "artifactLocation": {"uri": _uri(where.member), "index": index}
        }
        if where.offset is not None:
            physical["region"] = {"byteOffset": where.offset}
        yield {"physicalLocation": physical, "message": {"text": "the member of the archive"}}
    for related in each.finding.related:
        value: dict[str, Value] = {
            "message": {"text": _message(f"{escape(related.rule)}: {escape(related.message)}")}
        }
        if told := place(related.location):
            value["logicalLocations"] = iter([{"fullyQualifiedName": told}])
        yield value


def _message(text: str) -> str:
    """Keep text from being taken for a placeholder or a link."""
    text = _PLACEHOLDER.sub(r"{{\1}}", text)
    return text.replace("[", r"\[").replace("]", r"\]") if "](" in text else text


def _uri(name: str) -> str:
    """Make a relative reference; the escapes of what is not printable stand for themselves."""
    return quote(relative_path(name), safe="/~")

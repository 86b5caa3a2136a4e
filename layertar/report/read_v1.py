"""JSON, version 1, read back: a kept result becomes the report that it was written from.

What is written and read again shows the same in every format. Keys that this version does not
know are left out, as additions keep `schema_version`; all others must be there and of their type.
"""

from __future__ import annotations

from layertar.documents import HistoryEntry
from layertar.fault import Severity
from layertar.findings.model import Effect, Finding, Ignored, Location, Related, Rule
from layertar.findings.register import RULES
from layertar.image.model import (
    Artifact,
    ArtifactBlob,
    ConfigBlob,
    Image,
    Layer,
    RecordedBase,
    RecordedConfig,
    RecordedIdentity,
    RecordedLayerFacts,
    Verdict,
)
from layertar.report._cursor import Cursor, result_root
from layertar.report.model import ArchiveReport, Expectation, Report, Summary

__all__ = ["parse_report"]

_COMMANDS = ("verify", "inspect")
_SEVERITIES = {severity.label: severity for severity in Severity}
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


def parse_report(raw: bytes) -> Report:
    """Read what `--format json` wrote.

    Raises:
        ResultError: it is no such document, or one of another `schema_version`; says where.
    """
    document = result_root(raw)
    return Report(
        command=document.get("command").one_of({command: command for command in _COMMANDS}),
        tool_version=document.get("tool").get("version").string(),
        verdict=document.get("verdict").one_of(_VERDICTS),
        archives=tuple(_archive(each) for each in document.get("archives").items()),
        unchecked=document.get("unchecked").strings(),
    )


def _archive(at: Cursor) -> ArchiveReport:
    archive = at.get("archive")
    return ArchiveReport(
        name=archive.get("name").string(),
        size=archive.get("size").optional(Cursor.amount),
        digest=archive.get("digest").optional(Cursor.digest),
        outer_compression=archive.get("outer_compression").strings(),
        views=archive.get("views").strings(),
        verdict=at.get("verdict").one_of(_VERDICTS),
        images=tuple(_image(each) for each in at.get("images").items()),
        artifacts=tuple(_artifact(each) for each in at.get("artifacts").items()),
        findings=tuple(_finding(each) for each in at.get("findings").items()),
        # Results of before there were policies have none.
        ignored=tuple(_ignored(each) for each in at.entries("ignored")),
        expected=tuple(_expectation(each) for each in at.get("expected").items()),
        summary=_summary(at.get("summary")),
    )


def _summary(at: Cursor) -> Summary:
    return Summary(
        errors=at.get("errors").amount(),
        warnings=at.get("warnings").amount(),
        notes=at.get("notes").amount(),
        images=at.get("images").amount(),
        blobs=at.get("blobs").amount(),
        bytes_read=at.get("bytes_read").amount(),
    )


def _expectation(at: Cursor) -> Expectation:
    return Expectation(
        text=at.get("text").string(),
        met_as=at.get("met_as").optional(Cursor.string),
        image=at.get("image").optional(Cursor.string),
    )


def _image(at: Cursor) -> Image:
    recorded = at.get("recorded")
    return Image(
        names=at.get("names").strings(),
        image_id=at.get("image_id").optional(Cursor.digest),
        manifest_digest=at.get("manifest_digest").optional(Cursor.digest),
        index_digest=at.get("index_digest").optional(Cursor.digest),
        platform=at.get("platform").optional(Cursor.platform),
        created=at.get("created").optional(Cursor.string),
        recorded=RecordedIdentity(
            image_id=recorded.get("image_id").optional(Cursor.digest),
            manifest_digest=recorded.get("manifest_digest").optional(Cursor.digest),
            index_digest=recorded.get("index_digest").optional(Cursor.digest),
        ),
        views=at.get("views").strings(),
        verdict=at.get("verdict").one_of(_VERDICTS),
        config=at.get("config").optional(_config),
        layers=tuple(_layer(each) for each in at.get("layers").items()),
        history=_history(at.get("history")),
        base=at.added("base").optional(_base),
    )


def _base(at: Cursor) -> RecordedBase:
    return RecordedBase(
        name=at.get("name").optional(Cursor.string),
        digest=at.get("digest").optional(Cursor.string),
    )


def _history(at: Cursor) -> tuple[HistoryEntry, ...]:
    return tuple(
        HistoryEntry(
            created=each.get("created").optional(Cursor.string),
            created_by=each.get("created_by").optional(Cursor.string),
            comment=each.get("comment").optional(Cursor.string),
            empty_layer=each.get("empty_layer").boolean(),
        )
        for each in at.items()
    )


def _config(at: Cursor) -> ConfigBlob:
    recorded = at.get("recorded")
    return ConfigBlob(
        digest=at.get("digest").optional(Cursor.digest),
        size=at.get("size").optional(Cursor.amount),
        member=at.get("member").optional(Cursor.string),
        recorded=RecordedConfig(
            digest=recorded.get("digest").optional(Cursor.digest),
            size=recorded.get("size").optional(Cursor.integer),
        ),
    )


def _layer(at: Cursor) -> Layer:
    recorded = at.get("recorded")
    return Layer(
        position=at.get("position").amount(),
        digest=at.get("digest").optional(Cursor.digest),
        diff_id=at.get("diff_id").optional(Cursor.digest),
        chain_id=at.get("chain_id").optional(Cursor.digest),
        media_type=at.get("media_type").optional(Cursor.string),
        compression=at.get("compression").optional(Cursor.string),
        size=at.get("size").optional(Cursor.amount),
        uncompressed_size=at.get("uncompressed_size").optional(Cursor.amount),
        member=at.get("member").optional(Cursor.string),
        created_by=at.get("created_by").optional(Cursor.string),
        recorded=RecordedLayerFacts(
            digest=recorded.get("digest").optional(Cursor.digest),
            diff_id=recorded.get("diff_id").optional(Cursor.digest),
            size=recorded.get("size").optional(Cursor.integer),
        ),
        verdict=at.get("verdict").one_of(_VERDICTS),
        member_size=at.get("member_size").optional(Cursor.amount),
        content_size=at.get("content_size").optional(Cursor.amount),
    )


def _artifact(at: Cursor) -> Artifact:
    return Artifact(
        names=at.get("names").strings(),
        digest=at.get("digest").optional(Cursor.digest),
        media_type=at.get("media_type").optional(Cursor.string),
        artifact_type=at.get("artifact_type").optional(Cursor.string),
        subject=at.get("subject").optional(Cursor.digest),
        size=at.get("size").optional(Cursor.amount),
        verdict=at.get("verdict").one_of(_VERDICTS),
        blobs=tuple(_blob(each) for each in at.get("blobs").items()),
    )


def _blob(at: Cursor) -> ArtifactBlob:
    return ArtifactBlob(
        digest=at.get("digest").optional(Cursor.digest),
        media_type=at.get("media_type").optional(Cursor.string),
        size=at.get("size").optional(Cursor.amount),
        member=at.get("member").optional(Cursor.string),
        verdict=at.get("verdict").one_of(_VERDICTS),
    )


def _finding(at: Cursor) -> Finding:
    severity = at.get("severity").one_of(_SEVERITIES)
    name = at.get("rule").string()
    # A later version may have rules that this one has no words for.
    rule = RULES.get(name) or Rule(name, severity, Effect.NONE, "", "", "", "")
    return Finding(
        rule=rule,
        severity=severity,
        effect=rule.effect,
        message=at.get("message").string(),
        location=_location(at.get("location")),
        recorded=at.get("recorded").optional(Cursor.string),
        measured=at.get("measured").optional(Cursor.string),
        related=tuple(_related(each) for each in at.get("related").items()),
    )


def _ignored(at: Cursor) -> Ignored:
    return Ignored(
        finding=_finding(at.get("finding")),
        reason=at.get("reason").string(),
        until=at.get("until").optional(Cursor.day),
    )


def _related(at: Cursor) -> Related:
    return Related(
        rule=at.get("rule").string(),
        message=at.get("message").string(),
        location=_location(at.get("location")),
        recorded=at.get("recorded").optional(Cursor.string),
        measured=at.get("measured").optional(Cursor.string),
    )


def _location(at: Cursor) -> Location:
    return Location(
        member=at.get("member").optional(Cursor.string),
        offset=at.get("offset").optional(Cursor.amount),
        pointer=at.get("pointer").optional(Cursor.string),
        image=at.get("image").optional(Cursor.string),
        layer=at.get("layer").optional(Cursor.amount),
    )

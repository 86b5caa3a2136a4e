r"""JSON, version 1: the contract with programs.

An explicit mapping, field by field, so that a change of our types is no change of the contract.
Additions keep `schema_version`; renames and removals raise it. `schema` describes the result.

Strings: the output is ASCII. A character beyond it is a `\u` escape, as JSON has them, so it
is valid in any locale and harmless on a terminal. A byte of a member's name that is no UTF-8
can be no JSON string at all: it is shown as the four characters `\xNN`, i.e. `"\\xNN"`.

Every array is an iterator until it is written: a manifest may list 100 000 layers.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, ClassVar

from layertar.report.escape import encodable
from layertar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO, TypeAlias

    from layertar.documents import HistoryEntry
    from layertar.findings.model import Finding, Ignored, Location, Related
    from layertar.image.model import Artifact, ArtifactBlob, ConfigBlob, Image, Layer
    from layertar.report.model import ArchiveReport, Expectation, Report, Summary

    Scalar: TypeAlias = bool | int | float | str | None
    Value: TypeAlias = Scalar | Mapping[str, "Value"] | Iterator["Value"]

__all__ = [
    "SCHEMA_VERSION",
    "JsonReporter",
    "finding_value",
    "head_value",
    "ignored_value",
    "one_line",
    "optional_text",
    "summary_value",
    "write_json",
]

SCHEMA_VERSION = 1

_STEP = "  "


class JsonReporter:
    """The report as one JSON document, indented, keys in the contract's order."""

    name: ClassVar[str] = "json"
    media_type: ClassVar[str] = "application/json"

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, in pieces as they are made."""
        write_json(_report(report), out)


def head_value(command: str, version: str = __version__) -> dict[str, Value]:
    """Return what every document begins with: the contract, who wrote it, and by which command."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "layertar", "version": version},
        "command": command,
    }


def optional_text(value: object) -> str | None:
    """Spell a digest, a platform or the like; null where it is not known."""
    return None if value is None else str(value)


def write_json(value: Value, out: TextIO) -> None:
    """Write `value` to `out`, indented, in pieces as they are made."""
    out.writelines(_chunks(value, "\n"))
    out.write("\n")


def one_line(value: Value) -> str:
    """Encode `value` without a line break."""
    return "".join(_chunks(value, None))


def _report(report: Report) -> Value:
    return {
        **head_value(report.command, report.tool_version),
        "verdict": report.verdict.value,
        "unchecked": iter(report.unchecked),
        "archives": (_archive(archive) for archive in report.archives),
    }


def _archive(archive: ArchiveReport) -> Value:
    return {
        "archive": {
            "name": archive.name,
            "size": archive.size,
            "digest": optional_text(archive.digest),
            "outer_compression": iter(archive.outer_compression),
            "views": iter(archive.views),
        },
        "verdict": archive.verdict.value,
        "images": (_image(image) for image in archive.images),
        "artifacts": (_artifact(artifact) for artifact in archive.artifacts),
        "findings": (finding_value(finding) for finding in archive.findings),
        "ignored": (ignored_value(ignored) for ignored in archive.ignored),
        "expected": (_expectation(expectation) for expectation in archive.expected),
        "summary": summary_value(archive.summary),
    }


def _expectation(expectation: Expectation) -> Value:
    return {
        "text": expectation.text,
        "met_as": expectation.met_as,
        "image": expectation.image,
    }


def summary_value(summary: Summary) -> Value:
    """Map the counts of one archive."""
    return {
        "errors": summary.errors,
        "warnings": summary.warnings,
        "notes": summary.notes,
        "images": summary.images,
        "blobs": summary.blobs,
        "bytes_read": summary.bytes_read,
    }


def _image(image: Image) -> Value:
    return {
        "names": iter(image.names),
        "image_id": optional_text(image.image_id),
        "manifest_digest": optional_text(image.manifest_digest),
        "index_digest": optional_text(image.index_digest),
        "platform": None if image.platform is None else str(image.platform),
        "created": image.created,
        "recorded": {
            "image_id": optional_text(image.recorded.image_id),
            "manifest_digest": optional_text(image.recorded.manifest_digest),
            "index_digest": optional_text(image.recorded.index_digest),
        },
        "views": iter(image.views),
        "verdict": image.verdict.value,
        "config": None if image.config is None else _config(image.config),
        "layers": (_layer(layer) for layer in image.layers),
        "history": (_step(entry) for entry in image.history),
        "base": None
        if image.base is None
        else {"name": image.base.name, "digest": image.base.digest},
    }


def _step(entry: HistoryEntry) -> Value:
    return {
        "created": entry.created,
        "created_by": entry.created_by,
        "comment": entry.comment,
        "empty_layer": entry.empty_layer,
    }


def _config(config: ConfigBlob) -> Value:
    return {
        "digest": optional_text(config.digest),
        "size": config.size,
        "member": config.member,
        "recorded": {
            "digest": optional_text(config.recorded.digest),
            "size": config.recorded.size,
        },
    }


def _layer(layer: Layer) -> Value:
    return {
        "position": layer.position,
        "digest": optional_text(layer.digest),
        "diff_id": optional_text(layer.diff_id),
        "chain_id": optional_text(layer.chain_id),
        "media_type": layer.media_type,
        "compression": layer.compression,
        "size": layer.size,
        "uncompressed_size": layer.uncompressed_size,
        "member": layer.member,
        "created_by": layer.created_by,
        "recorded": {
            "digest": optional_text(layer.recorded.digest),
            "diff_id": optional_text(layer.recorded.diff_id),
            "size": layer.recorded.size,
        },
        "verdict": layer.verdict.value,
        "member_size": layer.member_size,
        "content_size": layer.content_size,
    }


def _artifact(artifact: Artifact) -> Value:
    return {
        "digest": optional_text(artifact.digest),
        "media_type": artifact.media_type,
        "artifact_type": artifact.artifact_type,
        "names": iter(artifact.names),
        "subject": optional_text(artifact.subject),
        "size": artifact.size,
        "verdict": artifact.verdict.value,
        "blobs": (_blob(blob) for blob in artifact.blobs),
    }


def _blob(blob: ArtifactBlob) -> Value:
    return {
        "digest": optional_text(blob.digest),
        "media_type": blob.media_type,
        "size": blob.size,
        "member": blob.member,
        "verdict": blob.verdict.value,
    }


def finding_value(finding: Finding) -> Value:
    """Map one finding."""
    return {
        "rule": finding.rule.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "location": _location(finding.location),
        "recorded": finding.recorded,
        "measured": finding.measured,
        "related": (_related(related) for related in finding.related),
    }


def ignored_value(ignored: Ignored) -> Value:
    """Map one finding that does not count."""
    return {
        "finding": finding_value(ignored.finding),
        "reason": ignored.reason,
        "until": None if ignored.until is None else ignored.until.isoformat(),
    }


def _related(related: Related) -> Value:
    return {
        "rule": related.rule,
        "message": related.message,
        "location": _location(related.location),
        "recorded": related.recorded,
        "measured": related.measured,
    }


def _location(location: Location) -> Value:
    return {
        "member": location.member,
        "offset": location.offset,
        "pointer": location.pointer,
        "image": location.image,
        "layer": location.layer,
    }


def _chunks(value: Value, newline: str | None) -> Iterator[str]:
    """Encode `value`; `newline` is a line break and the indentation of the place it stands at.

    It is `None` where all goes on one line.
    """
    if value is None or isinstance(value, int | float | str):
        yield _scalar(value)
        return
    inner = None if newline is None else newline + _STEP
    start, end, separator = inner or "", newline or "", ""
    comma = ", " if newline is None else ","
    if isinstance(value, dict):
        yield "{"
        for key, item in value.items():
            yield f"{separator}{start}{_key(key)}: "
            yield from _chunks(item, inner)
            separator = comma
        yield end + "}" if separator else "}"
        return
    yield "["
    for item in value:
        yield separator + start
        yield from _chunks(item, inner)
        separator = comma
    yield end + "]" if separator else "]"


def _key(key: str) -> str:
    """Spell a key: one of ours as it is, one of an archive's map as any string."""
    return f'"{key}"' if key.isidentifier() and key.isascii() else _scalar(key)


def _scalar(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    # DEL is the one control character that JSON lets stand.
    return encode_basestring_ascii(encodable(value)).replace("\x7f", "\\u007f")

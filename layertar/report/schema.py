"""The JSON Schema of the JSON output (draft 2020-12).

Every key is required, and nullable where it can be unknown. Unknown keys are allowed, since
additions keep `schema_version`: a program that validates must not fail at the next release.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from layertar.report._schema import (
    COUNT,
    DIGEST,
    SIZE,
    STRING,
    array_of,
    enum_of,
    envelope,
    head_of,
    nullable,
    object_of,
    ref_to,
)
from layertar.report.schema_diff import diff_schema
from layertar.report.schema_files import files_schema, trace_schema, tree_schema
from layertar.report.schema_sharing import sharing_schema
from layertar.report.schema_size import size_schema
from layertar.report.schema_tables import TABLES, table_schema
from layertar.report.schema_waste import waste_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layertar.report._schema import Schema

__all__ = ["COMMANDS", "schema"]

COMMANDS = (
    "verify",
    "inspect",
    "rules",
    "images",
    "layers",
    "history",
    "digest",
    "ls",
    "find",
    "tree",
    "which",
    "diff",
    "sharing",
    "size",
    "waste",
)

# Commands whose documents are described elsewhere.
_OWN: Mapping[str, Callable[[], Schema]] = {
    "ls": partial(files_schema, "ls"),
    "find": partial(files_schema, "find"),
    "diff": diff_schema,
    "sharing": sharing_schema,
    "size": size_schema,
    "tree": tree_schema,
    "which": trace_schema,
    "waste": waste_schema,
}
_VIEWS = (
    "oci", "docker", "docker-v1", "dir", "registry", "imgpkg", "ocm", "rules-docker", "sparse",
)  # fmt: skip
_OUTER_COMPRESSIONS = ("gzip", "zstd", "xz", "bzip2", "lzma", "lz4")
_COMPRESSIONS = ("none", *_OUTER_COMPRESSIONS)
_SEVERITIES = ("error", "warning", "note")
_EFFECTS = ("failed", "incomplete", "unverifiable", "none")
_RULE: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_RECORDED_SIZE: Schema = {"type": "integer", "description": "in bytes, whatever is recorded"}


def schema(command: str) -> Schema:
    """Describe what `command` prints with `--format json`.

    Args:
        command: one of `COMMANDS`.

    Raises:
        ValueError: there is no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command {command!r} with a schema; there are {', '.join(COMMANDS)}")
    if command in TABLES:
        return table_schema(command)
    if command in _OWN:
        return _OWN[command]()
    return {**head_of(command), **(_rules() if command == "rules" else _report(command))}


def _rules() -> Schema:
    rule = object_of(
        name=_RULE,
        severity=enum_of(*_SEVERITIES),
        effect=enum_of(*_EFFECTS),
        summary=STRING,
        why=STRING,
        remedy=STRING,
        reference=STRING,
    )
    return {**envelope("rules", rules=array_of("rule")), "$defs": {"rule": rule}}


def _report(command: str) -> Schema:
    recorded = ("recorded",) if command == "inspect" else ()
    judged = enum_of("verified", "failed", "incomplete", "unverifiable", *recorded)
    overall = enum_of("verified", "failed", "incomplete", "unverifiable", "unreadable", *recorded)
    blob = enum_of("verified", "failed", "missing", "external", "unverifiable", *recorded)
    return {
        "description": "Digests, sizes and IDs outside `recorded` are measured; null: not known.",
        **envelope(
            command,
            verdict=ref_to("verdict"),
            unchecked={"type": "array", "items": _RULE},
            archives=array_of("archive"),
        ),
        "$defs": {
            "digest": DIGEST,
            "size": SIZE,
            "verdict": overall,
            "image_verdict": judged,
            "blob_verdict": blob,
            "view": enum_of(*_VIEWS),
            "archive": _archive(),
            "expectation": object_of(text=STRING, met_as=nullable(STRING), image=nullable(STRING)),
            "image": _image(),
            "config": _config(),
            "layer": _layer(),
            "step": object_of(
                created=nullable(STRING),
                created_by=nullable(STRING),
                comment=nullable(STRING),
                empty_layer={"type": "boolean"},
            ),
            "artifact": _artifact(),
            "artifact_blob": _artifact_blob(),
            "finding": _finding(),
            "ignored": object_of(finding=ref_to("finding"), reason=STRING, until=nullable(_DAY)),
            "related": object_of(rule=_RULE, **_found()),
            "location": _location(),
        },
    }


def _archive() -> Schema:
    return object_of(
        archive=object_of(
            name={"type": "string", "description": "as given; - is standard input"},
            size=nullable(ref_to("size")),
            digest=nullable(ref_to("digest")),
            outer_compression={"type": "array", "items": enum_of(*_OUTER_COMPRESSIONS)},
            views=array_of("view"),
        ),
        verdict=ref_to("verdict"),
        images=array_of("image"),
        artifacts=array_of("artifact"),
        findings=array_of("finding"),
        ignored=array_of("ignored"),
        expected=array_of("expectation"),
        summary=object_of(
            errors=COUNT,
            warnings=COUNT,
            notes=COUNT,
            images=COUNT,
            blobs=COUNT,
            bytes_read=ref_to("size"),
        ),
    )


def _image() -> Schema:
    digest = nullable(ref_to("digest"))
    return object_of(
        names={"type": "array", "items": STRING},
        image_id=digest,
        manifest_digest=digest,
        index_digest=digest,
        platform=nullable({"type": "string", "description": "os/architecture[/variant]"}),
        created=nullable(STRING),
        recorded=object_of(image_id=digest, manifest_digest=digest, index_digest=digest),
        views=array_of("view"),
        verdict=ref_to("image_verdict"),
        config=nullable(ref_to("config")),
        layers=array_of("layer"),
        history=array_of("step"),
        base=nullable(
            {
                "description": "what it says it was built on; as recorded, not checked",
                **object_of(name=nullable(STRING), digest=nullable(STRING)),
            }
        ),
    )


def _config() -> Schema:
    digest, size = nullable(ref_to("digest")), nullable(ref_to("size"))
    return object_of(
        digest=digest,
        size=size,
        member=nullable(STRING),
        recorded=object_of(digest=digest, size=nullable(_RECORDED_SIZE)),
    )


def _layer() -> Schema:
    digest, size = nullable(ref_to("digest")), nullable(ref_to("size"))
    return object_of(
        position=COUNT,
        digest=digest,
        diff_id=digest,
        chain_id=digest,
        media_type=nullable(STRING),
        compression=nullable(enum_of(*_COMPRESSIONS)),
        size=size,
        uncompressed_size=size,
        member=nullable(STRING),
        created_by=nullable(STRING),
        recorded=object_of(digest=digest, diff_id=digest, size=nullable(_RECORDED_SIZE)),
        verdict=ref_to("blob_verdict"),
        member_size=size,
        content_size=size,
    )


def _artifact() -> Schema:
    digest = nullable(ref_to("digest"))
    return object_of(
        digest=digest,
        media_type=nullable(STRING),
        artifact_type=nullable(STRING),
        names={"type": "array", "items": STRING},
        subject=digest,
        size=nullable(ref_to("size")),
        verdict=ref_to("image_verdict"),
        blobs=array_of("artifact_blob"),
    )


def _artifact_blob() -> Schema:
    return object_of(
        digest=nullable(ref_to("digest")),
        media_type=nullable(STRING),
        size=nullable(ref_to("size")),
        member=nullable(STRING),
        verdict=ref_to("blob_verdict"),
    )


def _finding() -> Schema:
    return object_of(
        rule=_RULE,
        severity=enum_of(*_SEVERITIES),
        **_found(),
        related=array_of("related"),
    )


def _found() -> dict[str, Schema]:
    return {
        "message": STRING,
        "location": ref_to("location"),
        "recorded": nullable(STRING),
        "measured": nullable(STRING),
    }


def _location() -> Schema:
    return object_of(
        member=nullable(STRING),
        offset=nullable(COUNT),
        pointer=nullable(STRING),
        image=nullable(STRING),
        layer=nullable(COUNT),
    )

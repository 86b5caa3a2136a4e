"""The JSON Schema of the JSON output (draft 2020-12).

Every key is required, and nullable where it can be unknown. Unknown keys are allowed, since
additions keep `schema_version`: a program that validates must not fail at the next release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.json_v1 import SCHEMA_VERSION
from layertar.report.schema_tables import TABLES, table_schema

if TYPE_CHECKING:
    from typing import TypeAlias

    Schema: TypeAlias = dict[str, "int | bool | str | list[Schema | str | None] | Schema"]

__all__ = ["COMMANDS", "schema"]

COMMANDS = ("verify", "inspect", "rules", "images", "layers", "history", "digest")

_VIEWS = (
    "oci", "docker", "docker-v1", "dir", "registry", "imgpkg", "ocm", "rules-docker", "sparse",
)  # fmt: skip
_OUTER_COMPRESSIONS = ("gzip", "zstd", "xz", "bzip2", "lzma", "lz4")
_COMPRESSIONS = ("none", *_OUTER_COMPRESSIONS)
_SEVERITIES = ("error", "warning", "note")
_EFFECTS = ("failed", "incomplete", "unverifiable", "none")
_SCHEMA_TITLES = {
    "verify": "What `layertar verify --format json` prints",
    "inspect": "What `layertar inspect --format json` prints",
    "rules": "What `layertar rules --format json` prints",
}

_STRING: Schema = {"type": "string"}
_RULE: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
# OCI image-spec, descriptor.md, Digests.
_DIGEST = "^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"
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
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:layertar:schema:{command}:{SCHEMA_VERSION}",
        "title": _SCHEMA_TITLES[command],
    }
    return {**head, **(_rules() if command == "rules" else _report(command))}


def _envelope(command: str, **properties: Schema) -> Schema:
    return _object(
        schema_version={"const": SCHEMA_VERSION},
        tool=_object(name={"const": "layertar"}, version=_STRING),
        command={"const": command},
        **properties,
    )


def _rules() -> Schema:
    rule = _object(
        name=_RULE,
        severity=_enum(*_SEVERITIES),
        effect=_enum(*_EFFECTS),
        summary=_STRING,
        why=_STRING,
        remedy=_STRING,
        reference=_STRING,
    )
    return {**_envelope("rules", rules=_array("rule")), "$defs": {"rule": rule}}


def _report(command: str) -> Schema:
    recorded = ("recorded",) if command == "inspect" else ()
    judged = _enum("verified", "failed", "incomplete", "unverifiable", *recorded)
    overall = _enum("verified", "failed", "incomplete", "unverifiable", "unreadable", *recorded)
    blob = _enum("verified", "failed", "missing", "external", "unverifiable", *recorded)
    return {
        "description": "Digests, sizes and IDs outside `recorded` are measured; null: not known.",
        **_envelope(
            command,
            verdict=_ref("verdict"),
            unchecked={"type": "array", "items": _RULE},
            archives=_array("archive"),
        ),
        "$defs": {
            "digest": {"type": "string", "pattern": _DIGEST},
            "size": {"type": "integer", "minimum": 0, "description": "in bytes"},
            "verdict": overall,
            "image_verdict": judged,
            "blob_verdict": blob,
            "view": _enum(*_VIEWS),
            "archive": _archive(),
            "expectation": _object(
                text=_STRING, met_as=_nullable(_STRING), image=_nullable(_STRING)
            ),
            "image": _image(),
            "config": _config(),
            "layer": _layer(),
            "step": _object(
                created=_nullable(_STRING),
                created_by=_nullable(_STRING),
                comment=_nullable(_STRING),
                empty_layer={"type": "boolean"},
            ),
            "artifact": _artifact(),
            "artifact_blob": _artifact_blob(),
            "finding": _finding(),
            "ignored": _object(finding=_ref("finding"), reason=_STRING, until=_nullable(_DAY)),
            "related": _object(rule=_RULE, **_found()),
            "location": _location(),
        },
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": {**properties}}


def _enum(*values: str) -> Schema:
    return {"enum": list(values)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _array(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _nullable(inner: Schema) -> Schema:
    return {"anyOf": [inner, {"type": "null"}]}


def _archive() -> Schema:
    return _object(
        archive=_object(
            name={"type": "string", "description": "as given; - is standard input"},
            size=_nullable(_ref("size")),
            digest=_nullable(_ref("digest")),
            outer_compression={"type": "array", "items": _enum(*_OUTER_COMPRESSIONS)},
            views=_array("view"),
        ),
        verdict=_ref("verdict"),
        images=_array("image"),
        artifacts=_array("artifact"),
        findings=_array("finding"),
        ignored=_array("ignored"),
        expected=_array("expectation"),
        summary=_object(
            errors=_COUNT,
            warnings=_COUNT,
            notes=_COUNT,
            images=_COUNT,
            blobs=_COUNT,
            bytes_read=_ref("size"),
        ),
    )


def _image() -> Schema:
    digest = _nullable(_ref("digest"))
    return _object(
        names={"type": "array", "items": _STRING},
        image_id=digest,
        manifest_digest=digest,
        index_digest=digest,
        platform=_nullable({"type": "string", "description": "os/architecture[/variant]"}),
        created=_nullable(_STRING),
        recorded=_object(image_id=digest, manifest_digest=digest, index_digest=digest),
        views=_array("view"),
        verdict=_ref("image_verdict"),
        config=_nullable(_ref("config")),
        layers=_array("layer"),
        history=_array("step"),
        base=_nullable(
            {
                "description": "what it says it was built on; as recorded, not checked",
                **_object(name=_nullable(_STRING), digest=_nullable(_STRING)),
            }
        ),
    )


def _config() -> Schema:
    digest, size = _nullable(_ref("digest")), _nullable(_ref("size"))
    return _object(
        digest=digest,
        size=size,
        member=_nullable(_STRING),
        recorded=_object(digest=digest, size=_nullable(_RECORDED_SIZE)),
    )


def _layer() -> Schema:
    digest, size = _nullable(_ref("digest")), _nullable(_ref("size"))
    return _object(
        position=_COUNT,
        digest=digest,
        diff_id=digest,
        chain_id=digest,
        media_type=_nullable(_STRING),
        compression=_nullable(_enum(*_COMPRESSIONS)),
        size=size,
        uncompressed_size=size,
        member=_nullable(_STRING),
        created_by=_nullable(_STRING),
        recorded=_object(digest=digest, diff_id=digest, size=_nullable(_RECORDED_SIZE)),
        verdict=_ref("blob_verdict"),
        member_size=size,
        content_size=size,
    )


def _artifact() -> Schema:
    digest = _nullable(_ref("digest"))
    return _object(
        digest=digest,
        media_type=_nullable(_STRING),
        artifact_type=_nullable(_STRING),
        names={"type": "array", "items": _STRING},
        subject=digest,
        size=_nullable(_ref("size")),
        verdict=_ref("image_verdict"),
        blobs=_array("artifact_blob"),
    )


def _artifact_blob() -> Schema:
    return _object(
        digest=_nullable(_ref("digest")),
        media_type=_nullable(_STRING),
        size=_nullable(_ref("size")),
        member=_nullable(_STRING),
        verdict=_ref("blob_verdict"),
    )


def _finding() -> Schema:
    return _object(
        rule=_RULE,
        severity=_enum(*_SEVERITIES),
        **_found(),
        related=_array("related"),
    )


def _found() -> dict[str, Schema]:
    return {
        "message": _STRING,
        "location": _ref("location"),
        "recorded": _nullable(_STRING),
        "measured": _nullable(_STRING),
    }


def _location() -> Schema:
    return _object(
        member=_nullable(_STRING),
        offset=_nullable(_COUNT),
        pointer=_nullable(_STRING),
        image=_nullable(_STRING),
        layer=_nullable(_COUNT),
    )

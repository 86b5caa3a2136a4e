"""Schema: the pieces that JSON Schemas are made of (draft 2020-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.json_v1 import SCHEMA_VERSION

if TYPE_CHECKING:
    from typing import TypeAlias

    Schema: TypeAlias = dict[str, "int | bool | str | list[Schema | str | None] | Schema"]

__all__ = [
    "COUNT",
    "DIGEST",
    "SIZE",
    "STRING",
    "array_of",
    "enum_of",
    "envelope",
    "head_of",
    "nullable",
    "object_of",
    "ref_to",
]

STRING: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SIZE: Schema = {"type": "integer", "minimum": 0, "description": "in bytes"}
#: OCI image-spec, descriptor.md, Digests.
DIGEST: Schema = {"type": "string", "pattern": "^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"}


def head_of(command: str) -> Schema:
    """Describe which schema it is of what `command` prints."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:layertar:schema:{command}:{SCHEMA_VERSION}",
        "title": f"What `layertar {command} --format json` prints",
    }


def envelope(command: str, **properties: Schema) -> Schema:
    """Describe a document: what every one has, then `properties`."""
    return object_of(
        schema_version={"const": SCHEMA_VERSION},
        tool=object_of(name={"const": "layertar"}, version=STRING),
        command={"const": command},
        **properties,
    )


def object_of(**properties: Schema) -> Schema:
    """Describe an object that has at least these."""
    return {"type": "object", "required": list(properties), "properties": {**properties}}


def enum_of(*values: str) -> Schema:
    """Describe one of several words."""
    return {"enum": list(values)}


def ref_to(name: str) -> Schema:
    """Describe what `$defs` calls `name`."""
    return {"$ref": f"#/$defs/{name}"}


def array_of(name: str) -> Schema:
    """Describe an array of what `$defs` calls `name`."""
    return {"type": "array", "items": ref_to(name)}


def nullable(inner: Schema) -> Schema:
    """Describe what may be unknown."""
    return {"anyOf": [inner, {"type": "null"}]}

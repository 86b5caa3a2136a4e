"""The JSON Schemas of the commands that list identities: made of their tables' columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.json_v1 import SCHEMA_VERSION
from layertar.report.tables import DIGESTS, HISTORY, IMAGES, LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.report.schema import Schema
    from layertar.report.tables import Table

__all__ = ["TABLES", "table_schema"]

#: The tables by their commands.
TABLES: Mapping[str, Table] = {table.command: table for table in (IMAGES, LAYERS, HISTORY, DIGESTS)}

_STRING: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_NUMBERS = ("position", "layer", "layers", "step")
_KNOWN = ("archive", "image", "layers", "step", "empty_layer", "of", "origin")


def table_schema(command: str) -> Schema:
    """Describe what `command` prints with `--format json`; with `--columns`, only those of a row.

    Args:
        command: one of `TABLES`.
    """
    rows: Schema = {"type": "object", "properties": _properties(TABLES[command])}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:layertar:schema:{command}:{SCHEMA_VERSION}",
        "title": f"What `layertar {command} --format json` prints",
        "type": "object",
        "required": ["schema_version", "tool", "command", command],
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "tool": {
                "type": "object",
                "required": ["name", "version"],
                "properties": {"name": {"const": "layertar"}, "version": _STRING},
            },
            "command": {"const": command},
            command: {"type": "array", "items": rows},
        },
    }


def _properties(table: Table) -> Schema:
    return {field.name: _value(field.name, is_size=field.is_size) for field in table.fields}


def _value(name: str, *, is_size: bool) -> Schema:
    if name == "names":
        return {"type": "array", "items": _STRING}
    if name == "empty_layer":
        return {"type": "boolean"}
    kind: Schema = _NUMBER if is_size or name in _NUMBERS else _STRING
    return kind if name in _KNOWN else {"anyOf": [kind, {"type": "null"}]}

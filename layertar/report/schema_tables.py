"""The JSON Schemas of the commands that list identities: made of their tables' columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report._schema import COUNT, STRING, envelope, head_of, nullable
from layertar.report.tables import DIGESTS, HISTORY, IMAGES, LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.report._schema import Schema
    from layertar.report.tables import Table

__all__ = ["TABLES", "table_schema"]

#: The tables by their commands.
TABLES: Mapping[str, Table] = {table.command: table for table in (IMAGES, LAYERS, HISTORY, DIGESTS)}

_NUMBERS = ("position", "layer", "layers", "step")
_KNOWN = ("archive", "image", "layers", "step", "empty_layer", "of", "origin")


def table_schema(command: str) -> Schema:
    """Describe what `command` prints with `--format json`; with `--columns`, only those of a row.

    Args:
        command: one of `TABLES`.
    """
    rows: Schema = {"type": "object", "properties": _properties(TABLES[command])}
    listed: Schema = {"type": "array", "items": rows}
    return {**head_of(command), **envelope(command, **{command: listed})}


def _properties(table: Table) -> Schema:
    return {field.name: _value(field.name, is_size=field.is_size) for field in table.fields}


def _value(name: str, *, is_size: bool) -> Schema:
    if name == "names":
        return {"type": "array", "items": STRING}
    if name == "empty_layer":
        return {"type": "boolean"}
    kind: Schema = COUNT if is_size or name in _NUMBERS else STRING
    return kind if name in _KNOWN else nullable(kind)

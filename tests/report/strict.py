"""The JSON Schema, made to refuse keys that it does not know.

It allows them, for the sake of later releases; what this release prints has none.
"""

from __future__ import annotations

from layertar.report.schema import schema

__all__ = ["strict_schema"]


def strict_schema(command: str) -> dict[str, object]:
    """The schema of `command` with every object closed."""
    closed = _closed(schema(command))
    assert isinstance(closed, dict)
    return closed


def _closed(node: object) -> object:
    match node:
        case dict():
            # What it says of other keys itself, as of a map's, stays.
            more = {"additionalProperties": False} if node.get("type") == "object" else {}
            return more | {key: _closed(value) for key, value in node.items()}
        case list():
            return [_closed(value) for value in node]
    return node

"""The JSON Schema of the commands that list files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem import Fate, FileKind
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
)

if TYPE_CHECKING:
    from layertar.report._schema import Schema

__all__ = ["FILE", "IMAGE", "files_schema"]

_NUMBER: Schema = {"type": "integer"}
_INSTANT: Schema = {"type": "string", "description": "RFC 3339, in UTC, to the nanosecond"}

#: One entry, as `file_rows.file_value` writes it.
FILE: Schema = object_of(
    path={**STRING, "description": "without a leading slash; a dot for the root"},
    kind=enum_of(*(kind.value for kind in FileKind)),
    size=SIZE,
    mode=nullable({"type": "string", "pattern": "^[0-7]{4}$"}),
    uid=nullable(_NUMBER),
    gid=nullable(_NUMBER),
    mtime=nullable(_INSTANT),
    link_target=nullable(STRING),
    digest=nullable(DIGEST),
    device=nullable({"type": "string", "pattern": "^-?[0-9]+:-?[0-9]+$"}),
    xattrs={
        "type": "object",
        "additionalProperties": {"type": "string", "contentEncoding": "base64"},
    },
    layer=nullable({**COUNT, "description": "the position of the layer it is from; 0 is the base"}),
    state=enum_of(*(fate.name.lower() for fate in Fate)),
    hidden_by=nullable({**COUNT, "description": "the position of the layer that hides it"}),
)

#: The image that files are of, as `file_rows.image_value` writes it.
IMAGE: Schema = nullable(
    object_of(
        names={"type": "array", "items": STRING},
        image_id=nullable(DIGEST),
        manifest_digest=nullable(DIGEST),
        platform=nullable(STRING),
    )
)


def files_schema(command: str) -> Schema:
    """Describe what `command` prints with `--format json`; with jsonl, a line is one entry."""
    return {
        **head_of(command),
        **envelope(command, archive=STRING, image=IMAGE, entries=array_of("entry")),
        "$defs": {"entry": FILE},
    }

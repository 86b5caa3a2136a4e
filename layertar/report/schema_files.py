"""The JSON Schema of the commands that list files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.touch import CHANGES, Action, Cause
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
    ref_to,
)

if TYPE_CHECKING:
    from layertar.report._schema import Schema

__all__ = ["ENTRY", "FILE", "IMAGE", "files_schema", "trace_schema", "tree_schema"]

_NUMBER: Schema = {"type": "integer"}
_INSTANT: Schema = {"type": "string", "description": "RFC 3339, in UTC, to the nanosecond"}

_KIND = enum_of(*(kind.value for kind in FileKind))
_FATE = enum_of(*(fate.name.lower() for fate in Fate))
_HIDDEN_BY = nullable({**COUNT, "description": "the position of the layer that hides it"})
_LAYER = nullable({**COUNT, "description": "the position of the layer it is from; 0 is the base"})
_ENTRY: dict[str, Schema] = {
    "path": {**STRING, "description": "without a leading slash; a dot for the root"},
    "kind": _KIND,
    "size": SIZE,
    "mode": nullable({"type": "string", "pattern": "^[0-7]{4}$"}),
    "uid": nullable(_NUMBER),
    "gid": nullable(_NUMBER),
    "mtime": nullable(_INSTANT),
    "link_target": nullable(STRING),
    "digest": nullable(DIGEST),
    "device": nullable({"type": "string", "pattern": "^-?[0-9]+:-?[0-9]+$"}),
    "xattrs": {
        "type": "object",
        "additionalProperties": {"type": "string", "contentEncoding": "base64"},
    },
    "layer": _LAYER,
}

#: One entry, as `file_rows.entry_value` writes it.
ENTRY: Schema = object_of(**_ENTRY)

#: The same with what became of it, as `file_rows.file_value` writes it.
FILE: Schema = object_of(**_ENTRY, state=_FATE, hidden_by=_HIDDEN_BY)

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


def tree_schema() -> Schema:
    """Describe what `tree` prints; a line that sums up the rest has `omitted`, and no kind."""
    sums: dict[str, Schema] = {
        "size": {**SIZE, "description": "in bytes, of files, each once"},
        "files": {**COUNT, "description": "names of what is no directory"},
        "directories": COUNT,
    }
    place: dict[str, Schema] = {"path": STRING, "depth": COUNT}
    line = object_of(
        **place,
        **sums,
        kind=_KIND,
        is_repeat={"type": "boolean", "description": "one more name of what a line above counts"},
        link_target=nullable(STRING),
        layer=_LAYER,
        state=_FATE,
        hidden_by=_HIDDEN_BY,
    )
    rest = object_of(**place, omitted={"type": "integer", "minimum": 2}, **sums)
    return {
        **head_of("tree"),
        **envelope(
            "tree",
            archive=STRING,
            image=IMAGE,
            total=ref_to("totals"),
            hidden=ref_to("totals"),
            entries={"type": "array", "items": {"oneOf": [ref_to("line"), ref_to("rest")]}},
        ),
        "$defs": {"totals": object_of(**sums), "line": line, "rest": rest},
    }


def trace_schema() -> Schema:
    """Describe what `which` prints."""
    link = object_of(path=STRING, target=STRING, layer=COUNT)
    touch = object_of(
        layer={**COUNT, "description": "its position; 0 is the base"},
        action=enum_of(*(action.value for action in Action)),
        cause=enum_of(*(cause.value for cause in Cause)),
        by=nullable({**STRING, "description": "the path of what did it, if that was none of it"}),
        changes={"type": "array", "items": enum_of(*CHANGES)},
        is_emptied={"type": "boolean"},
        hardlink_to=nullable(STRING),
        before=nullable(ref_to("entry")),
        after=nullable(ref_to("entry")),
        digest=nullable({**DIGEST, "description": "of the layer as it is stored"}),
        diff_id=nullable(DIGEST),
        created_by=nullable(STRING),
    )
    return {
        **head_of("which"),
        **envelope(
            "which",
            archive=STRING,
            image=IMAGE,
            path=STRING,
            links=array_of("link"),
            layers=array_of("touch"),
            final=nullable(ref_to("entry")),
        ),
        "$defs": {"entry": object_of(**_ENTRY), "link": link, "touch": touch},
    }

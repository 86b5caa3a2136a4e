"""The JSON Schema of what `layertar diff --format json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import Aspect, State
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
from layertar.report.schema_files import ENTRY

if TYPE_CHECKING:
    from layertar.report._schema import Schema

__all__ = ["diff_schema"]

_TEXT = nullable(STRING)
_INTEGER: Schema = {"type": "integer"}
_STRINGS: Schema = {"type": "array", "items": STRING}


def diff_schema() -> Schema:
    """Describe what `diff` prints with `--format json`."""
    return {
        **head_of("diff"),
        "description": "`a` and `b` are the two sides; null: that side has none. A part that was "
        "not asked for is null.",
        **envelope(
            "diff",
            state=ref_to("state"),
            aspects=array_of("aspect"),
            ignored=object_of(aspects=array_of("aspect"), patterns=_STRINGS),
            digests=enum_of("measured", "recorded"),
            a=ref_to("side"),
            b=ref_to("side"),
            layers=nullable(ref_to("layers")),
            config=nullable(ref_to("config")),
            history=nullable(ref_to("history")),
            files=nullable(ref_to("files")),
        ),
        "$defs": {
            "digest": DIGEST,
            "size": SIZE,
            "state": enum_of(*(state.value for state in State)),
            "aspect": enum_of(*(aspect.value for aspect in Aspect)),
            "side": object_of(
                archive=STRING,
                names=_STRINGS,
                image_id=_digest(),
                manifest_digest=_digest(),
                platform=_TEXT,
                created=_TEXT,
                layers=COUNT,
            ),
            **_layers(),
            **_config(),
            **_history(),
            **_files(),
        },
    }


def _digest() -> Schema:
    return nullable(ref_to("digest"))


def _part(**properties: Schema) -> Schema:
    return object_of(state=ref_to("state"), aspects=array_of("aspect"), **properties)


def _layers() -> dict[str, Schema]:
    return {
        "layers": _part(
            shared=COUNT,
            miss=nullable(
                object_of(a=nullable(COUNT), b=nullable(COUNT), step=nullable(ref_to("step")))
            ),
            pairs=array_of("pair"),
        ),
        "pair": object_of(
            state=ref_to("state"),
            aspects={
                "description": "null: nobody looked inside",
                **nullable(array_of("aspect")),
            },
            ignored=array_of("aspect"),
            same_instruction=nullable({"type": "boolean"}),
            a=nullable(ref_to("layer")),
            b=nullable(ref_to("layer")),
        ),
        "layer": object_of(
            position=COUNT,
            digest=_digest(),
            diff_id=_digest(),
            size=nullable(ref_to("size")),
            created_by=_TEXT,
        ),
    }


def _config() -> dict[str, Schema]:
    value: Schema = {
        "description": "as the config has it; null: it has none",
        "type": ["string", "integer", "boolean", "array", "null"],
        "items": STRING,
    }
    return {
        "config": _part(ignored=COUNT, changes=array_of("change")),
        "change": object_of(
            path=_STRINGS, state=ref_to("state"), aspect=ref_to("aspect"), a=value, b=value
        ),
    }


def _history() -> dict[str, Schema]:
    entry = nullable(ref_to("entry"))
    return {
        "history": _part(steps=array_of("step")),
        "step": _part(a=entry, b=entry),
        "entry": object_of(
            step=COUNT,
            created=_TEXT,
            created_by=_TEXT,
            comment=_TEXT,
            empty_layer={"type": "boolean"},
        ),
    }


def _files() -> dict[str, Schema]:
    file = nullable(ref_to("file"))
    return {
        "files": _part(
            read={"type": "boolean", "description": "false: all layers are the same"},
            added=COUNT,
            removed=COUNT,
            changed=COUNT,
            times_only=COUNT,
            ignored=COUNT,
            unread=COUNT,
            growth={"type": "integer", "description": "in bytes"},
            problems=_STRINGS,
            changes=array_of("file_change"),
        ),
        "file_change": _part(
            path=STRING, growth={**_INTEGER, "description": "in bytes"}, a=file, b=file
        ),
        "file": ENTRY,
    }

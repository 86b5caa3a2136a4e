"""The JSON Schema of what `layertar waste --format json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.hidden import HiddenCause
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

__all__ = ["waste_schema"]

_STRINGS: Schema = {"type": "array", "items": STRING}
_NUMBER: Schema = {"type": "number"}


def waste_schema() -> Schema:
    """Describe what `waste` prints with `--format json`."""
    return {
        **head_of("waste"),
        "description": "Sizes are of files, in bytes. Lists have the largest first, with --top "
        "no more than that; `size` and `count` beside one are of all.",
        **envelope(
            "waste",
            archive=STRING,
            image=nullable(_image()),
            stored=SIZE,
            visible=SIZE,
            layers=array_of("layer"),
            hidden=object_of(size=SIZE, count=COUNT, paths=array_of("hidden")),
            duplicates=object_of(size=SIZE, count=COUNT, contents=array_of("duplicate")),
            leftovers=array_of("leftover"),
            dive=nullable(_dive()),
        ),
        "$defs": {
            "layer": object_of(
                position=COUNT, stored=SIZE, visible=SIZE, hidden=SIZE, hides=SIZE, files=COUNT
            ),
            "hidden": object_of(
                path=STRING,
                cause=enum_of(*(cause.value for cause in HiddenCause)),
                layer=COUNT,
                hidden_by=COUNT,
                size=SIZE,
                files=COUNT,
            ),
            "duplicate": object_of(digest=DIGEST, size=SIZE, wasted=SIZE, paths=_STRINGS),
            "leftover": object_of(
                kind=STRING, reason=STRING, size=SIZE, files=COUNT, places=array_of("place")
            ),
            "place": object_of(path=STRING, size=SIZE, files=COUNT),
            "inefficient": object_of(path=STRING, times=COUNT, size=SIZE),
        },
    }


def _image() -> Schema:
    return object_of(
        names=_STRINGS,
        image_id=nullable(DIGEST),
        manifest_digest=nullable(DIGEST),
        platform=nullable(STRING),
    )


def _dive() -> Schema:
    return object_of(
        efficiency=_NUMBER,
        wasted_bytes=SIZE,
        size_bytes=SIZE,
        user_bytes=SIZE,
        wasted_user_ratio=nullable(_NUMBER),
        count=COUNT,
        paths=array_of("inefficient"),
    )

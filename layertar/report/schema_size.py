"""The JSON Schema of what `layertar size --format json` prints."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from layertar.report._schema import Schema

__all__ = ["size_schema"]

_ROLES = ("layer", "config", "manifest", "index", "artifact", "document", "unused")
_KINDS = ("archive", "image", "layer", "directory")
_STRINGS: Schema = {"type": "array", "items": STRING}


def size_schema() -> Schema:
    """Describe what `size` prints with `--format json`."""
    return {
        **head_of("size"),
        "description": "Sizes are in bytes; null: not known. Of an archive, headers, padding, end "
        "and the sizes of all blobs add up to total.",
        **envelope("size", archives=array_of("archive"), growth=nullable(ref_to("growth"))),
        "$defs": {
            "digest": DIGEST,
            "size": SIZE,
            "archive": _archive(),
            "role": object_of(role=enum_of(*_ROLES), members=COUNT, size=SIZE),
            "blob": object_of(member=STRING, role=enum_of(*_ROLES), size=SIZE, images=COUNT),
            "image": _image(),
            "layer": _layer(),
            "directory": object_of(path=STRING, size=SIZE, files=COUNT),
            "growth": object_of(rows=array_of("row"), unchecked=_STRINGS, gone=_STRINGS),
            "row": object_of(
                archive=STRING,
                image=nullable(STRING),
                kind=enum_of(*_KINDS),
                name=STRING,
                created_by=nullable(STRING),
                before=_size(),
                after=_size(),
                exceeds={"type": "boolean"},
            ),
        },
    }


def _archive() -> Schema:
    return object_of(
        name={"type": "string", "description": "as given; - is standard input"},
        size=_size(),
        outer_compression=_STRINGS,
        total=SIZE,
        headers=SIZE,
        padding=SIZE,
        end=SIZE,
        roles=array_of("role"),
        blobs=array_of("blob"),
        depth=COUNT,
        images=array_of("image"),
    )


def _image() -> Schema:
    return object_of(
        image=STRING,
        names=_STRINGS,
        image_id=_digest(),
        manifest_digest=_digest(),
        platform=nullable(STRING),
        size=_size(),
        uncompressed_size=_size(),
        content_size=_size(),
        layers=array_of("layer"),
        directories=array_of("directory"),
        problems=_STRINGS,
    )


def _layer() -> Schema:
    return object_of(
        position=COUNT,
        digest=_digest(),
        diff_id=_digest(),
        size=_size(),
        uncompressed_size=_size(),
        content_size=_size(),
        created_by=nullable(STRING),
    )


def _digest() -> Schema:
    return nullable(ref_to("digest"))


def _size() -> Schema:
    return nullable(ref_to("size"))

"""The JSON Schema of what `layertar sharing --format json` prints."""

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

__all__ = ["sharing_schema"]

_BY = ("chain", "diff-id", "digest")
_NUMBERS: Schema = {"type": "array", "items": COUNT}


def sharing_schema() -> Schema:
    """Describe what `sharing` prints with `--format json`."""
    return {
        **head_of("sharing"),
        "description": "Archives, images, groups and layers are meant by their place in the "
        "array, from 0. Sizes are of layers, in bytes; null: not known.",
        **envelope(
            "sharing",
            by=enum_of(*_BY),
            stored=ref_to("bytes"),
            uncompressed=ref_to("bytes"),
            archives={"type": "array", "items": STRING},
            images=array_of("image"),
            groups=array_of("group"),
            layers=array_of("layer"),
        ),
        "$defs": {
            "digest": DIGEST,
            "size": SIZE,
            "bytes": object_of(each=SIZE, archives=SIZE, once=SIZE, unknown=COUNT),
            "image": _image(),
            "use": object_of(
                layer=COUNT,
                size=_size(),
                uncompressed_size=_size(),
                created_by=nullable(STRING),
            ),
            "group": object_of(
                layers=_NUMBERS,
                images=_NUMBERS,
                archives=COUNT,
                below=nullable(COUNT),
                size=_size(),
                uncompressed_size=_size(),
            ),
            "layer": object_of(
                key=_digest(),
                is_measured={"type": "boolean"},
                below=nullable(COUNT),
                size=_size(),
                uncompressed_size=_size(),
                images=_NUMBERS,
                archives=COUNT,
            ),
        },
    }


def _image() -> Schema:
    return object_of(
        archive=COUNT,
        image=STRING,
        image_id=_digest(),
        manifest_digest=_digest(),
        platform=nullable(STRING),
        size=_size(),
        uncompressed_size=_size(),
        shared_layers=COUNT,
        shared_size=_size(),
        unique_layers=COUNT,
        unique_size=_size(),
        unique_uncompressed_size=_size(),
        layers=array_of("use"),
    )


def _digest() -> Schema:
    return nullable(ref_to("digest"))


def _size() -> Schema:
    return nullable(ref_to("size"))

"""Kept sizes, read back: what `sizes_v1` wrote, typed, or told where it is something else.

Keys that this version does not know are left out, as additions keep `schema_version`. Texts are
as they were written: a byte of a path that is no UTF-8 is four characters.
"""

from __future__ import annotations

from layertar.analysis.sizes import (
    ROLES,
    ArchiveSize,
    BlobSize,
    DirectorySize,
    ImageSize,
    LayerSize,
    RoleSize,
)
from layertar.report._cursor import Cursor, result_root

__all__ = ["parse_sizes"]

_ROLES = {role: role for role in ROLES}


def parse_sizes(raw: bytes) -> tuple[ArchiveSize, ...]:
    """Read what `size --format json` wrote; what grew then is passed over.

    Raises:
        ResultError: it is no such document, or one of another `schema_version`; says where.
    """
    document = result_root(raw)
    document.get("command").one_of({"size": "size"})
    return tuple(_archive(each) for each in document.get("archives").items())


def _archive(at: Cursor) -> ArchiveSize:
    return ArchiveSize(
        name=at.get("name").string(),
        size=at.get("size").optional(Cursor.amount),
        outer_compression=at.get("outer_compression").strings(),
        total=at.get("total").amount(),
        headers=at.get("headers").amount(),
        padding=at.get("padding").amount(),
        end=at.get("end").amount(),
        roles=tuple(_role(each) for each in at.get("roles").items()),
        blobs=tuple(_blob(each) for each in at.get("blobs").items()),
        depth=at.get("depth").amount(),
        images=tuple(_image(each) for each in at.get("images").items()),
    )


def _role(at: Cursor) -> RoleSize:
    return RoleSize(
        role=at.get("role").one_of(_ROLES),
        members=at.get("members").amount(),
        size=at.get("size").amount(),
    )


def _blob(at: Cursor) -> BlobSize:
    return BlobSize(
        member=at.get("member").string(),
        role=at.get("role").one_of(_ROLES),
        size=at.get("size").amount(),
        images=at.get("images").amount(),
    )


def _image(at: Cursor) -> ImageSize:
    return ImageSize(
        image=at.get("image").string(),
        names=at.get("names").strings(),
        image_id=at.get("image_id").optional(Cursor.digest),
        manifest_digest=at.get("manifest_digest").optional(Cursor.digest),
        platform=at.get("platform").optional(Cursor.platform),
        size=at.get("size").optional(Cursor.amount),
        uncompressed_size=at.get("uncompressed_size").optional(Cursor.amount),
        content_size=at.get("content_size").optional(Cursor.amount),
        layers=tuple(_layer(each) for each in at.get("layers").items()),
        directories=tuple(_directory(each) for each in at.get("directories").items()),
        problems=at.get("problems").strings(),
    )


def _layer(at: Cursor) -> LayerSize:
    return LayerSize(
        position=at.get("position").amount(),
        digest=at.get("digest").optional(Cursor.digest),
        diff_id=at.get("diff_id").optional(Cursor.digest),
        size=at.get("size").optional(Cursor.amount),
        uncompressed_size=at.get("uncompressed_size").optional(Cursor.amount),
        content_size=at.get("content_size").optional(Cursor.amount),
        created_by=at.get("created_by").optional(Cursor.string),
    )


def _directory(at: Cursor) -> DirectorySize:
    return DirectorySize(
        path=at.get("path").string(),
        size=at.get("size").amount(),
        files=at.get("files").amount(),
    )

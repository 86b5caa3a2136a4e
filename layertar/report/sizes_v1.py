"""Sizes as JSON, version 1, which a later run may be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.json_v1 import head_value, optional_text, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from layertar.analysis.growth import Growth, GrowthRow
    from layertar.analysis.sizes import ArchiveSize, ImageSize, LayerSize
    from layertar.report.json_v1 import Value

__all__ = ["write_sizes_json"]


def write_sizes_json(archives: Sequence[ArchiveSize], growth: Growth | None, out: TextIO) -> None:
    """Write sizes and, where they were compared with others, what grew."""
    document: Value = {
        **head_value("size"),
        "archives": (_archive(archive) for archive in archives),
        "growth": None if growth is None else _growth(growth),
    }
    write_json(document, out)


def _archive(archive: ArchiveSize) -> Value:
    return {
        "name": archive.name,
        "size": archive.size,
        "outer_compression": iter(archive.outer_compression),
        "total": archive.total,
        "headers": archive.headers,
        "padding": archive.padding,
        "end": archive.end,
        "roles": (
            {"role": each.role, "members": each.members, "size": each.size}
            for each in archive.roles
        ),
        "blobs": (
            {
                "member": each.member,
                "role": each.role,
                "size": each.size,
                "images": each.images,
            }
            for each in archive.blobs
        ),
        "depth": archive.depth,
        "images": (_image(image) for image in archive.images),
    }


def _image(image: ImageSize) -> Value:
    return {
        "image": image.image,
        "names": iter(image.names),
        "image_id": optional_text(image.image_id),
        "manifest_digest": optional_text(image.manifest_digest),
        "platform": optional_text(image.platform),
        "size": image.size,
        "uncompressed_size": image.uncompressed_size,
        "content_size": image.content_size,
        "layers": (_layer(layer) for layer in image.layers),
        "directories": (
            {"path": each.path, "size": each.size, "files": each.files}
            for each in image.directories
        ),
        "problems": iter(image.problems),
    }


def _layer(layer: LayerSize) -> Value:
    return {
        "position": layer.position,
        "digest": optional_text(layer.digest),
        "diff_id": optional_text(layer.diff_id),
        "size": layer.size,
        "uncompressed_size": layer.uncompressed_size,
        "content_size": layer.content_size,
        "created_by": layer.created_by,
    }


def _growth(growth: Growth) -> Value:
    return {
        "rows": (_row(row) for row in growth.rows),
        "unchecked": iter(growth.unchecked),
        "gone": iter(growth.gone),
    }


def _row(row: GrowthRow) -> Value:
    return {
        "archive": row.archive,
        "image": row.image,
        "kind": row.kind,
        "name": row.name,
        "created_by": row.created_by,
        "before": row.before,
        "after": row.after,
        "exceeds": row.exceeds,
    }

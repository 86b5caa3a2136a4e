"""What images share, as text, JSON and CSV.

Text has the images, then the groups of layers that several of them have, those with most to save
first, then the sums. CSV has a row for each layer of each image. What an archive holds is its
author's text: in text and CSV it is escaped, in JSON it is ASCII.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.csv_table import csv_line
from layertar.report.escape import escape
from layertar.report.json_v1 import head_value, optional_text, write_json
from layertar.report.sharing_dot import write_dot
from layertar.report.table import (
    Column,
    digest_text,
    human_size,
    layout,
    narrowest,
    shortest_digits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from layertar.analysis.shares import Bytes, ImageShare, SharedGroup, SharedLayer, Sharing
    from layertar.digest import Digest
    from layertar.report.json_v1 import Value
    from layertar.report.register import TextStyle

__all__ = ["CSV_COLUMNS", "write_sharing"]

#: The heading of CSV.
CSV_COLUMNS = (
    *("archive", "image", "position", "layer", "is_measured"),
    *("size", "uncompressed_size", "images", "archives", "created_by"),
)
_NAMED = 4
_KEYS = {"chain": "chain ID", "diff-id": "diff_id", "digest": "digest"}
_IMAGE_COLUMNS = (
    Column("archive", room=16),
    Column("image", room=16),
    Column("platform"),
    Column("layers", right=True),
    Column("size", right=True),
    Column("unpacked", right=True),
    Column("shared", right=True),
    Column("unique", right=True),
)
_SUM_COLUMNS = (Column("sum"), Column("stored", right=True), Column("unpacked", right=True))


def write_sharing(
    sharing: Sharing, out: TextIO, *, form: str, style: TextStyle, is_measured: bool
) -> None:
    """Write `sharing` to `out`.

    Args:
        sharing: what to write.
        out: where to.
        form: `text`, `json`, `csv` or `dot`.
        style: how text is laid out.
        is_measured: whether layers were measured, of which text speaks.
    """
    if form == "json":
        write_json(_document(sharing), out)
    elif form == "csv":
        out.write(csv_line(CSV_COLUMNS))
        out.writelines(_csv_rows(sharing))
    elif form == "dot":
        write_dot(sharing, out)
    elif sharing.images:
        out.writelines(f"{line}\n" for line in _text(sharing, style, is_measured=is_measured))


def _shared_groups(sharing: Sharing) -> list[SharedGroup]:
    """Return the groups that several images have, those with most to save first."""
    shared = [group for group in sharing.groups if len(group.images) > 1]

    def order(group: SharedGroup) -> tuple[int, int, str]:
        saved = (group.size or 0) * (len(group.images) - 1)
        return (-saved, -len(group.images), str(sharing.layers[group.layers[-1]].key))

    return sorted(shared, key=order)


def _names(sharing: Sharing, images: Sequence[int]) -> str:
    """Name a few of `images`, each name once, and say how many more names there are."""
    names = dict.fromkeys(_name(sharing, number) for number in images)
    shown = [escape(name) for name in list(names)[:_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _name(sharing: Sharing, number: int) -> str:
    image = sharing.images[number]
    return image.image or sharing.archives[image.archive]


def _text(sharing: Sharing, style: TextStyle, *, is_measured: bool) -> Iterator[str]:
    images = [_image_cells(sharing, image) for image in sharing.images]
    yield from _lines(_IMAGE_COLUMNS, images, style.width)
    groups = _shared_groups(sharing)
    yield ""
    if groups:
        yield from _group_lines(sharing, groups, style.width)
    else:
        yield f"No two images share a layer by {_KEYS[sharing.by]}."
    yield ""
    yield from _sum_lines(sharing, style.width)
    if not is_measured:
        yield ""
        yield "Layers are told apart as recorded; --verify measures them."


def _image_cells(sharing: Sharing, image: ImageShare) -> list[str]:
    return [
        escape(sharing.archives[image.archive]),
        escape(image.image) or "-",
        "-" if image.platform is None else escape(str(image.platform)),
        str(len(image.layers)),
        *map(_size, (image.size, image.uncompressed_size, image.shared_size, image.unique_size)),
    ]


def _group_lines(
    sharing: Sharing, groups: Sequence[SharedGroup], width: int | None
) -> Iterator[str]:
    columns = (
        Column("images", right=True),
        Column("archives", right=True),
        Column("layers", right=True),
        Column("size", right=True),
        Column("unpacked", right=True),
        Column(f"top {_KEYS[sharing.by]}"),
        Column("shared by", room=16),
    )
    tops = [sharing.layers[group.layers[-1]].key for group in groups]

    def rows(digest: Callable[[Digest], str]) -> list[list[str]]:
        return [
            [
                *(str(len(group.images)), str(group.archives), str(len(group.layers))),
                *map(_size, (group.size, group.uncompressed_size)),
                "-" if top is None else digest(top),
                _names(sharing, group.images),
            ]
            for group, top in zip(groups, tops, strict=True)
        ]

    cells = rows(str)
    if width is not None and narrowest(columns, cells) > width:
        cells = rows(digest_text(shortest_digits(top for top in tops if top is not None)))
    return _lines(columns, cells, width)


def _sum_lines(sharing: Sharing, width: int | None) -> Iterator[str]:
    both = (sharing.stored, sharing.uncompressed)
    images, archives = len(sharing.images), len(sharing.archives)
    rows = [
        [f"{_count(images, 'image')}, each alone", *(_sum(one.each, one) for one in both)],
        [f"{_count(archives, 'archive')}, each alone", *(_sum(one.archives, one) for one in both)],
        ["all together", *(_sum(one.once, one) for one in both)],
        ["saved of the archives", *(_sum(one.archives - one.once, one) for one in both)],
    ]
    yield from _lines(_SUM_COLUMNS, rows, width)
    if sharing.stored.unknown:
        yield f"Without {_count(sharing.stored.unknown, 'layer')} whose size is not known."


def _sum(size: int, of: Bytes) -> str:
    return "-" if of.unknown and not of.once else human_size(size)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterator[str]:
    return ("  ".join(cells) for cells in layout(columns, rows, width))


def _size(size: int | None) -> str:
    return "-" if size is None else human_size(size)


def _csv_rows(sharing: Sharing) -> Iterator[str]:
    for image in sharing.images:
        for position, use in enumerate(image.layers):
            layer = sharing.layers[use.layer]
            yield csv_line(
                (
                    *(sharing.archives[image.archive], image.image, position),
                    *(layer.key, "true" if layer.is_measured else "false"),
                    *(use.size, use.uncompressed_size),
                    *(len(layer.images), layer.archives, use.created_by),
                )
            )


def _document(sharing: Sharing) -> Value:
    return {
        **head_value("sharing"),
        "by": sharing.by,
        "stored": _bytes(sharing.stored),
        "uncompressed": _bytes(sharing.uncompressed),
        "archives": iter(sharing.archives),
        "images": (_image(image) for image in sharing.images),
        "groups": (_group(group) for group in sharing.groups),
        "layers": (_layer(layer) for layer in sharing.layers),
    }


def _bytes(counted: Bytes) -> Value:
    return {
        "each": counted.each,
        "archives": counted.archives,
        "once": counted.once,
        "unknown": counted.unknown,
    }


def _image(image: ImageShare) -> Value:
    return {
        "archive": image.archive,
        "image": image.image,
        "image_id": optional_text(image.image_id),
        "manifest_digest": optional_text(image.manifest_digest),
        "platform": optional_text(image.platform),
        "size": image.size,
        "uncompressed_size": image.uncompressed_size,
        "shared_layers": image.shared_layers,
        "shared_size": image.shared_size,
        "unique_layers": image.unique_layers,
        "unique_size": image.unique_size,
        "unique_uncompressed_size": image.unique_uncompressed_size,
        "layers": (
            {
                "layer": use.layer,
                "size": use.size,
                "uncompressed_size": use.uncompressed_size,
                "created_by": use.created_by,
            }
            for use in image.layers
        ),
    }


def _group(group: SharedGroup) -> Value:
    return {
        "layers": iter(group.layers),
        "images": iter(group.images),
        "archives": group.archives,
        "below": group.below,
        "size": group.size,
        "uncompressed_size": group.uncompressed_size,
    }


def _layer(layer: SharedLayer) -> Value:
    return {
        "key": optional_text(layer.key),
        "is_measured": layer.is_measured,
        "below": layer.below,
        "size": layer.size,
        "uncompressed_size": layer.uncompressed_size,
        "images": iter(layer.images),
        "archives": layer.archives,
    }

"""Sizes as text and CSV; as JSON they are `sizes_v1`'s.

Text has for each archive its parts, the largest members, and of each image its layers and largest
directories; behind several archives their sum. What an archive holds is its author's text: it is
escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.csv_table import csv_line
from layertar.report.escape import escape
from layertar.report.sizes_v1 import write_sizes_json
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

    from layertar.analysis.growth import Growth, GrowthRow
    from layertar.analysis.sizes import ArchiveSize, ImageSize
    from layertar.digest import Digest
    from layertar.report.register import TextStyle

__all__ = ["CSV_COLUMNS", "write_sizes"]

#: The heading of CSV.
CSV_COLUMNS = (
    *("archive", "image", "kind", "name", "role"),
    *("size", "uncompressed_size", "content_size", "images", "created_by"),
)
_PART_COLUMNS = (
    Column("part"),
    Column("members", right=True),
    Column("size", right=True),
    Column("share", right=True),
)
_BLOB_COLUMNS = (
    Column("largest members", room=24),
    Column("role"),
    Column("images", right=True),
    Column("size", right=True),
    Column("share", right=True),
)
_LAYER_COLUMNS = (
    Column("layer", right=True),
    Column("size", right=True),
    Column("unpacked", right=True),
    Column("content", right=True),
    Column("diff_id"),
    Column("created by", room=16),
)
_DIRECTORY_COLUMNS = (
    Column("largest directories", room=24),
    Column("files", right=True),
    Column("size", right=True),
    Column("share", right=True),
)
_ARCHIVE_COLUMNS = (
    Column("archive", room=16),
    Column("images", right=True),
    Column("size", right=True),
)
_GROWTH_COLUMNS = (
    Column("what", room=24),
    Column("before", right=True),
    Column("now", right=True),
    Column("growth", right=True),
    Column("percent", right=True),
    Column("created by", room=16),
)
_INDENT = {"archive": "", "image": "  ", "layer": "    ", "directory": "    "}


def write_sizes(
    archives: Sequence[ArchiveSize],
    out: TextIO,
    *,
    form: str,
    style: TextStyle,
    top: int,
    growth: Growth | None,
) -> None:
    """Write sizes to `out`.

    Args:
        archives: where their bytes are.
        out: where to.
        form: `text`, `json` or `csv`.
        style: how text is laid out.
        top: how many members, and directories of each image, text has at most.
        growth: what grew since the sizes that these were compared with, if they were.
    """
    if form == "json":
        write_sizes_json(archives, growth, out)
    elif form == "csv":
        out.write(csv_line(CSV_COLUMNS))
        out.writelines(csv_line(row) for archive in archives for row in _csv_rows(archive))
    else:
        text = _Text(style.width, top)
        start = ""
        for archive in archives:
            out.write(start)
            out.writelines(f"{line}\n" for line in text.archive(archive))
            start = "\n"
        out.writelines(f"{line}\n" for line in text.end(archives, growth))


class _Text:
    """Lays out text for lines of `width` characters, `None` for any; `top` rows of a kind."""

    def __init__(self, width: int | None, top: int) -> None:
        self._width = width
        self._top = top

    def archive(self, archive: ArchiveSize) -> Iterator[str]:
        yield _title(archive)
        yield ""
        yield from self._lines(_PART_COLUMNS, list(_parts(archive)))
        blobs = sorted(archive.blobs, key=lambda blob: -blob.size)[: self._top]
        rows = [
            [
                *(escape(blob.member), blob.role, str(blob.images)),
                *(human_size(blob.size), _share(blob.size, archive.total)),
            ]
            for blob in blobs
        ]
        if rows:
            yield ""
            yield from self._lines(_BLOB_COLUMNS, rows, hidden=len(archive.blobs) - len(blobs))
        for image in archive.images:
            yield from self._image(image)

    def _image(self, image: ImageSize) -> Iterator[str]:
        platform = "" if image.platform is None else f" ({escape(str(image.platform))})"
        yield ""
        yield f"{escape(image.image) or 'an image without a name'}{platform}: {_size(image.size)}"
        yield ""
        yield from self._layers(image)
        for problem in image.problems:
            yield f"Not all files are known: {escape(problem)}"
        if not (image.directories and self._top):
            return
        root, *below = image.directories
        below = sorted(below, key=lambda each: -each.size)
        rows = [
            [
                *(f"/{escape(each.path)}", str(each.files)),
                *(human_size(each.size), _share(each.size, root.size)),
            ]
            for each in (root, *below[: self._top])
        ]
        yield ""
        yield from self._lines(_DIRECTORY_COLUMNS, rows, hidden=len(below) - self._top)

    def _layers(self, image: ImageSize) -> Iterator[str]:
        def rows(digest: Callable[[Digest], str]) -> list[list[str]]:
            return [
                [
                    str(layer.position),
                    *map(_size, (layer.size, layer.uncompressed_size, layer.content_size)),
                    "-" if layer.diff_id is None else digest(layer.diff_id),
                    escape(layer.created_by or "") or "-",
                ]
                for layer in image.layers
            ]

        cells = rows(str)
        if self._width is not None and narrowest(_LAYER_COLUMNS, cells) > self._width:
            known = (layer.diff_id for layer in image.layers if layer.diff_id is not None)
            cells = rows(digest_text(shortest_digits(known)))
        return self._lines(_LAYER_COLUMNS, cells)

    def end(self, archives: Sequence[ArchiveSize], growth: Growth | None) -> Iterator[str]:
        """Lay out what is said of all archives together."""
        if len(archives) > 1:
            rows = [
                [escape(each.name), str(len(each.images)), human_size(each.total)]
                for each in archives
            ]
            images = sum(len(each.images) for each in archives)
            yield ""
            rows.append(["all", str(images), human_size(sum(each.total for each in archives))])
            yield from self._lines(_ARCHIVE_COLUMNS, rows)
        if growth is not None:
            yield ""
            yield from self._lines(_GROWTH_COLUMNS, [_growth_cells(row) for row in growth.rows])
            for name in growth.unchecked:
                yield f"Nothing to compare with: {escape(name)}"
            for name in growth.gone:
                yield f"Not given now: {escape(name)}"

    def _lines(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, hidden: int = 0
    ) -> Iterator[str]:
        for cells in layout(columns, rows, self._width):
            yield "  ".join(cells)
        if hidden > 0:
            yield f"and {hidden} more"


def _title(archive: ArchiveSize) -> str:
    title = f"{escape(archive.name)}: {human_size(archive.total)}"
    if not archive.outer_compression:
        return title
    stored = "" if archive.size is None else f", stored in {human_size(archive.size)}"
    return f"{title}{stored} of {', '.join(archive.outer_compression)}"


def _parts(archive: ArchiveSize) -> Iterator[list[str]]:
    """Lay out what the archive consists of; a directory has nothing that frames its files."""
    parts = [(each.role, str(each.members), each.size) for each in archive.roles]
    frame = ((name, "-", getattr(archive, name)) for name in ("headers", "padding", "end"))
    parts += [part for part in frame if part[2]]
    parts.append(("total", str(len(archive.blobs)), archive.total))
    for name, members, size in parts:
        yield [name, members, human_size(size), _share(size, archive.total)]


def _growth_cells(row: GrowthRow) -> list[str]:
    name = f"/{row.name}" if row.kind == "directory" else row.name
    change, share = "-", "-"
    if row.before is not None and row.after is not None:
        grown = row.after - row.before
        change = f"{'+' if grown > 0 else ''}{human_size(grown)}"
        share = f"{100 * grown / row.before:+.1f}%" if row.before else "-"
    return [
        f"{_INDENT[row.kind]}{row.kind} {escape(name)}",
        *(_size(row.before), _size(row.after), change),
        share + (" (too much)" if row.exceeds else ""),
        escape(row.created_by or "") or "-",
    ]


def _share(size: int, total: int) -> str:
    return f"{100 * size / total:.1f}%" if total else "-"


def _size(size: int | None) -> str:
    return "-" if size is None else human_size(size)


def _csv_rows(archive: ArchiveSize) -> Iterator[tuple[object, ...]]:
    """Make rows of which those without an image add up to the archive."""
    nothing = (None,) * 4
    for part in ("headers", "padding", "end"):
        yield (archive.name, None, part, None, None, getattr(archive, part), *nothing)
    for blob in archive.blobs:
        yield (
            *(archive.name, None, "member", blob.member, blob.role),
            *(blob.size, None, None, blob.images, None),
        )
    for image in archive.images:
        for layer in image.layers:
            yield (
                *(archive.name, image.image, "layer", layer.diff_id or layer.digest, "layer"),
                *(layer.size, layer.uncompressed_size, layer.content_size),
                *(None, layer.created_by),
            )
        for each in image.directories:
            yield (
                *(archive.name, image.image, "directory", f"/{each.path}", None),
                *(None, None, each.size, None, None),
            )

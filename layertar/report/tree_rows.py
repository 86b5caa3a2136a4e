"""A tree as text, with sizes before the names, and as JSON: written line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem import Fate, FileKind
from layertar.filesystem.listing import file_row
from layertar.report.escape import escape
from layertar.report.json_v1 import head_value, write_json
from layertar.report.table import human_size
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from layertar.analysis.outline import Outline, OutlineRow, Totals
    from layertar.filesystem.listing import FileRow
    from layertar.report.json_v1 import Value

__all__ = ["ASCII", "BOXES", "Guides", "write_tree_json", "write_tree_text"]

_WIDTH = 8  # of a size such as `99.9 MiB`


class Guides(NamedTuple):
    """What leads to a name.

    Attributes:
        pass_by: where a directory above goes on.
        blank: where it has ended.
        branch: before a name that others follow.
        last: before a directory's last.
    """

    pass_by: str
    blank: str
    branch: str
    last: str


BOXES = Guides("│   ", "    ", "├── ", "└── ")
ASCII = Guides("|   ", "    ", "|-- ", "`-- ")


def write_tree_text(
    outline: Outline, rows: Iterable[OutlineRow], out: TextIO, guides: Guides
) -> None:
    """Write `rows` of `outline` to `out`, and what there is all in all."""
    above: list[str] = []
    for row in rows:
        if row.depth:
            del above[row.depth - 1 :]
            lead = "".join(above) + (guides.last if row.is_last else guides.branch)
            above.append(guides.blank if row.is_last else guides.pass_by)
        else:
            lead = ""
        size, name = _texts(outline, row)
        out.write(f"{size:>{_WIDTH}}  {lead}{name}\n")
    out.write(f"\n{_counts(outline.totals)}, {human_size(outline.totals.size)}\n")
    hidden = outline.hidden
    if hidden.files or hidden.directories:
        out.write(f"hidden: {_counts(hidden)}, {human_size(hidden.size)}\n")


def write_tree_json(
    outline: Outline, rows: Iterable[OutlineRow], out: TextIO, head: dict[str, Value]
) -> None:
    """Write `rows` of `outline` to `out`: a list, for what is nested may be so too deeply.

    Args:
        outline: the tree.
        rows: the lines.
        out: where to.
        head: what is said of the archive and the image.
    """
    totals: dict[str, Value] = {
        "total": _totals_value(outline.totals),
        "hidden": _totals_value(outline.hidden),
    }
    entries = (_value(outline, row) for row in rows)
    write_json({**head_value("tree"), **head, **totals, "entries": entries}, out)


def _size(row: OutlineRow, kind: FileKind) -> str:
    """Write how large it is, where it takes room of its own."""
    if row.is_repeat or kind not in (FileKind.FILE, FileKind.DIRECTORY):
        return ""
    return "" if row.is_ghost and not row.totals.size else human_size(row.totals.size)


def _texts(outline: Outline, row: OutlineRow) -> tuple[str, str]:
    """Write the size and the name."""
    if row.omitted:
        return human_size(row.totals.size), f"({row.omitted} more{_below(row)})"
    found = _file_row(outline, row)
    entry = found.entry
    name = escape(entry.name if row.depth else entry.path)
    if row.is_directory:
        name += "/"
    elif entry.kind is FileKind.SYMLINK:
        name += f" -> {escape(entry.link_target or '')}"
    elif row.is_repeat:
        first = outline.tree.recorded_path(outline.tree.inode(row.row))
        name += f"  (hard link to {escape(first.decode('utf-8', 'surrogateescape'))})"
    return _size(row, entry.kind), name + _state(row, found)


def _file_row(outline: Outline, row: OutlineRow) -> FileRow:
    return file_row(outline.tree, (row.path, row.row))


def _state(row: OutlineRow, found: FileRow) -> str:
    if not row.is_ghost:
        return ""
    if found.fate is Fate.MARKER:
        return f"  ({found.entry.kind.value})"
    if row.row < 0:
        return ""
    return f"  ({found.fate.name.lower()} by layer {found.hidden_by})"


def _below(row: OutlineRow) -> str:
    """Say what is in those that one line sums up, where that is more than they are."""
    return f": {_counts(row.totals)}" if row.totals.directories else ""


def _counts(totals: Totals) -> str:
    directories = "1 directory" if totals.directories == 1 else f"{totals.directories} directories"
    files = "1 file" if totals.files == 1 else f"{totals.files} files"
    return f"{directories}, {files}"


def _totals_value(totals: Totals) -> dict[str, Value]:
    return {"size": totals.size, "files": totals.files, "directories": totals.directories}


def _value(outline: Outline, row: OutlineRow) -> dict[str, Value]:
    totals = _totals_value(row.totals)
    place: dict[str, Value] = {
        "path": row.path.decode("utf-8", "surrogateescape") or ".",
        "depth": row.depth,
    }
    if row.omitted:
        return {**place, "omitted": row.omitted, **totals}
    found = _file_row(outline, row)
    return {
        **place,
        "kind": found.entry.kind.value,
        **totals,
        "is_repeat": row.is_repeat,
        "link_target": found.entry.link_target,
        "layer": found.entry.layer,
        "state": found.fate.name.lower(),
        "hidden_by": found.hidden_by if row.is_ghost else None,
    }

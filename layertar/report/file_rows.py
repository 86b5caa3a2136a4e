"""Files as text, JSON, JSON lines or CSV, each written as it comes: an image has many.

In text a path is as `tar` lists it, without a leading slash; the root is a dot. The long form is
that of `tar tv` with numbers for owners, an instant in UTC and the layer. With digests, the short
form is what `sha256sum --check` reads.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from layertar.filesystem import Fate, FileKind
from layertar.report.csv_table import csv_line
from layertar.report.escape import escape
from layertar.report.json_v1 import head_value, one_line, optional_text, write_json
from layertar.units import instant_text
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from layertar.filesystem import FileEntry
    from layertar.filesystem.listing import FileRow, Spot
    from layertar.image.model import Image
    from layertar.report.json_v1 import Value

__all__ = [
    "COLUMNS",
    "FileStyle",
    "entry_value",
    "file_value",
    "image_value",
    "long_line",
    "mode_text",
    "write_files",
]

#: The columns of CSV, which are the keys of JSON.
COLUMNS = (
    *("path", "kind", "size", "mode", "uid", "gid", "mtime", "link_target", "digest"),
    *("device", "xattrs", "layer", "state", "hidden_by"),
)
_LETTERS = {
    FileKind.FILE: "-",
    FileKind.DIRECTORY: "d",
    FileKind.SYMLINK: "l",
    FileKind.HARDLINK: "h",
    FileKind.CHARACTER: "c",
    FileKind.BLOCK: "b",
    FileKind.FIFO: "p",
    FileKind.OTHER: "?",
    FileKind.WHITEOUT: "w",
    FileKind.OPAQUE: "o",
    FileKind.IGNORED: "i",
}
# Of user, group and others: the bits, and what stands for the special one with `x` and without.
_SPECIAL = ((0o4000, 0o100, "sS"), (0o2000, 0o010, "sS"), (0o1000, 0o001, "tT"))
_NOTHING = "-"
_NO_DIGEST = "-" * 64


class FileStyle(NamedTuple):
    """How files are written as text.

    Attributes:
        long: all attributes, as `tar tv` has them.
        digests: the sha256, too.
        null: paths as they are, each ended by NUL, and nothing else.
        states: what became of each, too, where that is not the usual thing.
    """

    long: bool = False
    digests: bool = False
    null: bool = False
    states: bool = False


def write_files(
    spots: Iterable[Spot],
    row_of: Callable[[Spot], FileRow],
    out: TextIO,
    *,
    command: str,
    form: str,
    style: FileStyle,
    head: dict[str, Value],
) -> None:
    """Write files to `out`.

    Args:
        spots: which, in order.
        row_of: makes of each what is shown.
        out: where to.
        command: the command that lists them.
        form: `text`, `json`, `jsonl` or `csv`.
        style: how text is laid out.
        head: what JSON says of the archive and the image.
    """
    if form == "json":
        entries = (file_value(row_of(spot)) for spot in spots)
        write_json({**head_value(command), **head, "entries": entries}, out)
    elif form == "jsonl":
        out.writelines(one_line(file_value(row_of(spot))) + "\n" for spot in spots)
    elif form == "csv":
        out.write(csv_line(COLUMNS))
        out.writelines(csv_line(_cells(row_of(spot))) for spot in spots)
    elif style.null:
        # A NUL, which no system has in a name, must not end one here.
        out.writelines(_text(path).replace("\0", r"\x00") + "\0" for path, _ in spots)
    elif style.long:
        out.writelines(_long_lines((row_of(spot) for spot in spots), style))
    elif style.digests:
        out.writelines(_digest_line(row_of(spot)) for spot in spots)
    elif style.states:
        lines = ((_text(spot[0]), _fate(row_of(spot))) for spot in spots)
        out.writelines(f"{escape(path)}{fate}\n" for path, fate in lines)
    else:
        # Nothing but paths: no object is made of them.
        out.writelines(escape(_text(path)) + "\n" for path, _ in spots)


def image_value(name: str, image: Image | None) -> dict[str, Value]:
    """Return what JSON says of the archive called `name`, and of the image in it."""
    if image is None:
        return {"archive": name, "image": None}
    return {
        "archive": name,
        "image": {
            "names": iter(image.names),
            "image_id": optional_text(image.image_id),
            "manifest_digest": optional_text(image.manifest_digest),
            "platform": optional_text(image.platform),
        },
    }


def file_value(row: FileRow) -> dict[str, Value]:
    """Return an entry as JSON, with what became of it."""
    return {
        **entry_value(row.entry),
        "state": row.fate.name.lower(),
        "hidden_by": row.hidden_by if row.fate in (Fate.OVERWRITTEN, Fate.DELETED) else None,
    }


def entry_value(entry: FileEntry) -> dict[str, Value]:
    """Return an entry as JSON."""
    return {
        "path": entry.path or ".",
        "kind": entry.kind.value,
        "size": entry.size,
        "mode": None if entry.mode is None else f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime": None if entry.mtime_ns is None else instant_text(entry.mtime_ns),
        "link_target": entry.link_target,
        "digest": optional_text(entry.digest),
        "device": None if entry.device is None else f"{entry.device[0]}:{entry.device[1]}",
        "xattrs": {
            name.decode("utf-8", "surrogateescape"): b64encode(value).decode()
            for name, value in entry.xattrs
        },
        "layer": entry.layer,
    }


def _cells(row: FileRow) -> list[str]:
    values = file_value(row)
    values["xattrs"] = " ".join(
        name.decode("utf-8", "surrogateescape") for name, _ in row.entry.xattrs
    )
    return ["" if values[name] is None else str(values[name]) for name in COLUMNS]


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape") or "."


def _fate(row: FileRow) -> str:
    match row.fate:
        case Fate.VISIBLE | Fate.MERGED:
            return ""
        case Fate.MARKER:
            return f"  ({row.entry.kind.value})"
        case _:
            return f"  ({row.fate.name.lower()} by layer {row.hidden_by})"


def _digest_line(row: FileRow) -> str:
    digest = _NO_DIGEST if row.entry.digest is None else row.entry.digest.encoded
    return f"{digest}  {escape(row.entry.path) or '.'}{_fate(row)}\n"


def _long_lines(rows: Iterable[FileRow], style: FileStyle) -> Iterator[str]:
    """Lay lines out; owners and sizes take as much room as they needed so far, as in `tar tv`."""
    owners = sizes = 0
    for row in rows:
        entry = row.entry
        owner = f"{_number(entry.uid)}/{_number(entry.gid)}"
        size = ",".join(map(str, entry.device)) if entry.device is not None else str(entry.size)
        owners, sizes = max(owners, len(owner)), max(sizes, len(size))
        yield long_line(row, f"{owner:{owners}} {size:>{sizes}}", style)


def long_line(row: FileRow, middle: str, style: FileStyle) -> str:
    """Write one line of the long form, with the owner and the size as they are given."""
    entry = row.entry
    time = _NOTHING if entry.mtime_ns is None else _second(entry.mtime_ns // 10**9)
    layer = _NOTHING if entry.layer is None else str(entry.layer)
    parts = [mode_text(entry.kind, entry.mode), middle, f"{time:20}", f"{layer:>3}"]
    if style.digests:
        parts.append(_NO_DIGEST if entry.digest is None else entry.digest.encoded)
    name = escape(entry.path) or "."
    if entry.link_target is not None:
        arrow = "->" if entry.kind is FileKind.SYMLINK else "link to"
        name += f" {arrow} {escape(entry.link_target)}"
    return " ".join((*parts, name)) + _fate(row) + "\n"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return instant_text(seconds * 10**9)


@lru_cache(maxsize=1024)
def mode_text(kind: FileKind, mode: int | None) -> str:
    """Write kind and permissions as `ls -l` does; question marks where nothing says them."""
    letter = _LETTERS[kind]
    if mode is None:
        return letter + "?" * 9
    text = letter
    for shift, (special, execute, letters) in zip((6, 3, 0), _SPECIAL, strict=True):
        text += "r" if mode >> shift & 4 else "-"
        text += "w" if mode >> shift & 2 else "-"
        if mode & special:
            text += letters[0] if mode & execute else letters[1]
        else:
            text += "x" if mode & execute else "-"
    return text


def _number(value: int | None) -> str:
    return _NOTHING if value is None else str(value)

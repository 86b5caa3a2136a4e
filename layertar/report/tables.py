"""Tables: rows of one kind as text, JSON or CSV, all columns or those that are asked for.

What an archive holds is its author's text: in text and CSV it is escaped, in JSON it is ASCII.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import ArgumentError
from layertar.report.csv_table import csv_line
from layertar.report.escape import escape
from layertar.report.json_v1 import head_value, write_json
from layertar.report.table import (
    Column,
    digest_text,
    human_size,
    layout,
    narrowest,
    shortest_digits,
)
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from layertar.report.json_v1 import Value
    from layertar.report.register import TextStyle

__all__ = ["DIGESTS", "HISTORY", "IMAGES", "LAYERS", "Field", "Table", "write_rows"]

_NOTHING = "-"
_NUL = "\0"


class Field(NamedTuple):
    """One column of a table.

    Attributes:
        name: the row's attribute; so `--columns` and JSON call it.
        is_size: whether it is a number of bytes.
        is_shown: whether text has it unless other columns are asked for.
        varies: whether text has it only where not all rows say the same.
        room: fewest characters that a terminal may cut it to; `None` for never.
    """

    name: str
    is_size: bool = False
    is_shown: bool = True
    varies: bool = False
    room: int | None = None


class Table(NamedTuple):
    """A kind of rows.

    Attributes:
        command: the command that lists them, which is the key of the rows in JSON, too.
        fields: every column, in order.
        bare: the one column that text has, without a heading, unless others are asked for.
    """

    command: str
    fields: tuple[Field, ...]
    bare: str | None = None

    def chosen(self, columns: Sequence[str]) -> tuple[Field, ...]:
        """Give the fields called `columns`.

        Raises:
            ArgumentError: there is no such field.
        """
        known = {field.name: field for field in self.fields}
        for name in columns:
            if name not in known:
                raise ArgumentError(f"no column {name!r}; there are {', '.join(known)}")
        return tuple(known[name] for name in columns)


IMAGES = Table(
    "images",
    (
        Field("archive", varies=True, room=16),
        Field("names", room=16),
        Field("image_id"),
        Field("manifest_digest", varies=True),
        Field("index_digest", varies=True),
        Field("platform"),
        Field("layers"),
        Field("size", is_size=True),
        Field("content_size", is_size=True, is_shown=False),
        Field("created"),
        Field("verdict"),
    ),
)
LAYERS = Table(
    "layers",
    (
        Field("archive", varies=True, room=16),
        Field("image", varies=True, room=16),
        Field("position"),
        Field("digest"),
        Field("diff_id"),
        Field("chain_id"),
        Field("size", is_size=True),
        Field("uncompressed_size", is_size=True, varies=True),
        Field("content_size", is_size=True, is_shown=False),
        Field("media_type", varies=True, room=12),
        Field("compression", is_shown=False),
        Field("created_by", room=16),
        Field("member", is_shown=False),
        Field("verdict"),
    ),
)
HISTORY = Table(
    "history",
    (
        Field("archive", varies=True, room=16),
        Field("image", varies=True, room=16),
        Field("step", is_shown=False),
        Field("created"),
        Field("created_by", room=24),
        Field("comment", varies=True, room=12),
        Field("empty_layer", is_shown=False),
        Field("layer"),
        Field("digest"),
        Field("diff_id"),
        Field("size", is_size=True),
        Field("content_size", is_size=True, is_shown=False),
        Field("verdict"),
    ),
)
DIGESTS = Table(
    "digest",
    (Field("of"), Field("position"), Field("digest"), Field("origin")),
    bare="digest",
)


def write_rows(
    table: Table,
    rows: Sequence[object],
    out: TextIO,
    *,
    form: str,
    style: TextStyle,
    columns: Sequence[str] = (),
    null: bool = False,
) -> None:
    """Write `rows` to `out`.

    Args:
        table: of what kind they are.
        rows: the rows.
        out: where to.
        form: `text`, `json` or `csv`.
        style: how text is laid out.
        columns: the names of the columns; all of them, or in text the usual ones, if empty.
        null: whether in text every cell ends in NUL, and nothing else is written.

    Raises:
        ArgumentError: there is no such column.
    """
    fields = table.chosen(columns) or table.fields
    if form == "json":
        write_json(_document(table, fields, rows), out)
    elif form == "csv":
        out.write(csv_line([field.name for field in fields]))
        out.writelines(csv_line([_plain(row, field) for field in fields]) for row in rows)
    elif null:
        usual = table.chosen(columns) or _usual(table, rows)
        for row in rows:
            out.writelines(_ended(_get(row, field)) for field in usual)
    elif table.bare is not None and not columns:
        out.writelines(f"{_plain(row, Field(table.bare))}\n" for row in rows)
    elif rows:
        _write_text(table.chosen(columns) or _usual(table, rows), rows, out, style)


def _usual(table: Table, rows: Sequence[object]) -> tuple[Field, ...]:
    if table.bare is not None:
        return table.chosen([table.bare])
    return tuple(
        field
        for field in table.fields
        if field.is_shown and not (field.varies and _says_nothing(field, rows))
    )


def _says_nothing(field: Field, rows: Sequence[object]) -> bool:
    values = {_plain(row, field) for row in rows}
    names = field.name in ("archive", "image")
    return len(values) < 2 if names else values <= {""}  # noqa: PLR2004 - two that differ


def _document(table: Table, fields: Sequence[Field], rows: Sequence[object]) -> Value:
    return {
        **head_value(table.command),
        table.command: ({field.name: _value(_get(row, field)) for field in fields} for row in rows),
    }


def _write_text(
    fields: Sequence[Field], rows: Sequence[object], out: TextIO, style: TextStyle
) -> None:
    columns = [
        Column(
            field.name.replace("_", " "),
            right=any(isinstance(_get(row, field), int) for row in rows),
            room=field.room,
        )
        for field in fields
    ]
    cells = [[_cell(row, field, str) for field in fields] for row in rows]
    if style.width is not None and narrowest(columns, cells) > style.width:
        values = (_get(row, field) for row in rows for field in fields)
        digits = shortest_digits(value for value in values if isinstance(value, Digest))
        cells = [[_cell(row, field, digest_text(digits)) for field in fields] for row in rows]
    out.writelines("  ".join(line) + "\n" for line in layout(columns, cells, style.width))


def _get(row: object, field: Field) -> object:
    value: object = getattr(row, field.name)
    return value


def _cell(row: object, field: Field, digest: Callable[[Digest], str]) -> str:
    value = _get(row, field)
    if value is None or value == ():
        return _NOTHING
    if isinstance(value, Digest):
        return digest(value)
    if field.is_size and isinstance(value, int):
        return human_size(value)
    return escape(_spelt(value)) or _NOTHING


def _plain(row: object, field: Field) -> str:
    """Spell a value for programs: nothing is shortened, and nothing is the empty text."""
    value = _get(row, field)
    return "" if value is None else _spelt(value)


def _ended(value: object) -> str:
    texts = value if type(value) is tuple else (value,)
    return "".join(
        ("" if text is None else _spelt(text)).replace(_NUL, r"\x00") + _NUL for text in texts
    )


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    # A digest and a platform are tuples, too, and spell themselves.
    return ", ".join(map(str, value)) if type(value) is tuple else str(value)


def _value(value: object) -> Value:
    if value is None or isinstance(value, bool | int):
        return value
    return iter(map(str, value)) if type(value) is tuple else _spelt(value)

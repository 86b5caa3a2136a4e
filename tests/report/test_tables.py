"""Rows as text, JSON and CSV, and what an archive's author may not do to them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given

from layertar.analysis import DigestRow, HistoryRow, ImageRow, LayerRow
from layertar.digest import Digest
from layertar.errors import ArgumentError
from layertar.image.model import Verdict
from layertar.platform import Platform
from layertar.report.register import TextStyle
from layertar.report.schema_tables import TABLES
from layertar.report.tables import DIGESTS, HISTORY, IMAGES, LAYERS, Table, write_rows
from tests.report.hostile import ANY_TEXT, HOSTILE
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from collections.abc import Callable

ONE, TWO = Digest.of(b"one"), Digest.of(b"two")


def image_row(text: str = "app:1") -> ImageRow:
    return ImageRow(
        archive=text,
        names=(text, text),
        image_id=ONE,
        manifest_digest=None,
        index_digest=None,
        platform=Platform(text, "amd64"),
        layers=2,
        size=1536,
        content_size=None,
        created=text,
        verdict=Verdict.RECORDED,
    )


def layer_row(text: str = "app:1") -> LayerRow:
    return LayerRow(
        archive=text,
        image=text,
        position=0,
        digest=ONE,
        diff_id=TWO,
        chain_id=None,
        size=1536,
        uncompressed_size=None,
        content_size=None,
        media_type=text,
        compression=None,
        created_by=text,
        member=text,
        verdict=Verdict.VERIFIED,
    )


def history_row(text: str = "app:1") -> HistoryRow:
    return HistoryRow(
        archive=text,
        image=text,
        step=0,
        created=text,
        created_by=text,
        comment=text,
        empty_layer=True,
        layer=None,
        digest=None,
        diff_id=None,
        size=None,
        content_size=None,
        verdict=None,
    )


ROWS: dict[str, tuple[Table, Callable[..., Any]]] = {
    "images": (IMAGES, image_row),
    "layers": (LAYERS, layer_row),
    "history": (HISTORY, history_row),
    "digest": (DIGESTS, lambda _="": DigestRow("layers", 0, ONE, "measured")),
}


def written(
    table: Table,
    *rows: object,
    form: str = "text",
    columns: tuple[str, ...] = (),
    width: int | None = None,
    null: bool = False,
) -> str:
    out = StringIO()
    style = TextStyle(width=width)
    write_rows(table, rows, out, form=form, style=style, columns=columns, null=null)
    return out.getvalue()


def test_every_table_is_tried_and_has_every_field_of_its_rows() -> None:
    assert ROWS.keys() == TABLES.keys()
    for table, row in ROWS.values():
        assert tuple(field.name for field in table.fields) == row()._fields


@pytest.mark.parametrize("command", ROWS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_table_has_one_printable_line_a_row(command: str, text: str) -> None:
    table, row = ROWS[command]
    for columns in ((), tuple(field.name for field in table.fields)):
        lines = written(table, row(text), row(text), columns=columns).split("\n")
        assert lines.pop() == ""
        assert len(lines) == (2 if table.bare and not columns else 3)
        assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("command", ROWS)
@given(ANY_TEXT)
def test_json_fits_the_schema_whatever_an_archive_holds(command: str, text: str) -> None:
    table, row = ROWS[command]
    shown = written(table, row(text), form="json")
    assert shown.isascii()
    document = json.loads(shown)
    jsonschema.validate(document, strict_schema(command), jsonschema.Draft202012Validator)
    [found] = document[command]
    assert list(found) == [field.name for field in table.fields]


@pytest.mark.parametrize("command", ROWS)
@given(ANY_TEXT)
def test_csv_has_a_heading_a_row_each_and_no_formula(command: str, text: str) -> None:
    table, row = ROWS[command]
    heading, *rows = csv.reader(StringIO(written(table, row(text), row(text), form="csv")))
    assert heading == [field.name for field in table.fields]
    assert [len(cells) for cells in rows] == [len(heading)] * 2
    for cell in rows[0]:
        assert cell == "-" or not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_columns_are_those_asked_for_in_that_order(form: str) -> None:
    shown = written(IMAGES, image_row(), form=form, columns=("size", "image_id"))
    if form == "json":
        assert json.loads(shown)["images"] == [{"size": 1536, "image_id": str(ONE)}]
    elif form == "csv":
        assert shown == f"size,image_id\r\n1536,{ONE}\r\n"
    else:
        assert [line.split() for line in shown.splitlines()] == [
            ["size", "image", "id"],
            ["1.5", "KiB", str(ONE)],
        ]


def test_a_column_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ArgumentError, match="no column 'ids'; there are archive, names, image_id"):
        written(IMAGES, image_row(), columns=("ids",))


def test_nul_ends_every_cell_and_none_can_be_forged() -> None:
    row = image_row("a\0b\nc")
    assert written(IMAGES, row, columns=("names", "layers"), null=True) == (
        "a\\x00b\nc\0a\\x00b\nc\x002\0"
    )
    assert written(DIGESTS, DigestRow("layers", 0, ONE, "measured"), null=True) == f"{ONE}\0"


def test_digests_are_bare_lines() -> None:
    rows = [DigestRow("layers", at, digest, "measured") for at, digest in enumerate((ONE, TWO))]
    assert written(DIGESTS, *rows) == f"{ONE}\n{TWO}\n"


def test_a_narrow_terminal_has_digests_cut_and_a_pipe_has_them_whole() -> None:
    narrow = written(LAYERS, layer_row(), width=80)
    assert str(ONE) not in narrow
    assert ONE.encoded[:12] in narrow
    assert str(ONE) in written(LAYERS, layer_row())


def test_archive_and_image_are_columns_only_where_they_tell_rows_apart() -> None:
    assert "archive" not in written(LAYERS, layer_row(), layer_row()).splitlines()[0]
    heading = written(LAYERS, layer_row("one"), layer_row("two")).splitlines()[0]
    assert heading.split()[:2] == ["archive", "image"]


def test_no_rows_are_no_text_and_still_a_document() -> None:
    assert written(LAYERS) == ""
    assert json.loads(written(LAYERS, form="json"))["layers"] == []

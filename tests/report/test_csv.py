from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from layertar.report.csv_table import COLUMNS
from layertar.report.escape import escape
from tests.report.examples import archive, damaged_report, finding, report
from tests.report.hostile import ANY_TEXT, HOSTILE, written

if TYPE_CHECKING:
    from layertar.report.model import Report


def rows(what: Report) -> list[dict[str, str]]:
    reader = csv.DictReader(StringIO(written("csv", what), newline=""), strict=True)
    found = list(reader)
    assert tuple(reader.fieldnames or ()) == COLUMNS
    assert all(None not in row for row in found)
    assert all(None not in row.values() for row in found)
    return found


def test_a_finding_is_a_row_and_an_archive_without_any_too() -> None:
    first, second = rows(report(archive(name="a.tar", findings=(finding(),)), archive()))
    assert (first["archive"], first["severity"], first["offset"]) == ("a.tar", "error", "")
    assert (second["archive"], second["verdict"], second["rule"]) == ("app.tar", "verified", "")


@given(ANY_TEXT)
def test_whatever_an_archive_holds_is_one_cell(text: str) -> None:
    error, _ = rows(damaged_report(text))
    assert error["message"].removeprefix("'") == escape(text).removeprefix("'")
    assert error["offset"] == "512"


@pytest.mark.parametrize("text", [*HOSTILE, "=1", " =1", "-x", "＝1"])  # noqa: RUF001 - as meant
def test_no_cell_is_a_formula(text: str) -> None:
    for row in rows(damaged_report(text)):
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))  # noqa: RUF001


def test_standard_input_keeps_its_name() -> None:
    assert rows(report(archive(name="-")))[0]["archive"] == "-"


def test_lines_end_as_the_standard_says() -> None:
    assert written("csv", report(archive())).endswith(",,,,,,,,,,\r\n")

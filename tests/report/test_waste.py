"""Waste, written."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.dive import DivePath, DiveScore
from layertar.analysis.duplicates import Duplicate
from layertar.analysis.hidden import HiddenCause, HiddenPath, LayerBytes
from layertar.analysis.leftovers import LEFTOVERS, Leftover, LeftoverPlace
from layertar.analysis.ranked import Ranked
from layertar.analysis.waste import Waste
from layertar.digest import Digest
from layertar.report.register import TextStyle
from layertar.report.waste import CSV_COLUMNS, write_waste
from layertar.value import replace
from tests.report.examples import image, layer
from tests.report.hostile import ANY_TEXT
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from layertar.image.model import Image

DIGEST = Digest.of(b"")


def waste_of(path: str, layers: tuple[LayerBytes, ...] = ()) -> Waste:
    """Some waste, all of it of one path."""
    hidden = HiddenPath(path, HiddenCause.DELETED, 0, 1, 4000, 3)
    same = Duplicate(DIGEST, 300, (path, path, path))
    left = Leftover(LEFTOVERS[0], 5, 1, (LeftoverPlace(path, 4, 1), LeftoverPlace("b", 1, 1)))
    inefficient = DivePath(path, 2, 1)
    return Waste(
        layers=layers or (LayerBytes(0, 5000, 1000, 0, 7), LayerBytes(1, 10, 10, 4000, 1)),
        hidden=Ranked(items=(hidden,), count=2, size=5000),
        duplicates=Ranked(items=(same,), count=2, size=700),
        leftovers=(left,),
        dive=DiveScore(0.5, 5010, 10, Ranked(items=(inefficient,), count=2, size=3)),
    )


def written(waste: Waste, shown: Image | None, form: str = "text", width: int | None = None) -> str:
    out = StringIO()
    write_waste(waste, shown, out, archive="a.tar", form=form, style=TextStyle(width))
    return out.getvalue()


def test_text_tells_of_what_it_does_not_show() -> None:
    lines = written(waste_of("a/b"), image(layer())).splitlines()
    for rest in ("and 1 more, 1000 B", "and 1 more, 100 B", "and 1 more, 2 B"):
        assert rest in lines
    assert any(line.endswith("a/b, a/b, ...") for line in lines)
    assert any(" a/b and 1 more" in line for line in lines)


def bars(*layers: LayerBytes) -> list[str]:
    found = written(waste_of("a", layers), image(layer())).splitlines()
    first = next(at for at, line in enumerate(found) if line.startswith("layer")) + 1
    start = found[first - 1].index("#")
    return [line[start : start + 24].rstrip() for line in found[first : first + len(layers)]]


def test_a_bar_is_as_long_as_what_is_stored_and_shows_what_is_hidden() -> None:
    assert bars(
        LayerBytes(0, 2400, 1200, 0, 1),
        LayerBytes(1, 1200, 1200, 0, 1),
        LayerBytes(2, 600, 0, 0, 1),
        LayerBytes(3, 0, 0, 0, 0),
        LayerBytes(4, 2400, 2399, 0, 1),
        LayerBytes(5, 2400, 1, 0, 1),
        LayerBytes(6, 1, 1, 0, 1),
        LayerBytes(7, 1, 0, 0, 1),
    ) == [
        *("#" * 12 + "-" * 12, "#" * 12, "-" * 6, ""),
        *("#" * 23 + "-", "#" + "-" * 23, "#", "-"),
    ]


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_bar_is_never_longer_than_its_room(visible: int, hidden: int, largest: int) -> None:
    stored = visible + hidden
    [bar, _] = bars(
        LayerBytes(0, stored, visible, 0, 1), LayerBytes(1, max(stored, largest), 0, 0, 1)
    )
    assert len(bar) <= 24
    assert bool(bar) == bool(stored)
    assert bar.strip("#").strip("-") == ""
    if hidden and (len(bar) > 1 or not visible):
        assert "-" in bar
    if visible and not hidden:
        assert "-" not in bar


@given(ANY_TEXT, st.sampled_from([None, 20, 80]))
def test_nothing_of_an_archive_moves_the_cursor(text: str, width: int | None) -> None:
    shown = written(waste_of(text), image(layer(created_by=text), names=(text,)), width=width)
    assert all(line.isprintable() for line in shown.split("\n"))
    plain = written(waste_of("x"), image(layer(created_by="x"), names=("x",)), width=width)
    assert shown.count("\n") == plain.count("\n")


@given(ANY_TEXT)
def test_json_and_csv_have_whatever_a_path_is(text: str) -> None:
    document = json.loads(written(waste_of(text), image(layer()), "json"))
    jsonschema.validate(document, strict_schema("waste"), jsonschema.Draft202012Validator)
    rows = list(csv.reader(StringIO(written(waste_of(text), image(layer()), "csv"))))
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}
    assert [row[0] for row in rows] == [
        *("of", "hidden", *["duplicate"] * 3, *["leftover"] * 2, "dive")
    ]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_of_no_image_programs_are_told_as_much(form: str) -> None:
    nothing = replace(waste_of("a"), dive=None)
    shown = written(nothing, None, form)
    if form == "json":
        document = json.loads(shown)
        assert (document["image"], document["dive"]) == (None, None)
        jsonschema.validate(document, strict_schema("waste"), jsonschema.Draft202012Validator)
    assert written(nothing, None) == ""


def test_the_root_is_a_dot_for_programs_and_a_slash_for_people() -> None:
    [path] = json.loads(written(waste_of(""), None, "json"))["hidden"]["paths"]
    assert path["path"] == "."
    assert "hidden,.,deleted,0,1,3,4000," in written(waste_of(""), None, "csv")


def test_shares_that_would_round_to_nothing_are_told() -> None:
    tiny = Ranked[HiddenPath](items=(), count=1, size=1)
    layers = (LayerBytes(0, 10**6, 10**6 - 1, 0, 1),)
    text = written(replace(waste_of("a", layers), hidden=tiny), image(layer()))
    assert "1 B hidden (< 0.1 %)" in text


def test_an_image_that_wastes_nothing_has_its_layers_alone() -> None:
    none = Ranked[HiddenPath](items=(), count=0, size=0)
    dive = DiveScore(1.0, 10, 0, Ranked(items=(), count=0, size=0))
    clean = Waste(
        layers=(LayerBytes(0, 10, 10, 0, 1),),
        hidden=none,
        duplicates=Ranked(items=(), count=0, size=0),
        leftovers=(),
        dive=dive,
    )
    lines = written(clean, image(layer())).splitlines()
    assert lines[1] == "10 B in files of 1 layer: 10 B visible, 0 B hidden"
    assert lines[-1] == "As dive counts: efficiency 100.00 %, 0 B wasted"
    assert len(lines) == 7

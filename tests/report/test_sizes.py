"""Sizes as text, CSV and JSON, what an archive's author may not do, and sizes read back."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given

from layertar import ResultError, parse_sizes, size
from layertar.analysis.growth import GrowthLimit, growth_of
from layertar.platform import Platform
from layertar.report.escape import encodable
from layertar.report.register import TextStyle
from layertar.report.sizes import CSV_COLUMNS, write_sizes
from layertar.value import replace
from tests.analysis.sized import ARCHIVE_SIZES, archive, directory, image, layer
from tests.report.hostile import ANY_TEXT, HOSTILE
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar import ArchiveSize, Growth

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())

APP = image(
    "app:1",
    platform=Platform("linux", "arm64"),
    layers=(layer("base", 3 << 20, "ADD rootfs.tar /"), layer("top", 5000, "COPY app /")),
    directories=(
        directory("", 4_000_000),
        *(directory(path, number) for path, number in (("bin", 7), ("usr", 3_999_000), ("var", 0))),
    ),
)
SAVED = archive("app.tar", APP, total=3 << 20)


def written(
    archives: Sequence[ArchiveSize],
    form: str,
    *,
    top: int = 2,
    width: int | None = 80,
    growth: Growth | None = None,
) -> str:
    out = StringIO()
    style = TextStyle(width=width)
    write_sizes(archives, out, form=form, style=style, top=top, growth=growth)
    return out.getvalue()


def hostile(text: str) -> ArchiveSize:
    """An archive whose author writes `text` wherever he can."""
    made = replace(
        image(text, platform=Platform(text, "x"), layers=(layer("a", 1, text),)),
        directories=(directory("", 3), directory(text, 1)),
        problems=(text,),
    )
    whole = archive(text, made)
    return replace(whole, blobs=(whole.blobs[0]._replace(member=text),))


def validated(shown: str) -> Any:
    document = json.loads(shown)
    jsonschema.validate(document, strict_schema("size"), jsonschema.Draft202012Validator)
    return document


def test_text_has_parts_then_members_then_layers_and_directories() -> None:
    assert (
        written([SAVED], "text")
        == """\
app.tar: 3.0 MiB

part    members     size   share
unused        1  3.0 MiB  100.0%
total         1  3.0 MiB  100.0%

largest members  role    images     size   share
blob             unused       0  3.0 MiB  100.0%

app:1 (linux/arm64): 3.0 MiB

layer     size  unpacked  content  diff_id       created by
    0  3.0 MiB         -        -  cbf36a964ba8  ADD rootfs.tar /
    1  4.9 KiB         -        -  07b4ed8e4e4e  COPY app /

largest directories  files     size   share
/                        1  3.8 MiB  100.0%
/usr                     1  3.8 MiB  100.0%
/bin                     1      7 B    0.0%
and 1 more
"""
    )


def test_what_grew_stands_below() -> None:
    small = image("app:1", platform=APP.platform, layers=(layer("base", 3 << 20),))
    before = archive("app.tar", small, image("old"), total=2 << 20)
    growth = growth_of(
        [before, archive("gone.tar")],
        [SAVED, archive("new.tar", total=1)],
        limit=GrowthLimit(size=1 << 20),
    )
    text = written([SAVED, archive("new.tar", total=1)], "text", top=0, growth=growth)
    assert (
        text.partition("\n\narchive ")[2]
        == """\
 images     size
app.tar       1  3.0 MiB
new.tar       0      1 B
all           1  3.0 MiB

what                              before      now    growth  percent  created by
archive app.tar                  2.0 MiB  3.0 MiB  +1.0 MiB   +50.0%  -
  image app:1                    3.0 MiB  3.0 MiB  +4.9 KiB    +0.2%  -
    layer sha256:07b4ed8e4e4...        -  4.9 KiB         -        -  COPY app /
  image old                          0 B        -         -        -  -
Nothing to compare with: new.tar
Not given now: gone.tar
"""
    )


def test_of_several_archives_the_sum_is_told() -> None:
    text = written([SAVED, archive("b.tar", total=1 << 20)], "text", top=0)
    assert text.endswith("all           1  4.0 MiB\n")
    assert written([], "text") == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_csv_have_printable_lines_alone(text: str) -> None:
    found = hostile(text)
    growth = growth_of([archive("before"), archive("x")], [found, hostile(f"{text}2")])
    due = hostile("plain")
    plain = written([due], "text", growth=growth_of([archive("x")], [due]))
    for width in (None, 60):
        alone = growth_of([archive("x")], [found])
        lines = written([found], "text", width=width, growth=alone).split("\n")
        assert all(line.isprintable() for line in lines)
        assert len(lines) == plain.count("\n") + 1
        more = written([found], "text", width=width, growth=growth).split("\n")
        assert all(line.isprintable() for line in more)
    rows = list(csv.reader(StringIO(written([found], "csv"), newline="")))
    assert rows[0] == list(CSV_COLUMNS)
    assert len(rows) == 8
    assert all(len(row) == len(CSV_COLUMNS) for row in rows)
    assert all(cell.isprintable() for row in rows for cell in row)


@given(ANY_TEXT)
def test_json_is_ascii_and_fits_its_schema_whatever_an_archive_holds(text: str) -> None:
    found = hostile(text)
    growth = growth_of([archive("before", image("x"))], [found])
    shown = written([found], "json", growth=growth)
    assert shown.isascii()
    document = validated(shown)
    assert document["archives"][0]["blobs"][0]["member"] == encodable(text)
    assert len(document["growth"]["rows"]) == len(growth.rows)


@given(ARCHIVE_SIZES)
def test_what_is_kept_is_read_back(found: list[ArchiveSize]) -> None:
    shown = written(found, "json")
    validated(shown)
    assert parse_sizes(shown.encode()) == tuple(found)


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_sizes_of_a_fixture_are_read_back_and_nothing_grew_since(path: Path) -> None:
    found = size(path).archives
    kept = parse_sizes(written(found, "json").encode())
    assert written(kept, "json") == written(found, "json")
    growth = growth_of(kept, found, limit=GrowthLimit(size=0), spelt=encodable)
    assert (growth.unchecked, growth.gone) == ((), ())
    assert all(row.before == row.after for row in growth.rows)
    assert {row.kind for row in growth.rows} <= {"archive", "image"}


@given(ANY_TEXT)
def test_whatever_an_archive_holds_is_found_again(text: str) -> None:
    found = hostile(text)
    kept = parse_sizes(written([found], "json").encode())
    growth = growth_of(kept, [found, archive("other")], spelt=encodable)
    assert [row.kind for row in growth.rows] == ["archive", "image"]


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_rows_of_csv_without_an_image_add_up_to_the_archive(path: Path) -> None:
    for found in size(path).archives:
        rows = list(csv.DictReader(StringIO(written([found], "csv"), newline="")))
        assert sum(int(row["size"]) for row in rows if not row["image"]) == found.total
        kinds = [row["kind"] for row in rows]
        assert kinds.count("layer") == sum(len(image.layers) for image in found.images)
        assert kinds.count("directory") == sum(len(each.directories) for each in found.images)


def altered(path: str, value: object) -> bytes:
    """Good sizes with the value at `path` replaced, or taken away where it is `...`."""
    document = json.loads(written([SAVED], "json"))
    *parents, last = path.strip("/").split("/")
    node: Any = document
    for step in parents:
        node = node[int(step) if isinstance(node, list) else step]
    key = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[key]
    else:
        node[key] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        ("/schema_version", 2, "/schema_version", "it is 2; this layertar reads 1"),
        ("/tool/name", "other", "/tool/name", "it is of another tool"),
        ("/command", "layers", "/command", "'layers' is none of size"),
        ("/archives", {}, "/archives", "an object, not an array"),
        ("/archives/0", None, "/archives/0", "null, not an object"),
        ("/archives/0/total", None, "/archives/0/total", "null, not a whole number"),
        ("/archives/0/total", -1, "/archives/0/total", "less than nothing"),
        ("/archives/0/depth", True, "/archives/0/depth", "true or false"),
        ("/archives/0/blobs/0/role", "king", "/archives/0/blobs/0/role", "'king' is none of"),
        ("/archives/0/images/0/names/0", 5, "/archives/0/images/0/names/0", "not a string"),
        ("/archives/0/images/0/image_id", "x", "/archives/0/images/0/image_id", "no digest"),
        ("/archives/0/images/0/layers/0/size", "1", "/archives/0/images/0/layers/0/size", "string"),
        ("/archives/0/images/0/directories/0", [], "/archives/0/images/0/directories/0", "array"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    path: str, value: object, place: str, reason: str
) -> None:
    with pytest.raises(ResultError) as raised:
        parse_sizes(altered(path, value))
    assert raised.value.pointer == place
    assert reason in raised.value.reason


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"[]", b"null", b"{", b"\xff", b"{} {}", b'{"schema_version": 1.5}'),
        *(b'{"schema_version": 1, "schema_version": 1}', b"[" * 100_000),
    ],
)
def test_what_are_no_sizes_is_refused(raw: bytes) -> None:
    with pytest.raises(ResultError, match="no result of layertar"):
        parse_sizes(raw)


def test_every_key_is_needed_and_no_other_is_in_the_way() -> None:
    document = json.loads(written([SAVED], "json"))
    places = [place for place in _keys(document, "") if not place.startswith("/growth")]
    assert len(places) > 50
    for place in places:
        if place != "/tool/version":
            with pytest.raises(ResultError):
                parse_sizes(altered(place, ...))
    document["later"] = document["archives"][0]["later"] = {}
    assert parse_sizes(json.dumps(document).encode()) == (SAVED,)


def _keys(node: object, place: str) -> list[str]:
    found: list[str] = []
    items = node.items() if isinstance(node, dict) else []
    for key, value in items:
        found += [f"{place}/{key}", *_keys(value, f"{place}/{key}")]
    for position, value in enumerate(node if isinstance(node, list) else []):
        found += _keys(value, f"{place}/{position}")
    return found

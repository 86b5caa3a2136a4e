"""What images share, as text, JSON, CSV and a graph, and what an archive's author may not do."""

from __future__ import annotations

import csv
import html
import json
import re
from io import StringIO
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given

from layertar.analysis.sharing import SHARED_BY, sharing_of
from layertar.report.escape import escape
from layertar.report.register import TextStyle
from layertar.report.sharing import CSV_COLUMNS, write_sharing
from tests.analysis.shares import ARCHIVES, image
from tests.report.hostile import ANY_TEXT, HOSTILE
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.analysis.shares import Sharing
    from layertar.image.model import Image

    Archives = Sequence[tuple[str, Sequence[Image]]]

# A statement of the graph: a node with a label, or an edge. Within quotes, a quote or backslash
# stands only behind a backslash (https://graphviz.org/doc/info/lang.html).
QUOTED = r'"((?:[^"\\\n]|\\["\\n])*)"'
NODE = re.compile(rf"  (\w+) \[label={QUOTED}(?:, (?:style=dashed|shape=ellipse))?\];")
EDGE = re.compile(r"  (\w+) -> (\w+);")

BOTH = sharing_of(
    "chain",
    [
        ("base.tar", [image("ab", name="base:1")]),
        ("apps.tar", [image("abc", name="app:1"), image("abd", name="app:2"), image("e", name="")]),
    ],
)


def written(found: Sharing, form: str, *, width: int | None = None, measured: bool = True) -> str:
    out = StringIO()
    style = TextStyle(width=width)
    write_sharing(found, out, form=form, style=style, is_measured=measured)
    return out.getvalue()


def hostile(text: str) -> Sharing:
    return sharing_of("diff-id", [(text, [image("ab", name=f"x{text}"), image("b", name="two")])])


def graph(dot: str) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Read nodes with the lines of their labels, and edges; nothing else may be there."""
    first, *body, last = dot.splitlines()
    assert (first, last) == ("digraph sharing {", "}")
    assert body[:2] == ["  rankdir=BT;", "  node [shape=box];"]
    nodes: dict[str, list[str]] = {}
    edges: list[tuple[str, str]] = []
    for line in body[2:]:
        if (edge := EDGE.fullmatch(line)) is not None:
            edges.append((edge[1], edge[2]))
            continue
        node = NODE.fullmatch(line)
        assert node is not None, line
        parts = re.split(r"(?<!\\)((?:\\\\)*)\\n", node[2])
        lines = ["".join(pair) for pair in zip(parts[::2], [*parts[1::2], ""], strict=True)]
        nodes[node[1]] = [html.unescape(re.sub(r"\\(.)", r"\1", each)) for each in lines]
    return nodes, edges


def test_text_has_the_images_then_what_they_share_then_the_sums() -> None:
    assert (
        written(BOTH, "text", width=80)
        == """\
archive   image             platform  layers     size  unpacked   shared   unique
base.tar  base:1            -              2  3.0 KiB   3.0 KiB  3.0 KiB      0 B
apps.tar  app:1             -              3  6.0 KiB   6.0 KiB  3.0 KiB  3.0 KiB
apps.tar  app:2             -              3  7.0 KiB   7.0 KiB  3.0 KiB  4.0 KiB
apps.tar  sha256:3f79bb...  -              1  5.0 KiB   5.0 KiB      0 B  5.0 KiB

images  archives  layers     size  unpacked  top chain ID  shared by
     3         2       2  3.0 KiB   3.0 KiB  75faa28e9a7d  base:1, app:1, app:2

sum                       stored  unpacked
4 images, each alone    21.0 KiB  21.0 KiB
2 archives, each alone  18.0 KiB  18.0 KiB
all together            15.0 KiB  15.0 KiB
saved of the archives    3.0 KiB   3.0 KiB
"""
    )


def test_a_graph_has_what_images_share_and_the_images_on_top() -> None:
    found = sharing_of("chain", [("x.tar", [image("ab"), image("ac")])])
    assert (
        "\n" + written(found, "dot")
        == r"""
digraph sharing {
  rankdir=BT;
  node [shape=box];
  layers0 [label="1 layer, 1.0 KiB\n7351a45cf9de\n2 images"];
  layers1 [label="1 layer, 2.0 KiB\n75faa28e9a7d\n1 image", style=dashed];
  layers1 -> layers0;
  layers2 [label="1 layer, 3.0 KiB\nbc6e6967fb41\n1 image", style=dashed];
  layers2 -> layers0;
  image0 [label="x.tar\napp:1\n3.0 KiB", shape=ellipse];
  image0 -> layers1;
  image1 [label="x.tar\napp:1\n4.0 KiB", shape=ellipse];
  image1 -> layers2;
}
"""
    )


def test_no_layer_in_common_is_said_so() -> None:
    text = written(sharing_of("digest", [("x.tar", [image("a"), image("b")])]), "text")
    assert "\nNo two images share a layer by digest.\n" in text


def test_what_is_only_recorded_is_said_to_be() -> None:
    last = "Layers are told apart as recorded; --verify measures them.\n"
    assert written(BOTH, "text", measured=False).endswith(last)
    assert last not in written(BOTH, "text")


def test_of_no_images_text_is_empty() -> None:
    assert written(sharing_of("chain", []), "text") == ""


def test_layers_of_unknown_size_are_counted_beside_the_sums() -> None:
    text = written(sharing_of("chain", [("x.tar", [image("a?"), image("a")])]), "text")
    assert "Without 1 layer whose size is not known.\n" in text
    assert re.search(r"^2 images, each alone +2\.0 KiB +2\.0 KiB$", text, re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_csv_have_printable_lines_alone(text: str) -> None:
    found = hostile(text)
    for width in (None, 60):
        lines = written(found, "text", width=width).split("\n")
        assert all(line.isprintable() for line in lines)
        assert len(lines) == 13
    rows = list(csv.reader(StringIO(written(found, "csv"), newline="")))
    assert rows[0] == list(CSV_COLUMNS)
    assert len(rows) == 4
    assert all(len(row) == len(CSV_COLUMNS) for row in rows)
    assert all(cell.isprintable() for row in rows for cell in row)


@pytest.mark.parametrize("by", SHARED_BY)
@given(ARCHIVES)
def test_json_fits_its_schema_and_says_what_is_known(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    document = json.loads(written(found, "json"))
    jsonschema.validate(document, strict_schema("sharing"), jsonschema.Draft202012Validator)
    assert document["by"] == by
    assert document["stored"] == found.stored._asdict()
    assert document["uncompressed"] == found.uncompressed._asdict()
    assert [layer["images"] for layer in document["layers"]] == [
        list(layer.images) for layer in found.layers
    ]
    assert [group["layers"] for group in document["groups"]] == [
        list(group.layers) for group in found.groups
    ]
    assert [each["unique_size"] for each in document["images"]] == [
        each.unique_size for each in found.images
    ]


@given(ANY_TEXT)
def test_json_is_ascii_whatever_an_archive_holds(text: str) -> None:
    shown = written(hostile(text), "json")
    assert shown.isascii()
    jsonschema.validate(
        json.loads(shown), strict_schema("sharing"), jsonschema.Draft202012Validator
    )


@pytest.mark.parametrize("by", SHARED_BY)
@given(ARCHIVES)
def test_every_layer_of_every_image_is_a_row_of_csv(by: str, archives: Archives) -> None:
    found = sharing_of(by, archives)
    rows = list(csv.DictReader(StringIO(written(found, "csv"), newline="")))
    due = [(image, use) for image in found.images for use in image.layers]
    assert len(rows) == len(due)
    for row, (_, use) in zip(rows, due, strict=True):
        layer = found.layers[use.layer]
        assert row["layer"] == ("" if layer.key is None else str(layer.key))
        assert row["size"] == ("" if use.size is None else str(use.size))
        assert row["images"] == str(len(layer.images))


@given(ANY_TEXT)
def test_no_name_ends_a_label_or_begins_another_statement(text: str) -> None:
    nodes, edges = graph(written(hostile(text), "dot"))
    assert nodes["image0"] == [escape(text), escape(f"x{text}"), "3.0 KiB"]
    assert sorted(nodes) == ["image0", "image1", "layers0", "layers1"]
    assert sorted(edges) == [("image0", "layers0"), ("image0", "layers1"), ("image1", "layers1")]


@pytest.mark.parametrize("by", SHARED_BY)
@given(ARCHIVES)
def test_along_the_edges_each_image_comes_to_its_groups_and_no_other(
    by: str, archives: Archives
) -> None:
    found = sharing_of(by, archives)
    nodes, edges = graph(written(found, "dot"))
    assert len(nodes) == len(found.images) + len(found.groups)
    for number in range(len(found.images)):
        reached, waiting = set(), [f"image{number}"]
        while waiting:
            here = waiting.pop()
            waiting += [there for start, there in edges if start == here]
            reached.add(here)
        due = {
            f"layers{place}" for place, group in enumerate(found.groups) if number in group.images
        }
        assert reached - {f"image{number}"} == due

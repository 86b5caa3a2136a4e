"""A tree line by line: sums against those made by looking at every path each time."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.ghosts import Ghosts, hidden_ghosts, marker_ghosts
from layertar.analysis.outline import Outline, OutlineRow, Totals
from layertar.errors import LimitError
from layertar.filesystem import Directory, Fate, FileKind, Tree
from layertar.filesystem.listing import file_row
from layertar.limits import DEFAULT_LIMITS
from layertar.value import replace
from tests.filesystem.layered import Item, item_layers, tree_of

if TYPE_CHECKING:
    from layertar.filesystem import Node

Paths = dict[bytes, "Node"]


def whole(tree: Tree) -> Outline:
    return Outline(tree, b"", tree.root, Ghosts(tree, DEFAULT_LIMITS))


def with_hidden(tree: Tree) -> Outline:
    return Outline(tree, b"", tree.root, hidden_ghosts(tree, DEFAULT_LIMITS))


def is_in(path: bytes, directory: bytes) -> bool:
    return path != directory and (not directory or path.startswith(directory + b"/"))


def size_of(tree: Tree, row: int) -> int:
    entry = tree.entry(row, b"")
    return entry.size if entry.kind is FileKind.FILE else 0


def looked_up(tree: Tree, paths: Paths, directory: bytes) -> Totals:
    """What is in a directory, each file counted by what its name leads to."""
    inside = [node for path, node in paths.items() if is_in(path, directory)]
    rows = [node for node in inside if not isinstance(node, Directory)]
    distinct = {inode if inode >= 0 else -2 - row for row in rows for inode in [tree.inode(row)]}
    size = sum(size_of(tree, inode) for inode in distinct if inode >= 0)
    return Totals(size, len(rows), len(inside) - len(rows))


@given(item_layers())
def test_each_directory_holds_what_looking_at_every_path_finds(layers: list[list[Item]]) -> None:
    tree = tree_of(layers, digests=False)
    paths = dict(tree.walk())
    rows = list(whole(tree).rows())
    assert [row.path for row in rows] == list(paths)
    seen: set[int] = set()
    for row in rows:
        node = paths[row.path]
        if isinstance(node, Directory):
            assert (row.row, row.is_directory) == (node.row, True)
            assert row.totals == looked_up(tree, paths, row.path)
        else:
            inode = tree.inode(node)
            assert row.is_repeat == (inode >= 0 and inode in seen)
            seen.add(inode)
            size = 0 if row.is_repeat or inode < 0 else size_of(tree, node)
            assert (row.row, row.totals) == (node, Totals(size, 1, 0))
    assert whole(tree).totals == looked_up(tree, paths, b"")
    assert sum(row.totals.size for row in rows if not row.is_directory) == rows[0].totals.size


@given(item_layers(), st.integers(0, 4))
def test_what_is_deeper_is_left_out_and_still_counted(layers: list[list[Item]], depth: int) -> None:
    outline = whole(tree_of(layers, digests=False))
    due = [row for row in outline.rows() if row.depth <= depth]
    assert list(outline.rows(depth=depth)) == due


@given(item_layers(), st.integers(1, 3))
def test_the_largest_come_first_and_the_rest_in_one_line(
    layers: list[list[Item]], largest: int
) -> None:
    outline = whole(tree_of(layers, digests=False))
    everything = {row.path: row for row in outline.rows()}
    shown: dict[bytes, list[OutlineRow]] = {}
    for row in outline.rows(largest=largest):
        above = row.path if row.omitted else row.path.rpartition(b"/")[0]
        if row.depth:
            shown.setdefault(above, []).append(row)
    for above, rows in shown.items():
        present = [row for row in rows if not row.omitted]
        sizes = [row.totals.size for row in present]
        assert sizes == sorted(sizes, reverse=True)
        names = {row.path for row in present}
        missing = [
            row
            for path, row in everything.items()
            if row.depth and path.rpartition(b"/")[0] == above and path not in names
        ]
        assert len(present) in (largest, len(rows))
        assert all(row.totals.size <= sizes[-1] for row in missing)
        if missing:
            rest = rows[-1]
            assert (rest.omitted, rest.depth) == (len(missing), present[0].depth)
            assert len(missing) > 1
            assert rest.totals == Totals(
                sum(row.totals.size for row in missing),
                sum(row.totals.files for row in missing),
                sum(row.totals.directories + row.is_directory for row in missing),
            )


@given(item_layers(), st.sampled_from([None, 1, 2]), st.sampled_from([None, 1, 2]))
def test_a_last_line_is_one_that_nothing_of_its_directory_follows(
    layers: list[list[Item]], depth: int | None, largest: int | None
) -> None:
    rows = list(with_hidden(tree_of(layers, digests=False)).rows(depth=depth, largest=largest))
    for at, row in enumerate(rows):
        after = [later.depth for later in rows[at + 1 :]]
        ends = next((depth for depth in after if depth <= row.depth), -1)
        assert row.is_last == (ends < row.depth)


@given(item_layers())
def test_what_is_hidden_has_a_line_each_and_changes_no_sum(layers: list[list[Item]]) -> None:
    tree = tree_of(layers, digests=False)
    outline = with_hidden(tree)
    rows = list(outline.rows())
    visible = [row for row in rows if not row.is_ghost]
    assert [row._replace(is_last=True) for row in visible] == [
        row._replace(is_last=True) for row in whole(tree).rows()
    ]
    ghosts = [row for row in rows if row.is_ghost and not row.is_directory]
    due = [row for row, fate in enumerate(tree.fates) if fate in (Fate.OVERWRITTEN, Fate.DELETED)]
    kinds = {row: file_row(tree, (b"", row), as_stored=True).entry.kind for row in due}
    due_names = [row for row in due if kinds[row] is not FileKind.DIRECTORY]
    assert sorted(row.row for row in ghosts) == due_names
    alive = {tree.inode(row) for row, fate in enumerate(tree.fates) if fate == Fate.VISIBLE}
    lost = [row for row in due_names if kinds[row] is FileKind.FILE and row not in alive]
    assert outline.hidden.size == sum(size_of(tree, row) for row in lost)
    assert outline.hidden.files == len(due_names)
    assert outline.hidden.directories == sum(row.is_ghost and row.is_directory for row in rows)
    assert len({row.path for row in rows if row.is_directory}) == sum(
        row.is_directory for row in rows
    )


@given(item_layers(1))
def test_of_one_layer_every_entry_that_counts_has_a_line(layers: list[list[Item]]) -> None:
    tree = tree_of(layers, digests=False)
    outline = Outline(tree, b"", tree.root, marker_ghosts(tree, DEFAULT_LIMITS))
    lines = [row.row for row in outline.rows() if row.row >= 0]
    shown = [row for row, fate in enumerate(tree.fates) if fate in (Fate.VISIBLE, Fate.MARKER)]
    assert sorted(lines) == shown
    assert outline.hidden == Totals(0, 0, 0)


def test_a_file_of_two_names_is_counted_once_where_they_meet() -> None:
    tree = tree_of(
        [
            [
                Item("a/one", data=b"12345"),
                Item("b/two", tarfile.LNKTYPE, link="a/one"),
                Item("b/three", tarfile.LNKTYPE, link="a/one"),
                Item("b/other", data=b"123"),
            ]
        ]
    )
    sizes = {row.path: (row.totals.size, row.is_repeat) for row in whole(tree).rows()}
    assert sizes == {
        b"": (8, False),
        b"a": (5, False),
        b"a/one": (5, False),
        b"b": (8, False),
        b"b/other": (3, False),
        b"b/three": (0, True),
        b"b/two": (0, True),
    }


def test_what_another_name_still_has_is_not_hidden() -> None:
    lower = [Item("a", data=b"12345"), Item("b", tarfile.LNKTYPE, link="a")]
    outline = with_hidden(tree_of([lower, [Item(".wh.a")]]))
    assert (outline.totals, outline.hidden) == (Totals(5, 1, 0), Totals(0, 1, 0))
    outline = with_hidden(tree_of([lower, [Item(".wh.a"), Item(".wh.b")]]))
    assert (outline.totals, outline.hidden) == (Totals(0, 0, 0), Totals(5, 2, 0))


def test_a_deleted_directory_is_one_line_with_what_was_in_it() -> None:
    lower = [Item("opt/app/bin", data=b"12"), Item("opt/app", tarfile.DIRTYPE)]
    tree = tree_of([lower, [Item("opt/.wh.app")]])
    ghosts = hidden_ghosts(tree, DEFAULT_LIMITS)
    rows = [(row.path, row.totals.size, row.is_ghost) for row in with_hidden(tree).rows()]
    assert rows == [
        (b"", 0, False),
        (b"opt", 0, False),
        (b"opt/app", 2, True),
        (b"opt/app/bin", 2, True),
    ]
    node = ghosts.find(b"opt/app")
    assert isinstance(node, Directory)
    inner = Outline(tree, b"opt/app", node, ghosts)
    assert [row.path for row in inner.rows()] == [b"opt/app", b"opt/app/bin"]
    assert (inner.totals, inner.hidden) == (Totals(0, 0, 0), Totals(2, 1, 1))
    leaf = ghosts.find(b"opt/app/bin")
    assert leaf is not None
    assert Outline(tree, b"opt/app/bin", leaf, ghosts).hidden == Totals(2, 1, 0)


def test_what_was_below_a_link_is_shown_where_the_link_leads() -> None:
    lower = [
        Item("usr/lib/a", data=b"1"),
        Item("lib", tarfile.SYMTYPE, link="usr/lib"),
        Item("lib/b", data=b"2"),
    ]
    tree = tree_of([lower, [Item("lib/.wh.b")]])
    rows = [row.path for row in with_hidden(tree).rows() if row.is_ghost]
    assert rows == [b"usr/lib/b"]


def test_a_deleted_directory_of_two_paths_is_one() -> None:
    lower = [Item("a/x"), Item("a"), Item("b/a/y"), Item("b", tarfile.SYMTYPE, link=".")]
    rows = [row.path for row in with_hidden(tree_of([lower])).rows() if row.is_ghost]
    assert rows == [b"a", b"a/x", b"a/y"]


def test_links_that_lead_through_too_much_are_a_bound() -> None:
    lower = [Item("a/x", data=b"1"), Item(f"b{'/b' * 300}/y")]
    layers = [lower, [Item("a", tarfile.SYMTYPE, link="b" + "/b" * 300)]]
    tree = tree_of(layers, digests=False)
    assert with_hidden(tree).hidden.size == 1
    with pytest.raises(LimitError):
        hidden_ghosts(tree, replace(DEFAULT_LIMITS, path_steps=600))


def test_a_link_to_what_is_hidden_is_followed_in_every_form() -> None:
    gone = [Item("d/x", data=b"1"), Item("e/f/y")]
    for target, due in (
        ("/e/f", b"e/f/x"),
        ("e/f", b"e/f/x"),
        ("./e/../e/f/.", b"e/f/x"),
        ("../../e", b"e/x"),
        ("g", b"e/x"),
        ("nowhere", b"d/x"),
        ("e/f/y", b"d/x"),
        ("d", b"d/x"),
    ):
        links = [Item("d", tarfile.SYMTYPE, link=target), Item("g", tarfile.SYMTYPE, link="/e")]
        outline = with_hidden(tree_of([gone, links]))
        rows = [row.path for row in outline.rows() if row.is_ghost and not row.is_directory]
        assert rows == [due]
        assert outline.hidden.size == 1


def test_two_thousand_directories_in_one_another_are_no_trouble() -> None:
    deep = "/".join("d" * 2000)
    tree = tree_of([[Item(f"{deep}/f", data=b"123")], [Item(".wh.d")]], digests=False)
    outline = with_hidden(tree)
    assert outline.hidden == Totals(3, 1, 2000)
    assert max(row.depth for row in outline.rows()) == 2001
    tree = tree_of([[Item(f"{deep}/f", data=b"123")]], digests=False)
    assert whole(tree).totals == Totals(3, 1, 2000)
    assert sum(1 for _ in whole(tree).rows(largest=1)) == 2002

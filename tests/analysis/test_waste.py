"""What layers store and the image does not show, or need not."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layertar.analysis.hidden import HiddenCause, HiddenPath
from layertar.analysis.leftovers import LEFTOVERS, Leftover, leftovers
from layertar.analysis.waste import Waste, waste_of
from layertar.filesystem import Tree, apply
from layertar.limits import DEFAULT_LIMITS
from tests.filesystem.layers import Member, entry, items, list_pieces, tar_of
from tests.filesystem.naive import Model, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

Layers = list[list[Member]]
_EXAMPLES = max(80, settings().max_examples)
_CONTENT = st.sampled_from([b"", b"x", b"y", b"xy", b"twelve bytes"])
_MODES = st.sampled_from([0o644, 0o600])


@st.composite
def _members(draw: st.DrawFn) -> Member:
    """An entry, with data where it is a file."""
    item = draw(items())
    has_data = item.kind == "0" and not item.name.endswith((b"/", b"/."))
    return Member(item, data=draw(_CONTENT) if has_data else b"", mode=draw(_MODES))


LAYERS = st.lists(st.lists(_members(), max_size=8), min_size=1, max_size=4)
_PLAIN_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)


@st.composite
def _plain(draw: st.DrawFn) -> Layers:
    """Layers of files and directories alone."""
    kinds = st.sampled_from("0005")
    made: Layers = []
    for _ in range(draw(st.integers(1, 4))):
        layer: list[Member] = []
        for path in draw(st.lists(_PLAIN_PATHS, max_size=6, unique=True)):
            kind = draw(kinds)
            layer.append(Member(entry(path, kind), data=draw(_CONTENT) if kind == "0" else b""))
        made.append(layer)
    return made


def tree_of(*layers: Sequence[Member]) -> Tree:
    listed = [list_pieces([tar_of(layer)], digests=True) for layer in layers]
    return apply(listed, DEFAULT_LIMITS)


def looked(*layers: Sequence[Member], top: int | None = None) -> Waste:
    return waste_of(tree_of(*layers), DEFAULT_LIMITS, top=top)


def file(path: str, data: bytes = b"data", mode: int = 0o644) -> Member:
    return Member(entry(path), data=data, mode=mode)


def node(path: str, kind: str = "0", target: str = "") -> Member:
    return Member(entry(path, kind, target))


def gone(path: str) -> Member:
    head, slash, name = path.rpartition("/")
    return node(f"{head}{slash}.wh.{name}")


def model_of(layers: Layers) -> Model:
    return unpack([[member.item for member in layer] for layer in layers])


def visible_rows(model: Model) -> set[int]:
    """The rows whose data the model shows."""
    rows = {found.inode.real().row for found in model.names.values()}
    return {row for row in rows if row >= 0}


def sizes_of(layers: Layers) -> list[int]:
    return [len(member.data) for layer in layers for member in layer]


@given(LAYERS)
@settings(max_examples=_EXAMPLES)
def test_what_is_hidden_is_what_is_stored_less_what_the_model_shows(layers: Layers) -> None:
    found, sizes = looked(*layers), sizes_of(layers)
    assert found.stored == sum(sizes)
    assert found.visible == sum(sizes[row] for row in visible_rows(model_of(layers)))
    assert found.hidden.size == found.stored - found.visible


@given(LAYERS)
@settings(max_examples=_EXAMPLES)
def test_each_layer_stores_what_it_shows_and_what_is_hidden_of_it(layers: Layers) -> None:
    found, shown = looked(*layers), visible_rows(model_of(layers))
    first = 0
    for position, layer in enumerate(layers):
        rows = range(first, first := first + len(layer))
        sizes = dict(zip(rows, (len(member.data) for member in layer), strict=True))
        told = found.layers[position]
        assert told.position == position
        assert told.stored == sum(sizes.values())
        assert told.visible == sum(size for row, size in sizes.items() if row in shown)
        assert told.files == sum(size > 0 for size in sizes.values())
        assert told.hidden == sum(each.size for each in found.hidden if each.layer == position)
        assert told.hides == sum(each.size for each in found.hidden if each.hidden_by == position)


@given(LAYERS)
@settings(max_examples=_EXAMPLES)
def test_each_hidden_file_is_told_of_once_by_the_layer_that_hid_its_last_name(
    layers: Layers,
) -> None:
    found, model = looked(*layers), model_of(layers)
    shown, sizes = visible_rows(model), sizes_of(layers)
    last: dict[int, int] = {}
    for row, by in enumerate(model.hidden_by):
        inode = model.links[row].real().row if row in model.links else row
        if sizes[row] or row in model.links:
            last[inode] = max(last.get(inode, 0), by)
    places = [layer for layer, members in enumerate(layers) for _ in members]
    due = Counter[tuple[int, int]]()
    for row, size in enumerate(sizes):
        if size and row not in shown:
            due[places[row], last[row]] += size
    told = Counter[tuple[int, int]]()
    for each in found.hidden:
        assert each.layer <= each.hidden_by
        told[each.layer, each.hidden_by] += each.size
    assert told == due
    files = sum(bool(size) and row not in shown for row, size in enumerate(sizes))
    assert sum(each.files for each in found.hidden) == files


@given(LAYERS, st.integers(0, 4))
def test_the_largest_are_kept_and_all_are_counted(layers: Layers, top: int) -> None:
    every, few = looked(*layers), looked(*layers, top=top)
    assert list(few.hidden) == list(every.hidden)[:top]
    assert list(few.duplicates) == list(every.duplicates)[:top]
    for one, other in ((few.hidden, every.hidden), (few.duplicates, every.duplicates)):
        assert (one.count, one.size) == (other.count, other.size)
        assert one.omitted == max(0, other.count - top)
    sizes = [each.size for each in every.hidden]
    assert sizes == sorted(sizes, reverse=True)


@given(_plain(), _PLAIN_PATHS)
@settings(max_examples=_EXAMPLES)
def test_a_whiteout_hides_exactly_the_bytes_at_and_below_its_path(
    layers: Layers, path: str
) -> None:
    before, after = looked(*layers), looked(*layers, [gone(path)])
    model, sizes = model_of(layers), sizes_of(layers)
    top = tuple(path.encode().split(b"/"))
    below = [found.row for at, found in model.names.items() if at[: len(top)] == top]
    lost = sum(sizes[row] for row in below if row >= 0)
    assert after.hidden.size - before.hidden.size == lost
    assert after.layers[-1].hides == lost
    new = [each for each in after.hidden if each.hidden_by == len(layers)]
    assert {(each.path, each.cause) for each in new} <= {(path, HiddenCause.DELETED)}


@given(_plain())
def test_one_layer_of_different_names_hides_nothing(layers: Layers) -> None:
    [layer, *_] = layers
    files = {member.item.name for member in layer if member.item.kind == "0"}
    # A file that another one makes a directory is no more.
    clash = any(b"%b/" % name == other[: len(name) + 1] for name in files for other in
                (member.item.name for member in layer))  # fmt: skip
    found = looked(layer)
    assert clash or not found.hidden.count
    assert clash or found.stored == found.visible


@given(LAYERS)
@settings(max_examples=_EXAMPLES)
def test_duplicates_are_the_visible_files_of_one_content(layers: Layers) -> None:
    found, model = looked(*layers), model_of(layers)
    members = [member for layer in layers for member in layer]
    contents: dict[bytes, int] = {}
    for row in visible_rows(model):
        if data := members[row].data:
            contents[data] = contents.get(data, 0) + 1
    due = {
        sha256(data).hexdigest(): (len(data), count)
        for data, count in contents.items()
        if count > 1
    }
    told = {each.digest.encoded: (each.size, len(each.paths)) for each in found.duplicates}
    assert told == due
    assert found.duplicates.size == sum(size * (count - 1) for size, count in due.values())
    assert found.duplicates.size == sum(each.wasted for each in found.duplicates)


def hidden_of(*layers: Sequence[Member]) -> list[HiddenPath]:
    return list(looked(*layers).hidden)


DELETED, REPLACED = HiddenCause.DELETED, HiddenCause.REPLACED


def test_a_deleted_directory_is_told_of_as_one_by_each_layer_that_filled_it() -> None:
    base = [file("var/lists/a", b"12345"), file("var/lists/b/c", b"1"), file("var/kept")]
    found = hidden_of(base, [file("var/lists/d", b"123")], [gone("var/lists")])
    assert found == [
        HiddenPath("var/lists", DELETED, 0, 2, 6, 2),
        HiddenPath("var/lists", DELETED, 1, 2, 3, 1),
    ]


def test_an_opaque_directory_hides_what_was_in_it() -> None:
    found = hidden_of([file("a/b"), file("a/c/d")], [node("a/.wh..wh..opq"), file("a/new")])
    assert found == [HiddenPath("a", DELETED, 0, 1, 8, 2)]
    assert hidden_of([file("a")], [node(".wh..wh..opq")]) == [HiddenPath("", DELETED, 0, 1, 4, 1)]


def test_what_takes_a_directorys_place_hides_what_was_in_it() -> None:
    found = hidden_of([file("a/b"), file("a/c")], [file("a", b"")])
    assert found == [HiddenPath("a/b", DELETED, 0, 1, 4, 1), HiddenPath("a/c", DELETED, 0, 1, 4, 1)]


def test_what_comes_again_is_told_by_what_differs() -> None:
    base = [file("a"), file("b"), file("c"), file("d"), file("e")]
    upper = [
        *(file("a", b"other"), file("b", mode=0o600), file("c"), node("d", "2", "a")),
        Member(entry("e"), "pax", data=b"data", xattrs=((b"user.x", b"1"),)),
    ]
    assert hidden_of(base, upper) == [
        HiddenPath("a", HiddenCause.REPLACED, 0, 1, 4, 1),
        HiddenPath("b", HiddenCause.ATTRIBUTES, 0, 1, 4, 1),
        HiddenPath("c", HiddenCause.REPEATED, 0, 1, 4, 1),
        HiddenPath("d", HiddenCause.REPLACED, 0, 1, 4, 1),
        HiddenPath("e", HiddenCause.ATTRIBUTES, 0, 1, 4, 1),
    ]


def test_without_digests_what_comes_again_is_replaced() -> None:
    tree = apply([list_pieces([tar_of([file("a")])])] * 2, DEFAULT_LIMITS)
    [only] = waste_of(tree, DEFAULT_LIMITS, top=None).hidden
    assert only.cause is REPLACED


def test_each_version_is_compared_with_the_next() -> None:
    layers = [[file("a", b"one")], [file("a", b"two")], [file("a", b"two")], [file("a", b"three")]]
    assert [(each.layer, each.hidden_by, each.cause) for each in hidden_of(*layers)] == [
        (0, 1, REPLACED),
        (1, 2, HiddenCause.REPEATED),
        (2, 3, REPLACED),
    ]


def test_what_one_layer_has_twice_hides_itself() -> None:
    found = hidden_of([file("a", b"one"), file("a", b"two"), file("a", b"two"), file("b")])
    assert found == [
        HiddenPath("a", HiddenCause.REPEATED, 0, 0, 3, 1),
        HiddenPath("a", REPLACED, 0, 0, 3, 1),
    ]


def test_a_whiteout_between_is_not_what_comes_again() -> None:
    found = hidden_of([file("a"), gone("a"), file("a")])
    assert found == [HiddenPath("a", HiddenCause.REPEATED, 0, 0, 4, 1)]


def test_data_live_as_long_as_one_of_their_names() -> None:
    linked = [file("a"), node("b", "1", "a"), node("c", "1", "a")]
    assert hidden_of(linked, [gone("a"), gone("c")]) == []
    assert looked(linked, [gone("a")]).visible == 4
    assert hidden_of(linked, [gone("a")], [gone("b"), file("c", b"")]) == [
        HiddenPath("b", DELETED, 0, 2, 4, 1)
    ]


def test_a_hard_link_of_a_lower_layers_file_keeps_it() -> None:
    linked = [file("a")], [node("b", "1", "a")], [gone("a")]
    assert looked(*linked).hidden.count == 0
    # A link may lead to what its own layer hides.
    assert looked([file("a")], [node("b", "1", "a"), gone("a")]).hidden.count == 0


def test_what_a_link_of_the_same_content_replaces_has_come_again() -> None:
    found = hidden_of([file("a"), file("b")], [node("a", "1", "b")])
    assert found == [HiddenPath("a", HiddenCause.REPEATED, 0, 1, 4, 1)]


def test_paths_through_symbolic_links_are_told_as_recorded() -> None:
    base = [node("usr/lib", "5"), node("lib", "2", "usr/lib"), file("lib/x")]
    assert hidden_of(base, [file("usr/lib/x", b"new")]) == [
        HiddenPath("lib/x", REPLACED, 0, 1, 4, 1)
    ]


def test_what_aufs_left_is_used_by_links_alone() -> None:
    plnk = [file(".wh..wh.plnk/1.2"), file(".wh..wh.plnk/3.4", b"12345")]
    found = looked([*plnk, node("a", "1", ".wh..wh.plnk/1.2")])
    assert found.visible == 4
    assert list(found.hidden) == [HiddenPath(".wh..wh.plnk/3.4", HiddenCause.UNUSED, 0, 0, 5, 1)]


def test_data_of_a_whiteout_are_of_no_use() -> None:
    found = looked([Member(entry(".wh.a"), data=b"123"), file("b")])
    assert list(found.hidden) == [HiddenPath("a", HiddenCause.UNUSED, 0, 0, 3, 1)]


def test_a_layer_that_was_not_listed_counts_as_nothing() -> None:
    layer = list_pieces([tar_of([file("a")])], digests=True)
    found = waste_of(apply([None, layer, layer], DEFAULT_LIMITS), DEFAULT_LIMITS, top=None)
    assert [each.stored for each in found.layers] == [0, 4, 4]
    assert [each.hidden_by for each in found.hidden] == [2]


def test_an_image_without_layers_wastes_nothing() -> None:
    found = looked()
    assert (found.stored, found.hidden.count, found.duplicates.count) == (0, 0, 0)
    assert found.leftovers == ()


def test_duplicates_are_told_by_the_names_that_are_visible() -> None:
    base = [file("gone", b"same"), node("kept", "1", "gone"), file("z", b"same"), file("e", b"")]
    [only] = looked(base, [gone("gone")]).duplicates
    assert only.paths == ("kept", "z")
    assert (only.size, only.wasted) == (4, 4)


def test_what_aufs_left_is_a_duplicate_by_its_links_name() -> None:
    plnk = [file(".wh..wh.plnk/1.2"), node("a", "1", ".wh..wh.plnk/1.2")]
    [only] = looked([*plnk, file("b")]).duplicates
    assert only.paths == ("a", "b")


def test_sparse_files_are_no_duplicates() -> None:
    """Their digest is of the pieces, and says nothing of where these belong."""
    sparse = Member(entry("a", "S"), "gnu", data=b"data")
    assert looked([sparse, file("b")]).duplicates.count == 0


def test_what_lies_too_deep_for_a_whiteout_to_be_found_is_told_by_itself() -> None:
    deep = "/".join(["d"] * 80)
    found = hidden_of([file(f"{deep}/f")], [gone(deep)])
    assert found == [HiddenPath(f"{deep}/f", DELETED, 0, 1, 4, 1)]


@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind in LEFTOVERS for path in (*kind.rooted, *kind.anywhere)],
)
def test_each_kind_of_leftovers_is_known_where_it_lies(kind: object, path: str) -> None:
    for home in ("root", "home/me") if path.startswith("~/") else ("",):
        at = path.replace("~", home)
        [only] = leftovers(tree_of([file(f"{at}/x/y"), file(f"{at}/z", b"1"), file("other")]))
        assert only.kind is kind
        assert (only.size, only.files) == (5, 2)
        assert [place.path for place in only.places] == [at]
    # Elsewhere it is something else.
    elsewhere = leftovers(tree_of([file(f"srv/{path.strip('~/')}/x")]))
    names = {each.kind.name for each in elsewhere}
    assert names in (set(), {"Python bytecode"}, {"version control"})


def by_name(found: Sequence[Leftover]) -> dict[str, dict[str, int]]:
    return {each.kind.name: {place.path: place.size for place in each.places} for each in found}


def test_what_is_special_goes_before_what_is_general_and_is_left_whole() -> None:
    tree = tree_of(
        [
            *(file("var/cache/apt/a", b"1"), file("var/cache/x", b"12"), file("tmp/r/.git/h")),
            *(file("app/.git/__pycache__/x"), file("a/__pycache__/b"), file("c/__pycache__/b")),
            file("root/.cache/pip/tmp/x", b"123"),
        ]
    )
    assert by_name(leftovers(tree)) == {
        "version control": {"app/.git": 4, "tmp/r/.git": 4},
        "Python bytecode": {"a/__pycache__": 4, "c/__pycache__": 4},
        "pip cache": {"root/.cache/pip": 3},
        "other caches": {"var/cache": 2},
        "apt cache": {"var/cache/apt": 1},
    }


def test_links_are_counted_once_and_what_is_hidden_not_at_all() -> None:
    linked = [file("tmp/a"), node("tmp/b", "1", "tmp/a"), file("tmp/c"), file("tmp/d", b"")]
    tree = tree_of([*linked, node("tmp/e", "1", "nowhere")], [gone("tmp/c")])
    [only] = leftovers(tree)
    assert (only.size, only.files) == (4, 1)
    [moved] = leftovers(tree_of([file("a"), node("tmp/b", "1", "a")], [gone("a")]))
    assert (moved.size, moved.files) == (4, 1)


def test_nothing_begins_too_deep() -> None:
    deep = "/".join(["d"] * 80)
    assert leftovers(tree_of([file(f"{deep}/.git/x")])) == ()
    [only] = leftovers(tree_of([file(f"tmp/{deep}/.git/x")]))
    assert only.kind.name == "temporary files"

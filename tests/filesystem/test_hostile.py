"""Layers made to be costly or to break something: bounded, linear, and no error but our own."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.errors import LayertarError, LimitError
from layertar.filesystem import Fate, apply
from layertar.limits import DEFAULT_LIMITS, Limits
from tests.filesystem.layers import Member, entry, list_pieces, members, tar_of, tree_of
from tests.filesystem.naive import Item
from tests.filesystem.reference import rows_of
from tests.tar.blocks import FIELDS, cut, extension, file, header, pax, record
from tests.tarmaker import END

if TYPE_CHECKING:
    from layertar.filesystem import Tree

_DEEP = b"/".join([b"d"] * 2000)


def _paths(tree: Tree) -> list[bytes]:
    return [path for path, _ in tree.walk()]


def test_a_layer_cut_anywhere_keeps_the_entries_before_the_cut() -> None:
    made = [
        Member(entry("dir/", "5")),
        Member(entry("dir/file"), style="pax", data=b"data", xattrs=((b"user.a", b"b"),)),
        Member(Item(b"n" * 150, "0"), style="gnu", data=b"x" * 600),
        Member(entry("dir/.wh.gone")),
        Member(entry("link", "1", "dir/file")),
        Member(entry("null", "3"), device=(1, 3)),
    ]
    tar = tar_of(made)
    whole = rows_of(list_pieces([tar], digests=True))
    for size in range(len(tar)):
        listed = list_pieces([tar[:size]], digests=True)
        rows = rows_of(listed)
        # The last one's data may be cut.
        assert [row._replace(digest=None) for row in rows] == [
            row._replace(digest=None) for row in whole[: len(rows)]
        ]
        assert all(
            row.digest in (None, known.digest) for row, known in zip(rows, whole, strict=False)
        )
        apply([listed], DEFAULT_LIMITS)


@given(st.lists(members(), min_size=1, max_size=6), st.data())
def test_bytes_changed_anywhere_raise_nothing_but_errors_of_ours(
    made: list[Member], data: st.DataObject
) -> None:
    tar = bytearray(tar_of(made))
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(tar) - 1), st.integers(0, 255)), max_size=8)
    ):
        tar[at] = value
    listed = list_pieces(cut(bytes(tar), data.draw(st.integers(1, 5000))), digests=True)
    try:
        tree = apply([listed, listed], DEFAULT_LIMITS)
    except LayertarError:
        return
    assert len(list(tree.entries())) == len(_paths(tree))
    assert len(rows_of(listed)) == len(listed)


@pytest.mark.parametrize(
    ("field", "value"),
    list(
        product(
            ["mode", "uid", "mtime", "devmajor"],
            [
                b"\xff" * 12,
                b"\x80" + b"\xff" * 11,
                b"\xff" + bytes(11),
                b"77777777",
                b"-1",
                b"",
                b"zz",
            ],
        )
    ),
)
def test_numbers_of_any_kind_are_kept_within_64_bits_or_not_known(field: str, value: bytes) -> None:
    _, width = FIELDS[field]
    tar = header(b"a", 0, b"3", **{field: value[:width]}) + END
    (listed,) = list_pieces([tar]).entries()
    for number in (listed.mode, listed.uid, listed.mtime_ns):
        assert number is None or -(1 << 63) < number < 1 << 63
    assert listed.device is not None


@pytest.mark.parametrize("value", [b"9" * 19, b"-" + b"9" * 19, b"9" * 40, b"1e9", b"\xff", b"0.5"])
@pytest.mark.parametrize("key", [b"mtime", b"uid", b"gid", b"size"])
def test_pax_numbers_of_any_kind_are_kept_within_64_bits(key: bytes, value: bytes) -> None:
    for step in (100, 10_000):
        listed = list_pieces(cut(pax((key, value)) + file() + END, step))
        for each in listed.entries():
            for number in (each.uid, each.gid, each.mtime_ns, each.size):
                assert number is None or -(1 << 63) < number < 1 << 63


# Depth and length.


def test_a_path_of_two_thousand_parts_is_like_any_other() -> None:
    tree = tree_of([Item(_DEEP + b"/f", "0")], [Item(_DEEP + b"/.wh.f", "0")])
    assert len(_paths(tree)) == 2001
    assert tree.find(_DEEP) is not None
    assert tree.fates[0] == Fate.DELETED


def test_names_that_no_system_can_create_are_left_out_and_counted() -> None:
    longest = b"n" * 4096
    tar = tar_of([Item(longest, "0"), Item(longest + b"n", "0"), Item(b"s", "2", longest + b"n")])
    listed = list_pieces([tar])
    assert [each.raw_path for each in listed.entries()] == [longest]
    assert listed.omitted == 2


def test_links_lead_no_deeper_than_a_path_can_be_long() -> None:
    layer = [Item(b"l", "2", _DEEP), Item(b"m", "2", b"l/" + _DEEP)]
    assert len(_paths(tree_of([*layer, Item(b"l/f", "0")]))) == 2004
    with pytest.raises(LimitError, match="name_length"):
        tree_of([*layer, Item(b"m/f", "0")])


def test_directories_that_only_paths_imply_are_bounded() -> None:
    limits = Limits(listed_entries=100)
    layer = [Item(b"%d/b/c/d/e/f" % number, "0") for number in range(20)]
    assert len(_paths(tree_of(layer, limits=limits))) == 1 + 20 * 6
    with pytest.raises(LimitError, match="listed_entries"):
        tree_of(layer, [Item(b"x/" + item.name, "0") for item in layer], limits=limits)


# Repetition: each is far above what a quadratic algorithm could do in a test.


def test_one_whiteout_a_hundred_thousand_times_is_one() -> None:
    tree = tree_of([entry("a")], [entry(".wh.a")] * 100_000)
    assert _paths(tree) == [b""]
    assert tree.hidden_by[0] == 1


def test_opaque_markers_without_end_look_at_what_is_there_once() -> None:
    # Quadratic in containerd once (CVE-2026-95838).
    lower = [entry(f"a/{number}") for number in range(5_000)]
    tree = tree_of(lower, [entry("a/.wh..wh..opq")] * 20_000)
    assert _paths(tree) == [b"", b"a"]


def test_a_directory_replaced_again_and_again_is_hidden_once_each_time() -> None:
    layer = [entry("a/b") if number % 2 else entry("a") for number in range(50_000)]
    tree = tree_of(layer)
    assert _paths(tree) == [b"", b"a", b"a/b"]
    assert tree.fates.count(Fate.VISIBLE) == 1


def test_layers_without_end_are_applied() -> None:
    one = list_pieces([tar_of([entry("a"), entry(".wh.a")])])
    tree = apply([one] * 70_000, DEFAULT_LIMITS)
    assert tree.hidden_by[0] == 1
    assert tree.hidden_by[2 * 69_998] == 69_999


def test_hard_links_that_lead_to_the_next_without_end_have_one_file() -> None:
    count = 4_000
    chain = [Item(b"%d" % number, "1", b"%d" % (number + 1)) for number in range(count)]
    tree = tree_of([*chain, Item(b"%d" % count, "0")])
    assert set(tree.inodes.values()) == {count}
    assert set(tree_of(chain).inodes.values()) == {-1}
    round_ = [*chain, Item(b"%d" % count, "1", b"0")]
    assert set(tree_of(round_).inodes.values()) == {-1}


# Links.


def test_forty_links_are_followed_and_no_more() -> None:
    chain = [Item(b"0", "5")] + [Item(b"%d" % at, "2", b"%d" % (at - 1)) for at in range(1, 42)]
    tree = tree_of(chain)
    assert tree.find(b"40") is not None
    assert tree.find(b"41") is None


def test_links_that_double_at_each_step_end() -> None:
    bomb = [Item(b"0", "5")]
    bomb += [Item(b"%d" % at, "2", b"%d/../%d" % (at - 1, at - 1)) for at in range(1, 40)]
    tree = tree_of(bomb, [Item(b"39/file", "0"), Item(b"3/file", "0")])
    assert {b"39/file", b"0/file"} <= set(_paths(tree))


def test_paths_followed_are_bounded_through_links_and_without() -> None:
    limits = Limits(path_steps=2000)
    through = [Item(b"l", "2", b"a/.." * 100), Item(b"a", "5")]
    with pytest.raises(LimitError, match="path_steps"):
        tree_of([*through, *(Item(b"l/%d/f" % at, "0") for at in range(100))], limits=limits)
    asked = [Item(b"missing/" * 50 + b".wh.%d" % at, "0") for at in range(100)]
    with pytest.raises(LimitError, match="path_steps"):
        tree_of([], asked, limits=limits)


# Attributes.


def test_extended_attributes_count_with_what_they_take_in_memory() -> None:
    # A pair of empty ones takes five times as much as it has in the tar.
    body = b"".join(record(b"SCHILY.xattr.%d" % number, b"") for number in range(2000))
    layer = (extension(body, b"x") + file()) * 4 + END
    limits = Limits(listed_text=500_000)
    for step in (100, len(layer)):
        listed = list_pieces(cut(layer, step), limits)
        assert listed.is_full
        assert len(listed.extras) == 2


@pytest.mark.parametrize(
    "key", [b"LIBARCHIVE.xattr.\xff", b"LIBARCHIVE.xattr.%", b"SCHILY.xattr.\xff", b"SCHILY.xattr."]
)
def test_extended_attributes_may_be_called_anything(key: bytes) -> None:
    for step in (100, 10_000):
        (listed,) = list_pieces(cut(pax((key, b"AAAA")) + file() + END, step)).entries()
        assert len(listed.xattrs) == 1

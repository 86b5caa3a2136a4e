"""One file found from the top: the same as in the tree of all layers, of as few as will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.filesystem import Changeset, ChangesetBuilder, FileKind, Room, apply
from layertar.filesystem.newest import find_newest
from layertar.limits import DEFAULT_LIMITS
from layertar.tar import LayerWalker
from tests.tarmaker import Content, Directory, Hardlink, Symlink, write_tar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

Members = list[tuple[str, Content]]
NAMES = ("a", "b", "c")
D = Directory()


def listed(members: Sequence[tuple[str, Content]]) -> Changeset:
    builder = ChangesetBuilder(DEFAULT_LIMITS, Room(DEFAULT_LIMITS))
    walker = LayerWalker(DEFAULT_LIMITS, content=False, rider=builder)
    walker.feed(write_tar(members))
    walker.finish()
    return builder.changeset


def in_tree(layers: Sequence[Changeset], path: bytes) -> tuple[int, int] | None:
    """Where the tree of all layers has the data of a file."""
    tree = apply(layers, DEFAULT_LIMITS)
    found = tree.find(path)
    if found is None or not isinstance(found[1], int) or tree.inode(found[1]) < 0:
        return None
    layer, row = tree.place(tree.inode(found[1]))
    return (layer, row) if layers[layer].kind(row) is FileKind.FILE else None


def newest(layers: Sequence[Changeset], path: bytes) -> tuple[tuple[int, int] | None, list[int]]:
    """What is found from the top, and which layers were asked for."""
    asked: list[int] = []

    def layer_of(number: int) -> Changeset:
        asked.append(number)
        return layers[number]

    return find_newest(path, len(layers), layer_of), asked


def paths() -> SearchStrategy[str]:
    return st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


def marked() -> SearchStrategy[str]:
    whiteouts = paths().map(lambda path: "/".join([*path.split("/")[:-1], f".wh.{path[-1]}"]))
    return whiteouts | paths().map(lambda path: f"{path}/.wh..wh..opq") | st.just(".wh..wh..opq")


def contents() -> SearchStrategy[Content]:
    targets = paths() | paths().map(lambda path: f"/{path}") | st.sampled_from(["..", "../a", "."])
    return st.one_of(
        st.binary(min_size=1, max_size=3),
        st.just(D),
        st.just(D),
        targets.map(Symlink),
        paths().map(Hardlink),
    )


@st.composite
def layers(draw: st.DrawFn) -> Members:
    """One layer, its directories declared or not."""
    members: Members = draw(st.lists(st.tuples(paths(), contents()), max_size=5))
    if draw(st.booleans()):
        heads = {
            "/".join(path.split("/")[:end])
            for path, _ in members
            for end in range(1, path.count("/") + 1)
        }
        members = [(head, D) for head in sorted(heads)] + members
    return members + [(path, b"") for path in draw(st.lists(marked(), max_size=2))]


@given(st.lists(layers(), min_size=1, max_size=4), paths())
def test_what_is_found_from_the_top_is_what_all_layers_make(
    image: list[Members], path: str
) -> None:
    changesets = [listed(members) for members in image]
    found, asked = newest(changesets, path.encode())
    assert asked == list(range(len(image) - 1, len(image) - 1 - len(asked), -1))
    assert found in (None, in_tree(changesets, path.encode()))


BASE: Members = [
    ("etc", D),
    ("etc/x", b"old"),
    ("usr", D),
    ("usr/x", b"usr"),
    ("lib", Symlink("usr")),
]


@pytest.mark.parametrize(
    ("upper", "path", "where"),
    [
        ([("etc", D), ("etc/x", b"new")], b"etc/x", (1, 1)),
        ([("etc", D), ("etc/x", b"new")], b"/etc/../etc/./x", (1, 1)),
        ([("etc", D), ("etc/x", b"1"), ("etc/x", b"2")], b"etc/x", (1, 2)),
        ([("etc", D), ("etc/y", b"1"), ("etc/x", Hardlink("etc/y"))], b"etc/x", (1, 1)),
        ([("etc", D), ("etc/y", b"1"), ("etc/x", Symlink("/etc/y"))], b"etc/x", (1, 1)),
    ],
)
def test_a_layer_that_declares_its_directories_is_enough(
    upper: Members, path: bytes, where: tuple[int, int]
) -> None:
    image = [listed(BASE), listed(upper)]
    assert newest(image, path) == (where, [1])
    assert in_tree(image, path) == where


@pytest.mark.parametrize(
    ("upper", "path"),
    [
        ([("other", b"")], b"etc/x"),
        ([("etc", D), (".wh.gone", b"")], b"etc/x"),
        ([("etc", D)], b"lib/x"),
        ([], b"etc/x"),
    ],
)
def test_a_layer_that_has_no_say_is_passed(upper: Members, path: bytes) -> None:
    image = [listed(BASE), listed(upper)]
    found, asked = newest(image, path)
    assert found is not None
    assert found == in_tree(image, path)
    assert asked == [1, 0]


@pytest.mark.parametrize(
    ("upper", "path"),
    [
        pytest.param([("lib/x", b"new")], b"usr/x", id="its directory is a link below"),
        pytest.param([("etc/x", b"new")], b"etc/x", id="its directory is not declared"),
        pytest.param([(".wh.etc", b"")], b"etc/x", id="deleted"),
        pytest.param([("etc/.wh.x", b"")], b"etc/x", id="a file deleted"),
        pytest.param([("lib/.wh.x", b"")], b"usr/x", id="deleted through a link"),
        pytest.param([(".wh..wh..opq", b"")], b"etc/x", id="all deleted"),
        pytest.param([("etc", b"")], b"etc/x", id="its directory is a file"),
        pytest.param([("etc", b""), ("etc", D)], b"etc/x", id="its directory was replaced"),
        pytest.param([("y", Hardlink("etc/x"))], b"y", id="a link to a lower layer"),
        pytest.param([("etc", D)], b"etc", id="a directory"),
        pytest.param([("l", Symlink("l"))], b"l", id="a link to itself"),
    ],
)
def test_where_lower_layers_may_have_a_say_nothing_is_said(upper: Members, path: bytes) -> None:
    found, _ = newest([listed(BASE), listed(upper)], path)
    assert found is None


def test_a_layer_that_cannot_be_listed_says_nothing() -> None:
    assert find_newest(b"etc/x", 2, lambda _: None) is None

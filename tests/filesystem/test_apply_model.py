"""The tree that layers make is the model's, for layers of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from layertar.filesystem import Directory, FileKind, apply
from layertar.limits import DEFAULT_LIMITS
from tests.filesystem.layers import changeset, layers, names, tree_of
from tests.filesystem.naive import Item, Model, Path, unpack

if TYPE_CHECKING:
    from layertar.filesystem import Node, Tree

# Few in CI, thousands in the deep profile.
_EXAMPLES = max(150, settings().max_examples)
_KINDS = {
    FileKind.FILE: "0",
    FileKind.HARDLINK: "1",
    FileKind.SYMLINK: "2",
    FileKind.CHARACTER: "3",
    FileKind.BLOCK: "4",
    FileKind.DIRECTORY: "5",
    FileKind.FIFO: "6",
}


def _row(node: Node) -> int:
    return node.row if isinstance(node, Directory) else node


def _names_of(tree: Tree) -> list[tuple[Path, int, int, str]]:
    """Each path, in order, with its row, the row of its data, and its kind."""
    found = []
    for path, node in tree.walk():
        row = _row(node)
        kind = _KINDS[tree.entry(row, path).kind]
        inode = tree.inode(row) if row >= 0 else row
        found.append((tuple(path.split(b"/")) if path else (), row, inode, kind))
    return found


def _names_by(model: Model) -> list[tuple[Path, int, int, str]]:
    return [
        (path, found.row, found.inode.real().row, found.inode.real().kind)
        for path, found in sorted(model.names.items())
    ]


@given(layers())
@settings(max_examples=_EXAMPLES)
def test_layers_make_the_tree_that_the_model_makes(made: list[list[Item]]) -> None:
    tree, model = tree_of(*made), unpack(made)
    assert _names_of(tree) == _names_by(model)


@given(layers())
@settings(max_examples=_EXAMPLES)
def test_each_entry_meets_the_fate_that_the_model_says(made: list[list[Item]]) -> None:
    tree, model = tree_of(*made), unpack(made)
    assert list(tree.fates) == model.fates
    assert list(tree.hidden_by) == model.hidden_by


@given(layers())
@settings(max_examples=_EXAMPLES)
def test_each_hard_link_has_the_data_that_the_model_says(made: list[list[Item]]) -> None:
    tree, model = tree_of(*made), unpack(made)
    links = model.inodes()
    assert tree.inodes == links


@given(layers(), st.lists(names(), min_size=1, max_size=6), st.booleans())
@settings(max_examples=_EXAMPLES)
def test_a_path_leads_where_the_model_says(
    made: list[list[Item]],
    paths: list[bytes],
    follow: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    tree, model = tree_of(*made), unpack(made)
    there = [b"/".join(path) for path in model.names]
    for path in [*paths, *there, *(path + b"/a/.." for path in there)]:
        found, wanted = tree.find(path, follow=follow), model.find(path, follow=follow)
        if wanted is None:
            assert found is None
        else:
            assert found is not None
            assert (found[0], _row(found[1])) == (b"/".join(wanted[0]), wanted[1].row)


@given(layers())
@settings(max_examples=_EXAMPLES)
def test_a_layer_that_is_not_listed_changes_nothing(made: list[list[Item]]) -> None:
    whole = [changeset(each) for each in made]
    holes = [None if at % 2 else each for at, each in enumerate(whole)]
    kept = [each for at, each in enumerate(made) if not at % 2]
    found = apply(holes, DEFAULT_LIMITS)
    wanted = tree_of(*kept)
    assert [path for path, _ in found.walk()] == [path for path, _ in wanted.walk()]

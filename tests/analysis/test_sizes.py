"""Where bytes are: what frames members, and directories summed up."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.sizes import (
    ROLES,
    BlobSize,
    DirectorySize,
    Frame,
    RoleSize,
    directory_sizes,
    frame_of,
    role_sizes,
)
from layertar.api.files import files
from layertar.limits import DEFAULT_LIMITS
from tests.builders import (
    Content,
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_oci,
    tar_layer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.filesystem import Tree

BLOCK = 512
BLOBS = st.lists(
    st.builds(
        BlobSize,
        st.text(max_size=3),
        st.sampled_from(ROLES),
        st.integers(0, 1 << 40),
        st.integers(0, 3),
    )
)


def tree_of(*layers: Mapping[str, Content]) -> Tree:
    """The file system of an image of those layers."""
    recipes = tuple(LayerRecipe(tar=tar_layer(layer)) for layer in layers)
    return files(io.BytesIO(build_oci([ImageRecipe(layers=recipes)]).tar())).tree


def sizes_of(tree: Tree, depth: int) -> list[DirectorySize]:
    return list(directory_sizes(tree, depth, DEFAULT_LIMITS))


@given(st.lists(st.binary(max_size=1500), max_size=6), st.data())
def test_members_and_what_frames_them_are_the_whole_however_short_it_is_cut(
    contents: list[bytes], data: st.DataObject
) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number, content in enumerate(contents):
            entry = tarfile.TarInfo(f"{number}" * (40 * number + 1))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    whole = out.getvalue()
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        members = [(entry.offset_data, entry.size) for entry in tar]
    for total in (len(whole), data.draw(st.integers(0, len(whole)))):
        frame = frame_of(members, total)
        assert frame.headers + frame.padding + frame.end + sum(frame.sizes) == total
        assert min(frame.headers, frame.padding, frame.end, *frame.sizes, 0) == 0
        assert all(size <= due for size, (_, due) in zip(frame.sizes, members, strict=True))
    due = frame_of(members, len(whole))
    assert due.sizes == tuple(map(len, contents))
    assert due.padding == sum(-len(content) % BLOCK for content in contents)


def test_what_frames_two_members() -> None:
    assert frame_of([(512, 3), (1536, 512)], 10240) == Frame(1024, 509, 8192, (3, 512))
    assert frame_of([(512, 3), (1536, 512)], 1600) == Frame(1024, 509, 0, (3, 64))
    assert frame_of([], 1024) == Frame(0, 0, 1024, ())


@given(BLOBS)
def test_roles_are_all_members(blobs: list[BlobSize]) -> None:
    found = list(role_sizes(blobs))
    assert sum(each.size for each in found) == sum(blob.size for blob in blobs)
    assert sum(each.members for each in found) == len(blobs)
    order = [ROLES.index(each.role) for each in found]
    assert order == sorted(set(order))


def test_members_of_a_role_are_counted_together() -> None:
    blobs = [
        BlobSize("a", "unused", 1, 0),
        BlobSize("b", "layer", 2, 1),
        BlobSize("c", "unused", 4, 0),
    ]
    assert list(role_sizes(blobs)) == [RoleSize("layer", 1, 2), RoleSize("unused", 2, 5)]


def test_directories_are_summed_up_to_a_depth() -> None:
    tree = tree_of({"usr/lib/a": b"12", "usr/lib/deep/b": b"345", "usr/c": b"6", "d": b"7890"})
    root, usr = DirectorySize("", 10, 4), DirectorySize("usr", 6, 3)
    assert sizes_of(tree, 0) == [root]
    assert sizes_of(tree, 1) == [root, usr]
    assert sizes_of(tree, 2) == [root, usr, DirectorySize("usr/lib", 5, 2)]
    deepest = DirectorySize("usr/lib/deep", 3, 1)
    assert sizes_of(tree, 3)[-1] == deepest
    assert sizes_of(tree, 9)[-1] == deepest


def test_a_file_of_several_names_counts_once_in_each_directory_and_a_symlink_never() -> None:
    tree = tree_of(
        {"b/file": b"12345", "a/link": Hardlink("b/file"), "c/soft": Symlink("/b/file")},
        {"d/late": Hardlink("b/file")},
    )
    found = {each.path: (each.size, each.files) for each in sizes_of(tree, 1)}
    assert found == {"": (5, 4), "a": (5, 1), "b": (5, 1), "c": (0, 1), "d": (5, 1)}


def test_what_an_upper_layer_hides_does_not_count() -> None:
    tree = tree_of({"a/x": b"12345", "a/y": b"1", "b/z": b"1"}, {"a/.wh.x": b"", "b/z": b"123"})
    found = {each.path: (each.size, each.files) for each in sizes_of(tree, 1)}
    assert found == {"": (4, 2), "a": (1, 1), "b": (3, 1)}


@pytest.mark.parametrize("depth", range(4))
@given(
    st.dictionaries(
        st.lists(st.sampled_from(["p", "q", "r"]), min_size=1, max_size=4).map("/".join),
        st.binary(max_size=9),
        max_size=8,
    )
)
def test_a_directory_is_all_that_is_below_it(depth: int, contents: dict[str, bytes]) -> None:
    tree = tree_of(contents)
    listed = {entry.path: entry for entry in tree.entries()}
    found = {each.path: each for each in sizes_of(tree, depth)}
    for path, each in found.items():
        below = [
            entry
            for entry in listed.values()
            if entry.kind.value == "file" and (not path or entry.path.startswith(f"{path}/"))
        ]
        assert each.size == sum(entry.size for entry in below)
        assert each.files == len(below)
    assert set(found) == {
        path
        for path, entry in listed.items()
        if entry.kind.value == "directory" and len(path.split("/")) * bool(path) <= depth
    }

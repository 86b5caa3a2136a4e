"""Diffs of files: what differs between generated file systems, and what layers differ in."""

from __future__ import annotations

import io
import random
import tarfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import diff
from layertar.analysis.diff_model import Aspect, State
from tests.analysis.trees import File, Tree, differences, files, layers_of, tar_of, trees
from tests.builders import CODECS, ImageRecipe, LayerRecipe, build_docker, build_oci

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.report.diff_model import Diff
    from tests.tarmaker import Codec

MANY: Tree = {
    "etc": File("directory", mode=0o755),
    "etc/passwd": File("file", b"root"),
    "etc/link": File("symlink", b"passwd"),
    "usr": File("directory", mode=0o755),
    "usr/tool": File("file", b"tool" * 1000, 0o755),
    "usr/other": File("file", b"other"),
}


def compared(
    a: Sequence[LayerRecipe], b: Sequence[LayerRecipe], ignore: Sequence[str] = ()
) -> Diff:
    """Compare two images of these layers, one in an OCI archive and one as Docker saves it."""
    one = build_oci([ImageRecipe(layers=tuple(a))])
    other = build_docker([ImageRecipe(layers=tuple(b))], style="skopeo")
    return diff(
        io.BytesIO(one.tar()), io.BytesIO(other.tar()), parts=("layers", "files"), ignore=ignore
    )


def compared_files(a: Sequence[LayerRecipe], b: Sequence[LayerRecipe], *, verify: bool) -> Diff:
    """Compare two images of these layers that Docker has saved into files."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("a.tar", "b.tar")]
        for path, layers in zip(paths, (a, b), strict=True):
            built = build_docker([ImageRecipe(layers=tuple(layers))], style="skopeo")
            path.write_bytes(built.tar())
        return diff(*paths, parts=("layers", "files"), verify=verify)


def told(found: Diff) -> dict[str, set[str]]:
    """Path to in what it differs, as `differences` says it."""
    assert found.files is not None
    return {
        change.path: {change.state.value}
        if change.state is not State.CHANGED
        else {aspect.value for aspect in change.aspects}
        for change in found.files.changes()
    }


@given(st.lists(trees(), min_size=1, max_size=3), st.lists(trees(), min_size=1, max_size=3))
def test_what_differs_is_what_a_naive_comparison_says(a: list[Tree], b: list[Tree]) -> None:
    found = compared(layers_of(a), layers_of(b))
    assert found.files is not None
    assert found.files.problems == ()
    assert told(found) == differences(a[-1], b[-1])
    total = found.files.total
    changes = list(found.files.changes())
    assert [total.added, total.removed, total.changed + total.touched] == [
        sum(change.state is state for change in changes)
        for state in (State.ADDED, State.REMOVED, State.CHANGED)
    ]
    assert total.growth == sum(change.growth for change in changes)
    sizes = [
        sum(len(file.data) for file in tree[-1].values() if file.kind == "file") for tree in (a, b)
    ]
    assert total.growth == sizes[1] - sizes[0]


@given(base=trees(), a=trees(), b=trees(), verify=st.booleans())
def test_of_a_base_that_both_have_no_more_is_read_than_tells_files_apart(
    *, base: Tree, a: Tree, b: Tree, verify: bool
) -> None:
    one, other = layers_of([base, a]), layers_of([base, b])
    found = compared_files(one, other, verify=verify)
    assert told(found) == differences(a, b)
    assert found.files is not None
    assert found.files.total.unread == 0
    assert told(compared(one, other)) == told(found)


@pytest.mark.parametrize("data", [b"tool" * 1000, b"t00l" * 1000])
def test_a_large_file_of_the_base_is_read_where_the_other_side_has_it_anew(data: bytes) -> None:
    base = {**MANY, "usr/large": File("file", bytes(1_000_000)), "usr/tool": File("file", data)}
    anew = {**base, "usr/large": File("file", bytes(999_999) + b"1", mode=0o600)}
    found = compared_files(layers_of([base]), layers_of([base, anew]), verify=False)
    assert told(found) == {"usr/large": {"content", "mode"}}
    same = {**base, "usr/large": replace(base["usr/large"], mode=0o600)}
    found = compared_files(layers_of([base]), layers_of([base, same]), verify=False)
    assert told(found) == {"usr/large": {"mode"}}


@pytest.mark.parametrize("codec", ["none", "gzip"])
def test_a_file_that_is_cut_short_is_neither_the_same_nor_another(codec: Codec) -> None:
    data = bytes(random.Random(1).randbytes(400_000))  # noqa: S311 - what does not compress
    base = {"a": File("file", data)}
    tar = tar_of(base.items())
    whole = LayerRecipe(tar=tar, compression=codec)
    cut = LayerRecipe(tar=tar, compression=codec, stored=whole.blob[: len(whole.blob) // 2])
    top = LayerRecipe(tar=tar_of([("a", File("file", data, mode=0o600))]), compression=codec)
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("a.tar", "b.tar")]
        for path, layers in zip(paths, ((cut,), (cut, top)), strict=True):
            path.write_bytes(build_oci([ImageRecipe(layers=layers)]).tar())
        found = diff(*paths, parts=("files",))
    assert told(found) == {"a": {"mode"}}
    assert found.files is not None
    assert found.files.total.unread == 1
    assert len(found.files.problems) == 2


@given(trees(), trees())
def test_the_other_way_round_what_was_added_is_removed(a: Tree, b: Tree) -> None:
    one = told(compared(layers_of([a]), layers_of([b])))
    other = told(compared(layers_of([b]), layers_of([a])))
    turned = {"added": "removed", "removed": "added"}
    assert one == {
        path: {turned.get(word, word) for word in words} for path, words in other.items()
    }


@given(trees(), st.data())
def test_any_one_change_is_told_as_exactly_that(tree: Tree, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([*sorted(tree), "new"]))
    changed = dict(tree)
    if path == "new" or data.draw(st.booleans()):
        file = data.draw(files)
        is_inner = "/" in path or any(other.startswith(f"{path}/") for other in tree)
        changed[path] = tree[path] if is_inner and path in tree else replace(file, kind="file")
    else:
        changed = {
            other: file
            for other, file in tree.items()
            if other != path and not other.startswith(f"{path}/")
        }
    found = compared(layers_of([tree]), layers_of([changed]))
    assert told(found) == differences(tree, changed)
    # The same as a layer more.
    assert told(compared(layers_of([tree]), layers_of([tree, changed]))) == told(found)


ASPECTS = {
    "mode": replace(MANY["usr/other"], mode=0o600),
    "owner": replace(MANY["usr/other"], owner=7),
    "times": replace(MANY["usr/other"], mtime=5),
    "xattrs": replace(MANY["usr/other"], xattr="x"),
    "content": replace(MANY["usr/other"], data=b"othEr"),
    "kind": replace(MANY["usr/other"], kind="symlink"),
}


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_file_that_differs_in_one_way_is_told_so_and_its_layer_too(aspect: str) -> None:
    found = compared(layers_of([MANY]), layers_of([{**MANY, "usr/other": ASPECTS[aspect]}]))
    assert told(found) == {"usr/other": {aspect}}
    assert found.layers is not None
    assert found.layers.pairs[0].aspects == (Aspect(aspect),)
    assert found.aspects == (Aspect(aspect),)


@pytest.mark.parametrize(
    ("word", "aspect"),
    [("mtime", "times"), ("uid", "owner"), ("mode", "mode"), ("xattrs", "xattrs")],
)
def test_what_is_ignored_does_not_count(word: str, aspect: str) -> None:
    changed = {**MANY, "usr/other": ASPECTS[aspect]}
    found = compared(layers_of([MANY]), layers_of([changed]), [word, "format"])
    assert found.is_same
    assert found.files is not None
    assert (found.files.total.ignored, list(found.files.changes())) == (1, [])
    assert found.layers is not None
    assert found.layers.pairs[0].ignored == (Aspect(aspect),)
    # It is still another layer to a cache.
    assert found.layers.miss is not None
    both = {**changed, "etc/passwd": File("file", b"other")}
    assert told(compared(layers_of([MANY]), layers_of([both]), [word])) == {
        "etc/passwd": {"content"}
    }


@pytest.mark.parametrize("pattern", ["/usr/*", "other", "usr/**", "/**/oth?r", "/usr", "*her"])
def test_files_of_a_pattern_do_not_count(pattern: str) -> None:
    changed = {**MANY, "usr/other": ASPECTS["content"]}
    if "/" not in pattern and not {"*", "?", "["} & set(pattern):
        pattern = f"/**/{pattern}"
    found = compared(layers_of([MANY]), layers_of([changed]), [pattern, "format"])
    assert found.is_same
    assert found.files is not None
    assert found.files.total.ignored == 1
    assert not compared(layers_of([MANY]), layers_of([changed]), ["/etc/**"]).is_same


def rebuilt(owner: int = 0) -> LayerRecipe:
    tree = {path: replace(file, owner=owner, mtime=7) for path, file in MANY.items()}
    return LayerRecipe(tar=tar_of(sorted(tree.items())))


WHOLE = LayerRecipe(tar=tar_of(sorted(MANY.items())))


def shuffled() -> LayerRecipe:
    entries = sorted(MANY.items())
    random.Random(7).shuffle(entries)  # noqa: S311 - any order but theirs
    return LayerRecipe(tar=tar_of(entries))


@pytest.mark.parametrize(
    ("other", "aspects"),
    [
        (rebuilt(), (Aspect.TIMES,)),
        (shuffled(), (Aspect.ORDER,)),
        (rebuilt(owner=7), (Aspect.OWNER, Aspect.TIMES)),
        (
            LayerRecipe(tar=tar_of(sorted(MANY.items()), form=tarfile.GNU_FORMAT)),
            (Aspect.FORMAT,),
        ),
        (LayerRecipe(tar=tar_of(sorted(MANY.items()), ["gone"])), (Aspect.CONTENT,)),
    ],
)
def test_a_layer_is_told_in_what_it_differs(
    other: LayerRecipe, aspects: tuple[Aspect, ...]
) -> None:
    found = compared([WHOLE], [other]).layers
    assert found is not None
    assert found.aspects == aspects
    [pair] = found.pairs
    assert (pair.aspects, pair.state) == (aspects, State.CHANGED)
    assert found.miss is not None


def test_an_order_or_a_spelling_leaves_the_files_the_same() -> None:
    found = compared([WHOLE], [shuffled()])
    assert (told(found), found.state) == ({}, State.CHANGED)
    assert compared([WHOLE], [shuffled()], ["order"]).is_same


def test_layers_made_by_nobody_knows_what_are_paired_by_their_paths() -> None:
    def layer(*names: str, mtime: int = 1) -> LayerRecipe:
        entries = [(f"{name}{number}", File("file", b"", mtime=mtime))
                   for name in names for number in range(40)]  # fmt: skip
        return LayerRecipe(tar=tar_of(entries), created_by="/bin/sh")

    a = [layer("a"), layer("b"), layer("c")]
    b = [layer("a", mtime=2), layer("new"), layer("b", mtime=2), layer("c", mtime=2)]
    found = compared(a, b).layers
    assert found is not None
    assert [pair.state for pair in found.pairs] == [
        State.CHANGED, State.ADDED, State.CHANGED, State.CHANGED,
    ]  # fmt: skip
    assert [pair.state for pair in compared(b, a).layers.pairs][1] is State.REMOVED  # type: ignore[union-attr]


def hard_links(*names: str, joined: bool = True) -> LayerRecipe:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for place, name in enumerate(names):
            info = tarfile.TarInfo(name)
            if place and joined:
                info.type, info.linkname = tarfile.LNKTYPE, names[0]
                tar.addfile(info)
            else:
                info.size = 4
                tar.addfile(info, io.BytesIO(b"data"))
    return LayerRecipe(tar=out.getvalue())


def test_which_name_of_a_file_comes_first_makes_no_difference() -> None:
    found = compared([hard_links("a", "b", "c")], [hard_links("c", "a", "b")])
    assert told(found) == {}
    assert found.aspects == (Aspect.ORDER,)


def test_a_copy_in_place_of_a_hard_link_is_told_as_link() -> None:
    found = compared([hard_links("a", "b")], [hard_links("a", "b", joined=False)])
    assert told(found) == {"a": {"link"}, "b": {"link"}}
    assert found.layers is not None
    assert found.layers.aspects == (Aspect.LINK,)


@pytest.mark.parametrize("codec", CODECS)
def test_layers_of_equal_diff_ids_are_not_read_whatever_they_hold(
    codec: Codec, tmp_path: Path
) -> None:
    broken = LayerRecipe(tar=WHOLE.tar, compression=codec, stored=b"no layer at all")
    paths = []
    for name, layer in (("a", WHOLE), ("b", broken)):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(build_oci([ImageRecipe(layers=(layer,))]).tar())
    found = diff(*paths)
    assert found.files is not None
    assert (found.files.state, found.files.trees, found.files.problems) == (State.SAME, None, ())


def test_a_layer_that_cannot_be_listed_is_never_passed_for_the_same() -> None:
    broken = LayerRecipe(tar=b"this is no tar" * 100)
    found = compared([WHOLE, broken], [WHOLE, LayerRecipe(tar=b"nor is this" * 100)])
    assert found.files is not None
    assert found.files.state is State.UNKNOWN
    assert not found.is_same
    assert [problem.rpartition(": ")[2] for problem in found.files.problems] == ["it is no tar"] * 2
    assert found.layers is not None
    assert found.layers.pairs[1].aspects is None

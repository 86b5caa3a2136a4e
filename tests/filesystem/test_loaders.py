"""The corner cases that tests of loaders know, as facts: what each image must look like.

From containerd `pkg/archive/tar_test.go` (TestBreakouts, TestApplyTar, TestSymlinks), moby
`pkg/archive/diff_test.go` (TestApplyLayer...), umoci `oci/layer/tar_extract_test.go` and
anchore/stereoscope `pkg/filetree/union_filetree_test.go`, `filetree_test.go`. Where a loader
refuses a layer, or loaders differ, the test says so. The last ones were tried with umoci 0.4.7,
podman 4.3.1 and Docker 20.10.24 (both vfs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar.filesystem import Directory, Fate, FileKind, Tree
from tests.filesystem.layers import Member, entry, tree_of
from tests.filesystem.naive import Item

if TYPE_CHECKING:
    from collections.abc import Sequence

Layer = list[Item | Member]


def _dir(name: str) -> Item:
    return entry(name, "5")


def _file(name: str) -> Item:
    return entry(name)


def _link(target: str, name: str) -> Item:
    return entry(name, "1", target)


def _symlink(target: str, name: str) -> Item:
    return entry(name, "2", target)


def _paths(*layers: Sequence[Item | Member]) -> str:
    """All paths, directories with a slash behind, symbolic links with an at sign."""
    return _shown(tree_of(*layers))


def _shown(tree: Tree) -> str:
    marks = {FileKind.DIRECTORY: "/", FileKind.SYMLINK: "@"}
    return " ".join(each.path + marks.get(each.kind, "") for each in tree.entries() if each.path)


def _row(tree: Tree, path: str, *, follow: bool = True) -> int:
    found = tree.find(path.encode(), follow=follow)
    assert found is not None, path
    node = found[1]
    return node.row if isinstance(node, Directory) else tree.inode(node)


_ETC: Layer = [_dir("etc"), _file("/etc/passwd")]


# containerd: TestBreakouts, entries through symbolic links.


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        ([_symlink("/etc", "localetc")], "/localetc/unbroken"),
        ([_dir("dummy"), _symlink("/dummy/../etc", "localetc")], "/localetc/unbroken"),
        ([_dir("dummy"), _symlink("/etc", "/dummy/etc")], "/dummy/etc/unbroken"),
        ([_symlink("../../../etc", "localetc")], "localetc/unbroken"),
    ],
)
def test_an_entry_goes_where_a_link_on_its_path_leads(extra: Layer, name: str) -> None:
    tree = tree_of([_dir("etc"), *extra, _file(name)])
    assert "etc/unbroken" in _shown(tree).split()


def test_a_file_written_through_a_link_takes_the_place_of_the_one_there() -> None:
    tree = tree_of(
        [_dir("etc"), _file("etc/emptied"), _symlink("/etc", "localetc"), _file("localetc/emptied")]
    )
    assert _shown(tree) == "etc/ etc/emptied localetc@"
    assert _row(tree, "etc/emptied") == 3


# containerd: TestBreakouts, hard links.


@pytest.mark.parametrize(
    "more",
    [
        [_dir("b"), _symlink("../../etc", "b/d1"), _link("/b/d1/passwd", "x")],
        [_dir("b"), _dir("d"), _symlink("../d/../../etc", "b/d1"), _link("/b/d1/passwd", "x")],
        [_symlink("/etc", "localetc"), _link("/localetc/passwd", "x")],
        [_symlink("../../../../../../../etc", "localetc"), _link("/localetc/passwd", "x")],
        [_symlink("upandout/../../../etc", "localetc"), _link("/localetc/passwd", "x")],
        [_link("../../../../../etc/passwd", "x")],
        [_link("/etc/passwd", "x")],
        [_symlink("/etc/", ".."), _link("/etc/passwd", "x")],
        [_symlink("/etc/", ""), _link("/etc/passwd", "x")],
    ],
)
def test_a_hard_link_finds_its_target_within_the_root(more: Layer) -> None:
    tree = tree_of([*_ETC, *more])
    assert _row(tree, "x") == _row(tree, "etc/passwd") == 1


@pytest.mark.parametrize("target", ["../../../../../etc/passwd", "/etc/passwd"])
def test_a_hard_link_to_a_symbolic_link_is_one_itself(target: str) -> None:
    tree = tree_of([*_ETC, _symlink(target, "passwdlink"), _link("/passwdlink", "localpasswd")])
    assert _shown(tree) == "etc/ etc/passwd localpasswd@ passwdlink@"
    assert _row(tree, "localpasswd", follow=False) == _row(tree, "passwdlink", follow=False)
    assert _row(tree, "localpasswd") == _row(tree, "etc/passwd")


def test_a_hard_link_to_a_symbolic_link_may_come_before_what_that_leads_to() -> None:
    tree = tree_of(
        [
            _dir("etc"),
            _symlink("/etc/passwd", "localpasswd"),
            _link("localpasswd", "localpasswd-dup"),
            _file("/etc/passwd"),
        ]
    )
    assert _row(tree, "localpasswd-dup") == _row(tree, "etc/passwd")


def test_a_name_with_dot_dot_is_cleaned_before_links_are_followed() -> None:
    tree = tree_of(
        [*_ETC, _symlink("/etc/", "localetc/sub/.."), _link("/etc/passwd", "/localetc/localpasswd")]
    )
    assert _shown(tree) == "etc/ etc/localpasswd etc/passwd localetc@"


# containerd: TestBreakouts, one kind in the place of another.

_LOCAL: Layer = [_dir("/etc/"), _file("/etc/passwd"), _dir("/localetc/")]


@pytest.mark.parametrize("target", ["/etc", "../../etc"])
def test_a_link_in_the_place_of_a_directory_is_followed_at_once(target: str) -> None:
    upper: Layer = [_symlink(target, "localetc"), _link("/etc/passwd", "/localetc/localpasswd")]
    assert _paths(_LOCAL, upper) == "etc/ etc/localpasswd etc/passwd localetc@"


def test_a_directory_in_the_place_of_a_link_is_no_way_to_where_that_led() -> None:
    lower: Layer = [*_ETC, _symlink("/etc", "localetc")]
    upper: Layer = [_dir("/localetc/"), _link("/etc/passwd", "/localetc/localpasswd")]
    assert _paths(lower, upper) == "etc/ etc/passwd localetc/ localetc/localpasswd"


def test_a_file_in_the_place_of_a_hard_link_leaves_the_other_names_alone() -> None:
    lower: Layer = [*_ETC, _symlink("etc", "localetc"), _link("/etc/passwd", "/etc/localpasswd")]
    tree = tree_of(lower, [_dir("/localetc/"), _file("/localetc/localpasswd")])
    assert _row(tree, "localetc/localpasswd") == 5
    assert _row(tree, "etc/localpasswd") == _row(tree, "etc/passwd") == 1


# containerd: TestBreakouts, whiteouts. Of the first four it says "invalid archive"; here they
# hide nothing.


@pytest.mark.parametrize("name", [".wh...", "etc/.wh...", ".wh..", "etc/.wh..", ".wh.", "etc/.wh."])
def test_a_whiteout_of_the_directory_itself_or_the_one_above_hides_nothing(name: str) -> None:
    tree = tree_of(_ETC, [_file(name)])
    assert _shown(tree) == "etc/ etc/passwd"
    assert tree.fates[2] == Fate.MARKER


def test_a_whiteout_of_a_link_hides_the_link_alone() -> None:
    assert _paths([*_ETC, _symlink("/etc", "l")], [_file(".wh.l")]) == "etc/ etc/passwd"


def test_a_whiteout_hides_what_a_link_on_its_path_leads_to() -> None:
    lower: Layer = [*_ETC, _file("/etc/whitedout"), _symlink("/etc", "l")]
    assert _paths(lower, [_file("l/.wh.whitedout")]) == "etc/ etc/passwd l@"


def test_a_directory_that_is_called_like_a_whiteout_holds_files() -> None:
    assert _paths(_ETC, [_file(".wh.etc/some")]) == ".wh.etc/ .wh.etc/some etc/ etc/passwd"


def test_a_whiteout_behind_a_dead_link_hides_nothing() -> None:
    tree = tree_of([*_ETC, _symlink("/dne", "localetc")], [_file("localetc/.wh.etc")])
    assert "etc/passwd" in _shown(tree).split()


def test_a_whiteout_with_dot_dot_is_cleaned_first() -> None:
    assert _paths([*_ETC, _symlink("/dne", "l")], [_file("dne/../.wh.etc")]) == "l@"


# containerd: TestApplyTar, TestSymlinks, TestDiffTar.


def test_directories_above_an_entry_may_be_missing() -> None:
    upper: Layer = [_dir("/etc/sub2/"), _dir("/etc/sub2/more"), _dir("/other/noparent-2/2/")]
    assert _paths([_dir("/etc/")], upper) == (
        "etc/ etc/sub2/ etc/sub2/more/ other/ other/noparent-2/ other/noparent-2/2/"
    )


def test_links_change_their_targets_from_layer_to_layer() -> None:
    lower: Layer = [_dir("bin"), _file("bin/real"), _symlink("../bin/real", "bin/other1")]
    tree = tree_of(lower, [_symlink("/bin/real", "bin/other1"), _symlink("other1", "bin/other2")])
    assert _shown(tree) == "bin/ bin/other1@ bin/other2@ bin/real"
    assert _row(tree, "bin/other2") == 1
    assert tree.fates[2] == Fate.OVERWRITTEN


def test_a_directory_takes_the_place_of_a_link_to_a_file() -> None:
    lower: Layer = [_dir("bin"), _file("bin/real"), _symlink("real", "bin/myapp")]
    assert _paths(lower, [_dir("bin/myapp")]) == "bin/ bin/myapp/ bin/real"


def test_whiteouts_and_attributes_of_their_directories_come_together() -> None:
    lower: Layer = [
        _dir("d1"),
        _file("d1/f1"),
        _dir("d4"),
        _file("d4/f1"),
        _dir("d5"),
        _file("d5/f"),
    ]
    upper: Layer = [
        *(_dir("d1"), _file("d1/.wh.f1")),
        *(_dir("d4"), _file("d4/f0"), _file("d4/.wh.f1"), _file(".wh.d5")),
    ]
    assert _paths(lower, upper) == "d1/ d4/ d4/f0"


def test_a_file_linked_anew_is_in_the_layer_under_both_names() -> None:
    lower: Layer = [_dir("d1"), _file("d1/f1"), _dir("d2"), _dir("d6"), _link("d1/f1", "d6/l1")]
    upper: Layer = [
        *(_dir("d2"), _file("d2/l1"), _dir("d1"), _link("d2/l1", "d1/f1")),
        *(_dir("d6"), _file("d6/.wh.l1")),
    ]
    tree = tree_of(lower, upper)
    assert _shown(tree) == "d1/ d1/f1 d2/ d2/l1 d6/"
    assert _row(tree, "d1/f1") == _row(tree, "d2/l1") == 6


# moby: TestApplyLayerWhiteouts, layer by layer.

_BASE = ".baz bar/ bar/bax bar/bay/ baz foo/ foo/.abc foo/.bcd/ foo/.bcd/a foo/cde/ foo/cde/def"
_MOBY = [
    (
        f"{_BASE} foo/cde/efg foo/fgh foobar",
        f"{_BASE} foo/cde/efg foo/fgh foobar",
    ),
    (
        ".bay .wh.baz foo/ foo/.bce foo/.wh..wh..opq foo/cde/ foo/cde/efg",
        ".bay .baz bar/ bar/bax bar/bay/ foo/ foo/.bce foo/cde/ foo/cde/efg foobar",
    ),
    (
        ".bay .wh..baz .wh.foobar foo/ foo/.abc foo/.wh.cde bar/",
        ".bay bar/ bar/bax bar/bay/ foo/ foo/.abc foo/.bce",
    ),
    (".abc .wh..wh..opq foobar", ".abc foobar"),
]


@pytest.mark.parametrize("count", range(1, len(_MOBY) + 1))
def test_layers_upon_layers_with_whiteouts_of_all_kinds(count: int) -> None:
    layers: list[Layer] = [
        [_dir(name) if name.endswith("/") else _file(name) for name in names.split()]
        for names, _ in _MOBY[:count]
    ]
    assert _paths(*layers) == _MOBY[count - 1][1]


# moby: TestApplyLayerInvalid... It refuses these; here nothing leads out of the root.


@pytest.mark.parametrize("name", ["../victim/dotdot", "/../victim/slash-dotdot"])
def test_a_name_that_leads_out_of_the_root_stays_in_it(name: str) -> None:
    assert _paths([_file(name)]) == f"victim/ victim/{name.rpartition('/')[2]}"


@pytest.mark.parametrize("target", ["../victim/hello", "/../victim/hello"])
def test_a_link_that_leads_out_of_the_root_leads_nowhere(target: str) -> None:
    tree = tree_of([_link(target, "hard"), _symlink(target, "soft")])
    assert tree.inodes == {0: -1}
    assert tree.find(b"soft") is None
    assert tree.find(b"soft", follow=False) is not None


def test_a_hard_link_to_nothing_is_no_way() -> None:
    assert _paths([_link("../victim", "loop"), _file("loop/file")]) == "loop/ loop/file"


# umoci: TestUnpackEntryWhiteout, TestUnpackOpaqueWhiteout, TestUnpackHardlink.


@pytest.mark.parametrize("path", ["root", ".hidden", "some/path/x", "another/path/.hidden"])
@pytest.mark.parametrize("inside", [[], ["/file1", "/file2", "/.subdir/file3"]])
def test_a_whiteout_hides_a_file_or_a_directory_and_leaves_that_above(
    path: str, inside: list[str]
) -> None:
    lower: Layer = [_file(path + each) for each in inside] or [_file(path)]
    above, _, name = path.rpartition("/")
    upper: Layer = [_file(f"{above}/.wh.{name}" if above else f".wh.{name}")]
    tree = tree_of(lower, upper)
    assert tree.find(path.encode()) is None
    assert tree.find(above.encode()) is not None
    assert set(tree.fates[: len(lower)]) == {Fate.DELETED}


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_an_opaque_directory_keeps_what_its_layer_brings_wherever_the_marker_is(at: int) -> None:
    lower: Layer = [_dir("d"), _file("d/old"), _file("d/both"), _file("d/sub/old"), _file("e")]
    upper: Layer = [_dir("d"), _file("d/both"), _file("d/sub/new")]
    upper.insert(at, _file("d/.wh..wh..opq"))
    tree = tree_of(lower, upper)
    assert _shown(tree) == "d/ d/both d/sub/ d/sub/new e"
    assert list(tree.fates[:5]) == [
        *(Fate.MERGED, Fate.DELETED, Fate.DELETED, Fate.DELETED, Fate.VISIBLE),
    ]


def test_a_whiteout_does_not_hide_what_its_own_layer_has() -> None:
    # umoci and layer.md; moby and containerd go by the order of the tar.
    for upper in ([_file("a"), _file(".wh.a")], [_file(".wh.a"), _file("a")]):
        assert _paths([_file("a")], upper) == "a"


def test_owners_of_hard_links_are_those_of_the_file() -> None:
    # umoci; Docker and podman give the file the owner that the link's own header has.
    other = Member(entry("hard", "1", "/regular"), uid=1337, gid=2020, mode=0o600)
    tree = tree_of([Member(entry("regular"), uid=1, gid=2, mode=0o644), other])
    hard, regular = (each for each in tree.entries() if each.path)
    assert hard == regular._replace(path="hard")


# stereoscope: TestUnionFileTree_Squash, TestFileTree_Merge_...


def test_files_and_directories_of_two_layers_are_squashed() -> None:
    base: Layer = [_file("home/some/1"), _file("home/some/2"), _file("home/more"), _dir("home/dir")]
    top: Layer = [
        *(_file("etc/release"), _file("home/more/things"), _file("home/dir/2")),
        *(_file("home/some/2"), _file("home/some/3"), _file("home/another/1")),
    ]
    tree = tree_of(base, top)
    assert _shown(tree) == (
        "etc/ etc/release home/ home/another/ home/another/1 home/dir/ home/dir/2 home/more/ "
        "home/more/things home/some/ home/some/1 home/some/2 home/some/3"
    )
    # A directory where a file was has nothing of that; one that was there keeps what it has.
    assert _row(tree, "home/more") == -1
    assert _row(tree, "home/dir") == 3
    assert _row(tree, "home/some/2") == 7


def test_whiteouts_leave_the_directories_that_they_are_in() -> None:
    base: Layer = [_file("some/1"), _file("some/2"), _file("other/1")]
    assert _paths(base, [_file("some/.wh..wh..opq"), _file("other/.wh.1")]) == "other/ some/"


def test_an_opaque_directory_need_not_be_below() -> None:
    assert _paths([_dir("home")], [_file("home/luhring/.wh..wh..opq")]) == "home/ home/luhring/"


@pytest.mark.parametrize(
    ("link", "target", "real", "asked"),
    [
        ("home", "/another/place", "another/place", "/home"),
        ("home", "../../another/place", "another/place", "/home"),
        ("home", "/another", "another/place", "/home/place"),
        ("home", "../../another", "another/place", "home/place"),
        ("home", "../../../../../another/place", "another/place", "/home"),
        ("home", "another/./nothing/../place", "another/place", "/home"),
    ],
)
def test_a_path_is_found_through_a_link(link: str, target: str, real: str, asked: str) -> None:
    tree = tree_of([_file(real), _dir("another/nothing"), _symlink(target, link)])
    assert tree.find(asked.encode()) == (real.encode(), 0)


@pytest.mark.parametrize("target", ["/gone/where", "home", "loop/home"])
def test_a_dead_link_is_there_and_leads_nowhere(target: str) -> None:
    tree = tree_of([_symlink(target, "home"), _symlink(".", "loop")])
    assert tree.find(b"home") is None
    assert tree.find(b"home", follow=False) == (b"home", 0)


# Tried with the tools themselves.


def test_a_whiteout_hides_nothing_through_a_link_that_its_layer_makes_a_directory() -> None:
    # An overlay gives such layers; umoci, podman and Docker agree.
    lower: Layer = [_dir("a"), _file("a/x"), _symlink("a", "l")]
    assert _paths(lower, [_dir("l"), _file("l/.wh.x")]) == "a/ a/x l/"
    assert _paths(lower, [_dir("l"), _file("l/.wh..wh..opq")]) == "a/ a/x l/"


def test_an_opaque_link_is_not_followed() -> None:
    # As by podman and Docker; umoci and containerd follow it.
    lower: Layer = [_dir("a"), _file("a/x"), _symlink("a", "l")]
    assert _paths(lower, [_file("l/.wh..wh..opq")]) == "a/ a/x l@"


def test_a_whiteout_where_no_directory_is_implies_one() -> None:
    # As by containerd, podman and Docker; umoci makes none.
    assert _paths([_file("a")], [_file("c/.wh.d"), _file("e/.wh..wh..opq")]) == "a c/ e/"
    assert _paths([_dir("a"), _file("a/b")], [_file(".wh.a"), _file("a/.wh.b")]) == "a/"
    assert _paths([_dir("a"), _file("a/b")], [_file("a/.wh.b"), _file(".wh.a")]) == ""


def test_a_whiteout_below_a_file_changes_nothing() -> None:
    # As by umoci; podman and Docker refuse it.
    assert _paths([_file("a")], [_file("a/.wh.d"), _file("a/.wh..wh..opq")]) == "a"


def test_a_hard_link_keeps_what_its_layer_hides() -> None:
    # All three agree where the link comes first, and refuse it where it does not.
    for upper in ([_link("a", "b"), _file(".wh.a")], [_file(".wh.a"), _link("a", "b")]):
        tree = tree_of([_file("a")], upper)
        assert _shown(tree) == "b"
        assert _row(tree, "b") == 0


def test_a_hard_link_keeps_the_file_that_was_there_when_it_was_made() -> None:
    lower: Layer = [_file("a")]
    assert _row(tree_of(lower, [_link("a", "b"), _file("a")]), "b") == 0
    assert _row(tree_of(lower, [_file("a"), _link("a", "b")]), "b") == 1
    assert _row(tree_of([_file("a"), _link("a", "b")], [_file(".wh.a")]), "b") == 0


def test_hard_links_may_come_before_their_targets() -> None:
    # All three refuse it; bsdtar and others write such tars.
    tree = tree_of([_link("b", "a"), _link("c", "b"), _file("c"), _link("a", "d")])
    assert tree.inodes == {0: 2, 1: 2, 3: 2}
    assert tree_of([_link("b", "a"), _link("a", "b")]).inodes == {0: -1, 1: -1}


def test_hard_links_lead_to_what_aufs_left() -> None:
    # moby, pkg/archive/diff.go (aufsHardlinks).
    plnk: Layer = [_dir(".wh..wh.plnk"), _file(".wh..wh.plnk/1.2"), _file(".wh..wh.aufs")]
    links: Layer = [_link(".wh..wh.plnk/1.2", "a"), _link("./.wh..wh.plnk/1.2", "b")]
    tree = tree_of([*plnk, *links])
    assert _shown(tree) == "a b"
    assert _row(tree, "a") == _row(tree, "b") == 1
    assert {each.kind for each in tree.entries() if each.path} == {FileKind.FILE}


def test_nothing_but_a_directory_can_be_the_root() -> None:
    # umoci, podman and Docker refuse it.
    assert _paths([_file("a"), _symlink("etc", "./"), _link("a", "."), _file("/")]) == "a"


def test_what_dot_dot_in_a_link_leads_out_of_need_not_be_there() -> None:
    # As by umoci and containerd, which follow links by name; to Docker, as to the system, it must.
    lower: Layer = [_dir("c"), _symlink("missing/../c", "l")]
    assert _paths(lower, [_file("l/n")]) == "c/ c/n l@"
    assert _paths([*lower, _file("c/n")], [_file("l/.wh.n")]) == "c/ l@"


def test_an_entry_behind_a_dead_link_makes_what_that_leads_to() -> None:
    # As by umoci and containerd; podman and Docker refuse it.
    assert _paths([_symlink("no/where", "l")], [_file("l/n")]) == "l@ no/ no/where/ no/where/n"


def test_an_entry_behind_a_link_that_goes_round_takes_its_place() -> None:
    # All refuse it.
    lower: Layer = [_symlink("m", "l"), _symlink("l", "m")]
    assert _paths(lower, [_file("l/a/n")]) == "l/ l/a/ l/a/n m@"
    assert _paths([_symlink("l/deeper", "l")], [_file("l/n")]) == "l/ l/n"

"""What a layer's members are called and lead to: told as it is, however the layer comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layertar.fault import Severity
from layertar.limits import Limits
from layertar.tar import EntryKind
from layertar.tar.content import ContentWatcher
from layertar.tar.links import LinkTable
from tests.tar.blocks import GNU, cut, extension, file, header, pax, walk
from tests.tarmaker import END

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.fault import Fault

_FIRST = file(b"first", b"")
_LIMITS = Limits(faults=1000)


def link(name: bytes, target: bytes) -> bytes:
    return header(name, 0, b"2", target)


def hard(name: bytes, target: bytes) -> bytes:
    return header(name, 0, b"1", target)


def directory(name: bytes) -> bytes:
    return header(name, 0, b"5")


def told(*members: bytes, limits: Limits = _LIMITS) -> list[Fault]:
    """What is told of a layer, whether its members are passed fast or one by one."""
    layer = _FIRST + b"".join(members) + END
    fast = walk([layer], limits)
    assert walk(cut(layer, 1536), limits) == fast
    assert walk(cut(layer, 100), limits) == fast
    return list(fast.content)


def rules(*members: bytes) -> list[str]:
    return [fault.rule for fault in told(*members)]


@pytest.mark.parametrize("again", [b"etc/x", b"./etc/x", b"/etc/x", b"etc//x", b"etc/./x"])
@pytest.mark.parametrize("first", [b"etc/x", b"./etc/x", b"/etc/x", b"etc/y/../x"])
def test_a_path_that_comes_again_is_told_however_it_is_spelt(first: bytes, again: bytes) -> None:
    (fault,) = told(file(first), file(b"other"), file(again))
    assert (fault.rule, fault.severity) == ("layer-duplicate-path", None)
    assert (fault.member, fault.offset) == (again.decode(), 512 + 2 * 1024)


@pytest.mark.parametrize(
    "members",
    [
        (file(b"x"), directory(b"x/")),
        (directory(b"x/"), file(b"x")),
        (directory(b"x"), link(b"x", b"y")),
        (link(b"x", b"y"), hard(b"x", b"first")),
        (file(b"x"), pax((b"path", b"./x")) + file()),
        (file(b"some/where/x"), file(b"x", prefix=b"some/where")),
        (file(b"x"), extension(b"x\0", b"L") + file(magic=GNU)),
        (file(b".wh.x"), file(b".wh.x")),
        (file(b"caf\xc3\xa9"), file(b"./caf\xc3\xa9")),
    ],
)
def test_members_of_all_kinds_have_one_path_each(members: Sequence[bytes]) -> None:
    assert rules(*members) == ["layer-duplicate-path"]


@pytest.mark.parametrize("again", [b"etc/", b"./etc/", b"etc", b"/etc/"])
def test_a_directory_that_comes_again_is_a_note(again: bytes) -> None:
    layer = _FIRST + directory(b"etc/") + file(b"etc/x") + directory(again) + END
    found = walk([layer])
    assert [(fault.rule, fault.severity) for fault in found.content] == [
        ("layer-duplicate-path", Severity.NOTE)
    ]
    assert (found.repeated_directories, found.content_counts) == (1, {})


def test_the_root_is_a_directory_like_others() -> None:
    (fault,) = told(directory(b"./"), directory(b"/"))
    assert fault.severity is Severity.NOTE
    assert told(directory(b"./"), directory(b"a/"), file(b"a/x")) == []


@pytest.mark.parametrize(
    "members",
    [
        (file(b"a/x"), file(b"b/x"), file(b"a/X")),
        (file(b"x"), file(b".wh.x")),
        (directory(b"a/"), file(b"a/a")),
        (file(b"a/.hidden"), file(b".profile"), file(b"a..b/...")),
        (pax((b"path", b"p")) + file(b"x"), file(b"q"), file(b"r"), file(b"x")),
        (pax((b"linkpath", b"../..")) + link(b"a/p", b"q"), link(b"a/q", b"."), file(b"a/q/x")),
        (file(b"/abs/olute"), file(b"./rel/ative"), directory(b"./")),
    ],
)
def test_paths_that_differ_are_no_repetition(members: Sequence[bytes]) -> None:
    assert told(*members) == []


@pytest.mark.parametrize(
    "name", [b"../x", b"a/../../x", b"/../x", b"./../x", b"..", b"a/b/../../../x", b"a/../.."]
)
def test_a_name_that_leaves_the_root_is_told(name: bytes) -> None:
    (fault,) = told(file(name))
    assert (fault.rule, fault.member, fault.offset) == ("layer-path-unsafe", name.decode(), 512)
    assert rules(pax((b"path", name)) + file()) == ["layer-path-unsafe"]


@pytest.mark.parametrize("name", [b"a/../x", b"/x", b"./x", b"..x", b"x..", b"a/b/../../x", b"..."])
def test_a_name_that_stays_within_the_root_is_not_told(name: bytes) -> None:
    assert told(file(name)) == []


def test_a_name_too_long_to_follow_is_unsafe_with_dot_dot_in_it() -> None:
    limits = Limits(name_length=50)
    climbing = b"a/../" * 20 + b"x"
    assert [f.rule for f in told(pax((b"path", climbing)) + file(), limits=limits)] == [
        "layer-path-unsafe"
    ]
    honest = b"a../" * 20 + b"x"
    assert told(pax((b"path", honest)) + file(), limits=limits) == []


@pytest.mark.parametrize(
    "name",
    [
        b".wh.",
        b"a/.wh.",
        b"a/.wh..",
        b"a/.wh...",
        b"a/.wh.b/c",
        b".wh..wh..opq/x",
        b".wh./a",
        b"a/.wh..wh.plnk/1.2",
    ],
)
def test_a_whiteout_that_hides_no_sibling_is_told(name: bytes) -> None:
    (fault,) = told(file(name))
    assert (fault.rule, fault.member) == ("layer-whiteout-invalid", name.decode())


@pytest.mark.parametrize(
    "name",
    [
        b".wh.x",
        b"a/.wh.x",
        b"a/.wh..hidden",
        b"a/.wh..wh..opq",
        b".wh..wh.aufs",
        b".wh..wh.plnk/123.456",
        b".wh..wh.orph/.wh.x",
        b"a.wh.b/c",
        b"a/b.wh.",
    ],
)
def test_whiteouts_and_what_aufs_left_are_not_told(name: bytes) -> None:
    assert told(file(name)) == []


@pytest.mark.parametrize("target", [b"../x", b"/../x", b"a/../../x", b"d/../../x"])
def test_a_hard_link_to_outside_is_told(target: bytes) -> None:
    (fault,) = told(file(b"d/y"), hard(b"h", target))
    assert (fault.rule, fault.member) == ("layer-link-escapes", "h")
    assert target.decode() in fault.detail


@pytest.mark.parametrize(
    "target", [b"first", b"/first", b"./a/../first", b".wh..wh.plnk/1.2", b"not/here"]
)
def test_a_hard_link_within_the_root_is_not_told(target: bytes) -> None:
    assert told(hard(b"h", target)) == []


@pytest.mark.parametrize(
    "members",
    [
        (link(b"d", b"../.."), file(b"d/x")),
        (link(b"d", b".."), file(b"d/x")),
        (link(b"d", b"/.."), file(b"d/x")),
        (link(b"d", b"/../etc"), file(b"d/a/b/x")),
        (link(b"a/d", b"../.."), file(b"./a/d/x")),
        (link(b"a/d", b"/.."), file(b"a/d/x")),
        (link(b"a/d", b"../.."), directory(b"/a/d/x/")),
        (link(b"a/d", b"../.."), link(b"a/d/x", b"y")),
        (link(b"d", b".."), hard(b"h", b"d/etc/passwd")),
        (link(b"a", b"b"), link(b"b", b".."), file(b"a/x")),
        (link(b"b", b".."), link(b"a", b"/b"), file(b"a/x")),
        (link(b"a", b"."), link(b"a/b/c", b"../.."), file(b"a/a/b/c/x")),
        (link(b"d", b"."), file(b"d/x/../../y")),
        (link(b"d", b"."), hard(b"h", b"d/x/../../y")),
        (directory(b"d/"), file(b"d/x"), link(b"e", b"d/../.."), file(b"e/x")),
        (pax((b"linkpath", b"a/../" * 40 + b"..")) + link(b"e", b"f"), file(b"e/x")),
    ],
)
def test_an_entry_written_through_a_link_to_outside_is_told(members: Sequence[bytes]) -> None:
    assert rules(*members) == ["layer-link-escapes"]


def test_the_link_is_named() -> None:
    (fault,) = told(link(b"a", b"b"), link(b"b", b"../.."), file(b"a/x"))
    assert (fault.member, fault.offset) == ("a/x", 3 * 512)
    assert "b -> ../.." in fault.detail


@pytest.mark.parametrize(
    "members",
    [
        (link(b"d", b"../.."),),
        (link(b"d", b"/etc"), file(b"d/x")),
        (link(b"lib", b"usr/lib"), file(b"lib/x"), hard(b"h", b"lib/x")),
        (link(b"a/b/c", b"../.."), file(b"a/b/c/x")),
        (file(b"d/x"), link(b"e", b"..")),
        (link(b"d", b"d"), file(b"d/x")),
        (link(b"a", b"b"), link(b"b", b"a"), file(b"a/../b/x")),
        (link(b"d", b".."), file(b"dd/x"), file(b"e/d/x")),
        (link(b"a/b", b"/a/b/c/.."), file(b"a/b/x")),
        (link(b"a/b/d", b"/a/.."), file(b"a/b/d/x")),
    ],
)
def test_links_that_stay_within_the_root_are_not_told(members: Sequence[bytes]) -> None:
    assert told(*members) == []


def test_a_link_in_a_directorys_place_counts_from_then_on() -> None:
    members = (directory(b"d/"), file(b"d/x"), link(b"d", b".."), file(b"d/y"))
    assert rules(*members) == ["layer-duplicate-path", "layer-link-escapes"]
    assert [fault.member for fault in told(*members)] == ["d", "d/y"]


def test_a_link_in_the_place_of_a_directory_without_an_entry_counts_as_well() -> None:
    # Each piece a batch of its own.
    pairs = (link(b"l", b"m") + file(b"d/x", b""), link(b"d", b"..") + file(b"d/y", b""))
    layer = [_FIRST, *pairs, file(b"d/z"), END]
    assert [fault.member for fault in walk(layer).content] == ["d/y", "d/z"]
    assert walk(cut(b"".join(layer), 100)) == walk(layer)


def test_faults_are_bounded_by_rule_and_counted() -> None:
    members = [file(b"../%d" % n) + directory(b"d/") + file(b"twice") for n in range(20)]
    layer = _FIRST + b"".join(members) + END
    found = walk([layer], Limits(faults=4))
    assert len(found.content) == 12
    assert found.content_counts == {"layer-path-unsafe": 20, "layer-duplicate-path": 19}
    assert found.repeated_directories == 19
    offsets = [fault.offset or 0 for fault in found.content]
    assert offsets == sorted(offsets)


@pytest.mark.parametrize("before", [4, 5, 6, 7])
def test_paths_are_remembered_up_to_a_bound_and_that_is_told(before: int) -> None:
    names = [b"n%d" % n for n in range(before)]
    faults = told(
        *map(file, names), file(names[0]), file(b"../x"), limits=Limits(layer_paths=6, faults=9)
    )
    if before + 1 <= 6:  # And the very first.
        assert [fault.rule for fault in faults] == ["layer-duplicate-path", "layer-path-unsafe"]
        return
    assert [fault.rule for fault in faults] == ["limit-exceeded", "layer-path-unsafe"]
    assert (faults[0].severity, faults[0].member) == (Severity.WARNING, "n5")
    assert faults[0].recorded == "layer_paths 6"


def test_a_directory_counts_twice_towards_the_bound() -> None:
    members = (directory(b"a/"), directory(b"b/"), file(b"c"))
    assert told(*members, limits=Limits(layer_paths=6)) == []
    assert [fault.member for fault in told(*members, limits=Limits(layer_paths=5))] == ["c"]


def test_a_long_text_from_the_archive_is_cut() -> None:
    target = b"../" + b"t" * 5000
    (fault,) = told(pax((b"linkpath", target)) + hard(b"h", b"t"), limits=Limits(name_length=9000))
    assert len(fault.detail) < 400
    (fault,) = told(pax((b"path", b"../" + b"n" * 5000)) + file(), limits=Limits(name_length=40))
    assert fault.member == "../" + "n" * 37


def test_links_are_remembered_up_to_a_bound_and_that_is_told() -> None:
    watcher = ContentWatcher(Limits())
    target = b"t/" * 2000
    for number in range(9000):
        watcher.take(b"l%d" % number, EntryKind.SYMLINK, target, number)
    (fault,) = watcher.faults
    assert (fault.rule, fault.severity) == ("limit-exceeded", Severity.WARNING)
    assert "symbolic links" in fault.detail
    watcher.take(b"escape", EntryKind.SYMLINK, b"..", 9000)
    watcher.take(b"escape/x", EntryKind.FILE, None, 9001)
    assert len(watcher.faults) == 1


def test_many_links_at_once_are_remembered_up_to_the_same_bound() -> None:
    table = LinkTable(Limits())
    some = {b"a%d" % n: b"t" * 4000 for n in range(4000)}
    more = {b"b%d" % n: b"t" * 4000 for n in range(5000)}
    assert table.extend(some)
    assert not table.extend(more)
    assert all(table.add(path, target) for path, target in list(more.items())[:3000])


def test_links_that_nobody_can_create_are_forgotten() -> None:
    watcher = ContentWatcher(Limits(name_length=20))
    watcher.take(b"d", EntryKind.SYMLINK, b"../" * 10, 0)
    watcher.take(b"d/x", EntryKind.FILE, None, 1)
    assert watcher.faults == ()


def test_links_are_followed_for_so_long_and_that_is_told() -> None:
    watcher = ContentWatcher(Limits())
    watcher.take(b"a", EntryKind.SYMLINK, b"./" * 2000 + b"a", 0)
    for number in range(40):
        watcher.take(b"a/%d/x" % number, EntryKind.FILE, None, number)
    watcher.take(b"d", EntryKind.SYMLINK, b"..", 40)
    watcher.take(b"d/x", EntryKind.FILE, None, 41)
    (fault,) = watcher.faults
    assert (fault.rule, fault.severity) == ("limit-exceeded", Severity.WARNING)
    assert "follow" in fault.detail


class Member(NamedTuple):
    kind: EntryKind
    name: str
    target: str

    def blocks(self, form: str) -> bytes:
        """Write it, its texts in the header or in an extended one."""
        flags = {EntryKind.SYMLINK: b"2", EntryKind.HARDLINK: b"1", EntryKind.DIRECTORY: b"5"}
        flag, name, target = flags.get(self.kind, b"0"), self.name.encode(), self.target.encode()
        plain = header(name, 0, flag, target, **({"magic": GNU} if form == "gnu" else {}))
        match form:
            case "pax":
                return pax((b"path", name), (b"linkpath", target or b"-")) + plain
            case "gnu":
                return extension(name + b"\0", b"L") + plain
        return plain


_part = st.sampled_from(["a", "b", "c", "..", ".", "", ".h", ".wh.", ".wh.a", ".wh..wh.plnk"])
_usual = st.sampled_from(["a", "b", "c"])
_path = st.lists(st.one_of(_usual, _usual, _part), min_size=1, max_size=4).map("/".join)
_member = st.builds(
    Member,
    st.sampled_from([*EntryKind.__members__.values(), EntryKind.SYMLINK]).filter(
        lambda kind: kind is not EntryKind.OTHER
    ),
    st.builds(str.__add__, st.sampled_from(["", "", "./", "/"]), _path).filter(bool),
    st.builds(str.__add__, st.sampled_from(["", "/"]), _path).filter(bool),
)


def model(members: Sequence[Member]) -> list[tuple[str, bool, int]]:
    """Say it all again, as plainly as can be: rule, whether a note, and which member."""
    found: list[tuple[str, bool, int]] = []
    seen: dict[str, bool] = {}
    links: dict[str, str] = {}
    for at, (kind, name, target) in enumerate(members):
        path = lexical(name)
        if path is None:
            found.append(("layer-path-unsafe", False, at))
            continue
        is_directory = kind is EntryKind.DIRECTORY
        *parents, last = path.split("/")
        is_aufs = parents[:1] == [".wh..wh.plnk"]
        if last == ".wh." or (not is_aufs and any(part.startswith(".wh.") for part in parents)):
            found.append(("layer-whiteout-invalid", False, at))
        if path in seen:
            found.append(("layer-duplicate-path", is_directory and seen[path], at))
        seen[path] = seen.get(path, False) or is_directory
        if followed(parent(name if ".." in name else path), links) is None:
            found.append(("layer-link-escapes", False, at))
        if kind is EntryKind.HARDLINK:
            clean = lexical(target)
            way = target if ".." in target else clean
            if way is None or clean is None or followed(parent(way), links) is None:
                found.append(("layer-link-escapes", False, at))
        elif kind is EntryKind.SYMLINK:
            within = followed(parent(path), links) or []
            links["/".join([*within, last])] = target
    return found


def lexical(name: str) -> str | None:
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def parent(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def followed(path: str, links: dict[str, str]) -> list[str] | None:
    at: list[str] = []
    due = path.split("/")
    hops = 0
    while due:
        part = due.pop(0)
        if part == "..":
            if not at:
                return None
            at.pop()
        elif part not in ("", "."):
            at.append(part)
            target = links.get("/".join(at))
            if target is not None:
                hops += 1
                if hops > 40:
                    break
                due = target.split("/") + due
                at = [] if target.startswith("/") else at[:-1]
    return at


@settings(max_examples=400)
@given(st.lists(_member, max_size=9), st.sampled_from(["plain", "pax", "gnu"]))
def test_what_is_told_is_what_a_plain_model_says(members: list[Member], form: str) -> None:
    blocks = [member.blocks(form) for member in members]
    offsets = [len(_FIRST) + sum(map(len, blocks[:at])) for at in range(len(blocks))]
    expected = [(rule, note, offsets[at]) for rule, note, at in model(members)]
    faults = told(*blocks)
    found = [(fault.rule, fault.severity is Severity.NOTE, fault.offset) for fault in faults]
    assert sorted(found) == sorted(expected)

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.members import Member, MemberKind, MemberTable, clean_name, is_unsafe_name


def member(name: str, kind: MemberKind = MemberKind.FILE, target: str | None = None) -> Member:
    return Member(clean_name(name), name, kind, 0, 0, target)


def symlink(name: str, target: str) -> Member:
    return member(name, MemberKind.SYMLINK, target)


def hardlink(name: str, target: str) -> Member:
    return member(name, MemberKind.HARDLINK, target)


def table(*members: Member, hops: int = 8) -> MemberTable:
    return MemberTable(members, link_hops=hops)


FILE = member("blobs/sha256/aa")


@pytest.mark.parametrize(
    ("recorded", "cleaned"),
    [
        ("index.json", "index.json"),
        ("./index.json", "index.json"),
        ("/sha256:ab.tar", "sha256:ab.tar"),
        ("//a///b/", "a/b"),
        ("././a/./b/.", "a/b"),
        ("./", ""),
        ("", ""),
        ("...", "..."),
        ("a/..b/c..", "a/..b/c.."),
        ("a\\b", "a\\b"),
        ("../a", "../a"),
        ("a/../b", "a/../b"),
    ],
)
def test_a_name_is_cleaned_below_the_root(recorded: str, cleaned: str) -> None:
    assert clean_name(recorded) == cleaned


@given(st.lists(st.sampled_from(["a", "b.c", ".", "", "...", " ", "ü"]), min_size=1).map("/".join))
def test_a_name_is_cleaned_as_posix_does_and_only_once(recorded: str) -> None:
    cleaned = clean_name(recorded)
    assert cleaned == posixpath.normpath("/" + recorded.strip("/")).strip("/")
    assert clean_name(cleaned) == cleaned


@pytest.mark.parametrize("name", ["", "/", "..", "../a", "a/..", "a/../../b", "a\0b"])
def test_a_name_that_leads_nowhere_safe_is_unsafe(name: str) -> None:
    assert is_unsafe_name(name)


@pytest.mark.parametrize("name", ["a", "...", "a/..b", "/a", "a\\..\\b"])
def test_a_name_without_a_step_up_is_no_danger_to_a_lookup(name: str) -> None:
    assert not is_unsafe_name(name)


def test_of_several_members_of_a_name_the_last_is_found_and_none_is_lost() -> None:
    copies = [member("./x"), member("y"), member("x"), member("/x")]
    found = table(*copies)
    assert list(found) == copies
    assert len(found) == 4
    assert found.find("x") is copies[3]
    assert found.all_named("x") == (copies[0], copies[2], copies[3])
    assert found.all_named("y") == (copies[1],)
    assert found.all_named("z") == ()
    assert list(found.duplicates()) == [(copies[0], copies[2], copies[3])]
    assert list(found.names()) == ["x", "y"]


def test_many_members_of_one_name_cost_no_more_than_many_names() -> None:
    copies = [member("x") for _ in range(100_000)]
    assert table(*copies).find("x") is copies[-1]


def test_only_files_have_bytes() -> None:
    directory, link = member("d/", MemberKind.DIRECTORY), symlink("l", "d")
    assert list(table(directory, FILE, link, member("p", MemberKind.OTHER)).files) == [FILE]


@pytest.mark.parametrize("name", [FILE.name, "./" + FILE.name, "/" + FILE.name])
def test_a_file_is_looked_up_by_any_spelling_of_its_name(name: str) -> None:
    found = table(FILE).look_up(name)
    assert (found.member, found.links, found.fault) == (FILE, (), None)


def test_what_is_absent_is_no_fault() -> None:
    assert table(FILE).look_up("blobs/sha256/bb") == (None, (), None, "blobs/sha256/bb")


@pytest.mark.parametrize(
    "link",
    [
        symlink("one/layer.tar", "../blobs/sha256/aa"),
        symlink("one/layer.tar", ".././blobs//sha256/../sha256/aa"),
        hardlink("one/layer.tar", "blobs/sha256/aa"),
        hardlink("one/layer.tar", "./blobs/sha256/aa"),
        hardlink("one/layer.tar", "/blobs/sha256/aa"),
    ],
)
def test_a_link_counts_from_its_directory_or_from_the_root(link: Member) -> None:
    found = table(FILE, link).look_up("one/layer.tar")
    assert (found.member, found.links, found.fault) == (FILE, (link,), None)
    assert found.target == FILE.name


def test_links_are_followed_through_links_of_either_kind() -> None:
    links = (symlink("a", "b"), hardlink("b", "d/c"), symlink("d/c", "../blobs/sha256/aa"))
    found = table(*links, FILE).look_up("a")
    assert (found.member, found.links) == (FILE, links)


def test_a_directory_on_the_way_may_be_a_symlink() -> None:
    links = (symlink("blobs/sha512", "sha256"), symlink("layers", "./blobs"))
    found = table(FILE, *links).look_up("layers/sha512/aa")
    assert found.member is FILE
    assert set(found.links) == set(links)


def test_a_symlink_to_the_top_is_inside() -> None:
    link = symlink("d/up", "..")
    assert table(FILE, link).look_up("d/up/blobs/sha256/aa").member is FILE


@pytest.mark.parametrize(
    "link",
    [
        symlink("a", "../secret"),
        symlink("d/a", "../../secret"),
        symlink("d/a", "../../d/a"),
        symlink("a", "/etc/passwd"),
        symlink("a", "b\0c"),
        hardlink("a", "../secret"),
        hardlink("a", "d/../../secret"),
        hardlink("a", ""),
    ],
)
def test_a_link_that_leads_out_is_not_followed(link: Member) -> None:
    secret = member("secret"), member("etc/passwd")
    found = table(link, *secret).look_up(link.name)
    assert found.member is None
    assert found.fault is not None
    assert (found.fault.rule, found.fault.member) == ("link-escapes", link.name)


def test_a_symlinked_directory_that_leads_out_is_not_followed() -> None:
    found = table(symlink("blobs", "../other"), member("other/sha256/aa")).look_up(FILE.name)
    assert found.member is None
    assert found.fault is not None
    assert found.fault.rule == "link-escapes"


def test_a_link_to_nothing_is_told_by_the_first_link() -> None:
    links = (symlink("a", "b"), symlink("b", "gone"))
    found = table(*links).look_up("a")
    assert found.member is None
    assert found.fault is not None
    assert (found.fault.rule, found.fault.member) == ("link-dangling", "a")
    assert found.target == "gone"


@pytest.mark.parametrize(
    "links",
    [
        (symlink("a", "a"),),
        (symlink("a", "b"), symlink("b", "c"), symlink("c", "a")),
        (hardlink("a", "b"), hardlink("b", "a")),
        (symlink("a", "a/deeper"),),
        (symlink("a", "d/x"), symlink("d", "d2"), symlink("d2", "d")),
    ],
)
def test_links_in_a_circle_end(links: tuple[Member, ...]) -> None:
    found = table(*links).look_up("a")
    assert found.member is None
    assert found.fault is not None
    assert found.fault.rule == "link-cycle"


def test_a_chain_is_followed_as_far_as_the_bound_and_no_further() -> None:
    links = [symlink(f"l{number}", f"l{number + 1}") for number in range(8)]
    end = member("l8")
    assert table(*links, end, hops=8).look_up("l0").member is end
    found = table(*links, end, hops=7).look_up("l0")
    assert found.fault is not None
    assert found.fault.rule == "link-cycle"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "a/b", "c/d", "../x", "/a", ""]),
            st.sampled_from(list(MemberKind)),
            st.sampled_from(["a", "..", "../b", "a/b", "/c", ".", "", "c/../..", "b/"]),
        ),
        max_size=6,
    ),
    st.sampled_from(["a", "b", "a/b", "a/b/c", "c/d", "", "..", "../x"]),
)
def test_a_lookup_always_ends_with_a_member_of_the_table_or_none(
    recipe: list[tuple[str, MemberKind, str]], name: str
) -> None:
    members = [member(each, kind, target) for each, kind, target in recipe]
    found = table(*members).look_up(name)
    assert found.member is None or found.member in members
    assert found.fault is None or found.member is None
    if found.member is not None:
        assert found.member.kind not in (MemberKind.SYMLINK, MemberKind.HARDLINK)

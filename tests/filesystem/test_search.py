"""Looking for files: columns are asked what an object of each entry would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.errors import ArgumentError
from layertar.filesystem import Fate, FileKind
from layertar.filesystem.glob import Glob
from layertar.filesystem.listing import file_row, hidden_spots, layer_spots, spots
from layertar.filesystem.query import ModeTest, OwnerTest, Query, SizeTest
from layertar.filesystem.query_text import KIND_LETTERS, parse_query
from layertar.filesystem.search import search
from tests.filesystem.layered import Item, item_layers, tree_of

if TYPE_CHECKING:
    from layertar.filesystem.listing import FileRow

GLOBS = st.sampled_from(["*", "a", "*.py", "?", "[ab]*", "*\n", "\udcff"]).map(Glob.parse)
PATHS = st.sampled_from(["/*", "/a/*", "*/b", "/?/*", "/"]).map(Glob.parse)
SIZES = st.builds(SizeTest, st.sampled_from(["", "+", "-"]), st.sampled_from([0, 1, 2, 1200]))
MODES = st.builds(
    ModeTest, st.sampled_from(["", "-", "/"]), st.sampled_from([0, 0o644, 0o111, 0o6000, 0o4755])
)
NUMBERS = st.sampled_from([None, 0, 1, 1000])
OWNERS = st.builds(OwnerTest, NUMBERS, NUMBERS)
DIGESTS = st.sampled_from(["", "2d71164", "e3b0c44298fc1c14", "f"])
XATTRS = st.sampled_from(["security.capability", "user.*", "user.b", "?"]).map(Glob.parse)
QUERIES = st.builds(
    Query,
    names=st.lists(GLOBS, max_size=1).map(tuple),
    paths=st.lists(PATHS, max_size=1).map(tuple),
    kinds=st.frozensets(st.sampled_from(list(FileKind)[:-1]), max_size=3),
    sizes=st.lists(SIZES, max_size=2).map(tuple),
    modes=st.lists(MODES, max_size=2).map(tuple),
    owners=st.lists(OWNERS, max_size=2).map(tuple),
    newer=st.sampled_from([None, None, -1, 0, 1_600_000_000_000_000_000]),
    digests=st.lists(DIGESTS, max_size=2).map(tuple),
    setuid=st.booleans(),
    xattrs=st.lists(XATTRS, max_size=2).map(tuple),
)
#: Each with one kind of condition: all of them at once fit next to nothing.
SINGLE = st.builds(
    lambda query, field: Query()._replace(**{field: getattr(query, field)}),
    QUERIES,
    st.sampled_from(Query._fields),
)


def size_holds(test: SizeTest, size: int) -> bool:
    return {"+": size > test.size, "-": size < test.size, "": size == test.size}[test.sign]


def mode_holds(test: ModeTest, mode: int) -> bool:
    wanted = {bit for bit in range(12) if test.bits >> bit & 1}
    present = {bit for bit in range(12) if mode >> bit & 1}
    if test.sign == "-":
        return wanted <= present
    return wanted == present if test.sign == "" else not wanted or bool(wanted & present)


def fits(query: Query, row: FileRow) -> bool:
    """The same of an object, condition by condition."""
    entry = row.entry
    is_file = entry.kind is FileKind.FILE
    owner = (entry.uid, entry.gid)
    checks = [
        not query.names
        or any(each.matches(entry.raw_path.split(b"/")[-1]) for each in query.names),
        not query.paths or any(each.matches(b"/" + entry.raw_path) for each in query.paths),
        not query.kinds or entry.kind in query.kinds,
        not query.sizes or (is_file and all(size_holds(each, entry.size) for each in query.sizes)),
        not query.modes
        or (entry.mode is not None and any(mode_holds(each, entry.mode) for each in query.modes)),
        not query.owners
        or (
            None not in owner
            and any(
                all(want in (None, have) for want, have in zip(each, owner, strict=True))
                for each in query.owners
            )
        ),
        query.newer is None or (entry.mtime_ns is not None and entry.mtime_ns > query.newer),
        not query.digests
        or (entry.digest is not None and entry.digest.encoded.startswith(query.digests)),
        not query.setuid or (is_file and entry.mode is not None and entry.mode & 0o6000 != 0),
        not query.xattrs
        or any(each.matches(name) for each in query.xattrs for name, _ in entry.xattrs),
    ]
    return all(checks)


@given(item_layers(), st.one_of(SINGLE, QUERIES))
def test_what_is_found_is_what_an_object_of_each_entry_says(
    layers: list[list[Item]], query: Query
) -> None:
    tree = tree_of(layers)
    for listed in (
        list(spots(tree, b"", tree.root, recursive=True)),
        list(hidden_spots(tree, b"", recursive=True)),
        *(list(layer_spots(tree, at, b"", recursive=True)) for at in range(len(layers))),
    ):
        due = [spot for spot in listed if fits(query, file_row(tree, spot))]
        assert list(search(tree, query, listed)) == due


@given(item_layers())
def test_without_a_condition_everything_is_found(layers: list[list[Item]]) -> None:
    tree = tree_of(layers)
    listed = list(spots(tree, b"", tree.root, recursive=True))
    assert list(search(tree, Query(), listed)) == listed


def test_a_directory_that_only_paths_imply_has_a_name_and_a_kind_alone() -> None:
    tree = tree_of([[Item("etc/hello", data=b"hi")]])
    listed = list(spots(tree, b"", tree.root, recursive=True))
    assert (b"etc", -1) in search(tree, parse_query(names=["e*"], kinds=["d"]), listed)
    for query in (
        parse_query(modes=["/0"]),
        parse_query(owners=["0"]),
        parse_query(newer="1969-12-31"),
        parse_query(newer="1970-01-01"),
        parse_query(sizes=["0"]),
    ):
        assert (b"etc", -1) not in list(search(tree, query, listed))


def test_a_hard_link_is_found_as_what_it_is_a_name_of() -> None:
    setuid = Item("bin/su", data=b"su", mode=0o4755)
    tree = tree_of([[setuid, Item("bin/sulogin", b"1", link="bin/su", mode=0)]])
    listed = list(spots(tree, b"", tree.root, recursive=True))
    found = search(tree, parse_query(setuid=True, kinds=["f"], sizes=["2"]), listed)
    assert [path for path, _ in found] == [b"bin/su", b"bin/sulogin"]


def test_what_nobody_applies_is_no_file() -> None:
    tree = tree_of([[Item(".wh..wh.aufs"), Item("a")]])
    listed = list(layer_spots(tree, 0, b"", recursive=True))
    assert list(search(tree, Query(), listed)) == listed
    for query in (parse_query(kinds=["f"]), parse_query(sizes=["0"])):
        assert [path for path, _ in search(tree, query, listed)] == [b"a"]


def test_whiteouts_are_found_in_their_layer_and_nowhere_else() -> None:
    tree = tree_of([[Item("a/b")], [Item("a/.wh.b"), Item("c/.wh..wh..opq")]])
    query = parse_query(kinds=["w"])
    found = list(search(tree, query, layer_spots(tree, 1, b"", recursive=True)))
    assert [path for path, _ in found] == [b"a/b", b"c"]
    assert list(search(tree, query, spots(tree, b"", tree.root, recursive=True))) == []
    assert [tree.fates[row] for _, row in found] == [Fate.MARKER, Fate.MARKER]


@pytest.mark.parametrize(
    ("given_texts", "expected"),
    [
        ({"sizes": ["+10k", "-1M"]}, {"sizes": (SizeTest("+", 10240), SizeTest("-", 1048576))}),
        ({"modes": ["4755"]}, {"modes": (ModeTest("", 0o4755),)}),
        ({"modes": ["-022", "/6000"]}, {"modes": (ModeTest("-", 0o22), ModeTest("/", 0o6000))}),
        ({"owners": ["0", "0:5", ":5", "5:"]}, None),
        ({"newer": "1970-01-02T00:00:00.000001Z"}, {"newer": 86_400_000_001_000}),
        ({"newer": "1969-12-31"}, {"newer": -86_400_000_000_000}),
        ({"digests": ["SHA256:AB", "cd"]}, {"digests": ("ab", "cd")}),
        ({"kinds": ["f, d", "l"]}, None),
    ],
)
def test_conditions_are_understood(given_texts: dict[str, list[str]], expected: object) -> None:
    query = parse_query(**given_texts)  # type: ignore[arg-type] # each of its own type
    if isinstance(expected, dict):
        assert query == Query()._replace(**expected)
    elif "owners" in given_texts:
        assert query.owners == ((0, None), (0, 5), (None, 5), (5, None))
    else:
        assert query.kinds == {FileKind.FILE, FileKind.DIRECTORY, FileKind.SYMLINK}


@pytest.mark.parametrize(
    "texts",
    [
        *({"sizes": [text]} for text in ("", "+", "big", "+-1", "1X", "1.5M")),
        *({"modes": [text]} for text in ("", "8", "-", "+644", "u+x", "07777777")),
        *({"owners": [text]} for text in ("", ":", "root", "0:0:0", "-1", "٣")),
        *({"digests": [text]} for text in ("", "sha256:", "xyz", "a" * 65, "sha512:ab")),
        *({"kinds": [text]} for text in ("", "x", "f,", "fd")),
        *({"newer": text} for text in ("", "yesterday", "2026-13-01")),
        *({"names": [text]} for text in ("[z-a]",)),
    ],
)
def test_what_is_no_condition_is_refused(texts: dict[str, list[str]]) -> None:
    with pytest.raises(ArgumentError):
        parse_query(**texts)  # type: ignore[arg-type] # each of its own type


@pytest.mark.parametrize("letter", KIND_LETTERS)
def test_each_letter_is_a_kind(letter: str) -> None:
    assert parse_query(kinds=[letter]).kinds == frozenset(KIND_LETTERS[letter])


@pytest.mark.parametrize("pattern", ["/etc/*", "etc/*", "./etc/*", "*/hello", "/etc/hello", "*o"])
def test_a_path_may_begin_with_a_slash_or_not(pattern: str) -> None:
    query = parse_query(paths=[pattern])
    assert query.names_fit(b"etc/hello")
    assert not query.names_fit(b"etc")

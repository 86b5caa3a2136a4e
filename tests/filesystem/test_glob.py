"""Patterns for names: against a matcher that tries everything, and what libc's does."""

from __future__ import annotations

import ctypes
import fnmatch
import os
import sys

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from layertar.errors import ArgumentError
from layertar.filesystem.glob import Glob

NAMES = st.text(alphabet="abA-[]!*?\\/.\né", max_size=7)
PARTS = st.lists(
    st.sampled_from(
        [
            *("a", "b", "A", "*", "*", "?", "é", "/", ".", "\n", "\\*", "\\a", "\\\\", "]", "!"),
            *("[ab]", "[!a]", "[^a]", "[a-b]", "[]a]", "[!]a]", "[a-]", "[[:upper:]]"),
        ]
    ),
    max_size=6,
)


def fits(part: str, char: str) -> bool:
    """Whether a character fits one of the parts above that is no star."""
    if part == "?":
        return True
    if len(part) > 2:
        negated = part[1] in "!^"
        inside = part[1 + negated : -1].replace("[:upper:]", "A").replace("a-b", "ab")
        return (char in inside) != negated
    return char == part[-1]


def tried(parts: list[str], name: str) -> bool:
    if not parts:
        return not name
    if parts[0] == "*":
        return tried(parts[1:], name) or (name != "" and tried(parts, name[1:]))
    return name != "" and fits(parts[0], name[0]) and tried(parts[1:], name[1:])


@given(PARTS, NAMES)
@example(["*", "a", "*"], "\n/a")
@example(["a", "*", "b", "*", "a"], "aabba")
def test_a_pattern_matches_what_trying_everything_finds(parts: list[str], name: str) -> None:
    assert Glob.parse("".join(parts)).matches(name.encode()) == tried(parts, name)


@pytest.mark.skipif(sys.platform != "linux", reason="the GNU C library's fnmatch is the rival")
@given(st.text(alphabet="ab[]-!^*?\\", max_size=9), st.text(alphabet="ab[]-!^\\", max_size=6))
def test_a_pattern_matches_what_the_c_library_does(pattern: str, name: str) -> None:
    # That takes a backslash at the end for a mistake, and a range that runs backwards for empty.
    assume(not pattern.endswith("\\") and "-" not in pattern)
    found = ctypes.CDLL(None).fnmatch(os.fsencode(pattern), os.fsencode(name), 0) == 0
    assert Glob.parse(pattern).matches(os.fsencode(name)) == found


@given(st.text(alphabet="ab*?\n", max_size=8), st.text(alphabet="ab\n", max_size=8))
def test_without_brackets_a_pattern_is_that_of_fnmatch(pattern: str, name: str) -> None:
    assert Glob.parse(pattern).matches(name.encode()) == fnmatch.fnmatchcase(name, pattern)


@given(st.binary(max_size=12))
def test_every_name_fits_its_own_quoted_spelling_and_a_star(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    quoted = "".join(f"\\{char}" for char in text)
    assert Glob.parse(quoted).matches(raw)
    assert Glob.parse("*").matches(raw)
    assert Glob.parse("?" * len(text)).matches(raw)
    assert not Glob.parse("?" * (len(text) + 1)).matches(raw)


def test_a_character_is_one_of_utf8_or_a_byte_that_is_none() -> None:
    assert Glob.parse("caf?").matches("café".encode())
    assert Glob.parse("caf?").matches(b"caf\xe9")
    assert Glob.parse("caf\udce9").matches(b"caf\xe9")
    assert not Glob.parse("café").matches("cafe\u0301".encode())
    assert not Glob.parse("README").matches(b"readme")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("[[:digit:]]", "5", "a"),
        ("[[:alpha:][:digit:]_]", "_", "-"),
        ("[![:space:]]", "a", " "),
        ("[[:punct:]]", "]", "a"),
        ("[[:punct:]]", "`", "1"),
        ("[[:graph:]]", "!", " "),
        ("[[:print:]]", " ", "\x7f"),
        ("[[:cntrl:]]", "\x1f", " "),
        ("[[:blank:]]", "\t", "\n"),
        ("[[:xdigit:]]", "F", "g"),
        ("[[:alnum:]]", "Z", "_"),
        ("[[:lower:]]", "z", "Z"),
        ("[a-z-]", "-", "A"),
        ("[--a&&~~||]", "|", "b"),
        (r"[\]]", "]", "\\"),
        ("[^^]", "a", "^"),
    ],
)
def test_brackets_have_classes_and_ranges(pattern: str, yes: str, no: str) -> None:
    glob = Glob.parse(pattern)
    assert glob.matches(yes.encode())
    assert not glob.matches(no.encode())


@pytest.mark.parametrize("pattern", ["[z-a]", "[[:nonsense:]]", "[[.a.]]", "[[=a=]]"])
def test_what_makes_no_sense_is_refused(pattern: str) -> None:
    with pytest.raises(ArgumentError):
        Glob.parse(pattern)


def test_a_name_made_to_be_slow_is_not() -> None:
    # A matcher that goes back would try some 10 to the 40 ways.
    assert not Glob.parse("*a" * 40 + "b").matches(b"a" * 4096)
    assert Glob.parse("*a" * 40).matches(b"a" * 4096)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.documents import (
    control_characters,
    misleading_character,
    name_control_characters,
    odd_character,
)

ORDINARY = ["", "RUN apk add curl", "größe", "日本語", "😀", "a\N{NO-BREAK SPACE}b"]
ORDINARY_TEXT = ["a\tb\r\nc", "a\u200db", "\ufeffa"]
CONTROLS = [
    "\x00",
    "\x07",
    "\x0b",
    "\x1b[31m",
    "\x7f",
    "\x80",
    "\x9b",
    "\u202e",
    "\u2066",
    "\u2069",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_has_no_control_characters(text: str) -> None:
    assert not control_characters(text)
    assert not name_control_characters(text)


@pytest.mark.parametrize("text", ORDINARY_TEXT)
def test_lines_and_joiners_belong_in_text_but_not_in_a_name(text: str) -> None:
    assert not control_characters(text)
    assert name_control_characters(text)


@pytest.mark.parametrize("text", CONTROLS)
def test_control_and_bidirectional_characters_are_found(text: str) -> None:
    assert control_characters(f"a{text}b")
    assert name_control_characters(f"a{text}b")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("app:1\n", "the control character U+000A"),
        ("app:1\x9b", "the control character U+009B"),
        ("app\u2028:1", "the control character U+2028 LINE SEPARATOR"),
        ("app\u202e1:", "U+202E RIGHT-TO-LEFT OVERRIDE, which turns the direction of the text"),
        ("app\u200b:1", "U+200B ZERO WIDTH SPACE, which cannot be seen"),
        ("app\u00ad:1", "U+00AD SOFT HYPHEN, which cannot be seen"),
        ("app\u3164:1", "U+3164 HANGUL FILLER, which cannot be seen"),
        ("app\ufe0f:1", "U+FE0F VARIATION SELECTOR-16, which cannot be seen"),
        ("app\udc80:1", "U+DC80, which is no character"),
        ("\u0430pp:1", "U+0430 CYRILLIC SMALL LETTER A, which looks like another"),
        ("\u03b1pp:1", "U+03B1 GREEK SMALL LETTER ALPHA, which looks like another"),
        ("\uff41pp:1", "U+FF41 FULLWIDTH LATIN SMALL LETTER A, which looks like another"),
        ("app\uff1a1", "U+FF1A FULLWIDTH COLON, which looks like another"),
        ("app\u2024b:1", "U+2024 ONE DOT LEADER, which looks like another"),
        ("\u65e5:1", "U+65E5 CJK UNIFIED IDEOGRAPH-65E5, which no reference may have"),
        (
            "\u65e5\u0430\u202e:1",
            "U+202E RIGHT-TO-LEFT OVERRIDE, which turns the direction of the text",
        ),
    ],
)
def test_the_worst_character_of_a_name_is_named(name: str, words: str) -> None:
    assert odd_character(name) == words


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_never_odd(name: str) -> None:
    assert odd_character(name) is None
    assert misleading_character(name) is None


@given(st.text())
def test_whatever_is_beyond_printable_ascii_is_odd(name: str) -> None:
    assert (odd_character(name) is None) == all(" " <= each <= "~" for each in name)


@pytest.mark.parametrize(
    "name", ["gr\u00f6\u00dfe.txt", "\u65e5\u672c", "\u0430\u0431", "e\u0301", "\u0645\u200c\u06cc"]
)
def test_the_name_of_a_file_may_be_of_any_language(name: str) -> None:
    assert misleading_character(name) is None


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\ufeff"])
def test_what_hides_or_turns_the_name_of_a_file_is_named(mark: str) -> None:
    assert misleading_character(f"a{mark}b") is not None

from __future__ import annotations

import pytest

from layertar.documents import control_characters, name_control_characters

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

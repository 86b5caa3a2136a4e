from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.report.escape import encodable, escape

# Surrogates too, since that is what bytes that are no UTF-8 are decoded to.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("docker.io/library/app:1.0", "docker.io/library/app:1.0"),
        ("naïve 日本", "naïve 日本"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x00\x7f", r"\x00\x7f"),
        ("\x9b31m", r"\u009b31m"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("a\u2028b", r"a\u2028b"),
        ("a\u00a0b", r"a\u00a0b"),
        ("\U000e0041", r"\U000e0041"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("C:\\dir", "C:\\dir"),
    ],
)
def test_what_is_not_printable_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(ANY_TEXT)
def test_escaped_text_is_one_printable_line_of_valid_unicode(text: str) -> None:
    shown = escape(text)
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert shown.encode().decode() == shown
    assert len(shown.splitlines()) <= 1


@given(ANY_TEXT)
def test_escaping_twice_changes_nothing(text: str) -> None:
    assert escape(escape(text)) == escape(text)


@given(st.text())
def test_valid_text_is_left_as_it_is_for_json(text: str) -> None:
    assert encodable(text) == text


@given(ANY_TEXT)
def test_any_text_can_be_encoded_once_made_so(text: str) -> None:
    assert encodable(text).encode().decode() == encodable(text)


def test_a_byte_that_is_no_utf8_is_told_in_json_text() -> None:
    assert encodable("caf\udce9\n") == "caf\\xe9\n"

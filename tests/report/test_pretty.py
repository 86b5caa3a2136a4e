"""A document indented: the same document, and nothing that a terminal would obey."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.report.pretty import pretty
from tests.report.hostile import HOSTILE

TEXTS = (st.text() | st.sampled_from(HOSTILE)).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def shown(raw: bytes) -> str:
    return "".join(pretty(raw))


@pytest.mark.parametrize("is_ascii", [True, False])
@given(value=VALUES)
def test_the_document_is_the_same_whatever_is_in_it(value: object, *, is_ascii: bool) -> None:
    raw = json.dumps(value, ensure_ascii=is_ascii).encode()
    assert json.loads(shown(raw)) == value
    assert "".join(shown(raw).split()) == "".join(
        json.dumps(value).replace("\x7f", r"\u007f").split()
    )


@given(st.binary() | TEXTS)
def test_whatever_it_is_every_line_is_printable_ascii(raw: bytes) -> None:
    text = shown(raw)
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("raw", "due"),
    [
        (b'{"a":1.50,"a":1E400}', '{\n  "a": 1.50,\n  "a": 1E400\n}\n'),
        (b'{"a":[],"b":{ }}', '{\n  "a": [],\n  "b": {}\n}\n'),
        (b'["\\u003c", "<"]', '[\n  "\\u003c",\n  "<"\n]\n'),
        (b'["\xc3\xa9 \xf0\x9f\x98\x80"]', '[\n  "\\u00e9 \\ud83d\\ude00"\n]\n'),
    ],
)
def test_numbers_repetitions_and_escapes_stay_as_they_are(raw: bytes, due: str) -> None:
    assert shown(raw) == due

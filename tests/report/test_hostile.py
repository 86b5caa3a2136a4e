"""Whatever an archive holds, every format stays what it is."""

from __future__ import annotations

import pytest
from hypothesis import given

from layertar.report.register import REPORTERS
from tests.report.examples import damaged_report
from tests.report.hostile import ANY_TEXT, written

FORMATS = sorted(REPORTERS)


@pytest.mark.parametrize("form", FORMATS)
@given(text=ANY_TEXT)
def test_no_output_holds_a_control_character_or_half_a_character(form: str, text: str) -> None:
    out = written(form, damaged_report(text))
    out.encode()
    assert out.replace("\r\n", "").replace("\n", "").isprintable()


@pytest.mark.parametrize("form", FORMATS)
@given(text=ANY_TEXT)
def test_a_text_never_makes_a_line(form: str, text: str) -> None:
    plain = written(form, damaged_report("plain"))
    assert written(form, damaged_report(text)).count("\n") == plain.count("\n")

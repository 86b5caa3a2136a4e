from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest

from layertar.report.register import REPORTERS, TextStyle
from tests.report.examples import damaged_report, inspected_report, report, unreadable_report

if TYPE_CHECKING:
    from layertar.report.model import Report


@pytest.mark.parametrize("name", REPORTERS)
def test_every_reporter_answers_to_the_name_it_is_listed_by(name: str) -> None:
    assert REPORTERS[name](TextStyle()).name == name


@pytest.mark.parametrize("name", REPORTERS)
def test_every_reporter_says_what_it_writes(name: str) -> None:
    kind, _, subtype = REPORTERS[name](TextStyle()).media_type.partition("/")
    assert kind
    assert subtype


@pytest.mark.parametrize(
    "what", [damaged_report("\x1b\udcff"), unreadable_report(), inspected_report(), report()]
)
@pytest.mark.parametrize("name", REPORTERS)
def test_every_reporter_writes_the_same_twice(name: str, what: Report) -> None:
    outs = (StringIO(), StringIO())
    for out in outs:
        REPORTERS[name](TextStyle(80)).write(what, out)
    assert outs[0].getvalue() == outs[1].getvalue()

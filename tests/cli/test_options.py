from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from layertar.cli._options import FailOn, Format, size
from layertar.fault import Severity
from layertar.report.register import REPORTERS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("4096", 4096),
        ("4096B", 4096),
        ("1K", 1 << 10),
        ("1KB", 1 << 10),
        ("3 MiB", 3 << 20),
        ("64GiB", 64 << 30),
        ("2g", 2 << 30),
        ("1TiB", 1 << 40),
    ],
)
def test_a_size_is_read_with_its_unit(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5G", "G", "1P", "1iB", "1 2", "٣", "9" * 19])
def test_what_is_no_size_is_wrong_usage(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no size"):
        size(text)


@given(st.integers(0, 10**17), st.sampled_from([("", 0), ("K", 10), ("MiB", 20), ("gb", 30)]))
def test_every_number_is_read(number: int, unit: tuple[str, int]) -> None:
    name, shift = unit
    assert size(f"{number}{name}") == number << shift


def test_every_format_of_the_register_can_be_chosen_and_no_other() -> None:
    assert [form.value for form in Format] == list(REPORTERS)


def test_every_severity_can_be_chosen() -> None:
    assert {Severity[fail_on.name].label for fail_on in FailOn} == {
        severity.label for severity in Severity
    }

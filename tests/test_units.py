"""Sizes, ages and instants, as people and documents write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.units import parse_age, parse_instant, parse_size

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the zone is the strategy's
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001 - likewise
    timezones=ZONES,
)


@given(INSTANTS)
def test_an_instant_is_what_was_written_in_any_zone(instant: datetime) -> None:
    assert parse_instant(instant.isoformat()) == instant
    assert parse_instant(instant.isoformat()).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T01:02:03Z", datetime(2026, 12, 31, 1, 2, 3, tzinfo=UTC)),
        ("2026-12-31t01:02:03z", datetime(2026, 12, 31, 1, 2, 3, tzinfo=UTC)),
        ("2026-12-31T01:02:03.123456789Z", datetime(2026, 12, 31, 1, 2, 3, 123456, tzinfo=UTC)),
        ("2026-12-31T01:02:03.5+01:00", datetime(2026, 12, 31, 0, 2, 3, 500000, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_instants_of_every_form_are_read(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026", "2026-13-01", "2026-02-30T00:00:00Z", "2026-12-31T01:02:03", "1" * 99,
     "0001-01-01T00:00:00+23:00", "٢٠٢٦-12-31", "2026-12-31T01:02:03Z\n"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no instant"):
        parse_instant(text)


@given(st.integers(0, 10**6 - 1), st.sampled_from([("h", 1), ("d", 24), ("w", 168)]))
def test_an_age_is_a_number_of_hours_days_or_weeks(number: int, unit: tuple[str, int]) -> None:
    assert parse_age(f"{number}{unit[0]}") == timedelta(hours=number * unit[1])


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5d", "1y", "9999999d", "1 d d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no age"):
        parse_age(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("4096", 4096), ("1k", 1 << 10), ("512KiB", 512 << 10), ("2 GB", 2 << 30)],
)
def test_a_size_is_bytes_or_powers_of_1024(text: str, number: int) -> None:
    assert parse_size(text) == number

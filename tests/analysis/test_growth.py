"""What grew, and what may be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.growth import GrowthLimit, growth_of, parse_growth
from layertar.platform import Platform
from layertar.value import replace
from tests.analysis.sized import ARCHIVE_SIZES, archive, directory, image, layer

if TYPE_CHECKING:
    from layertar import ArchiveSize, Growth


def told(growth: Growth) -> list[tuple[str, str, int | None, int | None]]:
    return [(row.kind, row.name, row.before, row.after) for row in growth.rows]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("0", GrowthLimit(size=0)),
        ("512K", GrowthLimit(size=512 << 10)),
        ("20 MiB", GrowthLimit(size=20 << 20)),
        ("5%", GrowthLimit(milli_percent=5000)),
        ("2.5 %", GrowthLimit(milli_percent=2500)),
        ("0.125%", GrowthLimit(milli_percent=125)),
        ("0%", GrowthLimit(milli_percent=0)),
    ],
)
def test_a_limit_is_a_size_or_a_percentage(text: str, limit: GrowthLimit) -> None:
    assert parse_growth(text) == limit


@pytest.mark.parametrize("text", ["", "5 percent", "-5%", "-1", "1.5", "5%%", ".5%", "1.0000%"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        parse_growth(text)


@given(st.integers(0, 1 << 60), st.integers(0, 1 << 60), st.integers(0, 1 << 60))
def test_a_limit_in_bytes_is_passed_by_what_is_beyond_it(
    before: int, after: int, size: int
) -> None:
    assert GrowthLimit(size=size).is_passed(before, after) is (after > before + size)


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 41), st.integers(0, 300))
def test_a_limit_in_percent_is_passed_by_what_is_beyond_it(
    before: int, after: int, percent: int
) -> None:
    limit = parse_growth(f"{percent}%")
    assert limit.is_passed(before, after) is (100 * after > before * (100 + percent))


def test_what_is_not_known_passes_no_limit() -> None:
    assert not GrowthLimit(size=0).is_passed(None, 5)
    assert not GrowthLimit(size=0).is_passed(5, None)
    assert not GrowthLimit().is_passed(0, 5)


@given(ARCHIVE_SIZES)
def test_nothing_grew_since_now(found: list[ArchiveSize]) -> None:
    growth = growth_of(found, found, limit=GrowthLimit(size=0))
    assert all(row.before == row.after for row in growth.rows)
    assert {row.kind for row in growth.rows} <= {"archive", "image"}
    assert not any(row.exceeds for row in growth.rows)
    assert growth.gone == ()
    assert [row.archive for row in growth.rows if row.kind == "archive"] == [
        each.name for each in found
    ]


@given(ARCHIVE_SIZES, ARCHIVE_SIZES)
def test_every_archive_is_compared_or_said_not_to_be(
    before: list[ArchiveSize], after: list[ArchiveSize]
) -> None:
    growth = growth_of(before, after)
    compared = [row.name for row in growth.rows if row.kind == "archive"]
    new = [name for name in growth.unchecked if name in {each.name for each in after}]
    assert sorted([*compared, *new]) == sorted(each.name for each in after)
    for row in growth.rows:
        if row.kind in ("layer", "directory"):
            assert row.before != row.after


def test_an_archive_is_found_again_by_its_name() -> None:
    before = [archive("a.tar", total=10), archive("b.tar", total=20)]
    after = [archive("b.tar", total=25), archive("c.tar", total=1)]
    growth = growth_of(before, after, limit=GrowthLimit(size=4))
    assert told(growth) == [("archive", "b.tar", 20, 25)]
    assert growth.rows[0].exceeds
    assert (growth.unchecked, growth.gone) == (("c.tar",), ("a.tar",))


def test_one_archive_is_compared_with_one_whatever_they_are_called() -> None:
    growth = growth_of([archive("old.tar", total=10)], [archive("new.tar", total=11)])
    assert told(growth) == [("archive", "new.tar", 10, 11)]


def test_an_image_is_found_again_by_a_name_and_its_platform() -> None:
    arm, amd = Platform("linux", "arm64"), Platform("linux", "amd64")
    before = archive("x", image("app:1", "app:latest", platform=arm), image("app:1", platform=amd))
    after = archive(
        *("x", image("app:1", size=7, platform=amd)),
        image("app:2", "app:latest", size=9, platform=arm),
    )
    assert told(growth_of([before], [after]))[1:] == [
        ("image", "app:1", 0, 7),
        ("image", "app:2", 0, 9),
    ]


def test_the_very_same_image_is_found_before_one_of_its_name() -> None:
    same, other = image("app:1", size=3), image("app:1", size=4)
    growth = growth_of([archive("x", same)], [archive("x", other, same)])
    assert told(growth)[1:] == [("image", "app:1", 3, 3), ("image", "app:1", None, 4)]


def test_images_that_came_and_went_are_told_and_no_growth() -> None:
    before = archive("x", image("a"), image("gone", size=5))
    after = archive("x", image("a"), image("new", size=6))
    growth = growth_of([before], [after], limit=GrowthLimit(size=0))
    assert told(growth)[2:] == [("image", "new", None, 6), ("image", "gone", 5, None)]
    assert not any(row.exceeds for row in growth.rows)


def test_the_only_image_is_compared_with_the_only_one() -> None:
    growth = growth_of([archive("x", image("a", size=1))], [archive("x", image("b", size=3))])
    assert told(growth)[1:] == [("image", "b", 1, 3)]


def test_an_image_of_unknown_size_is_said_to_be_unchecked() -> None:
    unknown = replace(image("a"), size=None)
    growth = growth_of([archive("x", unknown)], [archive("x", image("a"))])
    assert growth.unchecked == ("x: a",)


def test_a_layer_is_found_again_by_content_then_by_its_instruction() -> None:
    before = image("a", layers=(layer("base", 10), layer("old", 5, "COPY app"), layer("dead", 3)))
    after = image("a", layers=(layer("new", 9, "COPY app"), layer("base", 10), layer("more", 2)))
    growth = growth_of([archive("x", before)], [archive("x", after)])
    assert told(growth)[2:] == [
        ("layer", str(layer("new", 0).diff_id), 5, 9),
        ("layer", str(layer("more", 0).diff_id), None, 2),
        ("layer", str(layer("dead", 0).diff_id), 3, None),
    ]
    assert growth.rows[2].created_by == "COPY app"


def test_a_layer_that_is_compressed_otherwise_is_told_by_its_new_size() -> None:
    one, other = layer("same", 10), layer("same", 9)
    growth = growth_of(
        [archive("x", image("a", layers=(one,)))], [archive("x", image("a", layers=(other,)))]
    )
    assert told(growth)[2:] == [("layer", str(one.diff_id), 10, 9)]


def test_directories_are_compared_as_deep_as_both_go() -> None:
    before = replace(
        archive("x", image("a", directories=(directory("", 9), directory("usr", 4)))), depth=1
    )
    deeper = (directory("", 11), directory("opt", 2), directory("usr", 4), directory("usr/lib", 4))
    after = replace(archive("x", image("a", directories=deeper)), depth=2)
    assert told(growth_of([before], [after]))[2:] == [
        ("directory", "", 9, 11),
        ("directory", "opt", None, 2),
    ]
    none = archive("x", image("a"))
    assert len(growth_of([none], [after]).rows) == 2


def test_names_are_compared_as_they_are_spelt_where_they_are_kept() -> None:
    before = archive("x", image("CAFE", directories=(directory("USR", 1),)))
    after = archive("x", image("cafe", directories=(directory("usr", 2),)), image("b"))
    growth = growth_of([before], [after], spelt=str.upper)
    assert told(growth)[1:] == [
        ("image", "cafe", 0, 0),
        ("directory", "USR", 1, 2),
        ("image", "b", None, 0),
    ]

"""Every byte counts in every shape: what is recorded is compared, and what is absent is told."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from layertar import Verdict, verify
from tests.archive.many_shapes import SHAPES
from tests.archive.other_builders import hex_of
from tests.findings.cases import errors_of, examined

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar import ArchiveReport
    from tests.builders import Built

# The digits of a digest, wherever they are recorded; an id of old Docker is none.
_DIGEST = re.compile(rb'(?<!"id":")(?<!"id\\":\\")[0-9a-f]{64}')
_SIZE = re.compile(rb'"[sS]ize":\s*([0-9]+)')


def _report(built: Built) -> ArchiveReport:
    return verify(io.BytesIO(built.tar())).archives[0]


def _told(report: ArchiveReport) -> list[tuple[str, str]]:
    return [(each.rule.name, each.message) for each in report.findings]


def _bound(built: Built) -> Iterator[str]:
    """The members whose digests are recorded somewhere in the archive, but in their own name."""
    for name in built.files:
        digits = hex_of(built[name])
        others = [*(built[each] for each in built.files), *map(str.encode, built.files)]
        if sum(digits.encode() in other for other in others if other != name.encode()):
            yield name


def _changed(data: bytes, place: int, other: bytes) -> bytes:
    """The bytes with another one in this place."""
    byte = other if data[place : place + 1] != other else b"8"
    return data[:place] + byte + data[place + 1 :]


def _id(shape: str) -> str:
    return shape.replace(" ", "-")


_EACH = pytest.mark.parametrize("shape", SHAPES, ids=_id)


@_EACH
def test_a_shape_that_is_whole_is_verified(shape: str, tmp_path: Path) -> None:
    report = examined(SHAPES[shape], tmp_path, is_unpacked=True)
    assert (report.verdict, errors_of(report)) == (Verdict.VERIFIED, [])
    assert report.images or report.artifacts


@_EACH
def test_no_byte_of_a_blob_can_change(shape: str) -> None:
    built = SHAPES[shape]
    names = list(_bound(built))
    assert names
    for name in names:
        data = built[name]
        for place in sorted({0, len(data) // 2, len(data) - 1}):
            report = _report(built.replace(name, _changed(data, place, b"7")))
            assert report.verdict is not Verdict.VERIFIED, (name, place)
            assert errors_of(report), (name, place)


@_EACH
def test_no_recorded_digest_or_size_is_passed_over(shape: str) -> None:
    built = SHAPES[shape]
    before = _told(_report(built))
    places = [
        (name, place)
        for name in built.files
        for place in (
            *(match.start() + 5 for match in _DIGEST.finditer(built[name])),
            *(match.start(1) for match in _SIZE.finditer(built[name])),
        )
    ]
    assert places
    for name, place in places:
        report = _report(built.replace(name, _changed(built[name], place, b"7")))
        assert _told(report) != before, (name, built[name][place - 60 : place + 10])


@_EACH
def test_no_blob_can_be_left_out(shape: str) -> None:
    built = SHAPES[shape]
    before = _told(_report(built))
    for name in _bound(built):
        if built[name] != b"{}":  # It is in its descriptor, too.
            assert _told(_report(built.remove(name))) != before, name

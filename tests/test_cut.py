"""Cut everywhere: a small archive cut short at every byte, as a file and as a pipe."""

from __future__ import annotations

import io
import os
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from layertar import Severity, Verdict, verify
from tests.builders import (
    CODECS,
    ImageRecipe,
    LayerRecipe,
    build_docker,
    build_oci,
    compress,
    tar_layer,
)
from tests.tarmaker import END, tar_entry

if TYPE_CHECKING:
    from pathlib import Path

    from layertar import ArchiveReport
    from tests.builders import Built, Codec

IMAGE = ImageRecipe(
    layers=(LayerRecipe(tar=tar_layer({"a": b"hi"})),),
    names=("docker.io/library/app:1",),
)
# What says which image it is lies at the start of the one and at the end of the other, and
# neither ends with a member that nobody needs.
OCI_FIRST = build_oci([IMAGE]).reorder(lambda member: (member[0].startswith("blobs/"), member[0]))
DOCKER_LAST = build_docker([IMAGE], style="1.10").remove("repositories")
# Examples of which there are more in the deep profile alone.
DEEP = 1000
BUILT = {"oci": OCI_FIRST, "docker": DOCKER_LAST}


def boundaries(built: Built) -> list[int]:
    """Where each member's header begins, and where the closing zeros do."""
    return [0, *accumulate(len(tar_entry(name, content)) for name, content in built.members)]


def lengths(data: bytes) -> list[int]:
    """Where to cut: at every byte, but within zeros only at each sixteenth.

    A header's unused half and padding are nothing but zeros, and one cut there is as another. With
    the deep profile, at every byte indeed.
    """
    step = 1 if settings().max_examples > DEEP else 16
    return [
        length
        for length in range(len(data))
        if length % step == 0 or any(data[max(0, length - 2) : length + 2])
    ]


def rules(report: ArchiveReport, severity: Severity) -> set[str]:
    return {each.rule.name for each in report.findings if each.severity is severity}


def check_cut(report: ArchiveReport, length: int, starts: list[int]) -> None:
    """Hold what is told of an archive's first `length` bytes against what is due."""
    errors, warnings = rules(report, Severity.ERROR), rules(report, Severity.WARNING)
    if length >= starts[-1]:
        assert report.verdict is Verdict.VERIFIED
        assert errors == set()
        assert warnings <= {"archive-no-end-marker"}
        return
    assert report.verdict is not Verdict.VERIFIED
    if length == 0:
        assert errors == {"archive-empty"}
    elif length < 512:
        assert errors == {"input-not-an-archive"}
    elif length in starts:
        assert "archive-no-end-marker" in warnings
        assert errors
    else:
        # Beside it only that there is no view, or, of an old layer's json alone, no digest.
        assert "archive-truncated" in errors
        assert errors <= {"archive-truncated", "input-not-an-image", "image-unverifiable"}
    if report.verdict is Verdict.UNREADABLE:
        assert report.images == ()
        assert errors & {"archive-empty", "input-not-an-archive", "input-not-an-image"}


@pytest.mark.parametrize("shape", sorted(BUILT))
def test_an_archive_cut_at_any_byte_is_told_the_same_from_file_and_pipe(
    shape: str, tmp_path: Path
) -> None:
    built = BUILT[shape]
    data, starts = built.tar(), boundaries(built)
    assert starts[-1] + len(END) == len(data)
    path = tmp_path / "archive.tar"
    path.write_bytes(data)
    for length in reversed(lengths(data)):
        os.truncate(path, length)
        file = verify(path).archives[0]
        pipe = verify(io.BytesIO(data[:length])).archives[0]
        check_cut(file, length, starts)
        assert (file.verdict, file.findings) == (pipe.verdict, pipe.findings), length
        assert (file.images, file.artifacts) == (pipe.images, pipe.artifacts), length


def test_a_cut_layer_is_part_of_the_one_finding_that_tells_the_cut() -> None:
    built = OCI_FIRST
    data = built.tar()[: boundaries(built)[-1] - 512]
    report = verify(io.BytesIO(data)).archives[0]
    (finding,) = (each for each in report.findings if each.severity is Severity.ERROR)
    assert finding.rule.name == "archive-truncated"
    assert finding.location.member == built.names[-1]
    assert [each.rule for each in finding.related] == ["blob-missing"]
    assert report.verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "none"])
@pytest.mark.parametrize("shape", sorted(BUILT))
def test_a_wrapped_archive_cut_by_the_dozen_says_that_its_wrapper_is_cut(
    shape: str, codec: Codec, tmp_path: Path
) -> None:
    wrapped = compress(BUILT[shape].tar(), codec)
    path = tmp_path / "archive.tar.x"
    told: set[Verdict] = set()
    for length in {*range(8), *range(8, len(wrapped), len(wrapped) // 36), len(wrapped) - 1}:
        path.write_bytes(wrapped[:length])
        file = verify(path).archives[0]
        pipe = verify(io.BytesIO(wrapped[:length])).archives[0]
        errors = rules(file, Severity.ERROR)
        if length == 0:
            assert errors == {"archive-empty"}
        elif length >= 8:  # From there on the wrapper is known by its magic.
            assert "outer-compression-truncated" in errors, length
        else:
            assert file.verdict is Verdict.UNREADABLE
        assert file.verdict is not Verdict.VERIFIED
        assert (file.verdict, file.findings) == (pipe.verdict, pipe.findings), length
        assert (file.images, file.artifacts) == (pipe.images, pipe.artifacts), length
        told.add(file.verdict)
    assert Verdict.UNREADABLE in told

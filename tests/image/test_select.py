"""Choosing one image by what people call it: a name, a digest, a platform."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Platform, SelectionError, Severity, Verdict, verify
from layertar.image import parse_platform
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    blob_name,
    build_hybrid,
    build_oci,
    sha256,
)
from tests.findings.cases import errors_of
from tests.findings.shapes import APP, LAYER, TOOL

if TYPE_CHECKING:
    from layertar import ArchiveReport
    from tests.builders import Built

_TOOL = ImageRecipe(layers=(LayerRecipe(tar=TOOL),), names=("ghcr.io/a/tool:2",))
_ARM = replace(_TOOL, platform=PlatformName("linux", "arm64", "v8"), names=())
_BOTH = build_oci([APP, _TOOL])
_PLATFORMS = build_oci([APP, _ARM], nested_index=True)


def chosen(built: Built, *, image: str | None = None, platform: str | None = None) -> ArchiveReport:
    """Judge the one image; the other one is damaged, so that choosing the wrong one shows."""
    stream = io.BytesIO(built.tar())
    return verify(stream, image=image, platform=platform).archives[0]


def damaged(built: Built, image: ImageRecipe) -> Built:
    return built.replace(blob_name(image.layers[0].blob), b"damaged")


@pytest.mark.parametrize(
    "reference",
    [
        "app:1",
        "library/app:1",
        "docker.io/library/app:1",
        sha256(APP.config),
        sha256(APP.manifest),
        sha256(APP.config)[:19],
        sha256(APP.manifest)[7:19],
        f"app@{sha256(APP.manifest)}",
    ],
)
def test_an_image_is_chosen_by_any_of_its_names_and_digests(reference: str) -> None:
    report = chosen(damaged(_BOTH, _TOOL), image=reference)
    assert report.verdict is Verdict.VERIFIED
    assert errors_of(report) == []
    assert report.images[1].verdict is Verdict.FAILED
    assert errors_of(chosen(damaged(_BOTH, APP), image=reference)) == ["blob-digest-mismatch"]


@pytest.mark.parametrize("platform", ["linux/arm64", "linux/arm64/v8"])
def test_an_image_is_chosen_by_its_configs_platform(platform: str) -> None:
    report = chosen(damaged(_PLATFORMS, APP), platform=platform)
    assert report.verdict is Verdict.VERIFIED
    assert chosen(damaged(_PLATFORMS, _ARM), platform=platform).verdict is Verdict.FAILED
    assert chosen(_PLATFORMS, image="app:1", platform=platform).verdict is Verdict.VERIFIED


def test_an_index_digest_with_a_platform_chooses_one() -> None:
    index = _PLATFORMS.expected.images[0].index_digest
    assert index is not None
    assert chosen(_PLATFORMS, image=index, platform="linux/amd64").verdict is Verdict.VERIFIED
    with pytest.raises(SelectionError) as error:
        chosen(_PLATFORMS, image=index)
    assert error.value.reason == "several images fit"
    assert len(error.value.candidates) == 2


@pytest.mark.parametrize(
    ("image", "platform"),
    [
        ("app:2", None),
        ("tool:2", None),
        ("sha256:0123456789abcdef", None),
        ("", None),
        (None, "linux/s390x"),
        (None, "windows/amd64"),
        ("app:1", "linux/arm64"),
    ],
)
def test_what_fits_nothing_names_the_candidates(image: str | None, platform: str | None) -> None:
    with pytest.raises(SelectionError) as error:
        chosen(_BOTH, image=image, platform=platform)
    assert error.value.reason == "no image fits"
    assert len(error.value.candidates) == 2
    assert "docker.io/library/app:1 linux/amd64 sha256:" in error.value.candidates[0]


def test_a_prefix_of_fewer_than_seven_digits_is_none() -> None:
    with pytest.raises(SelectionError):
        chosen(_BOTH, image=sha256(APP.config)[7:13])


def test_faults_of_the_archive_and_of_shared_blobs_count_for_whoever_is_chosen() -> None:
    other = replace(APP, names=("docker.io/library/b:1",), config_extra={"author": "x"})
    shared = damaged(build_oci([APP, other]), APP)
    for reference in ("app:1", "b:1"):
        assert errors_of(chosen(shared, image=reference)) == ["blob-digest-mismatch"]
    doubled = _BOTH.add("index.json", _BOTH["index.json"] + b"\n")
    assert errors_of(chosen(doubled, image="app:1")) == ["member-duplicate-different"]


def test_findings_about_others_become_notes_and_their_verdicts_stay() -> None:
    report = chosen(damaged(_BOTH, _TOOL), image="app:1")
    (finding,) = [each for each in report.findings if each.rule.name == "blob-digest-mismatch"]
    assert finding.severity is Severity.NOTE
    assert [image.verdict for image in report.images] == [Verdict.VERIFIED, Verdict.FAILED]


def test_a_listed_platform_that_is_not_here_is_missed_once_it_is_wanted() -> None:
    sparse = _PLATFORMS.remove(blob_name(_ARM.manifest)).remove(blob_name(_ARM.config))
    assert errors_of(chosen(sparse)) == []
    report = chosen(sparse, platform="linux/arm64")
    assert errors_of(report) == ["blob-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def test_a_hollow_platform_is_incomplete_once_it_is_wanted() -> None:
    hollow = _PLATFORMS.remove(blob_name(_ARM.config)).remove(blob_name(_ARM.layers[0].blob))
    assert chosen(hollow).verdict is Verdict.VERIFIED
    report = chosen(hollow, platform="linux/arm64")
    assert report.verdict is Verdict.INCOMPLETE
    assert set(errors_of(report)) == {"blob-missing"}


def test_a_hybrids_image_is_chosen_by_a_name_of_either_view() -> None:
    built = build_hybrid([APP])
    for reference in ("app:1", "docker.io/library/app:1"):
        assert chosen(built, image=reference).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/arm/v7", Platform("linux", "arm", "v7")),
    ],
)
def test_a_platform_is_os_architecture_and_perhaps_a_variant(text: str, platform: Platform) -> None:
    assert parse_platform(text) == platform


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux//v7"])
def test_anything_else_is_no_platform(text: str) -> None:
    with pytest.raises(ValueError, match="no platform"):
        parse_platform(text)


def test_the_same_layer_in_two_images_is_judged_for_both() -> None:
    other = ImageRecipe(layers=(LAYER, LayerRecipe(tar=TOOL)), names=("docker.io/library/b:1",))
    report = chosen(damaged(build_oci([APP, other]), APP))
    assert [image.verdict for image in report.images] == [Verdict.FAILED, Verdict.FAILED]
    assert errors_of(report) == ["blob-digest-mismatch"]

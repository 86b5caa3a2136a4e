from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from layertar import SelectionError, Severity, Verdict, verify
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    blob_name,
    build_docker,
    build_oci,
    sha256,
    tar_layer,
)

if TYPE_CHECKING:
    from layertar import ArchiveReport, Finding
    from tests.builders import Built

AMD, ARM = PlatformName(), PlatformName("linux", "arm64", "v8")
SHARED = LayerRecipe(tar=tar_layer({"base": b"shared"}))


def image(name: str, platform: PlatformName = AMD) -> ImageRecipe:
    own = LayerRecipe(tar=tar_layer({name: str(platform).encode()}))
    return ImageRecipe(
        layers=(SHARED, own), names=(f"docker.io/library/{name}:1",), platform=platform
    )


ONE, TWO = image("one"), image("two")
TWO_IMAGES = build_oci([ONE, TWO])
PLATFORMS = build_oci([image("app"), image("app", ARM)], nested_index=True)


def own_blob(recipe: ImageRecipe) -> str:
    return blob_name(recipe.layers[1].blob)


def examined(built: Built, **options: str) -> ArchiveReport:
    return verify(
        io.BytesIO(built.tar()), image=options.get("image"), platform=options.get("platform")
    ).archives[0]


def told(report: ArchiveReport, rule: str) -> Finding:
    (finding,) = (each for each in report.findings if each.rule.name == rule)
    return finding


DAMAGED = TWO_IMAGES.remove(own_blob(TWO))


@pytest.mark.parametrize(
    "reference",
    [
        "one:1",
        "docker.io/library/one:1",
        "library/one:1",
        sha256(ONE.manifest),
        sha256(ONE.config),
        sha256(ONE.config).removeprefix("sha256:"),
        sha256(ONE.manifest)[:19],
        f"one@{sha256(ONE.manifest)}",
    ],
)
def test_an_image_is_selected_by_any_of_its_names_and_digests(reference: str) -> None:
    report = examined(DAMAGED, image=reference)
    assert report.verdict is Verdict.VERIFIED
    # Nothing is left unread, nor unlisted.
    assert [each.verdict for each in report.images] == [Verdict.VERIFIED, Verdict.INCOMPLETE]


def test_findings_about_others_become_notes_and_count_for_nothing() -> None:
    due = examined(DAMAGED)
    assert (due.verdict, told(due, "blob-missing").severity) == (
        Verdict.INCOMPLETE,
        Severity.ERROR,
    )
    others = examined(DAMAGED, image="one:1")
    assert told(others, "blob-missing").severity is Severity.NOTE
    assert others.summary.errors == 0
    its_own = examined(DAMAGED, image="two:1")
    assert told(its_own, "blob-missing").severity is Severity.ERROR
    assert its_own.verdict is Verdict.INCOMPLETE


def test_a_blob_that_the_selected_image_shares_still_counts() -> None:
    damaged = TWO_IMAGES.replace(blob_name(SHARED.blob), SHARED.blob[:-1])
    for reference in ("one:1", "two:1"):
        report = examined(damaged, image=reference)
        assert report.verdict is Verdict.FAILED
        assert told(report, "layer-stream-truncated").severity is Severity.ERROR


def test_a_fault_of_the_archive_itself_still_counts() -> None:
    built = TWO_IMAGES.add("index.json", b"{}", at=0)
    report = examined(built, image="one:1")
    assert told(report, "member-duplicate-different").severity is Severity.ERROR
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("platform", "verdict"),
    [
        ("linux/amd64", Verdict.VERIFIED),
        ("linux/arm64", Verdict.INCOMPLETE),
        ("linux/arm64/v8", Verdict.INCOMPLETE),
    ],
)
def test_an_image_is_selected_by_its_platform(platform: str, verdict: Verdict) -> None:
    damaged = PLATFORMS.remove(own_blob(image("app", ARM)))
    assert examined(damaged, platform=platform).verdict is verdict
    assert examined(damaged, platform=platform, image="app:1").verdict is verdict


def test_a_docker_views_platform_is_its_configs() -> None:
    both = build_docker([image("one"), image("two", ARM)], style="ggcr")
    report = examined(both, platform="linux/arm64/v8")
    assert report.verdict is Verdict.VERIFIED
    with pytest.raises(SelectionError):
        examined(both, platform="windows/amd64")


def test_what_fits_nothing_is_told_with_all_there_is() -> None:
    with pytest.raises(SelectionError) as raised:
        examined(TWO_IMAGES, image="three")
    assert raised.value.wanted == "three"
    assert raised.value.candidates == (
        f"docker.io/library/one:1 linux/amd64 {sha256(ONE.manifest)}",
        f"docker.io/library/two:1 linux/amd64 {sha256(TWO.manifest)}",
    )


def test_what_fits_several_is_told_with_those() -> None:
    with pytest.raises(SelectionError) as raised:
        examined(TWO_IMAGES, platform="linux/amd64")
    assert len(raised.value.candidates) == 2
    assert "several" in raised.value.reason
    with pytest.raises(SelectionError) as raised:
        examined(PLATFORMS, image="app:1")
    assert [line.split()[1] for line in raised.value.candidates] == [
        "linux/amd64",
        "linux/arm64/v8",
    ]


def test_name_and_platform_must_both_fit() -> None:
    with pytest.raises(SelectionError) as raised:
        examined(TWO_IMAGES, image="one:1", platform="linux/arm64")
    assert raised.value.wanted == "one:1 linux/arm64"


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux//v8"])
def test_a_platform_that_is_none_is_the_callers_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="is no platform"):
        examined(TWO_IMAGES, platform=text)


def test_a_platform_that_is_listed_and_not_here_may_be_selected_and_is_missing() -> None:
    arm = image("app", ARM)
    sparse = PLATFORMS.remove(blob_name(arm.manifest))
    for blob in (blob_name(arm.config), own_blob(arm)):
        sparse = sparse.remove(blob)
    assert examined(sparse).verdict is Verdict.VERIFIED
    assert told(examined(sparse), "platform-not-included").severity is Severity.NOTE
    report = examined(sparse, platform="linux/arm64")
    assert told(report, "blob-missing").severity is Severity.ERROR
    assert report.verdict is Verdict.INCOMPLETE


def test_a_selection_holds_for_each_of_several_archives() -> None:
    other = build_oci([TWO])
    with pytest.raises(SelectionError):
        verify(io.BytesIO(TWO_IMAGES.tar()), io.BytesIO(other.tar()), image="one:1")

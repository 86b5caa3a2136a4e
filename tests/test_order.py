"""A verdict is an image's own: whoever else is there, and in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layertar import verify
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    blob_name,
    build_docker,
    build_hybrid,
    build_oci,
    descriptor,
    dumps,
    oras_artifact,
    sha256,
    tar_layer,
    write_tar,
)
from tests.recipes import INDEX_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from pathlib import Path

_SHARED: Final = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}))
_OWN: Final = LayerRecipe(tar=tar_layer({"usr/x": b"x"}))


def _image(number: int, *, is_wrong: bool) -> ImageRecipe:
    layers = (_SHARED, _OWN) if number % 2 else (_SHARED,)
    ids = [sha256(b"x") if is_wrong else _SHARED.diff_id, *(each.diff_id for each in layers[1:])]
    return ImageRecipe(
        layers=layers,
        names=(f"docker.io/library/app:{number}",),
        config_extra={"rootfs": {"type": "layers", "diff_ids": ids}, "author": str(number)},
    )


def _build(shape: str, images: list[ImageRecipe]) -> Built:
    if shape == "oci":
        return build_oci(images)
    if shape == "docker":
        return build_docker(images, style="skopeo")
    return build_hybrid(images, store="containerd")


def _verdicts(place: Path, tar: bytes) -> dict[str, tuple[str, tuple[str, ...]]]:
    place.write_bytes(tar)
    return {
        str(image.image_id): (
            image.verdict.value,
            tuple(layer.verdict.value for layer in image.layers),
        )
        for image in verify(place).archives[0].images
    }


@pytest.mark.parametrize("shape", ["docker", "hybrid", "oci"])
@settings(max_examples=12)
@given(wrong=st.lists(st.booleans(), min_size=2, max_size=3), data=st.data())
def test_a_wrong_record_fails_those_that_record_it_in_any_order(
    shape: str, tmp_path_factory: pytest.TempPathFactory, wrong: list[bool], data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("order") / "image.tar"
    images = [_image(number, is_wrong=each) for number, each in enumerate(wrong)]
    due = {
        sha256(image.config): "failed" if each else "verified"
        for image, each in zip(images, wrong, strict=True)
    }
    first = _verdicts(place, _build(shape, images).tar())
    assert {key: verdict for key, (verdict, _) in first.items()} == due
    other = _build(shape, data.draw(st.permutations(images)))
    assert _verdicts(place, other.tar()) == first
    members = data.draw(st.permutations(other.members))
    assert _verdicts(place, write_tar(members)) == first


@pytest.mark.parametrize(("version", "verdict"), [(2, "verified"), (3, "failed")])
def test_a_faulty_document_fails_what_it_is_of_and_not_what_is_attached_to_it(
    version: int, verdict: str, tmp_path: Path
) -> None:
    image = ImageRecipe(layers=(_SHARED,), manifest_extra={"schemaVersion": version})
    artifact = oras_artifact({"x": b"x"}, subject=image)
    place = tmp_path / "image.tar"
    place.write_bytes(build_oci([image], artifacts=[artifact]).tar())
    report = verify(place).archives[0]
    assert report.verdict.value == verdict
    assert [each.verdict.value for each in report.images] == [verdict]
    assert [each.verdict.value for each in report.artifacts] == ["verified"]


@pytest.mark.parametrize("target", ["sound", "other"])
def test_a_layer_is_not_failed_by_a_record_that_leads_to_it_through_a_link(
    target: str, tmp_path: Path
) -> None:
    one, two = _image(0, is_wrong=False), ImageRecipe(layers=(_OWN,))
    built = build_oci([one, two])
    if target == "other":
        link = Symlink(blob_name(_SHARED.blob).rpartition("/")[2])
        built = built.replace(blob_name(_OWN.blob), link)
    verdicts = _verdicts(tmp_path / "image.tar", built.tar())
    assert verdicts[sha256(one.config)] == ("verified", ("verified",))
    assert verdicts[sha256(two.config)][0] == ("failed" if target == "other" else "verified")


def _two_paths(*, size: int = 0, own: bool = False, other: bool = False) -> tuple[Built, str]:
    """A nested index whose entry has a wrong size, or a faulty key, and what else leads there."""
    image = _image(0, is_wrong=False)
    inner = dumps({"schemaVersion": 2, "manifests": [descriptor(MANIFEST_TYPE, image.manifest)]})
    entry = descriptor(INDEX_TYPE, inner)
    wrong = {**entry, "size": len(inner) + size, **({"annotations": 1} if own else {})}
    built = build_oci([image]).add(blob_name(inner), inner)
    entries = [wrong, entry] if other else [wrong]
    index = dumps({"schemaVersion": 2, "manifests": entries})
    return built.replace("index.json", index), sha256(image.config)


@pytest.mark.parametrize(
    ("size", "own", "other", "verdict"),
    [
        (0, False, False, "verified"),
        (1, False, False, "failed"),
        (0, True, False, "failed"),
        (1, False, True, "verified"),
        (0, True, True, "verified"),
    ],
)
def test_a_wrong_record_of_an_index_fails_what_only_it_leads_to(
    size: int, *, own: bool, other: bool, verdict: str, tmp_path: Path
) -> None:
    built, key = _two_paths(size=size, own=own, other=other)
    assert _verdicts(tmp_path / "image.tar", built.tar())[key][0] == verdict
    is_sound = not size and not own
    assert verify(tmp_path / "image.tar").archives[0].verdict.value == (
        "verified" if is_sound else "failed"
    )

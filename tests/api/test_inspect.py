from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from layertar import Digest, Limits, SelectionError, Severity, Verdict, inspect, verify
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_hybrid,
    build_oci,
    compress,
    tar_layer,
)

if TYPE_CHECKING:
    from pathlib import Path

LARGE = LayerRecipe(tar=tar_layer({"zeros": bytes(20 << 20)}), compression="none")
IMAGE = ImageRecipe(layers=(LARGE,), names=("docker.io/library/app:1",))
BUILT = build_oci([IMAGE], nested_index=True)
(FACTS,) = BUILT.expected.images


def test_layers_of_a_file_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(BUILT.tar())
    report = inspect(path).archives[0]
    assert report.summary.bytes_read < 64 << 10
    assert verify(path).archives[0].summary.bytes_read > 20 << 20


def test_layers_of_a_directory_are_not_read(tmp_path: Path) -> None:
    path = BUILT.directory(tmp_path / "layout")
    assert inspect(path).archives[0].summary.bytes_read < 64 << 10


def test_the_reading_does_not_grow_with_the_layers(tmp_path: Path) -> None:
    read: list[int] = []
    for size in (0, 20 << 20):
        path = tmp_path / "a.tar"
        layer = LayerRecipe(tar=tar_layer({"zeros": bytes(size)}), compression="none")
        path.write_bytes(build_docker([ImageRecipe(layers=(layer,))], style="skopeo").tar())
        read.append(inspect(path).archives[0].summary.bytes_read)
    assert read[0] == read[1]


def test_a_layer_that_is_not_read_may_be_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(BUILT.replace(blob_name(LARGE.blob), b"x" * len(LARGE.blob)).tar())
    report = inspect(path).archives[0]
    assert report.verdict is Verdict.RECORDED
    assert [each for each in report.findings if each.severity is Severity.ERROR] == []
    assert verify(path).archives[0].verdict is Verdict.FAILED


def test_documents_are_measured_and_layers_recorded_from_every_kind_of_input(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(BUILT.tar())
    directory = BUILT.directory(tmp_path / "layout")
    wrapped = io.BytesIO(compress(BUILT.tar(), "gzip"))
    report = inspect(path, directory, io.BytesIO(BUILT.tar()), wrapped)
    assert report.command == "inspect"
    assert report.verdict is Verdict.RECORDED
    for archive in report.archives:
        (image,) = archive.images
        assert str(image.image_id) == FACTS.image_id
        assert str(image.manifest_digest) == FACTS.manifest_digest
        assert str(image.index_digest) == FACTS.index_digest
        assert image.verdict is Verdict.RECORDED
        (layer,) = image.layers
        assert (layer.digest, layer.diff_id, layer.size, layer.chain_id) == (None,) * 4
        assert layer.recorded.digest == Digest.of(LARGE.blob)
        assert str(layer.recorded.diff_id) == LARGE.diff_id
        assert layer.recorded.size == len(LARGE.blob)
        assert layer.verdict is Verdict.RECORDED
    assert len({archive.images for archive in report.archives}) == 1


def test_a_damaged_document_is_told_by_inspect_too() -> None:
    damaged = BUILT.replace(blob_name(IMAGE.config), IMAGE.config + b" ")
    report = inspect(io.BytesIO(damaged.tar())).archives[0]
    assert report.verdict is Verdict.RECORDED
    told = {each.rule.name for each in report.findings if each.severity is Severity.ERROR}
    assert told == {"blob-digest-mismatch"}


def test_what_is_missing_is_told_by_inspect_too() -> None:
    damaged = BUILT.remove(blob_name(LARGE.blob))
    report = inspect(io.BytesIO(damaged.tar())).archives[0]
    assert [each.rule.name for each in report.findings if each.severity is Severity.ERROR] == [
        "blob-missing"
    ]
    assert report.images[0].layers[0].verdict is Verdict.MISSING


def test_an_image_may_be_selected() -> None:
    report = inspect(io.BytesIO(BUILT.tar()), image="app:1", platform="linux/amd64")
    assert len(report.archives[0].images) == 1
    with pytest.raises(SelectionError):
        inspect(io.BytesIO(BUILT.tar()), image="other")
    with pytest.raises(ValueError, match="is no platform"):
        inspect(io.BytesIO(BUILT.tar()), platform="linux")


def test_limits_are_the_callers() -> None:
    data = build_hybrid([IMAGE]).tar()
    report = inspect(io.BytesIO(data), limits=Limits(document_size=20)).archives[0]
    assert "json-too-large" in {each.rule.name for each in report.findings}

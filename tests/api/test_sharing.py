"""What images share: the same from a file, a directory and a pipe, for every fixture."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, sharing
from layertar.analysis.sharing import SHARED_BY
from layertar.api.listings import layers
from layertar.value import replace
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_hybrid,
    build_oci,
    sha256,
    tar_layer,
)

if TYPE_CHECKING:
    from layertar import LayerRow, Sharing

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())
EVERY_WAY = pytest.mark.parametrize("by", SHARED_BY)

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base" * 4000}), compression="gzip")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"on top"}), compression="zstd")
APP = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))
BASE_ALONE = ImageRecipe(layers=(BASE,), names=("docker.io/library/base:1",))


def key_of(by: str, row: LayerRow) -> str | None:
    """What `layers` says of a layer."""
    key = {"chain": row.chain_id, "diff-id": row.diff_id, "digest": row.digest}[by]
    return None if key is None else str(key)


def without_archives(found: Sharing) -> Sharing:
    return replace(found, archives=())


@EVERY_WAY
def test_of_all_fixtures_the_layers_are_those_that_are_listed(by: str) -> None:
    rows = layers(*ARCHIVES, verify=True).rows
    found = sharing(*ARCHIVES, by=by, verify=True).sharing
    listed = [key_of(by, row) for row in rows]
    shown = [found.layers[use.layer].key for image in found.images for use in image.layers]
    assert [None if key is None else str(key) for key in shown] == listed
    distinct = {key for key in listed if key is not None}
    assert len(found.layers) == len(distinct) + listed.count(None)
    sizes: dict[str, int] = {}
    for row, key in zip(rows, listed, strict=True):
        if key is not None and row.size is not None:
            sizes[key] = max(sizes.get(key, 0), row.size)
    unknown = sum(row.size or 0 for row, key in zip(rows, listed, strict=True) if key is None)
    assert found.stored.once == sum(sizes.values()) + unknown
    assert found.stored.once < found.stored.archives < found.stored.each


@EVERY_WAY
@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_a_file_and_a_pipe_share_the_same(path: Path, by: str) -> None:
    for verify in (False, True):
        file = sharing(path, by=by, verify=verify)
        pipe = sharing(io.BytesIO(path.read_bytes()), by=by, verify=verify)
        assert without_archives(pipe.sharing) == without_archives(file.sharing)
        assert len(file.sharing.images) == len(file.report.archives[0].images)


def test_a_directory_shares_the_same_as_its_archive(tmp_path: Path) -> None:
    path = FIXTURES / "real" / "docker-25.0.0-one-image.tar"
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path, filter="tar")
    both = sharing(path, tmp_path)
    assert [image.unique_layers for image in both.sharing.images] == [0, 0]
    [one, other] = (sharing(source, verify=True).sharing for source in (path, tmp_path))
    assert without_archives(one) == without_archives(other)


@EVERY_WAY
def test_an_image_and_its_base_share_the_bases_layers(by: str) -> None:
    sources = [io.BytesIO(build_oci([image]).tar()) for image in (BASE_ALONE, APP)]
    found = sharing(*sources, by=by).sharing
    [base, app] = found.images
    assert (base.size, base.unique_size) == (len(BASE.blob), 0)
    assert (app.shared_size, app.unique_size) == (len(BASE.blob), len(TOP.blob))
    assert found.stored.archives == 2 * len(BASE.blob) + len(TOP.blob)
    assert found.stored.once == len(BASE.blob) + len(TOP.blob)
    assert found.uncompressed.unknown == 2
    first = {"digest": sha256(BASE.blob)}.get(by, sha256(BASE.tar))
    assert str(found.layers[0].key) == first


def test_one_layer_stored_in_two_forms_is_one_by_content_alone() -> None:
    def sources() -> list[io.BytesIO]:
        built = (build_oci([APP]), build_hybrid([APP]))
        return [io.BytesIO(each.tar()) for each in built]

    assert len(sharing(*sources(), by="chain", verify=True).sharing.layers) == 2
    assert len(sharing(*sources(), by="diff-id", verify=True).sharing.layers) == 2
    by_digest = sharing(*sources(), by="digest", verify=True).sharing
    assert [len(layer.images) for layer in by_digest.layers] == [1, 1, 1, 1]


def test_what_was_measured_goes_before_what_is_recorded() -> None:
    raw = build_oci([APP]).replace(blob_name(TOP.blob), BASE.blob).tar()
    recorded = sharing(io.BytesIO(raw), by="digest").sharing.layers
    assert [str(layer.key) for layer in recorded] == [sha256(BASE.blob), sha256(TOP.blob)]
    assert not any(layer.is_measured for layer in recorded)
    [measured] = sharing(io.BytesIO(raw), by="digest", verify=True).sharing.layers
    assert (str(measured.key), measured.is_measured) == (sha256(BASE.blob), True)


def test_an_archive_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "text.tar"
    path.write_text("no archive")
    found = sharing(path, io.BytesIO(build_oci([APP]).tar()))
    assert found.sharing.archives == ("-",)
    assert len(found.sharing.images) == 1
    assert len(found.report.archives) == 2


def test_one_image_of_several_is_chosen() -> None:
    raw = build_oci([APP, BASE_ALONE]).tar()
    assert sharing(io.BytesIO(raw)).sharing.images[0].shared_layers == 1
    [alone] = sharing(io.BytesIO(raw), image="app:1").sharing.images
    assert (alone.image, alone.shared_layers) == ("docker.io/library/app:1", 0)


def test_layers_are_the_same_in_three_ways_alone() -> None:
    with pytest.raises(ArgumentError, match="chain, diff-id, digest"):
        sharing(by="size")

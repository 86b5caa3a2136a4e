"""Where bytes are: parts that add up to each archive, whatever its shape."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from layertar import ArgumentError, SelectionError, size
from layertar.api.listings import layers
from layertar.limits import DEFAULT_LIMITS
from layertar.value import replace
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    Symlink,
    attestation,
    blob_name,
    build_docker,
    build_hybrid,
    build_oci,
    sha256,
    tar_layer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar import ArchiveSize, Sizes
    from tests.builders import Built

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())
EVERY_FIXTURE = pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base" * 4000, "usr/x": b"12"}), compression="gzip")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"on top", "usr/x": b"123"}), compression="zstd")
APP = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))
BASE_ALONE = ImageRecipe(layers=(BASE,), names=("docker.io/library/base:1",))

_DECOMPRESS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZ": bz2.decompress,
    b"\xfd7": lzma.decompress,
    b"(\xb5": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
}


def unwrapped(raw: bytes) -> bytes:
    """The tar that is in a compressed archive."""
    decompress = _DECOMPRESS.get(raw[:2])
    return raw if decompress is None else decompress(raw)


def only(found: Sizes) -> ArchiveSize:
    [archive] = found.archives
    return archive


def of_bytes(built: Built | bytes) -> ArchiveSize:
    raw = built if isinstance(built, bytes) else built.tar()
    return only(size(io.BytesIO(raw)))


def without_digests(found: Sizes) -> list[ArchiveSize]:
    """All but what only a proof, or only a record, says of layers."""
    return [
        replace(
            archive,
            images=tuple(
                replace(
                    image,
                    layers=tuple(
                        layer._replace(digest=None, diff_id=None) for layer in image.layers
                    ),
                )
                for image in archive.images
            ),
        )
        for archive in found.archives
    ]


def roles(archive: ArchiveSize) -> dict[str, str]:
    return {blob.member: blob.role for blob in archive.blobs}


@EVERY_FIXTURE
def test_the_parts_of_an_archive_are_all_of_it(path: Path) -> None:
    raw = path.read_bytes()
    found = size(path, depth=0).archives
    assert len(found) == len(layers_report_views(path))
    for archive in found:
        assert archive.size == len(raw)
        assert archive.total == len(unwrapped(raw))
        parts = (archive.headers, archive.padding, archive.end)
        assert min(parts) >= 0
        assert sum(parts) + sum(blob.size for blob in archive.blobs) == archive.total
        assert sum(each.size for each in archive.roles) == sum(blob.size for blob in archive.blobs)


def layers_report_views(path: Path) -> list[str]:
    """The input, if it is an image archive."""
    return [each.name for each in layers(path).report.archives if each.views]


@EVERY_FIXTURE
def test_what_frames_members_is_what_tarfile_finds(path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(unwrapped(path.read_bytes()))) as tar:
        members = [member for member in tar if member.isfile()]
    for archive in size(path, depth=0).archives:
        assert [blob.size for blob in archive.blobs] == [member.size for member in members]
        assert archive.padding == sum(-member.size % 512 for member in members)
        last = members[-1]
        assert archive.headers + archive.padding + sum(member.size for member in members) == (
            last.offset_data + last.size + -last.size % 512
        )


@EVERY_FIXTURE
def test_a_file_and_a_pipe_are_as_large_and_a_proof_says_the_same(path: Path) -> None:
    file = size(path)
    assert without_digests(size(path, verify=True)) == without_digests(file)
    pipe = size(io.BytesIO(path.read_bytes()))
    assert without_digests(pipe) == [
        replace(each, name="-", size=None) for each in without_digests(file)
    ]


@EVERY_FIXTURE
def test_layers_are_as_large_as_a_proof_finds_them(path: Path) -> None:
    rows = layers(path, verify=True).rows
    found = [
        (layer.size, layer.uncompressed_size, layer.content_size, layer.diff_id)
        for archive in size(path).archives
        for image in archive.images
        for layer in image.layers
    ]
    assert [each[:3] for each in found] == [
        (row.size, row.uncompressed_size, row.content_size) for row in rows
    ]


def test_a_directory_is_the_sum_of_its_files(tmp_path: Path) -> None:
    path = FIXTURES / "real" / "docker-25.0.0-one-image.tar"
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path, filter="tar")
    archive, unpacked = only(size(path)), only(size(tmp_path))
    assert unpacked.size is None
    assert (unpacked.headers, unpacked.padding, unpacked.end) == (0, 0, 0)
    assert unpacked.total == sum(
        each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()
    )
    assert unpacked.roles == archive.roles
    assert unpacked.images == archive.images


def test_each_member_has_its_role() -> None:
    built = build_oci([APP], artifacts=[attestation(APP)], nested_index=True)
    built = built.add("notes.txt", b"nothing refers to this")
    found = roles(of_bytes(built))
    assert found[blob_name(BASE.blob)] == found[blob_name(TOP.blob)] == "layer"
    assert found[blob_name(APP.config)] == "config"
    assert found[blob_name(APP.manifest)] == "manifest"
    assert found["index.json"] == found["oci-layout"] == "document"
    assert found["notes.txt"] == "unused"
    assert sorted(found.values()).count("index") == 1
    assert sorted(found.values()).count("artifact") == 2
    assert sorted(found.values()).count("manifest") == 2


def test_a_member_is_counted_with_the_images_that_have_it() -> None:
    blobs = {blob.member: blob.images for blob in of_bytes(build_oci([APP, BASE_ALONE])).blobs}
    assert blobs[blob_name(BASE.blob)] == 2
    assert blobs[blob_name(TOP.blob)] == 1
    assert blobs[blob_name(APP.config)] == 1
    assert blobs["oci-layout"] == 0


def test_directories_are_those_of_the_final_file_system() -> None:
    [image] = of_bytes(build_hybrid([APP])).images
    assert {each.path: (each.size, each.files) for each in image.directories} == {
        "": (16_000 + 6 + 3, 3),
        "etc": (16_000 + 6, 2),
        "usr": (3, 1),
    }
    assert image.content_size == 16_000 + 6 + 2 + 3


def test_without_directories_no_layer_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    broken = BASE.blob[:20] + bytes(len(BASE.blob) - 20)
    path.write_bytes(build_oci([APP]).replace(blob_name(BASE.blob), broken).tar())
    shallow, deep = size(path, depth=0), size(path)
    assert only(deep).images[0].problems[0].startswith("layer 0: it cannot be uncompressed")
    [image] = only(shallow).images
    assert (image.directories, image.uncompressed_size, image.content_size) == ((), None, None)
    assert image.problems == ()
    assert image.size == len(BASE.blob) + len(TOP.blob)
    [proved] = only(size(path, depth=0, verify=True)).images
    assert [layer.uncompressed_size for layer in proved.layers] == [None, len(TOP.tar)]


def test_two_archives_are_two_whatever_is_in_the_first() -> None:
    raw = build_oci([APP]).tar()
    alone = of_bytes(raw)
    both = size(io.BytesIO(b"no archive"), io.BytesIO(raw), io.BytesIO(raw))
    assert both.archives == (alone, alone)
    assert len(both.report.archives) == 3


def test_a_layer_that_is_not_there_is_said_to_be_missing() -> None:
    [image] = of_bytes(build_oci([APP]).remove(blob_name(TOP.blob))).images
    assert image.problems == ("layer 1: it is not in the archive",)
    assert {each.path: each.size for each in image.directories} == {
        "": 16_002,
        "etc": 16_000,
        "usr": 2,
    }
    assert [layer.content_size for layer in image.layers] == [16_002, None]


def test_a_cut_archive_is_summed_up_to_where_it_ends(tmp_path: Path) -> None:
    whole = build_docker([APP], style="skopeo").tar()
    path = tmp_path / "cut.tar"
    for end in range(1, len(whole), 997):
        path.write_bytes(whole[:end])
        for source in (path, io.BytesIO(whole[:end])):
            for archive in size(source).archives:
                parts = (archive.headers, archive.padding, archive.end)
                assert min(parts) >= 0
                assert sum(parts) + sum(blob.size for blob in archive.blobs) == end


def test_links_that_lead_nowhere_in_time_are_told_and_the_rest_is_not_lost() -> None:
    layer = {f"l{number}": Symlink(f"l{number + 1}") for number in range(8)}
    recipe = LayerRecipe(tar=tar_layer({**layer, "l0/file": b"x"}))
    raw = build_oci([ImageRecipe(layers=(recipe,))]).tar()
    limits = replace(DEFAULT_LIMITS, path_steps=1)
    archive = only(size(io.BytesIO(raw), limits=limits))
    [image] = archive.images
    assert image.directories == ()
    assert len(image.problems) == 1
    assert archive.total == len(raw)


def test_one_image_of_several_is_chosen_and_all_members_are_told() -> None:
    raw = build_oci([APP, BASE_ALONE]).tar()
    archive = only(size(io.BytesIO(raw), image="base:1"))
    assert [image.image for image in archive.images] == ["docker.io/library/base:1"]
    assert roles(archive) == roles(of_bytes(raw))
    with pytest.raises(SelectionError):
        size(io.BytesIO(raw), image="nothing")


def test_there_are_no_levels_above_the_root() -> None:
    with pytest.raises(ArgumentError, match="-1 levels"):
        size(depth=-1)


def test_an_image_has_its_digests() -> None:
    [image] = of_bytes(build_oci([APP])).images
    assert str(image.image_id) == sha256(APP.config)
    assert str(image.manifest_digest) == sha256(APP.manifest)

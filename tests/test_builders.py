"""The builders themselves, held against the standard library's readers."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    CODECS,
    Built,
    Codec,
    Directory,
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    Symlink,
    attestation,
    build_docker,
    build_docker_v1,
    build_hybrid,
    build_oci,
    compress,
    oras_artifact,
    sha256,
    signature,
    tar_layer,
    write_tar,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = LayerRecipe(tar=tar_layer({"etc/": Directory(), "etc/hello": b"hi\n"}))
TOP = LayerRecipe(tar=tar_layer({"bin/x": b"x" * 700}, whiteouts=["etc/hello"]), compression="zstd")
IMAGE = ImageRecipe(layers=(BASE, TOP, BASE), names=("docker.io/library/app:1",))
ARM = ImageRecipe(layers=(BASE,), platform=PlatformName("linux", "arm64", "v8"))

EVERY_SHAPE = {
    "oci": build_oci([IMAGE]),
    "oci-nested": build_oci([IMAGE, ARM], artifacts=[attestation(IMAGE)], nested_index=True),
    "oci-artifacts": build_oci(
        [IMAGE], artifacts=[signature(IMAGE), oras_artifact({"a.txt": b"a"}, subject=IMAGE)]
    ),
    "hybrid": build_hybrid([IMAGE, ARM]),
    "hybrid-containerd": build_hybrid([IMAGE], store="containerd"),
    "docker-1.10": build_docker([IMAGE, ARM], style="1.10"),
    "skopeo": build_docker([IMAGE], style="skopeo"),
    "ggcr": build_docker([IMAGE], style="ggcr"),
    "docker-v1": build_docker_v1([IMAGE]),
}
SHAPES = pytest.mark.parametrize("built", EVERY_SHAPE.values(), ids=EVERY_SHAPE)


def members_of(data: bytes) -> list[tuple[tarfile.TarInfo, bytes | None]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        return [
            (info, file.read() if (file := tar.extractfile(info)) and info.isreg() else None)
            for info in tar
        ]


@SHAPES
def test_tarfile_reads_every_shape_and_its_links(built: Built) -> None:
    read = members_of(built.tar())
    assert [info.name for info, _ in read] == [name.rstrip("/") for name in built.names]
    assert {info.name: data for info, data in read if info.isreg()} == {
        name: built[name] for name in built.files
    }


@SHAPES
def test_every_blob_is_named_by_its_digest(built: Built) -> None:
    blobs = [name for name in built.files if name.startswith("blobs/")]
    assert [f"blobs/sha256/{hashlib.sha256(built[name]).hexdigest()}" for name in blobs] == blobs


@SHAPES
def test_every_expected_layer_is_in_the_archive(built: Built) -> None:
    stored = {sha256(built[name]): built[name] for name in built.files}
    for image in built.expected.images:
        for facts in image.layers:
            assert facts.digest in stored
            assert len(stored[facts.digest]) == facts.size
        assert image.image_id is None or image.image_id in stored
        assert image.manifest_digest is None or image.manifest_digest in stored


def test_the_index_leads_to_the_expected_image() -> None:
    built = EVERY_SHAPE["oci-nested"]
    [outer] = json.loads(built["index.json"])["manifests"]
    nested = json.loads(built[f"blobs/{outer['digest'].replace(':', '/')}"])
    entry = nested["manifests"][1]
    assert entry["digest"] == built.expected.images[1].manifest_digest
    assert entry["platform"] == {"architecture": "arm64", "os": "linux", "variant": "v8"}
    assert outer["digest"] == built.expected.images[1].index_digest


def test_docker_before_25_links_a_repeated_layer_to_the_first() -> None:
    built = EVERY_SHAPE["docker-1.10"]
    layers = json.loads(built["manifest.json"])[0]["Layers"]
    content = dict(built.members)
    assert content[layers[0]] == BASE.tar
    assert content[layers[2]] == Symlink(f"../{layers[0]}")


def test_hybrid_records_what_docker_25_records() -> None:
    [item, _] = json.loads(EVERY_SHAPE["hybrid"]["manifest.json"])
    assert item["RepoTags"] == ["app:1"]
    assert item["LayerSources"][BASE.diff_id]["digest"] == BASE.diff_id
    repositories = json.loads(EVERY_SHAPE["hybrid"]["repositories"])
    assert repositories == {"app": {"1": BASE.diff_id.removeprefix("sha256:")}}


@given(st.binary(max_size=2000), st.sampled_from(CODECS))
def test_each_codec_gives_back_what_it_was_given(data: bytes, codec: Codec) -> None:
    undo: dict[Codec, Callable[[bytes], bytes]] = {
        "none": bytes,
        "gzip": gzip.decompress,
        "zstd": lambda stored: zstandard.ZstdDecompressor().decompressobj().decompress(stored),
        "xz": lzma.decompress,
        "bzip2": bz2.decompress,
    }
    assert undo[codec](compress(data, codec)) == data


@given(st.text("aé/.\udcff", min_size=1, max_size=300).filter(lambda name: name[-1] != "/"))
def test_tarfile_reads_a_name_of_any_length(name: str) -> None:
    [(info, data)] = members_of(write_tar([(name, b"data")]))
    assert info.name.encode("utf-8", "surrogateescape") == name.encode("utf-8", "surrogateescape")
    assert data == b"data"


def test_editing_leaves_the_original_as_it_was() -> None:
    built = EVERY_SHAPE["oci"]
    before = built.tar()
    edited = (
        built.replace("oci-layout", b"{}")
        .rename("index.json", "other.json")
        .remove("blobs/")
        .add("oci-layout", b"again", at=0)
        .reorder(lambda member: member[0])
    )
    assert edited.names.count("oci-layout") == 2
    assert "other.json" in edited.names
    assert "blobs/" not in edited.names
    assert built.tar() == before


@pytest.mark.parametrize("edit", [Built.remove, lambda b, n: b.replace(n, b""), Built.__getitem__])
def test_editing_a_member_that_is_not_there_is_a_mistake_of_the_test(
    edit: Callable[[Built, str], object],
) -> None:
    with pytest.raises(KeyError, match="absent"):
        edit(EVERY_SHAPE["oci"], "absent")


def test_a_permutation_reorders_the_members() -> None:
    built = Built((("a", b"1"), ("b", b"2")), EVERY_SHAPE["oci"].expected)
    assert built.reorder([1, 0]).names == ("b", "a")


def test_an_unpacked_archive_holds_the_same_bytes_and_links(tmp_path: Path) -> None:
    built = EVERY_SHAPE["skopeo"].add("hard", Hardlink("manifest.json"))
    root = built.directory(tmp_path / "unpacked")
    assert {name: (root / name).read_bytes() for name in built.files} == {
        name: built[name] for name in built.files
    }
    assert (root / "hard").stat().st_ino == (root / "manifest.json").stat().st_ino
    link = next(name for name, content in built.members if isinstance(content, Symlink))
    assert (root / link).is_symlink()
    assert (root / link).is_file()


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_an_unsafe_name_is_not_written_to_disk(name: str, tmp_path: Path) -> None:
    built = EVERY_SHAPE["oci"].add(name, b"")
    with pytest.raises(ValueError, match="outside"):
        built.directory(tmp_path / "unpacked")

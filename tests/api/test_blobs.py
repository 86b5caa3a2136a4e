"""A blob's bytes, by any digest that names them, and proved while they are handed out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, SelectionError
from layertar.api.blobs import blob
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_oci,
    compress,
    sha256,
    tar_layer,
)

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.api.blobs import BlobCopy
    from layertar.members import Source
    from tests.builders import Built

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base" * 5000}), compression="gzip")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"on top"}), compression="zstd")
APP = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))
BUILT = build_oci([APP])
OLD = build_docker([APP], style="1.10")
CHAIN = sha256(f"{sha256(BASE.tar)} {sha256(TOP.tar)}".encode())


def taken(source: Source, digest: str, *, uncompressed: bool = False) -> tuple[bytes, BlobCopy]:
    out = bytearray()
    copy = blob(source, digest, write=out.extend, uncompressed=uncompressed)
    assert copy.size == len(out)
    return bytes(out), copy


def saved(built: Built, path: Path) -> Path:
    path.write_bytes(built.tar())
    return path


@pytest.mark.parametrize(
    ("digest", "kind", "stored", "inside"),
    [
        (sha256(BASE.blob), "digest", BASE.blob, BASE.tar),
        (sha256(BASE.tar), "diff_id", BASE.blob, BASE.tar),
        (sha256(TOP.blob), "digest", TOP.blob, TOP.tar),
        (CHAIN, "chain_id", TOP.blob, TOP.tar),
        (sha256(APP.config), "digest", APP.config, APP.config),
        (sha256(APP.manifest), "digest", APP.manifest, APP.manifest),
    ],
)
def test_a_blob_is_given_by_any_of_its_digests(
    digest: str, kind: str, stored: bytes, inside: bytes, tmp_path: Path
) -> None:
    path = saved(BUILT, tmp_path / "app.tar")
    for text in (digest, digest[:14], digest[7:], digest[7:14], f"app@{digest}"):
        raw, copy = taken(path, text)
        assert (raw, copy.kind, copy.fault) == (stored, kind, None)
        assert str(copy.digest) == digest
    raw, copy = taken(path, digest, uncompressed=True)
    assert (raw, copy.fault) == (inside, None)


@pytest.mark.parametrize("digest", [sha256(BASE.blob), sha256(APP.config), sha256(APP.manifest)])
def test_a_pipe_gives_what_a_path_names(digest: str) -> None:
    raw, copy = taken(io.BytesIO(BUILT.tar()), digest)
    assert (sha256(raw), copy.fault) == (digest, None)


def test_a_pipe_gives_the_uncompressed_bytes_too() -> None:
    raw, copy = taken(io.BytesIO(BUILT.tar()), sha256(BASE.blob), uncompressed=True)
    assert (raw, copy.fault) == (BASE.tar, None)


@pytest.mark.parametrize("digest", [sha256(BASE.tar), CHAIN])
def test_a_pipe_cannot_give_what_only_a_document_names(digest: str) -> None:
    with pytest.raises(SelectionError, match="save the file first"):
        taken(io.BytesIO(BUILT.tar()), digest)


@pytest.mark.parametrize("digest", [sha256(BASE.blob), sha256(BASE.tar), CHAIN])
def test_a_compressed_file_gives_them_all(digest: str, tmp_path: Path) -> None:
    path = tmp_path / "app.tar.xz"
    path.write_bytes(compress(BUILT.tar(), "xz"))
    raw, copy = taken(path, digest)
    assert (raw, copy.fault) == (TOP.blob if digest == CHAIN else BASE.blob, None)


def test_layers_without_a_digest_in_any_name_are_given_by_their_diff_id(tmp_path: Path) -> None:
    path = saved(OLD, tmp_path / "old.tar")
    raw, copy = taken(path, sha256(TOP.tar))
    assert (raw, copy.fault, copy.kind) == (TOP.tar, None, "diff_id")


def test_a_directory_gives_blobs(tmp_path: Path) -> None:
    path = BUILT.directory(tmp_path / "app")
    assert taken(path, sha256(BASE.tar))[0] == BASE.blob


@pytest.mark.parametrize("digest", [sha256(BASE.blob), sha256(BASE.tar)])
@pytest.mark.parametrize("uncompressed", [False, True])
def test_an_altered_blob_is_not_proved(digest: str, tmp_path: Path, *, uncompressed: bool) -> None:
    other = compress(tar_layer({"etc/base": b"other"}), "gzip")
    altered = BUILT.replace(blob_name(BASE.blob), other)
    _, copy = taken(saved(altered, tmp_path / "app.tar"), digest, uncompressed=uncompressed)
    assert copy.fault is not None
    assert "is recorded as" in copy.fault


def test_a_blob_that_cannot_be_uncompressed_is_not_proved(tmp_path: Path) -> None:
    broken = BUILT.replace(blob_name(BASE.blob), BASE.blob[:-20])
    path = saved(broken, tmp_path / "app.tar")
    _, copy = taken(path, sha256(BASE.tar), uncompressed=True)
    assert copy.fault is not None


def test_a_pipe_that_ends_within_a_blob_proves_nothing() -> None:
    raw = BUILT.tar()
    end = raw.index(BASE.blob) + len(BASE.blob) // 2
    part, copy = taken(io.BytesIO(raw[:end]), sha256(BASE.blob))
    assert BASE.blob.startswith(part)
    assert copy.fault is not None


def test_an_absent_blob_is_told(tmp_path: Path) -> None:
    path = saved(BUILT.remove(blob_name(BASE.blob)), tmp_path / "app.tar")
    raw, copy = taken(path, sha256(BASE.blob))
    assert (raw, copy.fault) == (b"", "it is not in the archive")


def test_an_unknown_digest_fits_nothing(tmp_path: Path) -> None:
    path = saved(BUILT, tmp_path / "app.tar")
    with pytest.raises(SelectionError, match="no blob fits"):
        taken(path, sha256(b"nobody's"))
    for text in ("abc", "app:1", "sha256:", "ABCDEF01"):
        with pytest.raises(ArgumentError, match="is no digest"):
            taken(path, text)


def test_two_blobs_of_one_prefix_are_both_told(tmp_path: Path) -> None:
    # Two names that say digests with seven digits in common.
    twins = tuple("sha256:" + "abcdef0" + letter * 57 for letter in "12")
    members = {f"blobs/sha256/{twin[7:]}": b"x" for twin in twins}
    built = BUILT
    for name, content in members.items():
        built = built.add(name, content)
    path = saved(built, tmp_path / "app.tar")
    with pytest.raises(SelectionError, match="several blobs fit") as raised:
        taken(path, "abcdef0")
    assert sorted(raised.value.candidates) == [f"{twin} digest" for twin in twins]
    assert taken(path, "abcdef01")[1].fault is not None


def test_what_cannot_be_read_gives_nothing(tmp_path: Path) -> None:
    raw, copy = taken(tmp_path / "absent.tar", sha256(BASE.blob))
    assert (raw, copy.digest) == (b"", None)
    assert copy.fault is not None

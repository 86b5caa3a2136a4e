"""Rows of identities: the same from a file, a directory and a pipe, for every fixture."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, SelectionError, Verdict
from layertar.api.docker_images import docker_images
from layertar.api.documents import config, manifest
from layertar.api.listings import KINDS, digests, history, images, layers
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
    from layertar.api.listings import Listing
    from tests.builders import Built

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())
# Those that their producers made to be loaded, one of each shape.
REAL = [
    FIXTURES / "real" / f"{name}.tar"
    for name in (
        *("docker-20.10-two-images", "docker-25.0.0-repeated-layer", "ctr-export-multi"),
        *("buildkit-oci-attested", "crane-pull-oci-multi.dir", "buildah-docker-archive"),
    )
]

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base"}), compression="gzip")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"on top"}), compression="zstd")
APP = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))
TOOL = ImageRecipe(layers=(BASE,), names=("ghcr.io/a/tool:2",))
ARM = ImageRecipe(
    layers=(TOP,), names=("docker.io/library/app:1",), platform=PlatformName("linux", "arm64", "v8")
)
PLATFORMS = build_oci([APP, ARM], nested_index=True)


def piped(built: Built) -> io.BytesIO:
    return io.BytesIO(built.tar())


def without_archive(listing: Listing[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [row[1:] for row in listing.rows]


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_a_file_and_a_pipe_have_the_same_rows(path: Path) -> None:
    verbs = ((images, False), (docker_images, False), (layers, True), (history, True))
    for verb, verify in verbs:
        file = verb(path, verify=verify)
        assert without_archive(verb(io.BytesIO(path.read_bytes()), verify=verify)) == (
            without_archive(file)
        )
        assert file.rows == () or file.report.archives[0].views


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_directory_has_the_same_rows_as_its_archive(path: Path, tmp_path: Path) -> None:
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path, filter="tar")
    due = without_archive(images(path))
    assert due
    assert without_archive(images(tmp_path)) == due
    assert without_archive(layers(tmp_path, verify=True)) == without_archive(
        layers(path, verify=True)
    )


def test_what_was_not_measured_is_said_to_be_recorded() -> None:
    [base, top] = layers(piped(build_oci([APP]))).rows
    assert (base.verdict, top.verdict) == (Verdict.RECORDED, Verdict.RECORDED)
    assert (str(base.digest), str(base.diff_id)) == (sha256(BASE.blob), sha256(BASE.tar))
    assert (base.size, base.uncompressed_size) == (len(BASE.blob), None)
    chained = f"{sha256(BASE.tar)} {sha256(TOP.tar)}".encode()
    assert (str(base.chain_id), str(top.chain_id)) == (sha256(BASE.tar), sha256(chained))
    [base, top] = layers(piped(build_oci([APP])), verify=True).rows
    assert (base.verdict, base.uncompressed_size) == (Verdict.VERIFIED, len(BASE.tar))
    assert (base.content_size, top.content_size) == (4, 6)


def test_a_measured_digest_goes_before_a_recorded_one() -> None:
    built = build_oci([APP]).replace(blob_name(TOP.blob), BASE.blob)
    assert str(layers(piped(built)).rows[1].digest) == sha256(TOP.blob)
    found = layers(piped(built), verify=True)
    assert str(found.rows[1].digest) == sha256(BASE.blob)
    assert found.rows[1].verdict is Verdict.FAILED


def test_each_step_of_the_history_stands_beside_the_layer_that_it_made() -> None:
    found = history(piped(build_oci([APP])), verify=True).rows
    made = [(str(step.digest), step.content_size) for step in found if not step.empty_layer]
    assert made == [(sha256(TOP.blob), 6), (sha256(BASE.blob), 4)]
    assert [step.step for step in found] == list(reversed(range(len(found))))


DUE = {
    "image-id": [sha256(APP.config)],
    "config": [sha256(APP.config)],
    "manifest": [sha256(APP.manifest)],
    "layers": [sha256(BASE.blob), sha256(TOP.blob)],
    "diff-ids": [sha256(BASE.tar), sha256(TOP.tar)],
    "chain-ids": [
        sha256(BASE.tar),
        sha256(f"{sha256(BASE.tar)} {sha256(TOP.tar)}".encode()),
    ],
}


@pytest.mark.parametrize("verify", [False, True])
@pytest.mark.parametrize("of", DUE)
def test_a_digest_of_each_kind_is_given(of: str, *, verify: bool) -> None:
    rows = digests(piped(build_oci([APP])), of, verify=verify).rows
    assert [str(row.digest) for row in rows] == DUE[of]
    is_measured = verify or of in ("image-id", "config", "manifest")
    assert {row.origin for row in rows} == {"measured" if is_measured else "recorded"}


def test_an_index_is_one_however_many_images_it_lists() -> None:
    index = PLATFORMS.expected.images[0].index_digest
    assert [str(row.digest) for row in digests(piped(PLATFORMS), "index").rows] == [index]


def test_the_archives_own_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    raw = build_oci([APP]).tar()
    path = tmp_path / "app.tar"
    path.write_bytes(raw)
    due = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    for source in (path, io.BytesIO(raw)):
        assert [str(row.digest) for row in digests(source, "archive").rows] == [due]
    with pytest.raises(ArgumentError, match="only a file"):
        digests(tmp_path, "archive")
    with pytest.raises(ArgumentError, match="not one image's"):
        digests(path, "archive", image="app:1")


def test_every_kind_is_tried_above() -> None:
    assert set(KINDS) == {*DUE, "index", "archive"}
    with pytest.raises(ArgumentError, match="no kind of digest"):
        digests(piped(build_oci([APP])), "etag")


@pytest.mark.parametrize("of", ["manifest", "index"])
def test_what_an_archive_does_not_record_is_no_digest(of: str) -> None:
    with pytest.raises(SelectionError, match=of):
        digests(piped(build_docker([APP], style="1.10")), of)


def test_one_of_several_images_must_be_chosen() -> None:
    both = build_oci([APP, TOOL])
    with pytest.raises(SelectionError, match="several images fit") as raised:
        digests(piped(both))
    assert len(raised.value.candidates) == 2
    [row] = digests(piped(both), image="ghcr.io/a/tool").rows
    assert str(row.digest) == sha256(TOOL.config)
    assert [row.names for row in images(piped(both), image=sha256(TOOL.config)[:14]).rows] == [
        ("ghcr.io/a/tool:2",)
    ]


@pytest.mark.parametrize("reference", ["app", "library/app", "docker.io/library/app"])
def test_a_repository_alone_means_any_tag_of_it(reference: str) -> None:
    [row] = images(piped(build_oci([APP, TOOL])), image=reference).rows
    assert str(row.image_id) == sha256(APP.config)


@pytest.mark.parametrize("reference", ["tool", "ghcr.io/b/tool", "ghcr.io/a/tool:3", "app:2"])
def test_another_repository_or_tag_is_another_image(reference: str) -> None:
    with pytest.raises(SelectionError, match="no image fits"):
        images(piped(build_oci([APP, TOOL])), image=reference)


def test_latest_goes_before_other_tags_of_a_repository() -> None:
    latest = ImageRecipe(layers=(TOP,), names=("docker.io/library/app:latest",))
    [row] = images(piped(build_oci([APP, latest])), image="app").rows
    assert str(row.image_id) == sha256(latest.config)


def test_a_document_is_given_byte_for_byte() -> None:
    built = build_oci([APP])
    found = manifest(piped(built))
    assert (found.raw, found.fault) == (APP.manifest, None)
    found = config(piped(built), image="app:1")
    assert (found.raw, found.fault, str(found.digest)) == (APP.config, None, sha256(APP.config))


def test_several_images_of_one_index_have_its_manifest() -> None:
    index = PLATFORMS.expected.images[0].index_digest
    assert index is not None
    for reference in (None, "app:1", index, index[7:19]):
        raw = manifest(piped(PLATFORMS), image=reference).raw
        assert raw is not None
        assert sha256(raw) == index
    found = manifest(piped(PLATFORMS), platform="linux/arm64")
    assert found.raw == ARM.manifest
    with pytest.raises(SelectionError, match="several images fit"):
        config(piped(PLATFORMS))


def test_an_altered_document_is_given_with_its_fault() -> None:
    built = build_oci([APP]).replace(blob_name(APP.config), APP.config + b" ")
    found = config(piped(built))
    assert found.raw == APP.config + b" "
    assert found.fault is not None
    assert sha256(APP.config) in found.fault
    missing = config(piped(build_oci([APP]).remove(blob_name(APP.config))))
    assert (missing.raw, missing.digest) == (None, None)
    assert missing.fault is not None
    assert "is not in the archive" in missing.fault


def test_an_old_archive_has_no_manifest() -> None:
    with pytest.raises(SelectionError, match="no manifest"):
        manifest(piped(build_docker([APP], style="1.10")))


def test_what_cannot_be_read_has_no_rows(tmp_path: Path) -> None:
    found = images(tmp_path / "absent.tar")
    assert (found.rows, found.report.verdict) == ((), Verdict.UNREADABLE)
    copy = manifest(tmp_path / "absent.tar")
    assert (copy.raw, copy.fault, copy.report.verdict) == (None, None, Verdict.UNREADABLE)

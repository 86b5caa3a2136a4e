"""What is proved: the verdicts of archives, images, layers and artifacts, and exit 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict
from tests.builders import (
    Built,
    Directory,
    attestation,
    blob_name,
    build_docker_v1,
    build_hybrid,
    build_oci,
    descriptor,
    dumps,
    oras_artifact,
    sha256,
    signature,
)
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    NAMED,
    TOOL,
    config_of,
    docker,
    entry_of,
    gzip_layer,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import CONFIG_TYPE, INDEX_TYPE, LAYER_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CONFIG = config_of(HELLO)
_BLAKE3 = f"blake3:{'a' * 64}"
_BLAKE3_NAME = f"blobs/blake3/{'a' * 64}"
_BLAKE3_CONFIG = config_of(rootfs={"type": "layers", "diff_ids": [f"blake3:{'b' * 64}"]})
_ENCRYPTED = b"\x07not readable" * 40


def _unknown(config: bytes, blob: bytes = HELLO, **more: object) -> Built:
    """One image whose layer is recorded by an algorithm that is not computed here."""
    manifest = manifest_of(config, {**layer_of(blob, **more), "digest": _BLAKE3})
    entry = entry_of(manifest, annotations=NAMED)
    return layout(index_of(entry), manifest, config).add(_BLAKE3_NAME, blob)


def _with_docker_view(built: Built, config: bytes, *layers: str) -> Built:
    item = {"Config": blob_name(config), "RepoTags": ["app:1"], "Layers": list(layers)}
    return built.add("manifest.json", dumps([item]))


def _one_layer(record: Mapping[str, object], blob: bytes) -> Built:
    manifest = manifest_of(_CONFIG, record)
    return layout(index_of(entry_of(manifest, annotations=NAMED)), manifest, _CONFIG, blob)


def test_a_layer_bound_only_by_an_unknown_algorithm_is_unverifiable(tmp_path: Path) -> None:
    report = examined(_unknown(_BLAKE3_CONFIG), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.UNVERIFIABLE
    assert errors_of(report) == ["image-unverifiable"]
    assert report.images[0].layers[0].verdict is Verdict.UNVERIFIABLE


def test_a_diff_id_proves_a_layer_whose_stored_digest_cannot_be_computed(tmp_path: Path) -> None:
    report = examined(_unknown(_CONFIG), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.VERIFIED
    assert report.images[0].layers[0].verdict is Verdict.VERIFIED
    assert told(report, "digest-algorithm-unsupported")


def test_a_manifest_bound_only_by_an_unknown_algorithm_is_unverifiable(tmp_path: Path) -> None:
    manifest = manifest_of(_CONFIG, layer_of(HELLO))
    entry = {**entry_of(manifest), "digest": _BLAKE3}
    built = layout(index_of(entry), _CONFIG, HELLO).add(_BLAKE3_NAME, manifest)
    report = examined(built, tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.UNVERIFIABLE
    assert report.images[0].verdict is Verdict.UNVERIFIABLE
    assert report.images[0].layers[0].verdict is Verdict.VERIFIED


def test_what_is_encrypted_is_proved_by_its_stored_digest_alone(tmp_path: Path) -> None:
    media_type = f"{LAYER_TYPE}+gzip+encrypted"
    record = layer_of(_ENCRYPTED, mediaType=media_type)
    report = examined(_one_layer(record, _ENCRYPTED), tmp_path)
    assert report.verdict is Verdict.VERIFIED
    bound_by_nothing = _unknown(_CONFIG, _ENCRYPTED, mediaType=media_type)
    report = examined(bound_by_nothing, tmp_path)
    assert report.verdict is Verdict.UNVERIFIABLE


@pytest.mark.parametrize(
    "media_type", [f"{LAYER_TYPE}+encrypted", "application/vnd.erofs.layer.v1"]
)
def test_a_docker_view_says_nothing_else_of_a_layer_that_is_no_tar(
    media_type: str, tmp_path: Path
) -> None:
    built = _one_layer(layer_of(_ENCRYPTED, mediaType=media_type), _ENCRYPTED)
    hybrid = _with_docker_view(built, _CONFIG, blob_name(_ENCRYPTED))
    report = examined(hybrid, tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.VERIFIED
    assert report.images[0].views == ("oci", "docker")
    assert report.images[0].layers[0].verdict is Verdict.VERIFIED
    assert len(told(report, "layer-diffid-uncheckable")) == 1
    assert not {each.severity for each in report.findings} & {Severity.ERROR, Severity.WARNING}
    unknown = _unknown(_CONFIG, _ENCRYPTED, mediaType=media_type)
    report = examined(_with_docker_view(unknown, _CONFIG, _BLAKE3_NAME), tmp_path)
    assert report.verdict is Verdict.UNVERIFIABLE


@pytest.mark.parametrize("pack", [bytes, gzip_layer], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "media_type", [f"{LAYER_TYPE}+gzip+encrypted", "application/vnd.stacker.image.layer.squashfs"]
)
def test_a_docker_view_holds_what_is_a_tar_to_its_diff_id_whatever_its_oci_type(
    media_type: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """A layer that is called encrypted, and that every reader of `manifest.json` unpacks."""
    for tar, verdict in ((HELLO, Verdict.VERIFIED), (TOOL, Verdict.FAILED)):
        blob = pack(tar)
        built = _one_layer(layer_of(blob, mediaType=media_type), blob)
        hybrid = _with_docker_view(built, _CONFIG, blob_name(blob))
        report = examined(hybrid, tmp_path)
        assert report.verdict is verdict
        assert report.images[0].views == ("oci", "docker")
        is_wrong = verdict is Verdict.FAILED
        assert errors_of(report) == ["layer-diffid-mismatch"] * is_wrong


@pytest.mark.parametrize("media_type", [LAYER_TYPE, "application/x.unknown"])
def test_what_is_no_tar_and_has_no_type_that_says_so_fails_in_a_docker_view(
    media_type: str, tmp_path: Path
) -> None:
    built = _one_layer(layer_of(_ENCRYPTED, mediaType=media_type), _ENCRYPTED)
    report = examined(_with_docker_view(built, _CONFIG, blob_name(_ENCRYPTED)), tmp_path)
    assert report.verdict is Verdict.FAILED
    assert errors_of(report) == ["layer-diffid-mismatch"]


def test_a_docker_archive_has_nobody_who_says_that_a_layer_is_encrypted(tmp_path: Path) -> None:
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    report = examined(docker(item, config__json=_CONFIG, layer__tar=_ENCRYPTED), tmp_path)
    assert report.verdict is Verdict.FAILED


def test_a_docker_views_own_image_is_not_excused_by_another_that_shares_the_layer(
    tmp_path: Path,
) -> None:
    """An OCI view must not unbind, by calling it encrypted, what only a diff_id binds."""
    own = config_of(TOOL)
    built = _one_layer(layer_of(HELLO, mediaType=f"{LAYER_TYPE}+encrypted"), HELLO)
    attack = _with_docker_view(built.add(blob_name(own), own), own, blob_name(HELLO))
    report = examined(attack, tmp_path)
    assert "layer-diffid-mismatch" in errors_of(report)


def test_a_config_under_a_name_that_is_no_digest_is_a_root(tmp_path: Path) -> None:
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    report = examined(docker(item, config__json=_CONFIG, layer__tar=HELLO), tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert [(each.rule.name, each.severity) for each in report.findings] == [
        ("producer-guess", Severity.NOTE),
        ("config-unanchored", Severity.NOTE),
    ]


def test_an_archive_of_before_1_10_records_no_digest(tmp_path: Path) -> None:
    report = examined(build_docker_v1([APP]), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.UNVERIFIABLE
    (image,) = report.images
    assert image.image_id is None
    assert image.layers[0].digest is not None
    assert image.layers[0].verdict is Verdict.UNVERIFIABLE


def test_an_image_of_no_layers_is_whole(tmp_path: Path) -> None:
    config = config_of()
    manifest = manifest_of(config)
    report = examined(layout(index_of(entry_of(manifest)), manifest, config), tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert report.images[0].layers == ()
    docked = docker({"Config": "config.json", "Layers": []}, config__json=config)
    assert examined(docked, tmp_path).verdict is Verdict.VERIFIED


def test_a_damaged_blob_of_an_artifact_fails_the_artifact_and_the_archive(tmp_path: Path) -> None:
    built = build_oci([APP], artifacts=[oras_artifact({"a": b"text"}, subject=APP)])
    assert examined(built, tmp_path).verdict is Verdict.VERIFIED
    report = examined(built.replace(blob_name(b"text"), b"tEXt"), tmp_path)
    assert report.verdict is Verdict.FAILED
    assert report.images[0].verdict is Verdict.VERIFIED
    (artifact,) = report.artifacts
    assert artifact.verdict is Verdict.FAILED
    assert [blob.verdict for blob in artifact.blobs] == [Verdict.VERIFIED, Verdict.FAILED]


def test_an_absent_blob_of_an_artifact_makes_both_incomplete(tmp_path: Path) -> None:
    built = build_oci([APP], artifacts=[signature(APP)])
    absent = next(iter(signature(APP).blobs)).content
    report = examined(built.remove(blob_name(absent)), tmp_path)
    assert report.verdict is Verdict.INCOMPLETE
    assert report.artifacts[0].verdict is Verdict.INCOMPLETE
    assert report.artifacts[0].blobs[-1].verdict is Verdict.MISSING
    assert report.images[0].verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    "built",
    [
        oci().replace("index.json", index_of()),
        docker(),
        docker().replace("manifest.json", b"null"),
        oci().replace("index.json", index_of()).add("manifest.json", b"[]"),
        layout(index_of(entry_of(index_of(), mediaType=INDEX_TYPE)), index_of()),
    ],
)
def test_views_that_name_nothing_are_an_error(built: Built, tmp_path: Path) -> None:
    report = examined(built, tmp_path)
    assert errors_of(report) == ["nothing-to-verify"]
    assert report.verdict is Verdict.FAILED


def test_what_hangs_on_an_absent_index_is_incomplete_and_not_nothing(tmp_path: Path) -> None:
    inner = index_of(entry_of(APP.manifest))
    built = layout(index_of(entry_of(inner, mediaType=INDEX_TYPE)))
    report = examined(built, tmp_path)
    assert errors_of(report) == ["blob-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def test_what_is_missing_can_be_lowered_and_the_verdict_stays(tmp_path: Path) -> None:
    built = oci().remove(blob_name(LAYER.blob))
    report = examined(built, tmp_path, allow_missing=True)
    (finding,) = told(report, "blob-missing")
    assert finding.severity is Severity.NOTE
    assert report.verdict is Verdict.INCOMPLETE
    assert report.images[0].layers[0].verdict is Verdict.MISSING


def test_what_cannot_be_checked_can_be_lowered_and_the_verdict_stays(tmp_path: Path) -> None:
    report = examined(build_docker_v1([APP]), tmp_path, allow_unverifiable=True)
    assert errors_of(report) == []
    assert report.verdict is Verdict.UNVERIFIABLE


@pytest.mark.parametrize("path", ["", "blank_0", "gone.tar"])
def test_a_load_delta_says_which_layers_the_daemon_must_have(path: str, tmp_path: Path) -> None:
    config = config_of(HELLO, TOOL)
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": [path, "tool.tar"]}
    delta = docker(item, config__json=config, tool__tar=TOOL).add("blank_0", b"")
    report = examined(delta, tmp_path)
    assert errors_of(report) == ["docker-layer-missing"]
    assert report.verdict is Verdict.INCOMPLETE
    (image,) = report.images
    assert [layer.verdict for layer in image.layers] == [Verdict.MISSING, Verdict.VERIFIED]
    lowered = examined(delta, tmp_path, allow_missing=True)
    assert errors_of(lowered) == []
    assert lowered.verdict is Verdict.INCOMPLETE


def test_layers_kept_elsewhere_by_law_do_not_lower_a_verdict(tmp_path: Path) -> None:
    foreign = layer_of(HELLO, mediaType="application/vnd.docker.image.rootfs.foreign.diff.tar")
    built = _one_layer(foreign, HELLO).remove(blob_name(HELLO))
    report = examined(built, tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert report.images[0].layers[0].verdict is Verdict.EXTERNAL
    altered = _one_layer(foreign, HELLO).replace(blob_name(HELLO), TOOL)
    assert examined(altered, tmp_path).verdict is Verdict.FAILED


def test_a_fault_in_a_views_own_document_fails_the_image_that_it_is_about(tmp_path: Path) -> None:
    items = [
        {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]},
        {"Config": "config.json", "RepoTags": ["app:2"], "Layers": ["../layer.tar"]},
    ]
    report = examined(docker(*items, config__json=_CONFIG, layer__tar=HELLO), tmp_path)
    assert errors_of(report) == ["docker-path-unsafe"]
    assert [image.verdict for image in report.images] == [Verdict.VERIFIED, Verdict.FAILED]


@pytest.mark.parametrize("extra", [attestation(APP), signature(APP)])
def test_what_a_registry_adds_to_an_image_is_no_image(extra: object, tmp_path: Path) -> None:
    built = build_oci([APP], artifacts=[extra], nested_index=True)  # type: ignore[list-item] # parametrize knows no types
    report = examined(built, tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert len(report.images) == len(report.artifacts) == 1


def test_the_worst_of_an_image_is_the_archives(tmp_path: Path) -> None:
    other = replace(APP, names=("docker.io/library/app:2",), config_extra={"author": "x"})
    built = build_oci([APP, other])
    missing = built.remove(blob_name(other.config))
    assert examined(missing, tmp_path).verdict is Verdict.INCOMPLETE
    altered = missing.replace(blob_name(APP.config), APP.config + b"\n")
    report = examined(altered, tmp_path)
    assert report.verdict is Verdict.FAILED
    assert {image.verdict for image in report.images} == {Verdict.FAILED, Verdict.INCOMPLETE}


def test_a_recompressed_layer_is_one_error_with_its_explanation(tmp_path: Path) -> None:
    name = blob_name(LAYER.blob)
    report = examined(build_hybrid([APP], store="containerd").replace(name, HELLO), tmp_path)
    (finding,) = [each for each in report.findings if each.severity is Severity.ERROR]
    assert finding.rule.name == "blob-digest-mismatch"
    assert finding.recorded == sha256(LAYER.blob)
    assert finding.measured == sha256(HELLO)
    assert any("content is intact" in related.message for related in finding.related)


def test_the_right_bytes_under_another_name_are_pointed_out(tmp_path: Path) -> None:
    built = oci().rename(blob_name(LAYER.blob), "layer.tar.gz").add("x/", Directory())
    (finding,) = told(examined(built, tmp_path), "blob-missing")
    assert "the right bytes are in layer.tar.gz" in finding.message


def test_a_config_of_an_unknown_type_is_not_read_as_an_images(tmp_path: Path) -> None:
    config = b"\x00\x01 no JSON at all"
    record: dict[str, object] = descriptor("application/vnd.example.config", config)
    manifest = manifest_of(b"", layer_of(HELLO), config=record)
    report = examined(layout(index_of(entry_of(manifest)), manifest, config, HELLO), tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert (len(report.images), len(report.artifacts)) == (0, 1)
    lying = manifest_of(b"", layer_of(HELLO), config={**record, "mediaType": CONFIG_TYPE})
    report = examined(layout(index_of(entry_of(lying)), lying, config, HELLO), tmp_path)
    assert errors_of(report)[0].startswith("json-")
    assert report.images[0].verdict is Verdict.FAILED

"""What is lawfully not here: layers kept elsewhere, and data embedded in some other place."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict
from tests.builders import Built, blob_name, dumps, sha256
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import (
    HELLO,
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
)
from tests.recipes import INDEX_TYPE

if TYPE_CHECKING:
    from pathlib import Path

_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
_NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
_ORDINARY = "application/vnd.oci.image.layer.v1.tar+gzip"
_BASE = gzip_layer(TOOL)
_WINDOWS = config_of(TOOL, HELLO, os="windows")


def _item(*layers: str, **more: object) -> dict[str, object]:
    return {"Config": blob_name(_WINDOWS), "RepoTags": ["app:1"], "Layers": list(layers), **more}


def _exported(media_type: str, *more: dict[str, object]) -> Built:
    """What containerd exports: the base layer is of this type and is left out."""
    manifest = manifest_of(_WINDOWS, layer_of(_BASE, mediaType=media_type), layer_of(HELLO))
    config = config_of(*[TOOL] * len(more))
    other = manifest_of(config, *more)
    entries = [entry_of(manifest, annotations=NAMED)]
    blobs = [manifest, _WINDOWS, HELLO]
    if more:
        entries.append(entry_of(other))
        blobs += [other, config]
    item = _item(blob_name(_BASE), blob_name(HELLO))
    return layout(index_of(*entries), *blobs).add("manifest.json", dumps([item]))


@pytest.mark.parametrize("media_type", [_FOREIGN, _NONDISTRIBUTABLE])
def test_a_layer_kept_elsewhere_is_told_once_for_both_views(
    media_type: str, tmp_path: Path
) -> None:
    report = examined(_exported(media_type), tmp_path, is_unpacked=True)
    (finding,) = told(report, "blob-missing-external")
    assert finding.severity is Severity.NOTE
    assert ["manifest.json#/0/Layers/0" in each.message for each in finding.related] == [True]
    assert errors_of(report) == []
    assert report.images[0].views == ("oci", "docker")
    assert report.images[0].layers[0].verdict is Verdict.EXTERNAL


def test_a_layer_kept_elsewhere_is_told_once_below_a_directory_too(tmp_path: Path) -> None:
    built = _exported(_FOREIGN)
    for name in built.names:
        built = built.rename(name, f"saved/{name}")
    report = examined(built, tmp_path)
    assert len(told(report, "blob-missing-external")) == 1
    assert errors_of(report) == []


def test_an_ordinary_layer_is_due_in_both_views(tmp_path: Path) -> None:
    report = examined(_exported(_ORDINARY), tmp_path, is_unpacked=True)
    assert errors_of(report) == ["blob-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def test_a_layer_that_some_image_calls_ordinary_is_due(tmp_path: Path) -> None:
    report = examined(_exported(_FOREIGN, layer_of(_BASE, mediaType=_ORDINARY)), tmp_path)
    (finding,) = [each for each in report.findings if each.severity is Severity.ERROR]
    assert finding.rule.name == "docker-layer-missing"
    assert "blob-missing" in {each.rule for each in finding.related}
    assert report.verdict is Verdict.INCOMPLETE


def test_whatever_else_manifest_json_names_stays_due(tmp_path: Path) -> None:
    item = _item(blob_name(_BASE), blob_name(b"another"))
    built = _exported(_FOREIGN).replace("manifest.json", dumps([item]))
    report = examined(built, tmp_path)
    (finding,) = [each for each in report.findings if each.severity is Severity.ERROR]
    assert finding.rule.name == "docker-layer-missing"
    assert finding.location.layer == 1
    assert report.verdict is Verdict.INCOMPLETE


def test_a_docker_archive_has_nobody_who_says_that_a_layer_is_kept_elsewhere(
    tmp_path: Path,
) -> None:
    source = layer_of(_BASE, mediaType=_FOREIGN)
    item = _item(blob_name(_BASE), "hello.tar", LayerSources={sha256(TOOL): source})
    built = docker(item, hello__tar=HELLO).add(blob_name(_WINDOWS), _WINDOWS)
    report = examined(built, tmp_path)
    assert errors_of(report) == ["docker-layer-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def _graphdriver() -> Built:
    """What Docker's classic store saves: the bytes lie under the diff_id, foreign or not."""
    source = layer_of(_BASE, mediaType=_FOREIGN, urls=["https://mcr.example.com/base"])
    manifest = manifest_of(_WINDOWS, source, layer_of(HELLO))
    sources = {sha256(TOOL): source, sha256(HELLO): layer_of(HELLO)}
    item = _item(blob_name(TOOL), blob_name(HELLO), LayerSources=sources)
    index = index_of(entry_of(manifest, annotations=NAMED))
    built = layout(index, manifest, _WINDOWS, TOOL, HELLO)
    return built.add("manifest.json", dumps([item]))


def test_a_foreign_layer_that_lies_under_its_diff_id_is_here_and_is_proved(tmp_path: Path) -> None:
    report = examined(_graphdriver(), tmp_path, is_unpacked=True)
    assert errors_of(report) == []
    assert told(report, "docker-layersources-mismatch") == []
    assert [layer.verdict for layer in report.images[0].layers] == [Verdict.VERIFIED] * 2


def test_a_foreign_layer_that_should_lie_under_its_diff_id_is_due(tmp_path: Path) -> None:
    report = examined(_graphdriver().remove(blob_name(TOOL)), tmp_path)
    assert errors_of(report) == ["docker-layer-missing"]
    altered = examined(_graphdriver().replace(blob_name(TOOL), HELLO), tmp_path)
    assert altered.verdict is Verdict.FAILED


_DATA = base64.b64encode(HELLO).decode()
_CONFIG = config_of(HELLO)
_MANIFEST = manifest_of(_CONFIG, layer_of(HELLO))


def _twice(first: dict[str, object], second: dict[str, object]) -> Built:
    """Two images, whose one layer is no member and is embedded as these two say."""
    one = manifest_of(_CONFIG, {**layer_of(HELLO), **first})
    other = manifest_of(_CONFIG, {**layer_of(HELLO), **second}, annotations={"n": "2"})
    return layout(index_of(entry_of(one), entry_of(other)), one, other, _CONFIG)


@pytest.mark.parametrize("where", [0, 1])
def test_data_in_any_descriptor_is_there_for_every_descriptor_of_the_digest(
    where: int, tmp_path: Path
) -> None:
    more: list[dict[str, object]] = [{}, {}]
    more[where] = {"data": _DATA}
    report = examined(_twice(more[0], more[1]), tmp_path, is_unpacked=True)
    assert errors_of(report) == []
    assert [image.verdict for image in report.images] == [Verdict.VERIFIED] * 2


@pytest.mark.parametrize("where", [0, 1])
def test_data_that_is_something_else_is_there_for_nobody(where: int, tmp_path: Path) -> None:
    more: list[dict[str, object]] = [{}, {}]
    more[where] = {"data": base64.b64encode(TOOL).decode()}
    report = examined(_twice(more[0], more[1]), tmp_path, is_unpacked=True)
    rules = {each.rule for finding in report.findings for each in finding.related}
    rules |= {finding.rule.name for finding in report.findings}
    assert {"blob-missing", "descriptor-data-mismatch"} <= rules
    assert Verdict.VERIFIED not in {image.verdict for image in report.images}


def test_a_descriptor_that_lies_of_the_size_is_told_though_another_has_the_data(
    tmp_path: Path,
) -> None:
    report = examined(_twice({"data": _DATA}, {"size": 1}), tmp_path)
    assert report.images[0].verdict is Verdict.VERIFIED
    assert report.images[1].verdict is Verdict.FAILED


@pytest.mark.parametrize("where", [0, 1])
def test_a_manifest_embedded_in_any_entry_makes_its_image(where: int, tmp_path: Path) -> None:
    entries = [entry_of(_MANIFEST, annotations=NAMED), entry_of(_MANIFEST)]
    entries[where]["data"] = base64.b64encode(_MANIFEST).decode()
    report = examined(layout(index_of(*entries), _CONFIG, HELLO), tmp_path, is_unpacked=True)
    assert errors_of(report) == []
    assert [image.names for image in report.images] == [("docker.io/library/app:1",)]
    assert report.verdict is Verdict.VERIFIED


def test_what_is_embedded_in_what_is_embedded_later_is_found(tmp_path: Path) -> None:
    holder = index_of(entry_of(_MANIFEST, data=base64.b64encode(_MANIFEST).decode()))
    embedded = base64.b64encode(holder).decode()
    index = index_of(
        entry_of(_MANIFEST),
        entry_of(holder, mediaType=INDEX_TYPE),
        entry_of(holder, mediaType=INDEX_TYPE, data=embedded),
    )
    report = examined(layout(index, _CONFIG, HELLO), tmp_path, is_unpacked=True)
    assert errors_of(report) == []
    assert report.verdict is Verdict.VERIFIED

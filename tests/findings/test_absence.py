"""What is lawfully not here: layers kept elsewhere, and data embedded in some other place."""

from __future__ import annotations

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

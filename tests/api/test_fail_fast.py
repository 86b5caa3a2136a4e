from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Verdict, verify
from tests.builders import blob_name, build_oci, tar_layer
from tests.findings.cases import errors_of, told
from tests.findings.shapes import APP, HELLO, TOOL, config_of, entry_of, index_of, layer_of, layout
from tests.findings.shapes import manifest_of as manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Built

WRONG = HELLO[:512] + b"?" + HELLO[513:]
SOUND = build_oci([APP])


def of_layers(*layers: bytes) -> Built:
    config = config_of(*layers)
    document = manifest(config, *map(layer_of, layers))
    return layout(index_of(entry_of(document)), document, config, *layers)


def test_a_sound_archive_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(SOUND.tar())
    assert verify(path, fail_fast=True) == verify(path)


def test_what_is_wrong_by_the_documents_alone_is_told_without_measuring_a_layer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tar"
    whole = of_layers(HELLO, TOOL)
    kept = tuple(member for member in whole.members if member[0] != blob_name(HELLO))
    path.write_bytes(replace(whole, members=kept).tar())
    report = verify(path, fail_fast=True).archives[0]
    assert errors_of(report) == ["blob-missing", "reading-stopped"]
    assert [layer.digest for layer in report.images[0].layers] == [None, None]


def test_what_was_not_measured_is_neither_verified_nor_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(of_layers(HELLO, TOOL).replace(blob_name(HELLO), WRONG).tar())
    report = verify(path, fail_fast=True, workers=1).archives[0]
    verdicts = [layer.verdict for layer in report.images[0].layers]
    assert verdicts == [Verdict.FAILED, Verdict.UNVERIFIABLE]
    assert "1 of" in told(report, "reading-stopped")[0].message


def test_the_sources_behind_one_with_an_error_are_not_looked_at() -> None:
    archives = [SOUND, of_layers(HELLO).replace(blob_name(HELLO), WRONG), SOUND]
    sources = [io.BytesIO(archive.tar()) for archive in archives]
    report = verify(*sources, fail_fast=True)
    assert [archive.verdict for archive in report.archives] == [Verdict.VERIFIED, Verdict.FAILED]
    assert sources[2].tell() == 0
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_large_blobs_are_left_too_whatever_the_number_of_workers(
    workers: int, tmp_path: Path
) -> None:
    layers = [tar_layer({f"file{number}": bytes(300_000)}) for number in range(6)]
    wrong = layers[0][:512] + b"?" + layers[0][513:]
    data = of_layers(*layers).replace(blob_name(layers[0]), wrong).tar()
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    for source in (path, io.BytesIO(data)):
        report = verify(source, fail_fast=True, workers=workers).archives[0]
        assert report.verdict is Verdict.FAILED
        assert report.images[0].layers[0].verdict is Verdict.FAILED
        assert "blob-digest-mismatch" in errors_of(report)

"""What is told of a damaged blob: its length, where it breaks, and what it is instead."""

from __future__ import annotations

import gzip
import re
from hashlib import shake_256
from typing import TYPE_CHECKING

import pytest

from layertar import Severity
from tests.builders import Built, blob_name, tar_layer
from tests.findings.cases import errors_of, examined
from tests.findings.shapes import (
    HELLO,
    TOOL,
    config_of,
    docker,
    entry_of,
    gzip_layer,
    image_of_layers,
    index_of,
    layer_of,
    layout,
    manifest_of,
)
from tests.recipes import INDEX_TYPE

if TYPE_CHECKING:
    from pathlib import Path

_GZIP_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
# Bytes that do not compress, so that a place in the stream is one in the tar.
_BIG = tar_layer({f"etc/f{number}": shake_256(bytes([number])).digest(3000) for number in range(9)})
_STORED = gzip_layer(_BIG)
_BLOB, _PLAIN = blob_name(_STORED), blob_name(HELLO)
_IMAGE = image_of_layers(
    (_STORED, layer_of(_STORED, mediaType=_GZIP_TYPE)), (HELLO, layer_of(HELLO)), tars=[_BIG, HELLO]
)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def _told_of(built: Built, path: Path, rule: str, *, name: str = _BLOB) -> list[str]:
    """The explanations of the one error about a member."""
    report = examined(built, path)
    (finding,) = (
        each
        for each in report.findings
        if each.severity is Severity.ERROR and each.location.member == name
    )
    assert finding.rule.name == rule
    return [each.message.removeprefix(f"{name}: ") for each in finding.related]


def test_a_blob_of_the_right_length_says_so(tmp_path: Path) -> None:
    built = _IMAGE.replace(_BLOB, _flipped(_STORED, len(_STORED) // 2))
    told = _told_of(built, tmp_path, "layer-stream-corrupt")
    assert f"its length is the one recorded, {len(_STORED)} bytes: bytes within it differ" in told


@pytest.mark.parametrize("part", [3, 5, 8])
def test_a_blob_cut_short_says_what_is_gone_and_in_which_entry(part: int, tmp_path: Path) -> None:
    left = len(_STORED) * part // 10
    told = _told_of(_IMAGE.replace(_BLOB, _STORED[:left]), tmp_path, "layer-stream-truncated")
    missing = len(_STORED) - left
    assert f"it is cut short: the last {missing} of {len(_STORED)} bytes are not here" in told
    (place,) = (each for each in told if each.startswith("what could be uncompressed ends"))
    reached = re.fullmatch(r".* ends at byte ([0-9]+) of its tar, within its entry etc/f(.)", place)
    assert reached
    # An entry is one block and six of data.
    assert int(reached[1]) // (7 * 512) == int(reached[2]) >= part - 2


def test_bytes_that_were_appended_are_told_from_content_that_holds(tmp_path: Path) -> None:
    told = _told_of(_IMAGE.replace(_BLOB, _STORED + b"junk"), tmp_path, "blob-digest-mismatch")
    assert "4 bytes were appended to what has the recorded length" in told
    assert any("the content is intact, what follows it does not belong there" in e for e in told)


def test_a_layer_compressed_again_has_its_content(tmp_path: Path) -> None:
    again = gzip.compress(_BIG, 1, mtime=0)
    told = _told_of(_IMAGE.replace(_BLOB, again), tmp_path, "blob-digest-mismatch")
    assert any("the content is intact, only its compression differs" in each for each in told)
    assert not any("cut short" in each or "appended" in each for each in told)


def test_two_blobs_under_each_others_names_are_swapped(tmp_path: Path) -> None:
    built = _IMAGE.replace(_BLOB, HELLO).replace(_PLAIN, _STORED)
    report = examined(built, tmp_path)
    assert errors_of(report) == ["blob-digest-mismatch", "blob-digest-mismatch"]
    for finding in report.findings:
        if finding.severity is Severity.ERROR:
            assert any("swapped with" in each.message for each in finding.related)
    assert any(
        each.rule == "layer-diffid-permuted" for found in report.findings for each in found.related
    )


def test_a_blob_with_the_bytes_of_another_says_whose(tmp_path: Path) -> None:
    told = _told_of(_IMAGE.replace(_BLOB, HELLO), tmp_path, "blob-digest-mismatch")
    assert f"it holds the same bytes as {_PLAIN}, in place of its own" in told


def test_a_blob_with_the_bytes_that_a_damaged_one_should_have_says_so(tmp_path: Path) -> None:
    built = _IMAGE.replace(_BLOB, HELLO).replace(_PLAIN, TOOL)
    told = _told_of(built, tmp_path, "blob-digest-mismatch")
    assert f"it holds the bytes that {_PLAIN} should hold" in told


def test_a_flipped_header_is_told_by_its_entry(tmp_path: Path) -> None:
    built = _IMAGE.replace(_PLAIN, _flipped(HELLO, 3))
    told = _told_of(built, tmp_path, "blob-digest-mismatch", name=_PLAIN)
    assert any(each.startswith("its tar is first at fault at byte 0") for each in told)


@pytest.mark.parametrize("kind", ["config", "manifest", "index"])
def test_damaged_documents_say_their_length(kind: str, tmp_path: Path) -> None:
    config = config_of(HELLO, author="somebody")
    manifest = manifest_of(config, layer_of(HELLO), annotations={"a": "somebody"})
    inner = index_of(entry_of(manifest), annotations={"a": "somebody"})
    entry = entry_of(inner, mediaType=INDEX_TYPE)
    built = layout(index_of(entry), inner, manifest, config, HELLO)
    whole = {"config": config, "manifest": manifest, "index": inner}[kind]
    name = blob_name(whole)
    changed = whole.replace(b"somebody", b"somebodi")
    told = _told_of(built.replace(name, changed), tmp_path, "blob-digest-mismatch", name=name)
    assert f"its length is the one recorded, {len(whole)} bytes: bytes within it differ" in told


def test_of_a_whole_archive_nothing_is_told(tmp_path: Path) -> None:
    report = examined(_IMAGE, tmp_path)
    assert not any(each.related for each in report.findings)


def test_where_no_digest_is_recorded_no_damage_is_located(tmp_path: Path) -> None:
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    built = docker(item, config__json=config_of(HELLO), layer__tar=TOOL)
    told = _told_of(built, tmp_path, "layer-diffid-mismatch", name="layer.tar")
    assert not any("length" in each for each in told)

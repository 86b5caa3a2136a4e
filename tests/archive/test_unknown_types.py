"""A manifest under a type that nobody knows: what it names is looked for all the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from layertar import Verdict, verify
from layertar.documents import probe_media_type, stated_media_type
from tests.builders import dumps, write_tar
from tests.fuzz.mutator import read_members
from tests.recipes import INDEX_TYPE, MANIFEST_TYPE

DIR_COPY = Path(__file__).resolve().parents[2] / "fixtures/real/skopeo-dir.dir.tar"
DOCKER_TYPE = b"application/vnd.docker.distribution.manifest.v2+json"
LAYER = "c3933ca78ac9a07e35d9f1bf606a0cd9563b5a476ce961c731d4c0cefa34b80a"
UNKNOWN = "application/vnd.example+json"


@pytest.mark.parametrize(
    ("removed", "due"),
    [(None, ["media-type-mismatch"]), (LAYER, ["blob-missing", "media-type-mismatch"])],
)
def test_a_dir_copy_whose_type_has_one_letter_more_hides_no_layer(
    removed: str | None, due: list[str]
) -> None:
    members = read_members(DIR_COPY.read_bytes())
    assert members is not None
    changed = tuple(
        (name, content.replace(DOCKER_TYPE, DOCKER_TYPE + b"x"))
        if name == "manifest.json" and isinstance(content, bytes)
        else (name, content)
        for name, content in members
        if name != removed
    )
    report = verify(io.BytesIO(write_tar(changed))).archives[0]
    assert report.verdict is Verdict.FAILED
    errors = sorted({each.rule.name for each in report.findings if each.severity.label == "error"})
    assert errors == due
    assert len(report.images) == 1


def test_an_unknown_type_is_believed_where_the_keys_are_no_manifest() -> None:
    assert probe_media_type(dumps({"mediaType": UNKNOWN, "config": {}})) == UNKNOWN
    assert probe_media_type(dumps({"mediaType": UNKNOWN, "config": {}, "layers": []})) == (
        MANIFEST_TYPE
    )
    assert probe_media_type(dumps({"mediaType": UNKNOWN, "manifests": []})) == INDEX_TYPE


def test_what_is_no_object_or_says_nothing_states_no_type() -> None:
    assert stated_media_type(dumps({"mediaType": UNKNOWN})) == UNKNOWN
    for raw in (b"", b"{", b"[]", b"\xff", dumps({}), dumps({"mediaType": 7})):
        assert stated_media_type(raw) is None

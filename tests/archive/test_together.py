"""Shapes beside one another: every one is read, and a stranger changes nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from layertar import Verdict, verify
from tests.archive.many_shapes import SHAPES
from tests.archive.other_builders import build_directory, build_registry
from tests.builders import Built, ImageRecipe, LayerRecipe, build_docker
from tests.built import Expected
from tests.findings.cases import errors_of, examined
from tests.findings.shapes import APP, TOOL, oci

if TYPE_CHECKING:
    from pathlib import Path

    from layertar import ArchiveReport

_ONE = ImageRecipe(layers=(LayerRecipe(tar=TOOL),), names=("docker.io/library/one:1",))

# Two shapes, and the views that both have.
_PAIRS = {
    "layout and dir copy": (build_directory(APP), oci(_ONE), ("oci", "dir")),
    "layout and component archive": (SHAPES["component archive"], oci(_ONE), ("oci", "ocm")),
    "layout and skopeo": (build_docker([APP], style="skopeo"), oci(_ONE), ("oci", "docker")),
}


def _together(*parts: Built) -> Built:
    members = dict(member for part in parts for member in part.members)
    return Built(tuple(members.items()), Expected(()))


def _verified(built: Built) -> ArchiveReport:
    return verify(io.BytesIO(built.tar())).archives[0]


def _rules(report: ArchiveReport) -> set[str]:
    return {finding.rule.name for finding in report.findings}


@pytest.mark.parametrize("pair", _PAIRS)
def test_two_shapes_in_one_archive_are_both_read(pair: str, tmp_path: Path) -> None:
    one, other, views = _PAIRS[pair]
    both = _together(one, other)
    report = examined(both, tmp_path, is_unpacked=True)
    assert (report.verdict, errors_of(report)) == (Verdict.VERIFIED, [])
    assert report.views == views
    assert len(report.images) == len(_verified(one).images) + len(_verified(other).images)


@pytest.mark.parametrize("pair", _PAIRS)
def test_damage_to_either_of_two_shapes_is_told(pair: str) -> None:
    one, other, _ = _PAIRS[pair]
    both = _together(one, other)
    for part, layer in ((one, APP.layers[0].blob), (other, _ONE.layers[0].blob)):
        # As stored there: skopeo keeps layers uncompressed.
        plain = APP.layers[0].tar if part is one else TOOL
        name = next(name for name in part.files if part[name] in (layer, plain))
        damaged = both.replace(name, both[name][:-9] + b"changed!!")
        assert _verified(damaged).verdict is Verdict.FAILED


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stranger_beside_a_shape_changes_nothing(shape: str) -> None:
    built = SHAPES[shape]
    report = _verified(built.add("notes/README", b"hello"))
    assert report.verdict is Verdict.VERIFIED
    assert _rules(report) == {*_rules(_verified(built)), "member-unexpected"}


@pytest.mark.parametrize("place", ["_layers", "_manifests/revisions"])
@pytest.mark.parametrize("text", ["rha256", "sha257", "blake3"])
def test_a_link_of_an_algorithm_that_cannot_be_computed_is_held_against_its_path(
    place: str, text: str
) -> None:
    built = build_registry([APP])
    name = next(name for name in built.files if f"{place}/" in name)
    report = _verified(built.replace(name, built[name].replace(b"sha256", text.encode())))
    assert errors_of(report)

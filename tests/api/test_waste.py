"""The waste of an image is the same, however the archive comes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import Limits, SelectionError, Verdict, waste
from layertar.analysis.hidden import HiddenCause
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_docker, build_oci, tar_layer
from tests.tarmaker import Hardlink

if TYPE_CHECKING:
    from layertar import Waste
    from layertar.members import Source
    from tests.builders import Built

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.glob("*/*.tar*") if path.suffix != ".json")

BASE = tar_layer(
    {
        "etc/motd": b"welcome",
        "opt/tool": b"tool" * 500,
        "opt/link": Hardlink("opt/tool"),
        "var/cache/apt/pkg.bin": b"p" * 300,
        "var/lib/apt/lists/one": b"1" * 900,
        "var/lib/apt/lists/two": b"2" * 700,
    }
)
UPPER = tar_layer(
    {
        "etc/motd": b"changed",
        "opt/.wh.tool": b"",
        "opt/copy": b"tool" * 500,
        "var/lib/apt/.wh.lists": b"",
    }
)
APP = ImageRecipe(
    layers=(LayerRecipe(tar=BASE, compression="gzip"), LayerRecipe(tar=UPPER)),
    names=("docker.io/library/app:1",),
)


def looked(source: Source, *, verify: bool = False) -> Waste | None:
    """What is wasted; `None` where there is not the one image."""
    try:
        found = waste(source, verify=verify)
    except SelectionError:
        return None
    return found.waste


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_a_file_and_a_pipe_waste_the_same(path: Path) -> None:
    due = looked(path)
    assert looked(io.BytesIO(path.read_bytes())) == due
    assert looked(path, verify=True) == due


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_what_layers_store_is_what_is_measured_of_them(path: Path) -> None:
    try:
        found = waste(path, verify=True)
    except SelectionError:
        return
    if found.image is None or found.problems:
        assert found.waste.dive is None
        return
    sizes = [layer.content_size for layer in found.image.layers]
    assert [layer.stored for layer in found.waste.layers] == sizes
    assert found.waste.hidden.size == found.waste.stored - found.waste.visible
    assert found.waste.dive is not None


@pytest.mark.parametrize("built", [build_oci([APP]), build_docker([APP], style="ggcr")])
def test_an_image_is_told_where_its_bytes_went(built: Built) -> None:
    found = waste(io.BytesIO(built.tar()), verify=True)
    assert found.problems == ()
    assert found.report.archives[0].verdict is Verdict.VERIFIED
    answer = found.waste
    assert [(each.path, each.size, each.files) for each in answer.hidden] == [
        ("var/lib/apt/lists", 1600, 2),
        ("etc/motd", 7, 1),
    ]
    assert [each.cause for each in answer.hidden] == [HiddenCause.DELETED, HiddenCause.REPLACED]
    assert [each.paths for each in answer.duplicates] == [("opt/copy", "opt/link")]
    assert [(each.kind.name, each.size) for each in answer.leftovers] == [("apt cache", 300)]
    assert answer.dive is not None
    assert answer.dive.wasted_bytes == 7 + 7 + 2000
    assert [layer.hides for layer in answer.layers] == [0, 1607]


def test_only_the_largest_are_kept_on_request() -> None:
    answer = waste(io.BytesIO(build_oci([APP]).tar()), top=1).waste
    assert [each.path for each in answer.hidden] == ["var/lib/apt/lists"]
    assert (answer.hidden.count, answer.hidden.size) == (2, 1607)


def test_a_layer_that_is_not_there_is_a_problem_and_dive_says_nothing() -> None:
    built = build_oci([APP]).remove(blob_name(APP.layers[1].blob))
    found = waste(io.BytesIO(built.tar()))
    assert found.problems == ("layer 1: it is not in the archive",)
    assert found.waste.dive is None
    assert found.waste.stored == found.waste.visible


def test_a_score_that_would_take_too_much_is_not_known() -> None:
    deep = tar_layer({f"opt/{'d/' * 400}{number}": b"x" for number in range(3)})
    upper = tar_layer({".wh.opt": b""})
    image = ImageRecipe(layers=(LayerRecipe(tar=deep), LayerRecipe(tar=upper)), names=("a/b:1",))
    archive = build_oci([image]).tar()
    assert waste(io.BytesIO(archive)).problems == ()
    found = waste(io.BytesIO(archive), limits=Limits(path_steps=10_000))
    assert found.problems == (
        "dive's score is not known: paths below whiteouts are too many or too long",
    )
    assert found.waste.hidden.size == 3


def test_what_is_no_archive_wastes_nothing() -> None:
    found = waste(io.BytesIO(b"no archive"))
    assert found.image is None
    assert found.report.archives[0].verdict is Verdict.UNREADABLE
    assert (found.waste.stored, found.waste.dive) == (0, None)


def test_a_cache_changes_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "app.tar"
    archive.write_bytes(build_oci([APP]).tar())
    due = waste(archive).waste
    assert waste(archive, cache=tmp_path / "kept").waste == due
    assert waste(archive, cache=tmp_path / "kept").waste == due

"""Which layers touched a path, in archives of every producer and however they come."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import SelectionError, Which, inspect, which
from layertar.analysis.touch import Action, Cause, Link
from layertar.api.files import files
from layertar.filesystem import Fate
from tests.builders import (
    Codec,
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_hybrid,
    sha256,
    tar_layer,
    write_tar,
)
from tests.tarmaker import tar_entry

if TYPE_CHECKING:
    from tests.builders import Built
    from tests.tarmaker import Content

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())

BASE: dict[str, Content] = {
    "etc/conf": b"one",
    "etc/same": b"same",
    "bin": Symlink("usr/bin"),
    "usr/bin/sh": b"sh",
}
UPPER: dict[str, Content] = {
    "etc/conf": b"two",
    "etc/same": b"same",
    "usr/bin/ash": Hardlink("usr/bin/sh"),
}
TARS = (tar_layer(BASE), tar_layer(UPPER), tar_layer({}, whiteouts=["etc"]))


def built(codec: Codec = "none") -> Built:
    layers = tuple(LayerRecipe(tar=tar, compression=codec) for tar in TARS)
    return build_hybrid([ImageRecipe(layers=layers, names=("docker.io/library/app:1",))])


@pytest.fixture(params=["plain", "gzip", "zstd", "pipe", "compressed", "directory"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path | io.BytesIO:
    """One archive in each of the ways that it may come."""
    way: str = request.param
    if way == "pipe":
        return io.BytesIO(built().tar())
    if way == "directory":
        built().directory(tmp_path / "unpacked")
        return tmp_path / "unpacked"
    path = tmp_path / "app.tar"
    codec: Codec = "gzip" if way == "gzip" else "zstd" if way == "zstd" else "none"
    data = built(codec).tar()
    path.write_bytes(gzip.compress(data) if way == "compressed" else data)
    return path


def actions(found: Which) -> list[tuple[int, Action]]:
    return [(touch.layer, touch.action) for touch in found.trace.touches]


def test_content_is_compared_however_the_archive_comes(source: Path | io.BytesIO) -> None:
    found = which(source, "/etc/conf")
    assert actions(found) == [(0, Action.ADDED), (1, Action.CHANGED), (2, Action.HIDDEN)]
    changed = found.trace.touches[1]
    assert changed.changes == ("content",)
    assert changed.after is not None
    assert str(changed.after.digest) == sha256(b"two")
    assert (found.trace.final, found.problems) == (None, ())
    assert (found.trace.touches[2].cause, found.trace.touches[2].by) == (Cause.WHITEOUT, "etc")


def test_the_same_content_is_told_however_the_archive_comes(source: Path | io.BytesIO) -> None:
    assert actions(which(source, "etc/same"))[1] == (1, Action.UNCHANGED)


def test_links_on_the_way_are_named(source: Path | io.BytesIO) -> None:
    found = which(source, "bin/ash")
    assert actions(found) == [(1, Action.ADDED)]
    assert found.trace.touches[0].hardlink_to == "usr/bin/sh"
    assert found.trace.links == (Link("bin", "usr/bin", 0),)


def test_what_no_layer_ever_had_is_refused(source: Path | io.BytesIO) -> None:
    with pytest.raises(SelectionError, match="no layer ever had"):
        which(source, "etc/nothing")


def test_of_a_plain_file_only_what_is_compared_is_read(tmp_path: Path) -> None:
    large = bytes(range(256)) * 16384
    layers = [
        LayerRecipe(tar=tar_layer({"big": large, "conf": b"one"})),
        LayerRecipe(tar=tar_layer({"other": large, "conf": b"two"})),
    ]
    path = tmp_path / "app.tar"
    path.write_bytes(
        build_hybrid([ImageRecipe(layers=tuple(layers), names=("docker.io/library/app:1",))]).tar()
    )
    found = which(path, "conf")
    assert actions(found)[1] == (1, Action.CHANGED)
    [archive] = found.report.archives
    assert archive.summary.bytes_read < len(large)


def test_a_layer_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    cut = LayerRecipe(tar=TARS[1][:512])
    recipes = (LayerRecipe(tar=TARS[0]), cut)
    image = ImageRecipe(layers=recipes, names=("docker.io/library/app:1",))
    path = tmp_path / "app.tar"
    path.write_bytes(build_hybrid([image]).tar())
    found = which(path, "etc/conf")
    assert actions(found) == [(0, Action.ADDED), (1, Action.REWRITTEN)]
    assert len(found.problems) == 1
    with pytest.raises(SelectionError, match="no layer that could be read"):
        which(path, "nothing")


def test_of_data_that_are_cut_short_nothing_is_said(tmp_path: Path) -> None:
    upper = tar_entry("conf", b"y" * 2000)[:1500]
    recipes = (LayerRecipe(tar=write_tar([("conf", b"x" * 2000)])), LayerRecipe(tar=upper))
    path = tmp_path / "app.tar"
    path.write_bytes(
        build_hybrid([ImageRecipe(layers=recipes, names=("docker.io/library/app:1",))]).tar()
    )
    assert actions(which(path, "conf"))[1] == (1, Action.REWRITTEN)


def test_a_cache_changes_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(built("gzip").tar())
    due = which(path, "etc/conf").trace
    for _ in range(2):
        assert which(path, "etc/conf", cache=tmp_path / "kept").trace == due


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_in_every_archive_the_last_layer_that_touched_a_file_is_that_it_is_of(path: Path) -> None:
    images = [image for archive in inspect(path).archives for image in archive.images]
    for image in images[:1]:
        if image.image_id is None:
            continue
        chosen = str(image.image_id)
        try:
            listed = files(path, image=chosen)
        except SelectionError:
            continue  # It is there twice, or not at all.
        tree = listed.tree
        hidden = [row for row, fate in enumerate(tree.fates) if fate == Fate.DELETED]
        for row in hidden[:2]:
            name = tree.recorded_path(row).decode("utf-8", "surrogateescape")
            assert which(path, name, image=chosen).trace.touches
        for entry in list(listed.entries())[1::40]:
            trace = which(path, entry.path, image=chosen).trace
            assert trace.final is not None
            assert trace.final._replace(digest=None) == entry
            if entry.layer is not None:
                assert trace.touches[-1].layer == entry.layer

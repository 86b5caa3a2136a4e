"""Trees, of archives of every producer."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from layertar import SelectionError, inspect, tree
from layertar.analysis.outline import Totals
from tests.builders import ImageRecipe, LayerRecipe, Symlink, build_hybrid, tar_layer

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())

LOWER = LayerRecipe(
    tar=tar_layer({"opt/app/run": b"run it", "etc/gone": b"gone", "app": Symlink("opt/app")})
)
UPPER = LayerRecipe(tar=tar_layer({"opt/app/more": b"more"}, whiteouts=["etc"]))
BUILT = build_hybrid([ImageRecipe(layers=(LOWER, UPPER), names=("docker.io/library/app:1",))])


def piped() -> io.BytesIO:
    return io.BytesIO(BUILT.tar())


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_in_every_archive_each_file_has_a_line(path: Path) -> None:
    images = [image for archive in inspect(path).archives for image in archive.images]
    for image in images:
        if image.image_id is None:
            continue
        try:
            shown = tree(path, image=str(image.image_id), deleted=True)
        except SelectionError:
            continue  # It is there twice, or not at all.
        rows = list(shown.outline.rows())
        visible = [row for row in rows if not row.is_ghost]
        assert [row.path for row in visible] == [entry.raw_path for entry in shown.files.entries()]
        totals = shown.outline.totals
        assert totals.files + totals.directories + 1 == len(visible)
        assert totals.size == sum(row.totals.size for row in visible if not row.is_directory)


def test_a_path_is_where_it_begins_and_links_to_it_are_followed() -> None:
    for path in ("/app", "opt/app", "opt/./app/"):
        rows = list(tree(piped(), path).outline.rows())
        assert [row.path for row in rows] == [b"opt/app", b"opt/app/more", b"opt/app/run"]
    assert tree(piped(), "app/run").outline.totals == Totals(6, 1, 0)


def test_what_is_gone_is_there_where_deleted_is_asked_for() -> None:
    with pytest.raises(SelectionError):
        tree(piped(), "etc")
    outline = tree(piped(), "etc", deleted=True).outline
    assert [row.path for row in outline.rows()] == [b"etc", b"etc/gone"]
    assert outline.hidden == Totals(4, 1, 1)


def test_a_layer_has_its_own_files_and_whiteouts() -> None:
    outline = tree(piped(), layer=1).outline
    assert [row.path for row in outline.rows()] == [
        b"",
        b"etc",
        b"opt",
        b"opt/app",
        b"opt/app/more",
    ]
    assert (outline.totals, outline.hidden) == (Totals(4, 1, 2), Totals(0, 0, 0))
    with pytest.raises(SelectionError):
        tree(piped(), layer=2)

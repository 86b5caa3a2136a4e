"""Looking for files, in archives of every producer."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from layertar import Query, SelectionError, find, inspect, parse_query
from layertar.api.files import files
from layertar.filesystem import FileKind
from tests.builders import ImageRecipe, LayerRecipe, build_hybrid, sha256, tar_layer

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())

LOWER = LayerRecipe(tar=tar_layer({"etc/hello": b"hello", "etc/gone": b"gone"}))
UPPER = LayerRecipe(
    tar=tar_layer({"etc/hello": b"other", "srv/hello": b"hello"}, whiteouts=["etc/gone"])
)
BUILT = build_hybrid([ImageRecipe(layers=(LOWER, UPPER), names=("docker.io/library/app:1",))])


def paths(query: Query, **more: object) -> list[str]:
    found = find(io.BytesIO(BUILT.tar()), query, **more)  # type: ignore[arg-type] # of each test
    return [row.entry.path for row in found]


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_in_every_archive_the_kinds_are_all_there_is(path: Path) -> None:
    images = [image for archive in inspect(path).archives for image in archive.images]
    for image in images:
        if image.image_id is None:
            continue
        try:
            everything = files(path, image=str(image.image_id))
        except SelectionError:
            continue  # It is there twice, or not at all.
        listed = list(everything.entries())
        found = [
            row.entry
            for letter in "fdlcbph"
            for row in find(path, parse_query(kinds=[letter]), image=str(image.image_id))
        ]
        others = [entry for entry in listed if entry.kind is FileKind.OTHER]
        assert sorted(found + others) == sorted(listed)


def test_digests_are_taken_where_the_query_needs_them() -> None:
    hello = sha256(b"hello").removeprefix("sha256:")
    assert paths(parse_query(digests=[hello])) == ["srv/hello"]
    assert paths(parse_query(digests=[hello[:8]]), deleted=True) == ["etc/hello", "srv/hello"]
    assert paths(parse_query(digests=[hello]), layer=0) == ["etc/hello"]


def test_what_is_deleted_is_found_where_it_is_asked_for() -> None:
    query = parse_query(names=["gone"])
    assert paths(query) == []
    assert paths(query, deleted=True) == ["etc/gone"]
    assert paths(query, layer=1) == ["etc/gone"]
    assert paths(parse_query(kinds=["f"]), layer=1) == ["etc/hello", "srv/hello"]


def test_what_is_found_can_be_looked_at_again() -> None:
    found = find(io.BytesIO(BUILT.tar()), parse_query(names=["hello"]))
    assert list(found) == list(found)
    assert len(list(found)) == 2


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(SelectionError):
        paths(Query(), layer=2)

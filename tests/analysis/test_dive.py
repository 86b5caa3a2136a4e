"""dive's score is what dive says."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layertar import LimitError, waste
from layertar.analysis.dive import dive_score
from layertar.api.files import files
from layertar.filesystem import Changeset
from layertar.limits import DEFAULT_LIMITS, Limits
from tests.analysis.naive_dive import NaiveEntry, NaiveScore, naive_score
from tests.filesystem.layers import Member, entry, list_pieces, tar_of
from tests.filesystem.layers import changeset as changeset_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.analysis.dive import DiveScore

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SAID: dict[str, Any] = json.loads((FIXTURES / "dive.json").read_text("utf-8"))
#: In these one config is an image's of each view, and no name or digest tells them apart.
TWICE = {"real/docker-25.0.0-repeated-layer.tar", "real/docker-25.0.0-shuffled.tar"}
_EXAMPLES = max(80, settings().max_examples)


def spelt(score: DiveScore | None) -> dict[str, object]:
    assert score is not None
    return {
        "efficiency": score.efficiency,
        "wasted": score.wasted_bytes,
        "size": score.size_bytes,
        # dive writes a leading slash.
        "paths": {f"/{each.path}": [each.times, each.size] for each in score.paths},
    }


def spelt_naive(score: NaiveScore) -> dict[str, object]:
    return {
        "efficiency": score.efficiency,
        "wasted": score.wasted,
        "size": sum(score.layer_sizes),
        "paths": {path: list(found) for path, found in score.paths.items()},
    }


def listed(layers: Sequence[Sequence[NaiveEntry]]) -> list[Changeset]:
    return [
        changeset_of(
            Member(
                entry(os.fsencode(each.name), "5" if each.is_directory else "0"),
                data=bytes(each.size),
            )
            for each in layer
        )
        for layer in layers
    ]


@pytest.mark.parametrize("number", range(len(SAID["made"])))
def test_made_layers_are_scored_as_dive_scores_them(number: int) -> None:
    made = SAID["made"][number]
    layers = [
        changeset_of(
            Member(entry(name, kind, "a" if kind == "2" else ""), data=bytes(size))
            for name, kind, size in layer
        )
        for layer in made["layers"]
    ]
    assert spelt(dive_score(layers, DEFAULT_LIMITS)) == made["dive"]


def manifest_of(tar: tarfile.TarFile) -> tuple[str, list[str]]:
    """The image ID and the layers of the first image, which is the one that dive takes."""
    document = tar.extractfile("manifest.json")
    assert document is not None
    item = json.load(document)[0]
    config = tar.extractfile(item["Config"])
    assert config is not None
    return f"sha256:{hashlib.sha256(config.read()).hexdigest()}", item["Layers"]


@pytest.mark.parametrize("name", sorted(SAID["archives"].keys() - TWICE))
def test_archives_are_scored_as_dive_scores_them(name: str) -> None:
    with tarfile.open(FIXTURES / name) as tar:
        image_id, layers = manifest_of(tar)
        names = tar.getnames()
        are_links = [each in names and tar.getmember(each).issym() for each in layers]
    found = waste(str(FIXTURES / name), image=image_id)
    if found.problems:
        # dive scores what is there of an archive that lacks a layer; here nothing is said.
        assert found.waste.dive is None
        assert name == "synthetic/faulty-missing-layer.tar"
        return
    score = found.waste.dive
    if any(are_links):
        # dive takes a layer that is a link for an empty one; here it is what the link leads to.
        tree = files(str(FIXTURES / name), image=image_id).tree
        seen = [
            Changeset() if is_link else layer
            for layer, is_link in zip(tree.layers, are_links, strict=True)
        ]
        score = dive_score(seen, DEFAULT_LIMITS)
    assert spelt(score) == SAID["archives"][name]


def test_what_dives_own_tests_record_is_what_is_said(archives_dir: Path) -> None:
    # dive, cmd/dive/cli/testdata and dive/image/docker/manifest tests.
    score = waste(str(archives_dir / "dive-test-image.tar")).waste.dive
    assert score is not None
    assert score.efficiency == 0.9844212134184309
    assert (score.wasted_bytes, score.size_bytes, score.user_bytes) == (32025, 1220598, 66237)
    assert score.wasted_user_ratio == 32025 / 66237
    assert {f"/{each.path}": (each.times, each.size) for each in score.paths} == {
        "/root/saved.txt": (2, 12810),
        "/root/example/somefile1.txt": (2, 12810),
        "/root/example/somefile3.txt": (2, 6405),
    }


_NAMES = st.sampled_from(["a", "b", "-c", ".d", "\udcff", "f.txt"])
_ABOVE = st.lists(_NAMES, max_size=3).map(lambda parts: "".join(f"{part}/" for part in parts))


@st.composite
def naive_entries(draw: st.DrawFn) -> NaiveEntry:
    """An entry of few names, now and then of a whiteout of some form."""
    above, name = draw(_ABOVE), draw(_NAMES)
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return NaiveEntry(above + name, is_directory=True)
        case 2 | 3:
            return NaiveEntry(f"{above}.wh.{name}", draw(st.sampled_from([0, 0, 0, 7])))
        case 4:
            odd = (".wh..wh..opq", ".wh.", ".wh..", f".wh.{name}/x", ".wh..wh.x", ".wh..wh..x/y")
            return NaiveEntry(above + draw(st.sampled_from(odd)))
        case 5:
            aufs = (".wh..wh.plnk", ".wh..wh.plnk/1", ".wh..wh.aufs", "./", "/")
            return NaiveEntry(draw(st.sampled_from(aufs)), is_directory=draw(st.booleans()))
        case _:
            before = draw(st.sampled_from(["", "", "./", "/"]))
            return NaiveEntry(before + above + name, draw(st.integers(0, 40)))


_LAYERS = st.lists(st.lists(naive_entries(), max_size=10), min_size=1, max_size=5)


@given(_LAYERS)
@settings(max_examples=_EXAMPLES)
def test_any_layers_are_scored_as_the_algorithm_of_dive_scores_them(
    layers: list[list[NaiveEntry]],
) -> None:
    score = dive_score(listed(layers), DEFAULT_LIMITS)
    assert spelt(score) == spelt_naive(naive_score(layers))
    assert score.user_bytes == sum(naive_score(layers).layer_sizes[1:])


@given(_LAYERS, st.integers(0, 4))
def test_sums_are_of_all_paths_however_many_are_kept(
    layers: list[list[NaiveEntry]], top: int
) -> None:
    few = dive_score(listed(layers), DEFAULT_LIMITS, top=top)
    every = dive_score(listed(layers), DEFAULT_LIMITS)
    assert few._replace(paths=every.paths) == every
    assert few.paths.items == every.paths.items[:top]
    assert (few.paths.count, few.paths.size) == (every.paths.count, every.paths.size)


def test_a_layer_that_comes_twice_is_stacked_twice() -> None:
    base = [NaiveEntry("a/b", 5), NaiveEntry("a", is_directory=True)]
    again = [base, [NaiveEntry(".wh.a")], base, [NaiveEntry(".wh.a")]]
    one, other = listed([base, [NaiveEntry(".wh.a")]])
    score = dive_score([one, other, one, other], DEFAULT_LIMITS)
    assert spelt(score) == spelt_naive(naive_score(again))


@pytest.mark.parametrize("name", ["a/.wh..wh..x/y", "a/.wh..wh..opq", "a/.wh..wh..x", ".wh.a"])
def test_a_directory_that_a_marker_implies_is_the_same_path(name: str) -> None:
    layers = [[NaiveEntry("a", 5)], [NaiveEntry(name)]]
    score = dive_score(listed(layers), DEFAULT_LIMITS)
    assert spelt(score) == spelt_naive(naive_score(layers))
    assert [(each.path, each.times) for each in score.paths] == [("a", 2)]


def test_layers_that_could_not_be_listed_weigh_nothing() -> None:
    [layer] = listed([[NaiveEntry("a", 5)]])
    assert dive_score([None, layer, None], DEFAULT_LIMITS).user_bytes == 5
    assert dive_score([], DEFAULT_LIMITS).efficiency == 1


def test_data_of_the_root_do_not_count() -> None:
    tar = tar_of([Member(entry("./."), data=b"123"), Member(entry("a"), data=b"4")])
    assert dive_score([list_pieces([tar])], DEFAULT_LIMITS).size_bytes == 1


DEEP = [Member(entry("/".join(f"{number}{part}" for part in range(40)))) for number in range(3)]


@pytest.mark.parametrize("limit", ["path_steps", "listed_entries"])
def test_paths_below_whiteouts_are_bounded(limit: str) -> None:
    hidden = [[*DEEP], [Member(entry(f".wh.{number}0")) for number in range(3)]]
    layers = [list_pieces([tar_of(members)]) for members in hidden]
    dive_score(layers, Limits(**{limit: 10_000}))
    with pytest.raises(LimitError) as caught:
        dive_score(layers, Limits(**{limit: 100}))
    assert caught.value.limit == limit
    # Where nothing is hidden, nothing is stacked.
    dive_score(layers[:1], Limits(**{limit: 100}))


def test_names_of_many_whiteouts_are_bounded() -> None:
    layer = list_pieces([tar_of([Member(entry("/".join([".wh.a"] * 100)))])])
    dive_score([layer], Limits(listed_text=100_000))
    with pytest.raises(LimitError) as caught:
        dive_score([layer], Limits(listed_text=10_000))
    assert caught.value.limit == "listed_text"

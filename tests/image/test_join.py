"""One image, whoever records it: which records are the same image's, and what it is called."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Verdict, verify
from layertar.archive import Name
from layertar.image import name_key
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_hybrid,
    build_oci,
    dumps,
    ref_names,
    sha256,
)
from tests.findings.shapes import APP, HELLO, LAYER, TOOL, docker

if TYPE_CHECKING:
    from layertar import Image

_TWO = ImageRecipe(
    layers=(LAYER, LayerRecipe(tar=TOOL)), names=("docker.io/library/two:2", "ghcr.io/a/two:2")
)


def images(built: Built) -> tuple[Image, ...]:
    return verify(io.BytesIO(built.tar())).archives[0].images


def with_items(built: Built, *items: dict[str, object]) -> Built:
    """The archive with a docker view of these entries."""
    names = built.names
    edited = built.remove("manifest.json") if "manifest.json" in names else built
    return edited.add("manifest.json", dumps(list(items)))


def item(image: ImageRecipe, *tags: str, layers: list[str] | None = None) -> dict[str, object]:
    paths = [blob_name(layer.blob) for layer in image.layers] if layers is None else layers
    return {"Config": blob_name(image.config), "RepoTags": list(tags), "Layers": paths}


@pytest.mark.parametrize("store", ["graphdriver", "containerd"])
def test_a_docker_entry_joins_the_image_of_the_same_config_and_layers(store: str) -> None:
    (image,) = images(build_hybrid([_TWO], store=store))  # type: ignore[arg-type] # parametrize knows no types
    assert image.views == ("oci", "docker")
    assert image.manifest_digest is not None
    assert [str(layer.recorded.diff_id) for layer in image.layers] == [sha256(HELLO), sha256(TOOL)]


def test_one_spelling_a_reference_is_kept_the_fullest() -> None:
    (image,) = images(build_hybrid([_TWO]))
    assert image.names == ("docker.io/library/two:2", "ghcr.io/a/two:2")
    tagged = with_items(build_oci([_TWO]), item(_TWO, "two:2", "two", "two:latest"))
    (image,) = images(tagged)
    assert image.names == ("docker.io/library/two:2", "ghcr.io/a/two:2", "two:latest")


def test_complete_names_come_before_mere_tags() -> None:
    built = build_oci([replace(APP, names=("1.0",))], naming=ref_names)
    (image,) = images(with_items(built, item(APP, "app:1")))
    assert image.names == ("app:1", "1.0")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("app", "docker.io/library/app:latest", True),
        ("index.docker.io/a/b:1", "a/b:1", True),
        ("a/b:1", "ghcr.io/a/b:1", False),
        ("app:1", "app:2", False),
        (f"app@{sha256(b'')}", f"app:latest@{sha256(b'')}", False),
    ],
)
def test_references_are_compared_complete(one: str, other: str, *, is_same: bool) -> None:
    keys = {name_key(Name(text, is_complete=True)) for text in (one, other)}
    assert (len(keys) == 1) is is_same


def test_a_mere_tag_is_equal_to_no_reference() -> None:
    tag, full = Name("latest", is_complete=False), Name("latest", is_complete=True)
    assert name_key(tag) != name_key(full)


def test_an_entry_of_other_layers_stands_alone() -> None:
    other = item(_TWO, "two:2", layers=[blob_name(LAYER.blob), blob_name(LAYER.blob)])
    found = images(with_items(build_oci([_TWO]), other))
    assert [image.views for image in found] == [("oci",), ("docker",)]
    assert found[1].manifest_digest is None
    assert found[0].image_id == found[1].image_id


def test_an_entry_of_another_config_stands_alone() -> None:
    other = replace(_TWO, config_extra={"author": "x"})
    built = with_items(build_oci([_TWO]), item(other, "two:2")).add(
        blob_name(other.config), other.config
    )
    assert [image.views for image in images(built)] == [("oci",), ("docker",)]


def test_layers_are_the_same_in_whatever_form_they_are_stored() -> None:
    built = build_oci([APP]).add("layer.tar", HELLO)
    (image,) = images(with_items(built, item(APP, "app:1", layers=["layer.tar"])))
    assert image.views == ("oci", "docker")
    assert image.layers[0].member == blob_name(LAYER.blob)


def test_a_config_is_told_by_its_bytes_and_not_by_its_name() -> None:
    built = build_oci([APP]).add("config.json", APP.config)
    entry = {**item(APP, "app:1"), "Config": "config.json"}
    (image,) = images(with_items(built, entry))
    assert image.views == ("oci", "docker")


def test_a_layer_that_only_the_docker_view_has_is_shown_from_there() -> None:
    name = blob_name(LAYER.blob)
    built = build_oci([APP]).remove(name).add("layer.tar", HELLO)
    report = verify(
        io.BytesIO(with_items(built, item(APP, "app:1", layers=["layer.tar"])).tar())
    ).archives[0]
    (image,) = report.images
    assert image.layers[0].member == "layer.tar"
    assert str(image.layers[0].diff_id) == sha256(HELLO)
    assert report.verdict is Verdict.INCOMPLETE


def test_of_two_images_of_one_content_the_entry_joins_the_one_of_its_name() -> None:
    same = replace(APP, names=("docker.io/library/b:1",), manifest_extra={"annotations": {"a": ""}})
    built = build_oci([APP, same])
    found = images(with_items(built, item(APP, "b:1"), item(APP, "app:1")))
    assert [(image.names, image.views) for image in found] == [
        (("docker.io/library/app:1",), ("oci", "docker")),
        (("docker.io/library/b:1",), ("oci", "docker")),
    ]


def test_entries_of_a_docker_archive_are_an_image_each_in_order() -> None:
    found = images(build_docker([_TWO, APP], style="skopeo"))
    assert [image.names for image in found] == [_TWO.names, APP.names]
    assert [image.views for image in found] == [("docker",), ("docker",)]


def test_what_is_only_listed_is_no_image() -> None:
    other = replace(_TWO, names=())
    built = build_oci([APP, other], nested_index=True)
    gone = built.remove(blob_name(other.manifest))
    assert [str(image.manifest_digest) for image in images(gone)] == [sha256(APP.manifest)]


def test_many_entries_of_one_content_take_no_more_than_their_number() -> None:
    """Each would otherwise be compared with each image that has its config."""
    entry = {"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}
    built = docker(*[entry] * 3000, config__json=APP.config, layer__tar=HELLO)
    assert len(images(built)) == 3000

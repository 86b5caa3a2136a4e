"""Each view on the shapes in which producers write it: names, configs, and where layers lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar.archive import name_digest
from layertar.digest import Digest
from tests.archive.reading import images_of, only_view, read, rules_of, view_of
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_docker_v1,
    build_hybrid,
    build_oci,
    dumps,
    sha256,
)
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    MARKER,
    TOOL,
    config_of,
    docker,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import INDEX_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.archive import RecordedImage

_TWO = ImageRecipe(layers=(LAYER, LayerRecipe(tar=TOOL), LAYER), names=("docker.io/library/two:2",))


def found(image: RecordedImage) -> tuple[list[str], str | None, list[str | None]]:
    """An image's names, the member of its config, and those of its layers."""
    config = image.config.member if image.config is not None else None
    return (
        [name.text for name in image.names],
        config.name if config is not None else None,
        [layer.claim.member.name if layer.claim.member else None for layer in image.layers],
    )


def hex_of(data: bytes) -> str:
    return sha256(data).removeprefix("sha256:")


def rename_blobs(built: Built, rename: Callable[[str], str]) -> Built:
    """The blobs of a layout under other names, made of their digits."""
    for name in built.files:
        if name.startswith("blobs/sha256/"):
            built = built.rename(name, rename(name.removeprefix("blobs/sha256/")))
    return built


@pytest.mark.parametrize("prefix", ["", "./", "/"])
def test_a_layout_is_read_whatever_its_names_begin_with(prefix: str) -> None:
    (image,) = images_of(read(oci(), prefix=prefix))
    assert found(image) == (
        ["docker.io/library/app:1"],
        blob_name(APP.config),
        [blob_name(LAYER.blob)],
    )
    assert image.layers[0].diff_id == Digest.parse(sha256(HELLO))


@pytest.mark.parametrize(
    "order", [lambda member: member[0], lambda member: tuple(-ord(each) for each in member[0])]
)
def test_a_layout_is_read_in_any_order(order: Callable[[tuple[str, object]], object]) -> None:
    assert found(images_of(read(oci().reorder(order)))[0]) == found(images_of(read(oci()))[0])


def test_open_component_model_names_blobs_with_a_dot() -> None:
    built = rename_blobs(oci(), lambda digits: f"blobs/sha256.{digits}")
    (image,) = images_of(read(built))
    assert found(image)[2] == [f"blobs/sha256.{hex_of(LAYER.blob)}"]


def test_apko_appends_manifests_and_an_index_to_a_docker_archive() -> None:
    inner = index_of(entry_of(APP.manifest))
    built = (
        build_docker([APP], style="ggcr")
        .add(sha256(APP.manifest), APP.manifest)
        .add("index.json", inner)
    )
    archive = read(built)
    (image,), (docked,) = view_of(archive, "oci").images, view_of(archive, "docker").images
    assert image.manifest is not None
    assert image.manifest.path == sha256(APP.manifest)
    assert found(image)[1:] == found(docked)[1:]
    assert found(image)[2] == [f"{hex_of(LAYER.blob)}.tar.gz"]
    assert rules_of(archive) == []


def test_beside_a_folder_of_blobs_only_names_of_the_layout_count() -> None:
    name = blob_name(LAYER.blob)
    for other in (sha256(LAYER.blob), f"{hex_of(LAYER.blob)}.tar.gz"):
        (image,) = images_of(read(oci().rename(name, other)))
        assert not image.layers[0].claim.is_present


def test_an_index_json_of_another_meaning_makes_no_view() -> None:
    built = build_docker([APP], style="skopeo").add("index.json", b'{"pages":[]}')
    assert [view.name for view in read(built).views] == ["docker"]


def test_docker_1_10_repeats_a_layer_as_a_link() -> None:
    archive = read(build_docker([_TWO], style="1.10"))
    (image,) = images_of(archive)
    names = found(image)[2]
    assert names[0] == names[2] != names[1]
    assert all(str(name).endswith("/layer.tar") for name in names)
    assert rules_of(archive) == []
    assert only_view(archive).tags != ()


def test_docker_25_has_both_views_of_the_same_members() -> None:
    archive = read(build_hybrid([_TWO]))
    (one,), (other,) = view_of(archive, "oci").images, view_of(archive, "docker").images
    assert found(one)[1:] == found(other)[1:]
    assert found(other)[0] == ["two:2"]
    assert set(other.layer_sources) == {sha256(HELLO), sha256(TOOL)}


def test_skopeo_names_layers_by_diff_id() -> None:
    (image,) = images_of(read(build_docker([_TWO], style="skopeo")))
    assert found(image)[2] == [f"{hex_of(tar)}.tar" for tar in (HELLO, TOOL, HELLO)]


def test_ggcr_may_write_a_config_twice() -> None:
    built = build_docker([APP], style="ggcr")
    (image,) = images_of(read(built.add(sha256(APP.config), APP.config)))
    assert found(image)[1] == sha256(APP.config)
    assert image.config is not None
    assert image.config.digest == Digest.parse(sha256(APP.config))


def test_pack_writes_absolute_names_with_colons() -> None:
    built = docker(
        {
            "Config": f"{hex_of(APP.config)}.json",
            "RepoTags": ["app:1"],
            "Layers": ["/blank_0", f"/sha256:{hex_of(HELLO)}.tar"],
        }
    )
    for name, content in {
        f"/{hex_of(APP.config)}.json": APP.config,
        "/blank_0": b"",
        f"/sha256:{hex_of(HELLO)}.tar": HELLO,
    }.items():
        built = built.add(name, content)
    (image,) = images_of(read(built))
    assert found(image)[2] == ["blank_0", f"sha256:{hex_of(HELLO)}.tar"]


def test_rules_oci_has_blobs_with_endings_and_no_layout() -> None:
    layer = f"blobs/sha256/{hex_of(LAYER.blob)}.tar.gz"
    item = {"Config": blob_name(APP.config), "RepoTags": ["app:1"], "Layers": [layer]}
    built = docker(item).add(blob_name(APP.config), APP.config).add(layer, LAYER.blob)
    archive = read(built)
    assert [view.name for view in archive.views] == ["docker"]
    assert found(images_of(archive)[0])[2] == [layer]


def test_nix_names_folders_by_diff_id() -> None:
    layer = f"{hex_of(HELLO)}/layer.tar"
    item = {"Config": f"{hex_of(APP.config)}.json", "RepoTags": ["app:1"], "Layers": [layer]}
    built = docker(item).add(f"{hex_of(APP.config)}.json", APP.config).add(layer, HELLO)
    (image,) = images_of(read(built, prefix="./"))
    assert found(image)[2] == [layer]


def test_jib_calls_its_config_config_json() -> None:
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["x.tar.gz"]}
    (image,) = images_of(read(docker(item, config__json=APP.config).add("x.tar.gz", LAYER.blob)))
    assert image.config is not None
    assert image.config.digest is None
    assert image.config.member is not None


def test_spring_boot_writes_capitals() -> None:
    rootfs = {"DIFF_IDS": [sha256(HELLO)]}
    config = dumps({"Architecture": "arm64", "Os": "linux", "RootFS": rootfs, "History": [{}]})
    item = {"config": "config.json", "repoTags": ["app:1"], "layers": ["layer.tar"]}
    archive = read(docker(item, config__json=config, layer__tar=HELLO))
    (image,) = images_of(archive)
    assert image.config_document is not None
    assert str(image.config_document.platform) == "linux/arm64"
    assert image.layers[0].diff_id == Digest.parse(sha256(HELLO))
    assert rules_of(archive).count("config-key-case") == 2


def test_what_old_pack_left_out_is_a_layer_all_the_same() -> None:
    config = config_of(HELLO, TOOL)
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["", "tool.tar"]}
    archive = read(docker(item, config__json=config, tool__tar=TOOL))
    (image,) = images_of(archive)
    assert found(image)[2] == [None, "tool.tar"]
    assert rules_of(archive) == []


def test_names_in_manifest_json_are_complete_and_of_a_layout_only_some_are() -> None:
    (image,) = images_of(read(docker({"Config": "c", "RepoTags": ["app"], "Layers": []})))
    assert [name.is_complete for name in image.names] == [True]
    for text, is_complete in (("1.0", False), ("latest", False), ("app:1", True), ("r.io/a", True)):
        built = build_oci(
            [replace(APP, names=(text,))],
            naming=lambda name: {"org.opencontainers.image.ref.name": name},
        )
        (image,) = images_of(read(built))
        assert [(name.text, name.is_complete) for name in image.names] == [(text, is_complete)]


@pytest.mark.parametrize(
    ("path", "digest"),
    [
        ("A.json", "sha256:A"),
        ("sha256:A", "sha256:A"),
        ("sha256:A.tar", "sha256:A"),
        ("sha256-A.tar.gz", "sha256:A"),
        ("blobs/sha256/A", "sha256:A"),
        ("blobs/sha256/A.tar.gz", "sha256:A"),
        ("x/A.tar.gz", "sha256:A"),
        ("A/layer.tar", None),
        ("blobs/blake3/A", None),
        ("blobs/sha512/A", None),
        ("blobs/sha512/AA", "sha512:AA"),
        ("sha512:A", None),
        ("config.json", None),
        ("AAA", None),
        ("", None),
    ],
)
def test_a_name_claims_a_digest_only_in_the_forms_that_producers_write(
    path: str, digest: str | None
) -> None:
    digits = "0f" * 32
    claimed = name_digest(path.replace("A", digits))
    assert claimed == (Digest.parse(digest.replace("A", digits)) if digest is not None else None)


# Docker before 1.10.


def v1(layers: dict[str, object], *, repositories: bytes | None = None) -> Built:
    """An archive of these version 1 layers, each of one letter, each with its parent."""
    members: list[tuple[str, bytes]] = []
    for letter, parent in layers.items():
        id_ = letter * 64
        document: dict[str, object] = {"id": id_, "os": "linux", "architecture": "amd64"}
        if parent is not None:
            document["parent"] = str(parent) * 64
        members += [(f"{id_}/json", dumps(document)), (f"{id_}/layer.tar", HELLO)]
    if repositories is not None:
        members.append(("repositories", repositories))
    return Built(tuple(members), oci().expected)


def letters(image: RecordedImage) -> str:
    return "".join(layer.claim.path[0] for layer in image.layers)


def test_parents_are_followed_from_each_name_to_the_base() -> None:
    names = dumps({"app": {"1": "c" * 64, "2": "b" * 64}})
    archive = read(v1({"a": None, "b": "a", "c": "b"}, repositories=names))
    view = only_view(archive)
    assert view.name == "docker-v1"
    assert [([name.text for name in image.names], letters(image)) for image in view.images] == [
        (["app:1"], "abc"),
        (["app:2"], "ab"),
    ]
    assert str(view.images[0].platform) == "linux/amd64"


def test_without_names_the_layers_that_are_nobodys_parent_are_images() -> None:
    archive = read(v1({"a": None, "b": "a", "c": "a"}))
    assert [letters(image) for image in images_of(archive)] == ["ab", "ac"]


def test_two_names_of_one_layer_are_one_image() -> None:
    names = dumps({"app": {"1": "a" * 64, "latest": "a" * 64}})
    (image,) = images_of(read(v1({"a": None}, repositories=names)))
    assert [name.text for name in image.names] == ["app:1", "app:latest"]


def test_a_loop_of_parents_ends_and_is_told() -> None:
    names = dumps({"app": {"1": "b" * 64}})
    archive = read(v1({"a": "b", "b": "a"}, repositories=names))
    assert [letters(image) for image in images_of(archive)] == ["ab"]
    assert rules_of(archive) == ["legacy-parent-cycle"]
    assert len(images_of(read(v1({"a": "b", "b": "a"})))) == 2


def test_an_absent_parent_is_a_layer_that_is_not_here() -> None:
    names = dumps({"app": {"1": "b" * 64}})
    (image,) = images_of(read(v1({"b": "a"}, repositories=names)))
    assert letters(image) == "ab"
    assert [layer.claim.is_present for layer in image.layers] == [False, True]


def test_beside_a_manifest_json_the_old_files_are_no_view() -> None:
    archive = read(build_docker([APP], style="1.10"))
    assert [view.name for view in archive.views] == ["docker"]
    assert [view.name for view in read(build_docker_v1([APP])).views] == ["docker-v1"]


# What makes a view.


@pytest.mark.parametrize(
    ("names", "views"),
    [
        ({}, []),
        ({"oci-layout"}, ["oci"]),
        ({"index.json"}, ["oci"]),
        ({"manifest.json"}, ["docker"]),
        ({"manifest.json", "oci-layout"}, ["oci", "docker"]),
        ({"repositories"}, []),
    ],
)
def test_a_view_is_there_by_its_own_document(names: set[str], views: list[str]) -> None:
    documents = {
        "oci-layout": MARKER,
        "index.json": index_of(entry_of(APP.manifest)),
        "manifest.json": dumps([{"Config": "c.json", "Layers": []}]),
        "repositories": b"{}",
    }
    members = tuple((name, documents[name]) for name in documents if name in names)
    archive = read(Built((("notes", b""), *members), oci().expected))
    assert [view.name for view in archive.views] == views


def test_a_manifest_json_of_another_schema_is_no_view() -> None:
    for raw in (b'{"schemaVersion":2}', b'[{"path":"x"}]'):
        archive = read(oci().add("manifest.json", raw))
        assert [view.name for view in archive.views] == ["oci"]
        assert "docker-manifest-schema-unknown" in rules_of(archive)


def test_a_damaged_index_beside_blobs_is_a_damaged_layout() -> None:
    archive = read(oci().remove("oci-layout").replace("index.json", b"{"))
    assert [view.name for view in archive.views] == ["oci"]
    assert rules_of(archive) == ["json-invalid", "oci-layout-missing"]


def test_an_image_of_a_nested_index_has_the_chain_that_leads_to_it() -> None:
    inner = index_of(entry_of(manifest_of(config_of(HELLO), layer_of(HELLO))))
    middle = index_of(entry_of(inner, mediaType=INDEX_TYPE))
    built = layout(
        index_of(entry_of(middle, mediaType=INDEX_TYPE)),
        middle,
        inner,
        manifest_of(config_of(HELLO), layer_of(HELLO)),
        config_of(HELLO),
        HELLO,
    )
    (image,) = images_of(read(built))
    assert [str(claim.digest) for claim in image.chain] == [sha256(middle), sha256(inner)]


def test_a_v1_chain_that_nobody_names_is_an_image_beside_the_named_ones() -> None:
    names = dumps({"app": {"1": "b" * 64}})
    parents: dict[str, object] = {"a": None, "b": "a", "c": "a", "d": "c"}
    archive = read(v1(parents, repositories=names))
    assert [letters(image) for image in images_of(archive)] == ["ab", "acd"]
    assert [len(image.names) for image in images_of(archive)] == [1, 0]


def test_a_v1_layer_below_a_named_one_is_no_image_of_its_own() -> None:
    names = dumps({"app": {"1": "c" * 64, "2": "b" * 64}})
    archive = read(v1({"a": None, "b": "a", "c": "b"}, repositories=names))
    assert [letters(image) for image in images_of(archive)] == ["abc", "ab"]


def test_a_v1_loop_beside_a_named_image_is_not_passed_over() -> None:
    names = dumps({"app": {"1": "c" * 64}})
    archive = read(v1({"a": "b", "b": "a", "c": None}, repositories=names))
    named, loop = images_of(archive)
    assert (letters(named), sorted(letters(loop))) == ("c", ["a", "b"])
    assert "legacy-parent-cycle" in rules_of(archive)

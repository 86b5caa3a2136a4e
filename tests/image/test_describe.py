"""What a user is shown of an image: what is measured, kept apart from what is recorded."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Digest, Verdict, inspect, verify
from layertar.digest import chain_ids
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_docker_v1,
    build_oci,
    sha256,
)
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    TOOL,
    config_of,
    docker,
    entry_of,
    gzip_layer,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import INDEX_TYPE

if TYPE_CHECKING:
    from layertar import Image

_EMPTY = bytes(1024)


def image_of(built: Built) -> Image:
    (image,) = verify(io.BytesIO(built.tar())).archives[0].images
    return image


def sha512(data: bytes) -> str:
    return f"sha512:{hashlib.sha512(data).hexdigest()}"


def test_what_is_whole_is_measured_as_it_is_recorded() -> None:
    image = image_of(oci())
    (layer,) = image.layers
    assert (str(image.image_id), str(image.manifest_digest)) == (
        sha256(APP.config),
        sha256(APP.manifest),
    )
    assert image.recorded.image_id == image.image_id
    assert image.recorded.manifest_digest == image.manifest_digest
    assert (str(layer.digest), str(layer.diff_id)) == (sha256(LAYER.blob), sha256(HELLO))
    assert (layer.size, layer.uncompressed_size) == (len(LAYER.blob), len(HELLO))
    assert (layer.compression, layer.media_type) == (
        "gzip",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    )
    assert layer.recorded.digest == layer.digest
    assert layer.recorded.size == layer.size
    assert str(image.platform) == "linux/amd64"
    assert image.created == "1970-01-01T00:00:00Z"


def test_what_is_altered_is_measured_and_what_was_recorded_stays() -> None:
    other = gzip_layer(TOOL)
    image = image_of(oci().replace(blob_name(LAYER.blob), other))
    (layer,) = image.layers
    assert (str(layer.digest), str(layer.diff_id)) == (sha256(other), sha256(TOOL))
    assert str(layer.recorded.digest) == sha256(LAYER.blob)
    assert str(layer.recorded.diff_id) == sha256(HELLO)
    assert (layer.size, layer.recorded.size) == (len(other), len(LAYER.blob))
    assert layer.verdict is Verdict.FAILED


def test_what_is_absent_is_recorded_and_nothing_of_it_measured() -> None:
    image = image_of(oci().remove(blob_name(LAYER.blob)))
    (layer,) = image.layers
    assert (layer.digest, layer.diff_id, layer.chain_id, layer.size) == (None, None, None, None)
    assert (layer.member, layer.compression, layer.uncompressed_size) == (None, None, None)
    assert str(layer.recorded.digest) == sha256(LAYER.blob)


def test_an_altered_config_is_another_image_id() -> None:
    config = APP.config + b"\n"
    image = image_of(oci().replace(blob_name(APP.config), config))
    assert str(image.image_id) == sha256(config)
    assert str(image.recorded.image_id) == sha256(APP.config)
    assert image.config is not None
    assert image.config.size == len(config)


def test_inspect_measures_documents_and_says_nothing_of_layers() -> None:
    (image,) = inspect(io.BytesIO(oci().tar())).archives[0].images
    assert str(image.image_id) == sha256(APP.config)
    assert str(image.manifest_digest) == sha256(APP.manifest)
    (layer,) = image.layers
    assert (layer.digest, layer.diff_id, layer.size, layer.compression) == (None,) * 4
    assert str(layer.recorded.digest) == sha256(LAYER.blob)
    assert layer.member == blob_name(LAYER.blob)
    assert layer.verdict is Verdict.RECORDED


def test_the_index_digest_is_that_of_the_innermost_index() -> None:
    config = config_of(HELLO)
    manifest = manifest_of(config, layer_of(HELLO))
    inner = index_of(entry_of(manifest))
    outer = index_of(entry_of(inner, mediaType=INDEX_TYPE))
    built = layout(
        index_of(entry_of(outer, mediaType=INDEX_TYPE)), outer, inner, manifest, config, HELLO
    )
    image = image_of(built)
    assert str(image.index_digest) == sha256(inner)
    assert image.recorded.index_digest == image.index_digest
    assert image_of(oci()).index_digest is None


@pytest.mark.parametrize(
    ("count", "chain_id"),
    [
        (1, "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"),
        (2, "sha256:170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548"),
        (3, "sha256:7800f80a93336d416612f372faa5f69eb67b353ce6ae9535fa0848f8784c74b1"),
        (4, "sha256:4017eeba317389a738c0affbb6aed06ec730c81d07f020e3e5cd5f9b84715cb4"),
    ],
)
def test_chain_ids_of_empty_layers_are_the_known_ones(count: int, chain_id: str) -> None:
    image = image_of(build_oci([ImageRecipe(layers=(LayerRecipe(tar=_EMPTY),) * count)]))
    assert str(image.layers[-1].chain_id) == chain_id


@pytest.mark.parametrize(
    ("letters", "chain_id"),
    [
        ("ab", "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c"),
        ("abc", "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588"),
    ],
)
def test_chain_ids_of_known_diff_ids_are_the_known_ones(letters: str, chain_id: str) -> None:
    digests = [Digest("sha256", letter * 64) for letter in letters]
    assert str(chain_ids(digests)[-1]) == chain_id


def test_a_chain_ends_where_a_layer_was_not_measured() -> None:
    layers = (LAYER, LayerRecipe(tar=TOOL), LayerRecipe(tar=_EMPTY))
    recipe = ImageRecipe(layers=layers)
    image = image_of(build_oci([recipe]).remove(blob_name(layers[1].blob)))
    chain = [layer.chain_id for layer in image.layers]
    assert str(chain[0]) == sha256(HELLO)
    assert chain[1:] == [None, None]
    assert image.layers[2].diff_id is not None


def test_instructions_are_matched_only_where_history_and_layers_agree_in_number() -> None:
    steps = ({"created_by": "FROM"}, {"created_by": "ENV", "empty_layer": True})
    recipe = replace(APP, history=steps)
    assert [layer.created_by for layer in image_of(build_oci([recipe])).layers] == ["FROM"]
    for history in ((), steps[1:], ({"created_by": "A"}, {"created_by": "B"}), ({},)):
        image = image_of(build_oci([replace(APP, history=history)]))
        assert [layer.created_by for layer in image.layers] == [None]


def test_sha512_is_measured_where_it_is_recorded_and_the_image_id_stays_sha256() -> None:
    config = config_of(rootfs={"type": "layers", "diff_ids": [sha512(HELLO)]})
    blob = gzip_layer(HELLO)
    record = {**layer_of(blob), "mediaType": f"{layer_of(blob)['mediaType']}+gzip"}
    manifest = manifest_of(config, {**record, "digest": sha512(blob)})
    entry = {**entry_of(manifest), "digest": sha512(manifest)}
    built = layout(index_of(entry), config).add(f"blobs/sha512/{sha512(manifest)[7:]}", manifest)
    built = built.add(f"blobs/sha512/{sha512(blob)[7:]}", blob)
    image = image_of(built)
    (layer,) = image.layers
    assert (str(layer.digest), str(layer.diff_id)) == (sha512(blob), sha512(HELLO))
    assert str(image.manifest_digest) == sha512(manifest)
    assert str(image.image_id) == sha256(config)
    assert layer.chain_id == layer.diff_id
    assert image.verdict is Verdict.VERIFIED


def test_a_docker_archive_records_no_manifest_and_a_config_by_its_name() -> None:
    image = image_of(build_docker([APP], style="ggcr"))
    assert (image.manifest_digest, image.index_digest) == (None, None)
    assert str(image.recorded.image_id) == sha256(APP.config)
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    image = image_of(docker(item, config__json=APP.config, layer__tar=HELLO))
    assert image.recorded.image_id is None
    assert str(image.image_id) == sha256(APP.config)
    assert image.layers[0].recorded.digest is None


def test_an_archive_of_before_1_10_has_neither_config_nor_image_id() -> None:
    image = image_of(build_docker_v1([APP]))
    assert (image.config, image.image_id, image.created) == (None, None, None)
    assert str(image.layers[0].diff_id) == sha256(HELLO)


def test_a_layer_that_ends_at_a_bound_was_not_measured_inside() -> None:
    from layertar import Limits  # noqa: PLC0415 - the one test that shrinks a bound

    zeros = bytes(1 << 20)
    recipe = ImageRecipe(layers=(LayerRecipe(tar=zeros),))
    stream = io.BytesIO(build_oci([recipe]).tar())
    limits = Limits(uncompressed_size=1 << 19)
    (image,) = verify(stream, limits=limits).archives[0].images
    (layer,) = image.layers
    assert str(layer.digest) == sha256(recipe.layers[0].blob)
    assert (layer.diff_id, layer.uncompressed_size) == (None, None)
    assert layer.verdict is Verdict.UNVERIFIABLE


_BASE = {
    "org.opencontainers.image.base.name": "docker.io/library/alpine:3",
    "org.opencontainers.image.base.digest": sha256(b"alpine"),
}


@pytest.mark.parametrize("place", ["manifest", "config", "index"])
def test_a_recorded_base_is_shown_and_not_judged(place: str) -> None:
    given = {place: _BASE}
    config = config_of(HELLO, config={"Labels": given.get("config", {})})
    manifest = manifest_of(config, layer_of(HELLO), annotations=given.get("manifest", {}))
    entry = entry_of(manifest, annotations=given.get("index", {}))
    built = layout(index_of(entry), manifest, config, HELLO)
    base = image_of(built).base
    assert base is not None
    assert (base.name, base.digest) == (
        "docker.io/library/alpine:3",
        sha256(b"alpine"),
    )
    assert verify(io.BytesIO(built.tar())).archives[0].verdict is Verdict.VERIFIED


def test_an_image_without_a_recorded_base_has_none() -> None:
    assert image_of(oci()).base is None

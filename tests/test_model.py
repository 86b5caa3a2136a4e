"""layertar against the model verifier: the same verdicts, the same images, the same digests."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layertar import Verdict, verify
from tests.builders import (
    CODECS,
    Built,
    Codec,
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    Symlink,
    attestation,
    blob_name,
    build_docker,
    build_docker_v1,
    build_hybrid,
    build_oci,
    descriptor,
    dumps,
    oras_artifact,
    ref_names,
    sha256,
    signature,
    tar_layer,
    write_tar,
)
from tests.fuzz.chain import Members, repair
from tests.fuzz.mutator import read_members
from tests.fuzz.semantic import CHANGES
from tests.model import ModelReport, OutOfScopeError, judge, unexplained
from tests.model.content import inflate
from tests.oracle import OTHER_SHAPES
from tests.recipes import MANIFEST_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIXTURES: Final = Path(__file__).resolve().parent.parent / "fixtures"
ARCHIVES: Final = sorted(FIXTURES.glob("*/*.tar*"))

_NAMES: Final = ["docker.io/library/app:1", "docker.io/library/app:2", "localhost:5000/x/y:latest"]
_PLATFORMS: Final = [PlatformName(), PlatformName("linux", "arm64", "v8")]
_SHAPES: Final[dict[str, Callable[[list[ImageRecipe]], Built]]] = {
    "graphdriver": build_hybrid,
    "containerd": partial(build_hybrid, store="containerd"),
    "1.10": partial(build_docker, style="1.10"),
    "skopeo": partial(build_docker, style="skopeo"),
    "ggcr": partial(build_docker, style="ggcr"),
}
_FIRST: Final = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}))
_SECOND: Final = LayerRecipe(tar=tar_layer({"usr/x": b"x"}), compression="zstd")


def at_least(count: int) -> settings:
    """So many examples by default; as many as the deep profile says where that is more."""
    return settings(max_examples=max(count, settings().max_examples))


# --- What archives are made of ------------------------------------------------------------------


@st.composite
def layers(draw: st.DrawFn) -> LayerRecipe:
    files = {"f": bytes([draw(st.integers(0, 5))])}
    odd = st.sampled_from([bytes(1024), b"", b"no tar"])
    tar = draw(odd) if draw(st.integers(0, 9)) == 9 else tar_layer(files)
    return LayerRecipe(tar=tar, compression=draw(st.sampled_from(CODECS)))


def images(fewest: int) -> st.SearchStrategy[ImageRecipe]:
    return st.builds(
        ImageRecipe,
        layers=st.lists(layers(), min_size=fewest, max_size=4).map(tuple),
        names=st.lists(st.sampled_from(_NAMES), unique=True, max_size=2).map(tuple),
        platform=st.sampled_from(_PLATFORMS),
    )


@st.composite
def layouts(draw: st.DrawFn) -> Built:
    found = draw(st.lists(images(0), min_size=1, max_size=3))
    artifacts = [
        make(found[0])
        for make in (
            attestation,
            signature,
            lambda image: oras_artifact({"f": b"x"}, subject=image),
        )
        if draw(st.integers(0, 3)) == 3
    ]
    is_nested = draw(st.booleans())
    if draw(st.booleans()):
        return build_oci(found, artifacts=artifacts, nested_index=is_nested, naming=ref_names)
    return build_oci(found, artifacts=artifacts, nested_index=is_nested)


@st.composite
def legacy(draw: st.DrawFn) -> Built:
    found = draw(st.lists(images(1), min_size=1, max_size=2))
    # Either all have names or none: which unnamed ones are shown beside named ones is open.
    names = [(f"app:{position}",) for position in range(len(found))]
    is_named = draw(st.booleans())
    return build_docker_v1(
        [
            ImageRecipe(layers=image.layers, names=name if is_named else ())
            for image, name in zip(found, names, strict=True)
        ]
    )


@st.composite
def archives(draw: st.DrawFn) -> Built:
    """An archive in any producer's shape, undamaged."""
    shape = draw(st.sampled_from(["oci", "oci", "oci", "v1", *_SHAPES]))
    if shape == "oci":
        return draw(layouts())
    if shape == "v1":
        return draw(legacy())
    return _SHAPES[shape](draw(st.lists(images(1), min_size=1, max_size=3)))


@st.composite
def changed_archives(draw: st.DrawFn) -> Members:
    """An archive changed in its meaning up to three times; see `tests.fuzz.semantic`."""
    members = draw(archives()).members
    for name in draw(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3)):
        # Not for secrets: the draws must be the same again.
        rng = Random(draw(st.integers(0, 2**16)))  # noqa: S311
        members = CHANGES[name](rng, members)
        if draw(st.booleans()):
            members = repair(members)
    return members


# --- The comparison -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model") / "archive"


def compare(data: bytes, place: Path) -> ModelReport | None:
    """Hold layertar's answer against the model's, where the model has one."""
    try:
        due = judge(data)
    except OutOfScopeError:
        return None
    # A file, since of a pipe layertar may lawfully know less.
    place.write_bytes(data)
    assert unexplained(due, verify(place).archives[0]) == []
    return due


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_the_model_and_layertar_agree_on_every_fixture(path: Path, place: Path) -> None:
    due = compare(path.read_bytes(), place)
    # Those that the model has no opinion on are of no shape that it knows.
    assert (due is None) == (path.name in OTHER_SHAPES)


def test_they_agree_on_archives_of_other_producers(archives_dir: Path, place: Path) -> None:
    judged = [compare(path.read_bytes(), place) for path in sorted(archives_dir.glob("*.tar*"))]
    assert len([due for due in judged if due is not None]) > 20


def fixture_changes() -> Iterator[Members]:
    for path in ARCHIVES:
        members = read_members(inflate(path.read_bytes()).data)
        assert members is not None
        for seed, name in enumerate(sorted(CHANGES)):
            # Every third change of each, others of the next.
            if (len(path.name) + seed) % 3 == 0:
                rng = Random(f"{path.name} {name}")  # noqa: S311 - not for secrets
                changed = CHANGES[name](rng, members)
                yield repair(changed) if rng.random() < 0.5 else changed


def test_they_agree_on_every_fixture_changed_in_its_meaning(place: Path) -> None:
    verdicts = [
        due.verdict for each in fixture_changes() if (due := compare(write_tar(each), place))
    ]
    assert {"verified", "failed", "incomplete", "unverifiable"} <= set(verdicts)
    assert len(verdicts) > 400


@at_least(200)
@given(built=archives(), codec=st.sampled_from(CODECS))
def test_they_agree_on_archives_of_every_shape(built: Built, codec: Codec, place: Path) -> None:
    compare(built.compressed(codec), place)


@at_least(800)
@given(members=changed_archives())
def test_they_agree_on_archives_changed_in_their_meaning(members: Members, place: Path) -> None:
    compare(write_tar(members), place)


# --- The model itself: what the specification says, one sentence at a time -----------------------


def two_platforms() -> tuple[Built, ImageRecipe, ImageRecipe]:
    here = ImageRecipe(layers=(_FIRST,), names=(_NAMES[0],))
    there = ImageRecipe(layers=(_SECOND,), platform=_PLATFORMS[1])
    return build_oci([here, there], nested_index=True), here, there


def plain(*recipes: LayerRecipe, **more: object) -> ImageRecipe:
    return ImageRecipe(layers=recipes or (_FIRST,), names=(_NAMES[0],), config_extra=more)


def diff_ids(*texts: str) -> dict[str, object]:
    return {"type": "layers", "diff_ids": list(texts)}


def cases() -> Iterator[tuple[str, Built, str]]:
    image = plain()
    oci, hybrid = build_oci([image]), build_hybrid([image])
    layer = blob_name(_FIRST.blob)
    yield "whole", oci, "verified"
    yield "layer-absent", oci.remove(layer), "incomplete"
    yield "layer-altered", oci.replace(layer, _SECOND.blob), "failed"
    yield (
        "layer-through-a-link",
        oci.replace(layer, Symlink("x")).add("blobs/sha256/x", _FIRST.blob),
        "verified",
    )
    yield "link-to-nothing", oci.replace(layer, Symlink("x")), "incomplete"
    yield "orphan-misnamed", oci.add(f"blobs/sha256/{'0' * 64}", b"x"), "failed"
    yield "second-copy-differs", oci.add("index.json", b"{}", at=0), "failed"
    yield (
        "order-swapped",
        build_oci([plain(_FIRST, _SECOND, rootfs=diff_ids(_SECOND.diff_id, _FIRST.diff_id))]),
        "failed",
    )
    yield "one-diff-id-too-few", build_oci([plain(rootfs=diff_ids())]), "failed"
    unknown = diff_ids(_FIRST.diff_id.replace("sha256", "blake3"))
    yield "diff-id-unknown-beside-digest", build_oci([plain(rootfs=unknown)]), "verified"
    yield (
        "diff-id-unknown-alone",
        build_docker([plain(rootfs=unknown)], style="ggcr"),
        "unverifiable",
    )
    yield "legacy", build_docker_v1([image]), "unverifiable"
    yield (
        "config-name-lies",
        build_docker([image], style="skopeo").replace(
            f"{sha256(image.config)[7:]}.json", image.config + b"\n"
        ),
        "failed",
    )
    foreign = LayerRecipe(
        tar=_FIRST.tar, media_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    )
    yield "kept-elsewhere", build_oci([plain(foreign)]).remove(blob_name(foreign.blob)), "verified"
    other = dumps([{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["l"]}])
    differing = plain(created="2001-01-01T00:00:00Z")
    yield (
        "views-disagree",
        (oci.add("c.json", differing.config).add("l", _FIRST.tar).add("manifest.json", other)),
        "failed",
    )
    yield "nothing-named", oci.replace("index.json", dumps({"manifests": []})), "failed"
    yield "placeholder", hybrid.replace(blob_name(_FIRST.tar), b""), "failed"
    yield "no-image", Built((("bin/sh", b"x"),), oci.expected), "unreadable"


def platform_cases() -> Iterator[tuple[str, Built, str]]:
    built, here, there = two_platforms()
    manifest, config, layer = (blob_name(blob) for blob in there.blobs)
    yield "both", built, "verified"
    yield "platform-absent", built.remove(manifest), "verified"
    yield "platform-hollow", built.remove(config).remove(layer), "verified"
    yield "platform-without-config", built.remove(config), "incomplete"
    both = built.remove(manifest).remove(blob_name(here.manifest))
    yield "no-platform", both, "incomplete"
    direct = build_oci([here, there]).remove(manifest)
    yield "absent-from-the-root", direct, "incomplete"


CASES: Final = [*cases(), *platform_cases()]


@pytest.mark.parametrize(("_", "built", "verdict"), CASES, ids=[case[0] for case in CASES])
def test_the_model_holds_what_the_specification_says(_: str, built: Built, verdict: str) -> None:
    assert judge(built.tar()).verdict == verdict


def test_a_hollow_platform_is_incomplete_and_does_not_count() -> None:
    built, here, there = two_platforms()
    _, config, layer = (blob_name(blob) for blob in there.blobs)
    found = judge(built.remove(config).remove(layer).tar())
    verdicts = {image.manifest_digest: image.verdict for image in found.images}
    assert verdicts == {sha256(here.manifest): "verified", sha256(there.manifest): "incomplete"}


def test_the_model_measures_what_the_builder_made() -> None:
    image = plain(_FIRST, _SECOND)
    (found,) = judge(build_hybrid([image], store="containerd").tar()).images
    assert (found.manifest_digest, found.image_id) == (sha256(image.manifest), sha256(image.config))
    assert [layer[:2] for layer in found.layers] == [
        (sha256(layer.blob), layer.diff_id) for layer in (_FIRST, _SECOND)
    ]


@pytest.mark.parametrize("end", [b"", bytes(512), bytes(1024) + b"x"])
def test_the_model_has_no_opinion_on_a_tar_that_readers_take_differently(end: bytes) -> None:
    whole = build_oci([plain()]).tar()
    with pytest.raises(OutOfScopeError):
        judge(whole[:-1024] + end)


# --- Where the two once differed ------------------------------------------------------------------


def opaque_hybrid(media_type: str = "application/x.unknown", **more: object) -> Built:
    layer = LayerRecipe(tar=_FIRST.tar, media_type=media_type)
    return build_hybrid([plain(layer, **more)], store="containerd")


def other_form(media_type: str) -> Built:
    """A layer that is no tar, in both views."""
    layer = LayerRecipe(tar=_FIRST.tar, stored=b"\x07 no tar" * 90, media_type=media_type)
    return build_hybrid([plain(layer)], store="containerd")


def wrong() -> Iterator[tuple[str, Built, str]]:
    yield "diff-id-of-a-docker-view", opaque_hybrid(rootfs=diff_ids(sha256(b"x"))), "failed"
    yield "count-of-a-docker-view", opaque_hybrid(rootfs=diff_ids()), "failed"
    yield "sound-docker-view", opaque_hybrid(), "verified"
    for suffix in ("+xz", "+encrypted"):
        media_type = f"application/vnd.oci.image.layer.v1.tar{suffix}"
        wrong_id = opaque_hybrid(media_type, rootfs=diff_ids(sha256(b"x")))
        yield f"diff-id{suffix}", wrong_id, "failed"
        yield f"count{suffix}", opaque_hybrid(media_type, rootfs=diff_ids()), "failed"
        yield f"sound{suffix}", opaque_hybrid(media_type), "verified"
    for media_type, verdict in (
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "verified"),
        ("application/vnd.erofs.layer.v1", "verified"),
        ("application/vnd.oci.image.layer.v1.tar", "failed"),
        ("application/x.unknown", "failed"),
    ):
        yield f"no-tar-{media_type}", other_form(media_type), verdict


WRONG: Final = list(wrong())


@pytest.mark.parametrize(("_", "built", "verdict"), WRONG, ids=[case[0] for case in WRONG])
def test_a_docker_view_is_held_to_its_config_whatever_the_oci_type(
    _: str, built: Built, verdict: str, place: Path
) -> None:
    assert judge(built.tar()).verdict == verdict
    place.write_bytes(built.tar())
    assert verify(place).archives[0].verdict.value == verdict


def test_the_stream_of_a_layer_of_unknown_type_is_not_looked_into(place: Path) -> None:
    cut = LayerRecipe(tar=_FIRST.tar, stored=_FIRST.blob[:-9], media_type="application/x.unknown")
    built = build_oci([plain(cut)])
    place.write_bytes(built.tar())
    assert judge(built.tar()).verdict == "verified"
    assert verify(place).archives[0].verdict is Verdict.VERIFIED


def test_a_layer_whose_config_is_absent_is_not_verified(place: Path) -> None:
    item = {"Config": "c.json", "RepoTags": None, "Layers": ["l"]}
    place.write_bytes(
        write_tar([("l", _FIRST.tar), ("manifest.json", json.dumps([item]).encode())])
    )
    (image,) = verify(place).archives[0].images
    assert [layer.verdict.value for layer in image.layers] == ["unverifiable"]


def test_an_attestation_of_which_only_the_manifest_is_here_is_incomplete(place: Path) -> None:
    image = plain()
    attached = attestation(image)
    built = build_oci([image], artifacts=[attached], nested_index=True)
    for content in (attached.config.content, attached.blobs[0].content):
        built = built.remove(blob_name(content))
    place.write_bytes(built.tar())
    (artifact,) = verify(place).archives[0].artifacts
    assert artifact.verdict.value == "incomplete"


def test_an_image_below_an_altered_index_is_failed(place: Path) -> None:
    built, _, _ = two_platforms()
    index = f"blobs/{str(built.expected.images[0].index_digest).replace(':', '/')}"
    place.write_bytes(built.replace(index, built[index] + b"\n").tar())
    assert {image.verdict.value for image in verify(place).archives[0].images} == {"failed"}


def test_a_layer_is_not_failed_by_a_record_that_takes_it_for_a_manifest(place: Path) -> None:
    image = plain()
    built = build_oci([image])
    index = json.loads(built["index.json"])
    index["manifests"].append(descriptor(MANIFEST_TYPE, _FIRST.blob))
    place.write_bytes(built.replace("index.json", dumps(index)).tar())
    verdicts = {
        str(image.manifest_digest): image.verdict.value
        for image in verify(place).archives[0].images
    }
    assert verdicts[sha256(image.manifest)] == "verified"

"""Indexes and what they lead to: nesting, sharing, loops, absence, and what is no image."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from layertar.archive import Presence
from layertar.limits import Limits
from tests.archive.reading import artifacts_of, images_of, only_view, read, rules_of
from tests.builders import (
    ArtifactRecipe,
    BlobRecipe,
    PlatformName,
    attestation,
    blob_name,
    build_oci,
    descriptor,
    dumps,
    oras_artifact,
    ref_names,
    sha256,
    signature,
)
from tests.findings.shapes import (
    APP,
    HELLO,
    MARKER,
    NAMED,
    TOOL,
    config_of,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
)
from tests.recipes import EMPTY_TYPE, INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from layertar.archive import Archive
    from tests.builders import Built

_AMD = config_of(HELLO)
_AMD_MANIFEST = manifest_of(_AMD, layer_of(HELLO))
_ARM = config_of(TOOL, architecture="arm64")
_ARM_MANIFEST = manifest_of(_ARM, layer_of(TOOL))
_AMD_ENTRY = entry_of(_AMD_MANIFEST, platform=PlatformName().document)
_ARM_ENTRY = entry_of(_ARM_MANIFEST, platform=PlatformName("linux", "arm64").document)
_ALL = (_AMD_MANIFEST, _AMD, HELLO, _ARM_MANIFEST, _ARM, TOOL)


def nested(*indexes: bytes, **more: object) -> bytes:
    """An index of these indexes."""
    return index_of(*(entry_of(index, mediaType=INDEX_TYPE, **more) for index in indexes))


def presences(archive: Archive) -> list[Presence]:
    return [image.presence for image in images_of(archive)]


def digests(archive: Archive) -> list[str]:
    return [str(image.manifest.digest) for image in images_of(archive) if image.manifest]


def test_an_image_of_two_names_is_one_image_with_both() -> None:
    names = [{"io.containerd.image.name": f"docker.io/library/app:{tag}"} for tag in ("1", "2")]
    entries = [entry_of(_AMD_MANIFEST, annotations=name) for name in names]
    (image,) = images_of(read(layout(index_of(*entries), *_ALL)))
    assert [name.text for name in image.names] == [
        "docker.io/library/app:1",
        "docker.io/library/app:2",
    ]
    assert [claim.pointer for claim in image.repeats] == ["/manifests/1"]


def test_every_image_below_an_index_has_the_names_of_all_that_lead_there() -> None:
    inner = index_of(_AMD_ENTRY, _ARM_ENTRY)
    outer = index_of(
        entry_of(inner, mediaType=INDEX_TYPE, annotations=NAMED),
        entry_of(_ARM_MANIFEST, annotations={"io.containerd.image.name": "docker.io/a/arm:1"}),
        entry_of(
            inner, mediaType=INDEX_TYPE, annotations={"io.containerd.image.name": "docker.io/a/b:1"}
        ),
    )
    archive = read(layout(outer, inner, *_ALL))
    assert [[name.text for name in image.names] for image in images_of(archive)] == [
        ["docker.io/library/app:1", "docker.io/a/b:1"],
        ["docker.io/library/app:1", "docker.io/a/b:1", "docker.io/a/arm:1"],
    ]
    assert len(only_view(archive).indexes) == 3


def test_names_count_only_in_index_json_itself() -> None:
    inner = index_of({**_AMD_ENTRY, "annotations": NAMED})
    (image,) = images_of(read(layout(nested(inner), inner, *_ALL)))
    assert image.names == ()


def test_a_child_that_two_indexes_share_is_one_image() -> None:
    one = index_of(_AMD_ENTRY)
    other = index_of(_AMD_ENTRY, _ARM_ENTRY)
    archive = read(layout(nested(one, other), one, other, *_ALL))
    assert digests(archive) == [sha256(_AMD_MANIFEST), sha256(_ARM_MANIFEST)]
    assert [len(image.repeats) for image in images_of(archive)] == [1, 0]


def test_an_index_that_leads_to_itself_ends() -> None:
    digest = f"sha256:{'1' * 64}"
    entry = {**entry_of(b"", mediaType=INDEX_TYPE), "digest": digest}
    inner = index_of(entry, _AMD_ENTRY)
    built = layout(index_of(entry), *_ALL).add(f"blobs/sha256/{'1' * 64}", inner)
    archive = read(built)
    assert digests(archive) == [sha256(_AMD_MANIFEST)]
    assert presences(archive) == [Presence.DUE]


def test_a_digest_named_as_index_and_as_manifest_is_read_as_both() -> None:
    inner = index_of(_AMD_ENTRY)
    outer = index_of(entry_of(inner, mediaType=INDEX_TYPE), entry_of(inner))
    archive = read(layout(outer, inner, *_ALL))
    assert digests(archive) == [sha256(_AMD_MANIFEST)]
    assert len(artifacts_of(archive)) == 1


# What may lawfully be absent.


def partly(*blobs: bytes, index: bytes | None = None) -> Archive:
    """Two platforms of one name, of which amd64 is whole and the other has these blobs."""
    both = index_of(_AMD_ENTRY, _ARM_ENTRY)
    outer = nested(both) if index is None else index
    return read(layout(outer, both, _AMD_MANIFEST, _AMD, HELLO, *blobs))


def test_a_platform_that_was_never_pulled_is_absent() -> None:
    assert presences(partly()) == [Presence.DUE, Presence.ABSENT]


def test_a_platform_of_which_only_the_manifest_is_here_is_hollow() -> None:
    assert presences(partly(_ARM_MANIFEST)) == [Presence.DUE, Presence.HOLLOW]


def test_a_platform_of_which_something_of_its_own_is_here_is_due() -> None:
    assert presences(partly(_ARM_MANIFEST, _ARM)) == [Presence.DUE, Presence.DUE]
    assert presences(partly(_ARM_MANIFEST, TOOL)) == [Presence.DUE, Presence.DUE]


def test_what_a_hollow_platform_shares_with_a_whole_one_is_not_its_own() -> None:
    config = config_of(HELLO, TOOL, architecture="arm64")
    manifest = manifest_of(config, layer_of(HELLO), layer_of(TOOL))
    both = index_of(_AMD_ENTRY, entry_of(manifest))
    built = layout(nested(both), both, _AMD_MANIFEST, _AMD, HELLO, manifest)
    assert presences(read(built)) == [Presence.DUE, Presence.HOLLOW]


def test_a_child_of_index_json_itself_is_due() -> None:
    archive = read(layout(index_of(_AMD_ENTRY, _ARM_ENTRY), _AMD_MANIFEST, _AMD, HELLO))
    assert presences(archive) == [Presence.DUE, Presence.DUE]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_index_json_names_is_due_though_another_index_excuses_it(*, is_first: bool) -> None:
    both = entry_of(index_of(_AMD_ENTRY, _ARM_ENTRY), mediaType=INDEX_TYPE)
    entries = [_ARM_ENTRY, both] if is_first else [both, _ARM_ENTRY]
    archive = partly(index=index_of(*entries))
    assert set(presences(archive)) == {Presence.DUE}


def test_an_index_none_of_whose_children_is_whole_excuses_none() -> None:
    both = index_of(_AMD_ENTRY, _ARM_ENTRY)
    assert presences(read(layout(nested(both), both))) == [Presence.DUE, Presence.DUE]
    halves = layout(nested(both), both, _AMD_MANIFEST, _ARM_MANIFEST)
    assert presences(read(halves)) == [Presence.DUE, Presence.DUE]


def test_an_attestation_does_not_excuse_its_siblings() -> None:
    built = build_oci([APP], artifacts=[attestation(APP)], nested_index=True)
    gone = built.remove(blob_name(APP.manifest))
    (image,) = images_of(read(gone))
    assert image.presence is Presence.DUE


def test_an_absent_attestation_beside_a_whole_image_is_excused() -> None:
    built = build_oci([APP], artifacts=[attestation(APP)], nested_index=True)
    gone = built.remove(blob_name(attestation(APP).manifest))
    (artifact,) = artifacts_of(read(gone))
    assert artifact.presence is Presence.ABSENT


def test_an_absent_index_beside_a_whole_image_is_excused_wherever_it_is_named_again() -> None:
    absent = index_of(_ARM_ENTRY)
    entry = entry_of(absent, mediaType=INDEX_TYPE)
    both = index_of(_AMD_ENTRY, entry, entry)
    archive = read(layout(nested(both), both, _AMD_MANIFEST, _AMD, HELLO))
    found = [index.presence for index in only_view(archive).indexes]
    assert found == [Presence.DUE, Presence.DUE, Presence.ABSENT, Presence.ABSENT]


# What is no image.


def kinds(archive: Archive) -> tuple[int, list[str | None]]:
    view = only_view(archive)
    return len(view.images), [artifact.artifact_type for artifact in view.artifacts]


_NEW_ATTESTATION = ArtifactRecipe(
    blobs=(BlobRecipe("application/vnd.in-toto+json", b"{}"),),
    artifact_type="application/vnd.docker.attestation.manifest.v1+json",
    subject=descriptor(MANIFEST_TYPE, APP.manifest),
    annotations={
        "vnd.docker.reference.digest": sha256(APP.manifest),
        "vnd.docker.reference.type": "attestation-manifest",
    },
    platform=PlatformName("unknown", "unknown"),
)
_CHART = ArtifactRecipe(
    blobs=(BlobRecipe("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"chart"),),
    config=BlobRecipe("application/vnd.cncf.helm.config.v1+json", b'{"name":"chart"}'),
)


@pytest.mark.parametrize(
    ("artifact", "kind", "subject"),
    [
        (attestation(APP), "application/vnd.oci.image.config.v1+json", APP.manifest),
        (
            _NEW_ATTESTATION,
            "application/vnd.docker.attestation.manifest.v1+json",
            APP.manifest,
        ),
        (signature(APP), "application/vnd.oci.image.config.v1+json", None),
        (oras_artifact({"a": b"x"}), "application/vnd.example.files.v1", None),
        (oras_artifact({"a": b"x"}, subject=APP), "application/vnd.example.files.v1", APP.manifest),
        (_CHART, "application/vnd.cncf.helm.config.v1+json", None),
    ],
)
def test_what_is_attached_to_an_image_or_beside_it_is_an_artifact(
    artifact: ArtifactRecipe, kind: str, subject: bytes | None
) -> None:
    for nested_index in (False, True):
        archive = read(build_oci([APP], artifacts=[artifact], nested_index=nested_index))
        assert kinds(archive) == (1, [kind])
        (found,) = artifacts_of(archive)
        recorded = str(found.subject) if found.subject is not None else None
        assert recorded == (sha256(subject) if subject is not None else None)
        assert all(claim.is_present for claim in found.blobs)


def test_a_referrer_that_containerd_exported_is_no_image_by_its_type_alone() -> None:
    annotations = {"io.containerd.manifest.subject": sha256(APP.manifest)}
    file = ArtifactRecipe(blobs=(), artifact_type="text/plain", annotations=annotations)
    (artifact,) = artifacts_of(read(build_oci([APP], artifacts=[file])))
    assert artifact.is_referrer
    assert str(artifact.subject) == sha256(APP.manifest)


def test_a_malformed_subject_in_an_annotation_is_none() -> None:
    annotations = {"io.containerd.manifest.subject": "sha256"}
    file = ArtifactRecipe(blobs=(), artifact_type="text/plain", annotations=annotations)
    archive = read(build_oci([APP], artifacts=[file]))
    assert artifacts_of(archive)[0].subject is None
    assert "annotation-digest-malformed" in rules_of(archive)


_FILES = manifest_of(
    b"{}", descriptor("text/plain", b"x"), config=descriptor("application/x.files", b"{}")
)
_ATTACHED = manifest_of(
    b"{}",
    descriptor("text/plain", b"x"),
    config=descriptor("application/x.files", b"{}"),
    subject=descriptor(MANIFEST_TYPE, _AMD_MANIFEST),
)


def names_of(archive: Archive) -> tuple[list[list[str]], list[list[str]]]:
    """The names of each image, and of each artifact."""
    things = (images_of(archive), artifacts_of(archive))
    images, artifacts = ([[name.text for name in each.names] for each in some] for some in things)
    return images, artifacts


def test_an_artifact_has_the_names_that_lead_to_it() -> None:
    entries = [entry_of(_FILES, annotations=ref_names(name)) for name in ("chart:1", "chart:2")]
    archive = read(layout(index_of(*entries, _AMD_ENTRY), _FILES, b"{}", b"x", *_ALL))
    assert names_of(archive) == ([[]], [["chart:1", "chart:2"]])


def test_what_is_beside_an_image_in_an_index_does_not_have_its_name() -> None:
    inner = index_of(_AMD_ENTRY, entry_of(_ATTACHED), descriptor("text/plain", b"x"))
    index = index_of(entry_of(inner, mediaType=INDEX_TYPE, annotations=NAMED))
    archive = read(layout(index, inner, _ATTACHED, b"{}", b"x", *_ALL))
    assert names_of(archive) == ([["docker.io/library/app:1"]], [[], []])


def test_artifacts_of_an_index_without_images_have_its_name() -> None:
    inner = index_of(entry_of(_FILES), descriptor("text/plain", b"x"))
    index = index_of(entry_of(inner, mediaType=INDEX_TYPE, annotations=ref_names("files:1")))
    archive = read(layout(index, inner, _FILES, b"{}", b"x"))
    assert names_of(archive) == ([], [["files:1"], ["files:1"]])


def test_a_blob_that_index_json_itself_names_has_that_name() -> None:
    index = index_of(descriptor("text/plain", b"x", annotations=ref_names("x:1")), _AMD_ENTRY)
    archive = read(layout(index, b"x", *_ALL))
    assert names_of(archive) == ([[]], [["x:1"]])


def cache() -> tuple[bytes, Built]:
    """BuildKit's cache: an index whose entries are layers and a config of its own."""
    config = b'{"layers":[]}'
    inner = index_of(layer_of(HELLO), descriptor("application/vnd.buildkit.cacheconfig.v0", config))
    return inner, layout(nested(inner), inner, HELLO, config)


def test_an_index_of_layers_is_one_artifact_of_these_blobs() -> None:
    inner, built = cache()
    (artifact,) = artifacts_of(read(built))
    assert artifact.manifest is not None
    assert str(artifact.manifest.digest) == sha256(inner)
    assert [claim.media_type for claim in artifact.blobs] == [
        LAYER_TYPE,
        "application/vnd.buildkit.cacheconfig.v0",
    ]
    assert images_of(read(built)) == ()


def test_entries_of_index_json_that_are_no_manifests_are_an_artifact_each() -> None:
    built = layout(index_of(layer_of(HELLO), descriptor("text/plain", b"file")), HELLO, b"file")
    found = [artifact.manifest for artifact in artifacts_of(read(built))]
    assert [claim.media_type if claim else None for claim in found] == [LAYER_TYPE, "text/plain"]


def test_the_withdrawn_artifact_manifest_is_an_artifact() -> None:
    raw = dumps({"blobs": [descriptor("text/plain", b"file")]})
    media_type = "application/vnd.oci.artifact.manifest.v1+json"
    built = layout(index_of(entry_of(raw, mediaType=media_type)), raw, b"file")
    (artifact,) = artifacts_of(read(built))
    assert len(artifact.blobs) == 1


def test_schema_1_is_an_image() -> None:
    raw = dumps({"schemaVersion": 1, "fsLayers": [], "history": []})
    media_type = "application/vnd.docker.distribution.manifest.v1+json"
    archive = read(layout(index_of(entry_of(raw, mediaType=media_type)), raw))
    (image,) = images_of(archive)
    assert image.layers == ()
    assert artifacts_of(archive) == ()


# Embedded data.


def embedded(data: bytes, recorded: bytes) -> Built:
    """An artifact whose config is only in its descriptor; the blob is not in the archive."""
    config = descriptor(EMPTY_TYPE, recorded, data=base64.b64encode(data).decode())
    manifest = manifest_of(b"", config=config, artifactType="text/plain")
    return layout(index_of(entry_of(manifest)), manifest)


def test_embedded_data_stand_for_a_blob_that_is_not_here() -> None:
    (artifact,) = artifacts_of(read(embedded(b"{}", b"{}")))
    (config,) = artifact.blobs
    assert config.is_present
    assert config.member is None
    assert config.inline == b"{}"


@pytest.mark.parametrize("data", [b"{ }", b"[]"])
def test_embedded_data_that_are_not_what_is_recorded_stand_for_nothing(data: bytes) -> None:
    (artifact,) = artifacts_of(read(embedded(data, b"{}")))
    (config,) = artifact.blobs
    assert not config.is_present
    assert config.data == data


def test_the_blob_itself_comes_before_embedded_data() -> None:
    built = embedded(b"{}", b"{}").add(blob_name(b"{}"), b"{}")
    (artifact,) = artifacts_of(read(built))
    assert artifact.blobs[0].member is not None
    assert artifact.blobs[0].inline is None


def test_an_embedded_manifest_is_read() -> None:
    entry = {**entry_of(_AMD_MANIFEST), "data": base64.b64encode(_AMD_MANIFEST).decode()}
    (image,) = images_of(read(layout(index_of(entry), _AMD, HELLO)))
    assert image.layers[0].claim.is_present
    assert image.layers[0].claim.document == "index.json"


# Bounds.


def test_descriptors_layers_and_depth_are_bounded() -> None:
    many = layout(index_of(*[_AMD_ENTRY] * 9), *_ALL)
    assert rules_of(read(many, limits=Limits(descriptors=9))) == []
    assert rules_of(read(many, limits=Limits(descriptors=8))) == ["limit-exceeded"]
    inner = index_of(_AMD_ENTRY)
    deep = layout(nested(nested(inner)), nested(inner), inner, *_ALL)
    assert rules_of(read(deep, limits=Limits(index_depth=2))) == []
    archive = read(deep, limits=Limits(index_depth=1))
    assert rules_of(archive) == ["index-nested-deep", "limit-exceeded"]
    assert images_of(archive) == ()
    config = config_of(HELLO, TOOL)
    manifest = manifest_of(config, layer_of(HELLO), layer_of(TOOL))
    two = layout(index_of(entry_of(manifest)), manifest, config, HELLO, TOOL)
    archive = read(two, limits=Limits(layers=1))
    assert rules_of(archive) == ["limit-exceeded"]
    assert (len(images_of(archive)[0].layers), images_of(archive)[0].layer_total) == (1, 2)


def test_a_marker_without_blobs_and_an_empty_index_are_a_view_that_lists_nothing() -> None:
    archive = read(layout(index_of()).replace("oci-layout", MARKER))
    assert rules_of(archive) == ["oci-index-empty"]
    assert images_of(archive) == ()

"""The rarer shapes, whole: read, measured and judged, as a file, a pipe and a directory."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict, verify
from layertar.documents import signed_payload
from tests.archive.other_builders import (
    below,
    build_directory,
    build_refs,
    build_registry,
    build_rules_docker,
    build_schema1,
    build_sparse,
    hex_of,
    sign,
)
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    blob_name,
    build_docker,
    build_docker_v1,
    dumps,
)
from tests.built import Expected
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    MARKER,
    TOOL,
    entry_of,
    index_of,
    oci,
)
from tests.recipes import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from layertar import ArchiveReport
    from tests.builders import Codec

_TWO = ImageRecipe(layers=(LayerRecipe(tar=TOOL), LAYER), names=("docker.io/library/two:2",))
_TWICE = ImageRecipe(layers=(LAYER, LayerRecipe(tar=TOOL), LAYER))
_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

# Each shape, and its view.
_SHAPES = {
    "layout below a directory": (below(oci(APP), "mydir/"), "oci"),
    "layout two directories down": (below(oci(APP), "a/b/"), "oci"),
    "docker archive below a directory": (below(build_docker([APP], style="ggcr"), "d/"), "docker"),
    "v1 below a directory": (below(build_docker_v1([APP]), "old/"), "docker-v1"),
    "dir copy": (build_directory(APP), "dir"),
    "dir copy with the algorithm in names": (build_directory(APP, prefix="sha256-"), "dir"),
    "dir copy below a directory": (below(build_directory(APP), "copy/"), "dir"),
    "refs": (build_refs(APP), "oci"),
    "refs below a directory": (below(build_refs(APP), "old/"), "oci"),
    "registry": (build_registry([APP]), "registry"),
    "registry below a directory": (below(build_registry([APP]), "mirror/"), "registry"),
    "rules_docker": (build_rules_docker(APP), "rules-docker"),
    "rules_docker, a layer twice": (build_rules_docker(_TWICE), "rules-docker"),
    "rules_docker without the layers' digests": (
        build_rules_docker(APP, sidecars=False), "rules-docker",
    ),
    "sparse layout with its layers": (build_sparse(APP), "sparse"),
    "sparse layout below a directory": (below(build_sparse(APP), "img/"), "sparse"),
}  # fmt: skip


def facts_of(report: ArchiveReport) -> list[tuple[object, ...]]:
    return [
        (
            str(image.image_id or None),
            str(image.manifest_digest or None),
            [(str(layer.digest), str(layer.diff_id)) for layer in image.layers],
        )
        for image in report.images
    ]


def _below(path: Path) -> Path:
    """A directory of its own, for a second archive of one test."""
    below = path / "second"
    below.mkdir()
    return below


def due(built: Built) -> list[tuple[object, ...]]:
    return [
        (
            str(image.image_id),
            str(image.manifest_digest),
            [(layer.digest, layer.diff_id) for layer in image.layers],
        )
        for image in built.expected.images
    ]


@pytest.mark.parametrize("shape", _SHAPES)
def test_a_shape_is_read_with_all_that_is_true_of_it(shape: str, tmp_path: Path) -> None:
    built, view = _SHAPES[shape]
    report = examined(built, tmp_path, is_unpacked=True)
    assert report.views == (view,)
    # Of old Docker nothing records a digest.
    is_bound = view != "docker-v1"
    assert errors_of(report) == ([] if is_bound else ["image-unverifiable"])
    assert facts_of(report) == due(built)
    assert (report.verdict is Verdict.VERIFIED) == is_bound


@pytest.mark.parametrize("shape", [name for name in _SHAPES if not name.startswith("v1")])
def test_a_damaged_layer_of_a_shape_is_told_once(shape: str, tmp_path: Path) -> None:
    built, _ = _SHAPES[shape]
    data = LAYER.blob
    damaged = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
    name = next(name for name in built.files if built[name] == data)
    report = examined(built.replace(name, damaged), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.FAILED
    (error,) = (each for each in report.findings if each.severity is Severity.ERROR)
    assert error.location.member == name


@pytest.mark.parametrize("shape", [name for name in _SHAPES if not name.startswith("v1")])
def test_an_absent_layer_of_a_shape_is_told(shape: str, tmp_path: Path) -> None:
    built, view = _SHAPES[shape]
    name = next(name for name in built.files if built[name] == LAYER.blob)
    report = examined(built.remove(name), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.INCOMPLETE
    missing = "docker-layer-missing" if view == "docker" else "blob-missing"
    assert errors_of(report) == [missing]


def test_what_lies_at_the_top_wins_over_what_lies_below(tmp_path: Path) -> None:
    built = replace(oci(APP), members=(*oci(APP).members, *below(oci(_TWO), "a/").members))
    report = examined(built, tmp_path, is_unpacked=True)
    assert [image.names for image in report.images] == [APP.names]
    assert told(report, "archive-nested-prefix") == []


def test_of_several_directories_the_first_by_name_is_read(tmp_path: Path) -> None:
    members = (*below(oci(_TWO), "b/").members, *below(oci(APP), "a/").members)
    report = examined(Built(members, Expected(())), tmp_path, is_unpacked=True)
    assert [image.names for image in report.images] == [APP.names]
    (finding,) = told(report, "archive-nested-prefix")
    assert "b/" in finding.message


def test_a_zarf_package_is_meant_to_be_so(tmp_path: Path) -> None:
    built = below(oci(APP), "images/").add("zarf.yaml", b"kind: ZarfPackageConfig\n")
    report = examined(built, tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.VERIFIED
    (finding,) = told(report, "archive-nested-prefix")
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize("prefix", ["a/b/c/", "blobs/sha256/"])
def test_a_layout_is_not_looked_for_further_down(prefix: str) -> None:
    report = verify(io.BytesIO(below(oci(APP), prefix).tar())).archives[0]
    assert report.verdict is Verdict.UNREADABLE


def test_a_root_file_system_with_a_layout_in_it_is_no_image() -> None:
    built = below(oci(APP), "opt/x/").add("usr/bin/a", b"").add("etc/b", b"")
    report = verify(io.BytesIO(built.tar())).archives[0]
    assert report.verdict is Verdict.UNREADABLE
    assert "root file system" in report.findings[0].message


def test_a_dir_copy_of_all_platforms_keeps_manifests_beside_the_index(tmp_path: Path) -> None:
    one, two = build_directory(APP), build_directory(_TWO)
    index = index_of(entry_of(APP.manifest), entry_of(_TWO.manifest))
    members = dict(one.members) | dict(two.members) | {"manifest.json": index}
    for image in (APP, _TWO):
        members[f"{hex_of(image.manifest)}.manifest.json"] = image.manifest
    built = Built((*members.items(), ("signature-1", b"\0")), Expected(()))
    report = examined(built, tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.VERIFIED
    assert {str(image.manifest_digest) for image in report.images} == {
        sha256(APP.manifest),
        sha256(_TWO.manifest),
    }
    name = f"{hex_of(APP.manifest)}.manifest.json"
    other = APP.manifest.replace(b'"schemaVersion":2', b'"schemaVersion": 2')
    damaged = examined(built.replace(name, other), _below(tmp_path), is_unpacked=True)
    assert errors_of(damaged) == ["manifest-digest-mismatch"]


def test_a_manifest_that_is_an_object_is_no_dir_copy_without_its_version() -> None:
    report = verify(io.BytesIO(build_directory(APP).remove("version").tar())).archives[0]
    assert report.verdict is Verdict.UNREADABLE


def _signed() -> tuple[bytes, bytes]:
    payload = build_schema1(LAYER.blob)
    return payload, sign(payload)


def test_a_signed_manifest_is_called_by_its_payload() -> None:
    payload, signed = _signed()
    assert signed_payload(signed) == payload
    assert signed_payload(payload) is None
    assert signed_payload(signed.replace(b'"signatures"', b'"x":1, "signatures"')) is None
    assert signed_payload(b"[]") is None


def test_a_dir_copy_of_schema_1_is_told_and_its_blobs_are_proved(tmp_path: Path) -> None:
    _, signed = _signed()
    built = build_directory(APP).replace("manifest.json", signed)
    report = examined(built, tmp_path, is_unpacked=True)
    assert errors_of(report) == []
    assert len(told(report, "manifest-schema1")) == 1
    damaged = built.replace(hex_of(LAYER.blob), LAYER.blob[:-1] + b"x")
    report = examined(damaged, _below(tmp_path), is_unpacked=True)
    assert errors_of(report) == ["layer-stream-corrupt"]
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("codec", "kind", "severity"),
    [
        ("none", "application/vnd.docker.image.rootfs.diff.tar.gzip", Severity.NOTE),
        ("none", "application/vnd.oci.image.layer.v1.tar+gzip", Severity.WARNING),
        ("zstd", "application/vnd.docker.image.rootfs.diff.tar.gzip", Severity.WARNING),
    ],
)
def test_plain_layers_under_dockers_only_type_are_what_podman_writes(
    codec: Codec, kind: str, severity: Severity, tmp_path: Path
) -> None:
    layer = LayerRecipe(tar=LAYER.tar, compression=codec, media_type=kind)
    built = build_directory(ImageRecipe(layers=(layer,)))
    (finding,) = told(examined(built, tmp_path, is_unpacked=True), "layer-compression-mismatch")
    assert finding.severity is severity


def test_a_layer_that_schema_1_records_must_be_there(tmp_path: Path) -> None:
    _, signed = _signed()
    built = build_directory(APP).replace("manifest.json", signed).remove(hex_of(LAYER.blob))
    report = examined(built, tmp_path, is_unpacked=True)
    assert errors_of(report) == ["blob-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def test_a_layout_names_a_signed_manifest_by_its_payload(tmp_path: Path) -> None:
    payload, signed = _signed()
    name = f"blobs/sha256/{hex_of(payload)}"
    index = index_of(entry_of(payload, mediaType=_SCHEMA1, size=len(signed)))
    layer = (blob_name(LAYER.blob), LAYER.blob)
    members = ((name, signed), layer, ("index.json", index), ("oci-layout", MARKER))
    built = Built(members, Expected(()))
    assert errors_of(examined(built, tmp_path, is_unpacked=True)) == []
    changed = built.replace(name, signed.replace(b'"app"', b'"apq"'))
    report = examined(changed, _below(tmp_path), is_unpacked=True)
    assert errors_of(report) == ["blob-digest-mismatch"]


def _schema1(*blobs: bytes, **changes: object) -> Built:
    """A `dir:` copy of an image of schema 1."""
    members = {hex_of(blob): blob for blob in blobs}
    manifest = ("manifest.json", build_schema1(*blobs, **changes))
    version = ("version", b"Directory Transport Version: 1.1\n")
    return Built((*members.items(), manifest, version), Expected(()))


_OTHER = LayerRecipe(tar=TOOL).blob


def test_the_layers_of_schema_1_are_an_image_s_base_first(tmp_path: Path) -> None:
    report = examined(_schema1(LAYER.blob, _OTHER, LAYER.blob), tmp_path, is_unpacked=True)
    assert (report.verdict, errors_of(report)) == (Verdict.VERIFIED, [])
    (image,) = report.images
    found = [str(layer.digest) for layer in image.layers]
    assert found == [sha256(LAYER.blob), sha256(_OTHER), sha256(LAYER.blob)]
    assert image.image_id is None


def test_a_layer_of_schema_1_that_is_another_is_told(tmp_path: Path) -> None:
    sums = [{"blobSum": sha256(_OTHER)}]
    report = examined(_schema1(LAYER.blob, fsLayers=sums), tmp_path, is_unpacked=True)
    assert (errors_of(report), report.verdict) == (["blob-missing"], Verdict.INCOMPLETE)
    built = _schema1(LAYER.blob, _OTHER).replace(hex_of(_OTHER), LAYER.blob)
    report = examined(built, _below(tmp_path), is_unpacked=True)
    assert errors_of(report) == ["blob-digest-mismatch"]
    assert report.findings[0].location.layer == 1


def _compatible(*entries: dict[str, str]) -> list[dict[str, str]]:
    """A `history` of these documents."""
    return [{"v1Compatibility": dumps(entry).decode()} for entry in entries]


@pytest.mark.parametrize(
    ("history", "rules"),
    [
        (_compatible({"id": "b", "parent": "a"}, {"id": "a"}), []),
        (_compatible({"id": "a", "parent": "z"}, {"id": "a"}), []),  # Repeated, as old Docker did.
        (_compatible({"id": "b", "parent": "a"}, {"id": "a", "parent": "x", "os": "windows"}), []),
        (_compatible({"id": "b", "parent": "a"}, {"id": "a", "parent": "x"}),
         ["legacy-id-mismatch"]),
        (_compatible({"id": "b", "parent": "x"}, {"id": "a"}), ["legacy-id-mismatch"]),
        (_compatible({"id": "b"}, {"id": "a"}), ["legacy-id-mismatch"]),
        (_compatible({"id": "a"}), ["layer-count-mismatch"]),
        ([{}, {}], ["descriptor-invalid", "descriptor-invalid"]),
        ([{"v1Compatibility": "{"}, {"v1Compatibility": "[]"}],
         ["json-invalid", "json-invalid"]),
        (None, ["layer-count-mismatch"]),
    ],
)  # fmt: skip
def test_the_history_of_schema_1_goes_with_its_layers(
    history: object, rules: list[str], tmp_path: Path
) -> None:
    built = _schema1(LAYER.blob, _OTHER, history=history)
    assert errors_of(examined(built, tmp_path, is_unpacked=True)) == rules


@pytest.mark.parametrize("layers", [[], None, [{}]])
def test_a_manifest_of_schema_1_without_layers_is_none(layers: object, tmp_path: Path) -> None:
    report = examined(_schema1(LAYER.blob, fsLayers=layers), tmp_path, is_unpacked=True)
    assert "descriptor-invalid" in errors_of(report)


def test_a_registry_gives_names_from_repositories_and_tags(tmp_path: Path) -> None:
    report = examined(build_registry([APP, _TWO]), tmp_path, is_unpacked=True)
    assert [image.names for image in report.images] == [APP.names, _TWO.names]


def test_a_registry_keeps_manifests_without_tags(tmp_path: Path) -> None:
    built = build_registry([APP])
    tag = next(name for name in built.files if name.endswith("current/link"))
    report = examined(built.remove(tag), tmp_path, is_unpacked=True)
    assert [image.names for image in report.images] == [()]
    assert report.verdict is Verdict.VERIFIED


def test_a_link_that_is_no_digest_is_told(tmp_path: Path) -> None:
    built = build_registry([APP])
    tag = next(name for name in built.files if name.endswith("current/link"))
    report = examined(built.replace(tag, b"sha256:../../x"), tmp_path, is_unpacked=True)
    assert "digest-malformed" in errors_of(report)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("manifest.json", f"sha256-{'a' * 64}.tar.gz"), "imgpkg"),
        (("sparse-oci-layout", f"{'a' * 64}.descriptor.json"), "rules_img"),
        (("root.descriptor.json",), "rules_img"),
        (("config.json", "digest", "000.tar.gz"), "rules_docker"),
        (("config.json", "rootfs/bin/sh"), "runtime bundle or a Docker plugin"),
        (("spec.dump", "config.dump", "checkpoint/x.img"), "checkpoint"),
        (("checkpoint/inventory.img", "spec.dump"), "checkpoint"),
        (("config.json", "descriptors.json", "inventory.img"), "checkpoint"),
        (("checkpoint", "model.data-00000-of-00001"), "but checkpoint, model.data"),
        (("io.containerd.content.v1.content/blobs/sha256/a",), "data directory of containerd"),
        (("overlay2/l/A", "image/overlay2/repositories.json"), "data directory of Docker"),
        (("overlay-images/images.json",), "data directory of Docker or podman"),
        (("metadata.yaml", "rootfs/bin/sh"), "LXD or Incus"),
        (("vm.ovf", "vm.vmdk"), "virtual machine"),
        (("metadata.json", "Vagrantfile", "box.img"), "Vagrant"),
        (("HEAD", "objects/a", "refs/heads/main", "config"), "repository of git"),
        (("config", "objects/a", "refs/heads/app"), "OSTree or Flatpak"),
        ((".PKGINFO", ".MTREE"), "Alpine or Arch Linux"),
        (("info/index.json", "lib/a"), "conda"),
        (("metadata.gz", "data.tar.gz", "checksums.yaml.gz"), "Ruby"),
        (("one.tar", "two.tar.gz"), "holds archives, one.tar, two.tar.gz"),
        (("mychart/Chart.yaml", "mychart/values.yaml"), "Helm chart"),
        (("bin/sh", "etc/passwd", "usr/lib/x"), "root file system"),
    ],
)
def test_what_is_no_image_is_called_what_it_is(names: tuple[str, ...], words: str) -> None:
    built = Built(tuple((name, b'{"schemaVersion":2}') for name in names), Expected(()))
    report = verify(io.BytesIO(built.tar())).archives[0]
    assert report.verdict is Verdict.UNREADABLE
    assert any(words in finding.message for finding in report.findings)


def _v1(**changes: object) -> Built:
    """An archive of old Docker whose one layer's json is changed."""
    built = build_docker_v1([APP])
    name = next(name for name in built.files if name.endswith("/json"))
    document = {"id": name.removesuffix("/json"), "os": "linux", **changes}
    return built.replace(name, dumps(document))


def test_a_v1_parent_that_is_not_here_makes_the_image_incomplete(tmp_path: Path) -> None:
    report = examined(_v1(parent="0" * 64), tmp_path, is_unpacked=True)
    assert "blob-missing" in errors_of(report)
    assert len(report.images[0].layers) == 1 + len(APP.layers)


def test_a_v1_parent_that_leads_out_of_the_archive_is_not_followed(tmp_path: Path) -> None:
    built = _v1(parent="../secret").add("../secret/layer.tar", HELLO)
    report = examined(built, tmp_path)
    assert "docker-path-unsafe" in errors_of(report)
    assert report.verdict is Verdict.FAILED
    assert report.images[0].layers[0].digest is None


def test_a_v1_layer_without_an_id_is_not_called_another(tmp_path: Path) -> None:
    report = examined(_v1(id=None), tmp_path, is_unpacked=True)
    assert told(report, "legacy-id-mismatch") == []


def test_a_link_below_a_directory_leads_where_it_says(tmp_path: Path) -> None:
    built = below(oci(APP), "a/")
    name = next(name for name in built.files if built[name] == LAYER.blob)
    linked = built.rename(name, "a/other").add(name, Symlink("../../other"))
    report = examined(linked, tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.VERIFIED
    assert len(told(report, "link-blob")) == 1


def test_a_directory_is_not_looked_into_through_a_link(tmp_path: Path) -> None:
    oci(APP).directory(tmp_path / "layout")
    around = tmp_path / "around"
    around.mkdir()
    (around / "link").symlink_to(tmp_path / "layout")
    assert verify(around).archives[0].verdict is Verdict.UNREADABLE


def test_a_layout_among_many_files_is_found_below_a_directory(tmp_path: Path) -> None:
    built = below(build_directory(APP), "copy/")
    for number in range(200):
        built = built.add(f"copy/signature-{number}", b"")
    assert verify(built.directory(tmp_path / "around")).archives[0].verdict is Verdict.VERIFIED

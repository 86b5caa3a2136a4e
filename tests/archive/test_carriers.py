"""Carriers of images that are no archive of a loader: imgpkg's bundles, OCM's archives."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict, verify
from tests.builders import Built, ImageRecipe, LayerRecipe, blob_name, dumps, sha256
from tests.built import Expected
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import APP, LAYER, TOOL, entry_of, index_of, layout, manifest_of
from tests.recipes import INDEX_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from layertar import ArchiveReport

_TWO = ImageRecipe(layers=(LayerRecipe(tar=TOOL), LAYER))
_INDEX = index_of(entry_of(APP.manifest), entry_of(_TWO.manifest))
_NOTHING = Expected(())
_NAME = "registry.example/app"


def hex_of(data: bytes) -> str:
    return sha256(data).removeprefix("sha256:")


def flipped(blob: bytes) -> bytes:
    """The blob with one bit of its last byte changed."""
    return blob[:-1] + bytes([blob[-1] ^ 1])


def layer_name(blob: bytes) -> str:
    """What imgpkg calls a layer."""
    return f"sha256-{hex_of(blob)}.tar.gz"


def of_image(image: ImageRecipe, *refs: str) -> dict[str, object]:
    """An image as imgpkg describes it, its documents embedded."""
    manifest = {
        "MediaType": MANIFEST_TYPE,
        "Digest": sha256(image.manifest),
        "Raw": image.manifest.decode(),
    }
    config = {"Digest": sha256(image.config), "Raw": image.config.decode()}
    return {"Refs": list(refs), "Layers": [], "Config": config, "Manifest": manifest}


def bundle(*entries: dict[str, object], images: tuple[ImageRecipe, ...] = (APP,)) -> Built:
    """A bundle of these entries with the layers of `images`."""
    layers = {layer_name(layer.blob): layer.blob for image in images for layer in image.layers}
    return Built((("manifest.json", dumps(list(entries))), *layers.items()), _NOTHING)


def of_index() -> dict[str, object]:
    """An index of two images as imgpkg describes it."""
    return {
        "Refs": [_NAME],
        "Images": [of_image(APP), of_image(_TWO)],
        "Indexes": [],
        "MediaType": INDEX_TYPE,
        "Digest": sha256(_INDEX),
        "Raw": _INDEX.decode(),
    }


def component(*entries: dict[str, object], key: str = "artifacts", american: bool = True) -> Built:
    """An archive of the Open Component Model with the blobs of `APP`."""
    name = "artifact-index.json" if american else "artefact-index.json"
    blobs = {
        blob_name(blob).replace("sha256/", "sha256."): blob
        for blob in (APP.manifest, APP.config, LAYER.blob)
    }
    document = dumps({"schemaVersion": 1, key: list(entries)})
    return Built(((name, document), *blobs.items()), _NOTHING)


_ENTRY: dict[str, object] = {"repository": "app", "tag": "1", "digest": sha256(APP.manifest)}


def images_of(report: ArchiveReport) -> list[tuple[tuple[str, ...], str, str, list[str]]]:
    return [
        (
            image.names,
            str(image.manifest_digest),
            str(image.image_id),
            [str(layer.digest) for layer in image.layers],
        )
        for image in report.images
    ]


def due(image: ImageRecipe, *names: str) -> tuple[tuple[str, ...], str, str, list[str]]:
    layers = [sha256(layer.blob) for layer in image.layers]
    return names, sha256(image.manifest), sha256(image.config), layers


def test_a_bundle_is_proved_by_the_documents_that_it_embeds(tmp_path: Path) -> None:
    report = examined(bundle({"Image": of_image(APP, _NAME)}), tmp_path, is_unpacked=True)
    assert (report.views, report.verdict) == (("imgpkg",), Verdict.VERIFIED)
    assert images_of(report) == [due(APP, _NAME)]
    assert report.findings == ()


def test_a_bundle_of_an_index_has_all_of_its_images(tmp_path: Path) -> None:
    report = examined(bundle({"ImageIndex": of_index()}, images=(APP, _TWO)), tmp_path)
    assert report.verdict is Verdict.VERIFIED
    assert images_of(report) == [due(APP, _NAME), due(_TWO, _NAME)]


def test_the_images_of_an_index_count_only_where_the_index_lists_them(tmp_path: Path) -> None:
    entry = {**of_index(), "Images": [of_image(APP)]}
    report = examined(bundle({"ImageIndex": entry}, images=(APP, _TWO)), tmp_path)
    assert images_of(report) == [due(APP, _NAME)]


@pytest.mark.parametrize(
    ("part", "rule"),
    [("Manifest", "manifest-digest-mismatch"), ("Config", "config-digest-mismatch")],
)
def test_an_embedded_document_that_is_another_is_told(part: str, rule: str, tmp_path: Path) -> None:
    image = of_image(APP, _NAME)
    document = image[part]
    assert isinstance(document, dict)
    document["Raw"] += " "
    report = examined(bundle({"Image": image}), tmp_path, is_unpacked=True)
    assert errors_of(report)[:1] == [rule]
    assert report.verdict is Verdict.FAILED


def test_a_type_that_is_off_by_a_letter_hides_no_layer_of_a_bundle(tmp_path: Path) -> None:
    image = of_image(APP)
    document = image["Manifest"]
    assert isinstance(document, dict)
    document["MediaType"] += "x"
    built = bundle({"Image": image})
    report = examined(built, tmp_path, is_unpacked=True)
    assert (errors_of(report), len(report.images)) == (["media-type-mismatch"], 1)
    report = examined(built.remove(layer_name(LAYER.blob)), tmp_path)
    assert errors_of(report) == ["blob-missing", "media-type-mismatch"]
    opaque = dumps({"mediaType": document["MediaType"]})
    document["Raw"], document["Digest"] = opaque.decode(), sha256(opaque)
    assert errors_of(examined(bundle({"Image": image}), tmp_path)) == []


def test_a_damaged_layer_of_a_bundle_is_told_once(tmp_path: Path) -> None:
    name = layer_name(LAYER.blob)
    built = bundle({"Image": of_image(APP)}).replace(name, flipped(LAYER.blob))
    report = examined(built, tmp_path, is_unpacked=True)
    assert len(errors_of(report)) == 1
    assert report.findings[0].location.member == name
    assert report.verdict is Verdict.FAILED


def test_a_layer_that_no_document_of_a_bundle_names_is_held_against_its_name(
    tmp_path: Path,
) -> None:
    built = bundle({"Image": of_image(APP)}).add(layer_name(b"good"), b"bad")
    assert errors_of(examined(built, tmp_path)) == ["blob-digest-mismatch"]
    built = bundle({"Image": of_image(APP)}).add(layer_name(b"good"), b"good")
    assert errors_of(examined(built, tmp_path)) == []


def test_an_absent_layer_of_a_bundle_makes_it_incomplete(tmp_path: Path) -> None:
    built = bundle({"Image": of_image(APP)}).remove(layer_name(LAYER.blob))
    report = examined(built, tmp_path, is_unpacked=True)
    assert (errors_of(report), report.verdict) == (["blob-missing"], Verdict.INCOMPLETE)


def test_an_absent_document_of_a_bundle_makes_it_incomplete(tmp_path: Path) -> None:
    image = of_image(APP)
    del image["Config"]
    report = examined(bundle({"Image": image}), tmp_path)
    assert (errors_of(report), report.verdict) == (["blob-missing"], Verdict.INCOMPLETE)


def test_a_docker_archive_is_no_bundle(tmp_path: Path) -> None:
    built = Built((("manifest.json", dumps([{"Config": "c", "Layers": []}])),), _NOTHING)
    assert examined(built, tmp_path).views == ("docker",)


@pytest.mark.parametrize("key", ["artifacts", "artefacts"])
def test_a_component_archive_names_its_images_by_its_artifact_index(
    key: str, tmp_path: Path
) -> None:
    built = component(_ENTRY, key=key, american=key == "artifacts")
    report = examined(built, tmp_path, is_unpacked=True)
    assert (report.views, report.verdict) == (("ocm",), Verdict.VERIFIED)
    assert images_of(report) == [due(APP, "app:1")]
    assert report.findings == ()


def test_a_damaged_blob_of_a_component_archive_is_told_once(tmp_path: Path) -> None:
    name = f"blobs/sha256.{hex_of(LAYER.blob)}"
    built = component(_ENTRY).replace(name, flipped(LAYER.blob))
    report = examined(built, tmp_path, is_unpacked=True)
    assert len(errors_of(report)) == 1
    assert report.verdict is Verdict.FAILED
    unused = component(_ENTRY).add(f"blobs/sha256.{hex_of(b'good')}", b"bad")
    assert errors_of(examined(unused, tmp_path)) == ["blob-digest-mismatch"]


def test_an_artifact_that_is_not_here_is_missing(tmp_path: Path) -> None:
    built = component(_ENTRY, {**_ENTRY, "digest": sha256(b"x")})
    report = examined(built, tmp_path)
    assert (errors_of(report), report.verdict) == (["blob-missing"], Verdict.INCOMPLETE)


def test_an_entry_without_a_digest_is_told(tmp_path: Path) -> None:
    report = examined(component(_ENTRY, {"repository": "app"}), tmp_path)
    assert errors_of(report) == ["descriptor-invalid"]


def test_a_component_archive_below_a_directory_is_found(tmp_path: Path) -> None:
    built = component(_ENTRY)
    below = Built(tuple((f"ctf/{name}", each) for name, each in built.members), _NOTHING)
    report = examined(below, tmp_path, is_unpacked=True)
    assert (report.views, report.verdict) == (("ocm",), Verdict.VERIFIED)
    (finding,) = told(report, "archive-nested-prefix")
    assert finding.severity is Severity.WARNING
    assert told(report, "member-unexpected") == []


def test_an_artifact_index_without_blobs_is_no_view(tmp_path: Path) -> None:
    built = Built((("artifact-index.json", b"{}"),), _NOTHING)
    assert examined(built, tmp_path).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("package/package.json", "package/index.js"), "a package of npm"),
        (("app-1.0/PKG-INFO", "app-1.0/setup.py"), "a source package of Python"),
        (("app/package.json",), "holds no index.json"),
    ],
)
def test_a_source_package_is_called_what_it_is(
    names: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    built = Built(tuple((name, b"x") for name in names), _NOTHING)
    (finding,) = examined(built, tmp_path).findings
    assert finding.rule.name == "input-not-an-image"
    assert words in finding.message


def test_what_skopeo_copied_to_a_directory_is_proved() -> None:
    path = Path(__file__).resolve().parents[2] / "fixtures" / "real" / "skopeo-dir.dir.tar"
    with tarfile.open(path) as tar:
        files = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr] # all are files
    report = verify(path).archives[0]
    assert (report.views, report.verdict) == (("dir",), Verdict.VERIFIED)
    manifest = json.loads(files["manifest.json"])
    layers = [layer["digest"] for layer in manifest["layers"]]
    config = manifest["config"]["digest"]
    assert images_of(report) == [((), sha256(files["manifest.json"]), config, layers)]
    assert {sha256(files[each.removeprefix("sha256:")]) for each in (config, *layers)} == {
        config,
        *layers,
    }


def test_a_build_record_is_told_for_what_it_is(tmp_path: Path) -> None:
    record = b'{"Ref":"x"}'
    entry = {**entry_of(record), "mediaType": "application/vnd.buildkit.historyrecord.v0"}
    manifest = manifest_of(record, config=entry)
    built = layout(index_of(entry_of(manifest)), manifest, record)
    report = examined(built, tmp_path, is_unpacked=True)
    (finding,) = told(report, "index-is-build-cache")
    assert "a build record" in finding.message
    assert (report.images, report.verdict) == ((), Verdict.VERIFIED)

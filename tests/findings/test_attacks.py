"""Archives of an attacker: what each must be told as, and that none costs more than its size.

The numbers are those of the catalogue of ambiguities and attacks that the rules refer to.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from layertar import Limits, Severity, Verdict, verify
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker_v1,
    build_hybrid,
    build_oci,
    compress,
    dumps,
    oras_artifact,
    sha256,
)
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    MARKER,
    NAMED,
    TOOL,
    config_of,
    docker,
    entry_of,
    image_of_config,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import INDEX_TYPE, LAYER_TYPE
from tests.tar.blocks import file, header, pax
from tests.tarmaker import BLOCK, END

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = config_of(HELLO)
_MANIFEST = manifest_of(_CONFIG, layer_of(HELLO))
_EVIL = ImageRecipe(layers=(LayerRecipe(tar=TOOL),), names=APP.names)
_HYBRID = build_hybrid([APP], store="containerd")


def _rules(built: Built | bytes, path: Path, *, limits: Limits | None = None) -> set[str]:
    report = examined(built, path, limits=limits or Limits())
    return {finding.rule.name for finding in report.findings}


# A. Which image is it?


def test_a01_a_document_of_two_kinds_is_an_error_whoever_lists_it(tmp_path: Path) -> None:
    both = manifest_of(_CONFIG, layer_of(HELLO), manifests=[entry_of(_EVIL.manifest)])
    for media_type in (str(entry_of(both)["mediaType"]), INDEX_TYPE):
        built = layout(index_of(entry_of(both, mediaType=media_type)), both, _CONFIG, HELLO)
        report = examined(built, tmp_path)
        assert "manifest-ambiguous" in errors_of(report)
        assert report.verdict is Verdict.FAILED


def test_a02_a_second_key_that_go_merges_into_the_first_is_an_error(tmp_path: Path) -> None:
    raw = _HYBRID["manifest.json"]
    for key in (b'"Layers"', b'"layers"', '"Layer\u017f"'.encode()):
        twice = raw.replace(b'"Layers"', key + b':["evil.tar"],"Layers"')
        (rule,) = errors_of(examined(_HYBRID.replace("manifest.json", twice), tmp_path))
        assert rule == ("json-duplicate-key" if key == b'"Layers"' else "json-case-variant-key")


def test_a03_a_clean_image_for_the_scanner_and_another_for_the_runtime(tmp_path: Path) -> None:
    built = build_hybrid([APP, _EVIL], store="containerd")
    index = build_oci([APP])["index.json"]
    items = build_hybrid([_EVIL], store="containerd")["manifest.json"]
    hidden = built.replace("index.json", index).replace("manifest.json", items)
    report = examined(hidden, tmp_path, is_unpacked=True)
    (finding,) = told(report, "views-disagree")
    assert finding.recorded == sha256(APP.manifest)
    assert finding.measured == sha256(_EVIL.config)
    assert [image.verdict for image in report.images] == [Verdict.FAILED, Verdict.FAILED]


def test_a03_swapped_names_are_a_disagreement_though_every_image_is_in_both(
    tmp_path: Path,
) -> None:
    other = replace(_EVIL, names=("docker.io/library/tool:1",))
    built = build_hybrid([APP, other], store="containerd")
    raw = built["manifest.json"].replace(b"app:1", b"XX").replace(b"tool:1", b"app:1")
    swapped = built.replace("manifest.json", raw.replace(b"XX", b"tool:1"))
    assert errors_of(examined(swapped, tmp_path)) == ["views-disagree", "views-disagree"]


def test_a04_a_second_copy_of_a_document_or_a_blob_is_an_error(tmp_path: Path) -> None:
    evil = build_hybrid([_EVIL], store="containerd")
    for name in ("manifest.json", "index.json"):
        for built in (_HYBRID.add(name, evil[name]), _HYBRID.add(name, evil[name], at=0)):
            assert "member-duplicate-different" in _rules(built, tmp_path)
    name = blob_name(LAYER.blob)
    for built in (_HYBRID.add(name, b"evil"), _HYBRID.add(name, b"evil", at=0)):
        rules = errors_of(examined(built, tmp_path))
        assert "blob-digest-mismatch" in rules
        assert examined(built, tmp_path).verdict is Verdict.FAILED


@pytest.mark.parametrize("marker", [b"", b"{}", b'{"imageLayoutVersion":"2.0.0"}', b"\xff"])
def test_a05_a_marker_that_switches_views_is_told_and_both_are_read(
    marker: bytes, tmp_path: Path
) -> None:
    report = examined(_HYBRID.replace("oci-layout", marker), tmp_path)
    assert told(report, "oci-layout-version")
    assert report.views == ("oci", "docker")
    assert report.images[0].views == ("oci", "docker")


def test_a06_one_name_for_two_digests_is_an_error_in_either_order(tmp_path: Path) -> None:
    for images in ([APP, _EVIL], [_EVIL, APP]):
        report = examined(build_oci(images), tmp_path)
        assert errors_of(report) == ["index-duplicate-name"]


def test_a07_every_entry_for_a_platform_is_listed_in_the_indexs_order(tmp_path: Path) -> None:
    built = build_oci([APP, replace(_EVIL, names=())], nested_index=True)
    report = examined(built, tmp_path)
    assert [str(image.manifest_digest) for image in report.images] == [
        sha256(APP.manifest),
        sha256(_EVIL.manifest),
    ]


def test_a10_whatever_json_readers_take_differently_is_an_error(tmp_path: Path) -> None:
    for raw in (
        _CONFIG + b"{}",
        b"\xef\xbb\xbf" + _CONFIG,
        _CONFIG.decode().encode("utf-16-le"),
        _CONFIG[:-1] + b',"os":"\xff"}',
        _CONFIG[:-1] + b',"history":[{"empty_layer":NaN}]}',
        _CONFIG[:-1] + b',"created":"\\udfff"}',
    ):
        report = examined(image_of_config(raw), tmp_path)
        assert errors_of(report), raw
        assert report.verdict is Verdict.FAILED


def test_a11_a_layer_that_is_listed_and_not_here_is_missing(tmp_path: Path) -> None:
    hex_ = sha256(HELLO).removeprefix("sha256:")
    item = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": [hex_]}
    report = examined(docker(item, config__json=_CONFIG), tmp_path)
    assert errors_of(report) == ["docker-layer-missing"]


@pytest.mark.parametrize("digest", ["sha256", "sha256:", "sha256:../../x", "\x1b[2J", ""])
def test_a12_a_malformed_subject_is_told(digest: str, tmp_path: Path) -> None:
    entry = entry_of(_MANIFEST, annotations={"io.containerd.manifest.subject": digest})
    built = layout(index_of(entry), _MANIFEST, _CONFIG, HELLO)
    assert "annotation-digest-malformed" in _rules(built, tmp_path)


# B. Paths and links.


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "a\\..\\..\\evil"]
)
def test_b01_a_name_that_unpacks_elsewhere_is_told(name: str, tmp_path: Path) -> None:
    assert "member-name-unsafe" in _rules(oci().add(name, b"evil"), tmp_path)


@pytest.mark.parametrize("path", ["../../etc/passwd", "a/../../b", "..", "x\0y"])
def test_b02_a_path_in_manifest_json_is_only_ever_a_key(path: str, tmp_path: Path) -> None:
    item = {"Config": path, "RepoTags": ["app:1"], "Layers": [path, "layer.tar"]}
    built = docker(item, layer__tar=HELLO).add("../../etc/passwd", _CONFIG)
    report = examined(built, tmp_path)
    assert set(errors_of(report)) == {"docker-path-unsafe"}
    assert report.images[0].image_id is None
    assert report.images[0].layers[0].digest is None


def test_b02_an_id_in_repositories_is_only_ever_a_key(tmp_path: Path) -> None:
    ids = dumps({"app": {"1": "../../../etc"}})
    report = examined(build_docker_v1([APP]).replace("repositories", ids), tmp_path)
    assert report.verdict in (Verdict.INCOMPLETE, Verdict.FAILED)
    assert report.images[0].layers[0].digest is None


def test_b03_a_link_of_a_directory_is_never_followed_out_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(LAYER.blob)
    name = blob_name(LAYER.blob)
    directory = oci().remove(name).directory(tmp_path / "layout")
    (directory / name).symlink_to(secret)
    report = verify(directory).archives[0]
    assert errors_of(report) == ["link-escapes"]
    assert report.images[0].layers[0].digest is None
    (directory / name).unlink()
    blobs = directory / "blobs"
    blobs.rename(tmp_path / "blobs")
    blobs.symlink_to(tmp_path / "blobs")
    report = verify(directory).archives[0]
    assert set(errors_of(report)) <= {"link-escapes", "blob-missing"}
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "digest",
    ["sha256:../../x", f"sha256:{'A' * 64}", "sha256:abc", f"sha256:{'a' * 64}\n", "../x:y"],
)
def test_b04_a_digest_is_never_used_as_a_path_before_its_grammar_holds(
    digest: str, tmp_path: Path
) -> None:
    record = {**layer_of(HELLO), "digest": digest}
    manifest = manifest_of(_CONFIG, record)
    built = layout(index_of(entry_of(manifest)), manifest, _CONFIG)
    report = examined(built.add("blobs/sha256/../../x", HELLO), tmp_path)
    assert "digest-malformed" in errors_of(report)
    assert report.images[0].verdict is Verdict.FAILED


def test_b05_names_without_end_are_bounded(tmp_path: Path) -> None:
    long = "n" * 60_000
    assert "member-name-too-long" in _rules(oci().add(long, b""), tmp_path)
    found = _rules(oci().add("d/" * 30_000 + "x", b""), tmp_path)
    assert set(found) == {"member-name-too-long", "member-unexpected"}


def test_b06_a_fifo_is_not_opened(tmp_path: Path) -> None:
    directory = oci().directory(tmp_path / "layout")
    name = directory / blob_name(LAYER.blob)
    name.unlink()
    os.mkfifo(name)
    (directory / "index.json.lock").unlink(missing_ok=True)
    os.mkfifo(directory / "index.json.lock")
    report = verify(directory).archives[0]
    assert errors_of(report) == ["blob-missing"]


# C. Resource exhaustion.


@pytest.mark.parametrize("codec", ["gzip", "zstd", "xz", "bzip2"])
def test_c01_a_bomb_ends_at_the_bound_and_is_no_mismatch(codec: str, tmp_path: Path) -> None:
    zeros = bytes(2 << 20)
    blob = compress(zeros, codec)  # type: ignore[arg-type] # parametrize knows no types
    config = config_of(zeros)
    manifest = manifest_of(config, layer_of(blob, mediaType=f"{LAYER_TYPE}+gzip"))
    built = layout(index_of(entry_of(manifest)), manifest, config, blob)
    report = examined(built, tmp_path, limits=Limits(uncompressed_size=1 << 20))
    assert errors_of(report) == ["bomb-aborted"]
    assert report.verdict is Verdict.UNVERIFIABLE
    assert report.images[0].layers[0].diff_id is None
    raised = examined(built, tmp_path, limits=Limits(uncompressed_size=0))
    assert errors_of(raised) == []


def test_c02_a_window_beyond_the_bound_is_not_allocated(tmp_path: Path) -> None:
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(41 - 10) << 3]) + b"\x01\x00\x00"
    config = config_of(b"")
    manifest = manifest_of(config, layer_of(frame, mediaType=f"{LAYER_TYPE}+zstd"))
    built = layout(index_of(entry_of(manifest)), manifest, config, frame)
    report = examined(built, tmp_path)
    assert told(report, "layer-window-large")
    wrapped = examined(frame, tmp_path)
    assert wrapped.verdict is Verdict.UNREADABLE


def test_c03_a_sparse_member_is_not_expanded(tmp_path: Path) -> None:
    records = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.realsize", b"%d" % (1 << 40)))
    sparse = pax(*records) + file(b"blobs/sha256/" + b"0" * 64)
    report = examined(sparse + oci().tar(), tmp_path)
    assert told(report, "tar-sparse-member")
    assert errors_of(report) == ["blob-digest-mismatch"]


@pytest.mark.parametrize("limits", [Limits(document_size=300), Limits(json_depth=2)])
def test_c04_a_document_beyond_a_bound_is_told_and_not_verified(
    limits: Limits, tmp_path: Path
) -> None:
    report = examined(oci(), tmp_path, limits=limits)
    assert errors_of(report)
    assert report.verdict is not Verdict.VERIFIED


def _ladder(steps: int, width: int) -> Built:
    """Indexes of which each names the next one so many times: `width ** steps` paths."""
    entry, blobs = entry_of(_MANIFEST), [_MANIFEST, _CONFIG, HELLO]
    for step in range(steps):
        blobs.append(index_of(*[entry] * width, annotations={"step": str(step)}))
        entry = entry_of(blobs[-1], mediaType=INDEX_TYPE)
    return layout(index_of({**entry, "annotations": NAMED}), *blobs)


def test_c05_shared_children_are_visited_once(tmp_path: Path) -> None:
    report = examined(_ladder(15, 20), tmp_path)
    assert errors_of(report) == []
    assert len(report.images) == 1
    assert report.images[0].names == ("docker.io/library/app:1",)


def test_c05_a_blob_that_leads_to_itself_ends(tmp_path: Path) -> None:
    name, digest = f"blobs/sha256/{'1' * 64}", f"sha256:{'1' * 64}"
    inner = index_of({**entry_of(b"", mediaType=INDEX_TYPE), "digest": digest, "size": 1})
    entry = {**entry_of(inner, mediaType=INDEX_TYPE), "digest": digest}
    report = examined(layout(index_of(entry)).add(name, inner), tmp_path)
    assert "blob-digest-mismatch" in errors_of(report)


def test_c05_many_names_on_many_images_are_bounded(tmp_path: Path) -> None:
    manifests = [
        manifest_of(_CONFIG, layer_of(HELLO), annotations={"n": str(n)}) for n in range(20)
    ]
    inner = index_of(*map(entry_of, manifests))
    entry = entry_of(inner, mediaType=INDEX_TYPE)
    names = [{"io.containerd.image.name": f"docker.io/library/app:{n}"} for n in range(60)]
    built = layout(
        index_of(*({**entry, "annotations": name} for name in names)),
        inner,
        *manifests,
        _CONFIG,
        HELLO,
    )
    report = examined(built, tmp_path)
    assert errors_of(report) == []
    assert all(len(image.names) == 60 for image in report.images)
    bounded = examined(built, tmp_path, limits=Limits(descriptors=100))
    assert errors_of(bounded) == ["limit-exceeded"]
    assert len(bounded.images) == 20
    tighter = examined(built, tmp_path, limits=Limits(descriptors=70))
    assert "limit-exceeded" in errors_of(tighter)


def test_c05_layers_of_all_images_are_bounded_together(tmp_path: Path) -> None:
    items = [{"Config": "config.json", "Layers": [""] * 50} for _ in range(10)]
    built = docker(*items, config__json=_CONFIG)
    report = examined(built, tmp_path, limits=Limits(descriptors=100))
    assert "limit-exceeded" in errors_of(report)
    assert sum(len(image.layers) for image in report.images) == 400


def test_c06_the_index_depth_is_bounded_and_what_is_below_is_not_passed_over(
    tmp_path: Path,
) -> None:
    report = examined(_ladder(5, 1), tmp_path, limits=Limits(index_depth=3))
    assert "limit-exceeded" in errors_of(report)
    assert report.verdict is not Verdict.VERIFIED


def test_c07_a_header_without_end_is_not_kept(tmp_path: Path) -> None:
    body = pax((b"comment", b"c" * (3 << 20)))
    report = examined(body + oci().tar(), tmp_path)
    assert errors_of(report) == ["limit-exceeded"]
    assert report.images[0].verdict is Verdict.VERIFIED


def test_c09_members_are_bounded(tmp_path: Path) -> None:
    spam = b"".join(header(b"n%d" % number, 0, b"5") for number in range(200))
    report = examined(
        oci().tar().removesuffix(END) + spam + END, tmp_path, limits=Limits(members=99)
    )
    assert errors_of(report) == ["limit-exceeded"]
    assert report.verdict is Verdict.UNVERIFIABLE


# D. Tar differentials, in the archive and in its layers.

_TRICKS = {
    "global path": pax((b"path", b"x"), typeflag=b"g") + file(),
    "two headers": pax((b"path", b"x")) + pax((b"path", b"y")) + file(),
    "data of a link": header(b"link", 3, b"2", b"x"),
    "NUL in a name": pax((b"path", b"a\0b")) + file(),
    "negative size": pax((b"size", b"-1")) + file(),
    "junk size": pax((b"size", b"junk")) + file(),
    "two sizes": pax((b"size", b"600")) + header(b"a", 4) + bytes(1024),
    "lone zero block": bytes(BLOCK) + file(),
}


@pytest.mark.parametrize("trick", _TRICKS)
def test_d_a_construct_that_readers_see_differently_is_told(trick: str, tmp_path: Path) -> None:
    rules = _rules(_TRICKS[trick] + oci().tar(), tmp_path)
    assert rules & {
        "tar-header-ambiguous",
        "tar-size-invalid",
        "tar-size-override",
        "archive-lone-zero-block",
    }


@pytest.mark.parametrize("trick", _TRICKS)
def test_d_and_in_a_layer_too(trick: str, tmp_path: Path) -> None:
    tar = file() + _TRICKS[trick] + END
    built = build_oci([ImageRecipe(layers=(LayerRecipe(tar=tar),))])
    assert "layer-tar-defect" in _rules(built, tmp_path)


def test_d_a_second_archive_behind_the_first_is_an_error(tmp_path: Path) -> None:
    report = examined(oci().tar() + build_oci([_EVIL]).tar(), tmp_path)
    assert errors_of(report) == ["archive-trailing-data"]


# E. Network.


@pytest.mark.parametrize("url", ["https://example.com/x", "file:///etc/passwd", "ftp://h/x"])
def test_e01_places_elsewhere_are_told_and_never_asked(url: str, tmp_path: Path) -> None:
    manifest = manifest_of(_CONFIG, layer_of(HELLO, urls=[url]))
    built = layout(index_of(entry_of(manifest)), manifest, _CONFIG, HELLO)
    report = examined(built, tmp_path)
    (finding,) = told(report, "descriptor-has-urls")
    assert url in finding.message
    assert examined(built.remove(blob_name(HELLO)), tmp_path).verdict is Verdict.INCOMPLETE


# F. Output.


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "a\u202eb", "\x07", "\x7f"])
def test_f_what_may_steer_a_terminal_is_told_wherever_it_stands(text: str, tmp_path: Path) -> None:
    places = [
        image_of_config(config_of(HELLO, config={"Env": [f"A={text}"]})),
        image_of_config(config_of(HELLO, config={"Labels": {"a": text}})),
        image_of_config(config_of(HELLO, history=[{"created_by": text}])),
        build_oci([replace(APP, names=(f"docker.io/library/{text}:1",))]),
        build_oci([replace(APP, manifest_extra={"annotations": {"a": text}})]),
    ]
    for built in places:
        report = examined(built, tmp_path)
        assert told(report, "text-control-characters")[0].severity is Severity.WARNING


def test_the_marker_alone_is_no_image(tmp_path: Path) -> None:
    built = Built((("oci-layout", MARKER),), oci().expected)
    assert errors_of(examined(built, tmp_path)) == ["oci-index-missing"]


def test_an_artifact_is_no_way_to_hide_an_image(tmp_path: Path) -> None:
    """Blobs that only an artifact names are checked as any others are."""
    artifact = oras_artifact({"image.tar": oci().tar()})
    built = build_oci([APP], artifacts=[artifact])
    assert examined(built, tmp_path).verdict is Verdict.VERIFIED
    altered = built.replace(blob_name(oci().tar()), build_oci([_EVIL]).tar())
    assert examined(altered, tmp_path).verdict is Verdict.FAILED

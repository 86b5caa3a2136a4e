"""What Bazel's rules keep of an image: rules_docker's files, rules_img's sparse layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict
from tests.archive.other_builders import build_rules_docker, build_sparse, hex_of
from tests.builders import ImageRecipe, LayerRecipe, dumps, sha256
from tests.findings.cases import errors_of, examined, told
from tests.findings.shapes import APP, HELLO, LAYER, TOOL, layer_of
from tests.recipes import MANIFEST_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Built


_OTHER = LayerRecipe(tar=TOOL).blob
_TWICE = ImageRecipe(layers=(LAYER, LAYER))
_DESCRIBED = f"blobs/sha256/{hex_of(LAYER.blob)}.descriptor.json"


@pytest.mark.parametrize(
    ("name", "content", "rules"),
    [
        ("digest", sha256(b"x").encode(), ["manifest-digest-mismatch"]),
        ("digest", b"sha256:x", ["digest-malformed"]),
        ("000.sha256", hex_of(b"x").encode(), ["layer-digest-mismatch"]),
        ("000.sha256", b"x", ["digest-malformed"]),
        ("config.json", APP.config + b" ", ["config-digest-mismatch"]),
    ],
)
def test_what_rules_docker_records_is_compared(
    name: str, content: bytes, rules: list[str], tmp_path: Path
) -> None:
    report = examined(build_rules_docker(APP).replace(name, content), tmp_path, is_unpacked=True)
    assert errors_of(report) == rules


@pytest.mark.parametrize("built", [build_rules_docker(_TWICE, sidecars=x) for x in (True, False)])
@pytest.mark.parametrize("number", [0, 1])
def test_each_copy_of_a_layer_is_compared(number: int, built: Built, tmp_path: Path) -> None:
    name = f"00{number}.tar.gz"
    report = examined(built.replace(name, _OTHER), tmp_path, is_unpacked=True)
    assert report.verdict is Verdict.FAILED
    error = next(each for each in report.findings if each.severity is Severity.ERROR)
    assert (error.location.member, error.measured) == (name, sha256(_OTHER))


def test_numbers_without_padding_are_read(tmp_path: Path) -> None:
    built = build_rules_docker(APP, sidecars=False).rename("000.tar.gz", "0.tar.gz")
    assert examined(built, tmp_path, is_unpacked=True).verdict is Verdict.VERIFIED


def test_digits_without_their_layer_are_told(tmp_path: Path) -> None:
    built = build_rules_docker(APP).add("001.sha256", hex_of(b"x").encode())
    report = examined(built, tmp_path, is_unpacked=True)
    assert (errors_of(report), report.verdict) == (["blob-missing"], Verdict.INCOMPLETE)


def test_a_sparse_layout_without_its_layers_is_incomplete(tmp_path: Path) -> None:
    report = examined(build_sparse(APP, inlined=False), tmp_path, is_unpacked=True)
    assert (report.views, report.verdict) == (("sparse",), Verdict.INCOMPLETE)
    assert errors_of(report) == ["blob-missing"]
    assert [str(image.image_id) for image in report.images] == [sha256(APP.config)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"size": 1}, "descriptor-size-mismatch"),
        ({"digest": sha256(b"x")}, "descriptor-invalid"),
        ({"mediaType": "application/vnd.oci.image.layer.v1.tar"}, "media-type-mismatch"),
    ],
)
def test_what_describes_a_layer_twice_must_agree(
    changes: dict[str, object], rule: str, tmp_path: Path
) -> None:
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    document = {**layer_of(LAYER.blob, mediaType=media_type), **changes}
    built = build_sparse(APP, inlined=False).replace(_DESCRIBED, dumps(document))
    assert len(told(examined(built, tmp_path, is_unpacked=True), rule)) == 1


def test_the_root_of_a_sparse_layout_is_compared(tmp_path: Path) -> None:
    root = dumps(layer_of(APP.manifest, mediaType=MANIFEST_TYPE, size=1))
    report = examined(build_sparse(APP).replace("root.descriptor.json", root), tmp_path)
    assert errors_of(report) == ["descriptor-size-mismatch"]


def test_rules_docker_writes_other_layers_uncompressed(tmp_path: Path) -> None:
    layer = LayerRecipe(tar=HELLO, compression="zstd")
    image = ImageRecipe(layers=(layer,), names=APP.names)
    built = build_rules_docker(image).remove("000.tar.gz").add("000.tar", HELLO)
    report = examined(built, tmp_path, is_unpacked=True)
    assert (report.verdict, errors_of(report)) == (Verdict.VERIFIED, [])
    damaged = built.replace("000.tar", HELLO.replace(b"hi", b"ho"))
    (tmp_path / "second").mkdir()
    report = examined(damaged, tmp_path / "second", is_unpacked=True)
    assert errors_of(report) == ["layer-diffid-mismatch"]


def test_what_rules_docker_keeps_is_no_surprise(tmp_path: Path) -> None:
    assert examined(build_rules_docker(APP), tmp_path, is_unpacked=True).findings == ()

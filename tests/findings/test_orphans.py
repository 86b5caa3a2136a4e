"""Rules about members that nothing refers to, and about what other tools make of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar import Severity
from layertar.findings import Effect
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker,
    build_docker_v1,
    build_hybrid,
    dumps,
    sha256,
)
from tests.findings.cases import Case, examined, told
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    NAMED,
    TOOL,
    config_of,
    entry_of,
    image_of_config,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)

if TYPE_CHECKING:
    from pathlib import Path

_W, _N = Severity.WARNING, Severity.NOTE

_LAYOUT = oci()
_CONFIG = config_of(HELLO)
_MANIFEST = manifest_of(_CONFIG, layer_of(HELLO))
_OTHER_CONFIG = config_of(TOOL)
_OTHER = manifest_of(_OTHER_CONFIG, layer_of(TOOL))
_V1_JSON = dumps({"created": "1970-01-01T00:00:00Z", "container_config": {"Cmd": None}})


def _with_blob(content: bytes) -> Built:
    return _LAYOUT.add(blob_name(content), content)


def _named(name: str) -> Built:
    return oci(ImageRecipe(layers=(LAYER,), names=(name,)))


def _big_config(size: int) -> Built:
    return image_of_config(config_of(HELLO, config={"Labels": {"pad": "x" * size}}))


CASES = (
    Case(
        rule="blob-unreferenced",
        severity=_N,
        effect=Effect.NONE,
        fires=_with_blob(b"notes"),
        near=_LAYOUT,
    ),
    *(
        Case(
            rule="blob-unreferenced",
            severity=_W,
            effect=Effect.NONE,
            fires=_with_blob(content),
            near=layout(
                index_of(entry_of(_MANIFEST), entry_of(_OTHER)),
                *(_MANIFEST, _CONFIG, HELLO, _OTHER, _OTHER_CONFIG, TOOL),
            ),
        )
        for content in (_OTHER, _OTHER_CONFIG, index_of(entry_of(_OTHER)), bytes((1 << 20) + 1))
    ),
    Case(
        rule="blob-legacy-v1-json",
        severity=_N,
        effect=Effect.NONE,
        fires=_with_blob(_V1_JSON),
        near=_LAYOUT,
    ),
    *(
        Case(
            rule="member-unexpected",
            severity=_N,
            effect=Effect.NONE,
            fires=_LAYOUT.add(name, b"notes"),
            near=_LAYOUT,
        )
        for name in ("README", "notes/a.txt")
    ),
    *(
        Case(
            rule="member-leftover",
            severity=_N,
            effect=Effect.NONE,
            fires=_LAYOUT.add(name, b"left"),
            near=_LAYOUT,
        )
        for name in (
            "ingest/abc",
            "index.json.lock",
            ".umoci-cas/x",
            "._index.json",
            ".DS_Store",
            f"blobs/sha256/{'a' * 64}12345",
        )
    ),
    *(
        Case(
            rule="name-unsafe",
            severity=_W,
            effect=Effect.NONE,
            fires=_named(name),
            near=_named("docker.io/library/app:1"),
        )
        for name in ("docker.io/library/\u0430pp:1", "docker.io/library/a\u202epp:1")
    ),
    Case(
        rule="limit-exceeded-for-peer",
        severity=_W,
        effect=Effect.NONE,
        fires=_big_config((4 << 20) + 1),
        near=_big_config(1 << 10),
    ),
    *(
        Case(
            rule="producer-guess",
            severity=_N,
            effect=Effect.NONE,
            fires=build_docker([APP], style=style),
            near=_LAYOUT,
        )
        for style in ("1.10", "skopeo", "ggcr")
    ),
)


def _guess(built: Built, path: Path) -> list[str]:
    return [each.message for each in told(examined(built, path), "producer-guess")]


def test_producers_are_guessed_by_their_marks(tmp_path: Path) -> None:
    app = ImageRecipe(layers=(LayerRecipe(tar=HELLO),), names=("docker.io/library/app:1",))
    assert _guess(build_docker([app], style="1.10"), tmp_path) == [
        "looks like docker save of Docker 1.10 to 24"
    ]
    assert _guess(build_hybrid([app], store="graphdriver"), tmp_path / ".." / tmp_path.name) == [
        "looks like docker save of Docker 25 or later, classic store"
    ]
    assert _guess(build_docker([app], style="skopeo"), tmp_path) == [
        "looks like skopeo, podman or buildah"
    ]
    assert _guess(build_docker_v1([app]), tmp_path) == [
        "looks like docker save of Docker before 1.10"
    ]


def test_an_untagged_images_manifest_that_docker_leaves_out_is_no_hidden_image(
    tmp_path: Path,
) -> None:
    built = build_hybrid([ImageRecipe(layers=(LAYER,))], store="graphdriver")
    built = built.replace("index.json", index_of())
    found = told(examined(built, tmp_path), "blob-unreferenced")
    assert [each.severity for each in found] == [Severity.NOTE]


@pytest.mark.parametrize(
    ("config", "layer", "severity"),
    [
        ("application/vnd.oci.empty.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json", _N),
        ("application/vnd.oci.image.config.v1+json", "text/plain", _W),
        ("application/vnd.oci.empty.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip", _W),
        ("application/vnd.oci.empty.v1+json", "", _W),
    ],
)
def test_an_artifact_that_names_its_image_is_no_hidden_image(
    config: str, layer: str, severity: Severity, tmp_path: Path
) -> None:
    manifest = {
        "schemaVersion": 2,
        "config": {"mediaType": config, "digest": sha256(b"{}"), "size": 2},
        "layers": [{"mediaType": layer, "digest": sha256(b"x"), "size": 1}],
    }
    attached = dumps({**manifest, "subject": entry_of(_MANIFEST)})
    (finding,) = told(examined(_with_blob(attached), tmp_path), "blob-unreferenced")
    assert finding.severity is severity
    alone = tmp_path / "alone"
    alone.mkdir()
    (finding,) = told(examined(_with_blob(dumps(manifest)), alone), "blob-unreferenced")
    assert finding.severity is Severity.WARNING


def test_members_of_one_kind_are_one_finding(tmp_path: Path) -> None:
    built = _LAYOUT
    for number in range(9):
        built = built.add(f"extra-{number}", b"")
    (finding,) = told(examined(built, tmp_path), "member-unexpected")
    assert finding.message.startswith("9 members")
    assert finding.message.endswith("extra-4, ...")


def test_two_names_of_one_image_need_no_second_blob(tmp_path: Path) -> None:
    entry = entry_of(_MANIFEST, annotations=NAMED)
    built = layout(index_of(entry, entry_of(_MANIFEST)), _MANIFEST, _CONFIG, HELLO)
    assert told(examined(built, tmp_path), "blob-unreferenced") == []

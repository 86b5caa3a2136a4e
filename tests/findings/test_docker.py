"""Rules about docker archives: `manifest.json`, `repositories`, and the format before 1.10."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar import Severity, Verdict
from layertar.findings import Effect
from tests.builders import (
    Built,
    build_docker,
    build_docker_v1,
    build_hybrid,
    dumps,
    sha256,
)
from tests.findings.cases import (
    Case,
    errors_of,
    examined,
    told,
)
from tests.findings.shapes import APP, HELLO, LAYER, TOOL, config_of, docker, layer_of, oci

if TYPE_CHECKING:
    from pathlib import Path

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_CONFIG_NAME = f"{sha256(_CONFIG).removeprefix('sha256:')}.json"
_OTHER = config_of(TOOL)
_OTHER_NAME = f"{sha256(_OTHER).removeprefix('sha256:')}.json"
# The same layer by another algorithm: both hold, and skopeo still refuses one path for two.
_LONG = config_of(rootfs={"diff_ids": [f"sha512:{hashlib.sha512(HELLO).hexdigest()}"]})
_LONG_NAME = f"{sha256(_LONG).removeprefix('sha256:')}.json"
_TAR_NAME = f"{sha256(HELLO).removeprefix('sha256:')}.tar"


def _item(**more: object) -> dict[str, object]:
    """The entry of one image: `app:1`, of the layer `hello.tar`."""
    return {"Config": _CONFIG_NAME, "RepoTags": ["app:1"], "Layers": ["hello.tar"], **more}


def _archive(*items: dict[str, object]) -> Built:
    """A docker archive of these entries, with everything that they may name."""
    files = {
        _CONFIG_NAME: _CONFIG,
        _OTHER_NAME: _OTHER,
        _LONG_NAME: _LONG,
        "hello.tar": HELLO,
        "tool.tar": TOOL,
        _TAR_NAME: HELLO,
    }
    built = docker(*items)
    for name, content in files.items():
        built = built.add(name, content)
    return built


_ONE = _archive(_item())
_TOOL_ITEM = _item(Config=_OTHER_NAME, Layers=["tool.tar"], RepoTags=["tool:1"])
_DIFF_ID = sha256(HELLO)
_V1 = build_docker_v1([APP])
_V1_ID = next(name for name in _V1.names if name.endswith("/json")).removesuffix("/json")
_LOOP = dumps({"id": _V1_ID, "parent": _V1_ID, "os": "linux", "architecture": "amd64"})

CASES = (
    Case(
        rule="docker-manifest-schema-unknown",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("manifest.json", b'{"schemaVersion":2,"layers":[]}'),
        near=oci(),
    ),
    Case(
        rule="docker-manifest-schema-unknown",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("manifest.json", b'[{"path":"a"}]'),
        near=build_hybrid([APP], store="containerd"),
    ),
    Case(
        rule="docker-manifest-empty",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("manifest.json", b"[]"),
        near=build_hybrid([APP], store="containerd"),
    ),
    Case(
        rule="docker-manifest-empty",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("manifest.json", b"null"),
        near=build_hybrid([APP], store="containerd"),
    ),
    *(
        Case(
            rule="docker-config-missing",
            severity=_E,
            effect=Effect.INCOMPLETE,
            fires=_archive(_item(Config=name)),
            near=_ONE,
        )
        for name in ("gone.json", "", None)
    ),
    Case(  # No config, no layers: an image of nothing at all.
        rule="docker-config-missing",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_archive(_item(Config=None, Layers=[])),
        near=docker(_item(Config="config.json", Layers=[]), config__json=config_of()),
    ),
    *(
        Case(
            rule="docker-layer-missing",
            severity=_E,
            effect=Effect.INCOMPLETE,
            fires=_archive(_item(Layers=[name])),
            near=_ONE,
        )
        for name in ("gone.tar", "", "/gone.tar")
    ),
    Case(  # What pack and Spring Boot leave where the daemon has the layer already.
        rule="docker-layer-missing",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_archive(_item(Layers=["blank_0"])).add("blank_0", b""),
        near=_ONE.add("blank_0", b""),
    ),
    *(
        Case(
            rule="docker-path-unsafe",
            severity=_E,
            effect=Effect.FAILED,
            fires=_archive(_item(**{key: value})),
            near=_archive(_item(Layers=["./hello.tar"])),
        )
        for key, value in (
            ("Config", f"../{_CONFIG_NAME}"),
            ("Layers", ["../../../etc/shadow"]),
            ("Layers", ["x/../hello.tar"]),
            ("Layers", ["hello.tar\0"]),
        )
    ),
    Case(
        rule="docker-tag-duplicate",
        severity=_E,
        effect=Effect.FAILED,
        fires=_archive(_item(), {**_TOOL_ITEM, "RepoTags": ["docker.io/library/app:1"]}),
        near=_archive(_item(), _TOOL_ITEM),
    ),
    Case(
        rule="docker-tag-duplicate",
        severity=_N,
        effect=Effect.NONE,
        fires=_archive(_item(), _item()),
        near=_archive(_item(), _item(RepoTags=["app:2"])),
    ),
    *(
        Case(  # One config, and layers of which only one set is the image's.
            rule="docker-tag-duplicate",
            severity=_E,
            effect=Effect.FAILED,
            fires=_archive(_item(), _item(Layers=layers)),
            near=_archive(_item(), _item(Layers=["hello.tar"], RepoTags=None)),
            also=also,
        )
        for layers, also in (
            (["tool.tar"], ("layer-diffid-mismatch",)),
            (["hello.tar", "tool.tar"], ("layer-count-mismatch", "image-unverifiable")),
        )
    ),
    Case(  # The same layer, compressed in one of them.
        rule="docker-tag-duplicate",
        severity=_N,
        effect=Effect.NONE,
        fires=_archive(_item(), _item(Layers=["hello.tar.gz"])).add("hello.tar.gz", LAYER.blob),
        near=_archive(_item(), _item(RepoTags=["app:2"])),
    ),
    Case(  # Both are the image of the OCI view; which of them is read does not matter.
        rule="docker-tag-duplicate",
        severity=_N,
        effect=Effect.NONE,
        fires=build_hybrid([APP, APP], store="containerd"),
        near=build_hybrid([APP], store="containerd"),
    ),
    Case(
        rule="docker-tag-invalid",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(RepoTags=["App:1"])),
        near=_archive(_item(RepoTags=["localhost:5000/app_x/y__z:1.0-A"])),
    ),
    Case(
        rule="docker-tag-invalid",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(RepoTags=[""])),
        near=_archive(_item(RepoTags=None)),
    ),
    Case(
        rule="docker-layer-shared-diffids",
        severity=_E,
        effect=Effect.FAILED,
        fires=_archive(_item(), _item(Config=_LONG_NAME, RepoTags=["b:1"])),
        near=_archive(_item(), _item(RepoTags=["b:1"])),
    ),
    Case(
        rule="docker-layer-name-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(Config=_OTHER_NAME, Layers=[_TAR_NAME])).replace(_TAR_NAME, TOOL),
        near=_archive(_item(Layers=[_TAR_NAME])),
    ),
    Case(  # A v1 id is the digest of nothing here.
        rule="docker-layer-name-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(Layers=[f"{'1' * 64}.tar.gz"])).add(f"{'1' * 64}.tar.gz", HELLO),
        near=_archive(_item(Layers=[f"{'1' * 64}/layer.tar"])).add(f"{'1' * 64}/layer.tar", HELLO),
    ),
    Case(
        rule="docker-layersources-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(LayerSources={sha256(TOOL): layer_of(TOOL)})),
        near=_archive(_item(LayerSources={_DIFF_ID: layer_of(HELLO)})),
    ),
    Case(
        rule="docker-layersources-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(LayerSources={_DIFF_ID: layer_of(HELLO, size=len(HELLO) + 1)})),
        near=_archive(_item(LayerSources={_DIFF_ID: layer_of(HELLO, size=len(HELLO))})),
    ),
    Case(  # regctl's keys are stored digests.
        rule="docker-layersources-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_archive(_item(LayerSources={"hello": layer_of(HELLO)})),
        near=_archive(
            _item(Layers=["stored"], LayerSources={sha256(LAYER.blob): layer_of(LAYER.blob)})
        ).add("stored", LAYER.blob),
    ),
    Case(
        rule="docker-repositories-mismatch",
        severity=_N,
        effect=Effect.NONE,
        fires=_ONE.add("repositories", dumps({"app": {"1": "0" * 64}})),
        near=_ONE.add("repositories", dumps({"app": {"1": _DIFF_ID[7:]}})),
    ),
    Case(
        rule="docker-repositories-mismatch",
        severity=_N,
        effect=Effect.NONE,
        fires=build_docker([APP], style="1.10").replace(
            "repositories", dumps({"app": {"1": "2" * 64}})
        ),
        near=build_docker([APP], style="1.10"),
    ),
    Case(
        rule="docker-parent-missing",
        severity=_N,
        effect=Effect.NONE,
        fires=_archive(_item(Parent=sha256(b"elsewhere"))),
        near=_archive(_item(), {**_TOOL_ITEM, "Parent": sha256(_CONFIG)}),
    ),
    Case(
        rule="docker-legacy-only",
        severity=_W,
        effect=Effect.NONE,
        fires=_V1,
        near=build_docker([APP], style="1.10"),
        also=("image-unverifiable",),
    ),
    Case(
        rule="legacy-parent-cycle",
        severity=_E,
        effect=Effect.FAILED,
        fires=_V1.replace(f"{_V1_ID}/json", _LOOP),
        near=build_docker([APP], style="1.10"),
        also=("image-unverifiable",),
    ),
)


def test_one_path_for_two_contents_is_told_with_the_layer_that_it_is_not(tmp_path: Path) -> None:
    report = examined(_archive(_item(), _item(Config=_OTHER_NAME, RepoTags=["b:1"])), tmp_path)
    (finding,) = told(report, "layer-diffid-mismatch")
    assert errors_of(report) == ["layer-diffid-mismatch"]
    assert [each.rule for each in finding.related] == ["docker-layer-shared-diffids"]
    assert [image.verdict for image in report.images] == [Verdict.VERIFIED, Verdict.FAILED]


def test_a_tag_given_twice_where_a_layer_is_missing_is_not_said_to_be_the_same(
    tmp_path: Path,
) -> None:
    report = examined(_archive(_item(), _item(Layers=["gone.tar"])), tmp_path)
    (finding,) = told(report, "docker-tag-duplicate")
    assert "not every layer could be compared" in finding.message
    assert errors_of(report) == ["docker-layer-missing"]
    assert report.verdict is Verdict.INCOMPLETE


def test_findings_name_the_files_where_they_lie(tmp_path: Path) -> None:
    items = [_item(), {**_TOOL_ITEM, "RepoTags": ["app:1", "Bad:1"], "Parent": sha256(b"x")}]
    items.append(_item(RepoTags=["old:1"], LayerSources={sha256(b"y"): layer_of(TOOL)}))
    built = _archive(*items).add("repositories", dumps({"old": {"1": "a" * 64}}))
    for name in built.names:
        built = built.rename(name, f"saved/{name}")
    report = examined(built, tmp_path)
    for rule, member in (
        ("docker-tag-duplicate", "saved/manifest.json"),
        ("docker-tag-invalid", "saved/manifest.json"),
        ("docker-layersources-mismatch", "saved/manifest.json"),
        ("docker-parent-missing", "saved/manifest.json"),
        ("docker-repositories-mismatch", "saved/repositories"),
    ):
        assert {finding.location.member for finding in told(report, rule)} == {member}, rule


def test_manifest_json_and_repositories_of_each_others_content_are_called_so(
    tmp_path: Path,
) -> None:
    built = build_docker([APP], style="1.10")
    names, images = built["repositories"], built["manifest.json"]
    swapped = built.replace("manifest.json", names).replace("repositories", images)
    report = examined(swapped, tmp_path)
    (schema,) = told(report, "docker-manifest-schema-unknown")
    assert "names and tags as in a repositories file" in schema.message
    (finding,) = told(report, "input-not-an-image")
    assert "holds manifest.json and repositories, from which no image" in finding.message
    assert report.verdict is Verdict.UNREADABLE
    other = examined(built.replace("manifest.json", b'{"a":1}').remove("repositories"), tmp_path)
    (schema,) = told(other, "docker-manifest-schema-unknown")
    assert "repositories" not in schema.message

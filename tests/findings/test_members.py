"""Rules about members: their names, their duplicates, and the links among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar import Limits, Severity, Verdict
from layertar.findings import Effect
from tests.builders import (
    Built,
    Directory,
    Hardlink,
    Symlink,
    blob_name,
    build_docker,
    build_hybrid,
)
from tests.findings.cases import (
    Case,
    errors_of,
    examined,
    told,
)
from tests.findings.shapes import APP, LAYER, oci
from tests.tar.blocks import file, header

if TYPE_CHECKING:
    from pathlib import Path

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_LAYER_NAME = blob_name(LAYER.blob)
_TWICE = build_docker([APP], style="skopeo")
_V1_LINK = next(name for name in _TWICE.names if name.endswith("/layer.tar"))
_LAYER_TAR = next(name for name in _TWICE.files if name.endswith(".tar"))


def _linked(content: Symlink | Hardlink) -> Built:
    return oci().rename(_LAYER_NAME, "store/layer").add(_LAYER_NAME, content)


CASES = (
    Case(
        rule="member-duplicate-identical",
        severity=_N,
        effect=Effect.NONE,
        fires=oci().add(_LAYER_NAME, LAYER.blob),
        near=oci().add("blobs/", Directory()),
        is_unpacked=False,
    ),
    Case(
        rule="member-duplicate-identical",
        severity=_N,
        effect=Effect.NONE,
        fires=oci().add(f"./{_LAYER_NAME}", LAYER.blob),
        near=oci().add(f"./{_LAYER_NAME}.bak", LAYER.blob),
        is_unpacked=False,
    ),
    Case(
        rule="member-duplicate-different",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("index.json", oci()["index.json"] + b"\n"),
        near=oci().add("index.json", oci()["index.json"]),
        is_unpacked=False,
    ),
    Case(
        rule="member-duplicate-different",
        severity=_E,
        effect=Effect.FAILED,
        fires=build_hybrid([APP]).add("./manifest.json", b"[]"),
        near=build_hybrid([APP]).add("x/manifest.json", b"[]"),
        is_unpacked=False,
    ),
    Case(  # A directory of the name hides the file from whoever unpacks.
        rule="member-duplicate-different",
        severity=_E,
        effect=Effect.FAILED,
        fires=build_hybrid([APP]).add("repositories/", Directory()),
        near=build_hybrid([APP]).add("repositories.d/", Directory()),
        is_unpacked=False,
    ),
    Case(
        rule="member-duplicate-different",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("README", b"a").add("README", Symlink("index.json")),
        near=oci().add("README", Symlink("index.json")).add("README", Symlink("index.json")),
        is_unpacked=False,
    ),
    Case(
        rule="member-name-collision",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("notes", b"").add("Notes", b""),
        near=oci().add("notes", b"").add("note5", b""),
    ),
    Case(  # One letter, and the same letter of two code points.
        rule="member-name-collision",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("caf\u00e9", b"").add("cafe\u0301", b""),
        near=oci().add("caf\u00e9", b"").add("cafe", b""),
    ),
    *(
        Case(  # What unpacks can have either the file or what is below it.
            rule="member-name-collision",
            severity=_W,
            effect=Effect.NONE,
            fires=oci().add(f"{name}/x/y", b""),
            near=oci().add(f"{name}x/y", b""),
            is_unpacked=False,
        )
        for name in ("index.json", _LAYER_NAME)
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("../../etc/passwd", b"root"),
        near=oci().add("..etc/...passwd", b"root"),
        is_unpacked=False,
    ),
    Case(  # docker and containerd resolve it, and find a second view.
        rule="member-name-unsafe",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("a/../manifest.json", b"[]"),
        near=oci().add("a/manifest.json", b"[]"),
        is_unpacked=False,
    ),
    Case(
        rule="member-name-unsafe",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add(f"a/../{_LAYER_NAME}", b"other"),
        near=oci().add(f"./{_LAYER_NAME}", LAYER.blob),
        is_unpacked=False,
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("/etc/passwd", b"root"),
        near=oci().add("etc/passwd", b"root"),
        is_unpacked=False,
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=header(b"") + oci().tar(),
        near=header(b"./", 0, b"5") + oci().tar(),
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("dir\\file", b""),
        near=oci().add("dir/file", b""),
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("C:/file", b""),
        near=oci().add("sha256:file", b""),
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("\x1b[2Jnotes", b""),
        near=oci().add("[2Jnotes", b""),
    ),
    Case(
        rule="member-name-unsafe",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("no\u202etes", b""),
        near=oci().add("\u0437\u0430\u043c\u0435\u0442\u043a\u0438", b""),
    ),
    Case(
        rule="member-name-not-utf8",
        severity=_W,
        effect=Effect.NONE,
        fires=file(b"caf\xe9") + oci().tar(),
        near=file("café".encode()) + oci().tar(),
    ),
    Case(
        rule="member-name-not-utf8",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("caf\udce9", b""),
        near=oci().add("café", b""),
    ),
    Case(
        rule="member-name-too-long",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("n" * 181, b""),
        near=oci().add("n" * 180, b""),
        limits=Limits(name_length=180),
    ),
    Case(
        rule="link-dangling",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=build_hybrid([APP]).replace("repositories", Symlink("gone")),
        near=build_hybrid([APP])
        .replace("repositories", Symlink("store"))
        .add("store", build_hybrid([APP])["repositories"]),
    ),
    Case(  # No view leads through it, but containerd refuses the whole import.
        rule="link-dangling",
        severity=_W,
        effect=Effect.NONE,
        fires=_TWICE.replace(_V1_LINK, Symlink("../gone.tar")),
        near=_TWICE,
    ),
    Case(
        rule="link-escapes",
        severity=_E,
        effect=Effect.FAILED,
        fires=_linked(Symlink("../../../../etc/passwd")),
        near=_linked(Symlink("../../store/../store/layer")),
    ),
    Case(
        rule="link-escapes",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("passwd", Symlink("/etc/passwd")),
        near=oci().add("passwd", Symlink("oci-layout")),
    ),
    Case(
        rule="link-escapes",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("passwd", Hardlink("../etc/passwd")),
        near=oci().add("passwd", Hardlink("oci-layout")),
        is_unpacked=False,
    ),
    Case(
        rule="link-cycle",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("a", Symlink("b")).add("b", Symlink("a")),
        near=oci().add("a", Symlink("b")).add("b", Symlink("oci-layout")),
    ),
    Case(
        rule="link-cycle",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add("a", Symlink("a/b")),
        near=oci().add("a", Symlink("./oci-layout")),
    ),
    Case(
        rule="link-blob",
        severity=_W,
        effect=Effect.NONE,
        fires=_linked(Symlink("../../store/layer")),
        near=_TWICE,
    ),
    Case(
        rule="link-blob",
        severity=_W,
        effect=Effect.NONE,
        fires=_linked(Hardlink("store/layer")),
        near=build_docker([APP], style="1.10"),
        is_unpacked=False,
    ),
    *(
        Case(
            rule="link-blob",
            severity=_W,
            effect=Effect.NONE,
            fires=oci().rename(name, "store/it").add(name, Symlink("store/it")),
            near=oci().add("it", Symlink(name)),
        )
        for name in ("index.json", "oci-layout")
    ),
    Case(  # Only a reader of the docker view meets the link, and that one follows it.
        rule="link-blob",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().rename("index.json", "a").add("index.json", Symlink("a")),
        near=build_docker([APP], style="ggcr")
        .rename("manifest.json", "a")
        .add("manifest.json", Symlink("a")),
    ),
)


@pytest.mark.parametrize("name", oci().files)
def test_a_member_that_occurs_twice_with_the_same_bytes_is_no_hidden_image(
    name: str, tmp_path: Path
) -> None:
    report = examined(oci().add(name, oci()[name]), tmp_path)
    assert [each.rule.name for each in report.findings] == ["member-duplicate-identical"]
    assert report.verdict is Verdict.VERIFIED


def test_a_link_to_nothing_says_why_a_blob_is_missing(tmp_path: Path) -> None:
    report = examined(_linked(Symlink("../../store/gone")), tmp_path, is_unpacked=True)
    (finding,) = told(report, "blob-missing")
    assert errors_of(report) == ["blob-missing"]
    assert [each.rule for each in finding.related] == ["link-dangling"]


def test_what_leads_out_of_the_archive_is_not_lowered_with_what_is_missing(tmp_path: Path) -> None:
    attack = _linked(Symlink("../../../../etc/passwd"))
    report = examined(attack, tmp_path, allow_missing=True)
    assert errors_of(report) == ["link-escapes"]
    assert report.verdict is Verdict.FAILED

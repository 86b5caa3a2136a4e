"""`layertar tree`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.builders import (
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_hybrid,
    tar_layer,
)
from tests.cli.command import run
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from pathlib import Path

LOWER = tar_layer(
    {
        "bin/busybox": b"b" * 3000,
        "bin/sh": Hardlink("bin/busybox"),
        "lib": Symlink("usr/lib"),
        "etc/gone": b"gone",
        "etc/\x1b[31m\nred\udcff": b"x",
    }
)
UPPER = tar_layer({"usr/lib/libc.so": b"c" * 2048}, whiteouts=["etc/gone"])
BUILT = build_hybrid(
    [
        ImageRecipe(
            layers=(LayerRecipe(tar=LOWER), LayerRecipe(tar=UPPER)),
            names=("docker.io/library/app:1",),
        )
    ]
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


WHOLE = r"""
 4.9 KiB  /
 2.9 KiB  |-- bin/
 2.9 KiB  |   |-- busybox
          |   `-- sh  (hard link to bin/busybox)
     1 B  |-- etc/
     1 B  |   `-- \x1b[31m\nred\xff
          |-- lib -> usr/lib
 2.0 KiB  `-- usr/
 2.0 KiB      `-- lib/
 2.0 KiB          `-- libc.so

4 directories, 5 files, 4.9 KiB
"""


def test_each_file_is_under_its_directory(saved: Path) -> None:
    assert run("tree", saved) == (0, WHOLE.removeprefix("\n"), "")


def test_lines_are_drawn_with_boxes_where_asked_for(saved: Path) -> None:
    ran = run("tree", saved, "/bin", "--lines", "boxes", env={"PYTHONIOENCODING": "utf-8"})
    assert ran.out.splitlines()[:3] == [
        " 2.9 KiB  bin/",
        " 2.9 KiB  ├── busybox",
        "          └── sh  (hard link to bin/busybox)",
    ]


def test_only_the_largest_have_lines_of_their_own(saved: Path) -> None:
    assert run("tree", saved, "--depth", "1", "--largest", "1").out == (
        " 4.9 KiB  /\n"
        " 2.9 KiB  |-- bin/\n"
        " 2.0 KiB  `-- (3 more: 3 directories, 3 files)\n"
        "\n4 directories, 5 files, 4.9 KiB\n"
    )
    assert run("tree", saved, "--depth", "0").out.splitlines()[0:2] == [" 4.9 KiB  /", ""]


def test_what_is_deleted_is_marked_and_summed_up(saved: Path) -> None:
    out = run("tree", saved, "etc", "--deleted").out.splitlines()
    assert "     4 B  `-- gone  (deleted by layer 1)" in out
    assert out[-2:] == ["0 directories, 1 file, 1 B", "hidden: 0 directories, 1 file, 4 B"]
    assert run("tree", saved, "etc/gone", "--deleted").out.splitlines()[0] == (
        "     4 B  etc/gone  (deleted by layer 1)"
    )


def test_a_layer_shows_its_whiteouts(saved: Path) -> None:
    assert run("tree", saved, "--layer", "1").out == (
        " 2.0 KiB  /\n"
        "     0 B  |-- etc/\n"
        "          |   `-- gone  (whiteout)\n"
        " 2.0 KiB  `-- usr/\n"
        " 2.0 KiB      `-- lib/\n"
        " 2.0 KiB          `-- libc.so\n"
        "\n3 directories, 1 file, 2.0 KiB\n"
    )


def test_json_is_a_list_with_sums(saved: Path) -> None:
    document = json.loads(run("tree", saved, "--format", "json", "--largest", "1").out)
    jsonschema.validate(document, strict_schema("tree"), jsonschema.Draft202012Validator)
    assert (document["command"], document["archive"]) == ("tree", str(saved))
    assert document["total"] == {"size": 5049, "files": 5, "directories": 4}
    assert document["hidden"] == {"size": 0, "files": 0, "directories": 0}
    root, first, *_ = document["entries"]
    assert (root["path"], root["depth"], root["files"]) == (".", 0, 5)
    assert (first["path"], first["kind"], first["size"]) == ("bin", "directory", 3000)
    assert document["entries"][-1] == {
        "path": ".",
        "depth": 1,
        "omitted": 3,
        "size": 2049,
        "files": 3,
        "directories": 3,
    }


@pytest.mark.parametrize(
    "args", [("nothing",), ("etc/gone",), ("--layer", "2"), ("--largest", "0"), ("--depth", "-1")]
)
def test_what_is_not_there_is_wrong_usage(args: tuple[str, ...], saved: Path) -> None:
    ran = run("tree", saved, *args)
    assert (ran.code, ran.out) == (2, "")


def test_a_missing_layer_is_told(tmp_path: Path) -> None:
    cut = LayerRecipe(tar=LOWER[:3000])
    built = build_hybrid([ImageRecipe(layers=(cut,), names=("docker.io/library/app:1",))])
    (tmp_path / "cut.tar").write_bytes(built.tar())
    ran = run("tree", tmp_path / "cut.tar")
    assert (ran.code, "layer 0" in ran.err) == (1, True)


@pytest.mark.parametrize("more", [(), ("--deleted",), ("--layer", "1"), ("--depth", "0")])
def test_json_fits_its_schema(more: tuple[str, ...], saved: Path) -> None:
    document = json.loads(run("tree", saved, "--format", "json", *more).out)
    jsonschema.validate(document, strict_schema("tree"), jsonschema.Draft202012Validator)

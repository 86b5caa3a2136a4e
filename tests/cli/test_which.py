"""`layertar which`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.builders import ImageRecipe, LayerRecipe, Symlink, build_hybrid, sha256, tar_layer
from tests.cli.command import run
from tests.report.strict import strict_schema
from tests.tarmaker import END, tar_entry

if TYPE_CHECKING:
    from pathlib import Path

ODD = "usr/bin/\x1b[31m\nred\udcff"
TARS = (
    tar_layer({"usr/bin/tool": b"one", "bin": Symlink("usr/bin"), ODD: b"x"}),
    tar_entry("usr/bin/tool", b"one", mode=0o755) + END,
    tar_layer({}, whiteouts=["usr/bin/tool"]),
)
BUILT = build_hybrid(
    [
        ImageRecipe(
            layers=tuple(LayerRecipe(tar=tar) for tar in TARS),
            names=("docker.io/library/app:1",),
        )
    ]
)
IDS = [sha256(tar) for tar in TARS]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


def test_every_layer_that_touched_it_has_a_line(saved: Path) -> None:
    ran = run("which", saved, "/bin/tool")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert lines[:2] == ["bin/tool", "bin -> usr/bin (link of layer 0)"]
    assert lines[3].startswith("layer what how mode owner size digest created by")
    assert [line.partition(" sha256:")[0] for line in lines[4:7]] == [
        "0 added - -rw-r--r-- 0/0 3",
        "1 attributes mode -rwxr-xr-x 0/0 3",
        "2 deleted whiteout - - -",
    ]
    assert [digest in line for digest, line in zip(IDS, lines[4:7], strict=True)] == [True] * 3
    assert lines[7:] == ["", "now: nothing"]


def test_json_has_both_states_and_the_layer(saved: Path) -> None:
    document = json.loads(run("which", saved, "bin/tool", "--format", "json").out)
    jsonschema.validate(document, strict_schema("which"), jsonschema.Draft202012Validator)
    assert document["path"] == "bin/tool"
    assert document["links"] == [{"path": "bin", "target": "usr/bin", "layer": 0}]
    added, changed, deleted = document["layers"]
    assert (added["before"], added["after"]["path"]) == (None, "usr/bin/tool")
    assert (changed["action"], changed["changes"]) == ("attributes", ["mode"])
    assert changed["before"]["digest"] == changed["after"]["digest"] == sha256(b"one")
    assert (changed["before"]["mode"], changed["after"]["mode"]) == ("0644", "0755")
    assert (deleted["action"], deleted["cause"], deleted["by"]) == (
        "deleted",
        "whiteout",
        "usr/bin/tool",
    )
    assert [each["digest"] for each in document["layers"]] == IDS
    assert document["final"] is None


def test_a_link_at_the_end_is_followed_where_asked(saved: Path) -> None:
    assert run("which", saved, "bin").out.endswith(" bin -> usr/bin\n")
    assert run("which", saved, "bin", "-L").out.endswith(" usr/bin\n")


def test_names_are_escaped(saved: Path) -> None:
    out = run("which", saved, ODD).out
    assert out.startswith("usr/bin/\\x1b[31m\\nred\\xff\n\n")
    assert "\x1b" not in out


def test_what_no_layer_ever_had_is_wrong_usage(saved: Path) -> None:
    ran = run("which", saved, "/etc/nothing")
    assert (ran.code, ran.out) == (2, "")
    assert "no layer ever had" in ran.err


def test_an_archive_that_is_none_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"nothing of the kind")
    ran = run("which", tmp_path / "no.tar", "a")
    assert (ran.code, ran.out) == (3, "")


def test_a_layer_that_is_cut_short_is_told(tmp_path: Path) -> None:
    layers = (LayerRecipe(tar=TARS[0]), LayerRecipe(tar=TARS[1][:514]))
    built = build_hybrid([ImageRecipe(layers=layers, names=("docker.io/library/app:1",))])
    (tmp_path / "cut.tar").write_bytes(built.tar())
    ran = run("which", tmp_path / "cut.tar", "usr/bin/tool")
    assert (ran.code, "layer 1" in ran.err) == (1, True)

"""README's table of what to run without a daemon: each row runs, and says what is true."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest

import layertar
from tests.builders import ImageRecipe, LayerRecipe, build_oci, sha256, tar_layer
from tests.cli.command import run
from tests.readme import README, part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base"}), compression="gzip")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"top"}), compression="gzip")
APP = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))
BUILT = build_oci([APP])
CHAIN = sha256(f"{sha256(BASE.tar)} {sha256(TOP.tar)}".encode())
DIFF_IDS = [sha256(BASE.tar), sha256(TOP.tar)]
CONFIG = json.loads(APP.config)

ROWS = [
    tuple(re.split(r"(?<!\\) \| ", line.strip("| ")))
    for line in part(README.read_text(encoding="utf-8"), "equivalents").splitlines()[2:]
]


def commands(cell: str) -> list[str]:
    """What a cell has in backticks, with the table's own escapes undone."""
    return [text.replace("\\|", "|") for text in re.findall(r"`([^`]+)`", cell)]


def docker(out: str) -> dict[str, object]:
    [found] = json.loads(out)
    assert isinstance(found, dict)
    return found


def _inspected(out: str) -> bool:
    found = docker(out)
    return (found["Id"], found["RootFS"], found["Size"]) == (
        sha256(APP.config),
        {"Type": "layers", "Layers": DIFF_IDS},
        None,
    )


def _images(out: str) -> bool:
    return all(digest in out for digest in (sha256(APP.config), sha256(APP.manifest), "app:1"))


#: What is true of each command's output, without the part that is jq's.
TRUE: dict[str, Callable[[str], bool]] = {
    "layertar images app.tar": _images,
    "layertar images app.tar --format json": _images,
    "layertar digest app.tar app": lambda out: out == f"{sha256(APP.config)}\n",
    "layertar inspect --docker app.tar": _inspected,
    "layertar inspect --docker --verify app.tar": lambda out: docker(out)["Size"] == 7,
    "layertar digest app.tar --of diff-ids": lambda out: out.split() == DIFF_IDS,
    "layertar digest app.tar --of chain-ids": lambda out: out.split() == [DIFF_IDS[0], CHAIN],
    "layertar history app.tar": lambda out: out.index(DIFF_IDS[1]) < out.index(DIFF_IDS[0]),
    "layertar history app.tar --format json": lambda out: (
        [step["diff_id"] for step in json.loads(out)["history"] if not step["empty_layer"]]
        == DIFF_IDS[::-1]
    ),
    "layertar manifest app.tar --pretty": lambda out: json.loads(out) == json.loads(APP.manifest),
    "layertar manifest app.tar": lambda out: out.encode() == APP.manifest,
    "layertar config app.tar": lambda out: out.encode() == APP.config,
    "layertar digest app.tar --of manifest": lambda out: out == f"{sha256(APP.manifest)}\n",
    "layertar blob app.tar sha256:…": lambda out: out.encode() == APP.config,
    "layertar verify app.tar": lambda out: out.startswith("VERIFIED"),
}


def test_the_table_has_a_row_for_every_tool_that_people_use() -> None:
    asked = "\n".join(row[0] for row in ROWS)
    for tool in (
        *("docker images", "docker inspect", "| jq", "docker manifest inspect", "docker history"),
        *("Docker SDK for Python", "Engine API", "skopeo inspect", "crane digest"),
        *("crane manifest", "crane config", "crane validate", "layerdb"),
    ):
        assert tool in asked.replace("\\|", "|"), tool
    assert all(len(row) == 2 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_row_says_what_is_true(
    row: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.tar").write_bytes(BUILT.tar())
    monkeypatch.chdir(tmp_path)
    [command] = commands(row[1])
    if command.startswith("layertar."):
        found = layertar.images("app.tar").rows[0].image_id
        assert command == 'layertar.images("app.tar").rows[0].image_id'
        assert str(found) == sha256(APP.config)
        return
    ours, _, jq = command.partition(" | ")
    words = shlex.split(ours.replace("sha256:…", sha256(APP.config)))
    ran = run(*words[1:], cwd=tmp_path)
    assert ran.code == 0
    assert TRUE[ours](ran.out)
    if jq:
        assert jq_paths(jq, json.loads(ran.out))


def jq_paths(jq: str, document: object) -> bool:
    """Whether what a filter of jq asks for is there: steps by key, position and `[]` only."""
    [*_, path] = shlex.split(jq)
    at = document
    for step in re.findall(r"\w+|\[\]", path):
        if step == "[]":
            return isinstance(at, list)
        at = at[int(step)] if isinstance(at, list) else at[step]  # type: ignore[index] # a mistake of README's fails here
    return at is not None


def test_the_mistakes_are_mistakes() -> None:
    manifest = json.loads(APP.manifest)
    listed = {layer["digest"] for layer in manifest["layers"]}
    assert listed.isdisjoint(DIFF_IDS)
    assert CONFIG["rootfs"]["diff_ids"] == DIFF_IDS
    assert sha256(APP.config) != sha256(APP.manifest)

"""`layertar find`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.builders import ImageRecipe, LayerRecipe, Symlink, build_hybrid, sha256, tar_layer
from tests.cli.command import run

if TYPE_CHECKING:
    from pathlib import Path

ODD = "etc/\x1b[31m\nred\udcff"
LOWER = tar_layer({"etc/hello": b"hello", "etc/gone": b"gone" * 300, "bin": Symlink("usr/bin")})
UPPER = tar_layer({ODD: b"x" * 2000}, whiteouts=["etc/gone"])
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


def test_without_conditions_it_lists_what_ls_does(saved: Path) -> None:
    for more in ((), ("-l",), ("--deleted",), ("--layer", "1"), ("--format", "csv"), ("-0",)):
        assert run("find", saved, *more) == run("ls", "-R", saved, *more)
    assert run("find", saved, "--digests") == run("ls", "-R", "--digest", saved)


def test_sizes_and_names_are_conditions(saved: Path) -> None:
    assert run("find", saved, "--size", "+1k").out == "etc/\\x1b[31m\\nred\\xff\n"
    assert run("find", saved, "--size", "-1k", "--size", "+0").out == "etc/hello\n"
    assert run("find", saved, "--name", "h*", "--name", "bin").out == "bin\netc/hello\n"
    assert run("find", saved, "--name", "h*", "--type", "l").out == ""
    assert run("find", saved, "--path", "/etc/*", "--type", "f", "--size", "5").out == "etc/hello\n"


def test_what_upper_layers_delete_is_marked(saved: Path) -> None:
    ran = run("find", saved, "--name", "gone", "--deleted")
    assert (ran.code, ran.out, ran.err) == (0, "etc/gone  (deleted by layer 1)\n", "")
    assert run("find", saved, "--type", "w", "--layer", "1").out == "etc/gone  (whiteout)\n"


def test_json_says_which_command_and_has_the_digest_that_was_asked_for(saved: Path) -> None:
    start = sha256(b"hello").removeprefix("sha256:")[:6]
    ran = run("find", saved, "--digest", start, "--format", "json")
    document = json.loads(ran.out)
    assert (document["command"], len(document["entries"])) == ("find", 1)
    assert document["entries"][0]["digest"] == sha256(b"hello")


def test_finding_nothing_is_no_failure(saved: Path) -> None:
    assert run("find", saved, "--name", "nothing") == (0, "", "")


@pytest.mark.parametrize(
    "args",
    [
        ("--size", "big"),
        ("--mode", "u+x"),
        ("--owner", "root"),
        ("--type", "x"),
        ("--newer", "yesterday"),
        ("--digest", "xyz"),
        ("--name", "[z-a]"),
        ("--layer", "2"),
        ("--layer", "-1"),
    ],
)
def test_a_condition_that_makes_no_sense_is_wrong_usage(args: tuple[str, str], saved: Path) -> None:
    ran = run("find", saved, *args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_an_archive_that_is_none_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"nothing of the kind")
    assert run("find", tmp_path / "no.tar").code == 3


def test_a_layer_that_is_cut_short_is_told(tmp_path: Path) -> None:
    cut = LayerRecipe(tar=LOWER[:1200])
    built = build_hybrid([ImageRecipe(layers=(cut,), names=("docker.io/library/app:1",))])
    (tmp_path / "cut.tar").write_bytes(built.tar())
    ran = run("find", tmp_path / "cut.tar", "--name", "hello")
    assert (ran.code, ran.out) == (1, "etc/hello\n")
    assert "layer 0" in ran.err

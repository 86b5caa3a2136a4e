"""`cat` and `export` as a user runs them."""

from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from layertar.cli._exit import ExitCode
from tests.builders import ImageRecipe, LayerRecipe, Symlink, blob_name, build_oci, tar_layer
from tests.cli.command import COMMAND, environment, run
from tests.tarmaker import Hardlink

if TYPE_CHECKING:
    from pathlib import Path

BASE = LayerRecipe(tar=tar_layer({"etc/version": b"1\n", "etc/gone": b"x", "l": Symlink("etc")}))
UPPER = LayerRecipe(tar=tar_layer({"etc/version": b"2\n"}, whiteouts=["etc/gone"]))
BUILT = build_oci([ImageRecipe(layers=(BASE, UPPER), names=("docker.io/library/app:1",))])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    path = tmp_path / "damaged.tar"
    path.write_bytes(BUILT.replace(blob_name(UPPER.blob), UPPER.blob[:-30]).tar())
    return path


def test_cat_writes_the_file_that_a_container_would_see(saved: Path) -> None:
    assert run("cat", saved, "/l/version") == (0, "2\n", "")
    assert run("cat", saved, "etc/version", "--layer", "0", "--verify") == (0, "1\n", "")


def test_cat_says_which_layer_deleted_a_file(saved: Path) -> None:
    ran = run("cat", saved, "etc/gone")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert ran.err == "layertar: etc/gone: it is deleted by layer 1\n"


def test_cat_escapes_the_names_that_it_tells(saved: Path) -> None:
    assert "\\x1b[31m" in run("cat", saved, "\x1b[31m").err


def test_cat_to_a_file_writes_it_whole_or_not_at_all(
    saved: Path, damaged: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run("cat", saved, "etc/version", "--output", out).code == 0
    assert out.read_bytes() == b"2\n"
    ran = run("cat", damaged, "etc/version", "--output", out)
    assert ran.code == ExitCode.FINDINGS
    assert "layer 1: it cannot be uncompressed" in ran.err
    assert out.read_bytes() == b"2\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.tar", "damaged.tar", "out"]


def test_cat_refuses_a_pipe_and_what_is_no_image(saved: Path, tmp_path: Path) -> None:
    ran = run("cat", "-", "etc/version", stdin=saved.read_bytes())
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "save the file first" in ran.err
    assert run("cat", tmp_path / "nothing", "etc/version").code == ExitCode.UNREADABLE


def test_export_writes_a_tar(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tar"
    assert run("export", saved, "--output", out) == (0, "", "")
    with tarfile.open(out) as tar:
        assert tar.getnames() == ["etc", "etc/version", "l"]
    again = tmp_path / "again.tar"
    with again.open("wb") as stdout:
        assert run("export", saved, "--verify", stdout=stdout).code == 0
    assert again.read_bytes() == out.read_bytes()


def test_export_writes_files(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "to"
    ran = run("export", saved, "--to", place, "--layer-range", ":1")
    assert (ran.code, ran.out) == (0, "")
    assert (place / "etc" / "gone").read_bytes() == b"x"
    assert os.readlink(place / "l") == "etc"  # noqa: PTH115 - the text
    again = run("export", saved, "--to", place)
    assert again.code == ExitCode.USAGE
    # The message is in a frame, and wrapped as the path's length has it.
    assert "is not empty" in " ".join(again.err.replace("│", " ").split())


@pytest.mark.parametrize("given", ["1", "a:b", "1:2:3", "-1:", ":" + "9" * 5000, "2:", "1:1"])
def test_export_refuses_a_range_that_is_none(saved: Path, given: str) -> None:
    ran = run("export", saved, "--layer-range", given)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")


def test_export_refuses_two_targets_and_a_pipe(saved: Path, tmp_path: Path) -> None:
    two = run("export", saved, "--to", tmp_path / "to", "--output", tmp_path / "out")
    assert two.code == ExitCode.USAGE
    ran = run("export", "-", "--to", tmp_path / "to", stdin=saved.read_bytes())
    assert ran.code == ExitCode.USAGE
    assert [each.name for each in tmp_path.iterdir()] == ["app.tar"]


def test_export_of_a_damaged_layer_leaves_nothing(damaged: Path, tmp_path: Path) -> None:
    for target in (("--to", tmp_path / "to"), ("--output", tmp_path / "out")):
        ran = run("export", damaged, *target)
        assert ran.code == ExitCode.FINDINGS
        assert "nothing is written: layer 1: it cannot be uncompressed" in ran.err
    assert [each.name for each in tmp_path.iterdir()] == ["damaged.tar"]


def test_export_that_cannot_write_says_so(saved: Path, tmp_path: Path) -> None:
    ran = run("export", saved, "--to", tmp_path / "no" / "parent")
    assert ran.code == ExitCode.OUTPUT
    assert "No such file or directory" in ran.err
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        assert run("export", saved, stdout=full).code == ExitCode.OUTPUT


def test_what_export_leaves_out_is_told(tmp_path: Path) -> None:
    layer = LayerRecipe(tar=tar_layer({"a": b"1", "b": Hardlink("nowhere")}))
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([ImageRecipe(layers=(layer,))]).tar())
    out = tmp_path / "out.tar"
    ran = run("export", path, "--output", out)
    assert ran.code == ExitCode.FINDINGS
    assert "/b is left out: it is a hard link to what is not there" in ran.err
    with tarfile.open(out) as tar:
        assert tar.getnames() == ["a"]


def on_terminal(*args: str | Path) -> tuple[int, bytes]:
    """The exit code, and what a terminal gets as standard output."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*COMMAND, *args], stdout=theirs, stderr=theirs, env=environment()
    ) as ran:
        code = ran.wait()
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    return code, shown.replace(b"\r\n", b"\n")


def test_cat_shows_a_terminal_nothing_that_it_would_obey(tmp_path: Path) -> None:
    text = b"one\ttwo\n\x1b]0;title\x07 \xc3\xa9 \xff\r\xe2\x80\xae\n\xc3"
    layer = LayerRecipe(tar=tar_layer({"f": text}))
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([ImageRecipe(layers=(layer,))]).tar())
    shown = "one\ttwo\n\\x1b]0;title\\x07 \u00e9 \\xff\\r\\u202e\n\\xc3".encode()
    code, found = on_terminal("cat", path, "f")
    assert (code, found.expandtabs()) == (0, shown.expandtabs())
    out = tmp_path / "out"
    assert run("cat", path, "f", "--output", out).code == 0
    assert out.read_bytes() == text


def test_export_refuses_to_write_a_tar_to_a_terminal(saved: Path) -> None:
    code, shown = on_terminal("export", saved)
    assert code == ExitCode.USAGE
    assert b"standard output is a terminal" in b" ".join(shown.split())

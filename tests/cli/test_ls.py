"""`layertar ls`, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_oci, tar_layer
from tests.cli.command import COMMAND, environment, run
from tests.report.strict import strict_schema
from tests.tarmaker import Hardlink

if TYPE_CHECKING:
    from pathlib import Path

BASE = LayerRecipe(tar=tar_layer({"etc/hello": b"hi", "etc/old": b"old", "a b": b"space"}))
UPPER = LayerRecipe(tar=tar_layer({"etc/.wh.old": b"", "etc/new": b"new"}))
BUILT = build_oci([ImageRecipe(layers=(BASE, UPPER), names=("docker.io/library/app:1",))])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


def test_the_root_is_listed_by_default(saved: Path) -> None:
    ran = run("ls", saved)
    assert (ran.code, ran.out, ran.err) == (ExitCode.OK, "a b\netc\n", "")


def test_a_file_a_directory_and_a_pipe_are_listed_alike(saved: Path, tmp_path: Path) -> None:
    due = run("ls", "-lR", saved).out
    assert "etc/hello" in due
    assert run("ls", "-lR", BUILT.directory(tmp_path / "layout")).out == due
    assert run("ls", "-lR", "-", stdin=saved.read_bytes()).out == due


def test_what_is_deleted_is_shown_where_that_is_asked(saved: Path) -> None:
    assert run("ls", saved, "/etc").out == "etc/hello\netc/new\n"
    assert run("ls", saved, "/etc", "--deleted").out == (
        "etc/hello\netc/new\netc/old  (deleted by layer 1)\n"
    )
    assert run("ls", "--layer", "1", "-R", saved).out == "etc/new\netc/old  (whiteout)\n"


def test_a_layer_has_hard_links_and_the_image_files_of_several_names(tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    tar = tar_layer({"a": b"content", "b": Hardlink("a")})
    path.write_bytes(build_oci([ImageRecipe(layers=(LayerRecipe(tar=tar),))]).tar())
    kinds = ("ls", "-R", "--format", "jsonl")
    of_image = [json.loads(line) for line in run(*kinds, path).out.splitlines()]
    of_layer = [json.loads(line) for line in run(*kinds, "--layer", "0", path).out.splitlines()]
    assert [(each["kind"], each["size"]) for each in of_image[1:]] == [("file", 7), ("file", 7)]
    assert [(each["kind"], each["link_target"]) for each in of_layer] == [
        ("file", None),
        ("hardlink", "a"),
    ]
    assert run("find", path, "--layer", "0", "--type", "h").out == "b\n"
    assert run("find", path, "--type", "h").code == ExitCode.OK


def test_digests_are_those_that_sha256sum_checks(saved: Path, tmp_path: Path) -> None:
    sha256sum = shutil.which("sha256sum")
    assert sha256sum is not None
    ran = run("ls", "-R", "--digest", saved)
    for name, content in (("etc/hello", b"hi"), ("etc/new", b"new"), ("a b", b"space")):
        assert f"{hashlib.sha256(content).hexdigest()}  {name}\n" in ran.out
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    lines = [line for line in ran.out.splitlines(keepends=True) if not line.startswith("-")]
    checked = subprocess.run(
        [sha256sum, "--check", "--strict", "-"],
        input="".join(lines).encode(),
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert checked.returncode == 0


def test_json_names_the_image(saved: Path) -> None:
    found = json.loads(run("ls", "--format", "json", saved, "etc").out)
    jsonschema.validate(found, strict_schema("ls"), jsonschema.Draft202012Validator)
    assert found["image"]["names"] == ["docker.io/library/app:1"]
    assert [entry["path"] for entry in found["entries"]] == ["etc/hello", "etc/new"]


def test_the_output_goes_to_a_file(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    ran = run("ls", "-0", "-R", saved, "--output", target)
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert target.read_bytes() == b".\0a b\0etc\0etc/hello\0etc/new\0"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: the image has no such file"),
        (("--layer", "7"), "2 layers, numbered from 0"),
        (("--image", "other:1"), "no image fits"),
        (("--platform", "x/y/z/a"), "OS/ARCH"),
        (("--sort", "colour"), "--sort"),
    ],
)
def test_what_is_not_there_is_wrong_usage(
    arguments: tuple[str, ...], said: str, saved: Path
) -> None:
    ran = run("ls", saved, *arguments)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert said in ran.err


def test_what_is_no_archive_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"text\n" * 200)
    ran = run("ls", path)
    assert ran.code == ExitCode.UNREADABLE
    assert "text" in ran.err
    assert run("ls", tmp_path / "absent").code == ExitCode.UNREADABLE


def test_a_layer_that_is_damaged_is_told_beside_what_is_there(saved: Path) -> None:
    broken = BUILT.replace(blob_name(UPPER.blob), UPPER.blob[:-9] + b"x" * 9).tar()
    saved.write_bytes(broken)
    ran = run("ls", "-R", saved)
    assert ran.code == ExitCode.FINDINGS
    assert "etc/hello" in ran.out
    assert "layer 1: it cannot be uncompressed" in ran.err


def test_a_layer_whose_digest_is_wrong_is_told_with_verify(saved: Path) -> None:
    plain = LayerRecipe(tar=tar_layer({"etc/good": b"good"}), compression="none")
    built = build_oci([ImageRecipe(layers=(BASE, plain))])
    other = tar_layer({"etc/evil": b"evil"})
    assert len(other) == len(plain.tar)
    saved.write_bytes(built.replace(blob_name(plain.blob), other).tar())
    assert run("ls", "-R", saved).code == ExitCode.OK
    ran = run("ls", "-R", "--verify", saved)
    assert ran.code == ExitCode.FINDINGS
    assert "etc/evil" in ran.out
    assert "blob-digest-mismatch" in ran.err
    assert run("ls", "-R", "-", stdin=saved.read_bytes()).code == ExitCode.FINDINGS


def test_a_cache_is_made_and_used(saved: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    due = run("ls", "-R", saved).out
    for _ in range(2):
        assert run("ls", "-R", "--cache", cache, saved).out == due
    assert (cache / "layertar.sqlite3").exists()
    ran = run("ls", "--cache", saved, saved)
    assert ran.code == ExitCode.USAGE
    assert "the cache" in ran.err


def test_a_closed_pipe_ends_it_quietly(saved: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "ls", "-R", saved],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.CLOSED_PIPE

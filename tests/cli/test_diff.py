"""`layertar diff`, as a user runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.analysis.sample import NEW, OLD
from tests.analysis.trees import File, tar_of
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    blob_name,
    build_docker_v1,
    build_oci,
    tar_layer,
)
from tests.cli.command import run
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from pathlib import Path

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base"}), created_by="ADD base")
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"top"}), created_by="COPY top")
ONE = ImageRecipe(layers=(BASE,), names=("docker.io/library/app:1",))
TWO = ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:2",))
ARM = ImageRecipe(
    layers=(TOP,), names=("docker.io/library/app:1",), platform=PlatformName("linux", "arm64", "v8")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two builds of an image, and with an archive of two images."""
    (tmp_path / "old.tar").write_bytes(OLD.tar())
    (tmp_path / "new.tar").write_bytes(NEW.tar())
    (tmp_path / "both.tar").write_bytes(build_oci([ONE, TWO]).tar())
    return tmp_path


def test_the_same_is_0_and_another_is_1(folder: Path) -> None:
    same = run("diff", "old.tar", "old.tar", cwd=folder)
    assert (same.code, same.err) == (ExitCode.OK, "")
    assert same.out.startswith("SAME  nothing differs in layers, config, history and files\n")
    other = run("diff", "old.tar", "new.tar", cwd=folder)
    assert (other.code, other.err) == (ExitCode.FINDINGS, "")
    assert other.out.startswith("DIFFERENT  in content, link, mode and times\n")


def test_two_images_of_one_archive_are_chosen_by_name_digest_or_platform(folder: Path) -> None:
    ran = run("diff", "both.tar", "--image", "app:1", "--image-b", "app:2", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "layers   1 of 2 shared from the base up; 1 added\n" in ran.out
    ran = run(
        "diff", "both.tar", "both.tar", "--image-a", "app:2", "--image-b", "app:1", cwd=folder
    )
    assert "layers   1 of 2 shared from the base up; 1 removed\n" in ran.out
    assert run("diff", "both.tar", "--image", "app:2", cwd=folder).code == ExitCode.OK
    # What is said of A is not said of B, which has one image.
    assert run("diff", "both.tar", "old.tar", "--image-a", "app:2", cwd=folder).code == 1
    (folder / "multi.tar").write_bytes(build_oci([ONE, ARM], nested_index=True).tar())
    platforms = ("--platform", "linux/amd64", "--platform-b", "linux/arm64")
    ran = run("diff", "multi.tar", *platforms, "--config", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "  ~ architecture  amd64 -> arm64\n" in ran.out


def test_which_image_is_meant_must_be_said_where_there_are_several(folder: Path) -> None:
    ran = run("diff", "old.tar", "both.tar", cwd=folder)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "both.tar" in ran.err
    assert "docker.io/library/app:2" in ran.err
    assert run("diff", "both.tar", "--image", "app:9", cwd=folder).code == ExitCode.USAGE


@pytest.mark.parametrize("part", ["layers", "config", "history", "files"])
def test_a_part_that_is_asked_for_is_compared_alone(part: str, folder: Path) -> None:
    ran = run("diff", "old.tar", "new.tar", f"--{part}", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    heads = [line.split()[0] for line in ran.out.splitlines() if line and line[0] != " "]
    assert heads[:2] == ["DIFFERENT", part]
    assert set(heads[2:]) <= {"diff_ids"}


def test_what_is_ignored_is_no_difference(folder: Path) -> None:
    names = ("old.tar", "new.tar", "--files")
    ignored = "mtime,mode,/app/**,/srv"
    assert run("diff", *names, "--ignore", ignored, cwd=folder).code == ExitCode.OK
    several = ("--ignore", "mtime,mode", "--ignore", "/app", "--ignore", "srv/")
    ran = run("diff", *names, *several, cwd=folder)
    assert ran.code == ExitCode.OK
    assert "  ignored: mode, times, /app, srv/\n" in ran.out
    assert run("diff", *names, "--ignore", "mtime", cwd=folder).code == ExitCode.FINDINGS


@pytest.mark.parametrize(("word", "told"), [("mtimes", "mtimes"), ("/[[:none:]]", ":none:")])
def test_what_cannot_be_ignored_is_wrong_usage(word: str, told: str, folder: Path) -> None:
    ran = run("diff", "old.tar", "new.tar", "--ignore", word, cwd=folder)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert told in ran.err


def test_json_and_output_go_where_they_should(folder: Path) -> None:
    ran = run("diff", "old.tar", "new.tar", "--format", "json", cwd=folder)
    assert (ran.code, ran.err) == (ExitCode.FINDINGS, "")
    document = json.loads(ran.out)
    jsonschema.validate(document, strict_schema("diff"), jsonschema.Draft202012Validator)
    assert (document["a"]["archive"], document["b"]["archive"]) == ("old.tar", "new.tar")
    target = folder / "out.json"
    args = ("old.tar", "new.tar", "--format", "json", "--output", target)
    assert run("diff", *args, cwd=folder) == (ExitCode.FINDINGS, "", "")
    assert target.read_text() == ran.out
    overwrites = run("diff", "old.tar", "new.tar", "--output", "new.tar", cwd=folder)
    assert overwrites.code == ExitCode.USAGE


@pytest.mark.parametrize("side", [0, 1])
def test_one_side_may_come_through_a_pipe_or_be_a_directory(side: int, folder: Path) -> None:
    due = run("diff", "old.tar", "new.tar", "--format", "json", cwd=folder).out
    names = ["old.tar", "new.tar"]
    piped = (folder / names[side]).read_bytes()
    names[side] = "-"
    ran = run("diff", *names, "--format", "json", cwd=folder, stdin=piped)
    assert (ran.code, ran.err) == (ExitCode.FINDINGS, "")
    found, expected = json.loads(ran.out), json.loads(due)
    for document in (found, expected):
        del document["a"]["archive"], document["b"]["archive"]
    # What passes is measured, and so has more that is known.
    assert found["files"] == expected["files"]
    assert found["layers"]["state"] == expected["layers"]["state"]
    assert run("diff", "-", "-", cwd=folder, stdin=piped).code == ExitCode.USAGE


def test_a_cache_changes_nothing_of_what_is_told(folder: Path) -> None:
    args = ("diff", "old.tar", "new.tar", "--format", "json")
    due = run(*args, cwd=folder)
    for _ in range(2):
        ran = run(*args, "--cache", "kept", cwd=folder)
        assert (ran.code, json.loads(ran.out), ran.err) == (due.code, json.loads(due.out), "")
    assert (folder / "kept").is_dir()


def test_digests_are_measured_where_that_is_asked_for(folder: Path) -> None:
    ran = run("diff", "old.tar", "new.tar", "--verify", cwd=folder)
    assert "not proved" not in ran.out
    assert ran.code == ExitCode.FINDINGS
    honest, other = (
        LayerRecipe(tar=tar_layer({"etc/base": data}), compression="none")
        for data in (b"base", b"eviL")
    )
    built = build_oci([ImageRecipe(layers=(honest,))])
    (folder / "one.tar").write_bytes(built.tar())
    lying = built.replace(blob_name(honest.blob), other.blob)
    (folder / "lying.tar").write_bytes(lying.tar())
    believed = run("diff", "one.tar", "lying.tar", cwd=folder)
    assert (believed.code, believed.err) == (ExitCode.OK, "")
    assert "diff_ids are as recorded, not proved; --verify measures them" in believed.out
    proved = run("diff", "one.tar", "lying.tar", "--verify", cwd=folder)
    assert proved.code == ExitCode.FINDINGS
    assert "blob-digest-mismatch" in proved.err
    assert "  ~         0  etc/base  content\n" in proved.out


def test_what_cannot_be_read_is_3(folder: Path) -> None:
    (folder / "text.tar").write_bytes(b"no archive")
    for names in (("text.tar", "old.tar"), ("old.tar", "text.tar"), ("old.tar", "missing.tar")):
        ran = run("diff", *names, cwd=folder)
        assert (ran.code, ran.out) == (ExitCode.UNREADABLE, "")
        assert (set(names) - {"old.tar"}).pop() in ran.err


def test_archives_without_recorded_diff_ids_are_measured(folder: Path) -> None:
    for name, layers in (("v1.tar", (BASE,)), ("v1-two.tar", (BASE, TOP))):
        (folder / name).write_bytes(
            build_docker_v1([ImageRecipe(layers=layers, names=("docker.io/library/a:1",))]).tar()
        )
    same = run("diff", "v1.tar", "v1.tar", "--layers", cwd=folder)
    assert same.out.startswith("SAME  nothing differs in layers\n")
    ran = run("diff", "v1.tar", "v1-two.tar", "--layers", cwd=folder)
    assert "layers   1 of 2 shared from the base up; 1 added\n" in ran.out


def test_a_rebuild_that_differs_only_in_times_is_the_same_without_them(tmp_path: Path) -> None:
    for name, mtime in (("a.tar", 1), ("b.tar", 2)):
        tree = [("etc/x", File("file", b"x", mtime=mtime))]
        image = ImageRecipe(layers=(LayerRecipe(tar=tar_of(tree)),))
        (tmp_path / name).write_bytes(build_oci([image]).tar())
    ran = run("diff", "a.tar", "b.tar", cwd=tmp_path)
    assert ran.code == ExitCode.FINDINGS
    assert ran.out.startswith("DIFFERENT  only times differ\n")
    assert run("diff", "a.tar", "b.tar", "--ignore", "mtime", cwd=tmp_path).code == ExitCode.OK

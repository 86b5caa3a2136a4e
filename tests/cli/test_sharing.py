"""`layertar sharing`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_oci, sha256, tar_layer
from tests.cli.command import run
from tests.report.strict import strict_schema

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base" * 4000}))
TOP = LayerRecipe(tar=tar_layer({"etc/top": b"on top"}))
APP = build_oci([ImageRecipe(layers=(BASE, TOP), names=("docker.io/library/app:1",))])
OTHER = build_oci([ImageRecipe(layers=(BASE,), names=("docker.io/library/base:1",))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an archive and one of its base."""
    (tmp_path / "app.tar").write_bytes(APP.tar())
    (tmp_path / "base.tar").write_bytes(OTHER.tar())
    return tmp_path


def test_the_sums_of_real_archives_are_as_golden() -> None:
    names = [f"docker-{version}-two-images.tar" for version in ("20.10", "28")]
    ran = run("sharing", "--verify", *names, cwd=FIXTURES / "real")
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    assert (
        ran.out.rpartition("\n\n")[2]
        == """\
sum                       stored  unpacked
4 images, each alone    39.0 KiB  39.0 KiB
2 archives, each alone  22.0 KiB  22.0 KiB
all together            11.0 KiB  11.0 KiB
saved of the archives   11.0 KiB  11.0 KiB
"""
    )


@pytest.mark.parametrize("by", ["chain", "diff-id", "digest"])
def test_json_csv_and_a_graph_go_where_they_should(by: str, folder: Path) -> None:
    ran = run("sharing", "app.tar", "base.tar", "--by", by, "--format", "json", cwd=folder)
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    document = json.loads(ran.out)
    jsonschema.validate(document, strict_schema("sharing"), jsonschema.Draft202012Validator)
    assert document["archives"] == ["app.tar", "base.tar"]
    assert [image["unique_layers"] for image in document["images"]] == [1, 0]
    for form in ("json", "csv", "dot", "text"):
        shown = run("sharing", "app.tar", "base.tar", "--by", by, "--format", form, cwd=folder)
        target = folder / f"out.{form}"
        args = ("app.tar", "base.tar", "--by", by, "--format", form, "--output", target)
        assert run("sharing", *args, cwd=folder) == (ExitCode.OK, "", "")
        assert target.read_bytes() == shown.out.encode()


def test_a_pipe_and_a_list_of_files_are_read(folder: Path) -> None:
    due = run("sharing", "app.tar", "base.tar", cwd=folder)
    assert due.code == ExitCode.OK
    assert run("sharing", "--files-from", "-", cwd=folder, stdin=b"app.tar\nbase.tar\n") == due
    args = ("sharing", "--files-from", "-", "--null")
    assert run(*args, cwd=folder, stdin=b"app.tar\0base.tar\0") == due
    piped = run("sharing", "-", "base.tar", cwd=folder, stdin=APP.tar())
    assert piped.out.count("\n") == due.out.count("\n")
    assert "\n-         docker.io/library/app:1 " in piped.out


def test_damage_is_1_and_what_is_no_archive_3(folder: Path) -> None:
    broken = APP.replace(blob_name(TOP.blob), TOP.blob[:-1] + b"x").tar()
    (folder / "broken.tar").write_bytes(broken)
    assert run("sharing", "broken.tar", cwd=folder).code == ExitCode.OK
    ran = run("sharing", "broken.tar", "base.tar", "--verify", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "broken.tar: " in ran.err
    assert "base:1" in ran.out
    (folder / "text").write_text("none")
    ran = run("sharing", "text", "base.tar", cwd=folder)
    assert ran.code == ExitCode.UNREADABLE
    assert "base:1" in ran.out


def test_a_wrong_word_or_selection_is_wrong_usage(folder: Path) -> None:
    assert run("sharing", "app.tar", "--by", "size", cwd=folder).code == ExitCode.USAGE
    assert run("sharing", "app.tar", "--image", "nothing", cwd=folder).code == ExitCode.USAGE
    assert run("sharing", cwd=folder).code == ExitCode.USAGE
    ran = run("sharing", "app.tar", "--image", sha256(b""), cwd=folder)
    assert "no image fits" in ran.err

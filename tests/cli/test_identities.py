"""The commands that tell identities, as a user runs them."""

from __future__ import annotations

import csv
import json
import subprocess
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_oci, sha256, tar_layer
from tests.cli.command import COMMAND, environment, run
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from pathlib import Path

LAYER = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}), compression="gzip")
APP = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
TOOL = ImageRecipe(
    layers=(LayerRecipe(tar=tar_layer({"bin/tool": b"tool" * 50_000})),), names=("a.io/tool:2",)
)
BUILT = build_oci([APP])
TABLES = ("images", "layers", "history", "digest")
READERS = (*TABLES, "manifest", "config")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The archive as a file."""
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """An archive of two images."""
    path = tmp_path / "both.tar"
    path.write_bytes(build_oci([APP, TOOL]).tar())
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The archive with an altered layer."""
    path = tmp_path / "broken.tar"
    path.write_bytes(BUILT.replace(blob_name(LAYER.blob), LAYER.blob[:-1] + b"x").tar())
    return path


@pytest.mark.parametrize("command", READERS)
def test_a_file_a_directory_and_a_pipe_are_told_alike(
    command: str, saved: Path, tmp_path: Path
) -> None:
    ran = run(command, saved)
    assert ran.code == ExitCode.OK
    assert ran.err == ""
    assert ran.out
    assert run(command, "-", stdin=saved.read_bytes()) == ran
    assert run(command, BUILT.directory(tmp_path / "unpacked")) == ran


@pytest.mark.parametrize("command", TABLES)
def test_each_table_is_json_that_fits_its_schema_and_csv(command: str, saved: Path) -> None:
    found = json.loads(run(command, saved, "--format", "json").out)
    jsonschema.validate(found, strict_schema(command), jsonschema.Draft202012Validator)
    assert len(found[command]) > 0
    heading, *rows = csv.reader(run(command, saved, "--format", "csv").out.splitlines())
    assert heading == list(found[command][0])
    assert len(rows) == len(found[command])
    assert json.loads(run("schema", command).out)["title"].endswith("prints")


@pytest.mark.parametrize("command", ["images", "layers", "history"])
def test_verify_proves_and_without_it_what_is_shown_is_recorded(
    command: str, saved: Path, broken: Path
) -> None:
    assert "recorded" in run(command, saved).out
    assert "verified" in run(command, saved, "--verify").out
    assert run(command, broken).code == ExitCode.OK
    ran = run(command, broken, "--verify")
    assert ran.code == ExitCode.FINDINGS
    assert "failed" in ran.out
    assert "layer-stream-corrupt" in ran.err


def test_a_recorded_digest_is_said_to_be_so(saved: Path) -> None:
    ran = run("digest", saved, "--of", "layers")
    assert ran.out == f"{sha256(LAYER.blob)}\n"
    assert ran.err == "layertar: recorded, not measured; --verify measures it\n"
    assert run("digest", saved, "--of", "layers", "--verify").err == ""


def test_one_of_several_images_is_chosen_as_git_would(both: Path) -> None:
    ran = run("digest", both)
    assert ran.code == ExitCode.USAGE
    assert ran.err.count("\n") == 3
    for reference in ("app:1", "app", sha256(APP.config), sha256(APP.config)[7:14]):
        assert run("digest", both, reference).out == f"{sha256(APP.config)}\n"
        assert run("config", both, "--image", reference).out == APP.config.decode()
    assert run("config", both, "app:2").code == ExitCode.USAGE
    assert run("config", both, "app", "--image", "app").code == ExitCode.USAGE
    assert "tool" not in run("images", both, "--image", "app").out


@pytest.mark.parametrize("command", READERS)
def test_what_is_no_image_ends_with_3(command: str, tmp_path: Path) -> None:
    path = tmp_path / "text.tar"
    path.write_text("no archive")
    ran = run(command, path)
    assert (ran.code, ran.out) == (ExitCode.UNREADABLE, "")
    assert "input-not-an-archive" in ran.err
    assert run("blob", path, "abcdef0").code == ExitCode.UNREADABLE


def test_names_end_in_nul_for_xargs(both: Path) -> None:
    out = run("images", both, "--columns", "names", "--null").out
    assert out == "docker.io/library/app:1\0a.io/tool:2\0"


def test_a_column_that_does_not_exist_is_wrong_usage(saved: Path) -> None:
    ran = run("layers", saved, "--columns", "sha")
    assert ran.code == ExitCode.USAGE
    assert "chain_id" in ran.err


def test_a_document_is_printed_byte_for_byte_or_indented(saved: Path, tmp_path: Path) -> None:
    assert run("manifest", saved).out.encode() == APP.manifest
    indented = run("manifest", saved, "--pretty").out
    assert indented.count("\n") > 5
    assert json.loads(indented) == json.loads(APP.manifest)
    target = tmp_path / "manifest.json"
    assert run("manifest", saved, "--output", target) == (0, "", "")
    assert target.read_bytes() == APP.manifest


def test_an_altered_document_leaves_no_file(tmp_path: Path) -> None:
    path, target = tmp_path / "app.tar", tmp_path / "config.json"
    path.write_bytes(BUILT.replace(blob_name(APP.config), APP.config + b" ").tar())
    ran = run("config", path, "--output", target)
    assert ran.code == ExitCode.FINDINGS
    assert sha256(APP.config) in ran.err
    assert list(tmp_path.iterdir()) == [path]
    assert run("config", path).code == ExitCode.FINDINGS


def test_a_blob_is_written_when_it_is_proved(saved: Path, broken: Path, tmp_path: Path) -> None:
    target = tmp_path / "layer"
    assert run("blob", saved, sha256(LAYER.blob), "--output", target) == (0, "", "")
    assert target.read_bytes() == LAYER.blob
    assert run("blob", saved, sha256(LAYER.tar), "--uncompressed", "--output", target).code == 0
    assert target.read_bytes() == LAYER.tar
    before = sorted(tmp_path.iterdir())
    for more in ((), ("--uncompressed",)):
        ran = run("blob", broken, sha256(LAYER.blob), "--output", target, *more)
        assert ran.code == ExitCode.FINDINGS
        assert "recorded as" in ran.err or "cannot be uncompressed" in ran.err
    assert target.read_bytes() == LAYER.tar
    assert sorted(tmp_path.iterdir()) == before


def test_a_blob_goes_to_standard_output_and_the_code_says_if_it_is_true(
    saved: Path, broken: Path
) -> None:
    def ended(path: Path) -> subprocess.CompletedProcess[bytes]:
        args = [*COMMAND, "blob", str(path), LAYER_DIGITS]
        return subprocess.run(args, capture_output=True, check=False, env=environment())

    assert (ended(saved).returncode, ended(saved).stdout) == (0, LAYER.blob)
    assert ended(broken).returncode == ExitCode.FINDINGS


LAYER_DIGITS = sha256(LAYER.blob)[7:17]


def test_a_pipe_gives_a_blob_that_a_path_names_and_no_other(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "layer"
    raw = saved.read_bytes()
    assert run("blob", "-", LAYER_DIGITS, "--output", target, stdin=raw).code == 0
    assert target.read_bytes() == LAYER.blob
    target.unlink()
    ran = run("blob", "-", sha256(LAYER.tar), "--output", target, stdin=raw)
    assert ran.code == ExitCode.USAGE
    assert "save the file first" in ran.err
    assert not target.exists()


@pytest.mark.parametrize("digest", ["app", "abc", sha256(b"nobody's")])
def test_a_blob_that_is_not_there_is_wrong_usage(digest: str, saved: Path) -> None:
    assert run("blob", saved, digest).code == ExitCode.USAGE


@pytest.mark.parametrize(
    "args",
    [
        *((command,) for command in READERS),
        ("blob", sha256(TOOL.layers[0].blob)),
        ("inspect", "--docker"),
    ],
    ids=lambda args: args[0],
)
def test_a_closed_pipe_ends_it_without_a_word(args: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "tool.tar"
    path.write_bytes(build_oci([TOOL]).tar())
    command, *more = args
    with subprocess.Popen(
        [*COMMAND, command, str(path), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.CLOSED_PIPE


def test_docker_inspect_is_an_array_that_scripts_read(saved: Path) -> None:
    [found] = json.loads(run("inspect", "--docker", saved).out)
    assert found["Id"] == sha256(APP.config)
    assert found["RepoTags"] == ["app:1"]
    assert found["RootFS"] == {"Type": "layers", "Layers": [sha256(LAYER.tar)]}
    assert (found["Size"], found["Layertar"]["Verdict"]) == (None, "recorded")
    [found] = json.loads(run("inspect", "--docker", "--verify", saved).out)
    assert (found["Size"], found["Layertar"]["Verdict"]) == (2, "verified")
    assert run("inspect", "--docker", "-", stdin=saved.read_bytes()).code == ExitCode.OK


def test_docker_inspect_fails_for_what_is_damaged(broken: Path) -> None:
    ran = run("inspect", "--docker", "--verify", broken)
    assert ran.code == ExitCode.FINDINGS
    assert "layer-stream-corrupt" in ran.err


@pytest.mark.parametrize(
    "args", [("--verify",), ("--docker", "--format", "sarif")], ids=lambda args: args[0]
)
def test_options_of_docker_inspect_go_with_it(args: tuple[str, ...], saved: Path) -> None:
    assert run("inspect", saved, *args).code == ExitCode.USAGE


@pytest.mark.parametrize("command", [*READERS, "blob", "inspect"])
def test_the_help_has_an_example(command: str) -> None:
    shown = run(command, "--help", env={"COLUMNS": "80"}).out
    assert f"Example: layertar {command}" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())

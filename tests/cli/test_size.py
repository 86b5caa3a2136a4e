"""`layertar size`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_hybrid, build_oci, tar_layer
from tests.cli.command import run
from tests.report.strict import strict_schema

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

BASE = LayerRecipe(tar=tar_layer({"etc/base": b"base" * 4000}), compression="none")
TOP = LayerRecipe(tar=tar_layer({"opt/app": b"on top"}), compression="none")
LARGER = LayerRecipe(tar=tar_layer({"opt/app": b"on top" * 5000}), compression="none")
NAMES = ("docker.io/library/app:1",)
BEFORE = build_oci([ImageRecipe(layers=(BASE, TOP), names=NAMES)])
AFTER = build_oci([ImageRecipe(layers=(BASE, LARGER), names=NAMES)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an archive, and what `size` said of it when it was smaller."""
    (tmp_path / "app.tar").write_bytes(BEFORE.tar())
    ran = run("size", "app.tar", "--format", "json", "--output", "before.json", cwd=tmp_path)
    assert ran == (ExitCode.OK, "", "")
    (tmp_path / "app.tar").write_bytes(AFTER.tar())
    return tmp_path


def test_a_real_archive_is_told_as_golden() -> None:
    ran = run("size", "docker-28-two-images.tar", "--top", "1", cwd=FIXTURES / "real")
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    assert (
        ran.out.partition("\n\nlargest")[0]
        == """\
docker-28-two-images.tar: 35.5 KiB

part      members      size   share
layer           3  11.0 KiB   31.0%
config          2   4.4 KiB   12.4%
manifest        2   1.2 KiB    3.4%
document        4   3.0 KiB    8.3%
unused          4   3.5 KiB    9.8%
headers         -   8.5 KiB   23.9%
padding         -   2.9 KiB    8.3%
end             -   1.0 KiB    2.8%
total          15  35.5 KiB  100.0%"""
    )


def test_json_csv_and_text_go_where_they_should(folder: Path) -> None:
    ran = run("size", "app.tar", "--format", "json", cwd=folder)
    document = json.loads(ran.out)
    jsonschema.validate(document, strict_schema("size"), jsonschema.Draft202012Validator)
    assert document["growth"] is None
    [archive] = document["archives"]
    assert archive["total"] == archive["size"] == len(AFTER.tar())
    for form in ("json", "csv", "text"):
        shown = run("size", "app.tar", "--format", form, cwd=folder)
        target = folder / f"out.{form}"
        written = run("size", "app.tar", "--format", form, "--output", target, cwd=folder)
        assert written == (ExitCode.OK, "", "")
        assert target.read_bytes() == shown.out.encode()


def test_growth_beyond_what_is_allowed_is_1(folder: Path) -> None:
    args = ("size", "app.tar", "--baseline", "before.json")
    assert run(*args, cwd=folder).code == ExitCode.OK
    assert run(*args, "--max-growth", "1M", cwd=folder).code == ExitCode.OK
    assert run(*args, "--max-growth", "300%", cwd=folder).code == ExitCode.OK
    for limit in ("20K", "10%", "0"):
        ran = run(*args, "--max-growth", limit, cwd=folder)
        assert ran.code == ExitCode.FINDINGS
        assert ran.err.splitlines() == [
            "layertar: app.tar grew too much",
            "layertar: app.tar: docker.io/library/app:1 grew too much",
        ]
        assert "(too much)" in ran.out


def test_what_grew_is_in_json_by_image_layer_and_directory(folder: Path) -> None:
    ran = run("size", "app.tar", "--baseline", "before.json", "--format", "json", cwd=folder)
    document = json.loads(ran.out)
    jsonschema.validate(document, strict_schema("size"), jsonschema.Draft202012Validator)
    rows = [
        (row["kind"], row["name"], row["before"], row["after"])
        for row in document["growth"]["rows"]
    ]
    grown = len(LARGER.tar) - len(TOP.tar)
    assert [(kind, after - before) for kind, _, before, after in rows] == [
        ("archive", len(AFTER.tar()) - len(BEFORE.tar())),
        ("image", grown),
        ("layer", grown),
        ("directory", 29_994),
        ("directory", 29_994),
    ]
    assert [name for _, name, _, _ in rows[2:]] == [LARGER.diff_id, "", "opt"]


def test_what_is_compared_may_be_updated_in_one_go(folder: Path) -> None:
    args = ("size", "app.tar", "--baseline", "before.json", "--format", "json")
    assert run(*args, "--output", "before.json", cwd=folder).code == ExitCode.OK
    ran = run("size", "app.tar", "--baseline", "before.json", "--max-growth", "0", cwd=folder)
    assert (ran.code, ran.err) == (ExitCode.OK, "")


def test_what_was_not_there_before_is_not_passed(folder: Path) -> None:
    (folder / "new.tar").write_bytes(AFTER.tar())
    args = ("size", "app.tar", "new.tar", "--baseline", "before.json")
    assert run(*args, cwd=folder).code == ExitCode.OK
    ran = run(*args, "--max-growth", "1G", cwd=folder)
    assert ran.code == ExitCode.USAGE
    assert ran.err == (
        "layertar: new.tar: nothing to compare with, so it may have grown too much\n"
    )
    assert run(*args, "--max-growth", "0", cwd=folder).code == ExitCode.FINDINGS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "no result of layertar"),
        (b"{}", "'schema_version' is missing"),
        (b'{"schema_version": 1, "tool": {"name": "layertar"}, "command": "layers"}', "of size"),
        (b"\xff" * 100, "no result of layertar"),
    ],
)
def test_what_is_no_baseline_is_wrong_usage(
    content: bytes | None, reason: str, folder: Path
) -> None:
    if content is not None:
        (folder / "kept").write_bytes(content)
    ran = run("size", "app.tar", "--baseline", "kept", cwd=folder, env={"COLUMNS": "200"})
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert reason in ran.err


@pytest.mark.parametrize("args", [("--max-growth", "5%"), ("--depth", "-1"), ("--top", "x"), ()])
def test_what_cannot_be_meant_is_wrong_usage(args: tuple[str, ...], folder: Path) -> None:
    archives = ("app.tar",) if args else ()
    assert run("size", *archives, *args, cwd=folder).code == ExitCode.USAGE
    more = ("--baseline", "before.json", "--max-growth", "some")
    assert run("size", "app.tar", *more, cwd=folder).code == ExitCode.USAGE


def test_a_pipe_and_a_list_of_files_are_read(folder: Path) -> None:
    due = run("size", "app.tar", cwd=folder)
    assert run("size", "--files-from", "-", cwd=folder, stdin=b"app.tar\n") == due
    piped = run("size", "-", cwd=folder, stdin=AFTER.tar())
    assert piped.out == due.out.replace("app.tar: ", "-: ", 1)


def test_a_missing_layer_is_1_and_what_is_no_archive_3(folder: Path) -> None:
    built = build_hybrid([ImageRecipe(layers=(BASE, TOP), names=NAMES)])
    (folder / "less.tar").write_bytes(built.remove(blob_name(TOP.tar)).tar())
    ran = run("size", "less.tar", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "less.tar: docker.io/library/app:1: layer 1: it is not in the archive" in ran.err
    assert "Not all files are known: layer 1: it is not in the archive" in ran.out
    (folder / "text").write_text("none")
    ran = run("size", "text", "app.tar", cwd=folder)
    assert ran.code == ExitCode.UNREADABLE
    assert "app.tar: " in ran.out


def test_damage_is_found_where_it_is_looked_for(folder: Path) -> None:
    raw = AFTER.tar()
    place = raw.index(b"on top")
    (folder / "app.tar").write_bytes(raw[:place] + b"X" + raw[place + 1 :])
    assert run("size", "app.tar", cwd=folder).code == ExitCode.OK
    ran = run("size", "app.tar", "--verify", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "blob-digest-mismatch" in ran.err

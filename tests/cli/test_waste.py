"""`layertar waste`, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.api.test_waste import APP
from tests.builders import blob_name, build_oci
from tests.cli.command import run
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from pathlib import Path

BUILT = build_oci([APP])
STORED, HIDDEN = 5914, 1607
EFFICIENCY = 3907 / 5914
TEXT = """\
app.tar: docker.io/library/app:1
5.8 KiB in files of 2 layers: 4.2 KiB visible, 1.6 KiB hidden (27.2 %)

layer   stored   hidden    hides  # visible - hidden        created by
    0  3.8 KiB  1.6 KiB        -  ##############----------  COPY . / # buildkit
    1  2.0 KiB        -  1.6 KiB  ############              COPY . / # buildkit

Hidden, 1.6 KiB:

   size  files  layer  by  why       path
1.6 KiB      2      0   1  deleted   var/lib/apt/lists
    7 B      1      0   1  replaced  etc/motd

Visible more than once, 2.0 KiB without need:

 wasted  copies     each  paths
2.0 KiB       2  2.0 KiB  opt/copy, opt/link

Left behind, 300 B:

 size  files  what       where          why
300 B      1  apt cache  var/cache/apt  packages and indexes that apt keeps: apt-get clean

As dive counts: efficiency 66.06 %, 2.0 KiB wasted, 100.35 % of what is above the first layer

 wasted  times  path
2.0 KiB      2  opt/tool
   14 B      2  etc/motd
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an archive, and one that lacks a layer."""
    (tmp_path / "app.tar").write_bytes(BUILT.tar())
    lacking = BUILT.remove(blob_name(APP.layers[1].blob))
    (tmp_path / "lacking.tar").write_bytes(lacking.tar())
    (tmp_path / "text").write_text("no archive")
    return tmp_path


def test_text_is_a_picture_of_the_layers_and_lists_of_the_rest(folder: Path) -> None:
    ran = run("waste", "app.tar", cwd=folder)
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    assert ran.out == TEXT


def test_json_fits_its_schema_and_has_all(folder: Path) -> None:
    ran = run("waste", "app.tar", "--format", "json", cwd=folder)
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    document = json.loads(ran.out)
    jsonschema.validate(document, strict_schema("waste"), jsonschema.Draft202012Validator)
    assert (document["stored"], document["hidden"]["size"]) == (STORED, HIDDEN)
    assert document["dive"]["efficiency"] == EFFICIENCY
    assert len(document["hidden"]["paths"]) == document["hidden"]["count"] == 2
    few = json.loads(run("waste", "app.tar", "--format", "json", "--top", "1", cwd=folder).out)
    assert few["hidden"] == {**document["hidden"], "paths": document["hidden"]["paths"][:1]}
    assert few["dive"] == {**document["dive"], "paths": document["dive"]["paths"][:1]}


def test_csv_has_a_row_for_each_path(folder: Path) -> None:
    ran = run("waste", "app.tar", "--format", "csv", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["of"], row["path"], row["size"]) for row in rows] == [
        ("hidden", "var/lib/apt/lists", "1600"),
        ("hidden", "etc/motd", "7"),
        ("duplicate", "opt/copy", "2000"),
        ("duplicate", "opt/link", "2000"),
        ("leftover", "var/cache/apt", "300"),
        ("dive", "opt/tool", "2000"),
        ("dive", "etc/motd", "14"),
    ]


def test_a_pipe_wastes_the_same_and_output_goes_where_it_should(folder: Path) -> None:
    due = run("waste", "app.tar", cwd=folder).out
    piped = run("waste", "-", cwd=folder, stdin=BUILT.tar())
    assert piped.out == due.replace("app.tar", "-", 1)
    args = ("app.tar", "--output", "kept", "--verify", "--workers", "1")
    assert run("waste", *args, cwd=folder) == (ExitCode.OK, "", "")
    assert (folder / "kept").read_text() == due
    cached = [run("waste", "app.tar", "--cache", "listings", cwd=folder) for _ in range(2)]
    assert [each.out for each in cached] == [due, due]


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        *((f"{HIDDEN}", ExitCode.OK), (f"{HIDDEN - 1}", ExitCode.FINDINGS)),
        *(("2KiB", ExitCode.OK), ("1KiB", ExitCode.FINDINGS)),
        *(("28%", ExitCode.OK), ("27.1%", ExitCode.FINDINGS), ("0%", ExitCode.FINDINGS)),
        *(("much", ExitCode.USAGE), ("-1", ExitCode.USAGE)),
    ],
)
def test_too_many_hidden_bytes_are_told_on_standard_error(
    limit: str, code: ExitCode, folder: Path
) -> None:
    ran = run("waste", "app.tar", f"--max-wasted={limit}", cwd=folder)
    assert ran.code == code
    if code is ExitCode.FINDINGS:
        told = f"layertar: too much is hidden: {HIDDEN} of {STORED} bytes (--max-wasted)\n"
        assert ran.err == told
        assert ran.out


@pytest.mark.parametrize(
    ("score", "code"),
    [
        *(("0.6606", ExitCode.OK), ("0", ExitCode.OK), ("0.67", ExitCode.FINDINGS)),
        *(
            ("1", ExitCode.FINDINGS),
            ("1.1", ExitCode.USAGE),
            ("-0.1", ExitCode.USAGE),
            ("good", ExitCode.USAGE),
        ),
        ("nan", ExitCode.USAGE),
    ],
)
def test_an_efficiency_below_what_is_wanted_is_told(
    score: str, code: ExitCode, folder: Path
) -> None:
    ran = run("waste", "app.tar", f"--fail-under={score}", cwd=folder)
    assert ran.code == code
    if code is ExitCode.FINDINGS:
        told = f"dive's efficiency is {EFFICIENCY!r}"
        assert ran.err == f"layertar: {told} (--fail-under {float(score)!r})\n"


def test_what_is_missing_is_told_and_passes_nothing(folder: Path) -> None:
    ran = run("waste", "lacking.tar", "--fail-under", "0", "--max-wasted", "100%", cwd=folder)
    assert ran.code == ExitCode.FINDINGS
    assert "layertar: layer 1: it is not in the archive\n" in ran.err
    assert "dive's score is not known" in ran.out


def test_what_is_no_image_or_none_that_fits_has_its_own_code(folder: Path) -> None:
    for form in ("text", "json", "csv"):
        ran = run("waste", "text", "--format", form, cwd=folder)
        assert (ran.code, bool(ran.err)) == (ExitCode.UNREADABLE, True)
    assert run("waste", "text", cwd=folder).out == ""
    assert run("waste", "app.tar", "--image", "nothing", cwd=folder).code == ExitCode.USAGE
    assert run("waste", "app.tar", "--platform", "linux/mips", cwd=folder).code == ExitCode.USAGE
    assert run("waste", cwd=folder).code == ExitCode.USAGE

"""Formats as a user asks for them: `--format`, `--report`, `--summary`, `render`, `--exit-zero`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar.cli._exit import ExitCode
from layertar.cli._options import Format
from tests.cli.command import BUILT, LAYER_MEMBER, run

if TYPE_CHECKING:
    from tests.cli.command import Ran

FORMATS = [form.value for form in Format]
ALTERED = BUILT.replace(LAYER_MEMBER, BUILT[LAYER_MEMBER][:-1] + b"x").tar()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.tar"
    path.write_bytes(ALTERED)
    return path


@pytest.fixture
def absent(tmp_path: Path) -> Path:
    return tmp_path / "absent.tar"


def events(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def test_every_format_in_one_reading_is_each_asked_for_alone(broken: Path, tmp_path: Path) -> None:
    reports = [f"--report={form}={tmp_path / form}" for form in FORMATS]
    ran = run("verify", *reports, broken)
    assert ran.code == ExitCode.FINDINGS
    assert ran.out.startswith("FAILED  ")
    for form in FORMATS:
        alone = tmp_path / f"alone.{form}"
        assert run("verify", "--format", form, "--output", alone, broken).code == 1
        assert (tmp_path / form).read_bytes() == alone.read_bytes(), form


@pytest.mark.parametrize("form", FORMATS)
def test_a_kept_result_is_rendered_as_the_reading_would_have_been(
    broken: Path, tmp_path: Path, form: str
) -> None:
    kept = tmp_path / "kept.json"
    run("verify", "--report", f"json={kept}", "--report", f"{form}={tmp_path / 'direct'}", broken)
    broken.unlink()
    ran = run("render", kept, "--format", form, "--output", tmp_path / "later")
    assert ran == (0, "", "")
    assert (tmp_path / "later").read_bytes() == (tmp_path / "direct").read_bytes()
    assert run("render", "-", "--format", form, stdin=kept.read_bytes()).code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no result of layertar"),
        (b'{"schema_version": 9}', "at /schema_version: it is 9"),
        (b"\x1b[2J", "no result of layertar"),
    ],
)
def test_what_is_no_result_is_told_and_nothing_is_written(
    tmp_path: Path, content: bytes, told: str
) -> None:
    kept, out = tmp_path / "kept.json", tmp_path / "out"
    kept.write_bytes(content)
    ran = run("render", kept, "--output", out)
    assert (ran.code, ran.out) == (ExitCode.UNREADABLE, "")
    assert ran.err.startswith(f"layertar: {kept}: ")
    assert told in ran.err
    assert not out.exists()


def test_a_result_that_is_not_there_is_told(absent: Path) -> None:
    ran = run("render", absent)
    assert (ran.code, ran.out) == (ExitCode.UNREADABLE, "")
    assert "No such file" in ran.err


def test_a_result_is_not_replaced_by_its_own_report(broken: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    run("verify", "--report", f"json={kept}", broken)
    before = kept.read_bytes()
    assert run("render", kept, "--output", kept).code == ExitCode.USAGE
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    "args",
    [
        *(["--report", text] for text in ("json", "json=", "=x", "yaml=x", "")),
        ["--report", "json=-", "--report", "csv=-"],
        ["--report", "json=-", "--format", "csv"],
        ["--report", "json=-", "--output", "-"],
        ["--report", "json=out", "--report", "csv=./out"],
        ["--report", "json=out", "--output", "out"],
        ["--summary", "out", "--output", "out"],
    ],
)
def test_reports_that_make_no_sense_are_wrong_usage(
    broken: Path, tmp_path: Path, args: list[str]
) -> None:
    ran = run("verify", *args, broken, cwd=tmp_path)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.tar"]


def test_a_report_does_not_take_the_place_of_an_archive(broken: Path) -> None:
    for args in (("--report", f"json={broken}"), ("--summary", str(broken))):
        assert run("verify", *args, broken).code == ExitCode.USAGE
    assert broken.read_bytes() == ALTERED


def test_a_report_on_standard_output_is_there_in_place_of_the_usual(
    broken: Path, tmp_path: Path
) -> None:
    ran = run("verify", "--report", "json=-", broken)
    assert json.loads(ran.out)["verdict"] == "failed"
    ran = run("verify", "--report", "json=-", "--output", tmp_path / "text", broken)
    assert json.loads(ran.out)["verdict"] == "failed"
    assert (tmp_path / "text").read_text().startswith("FAILED  ")


def test_a_report_that_cannot_be_written_hinders_no_other(broken: Path, tmp_path: Path) -> None:
    lost, kept = tmp_path / "absent" / "x", tmp_path / "kept"
    ran = run("verify", "--report", f"json={lost}", "--report", f"json={kept}", broken)
    assert ran.code == ExitCode.OUTPUT
    assert ran.err.startswith(f"layertar: cannot write {lost}")
    assert json.loads(kept.read_text())["verdict"] == "failed"


def test_a_summary_is_added_to_what_is_there(broken: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    for _ in range(2):
        assert run("verify", "--summary", summary, broken).code == ExitCode.FINDINGS
    text = summary.read_text()
    assert text.startswith("before\n## layertar verify: failed\n")
    assert text.count("## layertar verify: failed\n") == 2


def test_a_summary_that_cannot_be_written_is_told(broken: Path, tmp_path: Path) -> None:
    ran = run("verify", "--summary", tmp_path / "absent" / "x", broken)
    assert ran.code == ExitCode.OUTPUT
    assert ran.out.startswith("FAILED  ")


def test_events_are_told_while_it_reads_and_the_summary_last(broken: Path, absent: Path) -> None:
    ran = run("verify", "--format", "jsonl", broken, absent)
    assert ran.code == ExitCode.UNREADABLE
    found = events(ran)
    names = [event["event"] for event in found]
    assert names[0] == "started"
    assert names[-1] == "summary"
    assert names.count("archive") == 2
    blobs = {event["member"] for event in found if event["event"] == "blob"}
    assert LAYER_MEMBER in blobs
    # All but the blobs' is what a kept result shows.
    kept = run("verify", "--report", "json=-", broken, absent)
    again = run("render", "-", "--format", "jsonl", stdin=kept.out.encode())
    assert events(again) == [event for event in found if event["event"] != "blob"]


def test_events_of_a_pipe_tell_the_same_blobs(broken: Path) -> None:
    def blobs(ran: Ran) -> set[tuple[object, object]]:
        return {
            (event["member"], event["digest"]) for event in events(ran) if event["event"] == "blob"
        }

    file = run("verify", "--format", "jsonl", broken)
    pipe = run("verify", "--format", "jsonl", "-", stdin=broken.read_bytes())
    assert blobs(file) == blobs(pipe)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_events_that_cannot_be_written_end_the_run(broken: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = run("verify", "--format", "jsonl", broken, stdout=full)
    assert ran.code == ExitCode.OUTPUT
    assert ran.err.count("\n") == 1


def test_exit_zero_forgives_findings_and_nothing_else(broken: Path, absent: Path) -> None:
    ran = run("verify", "--exit-zero", broken)
    assert (ran.code, ran.out.split()[0]) == (0, "FAILED")
    assert run("verify", "--exit-zero", broken, absent).code == ExitCode.UNREADABLE
    assert run("verify", "--exit-zero", "--expect", "x", broken).code == ExitCode.USAGE


def test_rules_that_were_left_out_are_in_the_result(broken: Path) -> None:
    args = ("--no-layer-content", "--severity", "producer-guess=off")
    found = json.loads(run("verify", "--format", "json", *args, broken).out)
    assert "producer-guess" in found["unchecked"]
    assert "layer-duplicate-path" in found["unchecked"]
    usual = json.loads(run("verify", "--format", "json", broken).out)["unchecked"]
    assert usual == [
        "config-secret",
        "layer-capability",
        "layer-device-node",
        "layer-secret",
        "layer-setuid",
    ]
    asked = ("--content", "--secrets")
    assert json.loads(run("verify", "--format", "json", *asked, broken).out)["unchecked"] == []

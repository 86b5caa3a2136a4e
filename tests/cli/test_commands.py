"""`verify` and `inspect` as a user runs them, on one small archive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from layertar.cli._exit import ExitCode
from tests.cli.command import BUILT, COMMAND, LAYER, LAYER_MEMBER, environment, run
from tests.report.strict import strict_schema
from tests.tarmaker import tar_header

if TYPE_CHECKING:
    from tests.cli.command import Ran

EXPECTED = BUILT.expected.images[0]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The archive as a file."""
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The archive with an altered layer."""
    path = tmp_path / "broken.tar"
    altered = BUILT[LAYER_MEMBER][:-1] + b"x"
    path.write_bytes(BUILT.replace(LAYER_MEMBER, altered).tar())
    return path


def document(ran: Ran, command: str = "verify") -> dict[str, object]:
    found = json.loads(ran.out)
    jsonschema.validate(found, strict_schema(command), jsonschema.Draft202012Validator)
    assert isinstance(found, dict)
    return found


def test_a_true_archive_is_verified(saved: Path) -> None:
    ran = run("verify", saved)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"VERIFIED  {saved}\n")
    assert EXPECTED.image_id is not None
    assert EXPECTED.image_id in ran.out


def test_an_altered_layer_fails(broken: Path) -> None:
    ran = run("verify", broken)
    assert ran.code == ExitCode.FINDINGS
    assert ran.out.startswith(f"FAILED  {broken}\n")
    assert LAYER in ran.out


def test_verify_prints_json_that_fits_the_schema(saved: Path, broken: Path) -> None:
    ran = run("verify", "--format", "json", saved, broken)
    assert ran.code == ExitCode.FINDINGS
    assert document(ran)["verdict"] == "failed"


def test_inspect_prints_what_is_recorded(saved: Path) -> None:
    ran = run("inspect", saved)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"RECORDED  {saved}\n")
    assert LAYER in ran.out
    found = document(run("inspect", "--format", "json", saved), "inspect")
    assert found["verdict"] == "recorded"


def test_standard_input_is_named_by_a_hyphen() -> None:
    ran = run("verify", "-", stdin=BUILT.tar())
    assert ran.code == 0
    assert ran.out.startswith("VERIFIED  -\n")


@pytest.mark.parametrize("args", [("--files-from", "-"), ("--files-from", "-", "-0")])
def test_archives_are_listed_on_standard_input(saved: Path, args: tuple[str, ...]) -> None:
    end = b"\0" if "-0" in args else b"\n"
    names = bytes(saved) + end + bytes(saved) + end
    ran = run("verify", *args, stdin=names)
    assert ran.code == 0
    assert "2 archives: 2 verified" in ran.out


def test_an_absent_file_is_in_the_document_and_the_others_are_judged(
    saved: Path, tmp_path: Path
) -> None:
    ran = run("verify", "--format", "json", tmp_path / "absent.tar", saved)
    assert ran.code == ExitCode.UNREADABLE
    assert ran.err == ""
    found = document(ran)
    assert found["verdict"] == "unreadable"
    text = json.dumps(found)
    assert "input-unreadable" in text
    assert '"verdict": "verified"' in text


@pytest.mark.parametrize("command", ["verify", "inspect"])
def test_an_interrupt_while_reading_is_one_word(command: str) -> None:
    with subprocess.Popen(
        [*COMMAND, command, "-"],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        # More than any pipe holds: once it is written, the command is known to be reading.
        process.stdin.write(tar_header(b"blobs/sha256/" + b"0" * 64, size=1 << 30))
        process.stdin.write(bytes(4 << 20))
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        process.wait()
        streams = (process.stdout, process.stderr)
        out, err = (stream.read() for stream in streams if stream is not None)
    assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, b"", b"layertar: interrupted\n")


def test_quiet_prints_only_what_fails(saved: Path, broken: Path, tmp_path: Path) -> None:
    assert run("verify", "--quiet", saved) == (0, "", "")
    ran = run("verify", "--quiet", saved, broken, tmp_path / "absent.tar")
    assert ran.code == ExitCode.UNREADABLE
    assert str(saved) not in ran.out
    assert f"FAILED  {broken}" in ran.out
    assert "UNREADABLE  " in ran.out


def test_an_expected_digest_is_checked(saved: Path) -> None:
    assert EXPECTED.image_id is not None
    assert run("verify", "--expect", EXPECTED.image_id, saved).code == 0
    ran = run("verify", "--expect", "sha256:" + "0" * 64, saved)
    assert ran.code == ExitCode.FINDINGS
    assert "expect-not-met" in ran.out


@pytest.mark.parametrize(
    ("option", "value"),
    [("--expect", "sha256:abc"), ("--image", "absent:1"), ("--platform", "plan9/vax")],
)
def test_a_request_that_fits_nothing_is_wrong_usage(saved: Path, option: str, value: str) -> None:
    ran = run("verify", option, value, saved)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "Traceback" not in ran.err


def test_a_selection_that_fits_nothing_lists_what_there_is(saved: Path) -> None:
    ran = run("verify", "--image", "absent:1", saved)
    assert ran.code == ExitCode.USAGE
    assert "docker.io/library/app:1" in ran.err


def test_a_missing_layer_is_a_matter_of_policy(tmp_path: Path) -> None:
    path = tmp_path / "less.tar"
    path.write_bytes(BUILT.remove(LAYER_MEMBER).tar())
    assert run("verify", path).code == ExitCode.FINDINGS
    ran = run("verify", "--allow-missing", path)
    assert ran.code == 0
    assert ran.out.startswith("INCOMPLETE  ")


def test_the_report_goes_to_a_file(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    assert run("verify", "--format", "json", "--output", target, saved) == (0, "", "")
    assert json.loads(target.read_text())["verdict"] == "verified"


def test_an_output_that_cannot_be_written_is_told(saved: Path, tmp_path: Path) -> None:
    ran = run("verify", "--output", tmp_path / "absent" / "report", saved)
    assert ran.code == ExitCode.OUTPUT
    assert ran.err.startswith("layertar: cannot write ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_device_as_output_is_told(saved: Path) -> None:
    ran = run("verify", "--output", "/dev/full", saved)
    assert ran.code == ExitCode.OUTPUT
    assert ran.err == "layertar: cannot write /dev/full: No space left on device\n"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_a_name_that_the_locale_cannot_show_is_escaped(
    tmp_path: Path, locale: dict[str, str]
) -> None:
    name = os.fsdecode("é".encode() + b"\xff\x1b")
    (tmp_path / name).write_bytes(BUILT.tar())
    ran = run("verify", name, env=locale, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.split("\n")[0] in {"VERIFIED  é\\xff\\x1b", "VERIFIED  \\xe9\\xff\\x1b"}


def _all_of(terminal: int) -> bytes:
    """What was written to a terminal whose other side is closed; it comes in pieces."""
    pieces = []
    # Linux says EIO at the end, other systems nothing more.
    with suppress(OSError):
        while piece := os.read(terminal, 1 << 16):
            pieces.append(piece)
    os.close(terminal)
    return b"".join(pieces)


def test_a_terminal_gets_colours_and_standard_output_no_progress(saved: Path) -> None:
    ours, theirs = os.openpty()
    ran = subprocess.run(
        [*COMMAND, "verify", str(saved)],
        env=environment({"TERM": "xterm", "COLUMNS": "80"}),
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    shown = _all_of(ours).decode()
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert shown.startswith("\x1b[1;32mVERIFIED\x1b[0m  ")
    assert "digests in tables are cut to 12 digits" in shown

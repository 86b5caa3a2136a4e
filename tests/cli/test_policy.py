"""Which policy file is followed, and how it is told that it cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from layertar.cli._exit import ExitCode
from tests.cli.command import BUILT, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Ran

ROOT = 'forbid = ["user-root"]\n'
SHARED = '[tool.layertar]\nforbid = ["unnamed-image", "artifacts", "user-root"]\n'
OTHER = '[project]\nname = "layertar-of-mine"\n'


@pytest.fixture
def where(tmp_path: Path) -> Path:
    (tmp_path / "app.tar").write_bytes(BUILT.tar())
    return tmp_path


def verify(where: Path, *args: str) -> Ran:
    return run("verify", "--no-progress", "app.tar", *args, cwd=where)


def told(ran: Ran) -> str:
    """Standard error without Typer's box."""
    return " ".join(ran.err.replace("│", " ").split())


def test_without_a_policy_nothing_is_required(where: Path) -> None:
    ran = verify(where)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("name", ["layertar.toml", "pyproject.toml"])
def test_the_policy_of_the_working_directory_is_followed_and_told(where: Path, name: str) -> None:
    (where / name).write_text(ROOT if name == "layertar.toml" else SHARED)
    ran = verify(where)
    assert ran.code == ExitCode.FINDINGS
    assert ran.err == f"layertar: policy: {name}\n"
    assert "policy-user-root" in ran.out
    assert ran.out.startswith("VERIFIED")


def test_its_own_file_goes_before_the_shared_one(where: Path) -> None:
    (where / "layertar.toml").write_text("")
    (where / "pyproject.toml").write_text(SHARED)
    ran = verify(where)
    assert (ran.code, ran.err) == (0, "layertar: policy: layertar.toml\n")


@pytest.mark.parametrize("text", [OTHER, "no TOML", ""])
def test_a_shared_file_without_a_policy_is_passed_over(where: Path, text: str) -> None:
    (where / "pyproject.toml").write_text(text)
    ran = verify(where)
    assert (ran.code, ran.err) == (0, "")


def test_no_directory_above_is_looked_at(where: Path) -> None:
    (where / "layertar.toml").write_text(ROOT)
    below = where / "below"
    below.mkdir()
    ran = run("verify", "--no-progress", "../app.tar", cwd=below)
    assert (ran.code, ran.err) == (0, "")


def test_no_policy_is_followed_where_none_is_wanted(where: Path) -> None:
    (where / "layertar.toml").write_text("nonsense")
    ran = verify(where, "--no-config")
    assert (ran.code, ran.err) == (0, "")
    assert verify(where).code == ExitCode.USAGE


@pytest.mark.parametrize(("name", "text"), [("a.toml", ROOT), ("pyproject.toml", SHARED)])
def test_a_policy_that_is_named_is_followed_in_place_of_any_other(
    where: Path, name: str, text: str
) -> None:
    (where / "layertar.toml").write_text("nonsense")
    (where / "sub").mkdir()
    (where / "sub" / name).write_text(text)
    ran = verify(where, "--config", f"sub/{name}")
    assert (ran.code, ran.err) == (ExitCode.FINDINGS, "")


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        ("forbit = []", (), "layertar.toml: forbit: there is no such key; did you mean forbid?"),
        ('[severity]\nblob-mising = "note"', (), "severity.blob-mising: there is no rule"),
        ("", ("--config", "absent.toml"), "absent.toml: No such file"),
        ("", ("--config", "."), ".: Is a directory"),
        ("", ("--config", "layertar.toml", "--no-config"), "exclude each other"),
        ("", ("--config", "pyproject.toml"), "there is no [tool.layertar] in it"),
        ("# " + "x" * (1 << 20), (), "more than 1048576 bytes"),
        ("\x1b[31m = 1", (), "no TOML"),
        ("", ("--now", "tomorrow"), "is no instant"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_wrong_usage(
    where: Path, text: str, args: tuple[str, ...], message: str
) -> None:
    (where / "layertar.toml").write_text(text)
    (where / "pyproject.toml").write_text(OTHER)
    ran = verify(where, *args)
    assert ran.code == ExitCode.USAGE
    assert message in told(ran)
    assert "\x1b" not in ran.err
    assert ran.out == ""


def test_the_command_line_goes_before_the_policy(where: Path) -> None:
    (where / "layertar.toml").write_text(ROOT + "[limits]\nuncompressed-size = 1\n")
    ran = verify(where, "--severity", "policy-user-root=note", "--max-uncompressed", "1G")
    assert ran.code == 0
    assert "note     policy-user-root" in ran.out


def test_ages_and_days_are_judged_at_the_instant_given(where: Path) -> None:
    (where / "layertar.toml").write_text('[budget]\nmax-created-age = "10d"\n')
    assert verify(where, "--now", "1970-01-10").code == 0
    assert verify(where, "--now", "1970-01-12").code == ExitCode.FINDINGS
    assert verify(where).code == ExitCode.FINDINGS


def test_what_is_ignored_does_not_count_and_is_shown_with_its_reason(where: Path) -> None:
    entry = '[[ignore]]\nrule = "policy-user-root"\nreason = "it is a tool"\nuntil = 2026-12-31\n'
    plain = json.loads(verify(where, "--format", "json").out)
    image = plain["archives"][0]["images"][0]["image_id"]
    (where / "layertar.toml").write_text(f'{ROOT}{entry}digest = "{image}"\n')
    ran = verify(where, "--now", "2026-12-31")
    assert ran.code == 0
    assert "ignored  policy-user-root: " in ran.out
    assert "reason    it is a tool, until 2026-12-31" in ran.out
    kept = json.loads(verify(where, "--now", "2026-12-31", "--format", "json").out)
    (ignored,) = kept["archives"][0]["ignored"]
    assert ignored["finding"]["rule"] == "policy-user-root"
    assert (ignored["reason"], ignored["until"]) == ("it is a tool", "2026-12-31")
    ran = verify(where, "--now", "2027-01-01")
    assert ran.code == ExitCode.FINDINGS
    assert "policy-ignore-expired" in ran.out

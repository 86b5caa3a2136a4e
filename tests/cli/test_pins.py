"""`lock`, `checksums`, `attest`, and what `verify` is held against, as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from layertar.cli._exit import ExitCode
from tests.cli.command import BUILT, COMMAND, LAYER, LAYER_MEMBER, environment, run
from tests.tarmaker import write_tar

if TYPE_CHECKING:
    from pathlib import Path

(EXPECTED,) = BUILT.expected.images
needs_sha256sum = pytest.mark.skipif(shutil.which("sha256sum") is None, reason="of GNU coreutils")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    return path


def damaged() -> bytes:
    return BUILT.replace(LAYER_MEMBER, BUILT[LAYER_MEMBER][:-1] + b"x").tar()


def test_a_lock_holds_until_the_archive_changes_and_is_written_anew(saved: Path) -> None:
    where, lock = saved.parent, saved.parent / "layertar.lock"
    ran = run("lock", "app.tar", "-o", "layertar.lock", cwd=where)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    first = lock.read_bytes()
    (archive,) = tomllib.loads(first.decode())["archive"]
    assert archive["name"] == "app.tar"
    assert archive["image"][0]["image_id"] == EXPECTED.image_id
    assert run("lock", "app.tar", cwd=where).out == first.decode()
    held = ("verify", "--lock", "layertar.lock")
    assert run(*held, "app.tar", cwd=where).code == 0
    with saved.open("ab") as file:
        file.write(bytes(512))
    ran = run(*held, "app.tar", cwd=where)
    assert ran.code == ExitCode.FINDINGS
    assert "lock-drift" in ran.out
    assert run(*held, "--lock-by", "manifest", "app.tar", cwd=where).code == 0
    ran = run(*held, "--update", "app.tar", cwd=where)
    assert ran.code == 0
    assert "note     lock-drift" in ran.out
    assert lock.read_bytes() != first
    assert run(*held, "app.tar", cwd=where).code == 0


def test_nothing_is_locked_where_anything_is_wrong(saved: Path) -> None:
    saved.write_bytes(damaged())
    lock = saved.parent / "layertar.lock"
    ran = run("lock", saved, "-o", lock)
    assert (ran.code, ran.out) == (ExitCode.FINDINGS, "")
    assert "blob-digest-mismatch" in ran.err
    assert not lock.exists()
    ran = run("verify", "--lock", lock, "--update", saved)
    assert ran.code == ExitCode.FINDINGS
    assert not lock.exists()
    saved.write_bytes(b"text")
    assert run("lock", saved, "-o", lock).code == ExitCode.UNREADABLE
    assert not lock.exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--lock", "absent"), "cannot read absent"),
        (("--lock", "app.tar"), "no TOML"),
        (("--update",), "need --lock"),
        (("--lock-by", "manifest"), "need --lock"),
        (("--lock-by", "name"), "none of file"),
        (("--checksums", "app.tar"), "no line"),
        (("--expect", "@empty"), "names no digest"),
        (("--expect", "@absent"), "cannot read absent"),
    ],
)
def test_what_names_no_pins_is_wrong_usage(args: tuple[str, ...], told: str, saved: Path) -> None:
    (saved.parent / "empty").write_text("# nothing\n\n")
    ran = run("verify", *args, "app.tar", cwd=saved.parent, env={"COLUMNS": "200"})
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert told in ran.err


def test_digests_are_expected_from_a_file(saved: Path) -> None:
    listed = saved.parent / "expected"
    listed.write_text(f"# agreed on\n\n  app:1@{EXPECTED.image_id}  # the ID\r\n")
    ran = run("verify", "--expect", f"@{listed}", saved)
    assert ran.code == 0
    assert "it is the image ID" in ran.out
    listed.write_text(f"{EXPECTED.image_id}\n{LAYER}\n")
    assert run("verify", "--expect", f"@{listed}", saved).code == ExitCode.FINDINGS


@needs_sha256sum
def test_the_sums_of_sha256sum_hold(saved: Path) -> None:
    where = saved.parent
    command = ["sha256sum", "--binary", "app.tar"]
    listed = subprocess.run(command, cwd=where, capture_output=True, check=True).stdout
    (where / "SHA256SUMS").write_bytes(listed)
    ran = run("verify", "--checksums", "SHA256SUMS", "app.tar", cwd=where)
    assert ran.code == 0
    assert f"file sha256:{listed[:64].decode()}" in ran.out
    saved.write_bytes(BUILT.tar() + bytes(512))
    ran = run("verify", "--checksums", "SHA256SUMS", "app.tar", cwd=where)
    assert ran.code == ExitCode.FINDINGS
    assert "checksum-mismatch" in ran.out


@needs_sha256sum
def test_sha256sum_takes_what_is_listed_after_unpacking(tmp_path: Path) -> None:
    hostile = ("a\\b", "c\nd", "g\udc80h", " lead", "ü")
    built = BUILT
    for name in hostile:
        built = built.add(name, name.encode("utf-8", "surrogateescape"))
    path, unpacked = tmp_path / "app.tar", tmp_path / "unpacked"
    path.write_bytes(built.add("../out", b"").tar())
    ended = subprocess.run(
        [*COMMAND, "checksums", path], env=environment(), capture_output=True, check=True
    )
    assert b"../out" not in ended.stdout
    assert b"../out" in ended.stderr
    built.directory(unpacked)
    check = ["sha256sum", "--check", "--strict"]
    ran = subprocess.run(check, cwd=unpacked, input=ended.stdout, capture_output=True, check=True)
    assert ran.stdout.count(b": OK\n") == len(built.files)
    assert all(os.fsencode(name).split(b"\n")[0].replace(b"\\", b"\\\\") in ended.stdout
               for name in hostile)  # fmt: skip


def test_uncompressed_layers_are_listed_with_their_diff_ids(saved: Path) -> None:
    ran = run("checksums", "--uncompressed", saved)
    assert (ran.code, ran.out) == (0, f"{LAYER.partition(':')[2]}  {LAYER_MEMBER}\n")


def test_damage_is_listed_as_it_is_and_told(saved: Path) -> None:
    saved.write_bytes(damaged())
    ran = run("checksums", saved)
    assert ran.code == ExitCode.FINDINGS
    assert f"{LAYER.partition(':')[2]}  {LAYER_MEMBER}\n" not in ran.out
    assert f"  {LAYER_MEMBER}\n" in ran.out
    assert "blob-digest-mismatch" in ran.err
    assert run("checksums", "-", stdin=write_tar([("etc/x", b"")])).code == ExitCode.UNREADABLE


def test_a_statement_says_what_was_verified(saved: Path) -> None:
    ran = run("attest", "--archive-digest", "--resource-uri", "pkg:oci/app", "-", stdin=damaged())
    assert ran.code == ExitCode.FINDINGS
    assert json.loads(ran.out)["predicate"]["verificationResult"] == "FAILED"
    ran = run("attest", saved)
    assert (ran.code, ran.err) == (0, "")
    statement = json.loads(ran.out)
    assert statement["predicate"]["verificationResult"] == "PASSED"
    digests = {f"sha256:{each['digest']['sha256']}" for each in statement["subject"]}
    assert {EXPECTED.image_id, EXPECTED.manifest_digest, LAYER} <= digests
    ran = run("attest", "-", stdin=b"text")
    assert (ran.code, ran.out) == (ExitCode.UNREADABLE, "")

"""Lines of checksums: as `sha256sum` itself writes and reads them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import ArgumentError, Digest
from layertar.report.sums import parse_sums, sum_line

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = Digest.of(b"x")
HEX = DIGEST.encoded
NAMES = st.binary(min_size=1, max_size=9).filter(lambda raw: b"\0" not in raw)
HOSTILE = (b"a\\b", b"c\nd", b"e\rf", b"g\x80h", b"\\n", b" lead", b"\xc3\xa9", b"*star", b"x\\")


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_name_is_read_back(raw: list[bytes]) -> None:
    names = [name.decode("utf-8", "surrogateescape") for name in raw]
    lines = b"".join(sum_line(DIGEST, name) for name in names)
    assert lines.count(b"\n") == len(names)
    assert parse_sums(lines) == tuple((name, DIGEST) for name in names)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="of GNU coreutils")
def test_sha256sum_agrees_on_hostile_names(tmp_path: Path) -> None:
    for name in HOSTILE:
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    for mark in ((), ("--binary",), ("--tag",)):
        command = ["sha256sum", *mark, "--", *map(os.fsdecode, HOSTILE)]
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
        due = tuple((name.decode("utf-8", "surrogateescape"), DIGEST) for name in HOSTILE)
        assert parse_sums(told) == due
        if not mark:
            assert b"".join(sum_line(DIGEST, name) for name, _ in due) == told
            check = ["sha256sum", "--check", "--strict", "--quiet"]
            subprocess.run(check, cwd=tmp_path, input=told, check=True)


@pytest.mark.parametrize(
    "line",
    [
        f"{HEX}  a",
        f"{HEX} *a",
        f"{HEX.upper()}  a",
        f"  {HEX}  a",
        f"{HEX}  a\r",
        f"SHA256 (a) = {HEX}",
        f"# comment\n\nnonsense\n{HEX}  a",
    ],
)
def test_each_form_of_a_line_is_read(line: str) -> None:
    assert parse_sums(line.encode()) == (("a", DIGEST),)


@pytest.mark.parametrize(
    "text",
    ["", "# only", f"{HEX[1:]}  a", f"{HEX}a", f"{HEX}  ", f"\\{HEX}  a\\q", f"\\{HEX}  a\\"],
)
def test_a_file_without_a_line_of_the_form_is_a_mistake(text: str) -> None:
    with pytest.raises(ArgumentError, match="no line"):
        parse_sums(text.encode())

"""The fixtures in the repository are what their code makes."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fixtures import build, stable

if TYPE_CHECKING:
    from pathlib import Path

CASES = tuple(build.cases())
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])

# Runs and repetitions as well as noise, so that matches of every length and distance occur.
PIECES = st.lists(st.binary(max_size=40) | st.binary(min_size=1, max_size=2).map(lambda b: b * 300))


@EVERY_CASE
def test_rebuilding_gives_the_bytes_that_are_kept(case: build.Case) -> None:
    assert (build.SYNTHETIC / case.name).read_bytes() == case.data
    assert (build.SYNTHETIC / case.expected_name).read_bytes() == case.expected


def test_every_file_is_made_by_a_case_and_described() -> None:
    made = {name for case in CASES for name in (case.name, case.expected_name)}
    assert {path.name for path in build.SYNTHETIC.iterdir()} == {*made, "README.md"}
    readme = (build.SYNTHETIC / "README.md").read_text("utf-8")
    for case in CASES:
        [row] = [line for line in readme.splitlines() if line.startswith(f"| `{case.name}` |")]
        assert row.endswith(f"| {case.exit_code} |")


def test_checking_tells_a_stale_and_an_unknown_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "SYNTHETIC", tmp_path)
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    (tmp_path / "oci-gzip.tar").write_bytes(b"stale")
    (tmp_path / "stray.tar").write_bytes(b"")
    capsys.readouterr()
    assert build.main(["--check"]) == 1
    assert capsys.readouterr().out == "differs: oci-gzip.tar\nmade by no case: stray.tar\n"


def test_an_expectation_says_what_it_measured() -> None:
    [case] = [case for case in CASES if case.name == "oci-gzip.tar"]
    [image] = json.loads(case.expected)["images"]
    assert image["layers"][1]["size"] < image["layers"][1]["uncompressed_size"]


@given(PIECES)
def test_the_stable_gzip_encoder_is_read_back_by_zlib(pieces: list[bytes]) -> None:
    data = b"".join([*pieces, *pieces[:3]])
    assert gzip.decompress(stable.gzip(data)) == data


@given(PIECES)
def test_the_stable_zstd_encoder_is_read_back_by_libzstd(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert zstandard.ZstdDecompressor().decompress(stable.zstd(data)) == data


@pytest.mark.parametrize("length", [257, 258, 259, 32768, 32769, 131072, 131073, 300000])
def test_the_stable_encoders_hold_at_the_formats_own_borders(length: int) -> None:
    data = bytes(length) + b"end" + bytes(range(256)) * 130 + b"end"
    assert gzip.decompress(stable.gzip(data)) == data
    assert zstandard.ZstdDecompressor().decompress(stable.zstd(data)) == data

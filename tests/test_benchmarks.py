"""The benchmarks work; no test looks at how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks import data, ideal, run
from benchmarks.codecs import CODECS

ROOT = Path(__file__).parent.parent
MIB = 1 << 20


def naive(archive: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "benchmarks/naive.py", str(archive)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("codec", CODECS)
def test_a_generated_archive_is_sound_and_its_steps_are_measured(
    codec: str, tmp_path: Path
) -> None:
    archive = data.generate(tmp_path, layers=2, size=1, codec=codec)
    assert naive(archive).returncode == 0
    layers = ideal.measure(archive)
    assert [0.9 * MIB < layer.uncompressed_size < 1.1 * MIB for layer in layers] == [True, True]
    assert all(layer.read > 0 for layer in layers)
    assert all((layer.inflate > 0) == (codec != "none") for layer in layers)


def test_generating_again_keeps_or_remakes_the_same_bytes(tmp_path: Path) -> None:
    first = data.generate(tmp_path / "a", layers=1, size=1, codec="gzip")
    second = data.generate(tmp_path / "b", layers=1, size=1, codec="gzip")
    assert first.read_bytes() == second.read_bytes()
    made = first.stat().st_mtime_ns
    assert data.generate(tmp_path / "a", layers=1, size=1, codec="gzip") == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_a_generated_layer_is_like_a_real_one(tmp_path: Path) -> None:
    archive = data.generate(tmp_path, layers=1, size=4, codec="gzip")
    assert 2.2 < 4 * MIB / archive.stat().st_size < 2.8
    plain = data.generate(tmp_path, layers=1, size=4, codec="none")
    with tarfile.open(plain) as tar:
        largest = max(tar.getmembers(), key=lambda member: member.size)
        layer = tar.extractfile(largest)
        with tarfile.open(fileobj=layer) as files:
            sizes = [member.size for member in files]
    assert len(sizes) > 100
    assert max(sizes) > 20 * sorted(sizes)[len(sizes) // 2]


def test_the_naive_script_tells_a_changed_layer(tmp_path: Path) -> None:
    archive = data.generate(tmp_path, layers=1, size=1, codec="none")
    content = bytearray(archive.read_bytes())
    content[MIB // 2] ^= 1
    archive.write_bytes(content)
    assert naive(archive).returncode == 1


def test_the_ideal_is_bounded_by_the_cores_and_by_the_longest_step() -> None:
    balanced = tuple(ideal.Steps(1.0, 2.0, 1.0, MIB) for _ in range(8))
    assert ideal.ideal_seconds(balanced, 2) == 16.0
    assert ideal.ideal_seconds(balanced[:1], 4) == 2.0


def test_all_contenders_are_compared_in_one_table(tmp_path: Path) -> None:
    options = run.Options(
        layers=2, size=1, codec="gzip", rounds=1, workers=2, pipe=True, cache=tmp_path
    )
    table = run.compare(options)
    names = [row.name for row in table.rows if row.name != "shell"]
    assert names == ["ideal", "naive", "layertar", "layertar, pipe"]
    assert table.rows[0].of_ideal == 1.0
    assert table.rows[1].of_naive == 1.0
    assert all(row.memory is None or row.memory > MIB for row in table.rows)
    document = json.loads(run.render(table, "json"))
    assert [row["name"] for row in document["rows"]] == [row.name for row in table.rows]
    assert run.render(table, "markdown").count("\n") == len(table.rows) + 1
    assert "layertar, pipe" in run.render(table, "text")


def test_a_contender_that_fails_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    archive = tmp_path / data.archive_name(1, 1, "gzip")
    archive.write_bytes(b"")
    command = [sys.executable, "-m", "benchmarks", "--layers", "1", "--size", "1"]
    done = subprocess.run(
        [*command, "--rounds", "1", "--cache", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("benchmarks: -m benchmarks.ideal: ")
    assert done.stdout == ""

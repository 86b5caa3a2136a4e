"""The benchmarks work; no test looks at how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks import data, ideal, outcome, page, table
from benchmarks.cases import chosen_cases
from benchmarks.codecs import CODECS
from benchmarks.options import Options
from benchmarks.processes import BenchmarkError, Contender, run
from benchmarks.spec import MIB, Spec, even
from benchmarks.steps import Steps, ideal_seconds, least

ROOT = Path(__file__).parent.parent
ONE = Spec("one", (MIB,))


def script(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def benchmarks(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return script("-m", "benchmarks", "--cache", cache, "--rounds", "1", *arguments)


@pytest.mark.parametrize("codec", CODECS)
def test_a_generated_archive_is_sound_and_its_steps_are_measured(
    codec: str, tmp_path: Path
) -> None:
    archive = data.generate(tmp_path, Spec("two", even(2 * MIB, 2), codec))
    assert script("benchmarks/naive.py", archive).returncode == 0
    layers = ideal.measure(archive)
    assert [0.9 * MIB < layer.uncompressed_size < 1.1 * MIB for layer in layers] == [True, True]
    assert all(layer.read > 0 for layer in layers)
    assert all((layer.inflate > 0) == (codec != "none") for layer in layers)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_wrapped_archive_holds_the_plain_one_and_has_an_ideal_of_its_own(
    codec: str, tmp_path: Path
) -> None:
    plain = data.generate(tmp_path, ONE)
    wrapped = data.generate(tmp_path, ONE._replace(wrap=codec))
    assert wrapped.name == plain.name + CODECS[codec].extension
    (steps,) = ideal.measure(wrapped)
    assert steps.uncompressed_size == plain.stat().st_size
    assert min(steps.seconds) > 0


def test_generating_again_keeps_or_remakes_the_same_bytes(tmp_path: Path) -> None:
    first = data.generate(tmp_path / "a", ONE)
    second = data.generate(tmp_path / "b", ONE)
    assert first.read_bytes() == second.read_bytes()
    made = first.stat().st_mtime_ns
    assert data.generate(tmp_path / "a", ONE) == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_another_seed_size_or_number_of_files_is_another_archive() -> None:
    specs = [ONE, ONE._replace(seed=1), ONE._replace(layers=(2 * MIB,)), ONE._replace(files=9)]
    assert len({spec.file_name for spec in specs}) == len(specs)
    assert [Spec.from_json(spec.to_json()) for spec in specs] == specs


@pytest.mark.parametrize("files", [200, 1000])
def test_a_generated_layer_is_like_a_real_one(files: int, tmp_path: Path) -> None:
    spec = Spec("one", (8 * MIB,), files=files)
    archive = data.generate(tmp_path, spec)
    assert 2.2 < 8 * MIB / archive.stat().st_size < 2.8
    plain = data.generate(tmp_path, spec._replace(codec="none"))
    with tarfile.open(plain) as tar:
        largest = max(tar.getmembers(), key=lambda member: member.size)
        layer = tar.extractfile(largest)
        with tarfile.open(fileobj=layer) as inside:
            sizes = [member.size for member in inside]
    assert 0.7 * files < len(sizes) < 1.4 * files
    assert max(sizes) > 20 * sorted(sizes)[len(sizes) // 2]


def test_a_sparse_archive_has_all_its_members_and_next_to_no_blocks(tmp_path: Path) -> None:
    archive = data.generate(tmp_path, Spec("sparse", even(1 << 32, 4), "none", sparse=True))
    assert archive.stat().st_size > 1 << 32
    assert archive.stat().st_blocks * 512 < MIB
    with tarfile.open(archive, "r:") as tar:
        assert [member.size for member in tar].count(1 << 30) == 4


def test_the_naive_script_tells_a_changed_layer(tmp_path: Path) -> None:
    archive = data.generate(tmp_path, ONE._replace(codec="none"))
    content = bytearray(archive.read_bytes())
    content[MIB // 2] ^= 1
    archive.write_bytes(content)
    assert script("benchmarks/naive.py", archive).returncode == 1


def test_the_ideal_is_bounded_by_the_cores_and_by_the_longest_step() -> None:
    balanced = tuple(Steps(1.0, 2.0, 1.0, MIB) for _ in range(8))
    assert ideal_seconds(balanced, 2) == 16.0
    assert ideal_seconds(balanced[:1], 4) == 2.0
    assert least([[Steps(1.0, 5.0, 3.0, MIB)], [Steps(4.0, 2.0, 6.0, MIB)]]) == (
        Steps(1.0, 2.0, 3.0, MIB),
    )


def test_a_target_is_reached_missed_or_left_out() -> None:
    rows = (
        outcome.Row("base", (2.0,), 2.0, memory=50 * MIB),
        outcome.Row("us", (4.0, 3.0), 3.0, memory=100 * MIB),
        outcome.Row("start", (1.0,), 1.0),
        outcome.Row("gone", (), 0.0, failed="no"),
    )
    targets = (
        outcome.Target("us", "time", 1.5, "base"),
        outcome.Target("us", "time", 1.49, "base"),
        outcome.Target("us", "time", 1.0, "base", less="start"),
        outcome.Target("base", "speed", 1.5, "us"),
        outcome.Target("base", "speed", 1.51, "us"),
        outcome.Target("us", "memory", 99),
        outcome.Target("us", "growth", 2.0, "base"),
        outcome.Target("us", "speed", 1.0, "gone"),
    )
    judged = outcome.judge(targets, rows)
    assert [verdict.value for verdict in judged] == [1.5, 1.5, 1.0, 1.5, 1.5, 100.0, 2.0]
    reached = [verdict.reached for verdict in judged]
    assert reached == [True, False, True, True, False, False, True]


def test_memory_is_that_of_the_contender_and_its_scratch_is_removed(tmp_path: Path) -> None:
    code = "import sys; block = b'1' * (200 << 20); open(sys.argv[1] + '/file', 'w').close()"
    # A child begins with its parent's peak, and ours is that of all tests before.
    measuring = (
        "import sys; from pathlib import Path; from benchmarks.processes import Contender, run; "
        "command = (sys.executable, '-c', sys.argv[1], '{scratch}'); "
        "print(run(Contender('one', command), Path(sys.argv[2])).memory)"
    )
    command = [sys.executable, "-c", measuring, code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 200 * MIB < int(done.stdout) < 300 * MIB
    assert [path.name for path in tmp_path.iterdir()] == ["compiled"]


def test_a_file_is_piped_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(MIB))
    assert run(Contender("one", ("wc", "-c"), piped=source), tmp_path).output.strip() == str(MIB)


def test_a_contender_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import sys; print('1'); sys.exit('so\\nthere')")
    with pytest.raises(BenchmarkError, match=r"^one: exit code 1: there$"):
        run(Contender("one", command), tmp_path)


def test_every_kind_of_case_runs_without_rivals_and_becomes_a_page(tmp_path: Path) -> None:
    cache, results, written = tmp_path / "cache", tmp_path / "json", tmp_path / "page"
    keys = ["mixed", "plain-1", "wrapped-zstd", "walk-3000", "walkers"]
    keys += ["inspect", "start", "thousand", "processes", "memory"]
    files = ["--json", str(results), "--page", str(written), "--date", "2001-02-03"]
    arguments = ["--size", "1", "--rivals", "", "--workers", "2", "--cases", ",".join(keys)]
    done = benchmarks(cache, *arguments, *files)
    assert (done.returncode, done.stderr) == (0, "")
    result = table.from_json(results.read_text("utf-8"))
    assert [case.key for case in result.outcomes] == keys
    assert all(row.seconds for case in result.outcomes for row in case.rows)
    assert written.read_text("utf-8") == page.page(result)
    text = written.read_text("utf-8")
    assert all(part in text for part in ("- date: 2001-02-03", "| layertar, pipe |", "≤ 1.2 |"))
    assert all(case.title in text for case in result.outcomes)


def test_cases_are_chosen_by_key_pattern_and_codec() -> None:
    def keys(cases: tuple[str, ...], codecs: tuple[str, ...] = ("gzip", "none")) -> list[str]:
        options = Options(Path(), cases=cases, codecs=codecs)
        return [case.key for case in chosen_cases(options)]

    assert keys(("*-8",)) == ["gzip-8", "plain-8"]
    assert keys(("*-8",), ("xz", "zstd")) == ["zstd-8", "xz-8"]
    assert "memory" not in keys(())
    assert keys(("memory",)) == ["memory"]


def test_rivals_take_part_and_may_fail(tmp_path: Path) -> None:
    arguments = ["--size", "1", "--cases", "gzip-1", "--format", "json"]
    rivals = ["--rivals", "script,crane", "--rival-path", "crane=false"]
    done = benchmarks(tmp_path, *arguments, *rivals)
    (case,) = json.loads(done.stdout)["outcomes"]
    rows = {row["name"]: row for row in case["rows"]}
    assert set(rows) >= {"ideal", "layertar", "layertar, pipe", "plain Python script"}
    assert rows["crane validate"]["failed"] == "crane validate: exit code 1: "
    assert rows["plain Python script"]["failed"] == ""


def test_earlier_results_are_taken_over(tmp_path: Path) -> None:
    results = tmp_path / "json"
    arguments = ["--size", "1", "--rivals", ""]
    assert benchmarks(tmp_path, *arguments, "--cases", "start", "--json", str(results)).stdout
    done = benchmarks(
        tmp_path, *arguments, "--cases", "walkers", "--read", str(results), "--format", "markdown"
    )
    assert "| start |" in done.stdout
    assert "| walkers |" in done.stdout


def test_the_walk_can_be_left_out(tmp_path: Path) -> None:
    archive = data.generate(tmp_path, ONE)
    verify = ("verify", "--format", "json", archive)
    assert json.loads(script("-m", "layertar", *verify).stdout) != json.loads(
        script("-m", "benchmarks.unwalked", *verify).stdout
    )


def test_layertar_failing_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    done = benchmarks(
        tmp_path, "--size", "1", "--cases", "gzip-1", "--rivals", "", "--layertar", "false"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "benchmarks: layertar: exit code 1: \n"

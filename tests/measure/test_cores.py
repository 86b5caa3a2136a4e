from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar.measure import usable_cores
from layertar.measure.cores import usable_cores as by_groups

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)


def groups(root: Path, *lines: str, **files: str) -> tuple[Path, Path]:
    """Control groups below `root`: a group's path with `_` for `/`, and what is in its file."""
    own = root / "own"
    own.write_text("".join(f"{line}\n" for line in lines))
    for name, text in files.items():
        group, _, file = name.rpartition("__")
        directory = root.joinpath("groups", *group.split("_"))
        directory.mkdir(parents=True, exist_ok=True)
        (directory / file.replace("cpumax", "cpu.max")).write_text(text)
    return root / "groups", own


def test_there_is_always_a_core_to_use() -> None:
    assert usable_cores() >= 1


@pytest.mark.usefixtures("plenty")
def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert by_groups(tmp_path / "none", tmp_path / "neither") == 64


@pytest.mark.usefixtures("plenty")
@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 64), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("", 64)],
)
def test_a_quota_is_rounded_up(quota: str, cores: int, tmp_path: Path) -> None:
    found = groups(tmp_path, "0::/a/b", a_b__cpumax=quota)
    assert by_groups(*found) == cores


@pytest.mark.usefixtures("plenty")
def test_the_least_quota_of_the_groups_around_counts(tmp_path: Path) -> None:
    found = groups(tmp_path, "0::/a/b", a__cpumax="300000 100000", a_b__cpumax="max 100000")
    assert by_groups(*found) == 3


@pytest.mark.usefixtures("plenty")
def test_a_group_that_is_not_mounted_leaves_the_mounts_root(tmp_path: Path) -> None:
    root, own = groups(tmp_path, "0::/kubepods/pod/of/the/host")
    root.mkdir()
    (root / "cpu.max").write_text("400000 100000")
    assert by_groups(root, own) == 4


@pytest.mark.usefixtures("plenty")
def test_quotas_of_the_first_version_count_too(tmp_path: Path) -> None:
    root, own = groups(tmp_path, "4:cpu,cpuacct:/a", "3:memory:/b")
    group = root / "cpu,cpuacct" / "a"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("500000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    assert by_groups(root, own) == 5


@pytest.mark.usefixtures("plenty")
def test_no_quota_of_the_first_version_is_minus_one(tmp_path: Path) -> None:
    root, own = groups(tmp_path, "4:cpu:/")
    (root / "cpu").mkdir(parents=True)
    (root / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    (root / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert by_groups(root, own) == 64

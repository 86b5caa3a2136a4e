"""How many cores this process may keep busy."""

from __future__ import annotations

import math
import os
from pathlib import Path

__all__ = ["usable_cores"]

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def usable_cores(cgroups: Path = _CGROUPS, own: Path = _OWN_CGROUP) -> int:
    """Count the cores that this process may use, one at least.

    What its affinity allows, and no more than the quotas of its control groups (cpu.max of
    version 2, cpu.cfs_quota_us of version 1), rounded up: a container of half a core has one
    worker.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _quota(cgroups, own))))


def _quota(cgroups: Path, own: Path) -> float:
    """Return the least quota of the control groups around this process, in cores."""
    quota = math.inf
    for line in _read(own).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = cgroups / controllers if controllers else cgroups
        path = root / name.lstrip("/")
        # In a container, what the file names may lie above what is mounted: the root is ours then.
        for group in (root, *(path, *path.parents)[: len(path.parts) - len(root.parts)]):
            quota = min(quota, _quota_of(group))
    return quota


def _quota_of(group: Path) -> float:
    allowed, _, period = _read(group / "cpu.max").strip().partition(" ")
    if not period:
        allowed = _read(group / "cpu.cfs_quota_us").strip()
        period = _read(group / "cpu.cfs_period_us").strip()
    try:
        cores = int(allowed) / int(period)
    except (ValueError, ZeroDivisionError):  # "max", or no such file
        return math.inf
    return cores if cores > 0 else math.inf


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

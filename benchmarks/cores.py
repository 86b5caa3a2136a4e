"""How many cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["usable_cores"]

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> float:
    """Cores by affinity, or by the control group's quota where that is less; at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    cores = float(os.cpu_count() or 1) if affinity is None else float(len(affinity(0)))
    try:
        quota, period = _CGROUP_QUOTA.read_text("ascii").split()
    except (OSError, ValueError):
        return cores
    if quota != "max":
        cores = min(cores, int(quota) / int(period))
    return max(cores, 1.0)

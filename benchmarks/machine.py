"""What the figures were taken on."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import ssl
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

from benchmarks.cores import usable_cores

__all__ = ["describe_machine"]

_BLOCK = 32 << 20


def describe_machine() -> dict[str, str]:
    """Names and values, in words; no name of a host and no path."""
    return {
        "processor": _processor(),
        "usable cores": f"{usable_cores():g}",
        "cores together": f"{_together():.2f} of the speed that each has alone",
        "memory": f"{_memory() / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "OpenSSL": ssl.OPENSSL_VERSION,
        **{name: _version(name) for name in ("layertar", "isal", "zstandard", "typer")},
    }


def _together() -> float:
    """How fast all cores hash at once, each in proportion to one alone: the ideal assumes 1."""
    jobs = max(1, int(usable_cores()))
    best = {1: math.inf, jobs: math.inf}
    block = bytes(_BLOCK)
    with ThreadPoolExecutor(jobs) as threads:
        for _ in range(3):
            for count in (1, jobs):
                started = perf_counter()
                list(threads.map(hashlib.sha256, [block] * count))
                best[count] = min(best[count], perf_counter() - started)
    return best[1] / best[jobs]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    sha = any(" sha_ni" in line or " sha2" in line for line in lines)
    extensions = "with" if sha else "without"
    return f"{models[0] if models else platform.machine()}, {extensions} SHA extensions"


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

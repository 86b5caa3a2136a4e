"""What every test has: Hypothesis profiles, no network, and the folder of real archives."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run, so that a failure in CI is a failure here. No deadline: a slow
# machine is no fault of the code. No database: nothing is carried from run to run.
settings.register_profile(
    "default", derandomize=True, deadline=None, max_examples=40, database=None
)
# New examples each time, and many: run by hand, LAYERTAR_HYPOTHESIS=deep.
settings.register_profile("deep", deadline=None, max_examples=3000, print_blob=True)
settings.load_profile(os.environ.get("LAYERTAR_HYPOTHESIS", "default"))

# A shell's background job ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _refuse(*_: object, **__: object) -> NoReturn:
    pytest.fail("a test reached for the network")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Sockets fail the test that makes one: layertar is offline, and so are its tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("socket", "create_connection", "getaddrinfo"):
            patch.setattr(socket, name, _refuse)
        yield


@pytest.fixture(scope="session")
def archives_dir() -> Path:
    """Archives of real producers that are not part of the project; skips where there are none."""
    given = os.environ.get("LAYERTAR_ARCHIVES")
    if given is not None:
        path = Path(given)
        if not path.is_dir():
            pytest.fail(f"LAYERTAR_ARCHIVES names no directory: {given}")
        return path
    path = ROOT.parent / "shared" / "archives"
    if not path.is_dir():
        pytest.skip("no real archives: set LAYERTAR_ARCHIVES to a folder that holds them")
    return path

"""What is exported is what umoci, podman and Docker unpack, but for what is said here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from layertar.api.exporting import export
from tests.builders import build_oci
from tests.conftest import ROOT
from tests.rootfs.rich import RICH
from tests.rootfs.snapshot import Facts, differences, of_tar

if TYPE_CHECKING:
    from pathlib import Path

_DEEP: Final = "names/" + "d" * 60

#: Directories that no layer declares: others give them the clock's time, here it is the epoch.
_IMPLIED: Final = {"times", _DEEP, f"{_DEEP}/{'e' * 60}"}
#: Those that a layer puts something into without declaring them: others leave the clock's time,
#: here the last layer that declares one has its say.
_TOUCHED: Final = {
    "umoci": {"names"},
    "podman": {"bin", "etc", "kind", "lib", "tmp"},
    "docker": {"bin", "dev", "etc", "kind", "lib", "tmp"},
}
_ALSO: Final = {
    "umoci": set[tuple[str, str]](),
    # It leaves out times before the epoch.
    "podman": {("times/before", "mtime")},
    # It leaves those out, too, and writes whole seconds and no attributes of users; directories
    # that no layer declares have mode 0600.
    "docker": {
        ("times/before", "mtime"),
        ("times/fine", "mtime"),
        ("attributes", "xattrs"),
        ("attributes/user", "xattrs"),
        *((path, "mode") for path in _IMPLIED),
    },
}
#: What Docker puts into every container.
_CONTAINER: Final = {
    ".dockerenv",
    "dev/console",
    "dev/pts",
    "dev/shm",
    "etc/hostname",
    "etc/hosts",
    "etc/mtab",
    "etc/resolv.conf",
    "proc",
    "sys",
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    folder: Path = tmp_path_factory.mktemp("real")
    (folder / "rich.tar").write_bytes(build_oci([RICH]).tar())
    with (folder / "out.tar").open("wb") as out:
        found = export(folder / "rich.tar", write=out.write)
    assert (found.fault, found.problems, found.notes) == (None, (), ())
    return of_tar(folder / "out.tar")


@pytest.mark.parametrize("program", ["umoci", "podman", "docker"])
def test_the_file_system_is_that_of_other_programs(ours: dict[str, Facts], program: str) -> None:
    kept = ROOT / "fixtures" / "unpacked" / f"rich.{program}.json"
    theirs: dict[str, Facts] = json.loads(kept.read_bytes())
    theirs = {path: facts for path, facts in theirs.items() if path not in _CONTAINER}
    times = {(path, "mtime") for path in _IMPLIED | _TOUCHED[program]}
    assert differences(ours, theirs) == times | _ALSO[program]

"""What a tar or a directory holds, as values to compare: made without layertar.

    python -m tests.rootfs.snapshot DIRECTORY_OR_TAR > KEPT.json

writes what another program has unpacked or exported.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Facts", "differences", "of_directory", "of_tar"]

#: Attributes of one path; all that are not there are not of its kind.
Facts = dict[str, object]

_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}
_TYPES: Final = {
    tarfile.REGTYPE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "link",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
    tarfile.FIFOTYPE: "fifo",
}


def of_directory(root: Path) -> dict[str, Facts]:
    """All that is below a directory of this machine."""
    found: dict[str, Facts] = {}
    names: dict[tuple[int, int], list[str]] = {}
    for directory, folders, files in os.walk(os.fsencode(root)):
        for name in folders + files:
            place = os.path.join(directory, name)  # noqa: PTH118 - bytes
            path = os.fsdecode(os.path.relpath(place, os.fsencode(root)))
            status = os.lstat(place)
            kind = _KINDS[stat.S_IFMT(status.st_mode)]
            facts: Facts = {
                "kind": kind,
                "owner": [status.st_uid, status.st_gid],
                "mtime": status.st_mtime_ns,
                "xattrs": {
                    each: os.getxattr(place, each, follow_symlinks=False).hex()
                    for each in sorted(os.listxattr(place, follow_symlinks=False))
                },
            }
            if kind == "link":
                facts["target"] = os.fsdecode(os.readlink(place))  # noqa: PTH115 - bytes
            else:
                facts["mode"] = oct(stat.S_IMODE(status.st_mode))
            if kind == "file":
                facts["sha256"] = sha256(Path(os.fsdecode(place)).read_bytes()).hexdigest()
            if kind in ("character", "block"):
                facts["device"] = [os.major(status.st_rdev), os.minor(status.st_rdev)]
            if kind != "directory" and status.st_nlink > 1:
                names.setdefault((status.st_dev, status.st_ino), []).append(path)
            found[path] = facts
    return _together(found, names.values())


def of_tar(path: Path) -> dict[str, Facts]:
    """All that is in a tar, the root left out."""
    found: dict[str, Facts] = {}
    names: dict[str, list[str]] = {}
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        for info in tar:
            name = _clean(info.name)
            if info.type == tarfile.LNKTYPE:
                first = _clean(info.linkname)
                found[name] = dict(found[first])
                names.setdefault(first, [first]).append(name)
            elif name:
                found[name] = _member(tar, info)
    return _together(found, names.values())


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Facts:
    kind = _TYPES[info.type]
    prefix = "SCHILY.xattr."
    facts: Facts = {
        "kind": kind,
        "owner": [info.uid, info.gid],
        "mtime": _nanoseconds(info.pax_headers.get("mtime", str(int(info.mtime)))),
        "xattrs": {
            key.removeprefix(prefix): value.encode("utf-8", "surrogateescape").hex()
            for key, value in sorted(info.pax_headers.items())
            if key.startswith(prefix)
        },
    }
    if kind == "link":
        facts["target"] = info.linkname
    else:
        facts["mode"] = oct(info.mode & 0o7777)
    if kind == "file":
        data = tar.extractfile(info)
        assert data is not None
        facts["sha256"] = sha256(data.read()).hexdigest()
    if kind in ("character", "block"):
        facts["device"] = [info.devmajor, info.devminor]
    return facts


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.lstrip("-").partition(".")
    number = int(whole) * 10**9 + int(fraction[:9].ljust(9, "0"))
    return -number if text.startswith("-") else number


def _clean(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _together(found: dict[str, Facts], groups: Iterable[list[str]]) -> dict[str, Facts]:
    """Say of each name of a hard link which ones it has."""
    for group in groups:
        for name in group:
            found[name]["names"] = sorted(group)
    return dict(sorted(found.items()))


def differences(ours: dict[str, Facts], theirs: dict[str, Facts]) -> set[tuple[str, str]]:
    """Where two snapshots differ: path and attribute, or `there`."""
    different = {(path, "there") for path in ours.keys() ^ theirs.keys()}
    for path in ours.keys() & theirs.keys():
        left, right = ours[path], theirs[path]
        keys = left.keys() | right.keys()
        different |= {(path, key) for key in keys if left.get(key) != right.get(key)}
    return different


if __name__ == "__main__":
    given = Path(sys.argv[1])
    snapshot = of_directory(given) if given.is_dir() else of_tar(given)
    lines = [f"{json.dumps(path)}: {json.dumps(facts)}" for path, facts in snapshot.items()]
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")

"""The rivals: others' programs, and what people write by hand, on the same archive."""

from __future__ import annotations

import sys
import tarfile
from typing import TYPE_CHECKING

from benchmarks.cores import usable_cores
from benchmarks.processes import HERE, Contender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.options import Options

__all__ = ["openssl", "rivals"]


def rivals(options: Options, archive: Path, codec: str, *, heavy: bool) -> Iterator[Contender]:
    """Those that take part.

    Args:
        options: which do, and for how many rounds.
        archive: what they get.
        codec: of its layers.
        heavy: whether those come, too, that unpack all files; they do so once.
    """
    # {scratch} is a directory of its own, for what some write.
    commands = {
        "script": (sys.executable, str(HERE / "naive.py"), str(archive)),
        "shell": ("sh", str(HERE / "by_hand.sh"), str(archive), codec, _jobs(), "{scratch}"),
        "skopeo": (
            "--insecure-policy",
            "copy",
            "--quiet",
            f"docker-archive:{archive}",
            "dir:{scratch}/copy",
        ),
        "crane": ("validate", "--tarball", str(archive)),
    }
    if heavy:
        commands |= {
            "podman": (
                *("--root", "{scratch}/root", "--runroot", "{scratch}/run"),
                *("--storage-driver", "vfs", "load", "--quiet", "--input", str(archive)),
            ),
            "docker": ("load", "--quiet", "--input", str(archive)),
            "container-inspector": (str(archive),),
        }
    for name, command in commands.items():
        program = options.program(name)
        if program is not None:
            own = name in {"script", "shell"}
            yield Contender(
                _LABELS.get(name, name),
                command if own else (program, *command),
                rival=True,
                rounds=1 if name in _HEAVY else options.rival_rounds,
            )


_HEAVY = frozenset({"podman", "docker", "container-inspector"})
_LABELS = {
    "script": "plain Python script",
    "shell": "shell: tar, sha256sum, xargs -P",
    "skopeo": "skopeo copy",
    "crane": "crane validate",
    "podman": "podman load",
    "docker": "docker load",
}


def openssl(options: Options, archive: Path) -> tuple[Contender, ...]:
    """`openssl dgst` of the plain layers as files of their own, which are made once."""
    program = options.program("openssl")
    if program is None:
        return ()
    directory = archive.with_suffix(".layers")
    names = directory / "names"
    if not names.exists():
        directory.mkdir(exist_ok=True)
        with tarfile.open(archive, "r:") as tar:
            blobs = [member for member in tar if member.name.startswith("blobs/")]
            tar.extractall(directory, blobs, filter="data")
        names.write_text("".join(f"{directory / blob.name}\n" for blob in blobs), "utf-8")
    command = ("xargs", "-P", _jobs(), "-n", "1", program, "dgst", "-sha256")
    return (Contender("openssl", command, piped=names, rival=True),)


def _jobs() -> str:
    return str(max(1, int(usable_cores())))

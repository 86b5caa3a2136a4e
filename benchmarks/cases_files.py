"""The cases of what is inside: half a million files, one file, a second look, two images."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.case import Case, Plan, describe, make
from benchmarks.outcome import Target
from benchmarks.processes import HERE, Contender
from benchmarks.spec import Spec, even

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.options import Options

__all__ = ["FILES"]

_LOOP = "tarfile loop"
_ENTRIES, _LAYERS = 500_000, 40
# Bytes of a file with its header, so that it is entries that cost, not their content.
_EACH = 1500


def _many(options: Options) -> tuple[Path, str]:
    """Half a million entries in 40 gzip layers; fewer where all archives are small."""
    entries = min(_ENTRIES, options.total // _EACH)
    layers = even(entries * _EACH, _LAYERS)
    spec = Spec("files", layers, files=max(1, entries // _LAYERS))
    (archive,) = make(options, spec)
    return archive, f"{describe(archive, spec)}; some {entries} entries"


def _loop(archive: Path) -> Contender:
    command = (sys.executable, str(HERE / "walk_files.py"), str(archive))
    return Contender(_LOOP, command, rival=True)


def _listing(options: Options) -> Plan:
    archive, about = _many(options)
    commands = {
        "ls": ("ls", "-R"),
        "ls -l": ("ls", "-lR"),
        "ls --digest": ("ls", "-R", "--digest"),
        "ls --verify": ("ls", "-R", "--verify"),
        "tree": ("tree", "--depth", "3"),
        "find": ("find", "--name", "*7", "--type", "f"),
        "waste": ("waste",),
        "export": ("export", "--output", "/dev/null"),
    }
    ours = (
        Contender(name, (*options.layertar, name.split()[0], str(archive), *command[1:]))
        for name, command in commands.items()
    )
    return Plan(
        about,
        (_loop(archive), *ours, *_dive(options, archive)),
        (
            Target("ls", "speed", 4, _LOOP),
            *(Target(name, "memory", 250) for name in ("ls", "tree", "waste")),
        ),
        (archive,),
    )


def _dive(options: Options, archive: Path) -> tuple[Contender, ...]:
    program = options.program("dive")
    if program is None:
        return ()
    command = (program, "--ci", "--source", "docker-archive", str(archive))
    # Whatever it thinks of the image: 1 is a rule that failed.
    return (Contender("dive --ci", command, codes=(0, 1), rival=True, rounds=1),)


def _second_look(options: Options) -> Plan:
    spec = Spec("gzip-8", even(options.total, 8))
    (archive,) = make(options, spec)
    ls = (*options.layertar, "ls", "-R", str(archive))
    cache = options.cache / "listings"
    cached = (*ls, "--cache", str(cache))
    return Plan(
        describe(archive, spec),
        (
            Contender("ls", ls),
            Contender("ls, first with a cache", (*ls, "--cache", "{scratch}")),
            Contender("ls, again", cached, repeat=2),
            Contender("layertar --version", (*options.layertar, "--version"), repeat=3),
        ),
        (Target("ls, again", "speed", 5, "ls"),),
        (archive,),
    )


def _one_file(options: Options) -> Plan:
    """What is only in the top layer, and what is only in the base."""
    spec = Spec("gzip-8", even(options.total, 8))
    (archive,) = make(options, spec)
    cat = (*options.layertar, "cat", str(archive))
    top, base = (f"usr/lib/layer{spec.seed}.{layer}/d0/file0" for layer in (7, 0))
    return Plan(
        describe(archive, spec),
        (
            Contender("cat, of the base layer", (*cat, base)),
            Contender("cat, of the top layer", (*cat, top)),
            Contender("which, of the top layer", (*options.layertar, "which", str(archive), top)),
            _loop(archive),
        ),
        (Target("cat, of the top layer", "speed", 3, "cat, of the base layer"),),
        (archive,),
    )


def _two_images(options: Options) -> Plan:
    """Images of which every second layer is another; and one with itself."""
    layers = even(options.total, 8)
    one, other = Spec("gzip-8", layers), Spec("gzip-8", layers, seed=1)
    paths = make(options, one, other)
    diff = (*options.layertar, "diff")
    return Plan(
        f"twice {describe(paths[0], one)}",
        (
            Contender("diff --files", (*diff, "--files", *map(str, paths)), codes=(0, 1)),
            Contender("diff of one with itself", (*diff, str(paths[0]), str(paths[0]))),
            _loop(paths[0]),
        ),
        (
            Target("diff --files", "memory", 300),
            Target("diff of one with itself", "speed", 5, "diff --files"),
        ),
        tuple(paths),
    )


FILES = (
    Case("files", "What is in half a million files", _listing),
    Case("second-look", "The second look at an image", _second_look),
    Case("one-file", "One file of 8 layers", _one_file),
    Case("two-images", "Two images compared", _two_images),
)

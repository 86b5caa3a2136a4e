"""The cases that hold layertar against itself: walking, opening, starting, many, memory."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.case import Case, Plan, describe, ideal, make
from benchmarks.outcome import Target
from benchmarks.processes import HERE, Contender
from benchmarks.spec import MIB, Spec, even

if TYPE_CHECKING:
    from benchmarks.options import Options

__all__ = ["MORE"]

_WALKED_LAYER = 256 * MIB


def _walking(options: Options, entries: int, bound: float) -> Plan:
    """Layers of 256 MiB; in smaller archives, smaller ones with fewer entries."""
    size = min(options.total, _WALKED_LAYER)
    files = max(1, entries * size // _WALKED_LAYER)
    spec = Spec(f"walk-{entries}", even(options.total, options.total // size), files=files)
    (archive,) = make(options, spec)
    verify = options.verify(str(archive))
    unwalked = (sys.executable, "-m", "benchmarks.unwalked", *verify[len(options.layertar) :])
    return Plan(
        f"{describe(archive, spec)}; some {files} entries a layer",
        (
            # It finds layers empty, and says so.
            Contender("not walking", unwalked, codes=(0, 1)),
            Contender("walking", verify),
            ideal(archive),
        ),
        (Target("walking", "time", bound, "not walking"),),
        (archive,),
    )


def _walkers(options: Options) -> Plan:
    files = min(50_000, options.total // 1500)
    spec = Spec("walkers", (min(options.total, 96 * MIB),), "none", files=files)
    (archive,) = make(options, spec)
    command = (sys.executable, "-m", "benchmarks.walkers")
    modes = {"tarfile r:": "r:", "tarfile r|": "r|", "layertar": "layertar"}
    return Plan(
        f"{describe(archive, spec)}; some {files} entries, in memory",
        tuple(
            Contender(name, (*command, mode, str(archive)), reports=True)
            for name, mode in modes.items()
        ),
        (
            Target("layertar", "speed", 4, "tarfile r:"),
            Target("layertar", "speed", 4, "tarfile r|"),
        ),
        (archive,),
    )


def _inspect(options: Options) -> Plan:
    small, large = (
        Spec("sparse", even(total, 10), "none", sparse=True) for total in (20 * MIB, 20 << 30)
    )
    paths = make(options, small, large)
    names = ("inspect, 20 MiB", "inspect, 20 GiB")
    return Plan(
        "10 plain layers each, the files sparse",
        tuple(
            Contender(name, (*options.layertar, "inspect", str(path)), repeat=5)
            for name, path in zip(names, paths, strict=True)
        ),
        (Target(names[1], "time", 1.1, names[0]),),
        (),
    )


def _start(options: Options) -> Plan:
    (archive,) = make(options, Spec("tiny", even(240 << 10, 3)))
    bare = (sys.executable, str(HERE / "bare.py"))
    return Plan(
        f"verify of {archive.stat().st_size / 1000:.0f} KB",
        (
            Contender("bare Typer app", bare, repeat=5),
            Contender("layertar --version", (*options.layertar, "--version"), repeat=5),
            Contender("layertar verify", options.verify(str(archive)), repeat=5),
            Contender("Python itself", (sys.executable, "-c", ""), repeat=5),
        ),
        (
            Target("layertar --version", "time", 1.3, "bare Typer app"),
            Target("layertar verify", "time", 1.8, "bare Typer app"),
        ),
        (archive,),
    )


def _thousand(options: Options) -> Plan:
    count = min(1000, 4 * options.size)
    separate = min(50, count)
    specs = [Spec("small", even(100 << 10, 2), seed=seed) for seed in range(1, count + 1)]
    paths = make(options._replace(cache=options.cache / "small"), *specs)
    lists = []
    for number in (count, separate):
        lists.append(options.cache / f"names-{number}")
        lists[-1].write_text("".join(f"{path.resolve()}\n" for path in paths[:number]), "utf-8")
    return Plan(
        f"{count} archives of some {paths[0].stat().st_size / 1000:.0f} KB; of separate calls, "
        f"{separate} are timed and counted {count // separate} times",
        (
            Contender(
                "separate calls",
                ("xargs", "-n", "1", *options.verify()),
                piped=lists[1],
                scale=count / separate,
            ),
            Contender("one call", options.verify("--files-from", str(lists[0].resolve()))),
        ),
        (Target("one call", "speed", 20, "separate calls"),),
        tuple(paths),
    )


def _processes(options: Options) -> Plan:
    spec = Spec("gzip-8", even(options.total, 8))
    (archive,) = make(options, spec)
    names = options.cache / "names-of-4"
    names.write_text(f"{archive.resolve()}\n" * 4, "utf-8")
    command = ("-n", "1", *options.verify())
    return Plan(
        f"{describe(archive, spec)}, verified 4 times",
        (
            Contender("one after another", ("xargs", *command), piped=names),
            Contender("4 at once", ("xargs", "-P", "4", *command), piped=names),
        ),
        (Target("4 at once", "time", 1.0, "one after another"),),
        (archive,),
    )


def _memory(options: Options) -> Plan:
    """1 and 8 GiB, and from 2 to 200 layers; less only where all archives are small."""
    gib = min(1024 * MIB, 2 * options.total)
    shapes = ((gib, 2), (gib, 8), (gib, 200), (8 * gib, 8))
    specs = [Spec(f"memory-{count}", even(total, count)) for total, count in shapes]
    paths = make(options, *specs)
    contenders: list[Contender] = []
    targets: list[Target] = []
    for path, (total, count) in zip(paths, shapes, strict=True):
        name = f"{total // MIB} MiB, {count} layers"
        contenders += (
            Contender(name, options.verify(str(path)), rounds=1),
            Contender(f"{name}, pipe", options.verify("-"), piped=path, rounds=1),
        )
        targets += (Target(name, "memory", 100), Target(f"{name}, pipe", "memory", 192))
    return Plan("gzip layers", tuple(contenders), tuple(targets), ())


MORE = (
    Case(
        "walk-3000",
        "Walking each layer's tar, 3 000 entries",
        partial(_walking, entries=3000, bound=1.05),
    ),
    Case(
        "walk-50000",
        "Walking each layer's tar, 50 000 entries",
        partial(_walking, entries=50_000, bound=1.35),
    ),
    Case("walkers", "The walk itself", _walkers),
    Case("inspect", "`inspect` of 20 GiB", _inspect),
    Case("start", "Start-up", _start),
    Case("thousand", "1 000 small archives in one call", _thousand),
    Case("processes", "4 processes at once", _processes),
    Case("memory", "Peak memory", _memory, extra=True),
)

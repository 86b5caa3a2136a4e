"""The cases: whole archives in every shape, against the ideal and the rivals."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.case import IDEAL, Case, Plan, describe, ideal, make
from benchmarks.cases_files import FILES
from benchmarks.cases_more import MORE
from benchmarks.outcome import Target
from benchmarks.processes import Contender
from benchmarks.rivals import openssl, rivals
from benchmarks.spec import Spec, even

if TYPE_CHECKING:
    from benchmarks.options import Options

__all__ = ["chosen_cases"]

FILE, PIPE, VERSION = "layertar", "layertar, pipe", "layertar --version"
SCRIPT = "plain Python script"


def _layers(kind: str, options: Options) -> tuple[int, ...]:
    if kind == "mixed":
        return (options.total * 6 // 10, *even(options.total * 4 // 10, 30))
    return even(options.total, int(kind))


def _plan(options: Options, kind: str, codec: str, bound: float) -> Plan:
    name = codec if codec != "none" else "plain"
    spec = Spec(f"{name}-{kind}", _layers(kind, options), codec)
    (archive,) = make(options, spec)
    plain = codec == "none"
    extra: tuple[Contender, ...] = ()
    if plain:
        version = Contender(VERSION, (*options.layertar, "--version"), repeat=3)
        extra = (version, *openssl(options, archive))
    less = VERSION if plain else ""
    return Plan(
        describe(archive, spec),
        (
            ideal(archive),
            Contender(FILE, options.verify(str(archive))),
            Contender(PIPE, options.verify("-"), piped=archive),
            *extra,
            *rivals(options, archive, codec, heavy=kind == "8"),
        ),
        (
            Target(FILE, "time", bound, IDEAL, less),
            Target(FILE, "memory", 100),
            Target(PIPE, "time", 1.3, FILE),
            Target(PIPE, "memory", 192),
            *(_RIVALRY if codec == "gzip" and kind in {"8", "40"} else ()),
            *((Target(FILE, "time", 1.1, "openssl", VERSION),) if plain else ()),
        ),
        (archive,),
    )


_RIVALRY = (
    Target(FILE, "speed", 2.8, SCRIPT),
    Target(FILE, "speed", 1.8, "skopeo copy"),
    Target(FILE, "speed", 3.0, "crane validate"),
)


def _wrapped(options: Options, codec: str) -> Plan:
    spec = Spec("plain-8", even(options.total, 8), "none", wrap=codec)
    (archive,) = make(options, spec)
    # The script seeks, which in a compressed archive is to begin again, each time.
    told = options._replace(rivals=tuple(pair for pair in options.rivals if pair[0] != "script"))
    return Plan(
        describe(archive, spec),
        (
            ideal(archive),
            Contender(FILE, options.verify(str(archive))),
            Contender(PIPE, options.verify("-"), piped=archive),
            *rivals(told, archive, "none", heavy=False),
        ),
        (
            Target(FILE, "time", 1.2, IDEAL),
            Target(FILE, "memory", 100),
            Target(PIPE, "time", 1.2, IDEAL),
            Target(PIPE, "memory", 192),
        ),
        (archive,),
    )


# Key, title, layers, codec, and how many times the ideal is allowed.
_SHAPES = (
    ("gzip-8", "8 gzip layers", "8", "gzip", 1.15),
    ("gzip-40", "40 gzip layers", "40", "gzip", 1.15),
    ("gzip-1", "1 gzip layer", "1", "gzip", 1.12),
    ("mixed", "One gzip layer with 60 % of all bytes, 30 small ones", "mixed", "gzip", 1.2),
    ("zstd-8", "8 zstd layers", "8", "zstd", 1.25),
    ("plain-8", "8 plain layers", "8", "none", 1.1),
    ("plain-1", "1 plain layer", "1", "none", 1.1),
    ("xz-8", "8 xz layers", "8", "xz", 1.25),
    ("bzip2-8", "8 bzip2 layers", "8", "bzip2", 1.25),
)


def _all_cases(options: Options) -> tuple[Case, ...]:
    return (
        *(
            Case(key, title, partial(_plan, kind=kind, codec=codec, bound=bound))
            for key, title, kind, codec, bound in _SHAPES
            if codec in options.codecs
        ),
        *(
            Case(
                f"wrapped-{codec}",
                f"`docker save` wrapped in {codec}",
                partial(_wrapped, codec=codec),
            )
            for codec in ("gzip", "zstd")
            if codec in options.codecs
        ),
        *MORE,
        *FILES,
    )


def chosen_cases(options: Options) -> tuple[Case, ...]:
    """The cases that the options choose, in order."""
    return tuple(
        case
        for case in _all_cases(options)
        if any(fnmatch(case.key, pattern) for pattern in options.cases)
        or (not options.cases and not case.extra)
    )

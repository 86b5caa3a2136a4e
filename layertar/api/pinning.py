"""Which of what is pinned an input is held against, and what is pinned and was not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import ArgumentError
from layertar.findings import NO_PIN, Held, Pin, not_given, pinned_text, reweighed
from layertar.image.model import Verdict
from layertar.report.model import ArchiveReport, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from layertar.api.request import Pins
    from layertar.findings import LockedArchive, Severity

__all__ = ["absent_archives", "pins_of"]

_STDIN = "-"


def pins_of(pins: Pins, names: Sequence[str]) -> list[Pin]:
    """Find what each input is held against, by its name.

    An entry is an input's if their paths are the same, or the one is the end of the other: of
    several the longest. Standard input may have any name, where one is given and one is locked.

    Raises:
        ArgumentError: several entries fit an input equally well, or one entry several inputs.
    """
    if pins.lock is None and pins.checksums is None:
        return [NO_PIN] * len(names)
    entries = _entries(pins, names)
    by_line = None
    if pins.checksums is not None:
        by_line = _fitting([name for name, _ in pins.checksums], names)
    found = []
    for position, entry in enumerate(entries):
        held = None if pins.lock is None else Held(entry, pins.lock_by, pins.is_updated)
        sums = None
        if pins.checksums is not None and by_line is not None:
            listed = pins.checksums
            sums = tuple(listed[line][1] for line in by_line[position])
        found.append(Pin(held, sums))
    return found


def _entries(pins: Pins, names: Sequence[str]) -> list[LockedArchive | None]:
    if pins.lock is None:
        return [None] * len(names)
    locked = pins.lock.archives
    if len(names) == len(locked) == 1 and names[0] == _STDIN:
        return [locked[0]]
    fitting = _fitting([entry.name for entry in locked], names)
    for name, positions in zip(names, fitting, strict=True):
        if len(positions) > 1:
            several = ", ".join(locked[position].name for position in positions)
            raise ArgumentError(f"{name}: several entries of the lock fit: {several}")
    entries = [locked[positions[0]] if positions else None for positions in fitting]
    taken: dict[str, str] = {}
    for name, entry in zip(names, entries, strict=True):
        if entry is not None and taken.setdefault(entry.name, name) != name:
            others = f"{taken[entry.name]} and {name}"
            raise ArgumentError(f"one entry of the lock, {entry.name}, fits {others}")
    return entries


def _fitting(pinned: Sequence[str], names: Sequence[str]) -> list[list[int]]:
    """Return for each name the positions of those of `pinned` that fit it best."""
    by_last: dict[str, list[tuple[int, list[str]]]] = {}
    for position, each in enumerate(pinned):
        steps = _steps(each)
        by_last.setdefault(steps[-1], []).append((position, steps))
    found = []
    for name in names:
        wanted = _steps(pinned_text(name))
        fits = [
            (len(steps) if steps != wanted else 1 << 20, position)
            for position, steps in by_last.get(wanted[-1], ())
            if _is_end(steps, wanted) or _is_end(wanted, steps)
        ]
        best = max((length for length, _ in fits), default=0)
        found.append([position for length, position in fits if length == best])
    return found


def _steps(path: str) -> list[str]:
    """Split a path; a leading slash is a step of its own, so that no other path ends so."""
    steps = [step for step in path.split("/") if step not in ("", ".")]
    return (["/"] if path.startswith("/") else []) + (steps or [path])


def _is_end(short: list[str], long: list[str]) -> bool:
    return len(short) <= len(long) and long[len(long) - len(short) :] == short


def absent_archives(
    pins: Pins, found: Iterable[Pin], severities: Mapping[str, Severity | None]
) -> Iterator[ArchiveReport]:
    """Report each archive that is locked and was not given."""
    if pins.lock is None:
        return
    given = {each.lock.entry.name for each in found if each.lock and each.lock.entry}
    findings = reweighed([not_given(is_updated=pins.is_updated)], severities)
    for entry in pins.lock.archives:
        if entry.name in given:
            continue
        yield ArchiveReport(
            name=entry.name,
            size=None,
            digest=None,
            outer_compression=(),
            views=(),
            verdict=Verdict.RECORDED if pins.is_updated else Verdict.FAILED,
            images=(),
            artifacts=(),
            findings=findings,
            summary=summary_of(findings),
        )

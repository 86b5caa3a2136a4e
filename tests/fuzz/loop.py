"""The loop: a seed or what was found worth keeping, changed, run, judged."""

from __future__ import annotations

import hashlib
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from tests.fuzz.mutator import mutate
from tests.fuzz.targets import BrokenError, Signature, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SEEDS", "Crash", "Outcome", "fuzz", "seeds"]

#: Folder of the archives that are changed.
SEEDS: Final = Path(__file__).resolve().parents[2] / "fixtures"

_SLOW: Final = 5.0  # seconds: more for one input is a fault
_STUCK: Final = 60  # seconds after which an input is given up
_POOL: Final = 500  # inputs that told something new; a new one takes the place of an old one
_LONGEST: Final = 200_000  # bytes of an input that joins the pool


class Crash(NamedTuple):
    """An input for which something does not hold.

    Attributes:
        kind: what, in a few words; equal for the same cause.
        detail: how.
        data: the input.
    """

    kind: str
    detail: str
    data: bytes


@dataclass(slots=True)
class Outcome:
    """What a run came to: inputs executed, crashes by kind, and what was told in total."""

    executed: int = 0
    crashes: dict[str, Crash] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    signatures: set[Signature] = field(default_factory=set)
    slowest: float = 0.0

    def add(self, crash: Crash) -> bool:
        """Count a crash; keep the shortest input of each kind, and say whether this one is."""
        self.counts[crash.kind] = self.counts.get(crash.kind, 0) + 1
        known = self.crashes.get(crash.kind)
        if known is not None and len(known.data) <= len(crash.data):
            return False
        self.crashes[crash.kind] = crash
        return True


def seeds() -> tuple[bytes, ...]:
    """The fixtures, in a fixed order."""
    return tuple(path.read_bytes() for path in sorted(SEEDS.glob("*/*.tar*")))


def fuzz(
    seed: int,
    *,
    seconds: float | None = None,
    inputs: int | None = None,
    keep: Path | None = None,
) -> Outcome:
    """Run until time or number is up.

    Args:
        seed: of every draw.
        seconds: how long at most.
        inputs: how many at most; what depends on this alone is the same on every machine.
        keep: folder for the shortest input of each kind of crash, which is made.
    """
    outcome = Outcome()
    end = None if seconds is None else time.monotonic() + seconds
    # Not for secrets: the draws must be the same again.
    rng = Random(seed)  # noqa: S311
    with TemporaryDirectory() as folder:
        for data in _mutants(rng, seeds(), outcome):
            _run(rng, data, Path(folder), outcome, keep)
            if outcome.executed == inputs or (end is not None and time.monotonic() > end):
                return outcome
    return outcome


def _mutants(rng: Random, fixtures: Sequence[bytes], outcome: Outcome) -> Iterator[bytes]:
    """Mutants without end; one that brought a new signature is changed further later on."""
    pool: list[bytes] = []
    while True:
        source = rng.choice(pool) if pool and rng.random() < 0.5 else rng.choice(fixtures)
        known = len(outcome.signatures)
        data = mutate(rng, source, fixtures)
        yield data
        if len(outcome.signatures) > known and len(data) <= _LONGEST:
            if len(pool) < _POOL:
                pool.append(data)
            else:
                pool[rng.randrange(_POOL)] = data


def _run(rng: Random, data: bytes, folder: Path, outcome: Outcome, keep: Path | None) -> None:
    started = time.monotonic()
    crash: Crash | None = None
    previous = signal.signal(signal.SIGALRM, _stuck)
    signal.alarm(_STUCK)
    try:
        outcome.signatures.add(check(rng, data, folder))
    except BrokenError as error:
        crash = Crash(error.what, str(error), data)
    # Whatever is raised is what is looked for.
    except Exception as error:  # noqa: BLE001
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {last.name}, line {last.lineno}"
        crash = Crash(place, traceback.format_exc(), data)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    took = time.monotonic() - started
    outcome.executed += 1
    outcome.slowest = max(outcome.slowest, took)
    if crash is None and took > _SLOW:
        crash = Crash("slow", f"{took:.1f} s", data)
    if crash is not None and outcome.add(crash) and keep is not None:
        _keep(crash, keep)


def _stuck(*_: object) -> NoReturn:
    raise BrokenError("stuck", f"more than {_STUCK} s")


def _keep(crash: Crash, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stem = hashlib.sha256(crash.kind.encode()).hexdigest()[:12]
    (folder / f"{stem}.input").write_bytes(crash.data)
    (folder / f"{stem}.txt").write_text(
        f"{crash.kind}\n\n{crash.detail}\n", encoding="utf-8", errors="backslashreplace"
    )

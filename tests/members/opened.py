"""An input opened as `verify` opens it, and what came out of it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members import ByteCounter, Content, Member, Source, open_content

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Recorder", "contents", "open_files", "opened"]


class Recorder:
    """A sink that keeps what passes: each member, whether sha512 was asked for, its bytes."""

    def __init__(self) -> None:
        self.passed: list[tuple[str, bool, bytes]] = []
        self._parts: list[bytes] = []
        self._begun: tuple[str, bool] | None = None

    def begin(self, member: Member, *, sha512: bool) -> None:
        assert self._begun is None
        self._begun, self._parts = (member.name, sha512), []

    def data(self, piece: memoryview | bytes) -> None:
        self._parts.append(bytes(piece))

    def end(self) -> None:
        assert self._begun is not None
        self.passed.append((*self._begun, b"".join(self._parts)))
        self._begun = None


@contextmanager
def opened(
    source: Source,
    *,
    limits: Limits = DEFAULT_LIMITS,
    sink: Recorder | None = None,
    counter: ByteCounter | None = None,
) -> Iterator[Content]:
    """Open `source`."""
    with open_content(source, sink or Recorder(), limits, counter or ByteCounter()) as content:
        yield content


def contents(content: Content) -> dict[str, bytes]:
    """Every file of an input, by name."""
    return {member.name: b"".join(content.pieces(member)) for member in content.table.files}


def open_files() -> int:
    """How many files this process has open; one more is always that of the counting."""
    return sum(1 for _ in Path("/dev/fd").iterdir())

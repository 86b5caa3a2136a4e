"""Events: what is told while a reading runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.report.model import ArchiveReport

__all__ = ["ArchiveDone", "BlobMeasured", "Event", "Started"]


class Started(NamedTuple):
    """The reading of one input begins.

    Attributes:
        name: the input, as given.
        size: its size in bytes; `None` for a pipe and a directory.
    """

    name: str
    size: int | None


class BlobMeasured(NamedTuple):
    """One member was measured; nothing is judged yet.

    Attributes:
        name: the input, as given.
        member: the member's name.
        digest: of its bytes.
        size: in bytes.
        diff_id: digest of its uncompressed bytes, where the inside was looked at.
    """

    name: str
    member: str
    digest: str
    size: int
    diff_id: str | None


class ArchiveDone(NamedTuple):
    """One input was examined and judged."""

    archive: ArchiveReport


Event: TypeAlias = Started | BlobMeasured | ArchiveDone

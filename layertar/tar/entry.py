"""Entry: one member of a tar, whoever described it: header, PAX records, GNU long names."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.fault import Fault

__all__ = ["NO_RECORDS", "Data", "Entry", "EntryKind", "Event"]

#: What an entry without PAX records shares.
NO_RECORDS: Mapping[str, bytes] = MappingProxyType({})


class EntryKind(Enum):
    """What an entry is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hard link"
    OTHER = "special file"


class Entry(NamedTuple):
    """One member of a tar.

    Attributes:
        name: as recorded, `surrogateescape`d.
        kind: what it is.
        size: bytes of data that follow; 0 for links, directories and devices.
        link_target: as recorded, `surrogateescape`d; of links only.
        header_offset: where its first block begins, extended headers included, in bytes.
        data_offset: where its data begin, in bytes.
        typeflag: the one byte that says the kind.
        faults: what readers differ on, with the name and `header_offset`.
        mode: permission bits; like the numbers below `None` where not to be read.
        uid: the owner.
        gid: the group.
        mtime: seconds since the epoch.
        devmajor: of a device.
        devminor: of a device.
        pax: its own PAX records, values raw; global ones are never applied.
    """

    name: str
    kind: EntryKind
    size: int
    link_target: str | None
    header_offset: int
    data_offset: int
    typeflag: bytes
    faults: tuple[Fault, ...] = ()
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime: float | None = None
    devmajor: int | None = None
    devminor: int | None = None
    pax: Mapping[str, bytes] = NO_RECORDS


class Data(NamedTuple):
    """A piece of the data of the entry before it.

    Attributes:
        data: a view of what was fed, not a copy.
        end: whether it is the last piece.
    """

    data: memoryview
    end: bool


Event = Entry | Data

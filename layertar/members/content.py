"""Content: the members of one input and their bytes, wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertar.value import dataclass

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from layertar.codec.sniff import Compression
    from layertar.digest import Digest
    from layertar.fault import Fault
    from layertar.members.index import Member, MemberTable

__all__ = ["READ_SIZE", "Content", "Framing", "file_identity"]

#: Bytes of one read of a member: less, and what each piece costs beside its digest shows.
READ_SIZE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What was met around the members.

    Attributes:
        size: of the input, in bytes; `None` for a pipe and a directory.
        tar_size: of the tar without what is peeled off, as far as it was read, in bytes; `None`
            for a directory.
        outer_compression: peeled off, outermost first.
        faults: of the wrapping, the tar's framing and the reading.
        cut: the member that the archive's end cuts short, if one is.
        is_stopped: whether a bound, told among the faults, ended the reading early: what lies
            behind is unknown, as it is behind a cut.
        lone_zero_offset: where a lone zero block is followed by more members, in bytes.
        is_directory: whether the input is a directory.
    """

    size: int | None
    tar_size: int | None
    outer_compression: tuple[Compression, ...]
    faults: tuple[Fault, ...]
    cut: Member | None
    lone_zero_offset: int | None
    is_directory: bool = False
    is_stopped: bool = False


class Content(Protocol):
    """Members and their bytes. Reading may go on from several threads at once."""

    @property
    def table(self) -> MemberTable:
        """The members."""
        ...

    @property
    def framing(self) -> Framing:
        """What was met around them."""
        ...

    @property
    def whole(self) -> Member | None:
        """The input itself, as it is stored; `None` where its bytes cannot be read again."""
        ...

    @property
    def digest(self) -> Digest | None:
        """The sha256 of an input that came once, as it was stored; `None` unless asked for."""
        ...

    @property
    def is_seekable(self) -> bool:
        """Whether bytes can be read again, in any order."""
        ...

    def read(self, member: Member, *, limit: int) -> bytes:
        """Return a member's bytes.

        Raises:
            LimitError: it has more than `limit` bytes, or a stream has not kept them.
            InputError: it could not be read.
        """
        ...

    def pieces(self, member: Member, *, start: int = 0, size: int = READ_SIZE) -> Iterator[bytes]:
        """Iterate over a member's bytes, in pieces; fewer than its size where they end early.

        Args:
            member: whose bytes.
            start: how many of them are passed over.
            size: how many a piece has at most.

        Raises:
            InputError: it could not be read.
        """
        ...

    def identity(self, member: Member) -> tuple[int, ...] | None:
        """Return numbers that are others once a member's bytes are, as far as a system tells.

        They are of the file that holds them (device, inode, size, times of its last change) and
        of their place in it; `None` where nothing tells.
        """
        ...

    def changes(self) -> tuple[Fault, ...]:
        """Say what changed in the input since it was opened, as far as that can be seen."""
        ...


def file_identity(status: os.stat_result, member: Member) -> tuple[int, ...] | None:
    """Return what `Content.identity` does, of a file of that status."""
    if not status.st_ino:
        return None  # The system does not number its files.
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_dev, status.st_ino, status.st_size, *times, member.offset, member.size)

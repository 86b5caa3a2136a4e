"""FramingLog: what is wrong with a tar as a whole, put into words."""

from __future__ import annotations

from layertar.fault import Fault
from layertar.tar.faultlog import FaultLog

__all__ = ["FramingLog"]


class FramingLog(FaultLog):
    """The faults of a tar's framing: headers, padding, and its end."""

    def __init__(self, bound: int) -> None:
        """Keep at most `bound` faults of each rule."""
        super().__init__(bound)
        self._padded: tuple[str | None, int] | None = None
        self._padded_count = 0
        self._padded_end: int | None = None

    def wrong_checksum(self, name: bytes, offset: int) -> None:
        """Tell of a header whose checksum is wrong and that is used."""
        detail = "the header's checksum is wrong; it is read all the same"
        member = name.decode("utf-8", "surrogateescape")
        self.add(Fault("tar-bad-checksum", detail, member, offset))

    def no_header(self, offset: int) -> None:
        """Tell of a block in a header's place that is none."""
        detail = "no header where one should be (checksum); what follows is not read"
        self.add(Fault("tar-bad-checksum", detail, offset=offset))

    def lone_zero(self, offset: int) -> None:
        """Tell of a zero block that headers follow."""
        detail = "one zero block, where most readers stop, and headers behind it"
        self.add(Fault("archive-lone-zero-block", detail, offset=offset))

    def orphaned(self, offset: int) -> None:
        """Tell of an extended header with the end at `offset` instead of its member."""
        detail = "an extended header that no member follows"
        self.add(Fault("tar-header-ambiguous", detail, offset=offset))

    def padding(self, piece: bytes, offset: int, remaining: int, member: str | None) -> None:
        """Look at a piece of padding; only the first place that is not zero becomes a fault.

        Args:
            piece: some of the padding.
            offset: where it begins.
            remaining: bytes of the padding from there on.
            member: whose padding it is, by name.
        """
        rest = piece.lstrip(b"\0")
        end = offset + remaining  # The same for each piece, so that a member counts once.
        if not rest or end == self._padded_end:
            return
        self._padded_end = end
        self._padded_count += 1
        if self._padded is None:
            self._padded = (member, offset + len(piece) - len(rest))

    def cut(self, what: str, missing: int, offset: int, member: str | None = None) -> None:
        """Tell that the input ends, at `offset`, inside something."""
        detail = f"ends inside {what}: {missing} bytes missing"
        self.add(Fault("archive-truncated", detail, member, offset))

    def no_end_marker(self, offset: int) -> None:
        """Tell that the input ends, at `offset`, without an end marker."""
        detail = "the archive ends without two zero blocks"
        self.add(Fault("archive-no-end-marker", detail, offset=offset))

    def trailing(self, first: int, end: int, members: int) -> None:
        """Tell of bytes behind the end, from the first that is not zero to the input's end."""
        size = end - first
        detail = f"{size} bytes behind the end of the tar, the first that is not zero here"
        if members:
            detail += f"; they read as a tar of {members} members"
        self.add(Fault("archive-trailing-data", detail, offset=first, measured=str(size)))

    def finish(self) -> None:
        """Add what could not be counted before the end."""
        if self._padded is not None:
            member, offset = self._padded
            detail = f"padding that is not zero, of {self._padded_count} members, first here"
            self.add(Fault("tar-padding-not-zero", detail, member, offset))

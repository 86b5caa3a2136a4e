"""Assembler: extended headers and a header become one `Entry`, by one fixed reading.

Where readers part, the reading is that of POSIX and Go: a member's own PAX records win over its
header, the last of several extended headers wins, a global record is never applied, and no data
follow a link, a directory or a device. Each such place is a fault, whatever the reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Fault, Severity
from layertar.tar.entry import NO_RECORDS, Entry, EntryKind
from layertar.tar.faultlog import FaultLog
from layertar.tar.header import DATALESS, MAX_OCTAL_SIZE, Flavour
from layertar.tar.pax import parse_pax, pax_integer, pax_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.limits import Limits
    from layertar.tar.header import Header

__all__ = ["EXTENSIONS", "KNOWN_TYPES", "Assembler", "is_header"]

#: Type flags of the blocks that describe the next member.
EXTENSIONS = frozenset({b"x", b"g", b"L", b"K"})

_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"S": EntryKind.FILE,
    b"1": EntryKind.HARDLINK,
    b"2": EntryKind.SYMLINK,
    b"5": EntryKind.DIRECTORY,
}
_LINKS = frozenset({EntryKind.HARDLINK, EntryKind.SYMLINK})
_SPECIAL = {b"3": "character device", b"4": "block device", b"6": "FIFO"}
_CONTIGUOUS = "contiguous file, which docker load refuses and containerd passes over"
_VENDOR = {
    b"V": "volume label",
    b"M": "continued from another volume",
    b"D": "GNU directory dump",
    b"N": "old GNU long name",
}

#: Type flags with a meaning that some reader knows.
KNOWN_TYPES = EXTENSIONS | _KINDS.keys() | _SPECIAL.keys() | _VENDOR.keys()

_SHOWN = 64  # bytes of a key or value in a fault
_LISTED = 4  # keys in a fault

_NAMES = {b"L": "name", b"K": "link target"}


class Assembler:
    """Collects what describes the next member; one for each tar.

    Attributes:
        pending: whether an extended header waits for its member.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing collected."""
        self._limits = limits
        self._reset()

    def _reset(self) -> None:
        self.pending = False
        self._offset = 0
        self._pax: Mapping[str, bytes] | None = None
        self._long: dict[bytes, bytes] = {}
        # Extended headers without a member can go on for ever; what is kept of them cannot.
        self._faults = FaultLog(self._limits.faults)

    def extend(self, header: Header, offset: int, body: bytes | None) -> tuple[Fault, ...]:
        """Take an extended header (`EXTENSIONS`).

        Args:
            header: its own header block.
            offset: where that block begins, in bytes.
            body: what follows it, without padding; `None` if it passes `Limits.header_body`.

        Returns:
            What is wrong with a global header; all other faults are the next member's.
        """
        if header.typeflag == b"g":
            return self._judge_global(header, offset, body)
        if not self.pending:
            self._offset = offset
        self.pending = True
        self._faults.extend(header.faults)
        if body is None:
            self._faults.add(self._too_large(header))
        elif header.typeflag == b"x":
            self._take_pax(body)
        else:
            self._take_long(header.typeflag, body)
        return ()

    def _judge_global(self, header: Header, offset: int, body: bytes | None) -> tuple[Fault, ...]:
        """Return what is wrong with a global PAX header, which changes no member."""
        faults = list(header.faults)
        if self.pending:
            # Go spends the records on the global header, others keep them for the member.
            faults.append(_ambiguous("a global header between an extended one and its member"))
        if body is None:
            faults.append(self._too_large(header))
        else:
            parsed = parse_pax(body)
            faults += parsed.faults
            applied = [
                key[:_SHOWN]
                for key in parsed.records
                if key in {"path", "linkpath", "size"} or key.startswith("GNU.sparse.")
            ]
            if applied:
                shown = ", ".join(applied[:_LISTED])
                faults.append(_ambiguous(f"global PAX {shown}: Go does not apply it to members"))
        return tuple(fault._replace(offset=offset) for fault in faults)

    def _too_large(self, header: Header) -> Fault:
        detail = f"an extended header of {header.size} bytes, not read"
        bound = f"header_body {self._limits.header_body}"
        return Fault("limit-exceeded", detail, recorded=bound, measured=str(header.size))

    def _take_pax(self, body: bytes) -> None:
        if self._pax is not None:
            self._flag("two PAX headers before one member")
        self._pax, faults = parse_pax(body)
        self._faults.extend(faults)

    def _take_long(self, typeflag: bytes, body: bytes) -> None:
        text, _, rest = body.partition(b"\0")
        if rest.strip(b"\0"):
            self._flag(f"NUL in GNU long {_NAMES[typeflag]}")
        if typeflag in self._long:
            self._flag(f"two GNU long {_NAMES[typeflag]}s before one member")
        self._long[typeflag] = text

    def _flag(self, detail: str) -> None:
        self._faults.add(_ambiguous(detail))

    def abandon(self) -> tuple[Fault, ...]:
        """Return what was met in extended headers that no member follows, and forget them."""
        offset = self._offset
        faults = tuple(fault._replace(offset=offset) for fault in self._faults.kept)
        self._reset()
        return faults

    def complete(self, header: Header, offset: int, data_offset: int) -> tuple[Entry, bool]:
        """Return the member that `header`, at `offset`, describes.

        Returns:
            The entry, and whether the size of its data is known; if not, nothing behind it
            can be found.
        """
        self._faults.extend(header.faults)
        pax = self._pax or NO_RECORDS
        raw_name = self._name(header, pax)
        kind = self._kind(header, raw_name, pax)
        dataless = header.typeflag in DATALESS or kind is EntryKind.DIRECTORY
        size = self._size(header, raw_name, pax, dataless=dataless)
        start = self._offset if self.pending else offset
        name = raw_name.decode("utf-8", "surrogateescape")
        link = self._link(header, pax) if kind in _LINKS else None
        uid = self._number("uid", pax, header.uid)
        gid = self._number("gid", pax, header.gid)
        mtime = self._mtime(pax, header.mtime)
        shown = name[: self._limits.name_length]
        entry = Entry(
            name=name,
            kind=kind,
            size=size or 0,
            link_target=link,
            header_offset=start,
            data_offset=data_offset,
            typeflag=header.typeflag,
            faults=tuple(f._replace(member=shown, offset=start) for f in self._faults.kept),
            mode=header.mode,
            uid=uid,
            gid=gid,
            mtime=mtime,
            devmajor=header.devmajor,
            devminor=header.devminor,
            pax=pax,
        )
        self._reset()
        return entry, size is not None

    def _name(self, header: Header, pax: Mapping[str, bytes]) -> bytes:
        # An expanded sparse file has its true name in a record of its own.
        path = pax.get("GNU.sparse.name") or pax.get("path")
        name = self._prefer(b"L", path) or header.name
        if not _is_utf8(name):
            self._faults.add(Fault("member-name-not-utf8", "the name is not UTF-8"))
        return name

    def _link(self, header: Header, pax: Mapping[str, bytes]) -> str:
        target = self._prefer(b"K", pax.get("linkpath")) or header.linkname
        return target.decode("utf-8", "surrogateescape")

    def _prefer(self, typeflag: bytes, recorded: bytes | None) -> bytes | None:
        """Choose Go's way between a GNU long text and a PAX one: the long text."""
        long = self._long.get(typeflag)
        if long and recorded and long != recorded:
            self._flag(f"GNU and PAX headers give different {_NAMES[typeflag]}s")
        return long or recorded

    def _kind(self, header: Header, name: bytes, pax: Mapping[str, bytes]) -> EntryKind:
        flag = header.typeflag
        if flag == b"S" or any(key.startswith("GNU.sparse.") for key in pax):
            detail = "stored sparse: read as stored, not expanded"
            self._faults.add(Fault("tar-sparse-member", detail))
        if flag == b"\0" and name.endswith(b"/"):
            return EntryKind.DIRECTORY  # So v7 writes them.
        kind = _KINDS.get(flag)
        if flag == b"7":
            self._faults.add(Fault("tar-special-member", _CONTIGUOUS))
        if kind is not None:
            return kind
        if flag in _SPECIAL:
            self._faults.add(Fault("tar-special-member", _SPECIAL[flag]))
        else:
            what = _VENDOR.get(flag, "no meaning that is known here")
            detail = f"type flag {flag.decode('latin-1')!r}: {what}"
            self._faults.add(Fault("tar-unknown-type", detail))
        if flag == b"X":
            self._flag("Solaris extended header, which Go passes over and others apply")
        return EntryKind.OTHER

    def _size(
        self, header: Header, name: bytes, pax: Mapping[str, bytes], *, dataless: bool
    ) -> int | None:
        size = header.size
        if pax.get("size"):  # An empty one deletes nothing: the header's counts.
            size = self._pax_size(header, pax["size"])
        if dataless and size != 0:
            # Without a readable size there is nothing to differ on: Go refuses it, flagged above.
            if size is not None:
                self._flag("data after a link, directory or device: readers skip it or do not")
            return 0
        if size and name.endswith(b"/") and header.typeflag in _KINDS:
            self._flag("data under a name that ends in a slash: a file or a directory")
        return size

    def _pax_size(self, header: Header, value: bytes) -> int | None:
        size = pax_integer(value)
        if size is None or size < 0:
            fault = Fault("tar-size-invalid", "PAX size is no size", recorded=_shown(value))
            self._faults.add(fault)
            return header.size
        if header.size is not None and size != header.size:
            # How large members are written: the header's field is 0 or cannot hold the size.
            lawful = header.size == 0 or size > MAX_OCTAL_SIZE
            self._faults.add(
                Fault(
                    "tar-size-override",
                    f"PAX size {size}, header size {header.size}",
                    severity=Severity.NOTE if lawful else None,
                )
            )
        return size

    def _number(self, key: str, pax: Mapping[str, bytes], fallback: int | None) -> int | None:
        value = pax.get(key)
        if not value:
            return fallback
        number = pax_integer(value)
        if number is None:
            self._flag(f"PAX {key} is no number")
            return fallback
        return number

    def _mtime(self, pax: Mapping[str, bytes], fallback: int | None) -> float | None:
        value = pax.get("mtime")
        seconds = pax_seconds(value) if value else None
        if value and seconds is None:
            self._flag("PAX mtime is no number")
        if seconds is None and fallback is not None:
            return float(fallback)
        return seconds


def is_header(header: Header) -> bool:
    """Say whether a block is a header: its checksum is right, or a bit or two are flipped.

    One flipped bit must not hide all members behind it.
    """
    return header.checksum_ok or (
        header.flavour is not Flavour.V7
        and header.size is not None
        and header.typeflag in KNOWN_TYPES
    )


def _ambiguous(detail: str) -> Fault:
    return Fault("tar-header-ambiguous", detail)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shown(value: bytes) -> str:
    return value[:_SHOWN].decode("utf-8", "backslashreplace")

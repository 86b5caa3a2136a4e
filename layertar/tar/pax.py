"""PAX records: the body of an extended header, `length key=value` by line."""

from __future__ import annotations

from functools import lru_cache

from layertar.fault import Fault
from layertar.regex import regex
from layertar.tar.header import MAX_SIZE
from layertar.value import NamedTuple

__all__ = [
    "PaxRecords",
    "one_time",
    "parse_pax",
    "pax_integer",
    "pax_nanoseconds",
    "pax_seconds",
    "plain_pax",
]

# Ten digits are more than any body that is read can have.
_LENGTH = regex(rb"([0-9]{1,10}) ")
_INTEGER = regex(rb"-?[0-9]{1,19}")
_SECONDS = regex(rb"-?[0-9]{1,19}(?:\.[0-9]{0,32})?")
# Sparse format 0.0 repeats these on purpose, one pair for each piece of the file.
_REPEATED = frozenset({"GNU.sparse.offset", "GNU.sparse.numbytes"})
# Values that Go refuses to see a NUL in; all others are binary.
_TEXTS = ("path", "linkpath", "uname", "gname")
_SHOWN = 64  # characters of a key in a fault

# Bodies whose meaning is remembered: what is written at one time is often the same.
_MEMO = 64

_NEWLINE = ord("\n")
_RECORD = regex(rb"([0-9]{1,10}) ([^=\0]+)=")
# What most bodies are made of, and nothing else: one time of less than a second's precision.
_ONE_TIME = regex(rb"([0-9]{1,3}) [mac]time=[0-9]{1,19}(?:\.[0-9]{0,32})?\n")
# Keys that nothing is read off here but what `plain_pax` says, and that nobody differs on.
_PLAIN_TEXTS = frozenset({b"path", b"linkpath", b"uname", b"gname"})
_PLAIN_NUMBERS = frozenset({b"uid", b"gid"})
_PLAIN_REST = frozenset({b"atime", b"ctime", b"comment"})
_PLAIN_PREFIXES = (b"SCHILY.xattr.", b"LIBARCHIVE.")


class PaxRecords(NamedTuple):
    """What one body says.

    Attributes:
        records: value by key; of a key given twice the last, as all readers have it.
        faults: what readers differ on, without member and offset.
    """

    records: dict[str, bytes]
    faults: tuple[Fault, ...]


def parse_pax(body: bytes) -> PaxRecords:
    """Read the records of `body` up to the first that is malformed.

    Spec: POSIX.1-2017, pax, pax Extended Header.
    """
    records: dict[str, bytes] = {}
    faults: list[Fault] = []
    position = 0
    repeated: str | None = None
    while position < len(body):
        record = _record(body, position)
        if record is None:
            # Go gives up, Python and GNU tar go on in different ways.
            faults.append(_ambiguous(f"PAX record malformed at byte {position} of its header"))
            break
        key, value, position = record
        if key in records and key not in _REPEATED:
            repeated = key
        records[key] = value
    if repeated is not None:
        faults.append(_ambiguous(f"PAX record given twice: {repeated[:_SHOWN]}"))
    faults += [_ambiguous(f"NUL in PAX {key}") for key in _TEXTS if b"\0" in records.get(key, b"")]
    faults += [
        _ambiguous(f"PAX {key} is empty")
        for key in ("path", "linkpath", "size")
        if records.get(key) == b""
    ]
    return PaxRecords(records, tuple(faults))


def _record(body: bytes, start: int) -> tuple[str, bytes, int] | None:
    """Return key, value and end of the record that begins at `start`."""
    match = _LENGTH.match(body, start)
    if match is None:
        return None
    end = start + int(match[1])
    key, equals, value = body[match.end() : end - 1].partition(b"=")
    if end > len(body) or end <= match.end() or body[end - 1] != ord("\n"):
        return None
    if not key or not equals or b"\0" in key:
        return None
    return key.decode("utf-8", "surrogateescape"), value, end


@lru_cache(maxsize=_MEMO)
def plain_pax(body: bytes) -> tuple[bytes, bytes] | None:
    """Return the path and the link path of records that there is nothing to tell of.

    They are empty where not recorded. `None` asks for the full reading: it may find a fault, or
    something that changes more than the name.
    """
    time = _ONE_TIME.fullmatch(body)
    if time is not None and int(time[1]) == len(body):
        return b"", b""
    records: dict[bytes, bytes] = {}
    position, end = 0, len(body)
    match = _RECORD.match
    while position < end:
        found = match(body, position)
        if found is None:
            return None
        length, key = found.groups()
        value_at, position = found.end(), position + int(length)
        if not value_at < position <= end or body[position - 1] != _NEWLINE or key in records:
            return None
        records[key] = value = body[value_at : position - 1]
        if key == b"mtime":
            if not _SECONDS.fullmatch(value):
                return None
        elif key not in _PLAIN_REST and not _is_plain(key, value):
            return None
    return records.get(b"path", b""), records.get(b"linkpath", b"")


def _is_plain(key: bytes, value: bytes) -> bool:
    """Whether one record is of the kind that nearly all are of."""
    if key in _PLAIN_TEXTS:
        return value != b"" and b"\0" not in value
    if key in _PLAIN_NUMBERS:
        return pax_integer(value) is not None
    return key.startswith(_PLAIN_PREFIXES)


def pax_integer(value: bytes) -> int | None:
    """Return the number that `value` is, if it is one of at most 63 bits."""
    if not _INTEGER.fullmatch(value):
        return None
    number = int(value)
    return number if abs(number) <= MAX_SIZE else None


def pax_seconds(value: bytes) -> float | None:
    """Return the seconds that `value` is, if it is a decimal number."""
    return float(value) if _SECONDS.fullmatch(value) else None


def pax_nanoseconds(value: bytes) -> int | None:
    """Return the nanoseconds that `value`, a number of seconds, is; what is finer is cut off."""
    if not _SECONDS.fullmatch(value):
        return None
    whole, _, fraction = value.partition(b".")
    nanoseconds = int(whole) * 10**9
    fine = int(fraction[:9].ljust(9, b"0"))
    return nanoseconds - fine if value.startswith(b"-") else nanoseconds + fine


def one_time(body: bytes) -> bytes | None:
    """Return the value of records that are one `mtime` and nothing else."""
    found = _ONE_TIME.fullmatch(body)
    if found is None or int(found[1]) != len(body) or b" mtime=" not in body:
        return None
    return body[body.index(b"=") + 1 : -1]


def _ambiguous(detail: str) -> Fault:
    return Fault("tar-header-ambiguous", detail)

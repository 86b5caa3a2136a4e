"""Units: sizes, ages and instants, as people and documents write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from layertar.regex import regex

__all__ = ["instant_text", "parse_age", "parse_instant", "parse_size"]

_SIZE = regex(r"([0-9]{1,18})\s*(?:([KMGT])(?:i?B)?|B)?", re.IGNORECASE | re.ASCII)
_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_AGE = regex(r"([0-9]{1,6})\s*([hdw])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 168}
# RFC 3339, 5.6. A leap second is taken for the one before it.
_INSTANT = regex(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:)([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-][0-9]{2}:[0-9]{2}))",
    re.ASCII,
)
_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LEAP = "60"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_text(nanoseconds: int) -> str:
    """Write an instant (RFC 3339, in UTC), with as much of a second as it has.

    Args:
        nanoseconds: since the epoch, within 64 bits with a sign: the years 1677 to 2262.
    """
    seconds, fraction = divmod(nanoseconds, 10**9)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else text + "Z"


def parse_size(text: str) -> int:
    """Read a number of bytes: `4096`, `512K`, `64MiB`, `2G`; units are powers of 1024.

    Raises:
        ValueError: it is none; says what is.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; write bytes, or K, M, G, KiB, MiB, GiB")
    return int(match[1]) * _FACTORS[(match[2] or "").upper()]


def parse_age(text: str) -> timedelta:
    """Read a time span: `12h`, `90d`, `8w`.

    Raises:
        ValueError: it is none; says what is.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no age; write hours, days or weeks, such as 12h, 90d, 8w")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def parse_instant(text: str) -> datetime:
    """Read an instant (RFC 3339), or a day, which stands for its beginning in UTC.

    What is finer than a microsecond is left out.

    Raises:
        ValueError: it is none; says what is.
    """
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(f"{text}T00:00:00+00:00")
        match = _INSTANT.fullmatch(text)
        if match is not None:
            day, minute, second, fraction, offset = match.groups()
            second = "59" if second == _LEAP else second
            micro = f"{fraction or '0':0<6.6}"
            instant = datetime.fromisoformat(f"{day}T{minute}{second}.{micro}{offset or '+00:00'}")
            return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no instant: {error}") from error
    raise ValueError(f"{text!r} is no instant; write 2026-12-31 or 2026-12-31T12:00:00Z")

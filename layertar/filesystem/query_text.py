"""Query texts: conditions as people write them, much as find(1) has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from layertar.errors import ArgumentError
from layertar.filesystem.entry import FileKind
from layertar.filesystem.glob import Glob
from layertar.filesystem.query import ModeTest, OwnerTest, Query, SizeTest
from layertar.regex import regex
from layertar.units import parse_instant, parse_size

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KIND_LETTERS", "parse_query"]

#: What `--type` calls each kind; the last two occur in a layer alone.
KIND_LETTERS = {
    "f": (FileKind.FILE,),
    "d": (FileKind.DIRECTORY,),
    "l": (FileKind.SYMLINK,),
    "c": (FileKind.CHARACTER,),
    "b": (FileKind.BLOCK,),
    "p": (FileKind.FIFO,),
    "h": (FileKind.HARDLINK,),
    "w": (FileKind.WHITEOUT, FileKind.OPAQUE),
}

_MODE = regex(r"([-/]?)([0-7]{1,4})")
_OWNER = regex(r"(?P<uid>[0-9]{1,18})?(?P<colon>:)?(?P<gid>(?<=:)[0-9]{1,18})?")
_DIGEST = regex(r"(?:sha256:)?([0-9a-f]{1,64})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_query(
    *,
    names: Iterable[str] = (),
    paths: Iterable[str] = (),
    kinds: Iterable[str] = (),
    sizes: Iterable[str] = (),
    modes: Iterable[str] = (),
    owners: Iterable[str] = (),
    newer: str | None = None,
    digests: Iterable[str] = (),
    setuid: bool = False,
    capability: bool = False,
    xattrs: Iterable[str] = (),
) -> Query:
    """Understand conditions; see `Query`.

    Args:
        names: patterns of the last part of the path, such as `*.so`.
        paths: patterns of the whole path, such as `/usr/*/python*`: a star may match slashes.
        kinds: `f`, `d`, `l`, `c`, `b`, `p`, of a layer also `h` (hard link) and `w` (whiteout);
            several in one text go between commas.
        sizes: `+1M` for more, `-1M` for fewer, `4096` for exactly as many bytes.
        modes: `4755` for exactly these bits, `-4000` for all, `/6000` for any of them.
        owners: `0`, `0:0` or `:0`.
        newer: a day or an instant, such as `2026-12-31T12:00:00Z`.
        digests: a sha256, or how it begins.
        setuid: files with set-user-ID or set-group-ID.
        capability: what has the extended attribute `security.capability`.
        xattrs: patterns of names of extended attributes, such as `user.*`.

    Raises:
        ArgumentError: one makes no sense.
    """
    attributes = [*xattrs, *(["security.capability"] if capability else [])]
    return Query(
        names=tuple(Glob.parse(each) for each in names),
        paths=tuple(Glob.parse(_rooted(each)) for each in paths),
        kinds=frozenset(
            kind for each in kinds for letter in each.split(",") for kind in _kinds(letter.strip())
        ),
        sizes=tuple(_size(each) for each in sizes),
        modes=tuple(_mode(each) for each in modes),
        owners=tuple(_owner(each) for each in owners),
        newer=None if newer is None else _nanoseconds(newer),
        digests=tuple(_digits(each) for each in digests),
        setuid=setuid,
        xattrs=tuple(Glob.parse(each) for each in attributes),
    )


def _rooted(text: str) -> str:
    """Let a pattern begin at the root, as `/etc/*`, `etc/*` and `./etc/*` all do."""
    text = text.removeprefix("./")
    return text if text.startswith(("/", "*")) else f"/{text}"


def _kinds(letter: str) -> tuple[FileKind, ...]:
    if letter not in KIND_LETTERS:
        raise ArgumentError(f"{letter!r} is no type; there are {', '.join(KIND_LETTERS)}")
    return KIND_LETTERS[letter]


def _size(text: str) -> SizeTest:
    sign = text[:1] if text[:1] in ("+", "-") else ""
    try:
        return SizeTest(sign, parse_size(text.removeprefix(sign)))
    except ValueError as error:
        raise ArgumentError(f"{error}, and + or - before it for more or fewer") from error


def _mode(text: str) -> ModeTest:
    match = _MODE.fullmatch(text)
    if match is None:
        raise ArgumentError(f"{text!r} is no mode; write octal digits, as 4755, -4000 or /6000")
    return ModeTest(match[1], int(match[2], 8))


def _owner(text: str) -> OwnerTest:
    match = _OWNER.fullmatch(text)
    if match is None or (match["uid"] is None and match["gid"] is None):
        raise ArgumentError(f"{text!r} is no owner; write numbers, as 0, 0:0 or :0")
    uid, gid = match["uid"], match["gid"]
    return OwnerTest(None if uid is None else int(uid), None if gid is None else int(gid))


def _nanoseconds(text: str) -> int:
    try:
        instant = parse_instant(text)
    except ValueError as error:
        raise ArgumentError(str(error)) from error
    # Not by its timestamp: that is a float.
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


def _digits(text: str) -> str:
    match = _DIGEST.fullmatch(text.lower())
    if match is None:
        raise ArgumentError(f"{text!r} is no beginning of a sha256")
    return match[1]

"""Bytes to members: the wrapper off, the tar held to what every reader takes alike, links resolved.

Spec: formats.md 4.3 to 4.7.
"""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.model.content import inflate
from tests.model.facts import OutOfScopeError

__all__ = ["Files", "read"]

_BLOCK: Final = 512
_HOPS: Final = 8
_OCTAL: Final = re.compile(rb"[0-7]{1,11}[\0 ]+|\0+")
# Files, links, directories, and the extended headers of long names.
_TYPES: Final = frozenset(b"0\x00125xLK")
_WITHOUT_DATA: Final = frozenset(b"125")
_PAX: Final = re.compile(
    rb"[0-9]+ (?:path|linkpath|mtime|atime|ctime|uname|gname|SCHILY\.[a-z.]+)="
)


class _Link(NamedTuple):
    """A link; `target` as a member's name, `None` where it leaves the archive."""

    target: str | None


@dataclass(slots=True)
class Files:
    """Members by clean name, as unpacking leaves them: of several, the last.

    Attributes:
        ambiguous: names of members that differ, so that readers see different archives.
        verdicts: what the members alone make of the archive.
    """

    members: dict[str, bytes | _Link] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    ambiguous: set[str] = field(default_factory=set)
    verdicts: list[str] = field(default_factory=list)

    def where(self, name: str) -> str | None:
        """The name of the file that `name` leads to; `None` where it leads to none."""
        for _ in range(_HOPS + 1):
            content = self.members.get(name)
            if not isinstance(content, _Link):
                return name if content is not None else None
            if content.target is None:
                return None
            name = content.target
        return None

    def get(self, name: str) -> bytes | None:
        """The bytes of the file that `name` leads to; a link to nothing that is needed is told."""
        place = self.where(name)
        if place is None and name in self.members:
            self.verdicts.append("incomplete")
        content = None if place is None else self.members[place]
        return content if isinstance(content, bytes) else None

    def is_ambiguous(self, name: str) -> bool:
        """Whether readers part over what `name` leads to (formats.md 7, A-04)."""
        return name in self.ambiguous or self.where(name) in self.ambiguous

    def files(self) -> dict[str, bytes]:
        """The regular files, links left out."""
        return {name: data for name, data in self.members.items() if isinstance(data, bytes)}


def read(data: bytes) -> Files:
    """Read an archive.

    Raises:
        OutOfScopeError: the bytes, or a name, are such that readers differ.
    """
    for _ in range(2):
        within = inflate(data)
        if within.broken or within.trailing:
            raise OutOfScopeError("the wrapper is odd")
        if within.data is data:
            break
        data = within.data
    _hold_to_strictness(data)
    found = Files()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for info in tar:
            _add(found, tar, info)
    _follow_links(found)
    return found


def _hold_to_strictness(tar: bytes) -> None:
    """Go from header to header, and refuse what is not plain.

    Python's `tarfile` would end in silence where this refuses (formats.md 4.3).
    """
    position, extension = 0, False
    while True:
        block = tar[position : position + _BLOCK]
        if len(block) < _BLOCK:
            raise OutOfScopeError("no end")
        if not any(block):
            if any(tar[position:]) or len(tar) < position + 2 * _BLOCK or extension:
                raise OutOfScopeError("no plain end")
            return
        fields = (block[100:108], block[108:116], block[116:124], block[124:136], block[136:148])
        if not all(map(_OCTAL.fullmatch, fields)) or not _is_summed(block):
            raise OutOfScopeError("an odd header")
        size, typeflag = int(block[124:136].strip(b"\0 ") or b"0", 8), block[156]
        is_plain = typeflag in _TYPES and (not size or typeflag not in _WITHOUT_DATA)
        if not is_plain or block[257:262] != b"ustar":
            raise OutOfScopeError("an odd type")
        body = tar[position + _BLOCK : position + _BLOCK + size]
        if typeflag in b"xLK":
            if extension or len(body) > 10_000 or not _is_plain_extension(typeflag, body):
                raise OutOfScopeError("an odd extension")
            extension = True
        else:
            extension = False
        position += _BLOCK + size + -size % _BLOCK
        if position > len(tar) or any(tar[position - (-size % _BLOCK) : position]):
            raise OutOfScopeError("cut, or odd padding")


def _is_summed(block: bytes) -> bool:
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    return re.fullmatch(rb"0*%o[\0 ]+" % total, block[148:156]) is not None


def _is_plain_extension(typeflag: int, body: bytes) -> bool:
    if typeflag in b"LK":
        return body.endswith(b"\0") and b"\0" not in body[:-1]
    keys = set()
    while body:
        match = _PAX.match(body)
        length = int(body[: body.index(b" ")]) if match else 0
        if match is None or match[0] in keys or not body[: length or 1].endswith(b"\n"):
            return False
        if b"\0" in body[:length]:
            return False
        keys.add(match[0].partition(b" ")[2])
        body = body[length:]
    return True


def _clean(name: str) -> str:
    """The name as lookups want it (formats.md 4.4).

    Raises:
        OutOfScopeError: readers clean it differently.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or not parts or "\\" in name or not name.isascii() or not name.isprintable():
        raise OutOfScopeError("an odd name")
    return "/".join(parts)


def _add(found: Files, tar: tarfile.TarFile, info: tarfile.TarInfo) -> None:
    if info.isdir():
        if info.name.strip("./"):
            found.directories.add(_clean(info.name))
        return
    name = _clean(info.name)
    content: bytes | _Link
    if info.issym() or info.islnk():
        content = _Link(_target(name, info.linkname, is_hard=info.islnk()))
    else:
        file = tar.extractfile(info)
        if file is None:
            raise OutOfScopeError("no file")
        content = file.read()
    former = found.members.get(name, content)
    if former != content:
        # readers see different archives.
        found.verdicts.append("failed")
        if isinstance(former, bytes) and isinstance(content, bytes):
            found.ambiguous.add(name)
    found.members[name] = content
    parents = name.split("/")[:-1]
    found.directories.update("/".join(parents[: end + 1]) for end in range(len(parents)))


def _target(name: str, target: str, *, is_hard: bool) -> str | None:
    if "\\" in target or not target.isascii() or not target.isprintable() or not target:
        raise OutOfScopeError("an odd target")
    if target.startswith("/"):
        return None
    parts = [] if is_hard else name.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _follow_links(found: Files) -> None:
    """Tell links that leave the archive or go round (formats.md 4.5, 8.1).

    A link to nothing is nothing: whoever needs it misses it.
    """
    if set(found.members) & found.directories:
        raise OutOfScopeError("a file and a directory of one name")
    links = {name: each for name, each in found.members.items() if isinstance(each, _Link)}
    for name in links:
        seen: set[str] = set()
        target: str | None = name
        while target in links and target not in seen:
            seen.add(target)
            target = links[target].target
        if target is None or target in seen:
            found.verdicts.append("failed")
        elif target not in found.members and _is_beyond(found, target):
            raise OutOfScopeError("a link to a directory, or through a link")


def _is_beyond(found: Files, target: str) -> bool:
    return target in found.directories or any(
        target.startswith(f"{other}/") for other in found.members
    )

"""Names of members as loaders clean them: `./etc/x`, `/etc/x` and `etc/x/` are one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clean", "clean_all", "parent_of", "steps_of", "within"]

# Names, each between NULs and without the prefixes that are everyday, that need a closer look.
_ODD = regex(rb"[\0/](?:/|\.(?:\.?[/\0]|wh\.))")
_MAY_BE_ODD = (b"/.", b"\0.", b"//", b"\0/")


def parent_of(path: bytes) -> bytes:
    """Return the directory that `path` lies in; the root is empty."""
    return path.rpartition(b"/")[0]


def steps_of(path: bytes) -> list[bytes]:
    """Return the parts of a path that lead somewhere: no empty one, and no dot; dot-dot does."""
    return [part for part in path.split(b"/") if part not in (b"", b".")]


def clean(name: bytes, longest: int) -> tuple[bytes, bool]:
    """Return a name as loaders clean it, and whether it leaves the root by dot-dot.

    One that leaves it is returned as it is. Of one of more than `longest` bytes, which nobody can
    create, no step is followed.
    """
    if b"." not in name and b"//" not in name:
        return name.strip(b"/"), False
    if len(name) > longest:
        # No honest name: whether it climbs back after a thousand steps is not worth the time.
        return name.strip(b"/"), b"/../" in b"/%b/" % name
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not parts:
                return name, True
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts), False


def clean_all(names: Sequence[bytes]) -> list[bytes] | None:
    """Clean names as `clean` does, many at once; `None` where one may be odd or a whiteout."""
    text = b"\0%b\0" % b"\0".join(names)
    text = text.replace(b"\0./", b"\0").replace(b"\0/", b"\0")
    if any(part in text for part in _MAY_BE_ODD) and _ODD.search(text):
        return None
    return text.replace(b"/\0", b"\0")[1:-1].split(b"\0")


def within(name: bytes) -> bytes:
    """Clean a name as one does who stands in the root already: dot-dot leads there again."""
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)

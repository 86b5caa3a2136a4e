r"""The lock file, version 1: TOML that a person reads in a diff.

Written by hand, since the standard library only reads it: archives by name, images by name and
digest, keys in one order, so that the same archives give the same bytes. Additions keep
`schema_version`; renames and removals raise it. `read_lock` reads it back.

Strings: what is not printable, or could be taken for a quotation mark, is a `\u` escape of TOML.
A byte of a name that is no UTF-8 can be no TOML string at all: it stands as the six characters
`\udcNN`, its backslash escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.findings.pinned import Lock, LockedArchive, locked_image, pinned_text
from layertar.image.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from layertar.findings.pinned import LockedImage
    from layertar.report.model import Report

__all__ = ["SCHEMA_VERSION", "UNKNOWN", "lock_of", "toml_string", "write_lock"]

SCHEMA_VERSION = 1

#: Stands for the diff_id of a layer that could not be measured.
UNKNOWN = ""

_HEAD = "# Written by `layertar lock`; `layertar verify --lock` holds archives against it.\n"
_NAMED = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BMP_END = 0x10000


def lock_of(report: Report) -> Lock:
    """Take the identities of everything in a report of `verify`; what was not given is left out."""
    return Lock(
        tuple(
            sorted(
                (
                    LockedArchive(
                        name=pinned_text(archive.name),
                        digest=archive.digest,
                        images=tuple(sorted(map(locked_image, archive.images), key=_order)),
                    )
                    for archive in report.archives
                    if archive.verdict is not Verdict.UNREADABLE and archive.views
                ),
                key=lambda archive: archive.name,
            )
        )
    )


def _order(image: LockedImage) -> tuple[object, ...]:
    return (
        image.names or (),
        image.platform or "",
        str(image.manifest or ""),
        str(image.image_id or ""),
        tuple(str(each or "") for each in image.diff_ids or ()),
        str(image.index or ""),
    )


def write_lock(lock: Lock, out: TextIO) -> None:
    """Write `lock` to `out`."""
    out.write(_HEAD)
    out.write(f"schema_version = {SCHEMA_VERSION}\n")
    for archive in lock.archives:
        out.writelines(_archive(archive))


def _archive(archive: LockedArchive) -> Iterator[str]:
    yield f"\n[[archive]]\nname = {toml_string(archive.name)}\n"
    if archive.digest is not None:
        yield _pair("digest", archive.digest)
    for image in archive.images:
        yield "\n[[archive.image]]\n"
        if image.names is not None:
            yield f"names = {_array(image.names)}\n"
        if image.platform is not None:
            yield _pair("platform", image.platform)
        for key in ("manifest", "index", "image_id"):
            if (digest := getattr(image, key)) is not None:
                yield _pair(key, digest)
        if image.diff_ids is not None:
            diff_ids = (UNKNOWN if each is None else str(each) for each in image.diff_ids)
            yield f"diff_ids = {_array(diff_ids)}\n"


def _pair(key: str, value: object) -> str:
    return f"{key} = {toml_string(str(value))}\n"


def _array(texts: Iterable[str]) -> str:
    lines = [f"    {toml_string(text)},\n" for text in texts]
    return f"[\n{''.join(lines)}]" if lines else "[]"


def toml_string(text: str) -> str:
    """Write a basic string of TOML (toml.io, v1.0.0, String); `text` has no lone surrogates."""
    return f'"{"".join(_escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < _BMP_END else f"\\U{code:08x}"

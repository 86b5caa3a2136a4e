r"""Lines as `sha256sum` writes them and takes them with `--check`.

Its manual (GNU coreutils, cksum output modes) and its own reading: 64 hexadecimal digits, a
space, a space or an asterisk (text or binary), the name. A line whose name has a backslash, a
newline or a carriage return begins with a backslash, and has them as `\\`, `\n` and `\r`. The
tagged form of BSD, `SHA256 (name) = digits`, is taken, too. Comments and lines that are none of
this are passed over, as `sha256sum` does; a file without any line of the form is a mistake.
"""

from __future__ import annotations

from re import DOTALL
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import ArgumentError
from layertar.members.index import is_unsafe_name
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.report.model import ArchiveReport

__all__ = ["parse_sums", "sum_line", "write_sums"]

_LINE = regex(rb"[ \t]*(?P<escaped>\\?)(?P<digits>[0-9A-Fa-f]{64})[ \t][ *](?P<name>.+)")
_TAGGED = regex(rb"[ \t]*(?P<escaped>\\?)SHA256 \((?P<name>.+)\) = (?P<digits>[0-9A-Fa-f]{64})")
_ESCAPE = regex(rb"\\(.?)", DOTALL)
_ESCAPES = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


def sum_line(digest: Digest, name: str) -> bytes:
    """Write one line, with its newline; `name` is `surrogateescape`d."""
    raw = name.encode("utf-8", "surrogateescape")
    escaped = raw.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    mark = b"\\" if escaped != raw else b""
    return b"%s%s  %s\n" % (mark, digest.encoded.encode(), escaped)


def write_sums(archive: ArchiveReport, out: TextIO, *, uncompressed: bool) -> list[str]:
    """Write a line for each file of an archive, or the diff_id of each layer.

    `out` is to write `surrogateescape`d text as the bytes that it was.

    Returns:
        The names of files that were left out: no path below a directory that it is unpacked to.
    """
    left_out = []
    for file in archive.files:
        digest = file.diff_id if uncompressed else file.digest
        if digest is None:
            continue
        if is_unsafe_name(file.name):
            left_out.append(file.name)
            continue
        out.write(sum_line(digest, file.name).decode("utf-8", "surrogateescape"))
    return left_out


def parse_sums(raw: bytes) -> tuple[tuple[str, Digest], ...]:
    """Read names, `surrogateescape`d, and digests.

    Raises:
        ArgumentError: there is no line of the form.
    """
    found = tuple(_entries(raw))
    if not found:
        raise ArgumentError("no line of the form of sha256sum's: 64 digits, two spaces, a name")
    return found


def _entries(raw: bytes) -> Iterator[tuple[str, Digest]]:
    for line in raw.split(b"\n"):
        text = line.removesuffix(b"\r")
        match = _LINE.fullmatch(text) or _TAGGED.fullmatch(text)
        if match is None:
            continue
        name = match["name"]
        if match["escaped"]:
            if any(escape[1] not in _ESCAPES for escape in _ESCAPE.finditer(name)):
                continue
            name = _ESCAPE.sub(lambda escape: _ESCAPES[escape[1]], name)
        digest = Digest("sha256", match["digits"].decode().lower())
        yield name.decode("utf-8", "surrogateescape"), digest

"""The fast path: members as nearly every layer has them, told without the full parse.

What is read here has nothing that readers differ on, so `TarParser` would find no fault either;
at the first byte that is not so plain the walk stops, and the parser goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from zlib import adler32

from layertar.tar.header import BLOCK, CHECKSUMS, PLAIN_HEADER
from layertar.tar.pax import plain_pax
from layertar.tar.table import TABLE_NAME
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.limits import Limits

__all__ = ["Batch", "Detail", "Passed", "pass_plain"]

# Bytes of an extended header's body up to which it is read here; real ones are a few hundred.
_BODY = 16 << 10
_TABLE_NAME = TABLE_NAME.encode()


#: Of one member: its header, the bytes of its data, where these begin in `Batch.view`, and the body
#: of its PAX header, empty where it has none.
Detail: TypeAlias = tuple[bytes, int, int, bytes]


class Batch:
    """Members met one after another, in columns: what is told of each must be cheap.

    Attributes:
        names: of all of them, as recorded.
        offsets: where the first block of each begins, from `base`.
        others: those that are no files: position in `names`, type flag, link target.
        details: of all of them, where somebody asks.
        base: what `offsets` count from, in bytes of the tar.
        view: what the members were read from; it begins at `base`.
    """

    __slots__ = ("base", "details", "names", "offsets", "others", "view")

    def __init__(self, base: int, view: memoryview, *, detailed: bool = False) -> None:
        """Begin empty."""
        self.base = base
        self.view = view
        self.names: list[bytes] = []
        self.offsets: list[int] = []
        self.others: list[tuple[int, bytes, bytes]] = []
        self.details: list[Detail] | None = [] if detailed else None

    @property
    def is_open(self) -> bool:
        """Whether the last member's data, or the padding behind, are not all in `view`."""
        if not self.details:
            return False
        _, size, begin, _ = self.details[-1]
        return begin + size + -size % BLOCK > len(self.view)


class Passed(NamedTuple):
    """How far the fast path came.

    Attributes:
        end: where in the view what is not yet read begins.
        entries: members passed.
        data: bytes of data, from `end`, of the last of them that go beyond the view.
        name: of that one.
        content: bytes of data of all of them together.
    """

    end: int
    entries: int
    data: int
    name: bytes
    content: int


class _Extension(NamedTuple):
    """What the extended headers before one member say of it; empty where they do not."""

    flags: bytes = b""
    path: bytes = b""
    target: bytes = b""


_NO_EXTENSION = _Extension()
_TIMES = _Extension(b"x")  # What most say: times, or attributes, and nothing of names.


def _extend(before: _Extension, typeflag: bytes, body: bytes) -> _Extension | None:
    """Add one more extended header, if there is nothing to tell of it."""
    if typeflag == b"x":
        paths = plain_pax(body)
        if before.flags or paths is None:
            return None
        return _Extension(typeflag, *paths) if any(paths) else _TIMES
    text, _, rest = body.partition(b"\0")
    if typeflag in before.flags or b"x" in before.flags or rest.strip(b"\0"):
        return None
    field = "path" if typeflag == b"L" else "target"
    return before._replace(flags=before.flags + typeflag, **{field: text})


# One loop without a call for each member: it is most of what a layer's walk costs.
def pass_plain(  # noqa: C901 - as said above
    data: bytes, start: int, limits: Limits, batch: Batch | None
) -> Passed:
    """Pass the plain members that begin at `start`, where a member begins.

    Args:
        data: what is at hand.
        start: where in it to begin.
        limits: the bounds.
        batch: takes what was passed; `None` where nobody asks.
    """
    match, sums = PLAIN_HEADER.match, CHECKSUMS
    position = begin = start  # the next block, and the first of the member that it belongs to
    end, entries, content = len(data), 0, 0
    longest = min(_BODY, limits.header_body)
    extension, pax = _NO_EXTENSION, b""
    details = batch.details if batch is not None else None
    while position + BLOCK <= end:
        block = data[position : position + BLOCK]
        found = match(block)
        if found is None or not block.isascii() or adler32(block) & 0xFFFF != sums[block[148:156]]:
            break
        name, octal, typeflag, prefix = found.groups()
        size = int(octal, 8)
        following = position + BLOCK + size + -size % BLOCK
        if typeflag > b"5":
            body = position + BLOCK
            if following > end or not 0 < size <= longest:
                break
            text = data[body : body + size]
            extended = _extend(extension, typeflag, text)
            if extended is None or len(extended.path) > limits.name_length:
                break
            pax = text if typeflag == b"x" else pax
            extension, position = extended, following
            continue
        if extension.path:
            name = extension.path
        elif prefix:
            name = prefix + b"/" + name
        if (size and (typeflag != b"0" or name.endswith(b"/"))) or name == _TABLE_NAME:
            break
        entries += 1
        content += size
        if batch is not None:
            if typeflag != b"0":
                target = extension.target or block[157:257].partition(b"\0")[0]
                batch.others.append((len(batch.names), typeflag, target))
            batch.names.append(name)
            batch.offsets.append(begin)
            if details is not None:
                details.append((block, size, position + BLOCK, pax))
        if following > end:
            return Passed(position + BLOCK, entries, size, name, content)
        position = begin = following
        extension, pax = _NO_EXTENSION, b""
    return Passed(begin, entries, 0, b"", content)

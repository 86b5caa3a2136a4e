"""Table: columns of text, and digests shortened where there is no room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from layertar.digest import Digest

__all__ = ["Column", "digest_text", "human_size", "layout", "narrowest", "shortest_digits"]

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
# From here on a whole number rounds up to the next unit, and one decimal to three digits.
_FULL = 1023.5
_DECIMAL_END = 99.95

_GAP = "  "
_MIN_DIGITS = 12


class Column(NamedTuple):
    """One column.

    Attributes:
        title: its heading.
        right: whether its cells stand at the right.
        room: fewest characters that it may be cut to; `None` where it is never cut.
    """

    title: str
    right: bool = False
    room: int | None = None


def narrowest(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """Count the characters that the longest line of `layout` needs at least."""
    widths = (
        natural if column.room is None else min(natural, column.room)
        for natural, column in zip(_natural(columns, rows), columns, strict=True)
    )
    return sum(widths) + len(_GAP) * (len(columns) - 1)


def layout(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterator[list[str]]:
    """Pad the heading and each row's cells so that they stand below one another.

    Where the lines would be wider than `width` characters, the columns with `room` are cut.
    The last cell of a line is not padded: nothing ends in spaces.

    Yields:
        The padded cells, heading first; join them with two spaces.
    """
    widths = _natural(columns, rows)
    if width is not None:
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        for place, column in enumerate(columns):
            if excess > 0 and column.room is not None:
                narrowed = min(widths[place], max(column.room, widths[place] - excess))
                excess -= widths[place] - narrowed
                widths[place] = narrowed
    for row in ([column.title for column in columns], *rows):
        cells = [
            _fit(cell, room, right=column.right)
            for cell, room, column in zip(row, widths, columns, strict=True)
        ]
        cells[-1] = cells[-1].rstrip()
        yield cells


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    widths = [len(column.title) for column in columns]
    for row in rows:
        widths = [max(now, len(cell)) for now, cell in zip(widths, row, strict=True)]
    return widths


def _fit(text: str, width: int, *, right: bool) -> str:
    if len(text) > width:
        text = text[: max(width - 3, 0)] + "..."
    return text.rjust(width) if right else text.ljust(width)


def digest_text(digits: int | None) -> Callable[[Digest], str]:
    """Make what writes digests in a table.

    Args:
        digits: how many digits of each are shown, without `sha256:`; `None` for the whole.
    """
    if digits is None:
        return str

    def cut(digest: Digest) -> str:
        start = digest.encoded[:digits]
        return start if digest.algorithm == "sha256" else f"{digest.algorithm}:{start}"

    return cut


def shortest_digits(digests: Iterable[Digest]) -> int:
    """Count the digits that tell all of `digests` apart, at least 12."""
    digits = _MIN_DIGITS
    before = ""
    for encoded in sorted({digest.encoded for digest in digests}):
        if before[:digits] == encoded[:digits]:
            shared = next(
                (
                    place
                    for place, (one, other) in enumerate(zip(before, encoded, strict=False))
                    if one != other
                ),
                len(before),
            )
            digits = shared + 1
        before = encoded
    return digits


def human_size(size: int) -> str:
    """Write a size of `size` bytes in the unit that suits it, with three digits or so."""
    if abs(size) < _STEP:
        return f"{size} B"
    value = size / _STEP
    units = iter(_UNITS)
    unit = next(units)
    while abs(value) >= _FULL and (larger := next(units, None)):
        value /= _STEP
        unit = larger
    return f"{value:.1f} {unit}" if abs(value) < _DECIMAL_END else f"{value:.0f} {unit}"

"""SecretScanner: looks for secrets in one file after another, fed piece by piece.

How it is fast in a language that is not. Nearly all bytes of an image are in no secret, and what
sees that must be one pass in C each: `bytes.find` for the few phrases, and for the forty
beginnings of tokens together one `translate`, which makes a mask of the characters that words are
made of, and a `find` in it of twenty in a row. Only where such a word begins is it looked up by
its first three bytes, and only then a regular expression tried.

How it sees what pieces cut. Every secret is judged within `_REACH` bytes of its begin, and by
`_CONTEXT` before it. What begins nearer to the end of what is here waits for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.secrets.files import finders_of
from layertar.secrets.keys import KEY_REACH, find_keys
from layertar.secrets.phrases import PHRASE_REACH, find_phrases
from layertar.secrets.tokens import BEGINNINGS, DOTTED, TOKEN_REACH, judge_dotted, judge_word
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SecretScanner", "Sighting", "find_patterns", "scan"]

_CONTEXT = 512
_REACH = max(KEY_REACH + 64, PHRASE_REACH + 64, TOKEN_REACH + 16)
# Bytes that are gathered before they are looked at, so that little is looked at twice.
_WINDOW = 64 * 1024

_LONG = b"w" * 20  # A word of a token has as many characters or more.
_WORDS = bytes(0x77 if chr(byte).isalnum() or byte in b"_-" else 0 for byte in range(128)).ljust(
    256, b"\0"
)


class Sighting(NamedTuple):
    """Secrets of one kind in one file.

    Attributes:
        kind: the name of their kind.
        offset: where the first begins, in bytes from the file's begin.
        times: how many there are.
    """

    kind: str
    offset: int
    times: int = 1


class SecretScanner:
    """Looks at one file at a time, in bounded memory; it keeps places, no values."""

    def __init__(self) -> None:
        """Begin before the first file."""
        self._begin(b"")

    def _begin(self, path: bytes) -> None:
        self._finders = finders_of(path)
        self._held = bytearray()
        self._start = 0  # Where what is held begins in the file.
        self._judged = 0  # What begins before has been judged.
        self._found: dict[str, tuple[int, int]] = {}  # kind: first place, how often

    def begin(self, path: bytes) -> None:
        """Begin a file; what was fed and not finished is forgotten.

        Args:
            path: its place, by which some files' forms are known.
        """
        self._begin(path)

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the file's next bytes."""
        self._held += piece
        if len(self._held) < _WINDOW:
            return
        data = bytes(self._held)
        ripe = len(data) - _REACH
        self._judge(data, self._start + ripe)
        kept = ripe - _CONTEXT
        self._start += kept
        self._held = bytearray(data[kept:])

    def finish(self) -> tuple[Sighting, ...]:
        """Return what the file holds, in order of the places."""
        self._judge(bytes(self._held), self._start + len(self._held))
        found = [Sighting(kind, *seen) for kind, seen in self._found.items()]
        self._begin(b"")
        return tuple(sorted(found, key=lambda each: (each.offset, each.kind)))

    def _judge(self, data: bytes, until: int) -> None:
        """Look at what begins up to `until`, an offset of the file, and has not been judged."""
        start, least = self._start, self._judged
        places: dict[int, str] = {}
        for find in (find_patterns, *self._finders):
            for at, kind in find(data):
                if least <= start + at < until:
                    places.setdefault(start + at, kind)
        for place, kind in places.items():
            first, times = self._found.get(kind, (place, 0))
            self._found[kind] = min(first, place), times + 1
        self._judged = until


def scan(data: bytes | memoryview, path: bytes = b"") -> tuple[Sighting, ...]:
    """Look for secrets in a whole file or text."""
    scanner = SecretScanner()
    scanner.begin(path)
    scanner.feed(data)
    return scanner.finish()


def find_patterns(data: bytes) -> Iterator[tuple[int, str]]:
    """Find what has a pattern of its own in `data`: where each begins, and its kind."""
    yield from find_phrases(data)
    yield from find_keys(data)
    yield from _find_words(data)


def _find_words(data: bytes) -> Iterator[tuple[int, str]]:
    """Find each token: where it begins, and the name of its kind."""
    mask = data.translate(_WORDS)
    at = mask.find(_LONG)
    while at >= 0:
        if data[at : at + 3] in BEGINNINGS:
            kind = judge_word(data, at)
            if kind is not None:
                yield at, kind
        elif data[at - 2 : at] in DOTTED:
            dotted = judge_dotted(data, at)
            if dotted is not None:
                yield dotted
        at = mask.find(b"\0", at + len(_LONG))
        if at >= 0:
            at = mask.find(_LONG, at)

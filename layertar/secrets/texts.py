"""Texts: secrets in what a config records: settings, labels, and commands of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.scanner import find_patterns
from layertar.secrets.settings import find_commands, find_settings, find_urls, is_secret_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Finder = Callable[[bytes], Iterator[tuple[int, str]]]

__all__ = ["masked", "scan_setting", "scan_text"]

_OF_COMMANDS: tuple[Finder, ...] = (find_patterns, find_urls, find_settings, find_commands)
_MASK = b"***"
_WORD = regex(rb"[^\s\"'`]*")
_BEFORE = regex(rb"[^\s]*\Z")
_BUILD_ARGUMENTS = b" RUN |"  # BuildKit's, before the shell
_NEXT_ARGUMENT = regex(rb" (?:[A-Za-z_][A-Za-z0-9_]*=|/)")
_REACH = 300  # bytes before a value in which its quote is looked for
_FRAME = b"-----"


def scan_setting(name: str, value: str) -> tuple[str, ...]:
    """Return the names of the kinds of secrets in one setting: of `Env`, or a label.

    A name that says so counts where the value is of no kind that has a pattern.
    """
    data = _encode(value)
    found = _find(data, (find_patterns, find_urls))
    if not found and is_secret_setting(_encode(name), data):
        return ("secret-setting",)
    return tuple(sorted(set(found.values())))


def scan_text(text: str) -> tuple[str, ...]:
    """Return the names of the kinds of secrets in a command line: an entry of the history."""
    return tuple(sorted(set(_find(b" " + _encode(text)).values())))


def masked(text: str) -> str:
    """Return a command line with every secret in it replaced by asterisks.

    Rather too much is replaced than too little: all up to the next blank or, where the value is
    in quotes, to their end; of a private key, all that follows.
    """
    data = b" " + _encode(text)
    places = sorted(_find(data))
    if not places:
        return text
    parts: list[bytes] = []
    done = 0
    for start in places:
        if start >= done:
            parts += (data[done:start], _MASK)
            done = _end(data, start)
    return b"".join((*parts, data[done:]))[1:].decode("utf-8", "surrogatepass")


def _end(data: bytes, start: int) -> int:
    """Return where the value ends that begins at `start`."""
    if data.startswith(_FRAME, start):
        return len(data)
    # The quote that opens the value, or the word that it is in: `-u "me:..."`.
    word = _BEFORE.search(data, max(0, start - _REACH), start)
    opened = (word[0] if word is not None else b"") + data[start : start + 1]
    quotes = [opened.rfind(quote) for quote in (b'"', b"'", b"`")]
    at = max(quotes)
    if at >= 0:
        quote = opened[at : at + 1]
        end = data.find(quote, start + (at == len(opened) - 1))
        return len(data) if end < 0 else end + 1
    if data.startswith(_BUILD_ARGUMENTS) and b" /" not in data[:start]:
        # These are written one after another without quotes, whatever blanks they have.
        following = _NEXT_ARGUMENT.search(data, start)
        return following.start() if following is not None else len(data)
    found = _WORD.match(data, start)
    return found.end() if found is not None else len(data)


def _find(data: bytes, finders: Iterable[Finder] = _OF_COMMANDS) -> dict[int, str]:
    """Find all that is secret: where each begins, and its kind, of several that told first."""
    found: dict[int, str] = {}
    for find in finders:
        for at, kind in find(data):
            found.setdefault(at, kind)
    return found


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

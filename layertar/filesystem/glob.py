r"""Glob: shell patterns for names, as find(1) has them.

Spec: POSIX, Shell Command Language, Pattern Matching Notation, for a pattern that may match any
character, a slash and a leading dot among them: `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]`, and a
backslash before what stands for itself. A character is one of UTF-8, or one byte that is none.
Nothing is folded: what differs in case, or in how an accent is composed, differs.

Names are an attacker's: a star takes as little as will do and is never asked again, which loses
nothing, so that the time is at most that of name times pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertar.errors import ArgumentError
from layertar.regex import regex
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from re import Pattern

__all__ = ["Glob"]

# POSIX, Locale, LC_CTYPE: the classes of the POSIX locale.
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class Glob(NamedTuple):
    """A pattern.

    Attributes:
        text: as given.
        pattern: what it is as a regular expression, for `surrogateescape`d text.
    """

    text: str
    pattern: Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Glob:
        """Understand a pattern.

        Raises:
            ArgumentError: it has a class or a range that does not exist.
        """
        pieces: list[str] = []
        at = 0
        while at < len(text):
            piece, at = _next(text, at)
            if piece != "*" or pieces[-1:] != ["*"]:
                pieces.append(piece)
        return cls(text, regex(_joined(pieces), re.DOTALL))

    def matches(self, name: bytes) -> bool:
        """Say whether the whole of a name fits."""
        return self.pattern.fullmatch(name.decode("utf-8", "surrogateescape")) is not None


def _next(text: str, at: int) -> tuple[str, int]:
    """Translate what stands at a place, and say where the next thing does; a star stays one."""
    char = text[at]
    if char == "*":
        return "*", at + 1
    if char == "?":
        return ".", at + 1
    if char == "[":
        return _bracket(text, at)
    if char == "\\" and at + 1 < len(text):
        return re.escape(text[at + 1]), at + 2
    return re.escape(char), at + 1


def _joined(pieces: list[str]) -> str:
    """Join pieces: each star with what follows up to the next is an atomic group."""
    runs: list[str] = []
    run: list[str] = []
    for piece in pieces:
        if piece == "*":
            runs.append("".join(run))
            run = []
        else:
            run.append(piece)
    runs.append("".join(run))
    first, *inner = runs
    if not inner:
        return first
    last = inner.pop()
    return first + "".join(f"(?>.*?{each})" for each in inner) + f".*{last}"


def _bracket(text: str, start: int) -> tuple[str, int]:
    """Translate `[...]`; without an end the bracket stands for itself."""
    at = start + 1
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    items: list[str] = []
    first = at
    while at < len(text):
        if text[at] == "]" and at > first:
            return f"[{'^' * negated}{''.join(items)}]", at + 1
        if text.startswith(("[:", "[.", "[="), at):
            end = text.find(f"{text[at + 1]}]", at + 2)
            if end > 0:
                items.append(_class(text[at : end + 2]))
                at = end + 2
                continue
        low, at = _member(text, at)
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(text, at + 1)
            if high < low:
                raise ArgumentError(f"{text!r} has a range that ends before it begins")
            items.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            items.append(re.escape(low))
    return re.escape("["), start + 1


def _member(text: str, at: int) -> tuple[str, int]:
    """Return a character of a bracket, and where the next thing stands."""
    if text[at] == "\\" and at + 1 < len(text):
        at += 1
    return text[at], at + 1


def _class(text: str) -> str:
    found = _CLASSES.get(text[2:-2]) if text[1] == ":" else None
    if found is None:
        known = ", ".join(f"[:{name}:]" for name in _CLASSES)
        raise ArgumentError(f"{text!r} is no class of characters; there are {known}")
    return found

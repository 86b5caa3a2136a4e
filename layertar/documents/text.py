"""Text from an archive: whether showing it as it is could mislead."""

from __future__ import annotations

import unicodedata

from layertar.regex import regex

__all__ = [
    "clip",
    "control_characters",
    "misleading_character",
    "name_control_characters",
    "odd_character",
]

# C0 but for tab, line feed and carriage return, which real histories and labels hold; DEL; C1;
# the bidirectional controls, which make text read in another order than it is stored.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_IN_TEXT = regex(f"[{_CONTROLS}]")
# A name has one line and nothing invisible, so that two names that look alike are alike.
_IN_NAME = regex(f"[{_CONTROLS}\t\n\r\u200b-\u200f\ufeff]")

#: Characters of recorded text that a fault's detail repeats.
_SHOWN = 200


def control_characters(text: str) -> bool:
    """Whether `text` has control or bidirectional characters that could rule a terminal."""
    # All of them are unprintable, and `isprintable` is a tenth of the cost.
    return not text.isprintable() and _IN_TEXT.search(text) is not None


def name_control_characters(name: str) -> bool:
    """Whether a name has control, bidirectional or invisible characters."""
    return not name.isprintable() and _IN_NAME.search(name) is not None


# Unicode, UAX 9, Explicit Directional Formatting Characters, and the marks that imply them.
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
# Letters that show as nothing (Unicode, Default_Ignorable_Code_Point), beside those of category Cf.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_SELECTORS = regex("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Scripts with letters that are drawn as Latin ones are (Unicode, UTS 39, confusables.txt).
_LOOKALIKES = ("CYRILLIC ", "GREEK ", "ARMENIAN ", "CHEROKEE ", "COPTIC ", "LISU ", "FULLWIDTH ",
               "MATHEMATICAL ", "LATIN LETTER SMALL CAPITAL ")  # fmt: skip
# Of a file's name: what hides or turns the text around it; marks and joiners may be spelling.
_MISLEADING = regex("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")


def odd_character(name: str) -> str | None:
    """Say what a name of an image has beyond printable ASCII, the worst of it; else `None`.

    Spec: distribution/reference, regexp.go, whose grammar is ASCII; Unicode, UTS 39.
    """
    if name.isascii() and name.isprintable():
        return None
    found = {_kind(character): character for character in reversed(name)}
    for kind in ("control", "bidirectional", "invisible", "undecodable", "lookalike", "foreign"):
        if kind in found:
            return _KINDS[kind].format(_called(found[kind]))
    return None


_KINDS = {
    "control": "the control character {}",
    "bidirectional": "{}, which turns the direction of the text",
    "invisible": "{}, which cannot be seen",
    "undecodable": "{}, which is no character",
    "lookalike": "{}, which looks like another",
    "foreign": "{}, which no reference may have",
}


def misleading_character(name: str) -> str | None:
    """Name the first character of a file's name that hides or turns what is around it."""
    found = None if name.isascii() else _MISLEADING.search(name)
    return _called(found[0]) if found is not None else None


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return "control"
    if character in _BIDIRECTIONAL:
        return "bidirectional"
    if category == "Cf" or character in _FILLERS or _SELECTORS.match(character):
        return "invisible"
    if category in ("Cs", "Cn", "Co"):
        return "undecodable"
    if character.isascii():
        return "plain"
    folded = unicodedata.normalize("NFKC", character)
    is_other_form = folded.isascii()
    is_alike = unicodedata.name(character, "").startswith(_LOOKALIKES)
    return "lookalike" if is_other_form or is_alike else "foreign"


def _called(character: str) -> str:
    """Call a character by its number and its name."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def clip(text: str) -> str:
    """Shorten recorded text to what one line can show; the text itself may have megabytes."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."

"""Keys that differ only in case: what Go takes for the same key, and whether it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._decode import OddNumber

if TYPE_CHECKING:
    from layertar.documents._decode import JsonValue

__all__ = ["Shape", "fold", "same"]

# Go's decoder takes a key that equals a field's name under simple folding. For names in ASCII
# that adds two letters to the alphabet: the long s and the Kelvin sign.
_FOLDED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ\N{LATIN SMALL LETTER LONG S}\N{KELVIN SIGN}",
    "abcdefghijklmnopqrstuvwxyzsk",
)


def fold(key: str) -> str:
    """Fold a key as Go's encoding/json does, as far as names in ASCII go."""
    return key.lower() if key.isascii() else key.translate(_FOLDED)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are the same JSON; in Python alone, 1 is True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, OddNumber) and isinstance(other, OddNumber):
        return one.text == other.text
    return one == other


class Shape:
    """The keys of an object, and how it spells those of the specification.

    A document of 100 000 descriptors has a handful of shapes, which its objects share.

    Attributes:
        folded: each folded key's spelling, the last where several keys fold alike.
        is_ambiguous: whether several keys fold alike.
    """

    __slots__ = ("_spelt", "folded", "is_ambiguous")

    def __init__(self, keys: tuple[str, ...]) -> None:
        """Fold the keys."""
        self.folded = {fold(key): key for key in keys}
        self.is_ambiguous = len(self.folded) != len(keys)
        self._spelt: dict[str, str | None] = {key: key for key in keys}

    def spelt(self, key: str) -> str | None:
        """Find the key as the object spells it, exactly first; `None` where it is absent."""
        try:
            return self._spelt[key]
        except KeyError:
            # Only keys of the specification are asked for, so this grows by a few.
            found = self._spelt[key] = self.folded.get(fold(key))
            return found

"""Objects of the specification: typed answers for the keys asked, and faults for the rest.

The readers of documents ask by key and type; what is of another type is told once, with its
place, and answered as absent. So no reader has a branch for what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from layertar.documents._document import NO_TEXTS
from layertar.documents._faults import token

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from layertar.documents._decode import JsonValue
    from layertar.documents._document import Document

__all__ = ["JsonObject", "read_objects", "read_root"]

_T = TypeVar("_T")


def read_root(document: Document) -> JsonObject:
    """Read a document whose value must be an object of the specification.

    Raises:
        DocumentError: it is another (`json-invalid`).
    """
    return JsonObject(document, document.members(), "")


def read_objects(
    document: Document, entries: Sequence[JsonValue], pointer: str
) -> tuple[JsonObject | None, ...]:
    """Read the entries of the array at `pointer` as objects; `None` for one that is none."""
    return tuple(
        _read_object(document, entry, f"{pointer}/{position}")
        for position, entry in enumerate(entries)
    )


def _read_object(document: Document, value: JsonValue, pointer: str) -> JsonObject | None:
    if isinstance(value, dict):
        return JsonObject(document, value, pointer)
    document.tell_type("an object", value, pointer)
    return None


class JsonObject:
    """An object of the specification: its keys, found as Go finds them.

    An answer is `None` where the key is absent or null (config.md: optional fields may be
    null), or where the value is of another type, which is then told.

    Attributes:
        pointer: the object's place (RFC 6901).
    """

    __slots__ = ("_document", "_members", "_shape", "pointer")

    def __init__(self, document: Document, members: Mapping[str, JsonValue], pointer: str) -> None:
        """Wrap the object at `pointer` of `document`."""
        self._document = document
        self._members = members
        self.pointer = pointer
        self._shape = document.shape(members, pointer)

    def _spelt(self, key: str) -> str | None:
        """Find the key as the document spells it: exactly first, then folded."""
        spelt = self._shape.spelt(key)
        if spelt is not None and spelt != key:
            self._document.misspelt(spelt, f"{self.pointer}/{token(spelt)}")
        return spelt

    def _get(self, key: str) -> JsonValue:
        if key in self._members:
            return self._members[key]
        spelt = self._spelt(key)
        return None if spelt is None else self._members[spelt]

    def _typed(self, key: str, kind: type[_T], expected: str) -> _T | None:
        value = self._get(key)
        if value is None:
            return None
        # True is an int to Python.
        if isinstance(value, kind) and isinstance(value, bool) is (kind is bool):
            return value
        self._document.tell_type(expected, value, self.place(key))
        return None

    def has(self, key: str) -> bool:
        """Whether the key is there, be it null."""
        return self._spelt(key) is not None

    def is_empty(self, key: str) -> bool:
        """Whether the key is absent, null or an empty string, which Go does not tell apart."""
        value = self._get(key)
        return value is None or value == ""

    def is_text(self, key: str) -> bool:
        """Whether the value is a string."""
        return isinstance(self._get(key), str)

    def check_map(self, key: str) -> None:
        """Tell a value that is no data map, whatever is in it."""
        self._typed(key, dict, "an object")

    def place(self, key: str) -> str:
        """Give the pointer of a key's value, the key as the document spells it."""
        return f"{self.pointer}/{token(self._spelt(key) or key)}"

    def string(self, key: str) -> str | None:
        """Read a string."""
        return self._typed(key, str, "a string")

    def checked_string(self, key: str, kind: str) -> str | None:
        """Read a string of a kind, and check it as `Document.check_text` does."""
        text = self.string(key)
        if text is not None:
            self._document.check_text(kind, text, self.place(key))
        return text

    def integer(self, key: str) -> int | None:
        """Read an integer within 2^53; `1.0` and `1e1` are none."""
        return self._typed(key, int, "an integer")

    def boolean(self, key: str) -> bool | None:
        """Read true or false."""
        return self._typed(key, bool, "true or false")

    def object(self, key: str) -> JsonObject | None:
        """Read an object of the specification."""
        value = self._get(key)
        return None if value is None else _read_object(self._document, value, self.place(key))

    def objects(self, key: str) -> tuple[JsonObject | None, ...] | None:
        """Read an array of objects; `None` in it where an entry is no object."""
        entries = self._array(key)
        return None if entries is None else read_objects(self._document, entries, self.place(key))

    def object_map(self, key: str) -> Mapping[str, JsonObject]:
        """Read a data map of objects, its keys exactly as they are."""
        value = self._get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._document.tell_type("an object", value, self.place(key))
            return {}
        place = self.place(key)
        self._document.check_count(len(value), place)
        found = {
            name: _read_object(self._document, entry, f"{place}/{token(name)}")
            for name, entry in value.items()
        }
        return {name: entry for name, entry in found.items() if entry is not None}

    def strings(self, key: str) -> tuple[str | None, ...] | None:
        """Read an array of strings; `None` in it where an entry is no string."""
        entries = self._array(key)
        if entries is None:
            return None
        for position, entry in enumerate(entries):
            if not isinstance(entry, str):
                place = f"{self.place(key)}/{position}"
                self._document.tell_type("a string", entry, place)
        return tuple(entry if isinstance(entry, str) else None for entry in entries)

    def checked_strings(self, key: str, kind: str) -> tuple[str, ...]:
        """Read the strings of an array, and check them as `Document.check_text` does."""
        found: list[str] = []
        for position, text in enumerate(self.strings(key) or ()):
            if text is not None:
                self._document.check_text(kind, text, f"{self.place(key)}/{position}")
                found.append(text)
        return tuple(found)

    def texts(self, key: str, kind: str, *, names: Collection[str] = ()) -> Mapping[str, str]:
        """Read a data map of strings of a kind, as `Document.texts` does."""
        value = self._get(key)
        if value is None:
            return NO_TEXTS
        return self._document.texts(value, self.place(key), kind, names=names)

    def tell_no_array(self, key: str) -> bool:
        """Tell an array that is due and is null or absent, which Go reads as empty."""
        if self._get(key) is not None:
            return False
        detail = f"{key} is {'null' if self.has(key) else 'absent'}, read as empty"
        self._document.log.add("json-null-array", detail, pointer=self.place(key))
        return True

    def _array(self, key: str) -> list[JsonValue] | None:
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, list):
            self._document.check_count(len(value), self.place(key))
            return value
        self._document.tell_type("an array", value, self.place(key))
        return None

"""Cursor: a value of a document, and the place it stands at, for errors that say where."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from layertar.digest import Digest
from layertar.documents import kind_of, parse_strictly
from layertar.errors import DigestError, DocumentError, ResultError
from layertar.platform import Platform
from layertar.report.json_v1 import SCHEMA_VERSION
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from layertar.documents import JsonValue

__all__ = ["Cursor", "result_root"]

_T = TypeVar("_T")


class Cursor(NamedTuple):
    """One value; every method raises `ResultError` where it is of another type.

    Attributes:
        value: as decoded.
        pointer: its place (RFC 6901).
    """

    value: JsonValue
    pointer: str

    def get(self, key: str) -> Cursor:
        """Go to the value of `key` of an object."""
        if not isinstance(self.value, dict):
            raise self._wrong("an object")
        if key not in self.value:
            raise ResultError(self.pointer, f"{key!r} is missing")
        return Cursor(self.value[key], f"{self.pointer}/{key}")

    def added(self, key: str) -> Cursor:
        """Go to the value of a key that older results do not have; null in these."""
        if isinstance(self.value, dict) and key not in self.value:
            return Cursor(None, f"{self.pointer}/{key}")
        return self.get(key)

    def items(self) -> Iterator[Cursor]:
        """Go through the entries of an array."""
        if not isinstance(self.value, list):
            raise self._wrong("an array")
        for position, item in enumerate(self.value):
            yield Cursor(item, f"{self.pointer}/{position}")

    def entries(self, key: str) -> Iterator[Cursor]:
        """Go through the entries of the array of `key`; there are none where it is missing."""
        if not isinstance(self.value, dict) or key in self.value:
            yield from self.get(key).items()

    def optional(self, read: Callable[[Cursor], _T]) -> _T | None:
        """Read the value by `read` unless it is null."""
        return None if self.value is None else read(self)

    def string(self) -> str:
        """Read a string."""
        if not isinstance(self.value, str):
            raise self._wrong("a string")
        return self.value

    def strings(self) -> tuple[str, ...]:
        """Read an array of strings."""
        return tuple(item.string() for item in self.items())

    def integer(self) -> int:
        """Read a whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self._wrong("a whole number")
        return self.value

    def boolean(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            raise self._wrong("true or false")
        return self.value

    def amount(self) -> int:
        """Read a whole number that is not negative."""
        if (number := self.integer()) < 0:
            raise ResultError(self.pointer, f"{number} is less than nothing")
        return number

    def one_of(self, words: Mapping[str, _T]) -> _T:
        """Read one of `words`."""
        word = self.string()
        if word not in words:
            raise ResultError(self.pointer, f"{word[:40]!r} is none of {', '.join(words)}")
        return words[word]

    def digest(self) -> Digest:
        """Read a digest."""
        try:
            return Digest.parse(self.string())
        except DigestError as error:
            raise ResultError(self.pointer, str(error)) from error

    def day(self) -> date:
        """Read a day."""
        try:
            return date.fromisoformat(self.string())
        except ValueError as error:
            raise ResultError(self.pointer, f"{error}") from error

    def platform(self) -> Platform:
        """Read `os/architecture[/variant]`; the parts of an odd one may be cut otherwise."""
        text = self.string()
        os, _, rest = text.partition("/")
        architecture, _, variant = rest.partition("/")
        platform = Platform(os, architecture, variant or None)
        if str(platform) == text:
            return platform
        # Slashes within the parts: any cut shows the same again.
        place = text.find("/", 1)
        platform = Platform(text[:place], text[place + 1 :])
        if place < 0 or str(platform) != text:
            raise ResultError(self.pointer, f"{text[:40]!r} is no os/architecture")
        return platform

    def _wrong(self, expected: str) -> ResultError:
        return ResultError(self.pointer, f"{kind_of(self.value)}, not {expected}")


def result_root(raw: bytes) -> Cursor:
    """Decode what some command's `--format json` wrote.

    Raises:
        ResultError: it is no JSON, or of another tool or `schema_version`; says where.
    """
    try:
        document = Cursor(parse_strictly(raw), "")
    except DocumentError as error:
        place = "" if error.offset is None else f" at byte {error.offset}"
        raise ResultError("", f"{error.reason}{place}") from error
    version = document.get("schema_version")
    if (number := version.integer()) != SCHEMA_VERSION:
        raise ResultError(version.pointer, f"it is {number}; this layertar reads {SCHEMA_VERSION}")
    name = document.get("tool").get("name")
    if name.string() != "layertar":
        raise ResultError(name.pointer, "it is of another tool")
    return document

"""JSON as the specification wants it, and the descriptors in it.

Spec: formats.md 1.3, 1.4 and appendix B.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.model.facts import OutOfScopeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Descriptor",
    "Document",
    "Fields",
    "is_digest",
    "normal_name",
    "parse",
    "read_descriptor",
]

_DIGEST: Final = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_HEX: Final = {"sha256": 64, "sha512": 128, "sha384": 96, "blake3": 64}
_DEEPEST: Final = 64
_LARGEST_NUMBER: Final = 2**53
_DIGITS: Final = 18
_SPACE: Final = " \t\r\n"


class _Odd:
    """A number that is none to every reader; wrong wherever a number is wanted."""


class Document(NamedTuple):
    """A document's value, `None` where nothing can be read, and whether all read it alike."""

    value: Any
    is_sound: bool


class Descriptor(NamedTuple):
    """A descriptor; `digest` is `None` where there is none that could be one."""

    media_type: str | None
    digest: str | None
    size: int | None
    data: bytes | None
    annotations: Mapping[str, str]
    platform: Mapping[str, Any] | None
    is_sound: bool

    @property
    def path(self) -> str | None:
        """The member that should hold the content."""
        return None if self.digest is None else f"blobs/{self.digest.replace(':', '/')}"


class Fields:
    """An object's values, by the type that each must have; null is absent (formats.md 1.7).

    Attributes:
        is_sound: whether all that was asked for so far was of its type.
    """

    def __init__(self, value: Any) -> None:
        """Read `value`; what is no object has no values, and is not sound."""
        self.is_sound = isinstance(value, dict)
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}

    def get(self, key: str, kind: type) -> Any:
        """The value of `key`, as Go finds it: in another case where it is in no other way."""
        folded = [name for name in self.value if name.lower() == key.lower()]
        if len(folded) > 1:
            raise OutOfScopeError("keys in two cases")
        found = self.value.get(folded[0]) if folded else None
        if found is None:
            return None
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            self.is_sound = False
            return None
        return found


def parse(raw: bytes) -> Document:
    """Read a document: of two values of a key the last, of two documents the first."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Document(None, is_sound=False)
    flaws: list[str] = []
    text = raw.decode(errors="replace")
    if text.encode() != raw or text.startswith("\ufeff"):
        flaws.append("not UTF-8, or a BOM")
    text = text.removeprefix("\ufeff").strip(_SPACE)
    try:
        value, end = _decoder(flaws).raw_decode(text)
    except (ValueError, RecursionError):
        return Document(None, is_sound=False)
    if text[end:]:
        flaws.append("more behind it")
    if re.search(r"[\ud800-\udfff]", "".join(_texts(value, 0))):
        flaws.append("half a character")
    return Document(value, is_sound=not flaws)


def _decoder(flaws: list[str]) -> json.JSONDecoder:
    """A decoder that tells what readers part over."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        if len(value) < len(found):
            flaws.append("a key twice")
        return value

    def odd(_: str) -> _Odd:
        return _Odd()

    def whole(number: str) -> int | _Odd:
        is_safe = len(number) < _DIGITS and abs(int(number)) <= _LARGEST_NUMBER
        return int(number) if is_safe else _Odd()

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_float=odd, parse_int=whole, parse_constant=odd
    )


def _texts(value: Any, depth: int) -> list[str]:
    """Every text in a value."""
    if depth > _DEEPEST:
        raise OutOfScopeError("too deep")
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for each in value.values() for text in _texts(each, depth + 1))]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each, depth + 1)]
    return []


def is_digest(text: str) -> bool:
    """Whether the text is a digest, of whatever algorithm."""
    algorithm, _, encoded = text.partition(":")
    if not _DIGEST.fullmatch(text):
        return False
    length = _HEX.get(algorithm)
    return length is None or re.fullmatch(f"[0-9a-f]{{{length}}}", encoded) is not None


def read_descriptor(value: Any) -> Descriptor:
    """Read a descriptor, keeping what can be kept."""
    fields = Fields(value)
    media_type = fields.get("mediaType", str)
    digest, size = fields.get("digest", str), fields.get("size", int)
    annotations = fields.get("annotations", dict) or {}
    platform = fields.get("platform", dict)
    is_sound = fields.is_sound and bool(media_type) and size is not None and size >= 0
    if any(not isinstance(each, str) for each in annotations.values()):
        is_sound = False
        annotations = {key: each for key, each in annotations.items() if isinstance(each, str)}
    if digest is None or not is_digest(digest):
        digest, is_sound = None, False
    data = None
    text = fields.get("data", str)
    if text is not None:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            is_sound = False
    return Descriptor(
        media_type, digest, size, data, annotations, platform, is_sound and fields.is_sound
    )


def normal_name(name: str) -> str:
    """A reference with what Docker supplies to it; for comparison only."""
    host, slash, rest = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = "docker.io", name
    if host == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    return f"{host}/{rest}" if ":" in rest else f"{host}/{rest}:latest"

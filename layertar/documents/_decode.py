"""JSON to plain values, strictly: what readers would take differently is told.

Python's `json` alone is too kind for an auditor. It takes UTF-16 and a byte order mark, lets
the last of two equal keys win in silence, reads `NaN`, raises `RecursionError` on deep nesting
and `ValueError` on integers of more than 4300 digits, and its `True` is an `int`. The first
five are handled here, the last by `_object`, which compares types.

Where Go's decoder (Docker, containerd, podman) still reads a value, the value is kept and the
fault told, so that the rest of the archive is examined. `DocumentError` is for the rest.

Spec: OCI image-spec main after 1.1.1 (documents are I-JSON); RFC 8259; RFC 7493.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from layertar.documents._faults import ROOT, Place
from layertar.errors import DocumentError
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.documents._faults import FaultLog
    from layertar.limits import Limits

__all__ = ["JsonValue", "OddNumber", "decode", "kind_of", "places_of_numbers"]

JsonValue: TypeAlias = (
    "bool | int | str | OddNumber | list[JsonValue] | dict[str, JsonValue] | None"
)

_NOT_WHITESPACE = regex(r"[^ \t\n\r]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Half of a surrogate pair written as an escape (group 1); whole pairs and all other escapes
# match too, so that the backslash of `\\` is never taken for the start of an escape.
_ESCAPE = regex(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|u([dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)"
)
_HALF_PAIR = regex(r"\\u[dD][89a-fA-F]")
# Beyond this, readers that keep numbers as doubles (JavaScript, jq) read another number.
_EXACT = 1 << 53
_EXACT_DIGITS = 17  # with a sign; longer texts are not even converted


class OddNumber:
    """A number that is no plain integer.

    Attributes:
        text: the number as the document spells it.
        reason: what is odd about it, as one clause.
        is_fraction: whether it is a finite fraction, ordinary where no integer is due.
        told: whether a fault has told it.
    """

    __slots__ = ("is_fraction", "reason", "text", "told")

    def __init__(self, text: str, reason: str, *, is_fraction: bool = False) -> None:
        """Keep the number as it is spelt."""
        self.text = text
        self.reason = reason
        self.is_fraction = is_fraction
        self.told = False


class _Doubled(dict[str, JsonValue]):
    """An object with equal keys; the last of each is kept, as Go and Python read it."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, JsonValue]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.repeated = tuple(key for key, count in counts.items() if count > 1)


class _Hooks:
    """What the scanner calls; it counts what a walk must look for afterwards."""

    __slots__ = ("_most", "doubled", "odd")

    def __init__(self, most: int) -> None:
        self._most = most
        self.doubled = 0
        self.odd: list[OddNumber] = []

    def pairs(self, pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        if self.doubled == self._most:
            raise DocumentError("json-too-large", f"more than {self._most} objects of equal keys")
        self.doubled += 1
        return _Doubled(pairs)

    def integer(self, text: str) -> int | OddNumber:
        if len(text) <= _EXACT_DIGITS:
            number = int(text)
            if -_EXACT <= number <= _EXACT:
                return number
        return self._odd(text, "beyond 2^53")

    def fraction(self, text: str) -> OddNumber:
        if math.isfinite(float(text)):
            return self._odd(text, "with a fraction or an exponent", is_fraction=True)
        return self._odd(text, "beyond double precision")

    def constant(self, text: str) -> OddNumber:
        return self._odd(text, "not of JSON")

    def _odd(self, text: str, reason: str, *, is_fraction: bool = False) -> OddNumber:
        if len(self.odd) == self._most:
            raise DocumentError("json-too-large", f"more than {self._most} odd numbers")
        number = OddNumber(text, reason, is_fraction=is_fraction)
        self.odd.append(number)
        return number


def decode(raw: bytes, *, log: FaultLog, limits: Limits) -> tuple[JsonValue, tuple[OddNumber, ...]]:
    """Decode one document; give its value and the odd numbers in it.

    Raises:
        DocumentError: nothing could be read (`json-too-large`, `json-not-utf8`, `json-invalid`,
            `json-too-deep`).
    """
    if len(raw) > limits.document_size:
        reason = f"{len(raw)} bytes, more than {limits.document_size}"
        raise DocumentError("json-too-large", reason)
    text, is_utf8 = _text(raw, log)
    brackets = text.count("[") + text.count("{")
    if brackets > limits.json_containers:
        reason = f"{brackets} objects and arrays, more than {limits.json_containers}"
        raise DocumentError("json-too-large", reason)
    hooks = _Hooks(limits.json_entries)
    start = _skip_whitespace(text, 0)
    value, end = _scan(text, start, hooks, is_utf8=is_utf8)
    trailing = _skip_whitespace(text, end)
    if trailing < len(text):
        # Go's Decoder stops after the first value; Unmarshal and other languages refuse.
        detail = "more text after the value"
        log.add("json-trailing-data", detail, offset=_offset(text, trailing) if is_utf8 else None)
    # A document with fewer brackets than levels needs no look at its values.
    if brackets > limits.json_depth:
        _check_depth(value, limits.json_depth)
    if hooks.doubled:
        _tell_doubled(value, log)
    return value, tuple(hooks.odd)


def _text(raw: bytes, log: FaultLog) -> tuple[str, bool]:
    """Decode as UTF-8; what is not becomes U+FFFD, as Go reads it, and is told."""
    # No text of JSON holds a NUL, and its first two characters are ASCII.
    if raw.startswith(_OTHER_MARKS) or (0 in raw[:2] and any(raw[:4])):
        raise DocumentError("json-not-utf8", "UTF-16 or UTF-32, not UTF-8", offset=0)
    is_utf8 = True
    if raw.startswith(_BYTE_ORDER_MARK):
        log.add("json-not-utf8", "starts with a byte order mark", offset=0)
        raw = raw[len(_BYTE_ORDER_MARK) :]
        is_utf8 = False
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        log.add("json-not-utf8", f"byte 0x{raw[error.start]:02x} is not UTF-8", offset=error.start)
        text = raw.decode("utf-8", "replace")
        is_utf8 = False
    if _HALF_PAIR.search(text):
        text = _whole_pairs(text, log, is_utf8=is_utf8)
    return text, is_utf8


def _whole_pairs(text: str, log: FaultLog, *, is_utf8: bool) -> str:
    """Replace escaped halves of surrogate pairs by U+FFFD, of the same length, as Go does.

    Left in, a half could equal a member's name, whose undecodable bytes Python spells so.
    """
    first = next((match for match in _ESCAPE.finditer(text) if match[1]), None)
    if first is None:
        return text
    offset = _offset(text, first.start()) if is_utf8 else None
    log.add("json-not-utf8", f"half a surrogate pair, {first[0]}", offset=offset)
    return _ESCAPE.sub(lambda match: "\\ufffd" if match[1] else match[0], text)


def _scan(text: str, start: int, hooks: _Hooks, *, is_utf8: bool) -> tuple[JsonValue, int]:
    """Read the value at `start`; give it and where it ends, in characters."""
    if start == len(text):
        raise DocumentError("json-invalid", "empty")
    decoder = json.JSONDecoder(
        object_pairs_hook=hooks.pairs,
        parse_int=hooks.integer,
        parse_float=hooks.fraction,
        parse_constant=hooks.constant,
    )
    try:
        value: JsonValue
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if not is_utf8:
            raise DocumentError("json-not-utf8", "neither UTF-8 nor JSON") from error
        reason = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise DocumentError("json-invalid", reason, offset=_offset(text, error.pos)) from error
    except RecursionError as error:
        raise DocumentError("json-too-deep", "nested too deep to be read") from error
    return value, end


def _skip_whitespace(text: str, start: int) -> int:
    match = _NOT_WHITESPACE.search(text, start)
    return match.start() if match else len(text)


def _offset(text: str, position: int) -> int:
    """Tell where a character of a document in UTF-8 lies, in bytes."""
    return len(text[:position].encode())


def _check_depth(value: JsonValue, maximum: int) -> None:
    """Refuse what is nested deeper than `maximum`."""
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > maximum:
            raise DocumentError("json-too-deep", f"nested deeper than {maximum} levels")
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]


_Steps: TypeAlias = "Iterator[tuple[str | int, JsonValue]]"


def _steps(value: JsonValue) -> _Steps:
    if isinstance(value, dict):
        return iter(value.items())
    return enumerate(value if isinstance(value, list) else ())


def _walk(root: JsonValue) -> Iterator[tuple[Place, JsonValue]]:
    """Walk all values in the document's order, in memory that grows with the depth alone."""
    yield ROOT, root
    open_containers: list[tuple[Place, _Steps]] = [(ROOT, _steps(root))]
    while open_containers:
        parent, steps = open_containers[-1]
        for key, value in steps:
            place = Place(parent, key)
            yield place, value
            if isinstance(value, dict | list):
                open_containers.append((place, _steps(value)))
                break
        else:
            open_containers.pop()


def _tell_doubled(value: JsonValue, log: FaultLog) -> None:
    for place, container in _walk(value):
        if isinstance(container, _Doubled):
            for key in container.repeated:
                detail = "the key occurs more than once; the last is used"
                log.add("json-duplicate-key", detail, pointer=Place(place, key))


def places_of_numbers(value: JsonValue) -> Iterator[tuple[Place, OddNumber]]:
    """Find the odd numbers within a value, in its order."""
    for place, number in _walk(value):
        if isinstance(number, OddNumber):
            yield place, number


def kind_of(value: JsonValue) -> str:
    """Name the type of a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else "a number"

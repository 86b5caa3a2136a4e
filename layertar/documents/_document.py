"""A document being read: its decoded value, and the faults met so far."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.documents._case import Shape, fold, same
from layertar.documents._decode import (
    JsonValue,
    OddNumber,
    decode,
    kind_of,
    places_of_numbers,
)
from layertar.documents._faults import FaultLog, token
from layertar.documents.text import control_characters, name_control_characters
from layertar.errors import DocumentError
from layertar.fault import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = ["NO_TEXTS", "Document"]

NO_TEXTS: Mapping[str, str] = MappingProxyType({})

# Shapes of objects remembered; real documents have a handful.
_MAX_SHAPES = 64
_LISTED_KEYS = 8


class Document:
    """One JSON document being read, with the faults met so far."""

    __slots__ = (
        "_misspelt",
        "_most",
        "_odd",
        "_shapes",
        "_shared",
        "_told_texts",
        "log",
        "value",
    )

    def __init__(self, raw: bytes, *, member: str, limits: Limits) -> None:
        """Decode `raw`, the bytes of `member`.

        Raises:
            DocumentError: nothing could be read.
        """
        self.log = FaultLog(member=member, limits=limits)
        self.value, self._odd = decode(raw, log=self.log, limits=limits)
        self._most = limits.json_entries
        self._misspelt: dict[str, str] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._shared: dict[str, str] = {}
        self._told_texts: set[str] = set()

    def check_count(self, count: int, pointer: str) -> None:
        """Refuse more entries of one array or map than any archive has.

        Raises:
            DocumentError: there are more (`json-too-large`).
        """
        if count > self._most:
            reason = f"{count} entries at {pointer or '/'}, more than {self._most}"
            raise DocumentError("json-too-large", reason)

    def members(self) -> Mapping[str, JsonValue]:
        """Give the keys and values of the document, which must be an object.

        Raises:
            DocumentError: it is another (`json-invalid`).
        """
        if not isinstance(self.value, dict):
            reason = f"expected an object, found {kind_of(self.value)}"
            raise DocumentError("json-invalid", reason)
        self.check_count(len(self.value), "")
        return self.value

    def entries(self) -> Sequence[JsonValue]:
        """Give the entries of the document, which must be an array.

        Raises:
            DocumentError: it is another (`json-invalid`).
        """
        if not isinstance(self.value, list):
            reason = f"expected an array, found {kind_of(self.value)}"
            raise DocumentError("json-invalid", reason)
        self.check_count(len(self.value), "")
        return self.value

    def texts(
        self, value: JsonValue, pointer: str, kind: str, *, names: Collection[str] = ()
    ) -> Mapping[str, str]:
        """Read a data map of strings, its keys exactly as they are; null is the empty string.

        `kind` is the kind of text, for `check_text`; the values of the keys `names` are names.
        """
        if value is None:
            return NO_TEXTS
        if not isinstance(value, dict):
            self.tell_type("an object", value, pointer)
            return NO_TEXTS
        self.check_count(len(value), pointer)
        texts: dict[str, str] = {}
        for key, text in value.items():
            place = f"{pointer}/{token(key)}"
            self.check_text(kind, key, place)
            if isinstance(text, str):
                self.check_text("name" if key in names else kind, text, place)
                texts[key] = text
            elif text is None:
                texts[key] = ""
            else:
                self.tell_type("a string", text, place)
        return MappingProxyType(texts)

    def share(self, text: str) -> str:
        """Give an equal text met before, so that a document keeps one of each media type."""
        return self._shared.setdefault(text, text)

    def tell_type(self, expected: str, value: JsonValue, pointer: str) -> None:
        """Tell that `value` is not what is due; `expected` with its article."""
        if isinstance(value, OddNumber) and (not value.is_fraction or expected == "an integer"):
            value.told = True
            self.log.add(
                "json-nonstandard-number",
                f"expected {expected}, found a number {value.reason}",
                pointer=pointer,
                recorded=value.text,
            )
            return
        detail = f"expected {expected}, found {kind_of(value)}"
        self.log.add("json-wrong-type", detail, pointer=pointer)

    def check_text(self, kind: str, text: str, pointer: str) -> None:
        """Tell the first text of a kind (`label`, `env`, `name`, ...) with control characters."""
        unsafe = name_control_characters if kind == "name" else control_characters
        if unsafe(text) and kind not in self._told_texts:
            self._told_texts.add(kind)
            self.log.add(
                "text-control-characters",
                f"control characters in a text of kind {kind}",
                pointer=pointer,
                recorded=text,
            )

    def shape(self, members: Mapping[str, JsonValue], pointer: str) -> Shape:
        """Give the shape of an object of the specification; keys alike but for case are told."""
        keys = tuple(members)
        shape = self._shapes.get(keys)
        if shape is None:
            shape = Shape(keys)
            if len(self._shapes) < _MAX_SHAPES:
                self._shapes[keys] = shape
        if shape.is_ambiguous:
            self._tell_variants(members, shape, pointer)
        return shape

    def _tell_variants(self, members: Mapping[str, JsonValue], shape: Shape, pointer: str) -> None:
        equal: dict[str, bool] = {}
        for key, value in members.items():
            last = shape.folded[fold(key)]
            if key != last:
                equal[last] = equal.get(last, True) and same(value, members[last])
        for key, is_equal in equal.items():
            values = "equal" if is_equal else "other"
            self.log.add(
                "json-case-variant-key",
                f"the key occurs twice but for case, with {values} values",
                pointer=f"{pointer}/{token(key)}",
                severity=Severity.WARNING if is_equal else None,
            )

    def misspelt(self, key: str, pointer: str) -> None:
        """Note that a key of another case than the specification's was used."""
        self._misspelt.setdefault(key, pointer)

    def faults(self) -> tuple[Fault, ...]:
        """Give all faults, once the document has been read."""
        if self._misspelt:
            keys = list(self._misspelt)
            more = len(keys) - _LISTED_KEYS
            listed = ", ".join(keys[:_LISTED_KEYS]) + (f" and {more} more" if more > 0 else "")
            self.log.add(
                "config-key-case",
                f"keys of another case than specified, read as Go reads them: {listed}",
                pointer=self._misspelt[keys[0]],
            )
        if not all(number.told or number.is_fraction for number in self._odd):
            self._note_odd_numbers()
        return self.log.faults()

    def _note_odd_numbers(self) -> None:
        """Note the numbers of fields not used that not every reader reads alike."""
        for place, number in places_of_numbers(self.value):
            if not (number.told or number.is_fraction):
                self.log.add(
                    "json-nonstandard-number",
                    f"a number {number.reason}, in a field that is not used",
                    pointer=place,
                    recorded=number.text,
                    severity=Severity.NOTE,
                )

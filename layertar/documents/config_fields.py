"""ConfigFields: a config as flat fields, each with its path, so that two can be compared.

The fields that have an order of their own and readers of their own, `history` and the diff_ids,
are left out. Nothing is judged here: an archive's faults are told by the other readers.

Spec: OCI image-spec, config.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from layertar.documents._decode import OddNumber
from layertar.documents._document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from layertar.documents._decode import JsonValue
    from layertar.limits import Limits

    #: The keys that lead to a field, such as `config`, `Env`, `PATH`.
    FieldPath: TypeAlias = tuple[str, ...]
    #: A text, number or truth as it is; an array as the texts in it.
    FieldValue: TypeAlias = "bool | int | str | tuple[str, ...]"

__all__ = ["config_fields"]

_HISTORY = ("history",)
_DIFF_IDS = ("rootfs", "diff_ids")
_ENV = "Env"
# `config` and, before Docker 25, `container_config`.
_ENV_DEPTH = 2


def config_fields(raw: bytes, *, limits: Limits) -> Mapping[FieldPath, FieldValue]:
    """Read a config as flat fields; null and empty arrays and objects are as good as absent.

    An `Env` is a map of names to values, of which the last counts, as a runtime takes it.

    Raises:
        DocumentError: nothing could be read.
    """
    document = Document(raw, member="", limits=limits)
    return dict(_fields(document.members()))


def _fields(root: Mapping[str, JsonValue]) -> Iterator[tuple[FieldPath, FieldValue]]:
    waiting: list[tuple[FieldPath, JsonValue]] = [((), dict(root))]
    while waiting:
        path, value = waiting.pop()
        if value is None or path in (_HISTORY, _DIFF_IDS):
            continue
        if isinstance(value, dict):
            # A set, such as ExposedPorts, has members with nothing in them.
            if not value and len(path) > _ENV_DEPTH:
                yield path, True
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            if len(path) == _ENV_DEPTH and path[-1] == _ENV:
                yield from _environment(path, value)
            elif value:
                yield path, tuple(map(_text, value))
        else:
            yield path, value.text if isinstance(value, OddNumber) else value


def _environment(
    path: FieldPath, entries: Sequence[JsonValue]
) -> Iterator[tuple[FieldPath, FieldValue]]:
    for entry in entries:
        name, _, value = _text(entry).partition("=")
        yield (*path, name), value


def _text(value: JsonValue) -> str:
    """Give a text as it is, and anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), default=lambda number: number.text)

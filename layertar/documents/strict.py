"""Strict JSON: a document of our own, in which nothing odd is to be read around."""

from __future__ import annotations

from layertar.documents._decode import JsonValue, decode, kind_of
from layertar.documents._faults import FaultLog
from layertar.errors import DocumentError
from layertar.limits import DEFAULT_LIMITS
from layertar.value import replace

__all__ = ["STRICT_SIZE", "JsonValue", "kind_of", "parse_strictly"]

#: Bytes at most. A result lists every layer and finding of every archive; an archive's documents
#: are smaller.
STRICT_SIZE = 1 << 30
_CONTAINERS = 50_000_000
_LIMITS = replace(
    DEFAULT_LIMITS, document_size=STRICT_SIZE, json_containers=_CONTAINERS, json_entries=_CONTAINERS
)


def parse_strictly(raw: bytes) -> JsonValue:
    """Read one JSON value: UTF-8, no key twice, nothing behind it, no number but integers.

    Raises:
        DocumentError: it is none.
    """
    log = FaultLog(member="", limits=_LIMITS)
    value, odd = decode(raw, log=log, limits=_LIMITS)
    for fault in log.faults():
        place = f" at {fault.pointer}" if fault.pointer else ""
        raise DocumentError(fault.rule, f"{fault.detail}{place}", offset=fault.offset)
    for number in odd:
        raise DocumentError("json-invalid", f"the number {number.text[:40]} is {number.reason}")
    return value

"""Documents as plain values, and short questions about the faults of what was read."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeAlias

from layertar.documents import parse_config, parse_index, parse_manifest
from layertar.fault import Severity
from layertar.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from layertar.documents import ImageConfig, Index, Manifest
    from layertar.fault import Fault

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

MEMBER = "blobs/sha256/ab"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest(content: str = "") -> str:
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def descriptor(**changes: Json) -> dict[str, Json]:
    return {"mediaType": LAYER_TYPE, "digest": digest(), "size": 5, **changes}


def manifest(**changes: Json) -> dict[str, Json]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(mediaType=CONFIG_TYPE),
        "layers": [descriptor()],
        **changes,
    }


def index(**changes: Json) -> dict[str, Json]:
    entry = descriptor(mediaType=MANIFEST_TYPE, platform={"os": "linux", "architecture": "amd64"})
    return {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [entry], **changes}


def config(**changes: Json) -> dict[str, Json]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest("layer")]},
        **changes,
    }


def without(document: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    return {key: value for key, value in document.items() if key not in keys}


def encode(value: Json) -> bytes:
    return json.dumps(value).encode()


def read_manifest(value: Json | bytes, *, media_type: str | None = None) -> Manifest:
    raw = value if isinstance(value, bytes) else encode(value)
    return parse_manifest(raw, member=MEMBER, limits=DEFAULT_LIMITS, media_type=media_type)


def read_index(value: Json | bytes) -> Index:
    raw = value if isinstance(value, bytes) else encode(value)
    return parse_index(raw, member=MEMBER, limits=DEFAULT_LIMITS)


def read_config(value: Json | bytes) -> ImageConfig:
    raw = value if isinstance(value, bytes) else encode(value)
    return parse_config(raw, member=MEMBER, limits=DEFAULT_LIMITS)


def told(faults: Iterable[Fault]) -> list[tuple[str, str | None]]:
    """Each fault's rule and pointer."""
    return [(fault.rule, fault.pointer) for fault in faults]


def notes(faults: Iterable[Fault]) -> list[str]:
    """The rules of the faults that say of themselves that they are notes."""
    return [fault.rule for fault in faults if fault.severity is Severity.NOTE]

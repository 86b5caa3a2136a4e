"""The kind of a document that no descriptor speaks of: its own word, else its keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from layertar import mediatype

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["probe_media_type", "stated_media_type"]

_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def probe_media_type(raw: bytes) -> str:
    """Return a document's media type; that of a manifest where nothing tells.

    This only decides how the document is read; what is wrong with it is told by whoever reads it.
    """
    value = _object(raw)
    if value is None:
        return mediatype.OCI_MANIFEST
    media_type = value.get("mediaType")
    if isinstance(media_type, str) and media_type and not _is_misnamed(media_type, value):
        return media_type
    if "fsLayers" in value:
        return _SCHEMA1
    if "manifests" in value and "layers" not in value:
        return mediatype.OCI_INDEX
    return mediatype.OCI_MANIFEST


def stated_media_type(raw: bytes) -> str | None:
    """Return the media type that a document states of itself; `None` for one that states none."""
    media_type = (_object(raw) or {}).get("mediaType")
    return media_type if isinstance(media_type, str) else None


def _object(raw: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(raw) if raw.lstrip(b" \t\r\n").startswith(b"{") else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_misnamed(media_type: str, value: Mapping[str, object]) -> bool:
    """Whether a type that nobody knows names what has all the keys of a manifest or an index.

    Taken at its word it would be an opaque blob, and nothing that it names would be looked for.
    """
    if mediatype.is_known(media_type):
        return False
    is_manifest = isinstance(value.get("config"), dict) and isinstance(value.get("layers"), list)
    return is_manifest or isinstance(value.get("manifests"), list)

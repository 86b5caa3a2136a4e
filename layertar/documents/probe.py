"""The kind of a document that no descriptor speaks of: its own word, else its keys."""

from __future__ import annotations

import json

from layertar import mediatype

__all__ = ["probe_media_type"]

_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def probe_media_type(raw: bytes) -> str:
    """Return a document's media type; that of a manifest where nothing tells.

    This only decides how the document is read; what is wrong with it is told by whoever reads it.
    """
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return mediatype.OCI_MANIFEST
    media_type = value.get("mediaType")
    if isinstance(media_type, str) and media_type:
        return media_type
    if "fsLayers" in value:
        return _SCHEMA1
    if "manifests" in value and "layers" not in value:
        return mediatype.OCI_INDEX
    return mediatype.OCI_MANIFEST

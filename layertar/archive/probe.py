"""Descriptors for what nothing describes, by its own word and its keys."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.documents import Descriptor, probe_media_type

if TYPE_CHECKING:
    from layertar.digest import Digest

__all__ = ["bare_descriptor", "probe_media_type"]


def bare_descriptor(media_type: str, digest: Digest | None = None) -> Descriptor:
    """Return a descriptor for what nothing describes, of a digest where something records it."""
    return Descriptor(
        media_type=media_type,
        digest=digest,
        recorded_digest=str(digest) if digest is not None else "",
        size=None,
        urls=(),
        annotations=MappingProxyType({}),
        data=None,
        platform=None,
        artifact_type=None,
        pointer="",
    )

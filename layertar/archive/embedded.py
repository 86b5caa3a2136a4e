"""Embedded: blobs that documents carry in `data`, whichever descriptor has them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.archive.oci_manifest import embedded_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.digest import Digest
    from layertar.documents import Descriptor

__all__ = ["Embedded"]


class Embedded:
    """What is embedded for blobs that are no members, as it is met.

    One descriptor's `data` is the content of its digest, and so there for every descriptor of
    that digest (OCI image-spec, descriptor.md, Embedded Content).
    """

    def __init__(self, known: Mapping[Digest, bytes]) -> None:
        """Begin with what is known to be embedded, by whatever means."""
        self._found: dict[Digest, bytes] = dict(known)
        self._missed: set[Digest] = set()

    def find(self, descriptor: Descriptor) -> bytes | None:
        """Return what is embedded for a descriptor, by it or by one before it."""
        digest = descriptor.digest
        if digest is None:
            return None
        found = self._found.get(digest)
        if found is None:
            found = embedded_data(descriptor)
            if found is None:
                self._missed.add(digest)
            else:
                self._found[digest] = found
        return found

    @property
    def late(self) -> Mapping[Digest, bytes]:
        """All that was found, if something missed a part of it before it was met; else nothing."""
        return MappingProxyType({} if self._missed.isdisjoint(self._found) else self._found)

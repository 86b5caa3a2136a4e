"""LoneDescriptor: a descriptor that is a document of its own, as a file below `refs/` was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import Document
from layertar.documents._object import read_root
from layertar.documents.descriptor import read_descriptor
from layertar.value import dataclass

if TYPE_CHECKING:
    from layertar.documents.descriptor import Descriptor
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = ["LoneDescriptor", "parse_lone_descriptor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneDescriptor:
    """A descriptor that is all of its document, as recorded.

    Attributes:
        raw: the document's bytes.
        descriptor: what they say.
        faults: what was met while reading.
    """

    raw: bytes
    descriptor: Descriptor
    faults: tuple[Fault, ...]


def parse_lone_descriptor(raw: bytes, *, member: str, limits: Limits) -> LoneDescriptor:
    """Read a file below `refs/` of an OCI layout.

    Raises:
        DocumentError: nothing could be read.

    Spec: OCI image-spec 1.0.0-rc4, image-layout.md, Refs.
    """
    document = Document(raw, member=member, limits=limits)
    descriptor = read_descriptor(document, read_root(document))
    return LoneDescriptor(raw=raw, descriptor=descriptor, faults=document.faults())

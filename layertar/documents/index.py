"""Index: the manifests of an image's platforms, or all that a layout holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import Document
from layertar.documents._head import read_head, tell_schema_version
from layertar.documents._object import read_root
from layertar.documents.descriptor import read_descriptors
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents.descriptor import Descriptor
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = ["Index", "parse_index"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index, OCI's or Docker's manifest list, as recorded.

    Attributes:
        raw: the document's bytes, which its digest covers.
        media_type: as the document itself says; `None` where it does not.
        schema_version: 2, by the specification.
        artifact_type: as recorded.
        manifests: in the document's order, which readers follow.
        subject: what the index is attached to.
        annotations: keys exactly as recorded.
        faults: what was met while reading.
    """

    raw: bytes
    media_type: str | None
    schema_version: int | None
    artifact_type: str | None
    manifests: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: Mapping[str, str]
    faults: tuple[Fault, ...]


def parse_index(raw: bytes, *, member: str, limits: Limits) -> Index:
    """Read an index.

    Raises:
        DocumentError: nothing could be read.

    Spec: OCI image-spec, image-index.md.
    """
    document = Document(raw, member=member, limits=limits)
    root = read_root(document)
    head = read_head(document, root)
    tell_schema_version(document, root, head.schema_version)
    root.tell_no_array("manifests")
    manifests = read_descriptors(document, root, "manifests") or ()
    return Index(
        raw=raw,
        media_type=head.media_type,
        schema_version=head.schema_version,
        artifact_type=head.artifact_type,
        manifests=manifests,
        subject=head.subject,
        annotations=head.annotations,
        faults=document.faults(),
    )

"""What indexes and manifests have in common, and how one document could be both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents.descriptor import read_annotations, read_descriptor
from layertar.fault import Severity
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents._document import Document
    from layertar.documents._object import JsonObject
    from layertar.documents.descriptor import Descriptor

__all__ = ["Head", "read_head", "tell_schema_version"]

# The keys by which a reader that ignores media types tells what a document is.
_FAMILIES = {
    "index": ("manifests",),
    "manifest": ("config", "layers"),
    "schema 1 manifest": ("fsLayers",),
    "artifact manifest": ("blobs",),
}
_SCHEMA_VERSION = 2


class Head(NamedTuple):
    """The fields of `Index` and `Manifest` that mean the same in both."""

    media_type: str | None
    schema_version: int | None
    artifact_type: str | None
    subject: Descriptor | None
    annotations: Mapping[str, str]


def read_head(document: Document, root: JsonObject) -> Head:
    """Read the common fields, and tell a document that can be taken for two kinds.

    Spec: OCI image-spec, manifest.md and image-index.md; CVE-2021-41190.
    """
    media_type = root.string("mediaType") or None
    if root.is_empty("mediaType"):
        document.log.add(
            "media-type-absent", "no mediaType within", pointer=root.place("mediaType")
        )
    kinds = [kind for kind, keys in _FAMILIES.items() if any(map(root.has, keys))]
    if len(kinds) > 1:
        detail = f"has the keys of several kinds of document: {', '.join(kinds)}"
        document.log.add("manifest-ambiguous", detail)
    subject = root.object("subject")
    return Head(
        media_type=media_type,
        schema_version=root.integer("schemaVersion"),
        artifact_type=root.string("artifactType") or None,
        subject=None if subject is None else read_descriptor(document, subject),
        annotations=read_annotations(root),
    )


def tell_schema_version(document: Document, root: JsonObject, version: int | None) -> None:
    """Tell a version other than 2; an absent one is only noted.

    Spec: OCI image-spec, manifest.md and image-index.md, schemaVersion.
    """
    place = root.place("schemaVersion")
    if root.is_empty("schemaVersion"):
        detail = "no schemaVersion"
        severity = Severity.NOTE
        document.log.add("manifest-schema-version", detail, pointer=place, severity=severity)
    elif version is not None and version != _SCHEMA_VERSION:
        detail = "the schemaVersion is not 2"
        document.log.add("manifest-schema-version", detail, pointer=place, recorded=str(version))

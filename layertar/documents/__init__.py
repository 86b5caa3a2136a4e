"""Bytes to typed documents: pure, without files or clock.

Each document keeps its bytes (`raw`: a digest covers bytes, never what they mean) and its
`faults`, what was met while reading it. What could be read is kept beside them, as a Go
decoder would read it; `DocumentError` is raised where nothing could. Documents say only what
is recorded: nothing here compares a document with anything else.
"""

from __future__ import annotations

from layertar.documents.carriers import (
    ArtifactIndex,
    Bundle,
    parse_artifact_index,
    parse_bundle,
)
from layertar.documents.config import HistoryEntry, ImageConfig, parse_config
from layertar.documents.descriptor import NAME_ANNOTATIONS, Descriptor
from layertar.documents.docker import (
    DockerManifest,
    DockerManifestItem,
    Repositories,
    RepositoryTag,
    V1Layer,
    parse_manifest_json,
    parse_repositories,
    parse_v1_layer,
)
from layertar.documents.index import Index, parse_index
from layertar.documents.lone import LoneDescriptor, parse_lone_descriptor
from layertar.documents.manifest import Manifest, parse_manifest
from layertar.documents.oci_layout import OciLayout, parse_oci_layout
from layertar.documents.probe import probe_media_type, stated_media_type
from layertar.documents.reference import (
    familiar,
    is_full,
    is_reference,
    normalise,
    repository,
)
from layertar.documents.schema1 import signed_payload
from layertar.documents.statement import Statement, parse_statement
from layertar.documents.strict import STRICT_SIZE, JsonValue, kind_of, parse_strictly
from layertar.documents.text import (
    control_characters,
    misleading_character,
    name_control_characters,
    odd_character,
)

__all__ = [
    "NAME_ANNOTATIONS",
    "STRICT_SIZE",
    "ArtifactIndex",
    "Bundle",
    "Descriptor",
    "DockerManifest",
    "DockerManifestItem",
    "HistoryEntry",
    "ImageConfig",
    "Index",
    "JsonValue",
    "LoneDescriptor",
    "Manifest",
    "OciLayout",
    "Repositories",
    "RepositoryTag",
    "Statement",
    "V1Layer",
    "control_characters",
    "familiar",
    "is_full",
    "is_reference",
    "kind_of",
    "misleading_character",
    "name_control_characters",
    "normalise",
    "odd_character",
    "parse_artifact_index",
    "parse_bundle",
    "parse_config",
    "parse_index",
    "parse_lone_descriptor",
    "parse_manifest",
    "parse_manifest_json",
    "parse_oci_layout",
    "parse_repositories",
    "parse_statement",
    "parse_strictly",
    "parse_v1_layer",
    "probe_media_type",
    "repository",
    "signed_payload",
    "stated_media_type",
]

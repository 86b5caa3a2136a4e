"""MEMBERS + DOCUMENTS -> WHAT EACH VIEW RECORDS.

One archive may have several views, and nothing in any specification makes them agree. So every
view reads itself, and nobody chooses between them: comparing them is the findings' business.
"""

from layertar.archive.base import VIEW_READERS, Archive, read_archive
from layertar.archive.docker import name_digest
from layertar.archive.naming import name_contents
from layertar.archive.orphans import Orphan, OrphanKind
from layertar.archive.record import (
    Claim,
    Name,
    Presence,
    RecordedArtifact,
    RecordedImage,
    RecordedIndex,
    RecordedLayer,
    Role,
    View,
    claims_of,
)

__all__ = [
    "VIEW_READERS",
    "Archive",
    "Claim",
    "Name",
    "Orphan",
    "OrphanKind",
    "Presence",
    "RecordedArtifact",
    "RecordedImage",
    "RecordedIndex",
    "RecordedLayer",
    "Role",
    "View",
    "claims_of",
    "name_contents",
    "name_digest",
    "read_archive",
]

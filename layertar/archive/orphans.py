"""Orphans: blobs of a layout that nothing refers to, and what they look like."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.documents import parse_config, parse_index, parse_manifest, parse_v1_layer
from layertar.errors import DocumentError, InputError, LimitError
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.archive.record import View
    from layertar.digest import Digest
    from layertar.documents import Manifest
    from layertar.limits import Limits
    from layertar.members import Content, Member

__all__ = ["Orphan", "OrphanKind", "find_orphans"]

# Orphans that are looked into; of more, only the names are known.
_LOOKED_INTO = 10_000


class OrphanKind(Enum):
    """What an orphan looks like; the value is how messages call it."""

    LEGACY_V1 = "a layer's json of old Docker"
    INDEX = "an index"
    MANIFEST = "a manifest"
    CONFIG = "an image config"
    REFERRER = "an artifact attached to a manifest"
    OTHER = "a blob"


class Orphan(NamedTuple):
    """A blob that nothing refers to.

    Attributes:
        kind: what it looks like.
        config: the config that it names, if it is a manifest.
    """

    kind: OrphanKind
    config: Digest | None = None


_BLOB = Orphan(OrphanKind.OTHER)


def find_orphans(
    content: Content, views: Iterable[View], limits: Limits, *, root: str = ""
) -> dict[Member, Orphan]:
    """Find the blobs that no view uses, below `root`; small ones are looked into."""
    claimed = (claim.member for view in views for claim, _ in view.digests())
    # Of a name that occurs twice, what refers to one refers to the other.
    used = {member.name for member in claimed if member is not None}
    used.update(member.name for view in views for member in view.documents)
    found: dict[Member, Orphan] = {}
    for member in content.table.files:
        if member.name in used or not member.name.startswith(f"{root}blobs/"):
            continue
        looks = len(found) < _LOOKED_INTO and member.size <= limits.document_sure_size
        found[member] = _look(content, member, limits) if looks else _BLOB
    return found


def _look(content: Content, member: Member, limits: Limits) -> Orphan:
    try:
        raw = content.read(member, limit=limits.document_sure_size)
    except (LimitError, InputError):
        return _BLOB
    try:
        return _read(raw, member.name, limits) if raw.startswith(b"{") else _BLOB
    except DocumentError:
        return _BLOB


def _read(raw: bytes, name: str, limits: Limits) -> Orphan:
    if parse_config(raw, member=name, limits=limits).has_rootfs:
        return Orphan(OrphanKind.CONFIG)
    # A config may have a `container_config`, too; a layer's json has no `rootfs`.
    layer = parse_v1_layer(raw, member=name, limits=limits)
    if layer.has_container_config and layer.created is not None:
        return Orphan(OrphanKind.LEGACY_V1)
    manifest = parse_manifest(raw, member=name, limits=limits)
    if manifest.config is not None:
        # cosign 3 saves signatures and attestations so: a registry finds them by their subject.
        is_artifact = manifest.subject is not None and not _is_image_like(manifest)
        kind = OrphanKind.REFERRER if is_artifact else OrphanKind.MANIFEST
        return Orphan(kind, manifest.config.digest)
    is_index = bool(parse_index(raw, member=name, limits=limits).manifests)
    return Orphan(OrphanKind.INDEX) if is_index else _BLOB


def _is_image_like(manifest: Manifest) -> bool:
    """Whether some reader may take a manifest for an image's."""
    types = [blob.media_type for blob in (manifest.config, *manifest.layers) if blob is not None]
    return any(
        not each or mediatype.is_image_config(each) or mediatype.is_layer(each) for each in types
    )

"""The bytes of an image's config, whatever the archive has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertar.findings import Evidence
    from layertar.image import JoinedImage

__all__ = ["raw_config"]


def raw_config(evidence: Evidence, image: JoinedImage) -> bytes | None:
    """Give the config, or of Docker before 1.10 the json of the top layer; `None` for neither."""
    archive, first = evidence.archive, image.first
    if first.config is not None:
        member = first.config.member
        return archive.raw.get(member) if member is not None else first.config.inline
    top = first.layers[-1].claim.document if first.layers else ""
    member = archive.table.find(top)
    return archive.raw.get(member) if member is not None else None

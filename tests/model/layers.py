"""Layers, and the diff_ids that a config records of them.

Spec: formats.md 6.1, R7, R8, R12, R31 and R32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.content import begins_as_tar, digest_of, inflate, is_supported, tar_flaw
from tests.model.facts import ModelLayer
from tests.model.kinds import is_layer
from tests.model.words import Fields, is_digest, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_layer", "read_diff_ids"]


def read_diff_ids(
    raw: bytes | None, media_types: Sequence[str | None]
) -> tuple[tuple[object, ...], str]:
    """The diff_ids of a config and what holds of it; an absent config says nothing."""
    if raw is None:
        return (), "verified"
    document = parse(raw)
    fields = Fields(document.value)
    rootfs = fields.get("rootfs", dict)
    inner = Fields(rootfs if rootfs is not None else {})
    found = inner.get("diff_ids", list) or []
    is_sound = document.is_sound and fields.is_sound and inner.is_sound
    is_sound &= all(isinstance(each, str) and is_digest(each) for each in found)
    # R8: where no layer is an image's layer, nothing is said of diff_ids.
    if len(found) != len(media_types) and (not media_types or any(map(is_layer, media_types))):
        is_sound = False
    return tuple(found), "verified" if is_sound else "failed"


def check_layer(
    data: bytes, *, digest: str | None, stored: str, diff_id: object, is_tar: bool
) -> ModelLayer:
    """Measure a layer and hold it against its diff_id (R7, R12, R31, R32)."""
    within = inflate(data)
    text = diff_id if isinstance(diff_id, str) and is_digest(diff_id) else None
    measured = None if within.broken else digest_of(within.data, text)
    verdict = stored
    if is_tar and text is not None and is_supported(text):
        is_true = measured == text
        verdict = "failed" if not is_true or stored == "failed" else "verified"
    if is_tar and (within.broken or tar_flaw(within.data)):
        verdict = "failed"
    begins = begins_as_tar(within.data)
    return ModelLayer(digest_of(data, digest), measured, verdict, is_tar=begins)

"""First fault: which measurement shows that an archive is not what it records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import name_digest
from layertar.codec import Compression

if TYPE_CHECKING:
    from layertar.archive import Archive
    from layertar.digest import Digest
    from layertar.measure import BlobMeasurement, Listener, Stop
    from layertar.members import Member

__all__ = ["stopping_at_first"]


def stopping_at_first(stop: Stop, archive: Archive | None, then: Listener | None) -> Listener:
    """Make a listener that stops the measuring at the first blob that contradicts a record.

    Only what a glance shows counts, and it may be mistaken: what the blob is found to be is for
    the checks to say.

    Args:
        stop: to be set.
        archive: what is recorded; `None` for a stream, of which only names are known so far.
        then: who wants to know of each measurement, too.
    """
    recorded: dict[Member, list[tuple[Digest | None, int | None, Digest | None]]] = {}
    for view in archive.views if archive is not None else ():
        for claim, diff_id in view.digests():
            if claim.member is not None:
                of_member = recorded.setdefault(claim.member, [])
                of_member.append((claim.digest, claim.size, diff_id))

    def take(member: Member, measured: BlobMeasurement) -> None:
        if then is not None:
            then(member, measured)
        facts = [(_named(member, measured), None, None), *recorded.get(member, ())]
        if any(
            _differs(digest, measured.digests)
            or size not in (None, measured.size)
            or _differs(diff_id, measured.diff_ids)
            for digest, size, diff_id in facts
        ):
            stop.is_set = True

    return take


def _named(member: Member, measured: BlobMeasurement) -> Digest | None:
    """Return the digest in the name of a layer; a signed manifest's is not that of its bytes."""
    is_layer = measured.compression is not Compression.NONE or (
        measured.tar is not None and measured.tar.is_tar
    )
    if not is_layer or "blobs" not in member.name.split("/")[-3:-2]:
        return None
    return name_digest(member.name)


def _differs(recorded: Digest | None, measured: dict[str, Digest]) -> bool:
    return recorded is not None and measured.get(recorded.algorithm, recorded) != recorded

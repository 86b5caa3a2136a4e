"""Damage: as much as can be known of a blob that is not what is recorded of it.

Each thing known is a note that belongs to the finding of that blob: it explains, and is told
together with it or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.codec import Breakage
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.checks.blobs import MISMATCH
from layertar.findings.draft import Draft, Order
from layertar.findings.model import Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim
    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence
    from layertar.measure import BlobMeasurement
    from layertar.members import Member

__all__ = ["check_damage"]

_NAME_PARTS = 3


def check_damage(evidence: Evidence) -> Iterator[Draft]:
    """Say of each damaged blob what is known: its length, where it breaks, what it is instead."""
    if not evidence.is_verified:
        return
    told: set[Member] = set()
    for use in evidence.uses.all:
        claim, member = use.claim, use.claim.member
        if member is None or claim.digest is None or claim.is_name or member in told:
            continue
        measurement = evidence.measured.of_member(member)
        if measurement is None or not _differs(measurement, claim.digest):
            continue
        told.add(member)
        rule = MISMATCH[claim.role]
        for words in _known(evidence, claim, member, measurement):
            yield Draft(
                rule,
                f"{member.name}: {words}",
                Location(member=member.name),
                cause=member,
                order=Order.CONTENT,
                severity=Severity.NOTE,
            )


def _differs(measurement: BlobMeasurement, digest: Digest) -> bool:
    return measurement.digests.get(digest.algorithm, digest) != digest


def _known(
    evidence: Evidence, claim: Claim, member: Member, measurement: BlobMeasurement
) -> Iterator[str]:
    instead = _instead(evidence, claim, member, measurement)
    if instead is not None:
        yield instead
        return
    # Elsewhere the digest of the name says where the right bytes are.
    if claim.digest is not None and _name_digest(evidence, member) != claim.digest:
        for place in evidence.measured.places(claim.digest)[:1]:
            yield f"the bytes with the digest {claim.digest} are in {place.name}"
    yield from _length(claim, measurement)
    yield from _place(measurement)


def _name_digest(evidence: Evidence, member: Member) -> Digest | None:
    """Return the digest that a blob's name under `blobs/` is, if it is one."""
    parts = member.name.removeprefix(evidence.archive.root).split("/")
    if parts[0] != "blobs" or len(parts) != _NAME_PARTS:
        return None
    try:
        return Digest.parse(f"{parts[1]}:{parts[2]}")
    except DigestError:
        return None


def _instead(
    evidence: Evidence, claim: Claim, member: Member, measurement: BlobMeasurement
) -> str | None:
    """Say which other recorded blob these bytes are: swapped, or one under the other's name."""
    for digest in measurement.digests.values():
        other = evidence.archive.table.find(f"blobs/{digest.algorithm}/{digest.encoded}")
        if other is None or other is member:
            continue
        found = evidence.measured.of_member(other)
        if found is None:
            return None
        if claim.digest is not None and claim.digest in found.digests.values():
            return f"swapped with {other.name}: each holds the bytes of the other"
        if digest in found.digests.values():
            return f"it holds the same bytes as {other.name}, in place of its own"
        return f"it holds the bytes that {other.name} should hold"
    return None


def _length(claim: Claim, measurement: BlobMeasurement) -> Iterator[str]:
    """Say what the length tells, where one is recorded."""
    if claim.size is None:
        return
    missing, trailing = claim.size - measurement.size, measurement.trailing
    if missing == 0:
        yield f"its length is the one recorded, {claim.size} bytes: bytes within it differ"
    elif trailing is not None and trailing.length == -missing:
        yield f"{trailing.length} bytes were appended to what has the recorded length"
    elif missing > 0 and _ends_early(measurement):
        yield f"it is cut short: the last {missing} of {claim.size} bytes are not here"


def _ends_early(measurement: BlobMeasurement) -> bool:
    broken, tar = measurement.broken, measurement.tar
    if broken is not None:
        return broken.kind is Breakage.TRUNCATED
    return tar is not None and tar.truncated is not None


def _place(measurement: BlobMeasurement) -> Iterator[str]:
    """Say where the first defect lies in the tar within, as far as that can be known."""
    broken, tar = measurement.broken, measurement.tar
    if tar is None or not tar.entries:
        return
    cut = tar.truncated
    if broken is not None and broken.kind in (Breakage.CORRUPT, Breakage.TRUNCATED):
        if cut is None:
            yield f"all {tar.entries} entries of its tar came out, in one of them bytes may differ"
        else:
            entry = f", within its entry {cut.member}" if cut.member else ""
            yield f"what could be uncompressed ends at byte {tar.size} of its tar{entry}"
        return
    defect = min((*tar.defects[:1], *((cut,) if cut else ())), key=_offset, default=None)
    if defect is not None:
        entry = f", at its entry {defect.member}" if defect.member else ""
        yield f"its tar is first at fault at byte {_offset(defect)}{entry}"


def _offset(fault: Fault) -> int:
    return fault.offset or 0

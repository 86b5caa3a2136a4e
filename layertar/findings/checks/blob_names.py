"""Names of blobs: each must be the digest of its bytes, whoever refers to it (R1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.checks.blobs import DAMAGED, is_signed, where
from layertar.findings.draft import Draft, Order
from layertar.findings.model import Location, Severity, failed, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.evidence import Evidence
    from layertar.members import Member

__all__ = ["RULES", "check_names", "name_mismatch"]

RULES = (
    failed("blob-digest-mismatch", "A blob is not what its name says.",
           DAMAGED,
           "OCI image-spec, image-layout.md, Blobs; containerd/containerd, "
           "core/images/archive/importer.go",
           why="containerd ignores the name, stores what the bytes are and then does not find "
           "the digest; umoci and oras refuse it, skopeo does for configs and layers; Trivy and "
           "Syft read it unchecked."),
    warning("blob-name-invalid", "A name under blobs/ is no digest.",
            "Remove it, or find out who wrote it.",
            "OCI image-spec, image-layout.md, Blobs",
            why="Nothing can refer to it by a digest, so it is no blob, and tools that check a "
            "layout refuse it."),
)  # fmt: skip

_NAME_PARTS = 3
_PLACES = 8
_TOLD = 100  # of blobs that nothing uses, told one by one


def check_names(evidence: Evidence) -> Iterator[Draft]:
    """Hold every blob of a layout against its own name (R1), whoever refers to it."""
    if not evidence.archive.views:
        return
    told: dict[str, int] = {}
    for member in evidence.archive.table.files:
        is_used = bool(evidence.uses.of(member))
        for draft in _name_faults(evidence, member, is_used=is_used):
            # Of blobs that nothing uses there may be a million; the rest is counted.
            count = told[draft.rule] = told.get(draft.rule, 0) + (not is_used)
            if is_used or count <= _TOLD:
                yield draft
    for rule, count in told.items():
        if count > _TOLD:
            yield Draft(rule, f"{count - _TOLD} more blobs that nothing refers to", Location())


def _name_faults(evidence: Evidence, member: Member, *, is_used: bool) -> Iterator[Draft]:
    parts = member.name.removeprefix(evidence.archive.root).split("/")
    if parts[0] != "blobs" or len(parts) != _NAME_PARTS:
        return
    try:
        digest = Digest.parse(f"{parts[1]}:{parts[2].partition('.')[0]}")
    except DigestError as error:
        if not is_used:
            location = Location(member=member.name)
            yield Draft("blob-name-invalid", f"{member.name}: {error.reason}", location)
        return
    if "." not in parts[2]:
        yield from _check_name(evidence, member, digest)


def _check_name(evidence: Evidence, member: Member, digest: Digest) -> Iterator[Draft]:
    draft = name_mismatch(evidence, member, digest)
    if draft is None:
        return
    yield draft
    for place in evidence.measured.places(digest)[:_PLACES]:
        yield Draft(
            "blob-digest-mismatch",
            f"the bytes with the digest {digest} are in {place.name}",
            Location(member=place.name),
            cause=member,
            order=Order.CONTENT,
            severity=Severity.NOTE,
        )


def name_mismatch(evidence: Evidence, member: Member, digest: Digest) -> Draft | None:
    """Say that a blob is not what its name says; `None` where it is, or was not measured."""
    measurement = evidence.measured.of_member(member)
    measured = measurement.digests.get(digest.algorithm) if measurement is not None else None
    if measured is None or measured == digest:
        return None
    uses = evidence.uses.of(member)
    if any(is_signed(evidence, use, digest) for use in uses):
        return None
    return Draft(
        "blob-digest-mismatch",
        f"{member.name}: its name says {digest}, measured {measured}",
        where(evidence, uses[0]) if uses else Location(member=member.name),
        recorded=str(digest),
        measured=str(measured),
        cause=member,
        order=Order.NAME,
        subjects=evidence.uses.subjects(member),
    )

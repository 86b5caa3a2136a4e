"""Blobs: present, named after what they are, and what their descriptors record (R1 to R6, R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import Role
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.draft import Draft, Order
from layertar.findings.model import Location, Severity, failed, note, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.evidence import Evidence, Subject, Use
    from layertar.members import Member

__all__ = [
    "RULES",
    "called",
    "check_claims",
    "check_names",
    "document_of",
    "subjects_of",
    "where",
]

_DAMAGED = "Save or copy the image again; if that does not help, the source itself is damaged."
_DESCRIPTOR = "OCI image-spec, descriptor.md, Digests and Verification"

RULES = (
    failed("blob-digest-mismatch", "A blob is not what its name says (R1).",
           _DAMAGED, "OCI image-spec, image-layout.md, Blobs"),
    failed("index-digest-mismatch", "An index is not what its descriptor records (R2, R4).",
           _DAMAGED, _DESCRIPTOR),
    failed("manifest-digest-mismatch", "A manifest is not what its descriptor records (R2, R4).",
           _DAMAGED, _DESCRIPTOR),
    failed("config-digest-mismatch", "A config is not what its manifest records (R5).",
           _DAMAGED, _DESCRIPTOR),
    failed("layer-digest-mismatch", "A layer is not what its manifest records (R6).",
           _DAMAGED, _DESCRIPTOR),
    failed("descriptor-size-mismatch", "A blob has another size than its descriptor says (R3).",
           _DAMAGED, "OCI image-spec, descriptor.md, size"),
    failed("descriptor-data-mismatch", "Embedded data is not what the descriptor records (R14).",
           "Do not load it: readers take either.", "OCI image-spec, descriptor.md, data"),
    warning("digest-algorithm-unsupported", "A digest's algorithm is not one layertar computes.",
            "Check it with a tool that does.",
            "OCI image-spec, descriptor.md, Registered algorithms"),
    note("digest-algorithm-sha512", "Digests are sha512; some loaders cannot find such blobs.",
         "Use sha256 where the archive has to load everywhere.", "formats.md 1.4"),
    warning("blob-name-invalid", "A name under blobs/ is no digest.",
            "Some readers refuse the layout.", "OCI image-spec, image-layout.md, Blobs"),
)  # fmt: skip

_MISMATCH = {
    Role.INDEX: "index-digest-mismatch",
    Role.MANIFEST: "manifest-digest-mismatch",
    Role.CONFIG: "config-digest-mismatch",
    Role.LAYER: "layer-digest-mismatch",
    Role.BLOB: "blob-digest-mismatch",
    Role.SUBJECT: "manifest-digest-mismatch",
}

_NAME_PARTS = 3


def subjects_of(use: Use) -> frozenset[Subject]:
    """Return whom a claim is for; nobody where it is an index's."""
    return frozenset({use.subject}) if use.subject is not None else frozenset()


def _layer_of(use: Use) -> int | None:
    """Return the layer's position where a claim is on an image's layer."""
    subject = use.subject
    return subject.position if subject is not None and subject.kind == "image" else None


def where(evidence: Evidence, use: Use) -> Location:
    """Return the place of what a claim leads to."""
    claim, subject = use.claim, use.subject
    image = None
    if subject is not None and subject.kind == "image":
        image = evidence.image_key(subject.number)
    return Location(
        member=claim.member.name if claim.member is not None else claim.path or None,
        pointer=None,
        image=image,
        layer=_layer_of(use),
    )


def called(use: Use) -> str:
    """Call a blob by what it is for: `layer 3`, `config`, `manifest`."""
    position = _layer_of(use)
    return f"layer {position}" if position is not None else use.claim.role.value


def check_names(evidence: Evidence) -> Iterator[Draft]:
    """Hold every blob of a layout against its own name (R1), whoever refers to it."""
    if not evidence.archive.views:
        return
    for member in evidence.archive.table.files:
        parts = member.name.split("/")
        if parts[0] != "blobs" or len(parts) != _NAME_PARTS:
            continue
        text = f"{parts[1]}:{parts[2].partition('.')[0]}"
        try:
            digest = Digest.parse(text)
        except DigestError as error:
            if not evidence.uses.of(member):
                message = f"{member.name}: {error.reason}"
                yield Draft("blob-name-invalid", message, Location(member=member.name))
            continue
        if "." not in parts[2]:
            yield from _check_name(evidence, member, digest)


def _check_name(evidence: Evidence, member: Member, digest: Digest) -> Iterator[Draft]:
    measurement = evidence.measured.of_member(member)
    measured = measurement.digests.get(digest.algorithm) if measurement is not None else None
    if measured is None or measured == digest:
        return
    message = f"{member.name}: its name says {digest}, measured {measured}"
    uses = evidence.uses.of(member)
    yield Draft(
        "blob-digest-mismatch",
        message,
        where(evidence, uses[0]) if uses else Location(member=member.name),
        recorded=str(digest),
        measured=str(measured),
        cause=member,
        order=Order.NAME,
        subjects=evidence.uses.subjects(member),
    )
    for place in evidence.measured.places(digest):
        yield Draft(
            "blob-digest-mismatch",
            f"the bytes with the digest {digest} are in {place.name}",
            Location(member=place.name),
            cause=member,
            order=Order.CONTENT,
            severity=Severity.NOTE,
        )


def check_claims(evidence: Evidence) -> Iterator[Draft]:
    """Hold what is present against every descriptor that records it (R2 to R6, R10, R14)."""
    told_sha512 = False
    for use in evidence.uses.all:
        claim = use.claim
        if claim.data is not None:
            yield from _check_data(evidence, use)
        if not claim.is_present:
            continue
        if claim.digest is not None:
            yield from _check_digest(evidence, use, claim.digest)
            if claim.digest.algorithm == "sha512" and not told_sha512:
                told_sha512 = True
                message = f"{claim.document}#{claim.pointer}: a sha512 digest"
                location = Location(member=claim.document, pointer=claim.pointer)
                yield Draft("digest-algorithm-sha512", message, location)
        if claim.size is not None:
            yield from _check_size(evidence, use, claim.size)


def _check_digest(evidence: Evidence, use: Use, digest: Digest) -> Iterator[Draft]:
    claim = use.claim
    measurement = evidence.measured.of(claim)
    if measurement is None:
        return
    measured = measurement.digests.get(digest.algorithm)
    place = where(evidence, use)
    cause: object = claim.member if claim.member is not None else claim
    if measured is None:
        if claim.is_name:
            return
        message = f"{called(use)}: {digest.algorithm} cannot be computed here; {digest} not checked"
        yield Draft(
            "digest-algorithm-unsupported",
            message,
            place,
            recorded=str(digest),
            cause=("algorithm", cause, digest),
            subjects=subjects_of(use),
        )
        return
    if measured == digest:
        return
    rule, order = _MISMATCH[claim.role], Order.DIGEST
    if claim.is_name:
        rule, order = "config-name-mismatch", Order.CONFIG_NAME
    message = (
        f"{called(use)}: digest recorded {digest} in {claim.document}#{claim.pointer}, "
        f"measured {measured}"
    )
    yield Draft(
        rule,
        message,
        place,
        recorded=str(digest),
        measured=str(measured),
        cause=cause,
        order=order,
        within=document_of(evidence, use),
        subjects=subjects_of(use),
    )


def document_of(evidence: Evidence, use: Use) -> Member | None:
    """Return the member whose document makes a claim."""
    return evidence.archive.table.find(use.claim.document)


def _check_size(evidence: Evidence, use: Use, size: int) -> Iterator[Draft]:
    """Compare sizes; a member's size is known without reading it."""
    claim, member = use.claim, use.claim.member
    if member is not None:
        if member is evidence.archive.framing.cut:
            return
        measured = member.size
    else:
        measured = len(claim.inline or b"")
    if measured == size or size < 0:
        return
    difference = measured - size
    message = (
        f"{called(use)}: size recorded {size} in {claim.document}#{claim.pointer}, "
        f"measured {measured} ({abs(difference)} bytes too {'many' if difference > 0 else 'few'})"
    )
    yield Draft(
        "descriptor-size-mismatch",
        message,
        where(evidence, use),
        recorded=str(size),
        measured=str(measured),
        cause=member if member is not None else claim,
        order=Order.SIZE,
        within=document_of(evidence, use),
        subjects=subjects_of(use),
    )


def _check_data(evidence: Evidence, use: Use) -> Iterator[Draft]:
    """Embedded data must be what digest and size record (descriptor.md, data)."""
    claim, data = use.claim, use.claim.data
    if data is None:
        return
    recorded, measured = "", ""
    if claim.size is not None and len(data) != claim.size:
        recorded, measured = f"{claim.size} bytes", f"{len(data)} bytes"
    if claim.digest is not None and claim.digest.is_supported:
        digest = Digest.of(data, algorithm=claim.digest.algorithm)
        if digest != claim.digest:
            recorded, measured = str(claim.digest), str(digest)
    if not recorded:
        return
    message = (
        f"{claim.document}#{claim.pointer}/data: the embedded {called(use)} is not what the "
        f"descriptor records: recorded {recorded}, measured {measured}"
    )
    location = Location(member=claim.document, pointer=f"{claim.pointer}/data")
    yield Draft(
        "descriptor-data-mismatch",
        message,
        location,
        recorded=recorded,
        measured=measured,
        within=document_of(evidence, use),
        subjects=subjects_of(use),
    )

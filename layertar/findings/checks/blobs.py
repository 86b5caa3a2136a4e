"""Blobs: are they what their descriptors record? (R2 to R6, R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Role
from layertar.digest import Digest
from layertar.documents import signed_payload
from layertar.findings.draft import Draft, Order
from layertar.findings.model import Location, failed, note, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.evidence import Evidence, Subject, Use
    from layertar.members import Member

__all__ = [
    "DAMAGED",
    "MISMATCH",
    "RULES",
    "called",
    "check_claims",
    "document_of",
    "is_signed",
    "subjects_of",
    "where",
]

#: What to do about any damaged blob.
DAMAGED = "Save or copy the image again; if that does not help, the source itself is damaged."
_DESCRIPTOR = "OCI image-spec, descriptor.md, Digests and Verification"

RULES = (
    failed("index-digest-mismatch", "An index is not what its descriptor records.",
           DAMAGED,
           "OCI image-spec, descriptor.md, Digests; google/go-containerregistry, "
           "pkg/v1/validate/index.go",
           why="Whatever it lists is not what the archive's entry promised. containerd does not "
           "find it, umoci and oras refuse it; skopeo 1.9 checks it only when asked for a "
           "digest, and crane compares the bytes with themselves."),
    failed("manifest-digest-mismatch", "A manifest is not what its descriptor records.",
           DAMAGED,
           "OCI image-spec, descriptor.md, Digests; google/go-containerregistry, "
           "pkg/v1/validate/image.go",
           why="Config and layers are not those that were signed or pinned by digest. containerd "
           "does not find it, umoci and oras refuse it; skopeo 1.9 checks it only when asked for "
           "a digest, and crane compares the bytes with themselves."),
    failed("config-digest-mismatch", "A config is not what its manifest records.",
           DAMAGED,
           "OCI image-spec, descriptor.md, Digests; google/go-containerregistry, "
           "pkg/v1/partial/compressed.go",
           why="Command, environment and the list of layers were exchanged or damaged. "
           "containerd, skopeo, umoci and oras refuse it; crane compares the size only, Trivy "
           "and Syft nothing."),
    failed("layer-digest-mismatch", "A layer is not what its manifest records.",
           DAMAGED,
           "OCI image-spec, descriptor.md, Digests",
           why="The files of the layer were exchanged or damaged, or it was compressed again. "
           "containerd, skopeo, umoci and oras refuse it; scanners such as Trivy and Syft read "
           "it unchecked."),
    failed("descriptor-size-mismatch", "A blob has another size than its descriptor says.",
           DAMAGED,
           "OCI image-spec, descriptor.md, Properties; containerd/containerd, "
           "core/images/archive/importer.go",
           why="umoci and oras refuse it, crane for layers only; docker load, containerd and "
           "skopeo do not compare sizes. Some registries refuse it on a push."),
    failed("descriptor-data-mismatch", "Embedded data is not what the descriptor records.",
           "Do not load it.",
           "OCI image-spec, descriptor.md, Embedded Content",
           why="containerd uses embedded data where length and digest agree, others always the "
           "blob or always the data: one digest then stands for two contents."),
    warning("digest-algorithm-unsupported", "A digest's algorithm is not one layertar computes.",
            "Check it with a tool that does.",
            "OCI image-spec, descriptor.md, Registered algorithms",
            why="The specification allows it, but nobody who cannot compute it can prove the "
            "content; most loaders refuse it."),
    note("digest-algorithm-sha512", "Digests are sha512; some loaders cannot find such blobs.",
         "Use sha256 where the archive has to load everywhere.",
         "OCI image-spec, descriptor.md, Registered algorithms; containerd/containerd, "
         "core/images/archive/importer.go",
         why="containerd stores what it imports by sha256 and never finds such a blob; crane and "
         "umoci know sha256 only."),
)  # fmt: skip

#: The rule of a digest that does not hold, by what the blob is said to be.
MISMATCH = {
    Role.INDEX: "index-digest-mismatch",
    Role.MANIFEST: "manifest-digest-mismatch",
    Role.CONFIG: "config-digest-mismatch",
    Role.LAYER: "layer-digest-mismatch",
    Role.BLOB: "blob-digest-mismatch",
    Role.SUBJECT: "manifest-digest-mismatch",
}


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
    if measured == digest or is_signed(evidence, use, digest):
        return
    rule, order = MISMATCH[claim.role], Order.DIGEST
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


def _signed_payload(evidence: Evidence, use: Use) -> bytes | None:
    """Return what the digest of a schema 1 manifest covers: all but its signatures."""
    claim = use.claim
    if not mediatype.is_schema1(claim.media_type or "") or claim.member is None:
        return None
    raw = evidence.archive.raw.get(claim.member)
    return signed_payload(raw) if raw is not None else None


def is_signed(evidence: Evidence, use: Use, digest: Digest) -> bool:
    """Whether a digest is that of a schema 1 manifest without its signatures."""
    payload = _signed_payload(evidence, use) if digest.is_supported else None
    return payload is not None and Digest.of(payload, algorithm=digest.algorithm) == digest


def _is_signed_size(evidence: Evidence, use: Use, size: int) -> bool:
    """Whether a size is that of a schema 1 manifest without its signatures."""
    payload = _signed_payload(evidence, use)
    return payload is not None and len(payload) == size


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
    if measured == size or size < 0 or _is_signed_size(evidence, use, size):
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
        link=use.claim if use.claim.role is Role.INDEX else None,
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
        f"descriptor records: recorded {recorded}, measured {measured}; containerd passes over "
        "such data and takes the blob, others take the data"
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
        link=use.claim if use.claim.role is Role.INDEX else None,
    )

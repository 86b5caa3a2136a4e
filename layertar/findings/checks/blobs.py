"""Blobs: present, named after what they are, and what their descriptors record (R1 to R6, R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Presence, RecordedImage, Role
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.checks.framing import CUT
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import missing_cause
from layertar.findings.model import Location, Severity, failed, incomplete, note, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.findings.evidence import Evidence, Subject, Use
    from layertar.members import Member

__all__ = ["RULES", "check_absence", "check_claims", "check_names", "layer_of", "where"]

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
    incomplete("blob-missing", "Something that is needed is not in the archive.",
               "Save the image again, complete.", "formats.md 2.5"),
    note("blob-missing-external", "A layer is kept elsewhere, as its media type allows.",
         "None needed; the loading machine fetches it.",
         "OCI image-spec, layer.md, Non-Distributable Layers"),
    note("platform-not-included", "An index lists a platform that is not in the archive.",
         "None needed, unless this platform is wanted.", "formats.md 2.5"),
    warning("platform-partial", "Of a platform only the manifest is in the archive.",
            "Save this platform too, if it is wanted.", "formats.md 2.5"),
    incomplete("docker-config-missing", "The config that manifest.json names is not here.",
               "Save the image again, complete.", "formats.md 2.6"),
    incomplete("docker-layer-missing", "A layer that manifest.json names is not here.",
               "Save the image again; a load delta needs its base image.", "formats.md 3.10"),
    note("referrer-subject-missing", "What an artifact is attached to is not in the archive.",
         "None needed.", "OCI image-spec, manifest.md, subject"),
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


def _subjects(use: Use) -> frozenset[Subject]:
    return frozenset({use.subject}) if use.subject is not None else frozenset()


def layer_of(use: Use) -> int | None:
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
        layer=layer_of(use),
    )


def _called(use: Use) -> str:
    """Call a blob by what it is for: `layer 3`, `config`, `manifest`."""
    position = layer_of(use)
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
        message = (
            f"{_called(use)}: {digest.algorithm} cannot be computed here; {digest} not checked"
        )
        yield Draft(
            "digest-algorithm-unsupported",
            message,
            place,
            recorded=str(digest),
            cause=("algorithm", cause, digest),
            subjects=_subjects(use),
        )
        return
    if measured == digest:
        return
    rule, order = _MISMATCH[claim.role], Order.DIGEST
    if claim.is_name:
        rule, order = "config-name-mismatch", Order.CONFIG_NAME
    message = (
        f"{_called(use)}: digest recorded {digest} in {claim.document}#{claim.pointer}, "
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
        within=_document(evidence, use),
        subjects=_subjects(use),
    )


def _document(evidence: Evidence, use: Use) -> Member | None:
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
        f"{_called(use)}: size recorded {size} in {claim.document}#{claim.pointer}, "
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
        within=_document(evidence, use),
        subjects=_subjects(use),
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
        f"{claim.document}#{claim.pointer}/data: the embedded {_called(use)} is not what the "
        f"descriptor records: recorded {recorded}, measured {measured}"
    )
    location = Location(member=claim.document, pointer=f"{claim.pointer}/data")
    yield Draft(
        "descriptor-data-mismatch",
        message,
        location,
        recorded=recorded,
        measured=measured,
        within=_document(evidence, use),
        subjects=_subjects(use),
    )


def check_absence(evidence: Evidence) -> Iterator[Draft]:
    """Tell what is named and not here, and whether it may lawfully be elsewhere."""
    told: set[object] = set()
    for use in evidence.uses.all:
        if use.claim.is_present:
            if use.claim.member is evidence.archive.framing.cut:
                yield _cut(evidence, use)
            elif _is_placeholder(use):
                yield _missing(evidence, use, "docker-layer-missing", "is a placeholder of 0 bytes")
            continue
        if use.claim.digest is None and not use.claim.path:
            continue  # The document's own fault says why this leads nowhere.
        draft = _absent(evidence, use)
        if draft.rule != "platform-partial":
            yield draft
        elif draft.cause not in told:
            told.add(draft.cause)
            yield draft


def _absent(evidence: Evidence, use: Use) -> Draft:
    claim, record = use.claim, use.record
    if claim.role is Role.INDEX and use.subject is None:
        presence = _index_presence(evidence, use)
    else:
        presence = record.presence if record is not None else Presence.DUE
    if claim.role is Role.SUBJECT:
        return _missing(evidence, use, "referrer-subject-missing", "is not in the archive")
    wanted = evidence.wanted_absent is not None and record is evidence.wanted_absent
    if not wanted:
        if mediatype.is_nondistributable(claim.media_type or ""):
            return _missing(evidence, use, "blob-missing-external", "is kept elsewhere")
        if presence is Presence.ABSENT:
            return _missing(evidence, use, "platform-not-included", _platform_words(use))
        if presence is Presence.HOLLOW and not _is_wanted(evidence, use):
            words = f"{_platform_words(use)}: its manifest is here, config and layers are not"
            draft = _missing(evidence, use, "platform-partial", words)
            return draft._replace(cause=("partial", use.subject and use.subject[:2]))
    rule = "blob-missing"
    if isinstance(record, RecordedImage) and record.view == "docker":
        rule = "docker-config-missing" if claim.role is Role.CONFIG else "docker-layer-missing"
    return _missing(evidence, use, rule, "is not in the archive")


def _is_wanted(evidence: Evidence, use: Use) -> bool:
    subject = use.subject
    return subject is not None and subject.kind == "image" and subject.number == evidence.wanted


def _index_presence(evidence: Evidence, use: Use) -> Presence:
    for view in evidence.archive.views:
        for index in view.indexes:
            if index.claim is use.claim:
                return index.presence
    return Presence.DUE


def _platform_words(use: Use) -> str:
    record = use.record
    platform = record.platform if isinstance(record, RecordedImage) else None
    return f"the platform {platform} is not included" if platform else "is not included"


def _missing(evidence: Evidence, use: Use, rule: str, words: str) -> Draft:
    claim = use.claim
    path = claim.path or "(no path)"
    message = f"{_called(use)}: {path} {words} (named in {claim.document}#{claim.pointer})"
    message += _found_elsewhere(evidence, use)
    cause: object = missing_cause(evidence, claim.path)
    if rule == "blob-missing" and claim.role in (Role.MANIFEST, Role.INDEX) and not use.subject:
        cause = ("children", claim.document)  # Nothing of an index is here: told once.
    is_due = rule in ("blob-missing", "docker-config-missing", "docker-layer-missing")
    if is_due and evidence.is_cut:
        cause = CUT
    return Draft(
        rule,
        message,
        where(evidence, use),
        recorded=str(claim.digest) if claim.digest is not None else None,
        cause=cause,
        order=Order.DIGEST,
        within=_document(evidence, use),
        subjects=_subjects(use),
    )


def _found_elsewhere(evidence: Evidence, use: Use) -> str:
    """Say where the right bytes lie under another name, if they do."""
    digests = [use.claim.digest]
    if use.layer is not None:
        digests.append(use.layer.diff_id)
    for digest in digests:
        places = evidence.measured.places(digest) if digest is not None else ()
        if places:
            return f"; the right bytes are in {places[0].name}"
    return ""


def _is_placeholder(use: Use) -> bool:
    """Whether a docker view's layer has no bytes where the config records some."""
    record, member, layer = use.record, use.claim.member, use.layer
    if layer is None or member is None or member.size or not isinstance(record, RecordedImage):
        return False
    diff_id = layer.diff_id
    if record.view != "docker" or diff_id is None or not diff_id.is_supported:
        return False
    return Digest.of(b"", algorithm=diff_id.algorithm) != diff_id


def _cut(evidence: Evidence, use: Use) -> Draft:
    return Draft(
        "blob-missing",
        f"{_called(use)}: {use.claim.path} is cut short by the end of the archive",
        where(evidence, use),
        recorded=str(use.claim.digest) if use.claim.digest is not None else None,
        cause=CUT,
        order=Order.DIGEST,
        subjects=_subjects(use),
    )

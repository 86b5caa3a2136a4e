"""JSON and the documents' own form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import RecordedIndex, Role
from layertar.documents import parse_manifest
from layertar.findings.checks.framing import CUT
from layertar.findings.draft import Draft, Order, from_fault
from layertar.findings.evidence import Subject
from layertar.findings.model import Effect, Location, failed, note, unverifiable, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim
    from layertar.documents import Index
    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence, Use

__all__ = ["RULES", "check_documents", "check_inner_media_types"]

_JSON = "RFC 8259; RFC 7493 (I-JSON); OCI image-spec, canonicalization.md"
_SAVE_AGAIN = "Save the image again; do not edit the documents of an archive by hand."

RULES = (
    failed("json-invalid", "A document is no JSON, or not of the form it must have.",
           _SAVE_AGAIN, _JSON),
    failed("json-duplicate-key", "A key occurs twice in one object; readers take either.",
           "Do not load it: two tools see two images.", _JSON),
    failed("json-case-variant-key", "A key occurs twice but for case; Go takes the last.",
           "Do not load it: two tools see two images.", _JSON),
    failed("json-trailing-data", "Bytes follow the document; some readers ignore them.",
           _SAVE_AGAIN, _JSON),
    failed("json-not-utf8", "A document is not UTF-8, or has a byte order mark.",
           _SAVE_AGAIN, _JSON),
    failed("json-nonstandard-number", "A number is none that every reader reads alike.",
           _SAVE_AGAIN, _JSON),
    unverifiable("json-too-deep", "A document is nested too deeply; it was not examined.",
                 "No producer nests so deeply: find out who made it.", "formats.md 9"),
    unverifiable("json-too-large", "A document is too large; it was not examined.",
                 "No loader reads documents of this size.", "formats.md 9"),
    failed("json-wrong-type", "A field is not of the type that the specification asks for.",
           _SAVE_AGAIN, _JSON),
    note("json-null-array", "An array is null, which readers take as empty.",
         "None needed.", "formats.md 1.6"),
    warning("oci-layout-missing", "An OCI layout lacks its marker, the file oci-layout.",
            "Add it; loaders may not recognise the layout.",
            "OCI image-spec, image-layout.md, oci-layout file"),
    warning("oci-layout-version", "The layout's version is not 1.0.0.",
            "containerd, umoci and oras refuse it or read another view.",
            "OCI image-spec, image-layout.md, oci-layout file"),
    failed("oci-index-missing", "An OCI layout lacks index.json.",
           "Save the image again.", "OCI image-spec, image-layout.md, index.json file"),
    warning("oci-index-empty", "index.json lists nothing.",
            "Give the image a name when you save it.",
            "OCI image-spec, image-layout.md, index.json file"),
    note("oci-artifact-manifest", "A manifest of the type that OCI withdrew before 1.1.",
         "None needed.", "formats.md 1.1"),
    failed("descriptor-invalid", "A descriptor, or a required part of it, is absent.",
           _SAVE_AGAIN, "OCI image-spec, descriptor.md, Properties"),
    failed("descriptor-size-negative", "A descriptor records a negative size.",
           _SAVE_AGAIN, "OCI image-spec, descriptor.md, Properties"),
    warning("descriptor-has-urls", "A descriptor names places elsewhere; nothing is fetched.",
            "Some tools fetch them before they look into the archive.",
            "OCI image-spec, descriptor.md, Properties; CVE-2020-15157"),
    failed("digest-malformed", "A digest breaks the grammar or its algorithm's form.",
           _SAVE_AGAIN, "OCI image-spec, descriptor.md, Digests; CVE-2024-3727"),
    failed("media-type-mismatch", "A document is of another type than its descriptor says.",
           "Do not load it: two tools may read it in two ways.",
           "OCI image-spec, manifest.md, mediaType; CVE-2021-41190"),
    note("media-type-absent", "A document does not state its own media type.",
         "None needed: older producers leave it out.", "OCI image-spec, manifest.md, mediaType"),
    failed("manifest-ambiguous", "A document can be read as an index and as a manifest.",
           "Do not load it.", "CVE-2021-41190"),
    warning("manifest-schema1", "A manifest of Docker's schema 1; its content is not examined.",
            "Pull the image again in a current format.", "formats.md 1.6"),
    failed("manifest-schema-version", "A document's schemaVersion is not 2.",
           _SAVE_AGAIN, "OCI image-spec, manifest.md, schemaVersion"),
    warning("index-nested-deep", "Indexes are nested deeper than layertar follows them.",
            "No producer nests so deeply: find out who made it.", "formats.md 9"),
    warning("annotation-digest-malformed", "An annotation that must be a digest is none.",
            "It crashed containerd before 2.2.10: do not load it there.", "CVE-2026-95839"),
    warning("config-missing-field", "A config lacks architecture or os.",
            "Loaders guess the host's.", "OCI image-spec, config.md, Properties"),
    warning("config-key-case", "Keys are spelled in another case than the specification's.",
            "Readers written in Go take them, others see nothing.", "formats.md 1.7"),
    note("config-in-descriptor-platform", "The config's descriptor has a platform.",
         "None needed: Docker 25 wrote it so.", "formats.md 2.4"),
    warning("docker-manifest-schema-unknown", "manifest.json is not docker save's.",
            "None needed, if another tool wrote it on purpose.", "formats.md 0.2"),
    warning("docker-manifest-empty", "manifest.json lists nothing.",
            "docker load loads nothing and says nothing.", "formats.md 2.6"),
    failed("docker-path-unsafe", "A path in manifest.json leads out of the archive.",
           "Do not load it.", "CVE-2014-9358; CVE-2016-7569"),
    failed("legacy-parent-cycle", "The parents of a layer lead back to it.",
           _SAVE_AGAIN, "moby/moby, image/spec/v1.md"),
    warning("text-control-characters", "Text has control characters; they are shown escaped.",
            "Do not print it unescaped: it may steer a terminal.", "formats.md 7.F"),
)  # fmt: skip


def check_documents(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was met in the documents, about whose documents they are."""
    table = evidence.archive.table
    faults = list(evidence.archive.faults)
    for view in evidence.archive.views:
        faults.extend(view.faults)
    places = _places(evidence)
    for fault in dict.fromkeys(faults):
        if fault.rule.startswith("link-"):
            continue
        if fault.rule == "oci-index-missing" and evidence.is_cut:
            draft = from_fault(fault, cause=CUT, order=Order.DIGEST)
            yield draft._replace(effect=Effect.INCOMPLETE)
            continue
        member = table.find(fault.member) if fault.member is not None else None
        subjects = evidence.uses.subjects(member) if member is not None else frozenset()
        subjects |= _subjects_at(places, fault)
        yield from_fault(fault, within=member, subjects=subjects)


def _places(evidence: Evidence) -> dict[tuple[str, str], frozenset[Subject]]:
    """Map the places in documents that make claims, or list an image, to whom these are about."""
    places: dict[tuple[str, str], set[Subject]] = {}
    for use in evidence.uses.all:
        if use.subject is not None:
            place = (use.claim.document, use.claim.pointer)
            places.setdefault(place, set()).add(use.subject)
    for number, image in enumerate(evidence.images):
        for record in image.records:
            place = (record.document, record.pointer)
            places.setdefault(place, set()).add(Subject("image", number))
    return {place: frozenset(subjects) for place, subjects in places.items()}


def _subjects_at(
    places: dict[tuple[str, str], frozenset[Subject]], fault: Fault
) -> frozenset[Subject]:
    """Return whom a fault in a view's own document is about: the closest place around it."""
    pointer = fault.pointer or ""
    while pointer and fault.member is not None:
        found = places.get((fault.member, pointer))
        if found is not None:
            return found
        pointer = pointer.rpartition("/")[0]
    return frozenset()


def check_inner_media_types(evidence: Evidence) -> Iterator[Draft]:
    """Hold a document's own `mediaType` against its descriptor's (R30)."""
    indexes = {
        index.claim: index.document
        for view in evidence.archive.views
        for index in view.indexes
        if index.claim is not None
    }
    for use in evidence.uses.all:
        inner = _inner(use, indexes)
        recorded = use.claim.media_type
        if inner is None or recorded is None or inner == recorded:
            continue
        claim = use.claim
        name = claim.member.name if claim.member is not None else claim.document
        message = (
            f"{claim.document}#{claim.pointer}: the descriptor says {recorded!r}, "
            f"{name} itself says {inner!r}"
        )
        yield Draft(
            "media-type-mismatch",
            message,
            Location(member=name, pointer="/mediaType"),
            recorded=recorded,
            measured=inner,
            cause=("media type", name, recorded, inner),
            within=claim.member,
            subjects=frozenset({use.subject} if use.subject is not None else ()),
        )
    shapes: set[int] = set()
    for view in evidence.archive.views:
        for index in view.indexes:
            inner = index.document.media_type if index.document is not None else None
            if index.claim is not None and inner is None and id(index.document) not in shapes:
                shapes.add(id(index.document))
                yield from _check_shape(evidence, index.claim, index.document)
            if index.claim is None and inner is not None and not mediatype.is_index(inner):
                message = f"index.json: it says of itself that it is {inner!r}, not an index"
                location = Location(member="index.json", pointer="/mediaType")
                yield Draft("media-type-mismatch", message, location, measured=inner)


def _check_shape(evidence: Evidence, claim: Claim, index: Index | None) -> Iterator[Draft]:
    """Tell a document that has a manifest's keys where an index is due, and says nothing itself."""
    if index is None or index.manifests:
        return
    name = claim.member.name if claim.member is not None else claim.document
    manifest = parse_manifest(index.raw, member=name, limits=evidence.limits)
    if manifest.config is not None or manifest.layers:
        message = f"{claim.document}#{claim.pointer}: said to be an index, {name} is a manifest"
        yield Draft(
            "media-type-mismatch",
            message,
            Location(member=name),
            recorded=claim.media_type,
            within=claim.member,
        )


def _inner(use: Use, indexes: dict[Claim, Index | None]) -> str | None:
    if use.claim.role is Role.INDEX:
        index = indexes.get(use.claim)
        return index.media_type if index is not None else None
    if use.claim.role is not Role.MANIFEST or isinstance(use.record, RecordedIndex | None):
        return None
    document = use.record.manifest_document
    return document.media_type if document is not None else None

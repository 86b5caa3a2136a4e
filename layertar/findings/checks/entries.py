"""Entries of indexes: referrers, attestations, platforms, unknown types (R23, R25, R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Role
from layertar.findings.draft import Draft
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, note, warning
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim, RecordedArtifact, RecordedIndex
    from layertar.documents import Descriptor
    from layertar.findings.evidence import Evidence

__all__ = ["RULES", "check_entries", "check_platforms", "check_statements", "check_types"]

_INDEX = "OCI image-spec, image-index.md"

RULES = (
    note("referrer-descriptor", "An entry is here on account of another image.",
         "None needed: it is a signature, an attestation or the like, and no image.",
         "containerd/containerd, core/images/archive/exporter.go",
         why="containerd exports what refers to an image as further entries of index.json, so "
         "that it can be attached again. Who lists index.json must not take them for images."),
    note("index-entry-unknown-platform", "An entry is of the platform unknown/unknown.",
         "None needed: it is how BuildKit marks attestations.",
         "moby/buildkit, docs/attestations/attestation-storage.md",
         why="Runtimes never choose such an entry, but tools that count platforms may."),
    warning("index-duplicate-platform", "An index has several entries for one platform.",
            "Name the one that you mean by its digest.", f"{_INDEX}, manifests",
            why="The first that fits should win, but clients differ, in variants above all, so two "
            "hosts may run two images."),
    note("media-type-unknown", "Blobs are of a type that layertar does not know.",
         "None needed: only digest and size are checked.",
         "OCI image-spec, media-types.md",
         why="Any type is legal. What such blobs hold is not looked into."),
    warning("attestation-subject-mismatch", "An attestation is about something else.",
            "Do not rely on it: find out where it comes from.",
            "moby/buildkit, docs/attestations/attestation-storage.md",
            why="An attestation names the manifest that it is about. If that is not beside it in "
            "the same index, it was copied from elsewhere or its subject was replaced."),
    warning("signature-subject-mismatch", "A signature is of an image that is not here.",
            "Do not rely on it; layertar does not verify signatures.",
            "sigstore/cosign, specs/SIGNATURE_SPEC.md",
            why="cosign tags a signature by the digest that it signs. If nothing here has that "
            "digest, the signature says nothing about what is here."),
)  # fmt: skip

_REFERRER = "io.containerd.manifest.subject"
_REFERENCE = "vnd.docker.reference.digest"
_REF_NAME = "org.opencontainers.image.ref.name"
_KIND = "kind"
# What cosign save calls attestations, which it does not list by what they are about.
_COSIGN_ATTESTATIONS = "dev.cosignproject.cosign/atts"
_SIGNATURE_TAG = regex(r"(?:.*:)?(sha256)-([0-9a-f]{64})\.sig")
_ATTESTATION_TAG = regex(r"(?:.*:)?(sha256)-([0-9a-f]{64})\.att")
_SHOWN = 8
_TYPES = 50  # told one by one


def _indexes(evidence: Evidence) -> Iterator[tuple[RecordedIndex, str]]:
    """Iterate over the indexes that could be read, each with its member's name."""
    for view in evidence.archive.views:
        for index in view.indexes:
            if index.document is None:
                continue
            claim = index.claim
            if claim is None:
                yield index, f"{evidence.archive.root}index.json"
            else:
                yield index, claim.member.name if claim.member is not None else claim.document


def check_entries(evidence: Evidence) -> Iterator[Draft]:
    """Tell what entries of indexes are, and hold attestations and signatures to their subjects."""
    known = _known_digests(evidence)
    for index, name in _indexes(evidence):
        entries = index.document.manifests if index.document is not None else ()
        siblings = {entry.recorded_digest for entry in entries}
        referrers = [entry for entry in entries if _REFERRER in entry.annotations]
        unknown = [entry for entry in entries if entry.platform and entry.platform.is_unknown]
        if referrers:
            words = "referrers of images, and no images"
            yield _several("referrer-descriptor", name, referrers, words)
        if unknown:
            words = "of the platform unknown/unknown: attestations"
            yield _several("index-entry-unknown-platform", name, unknown, words)
        for entry in entries:
            about = entry.annotations.get(_REFERENCE)
            if about and about not in siblings:
                yield _mismatch("attestation-subject-mismatch", name, entry, about)
            tag = _SIGNATURE_TAG.fullmatch(entry.annotations.get(_REF_NAME, ""))
            if tag is not None and evidence.images and f"{tag[1]}:{tag[2]}" not in known:
                yield _mismatch("signature-subject-mismatch", name, entry, f"{tag[1]}:{tag[2]}")


def check_statements(evidence: Evidence) -> Iterator[Draft]:
    """Hold what attestations and signatures say inside against what lists them (R25, R26)."""
    known = _known_digests(evidence)
    for number, artifact in enumerate(evidence.artifacts):
        annotations = artifact.manifest.annotations if artifact.manifest is not None else {}
        tag = _SIGNATURE_TAG.fullmatch(annotations.get(_REF_NAME, ""))
        for claim in artifact.blobs:
            statement = evidence.archive.statements.get(claim.member) if claim.member else None
            if statement is None or not statement.subjects:
                continue
            subjects = [str(digest) for digest in statement.subjects]
            rule, due = "attestation-subject-mismatch", _attested(artifact)
            if not due and annotations.get(_KIND) == _COSIGN_ATTESTATIONS and evidence.images:
                due = known
            if statement.is_signature:
                rule = "signature-subject-mismatch"
                due = {f"{tag[1]}:{tag[2]}"} if tag is not None else known
                due = due if evidence.images else set()
            if due and due.isdisjoint(subjects):
                listed = next(iter(due)) if len(due) == 1 and not statement.is_signature else ""
                yield _other_subject(rule, claim, subjects[0], listed, number)


def _attested(artifact: RecordedArtifact) -> set[str]:
    """Return what an attestation is listed as being about: by annotation, subject or tag."""
    annotations = artifact.manifest.annotations if artifact.manifest is not None else {}
    about = annotations.get(_REFERENCE)
    if about:
        return {about}
    if artifact.subject is not None:
        return {str(artifact.subject)}
    tag = _ATTESTATION_TAG.fullmatch(annotations.get(_REF_NAME, ""))
    return {f"{tag[1]}:{tag[2]}"} if tag is not None else set()


def _other_subject(rule: str, claim: Claim, subject: str, about: str, number: int) -> Draft:
    name = claim.path
    words = f"listed as being about {about}" if about else "which is not what it is listed for"
    return Draft(
        rule,
        f"{name} says that it is about {subject}, {words}",
        Location(member=name),
        recorded=about or None,
        measured=subject,
        within=claim.member,
        subjects=frozenset({Subject("artifact", number)}),
    )


def _known_digests(evidence: Evidence) -> set[str]:
    """Return the digests of all manifests and indexes that are here, as measured."""
    return {
        str(digest)
        for use in evidence.uses.all
        if use.claim.role in (Role.MANIFEST, Role.INDEX)
        and (digest := evidence.measured.digest(use.claim)) is not None
    }


def _several(rule: str, name: str, entries: list[Descriptor], words: str) -> Draft:
    first = entries[0]
    message = f"{name}: {len(entries)} entries {words}"
    return Draft(rule, message, Location(member=name, pointer=first.pointer))


def _mismatch(rule: str, name: str, entry: Descriptor, about: str) -> Draft:
    message = f"{name}#{entry.pointer}: {entry.recorded_digest} is about {about}, which is not here"
    location = Location(member=name, pointer=entry.pointer)
    # An index may have thousands: they are one finding.
    return Draft(rule, message, location, recorded=about, cause=(rule, name))


def check_platforms(evidence: Evidence) -> Iterator[Draft]:
    """Tell entries of one index that fit one platform, in the order in which readers meet them."""
    for index, name in _indexes(evidence):
        seen: dict[tuple[object, ...], list[Descriptor]] = {}
        for entry in index.document.manifests if index.document is not None else ():
            platform = entry.platform
            if (
                platform is None
                or platform.is_unknown
                or not mediatype.is_manifest(entry.media_type)
            ):
                continue
            # In index.json, entries of different names are different images.
            own = entry.annotations if index.claim is None else {}
            names = tuple(own.get(key) for key in ("io.containerd.image.name", _REF_NAME, _KIND))
            rest = (platform.os_version, platform.os_features)
            key = (*platform.normalised, *rest, *names, entry.artifact_type)
            seen.setdefault(key, []).append(entry)
        for entries in seen.values():
            digests = list(dict.fromkeys(entry.recorded_digest for entry in entries))
            if len(digests) > 1:
                shown = ", ".join(digests[:_SHOWN])
                message = f"{name}: {len(digests)} entries for {entries[0].platform}: {shown}"
                location = Location(member=name, pointer=entries[1].pointer)
                cause = ("platforms that are listed twice", name)
                yield Draft("index-duplicate-platform", message, location, cause=cause)


def check_types(evidence: Evidence) -> Iterator[Draft]:
    """Tell each media type that is not known, once."""
    seen: dict[str, tuple[str, str, int]] = {}
    for use in evidence.uses.all:
        media_type = use.claim.media_type
        if media_type is None or mediatype.is_known(media_type):
            continue
        document, pointer, count = seen.get(media_type, (use.claim.document, use.claim.pointer, 0))
        seen[media_type] = (document, pointer, count + 1)
    for position, (media_type, (document, pointer, count)) in enumerate(seen.items()):
        message = f"{document}#{pointer}: {media_type!r} is not known ({count} blobs)"
        yield Draft(
            "media-type-unknown",
            message,
            Location(member=document, pointer=pointer),
            recorded=media_type,
            cause="many media types" if position >= _TYPES else None,
        )

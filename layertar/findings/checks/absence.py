"""Absence: what is named and not here, and whether that is lawful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import Presence, RecordedImage, Role, name_digest
from layertar.digest import Digest
from layertar.findings.checks.blobs import called, document_of, subjects_of, where
from layertar.findings.checks.framing import CUT
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import missing_cause
from layertar.findings.model import incomplete, note, warning
from layertar.members import is_unsafe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim
    from layertar.findings.evidence import Evidence, Use
    from layertar.platform import Platform

__all__ = ["RULES", "check_absence", "is_placeholder"]

RULES = (
    incomplete("blob-missing", "Something that is needed is not in the archive.",
               "Save the image again, complete.",
               "OCI image-spec, image-layout.md, Blobs; moby/moby, issue 48589",
               why="A layout may lawfully lack it, but loaders fail when they need it: "
               "containerd with 'content digest not found', docker load perhaps only on a "
               "machine that does not have the layer already."),
    note("blob-missing-external", "A layer is kept elsewhere, as its media type allows.",
         "None needed; the machine that loads it needs network or the layer.",
         "OCI image-spec, layer.md, Non-Distributable Layers",
         why="Windows base layers and the like may not be passed on, so exporters leave them out; "
         "docker load opens the file and fails, unless the machine has the layer already."),
    note("platform-not-included", "An index lists a platform that is not in the archive.",
         "None needed, unless this platform is wanted: pull it and save the image again.",
         "containerd/containerd, core/images/archive/exporter.go; moby/moby, issue 48589",
         why="docker save, ctr and nerdctl keep the whole index and export the platforms that "
         "were pulled, so this is normal; tools that copy all platforms fail."),
    warning("platform-partial", "Of a platform only the manifest is in the archive.",
            "Pull this platform and save the image again, if it is wanted.",
            "containerd/containerd, core/images/archive/exporter.go; containerd/containerd, "
            "issue 8973",
            why="The containerd exporter writes a manifest alone where one of its parts is "
            "missing: loading another platform works, this one fails."),
    incomplete("docker-config-missing", "The config that manifest.json names is not here.",
               "Save the image again, complete.",
               "moby/moby, daemon/internal/image/tarexport/load.go",
               why="docker load, containerd, podman and crane all fail without it."),
    incomplete("docker-layer-missing", "A layer that manifest.json names is not here.",
               "Save the image again, complete; such a delta needs its base image.",
               "moby/moby, daemon/internal/image/tarexport/load.go; buildpacks/imgutil, "
               "local/store.go",
               why="docker load does not open a layer that the machine has already, so it loads "
               "there and fails elsewhere; containerd, podman and scanners fail. Buildpacks and "
               "Bazel's rules_docker make such archives on purpose."),
    note("referrer-subject-missing", "What an artifact is attached to is not in the archive.",
         "None needed.",
         "OCI image-spec, manifest.md, subject",
         why="The specification allows it; a tool that looks for the signatures or attestations "
         "of an image will not find it from here."),
)  # fmt: skip


_TOLD = 8


def check_absence(evidence: Evidence) -> Iterator[Draft]:
    """Tell what is named and not here, and whether it may lawfully be elsewhere."""
    told: set[object] = set()
    elsewhere: dict[str, list[tuple[Use, Draft]]] = {}
    external = _external(evidence)
    for use in evidence.uses.all:
        if use.claim.is_present:
            if evidence.cuts(use.claim):
                yield _cut(evidence, use)
            elif is_placeholder(use):
                yield _missing(evidence, use, "docker-layer-missing", "is a placeholder of 0 bytes")
            continue
        if _is_told(use):
            continue
        draft = _absent(evidence, use, external)
        if draft.rule == "platform-not-included":
            elsewhere.setdefault(use.claim.document, []).append((use, draft))
        elif draft.rule != "platform-partial":
            yield draft
        elif draft.cause not in told:
            told.add(draft.cause)
            yield draft
    for document, absent in elsewhere.items():
        yield from _elsewhere(document, absent)


def _elsewhere(document: str, absent: list[tuple[Use, Draft]]) -> Iterator[Draft]:
    """Tell the platforms of one index that are not here: one finding, however many they are."""
    if len(absent) == 1:
        yield absent[0][1]
        return
    platforms = [_platform_of(use) for use, _ in absent[:_TOLD]]
    words = ", ".join(str(platform) for platform in platforms if platform is not None)
    message = f"{document}: {len(absent)} entries are not included: {words or 'no platform named'}"
    message += ", ..." if len(absent) > _TOLD else ""
    cause = ("platforms", document)
    yield absent[0][1]._replace(message=message, cause=cause, recorded=None, order=Order.FRAMING)
    for _, draft in absent[:_TOLD]:
        yield draft._replace(cause=cause)


def _is_told(use: Use) -> bool:
    """Whether the document's own fault says why a claim leads nowhere.

    An empty path in `manifest.json` is none: old pack left layers out so, and they are missing.
    """
    claim, record = use.claim, use.record
    if isinstance(record, RecordedImage) and record.view in ("docker", "docker-v1"):
        return bool(claim.path) and is_unsafe_name(claim.path)
    return claim.digest is None and not claim.path


def _external(evidence: Evidence) -> dict[Digest, Claim]:
    """Return what an OCI view says is kept elsewhere, and nobody says is an ordinary blob."""
    found: dict[Digest, Claim] = {}
    ordinary: set[Digest] = set()
    for use in evidence.uses.all:
        claim, record = use.claim, use.record
        if claim.digest is None or claim.is_name:
            continue
        is_layer = isinstance(record, RecordedImage) and claim.role is Role.LAYER
        if is_layer and mediatype.is_nondistributable(claim.media_type or ""):
            found.setdefault(claim.digest, claim)
        else:
            ordinary.add(claim.digest)
    return {digest: claim for digest, claim in found.items() if digest not in ordinary}


def _kept_elsewhere(use: Use, external: dict[Digest, Claim]) -> Claim | None:
    """Return the OCI view's claim on a docker view's layer that is lawfully absent.

    containerd passes over such layers on export, and names them in `manifest.json` all the same.
    """
    claim, record = use.claim, use.record
    if not isinstance(record, RecordedImage) or record.view != "docker" or use.layer is None:
        return None
    digest = name_digest(claim.path) if claim.path.startswith("blobs/") else None
    return external.get(digest) if digest is not None else None


def _absent(evidence: Evidence, use: Use, external: dict[Digest, Claim]) -> Draft:
    claim, record = use.claim, use.record
    presence = record.presence if record is not None else Presence.DUE
    if claim.role is Role.SUBJECT:
        return _missing(evidence, use, "referrer-subject-missing", "is not in the archive")
    wanted = evidence.wanted_absent is not None and record is evidence.wanted_absent
    if not wanted:
        if mediatype.is_nondistributable(claim.media_type or ""):
            return _missing(evidence, use, "blob-missing-external", "is kept elsewhere")
        other = _kept_elsewhere(use, external)
        if other is not None:
            draft = _missing(evidence, use, "blob-missing-external", "is kept elsewhere")
            return draft._replace(cause=missing_cause(evidence, other.path))
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


def _platform_of(use: Use) -> Platform | None:
    return use.record.platform if isinstance(use.record, RecordedImage) else None


def _platform_words(use: Use) -> str:
    platform = _platform_of(use)
    return f"the platform {platform} is not included" if platform else "is not included"


def _missing(evidence: Evidence, use: Use, rule: str, words: str) -> Draft:
    claim = use.claim
    path = claim.path or "(no path)"
    message = f"{called(use)}: {path} {words} (named in {claim.document}#{claim.pointer})"
    message += _found_elsewhere(evidence, use)
    cause: object = missing_cause(evidence, claim.path)
    if rule == "blob-missing" and claim.role in (Role.MANIFEST, Role.INDEX) and not use.subject:
        cause = ("children", claim.document)  # Nothing of an index is here: told once.
    is_due = rule in ("blob-missing", "docker-config-missing", "docker-layer-missing")
    if is_due and evidence.is_cut:
        cause = CUT
        if evidence.archive.framing.is_stopped:
            message = f"{called(use)}: whether {path} is in the archive is unknown: a bound ended"
            message += f" the reading before (named in {claim.document}#{claim.pointer})"
    return Draft(
        rule,
        message,
        where(evidence, use),
        recorded=str(claim.digest) if claim.digest is not None else None,
        cause=cause,
        order=Order.DIGEST,
        within=document_of(evidence, use),
        subjects=subjects_of(use),
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


def is_placeholder(use: Use) -> bool:
    """Whether a docker view's layer has no bytes where the config records some."""
    record, member, layer = use.record, use.claim.member, use.layer
    if layer is None or member is None or member.size or not isinstance(record, RecordedImage):
        return False
    diff_id = layer.diff_id
    if record.view != "docker" or diff_id is None or not diff_id.is_supported:
        return False
    return Digest.of(b"", algorithm=diff_id.algorithm) != diff_id


def _cut(evidence: Evidence, use: Use) -> Draft:
    end = "what was read" if evidence.archive.framing.is_stopped else "the archive"
    return Draft(
        "blob-missing",
        f"{called(use)}: {use.claim.path} is cut short by the end of {end}",
        where(evidence, use),
        recorded=str(use.claim.digest) if use.claim.digest is not None else None,
        cause=CUT,
        order=Order.DIGEST,
        subjects=subjects_of(use),
    )

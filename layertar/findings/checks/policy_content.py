"""Policy: what must be there, may be there, and may not."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.documents import normalise
from layertar.findings.checks.policy_budget import breach, judged_images
from layertar.findings.draft import Draft
from layertar.findings.evidence import Subject
from layertar.findings.model import Effect, Location, note, required
from layertar.image import platform_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.archive import Claim, Name, RecordedImage
    from layertar.findings.evidence import Evidence
    from layertar.image import JoinedImage

__all__ = ["RULES", "check_allowed", "check_forbidden", "check_policy_views", "check_required"]

_SOURCE = "layertar, docs/configuration.md"

RULES = (
    required("policy-label-missing", "A label that the policy requires is not there, or another.",
             "Set the label where the image is built (`LABEL`, `--label`).",
             "layertar, docs/configuration.md; OCI image-spec, config.md, Labels",
             why="Inventories and scanners find an image's source and owner by its labels."),
    required("policy-annotation-missing",
             "An annotation that the policy requires is not there, or another.",
             "Set the annotation where the image is built (`--annotation`), and save it in a "
             "format that has them: a `manifest.json` alone has none.",
             "layertar, docs/configuration.md; OCI image-spec, annotations.md",
             why="Registries and scanners find an image's source and owner by its annotations."),
    required("policy-media-type", "A part of an image has a type that the policy does not allow.",
             "Build the image with another exporter, or allow the type in `allow.media-types`.",
             "layertar, docs/configuration.md; OCI image-spec, media-types.md",
             why="A runtime that does not know a layer's type refuses or passes over it."),
    required("policy-platform", "An image is for a platform that the policy does not allow.",
             "Save the image for another platform, or allow this one in `allow.platforms`.",
             "layertar, docs/configuration.md; OCI image-spec, image-index.md, platform",
             why="It does not run where it is meant to, or only emulated."),
    required("policy-compression", "A layer is compressed in a way that the policy does not allow.",
             "Build the image with another compression, or allow it in `allow.compressions`.",
             "layertar, docs/configuration.md; OCI image-spec, layer.md",
             why="Older runtimes cannot unpack zstd, and none of them lzma or lz4."),
    required("policy-foreign-layer", "A layer is to be fetched from elsewhere.",
             "Copy the layer into the image (`--allow-nondistributable-artifacts`), or use "
             "another base.",
             "layertar, docs/configuration.md; OCI image-spec, layer.md, Non-Distributable Layers",
             why="Without a network the image does not run, and whoever answers at that place "
             "sees who asks."),
    required("policy-user-root", "An image runs as root.",
             "Set another user where the image is built (`USER`).",
             "layertar, docs/configuration.md; OCI image-spec, config.md, User",
             why="Who breaks out of the process is root in the container, and without user "
             "namespaces on the host."),
    required("policy-unpinned-name", "A name of an image is one that moves.",
             "Give the image a tag of its own before it is saved.",
             "layertar, docs/configuration.md; distribution/reference, normalize.go",
             why="`latest` is another image tomorrow; loading it replaces today's."),
    required("policy-unnamed-image", "An image has no name.",
             "Give the image a name when you save it.", _SOURCE,
             why="Once loaded it can only be called by its ID, and is pruned as dangling."),
    required("policy-multiple-images", "An archive has more than one image.",
             "Save each image to an archive of its own.", _SOURCE,
             why="Whoever loads it gets all of them, whatever was asked for."),
    required("policy-artifact", "An archive has something beside images.",
             "Save the image without attestations and signatures (`--provenance=false`).",
             "layertar, docs/configuration.md; OCI image-spec, manifest.md, "
             "Guidelines for Artifact Usage",
             why="Some loaders and scanners take an attestation for an image."),
    required("policy-views-differ", "A view does not list an image that another view lists.",
             "Save the image again with a current tool.",
             "layertar, docs/configuration.md; moby/moby, "
             "daemon/internal/image/tarexport/load.go; containerd/containerd, "
             "core/images/archive/importer.go",
             why="Which images are loaded depends on the tool that loads them."),
    note("policy-ignore-unused", "An entry of the policy ignores nothing.",
         "Remove the entry, or correct what it says.", _SOURCE,
         why="What it was about has been mended or is mistyped; left there, it hides the next."),
    note("policy-ignore-expired", "An entry of the policy held until a day that has passed.",
         "Mend what it is about, or agree on another day.", _SOURCE,
         why="The finding counts again, as was agreed."),
)  # fmt: skip

_ADMINISTRATOR = "containeradministrator"
_MOVING = "latest"


def check_required(evidence: Evidence) -> Iterator[Draft]:
    """Tell labels and annotations that are missing or have another value."""
    policy = evidence.policy
    if not policy.labels and not policy.annotations:
        return
    for subject, key, image in judged_images(evidence):
        document = image.first.config_document
        labels: Mapping[str, str] = {} if document is None else document.labels
        annotations = _annotations(image)
        for rule, wanted, found in (
            ("policy-label-missing", policy.labels, labels),
            ("policy-annotation-missing", policy.annotations, annotations),
        ):
            for each in wanted:
                if not each.is_met(found):
                    value = found.get(each.key)
                    told = f"it is {value!r}" if value is not None else "it is not there"
                    message = f"{each} is required, and {told}"
                    yield breach(rule, message, key, subject, recorded=value)


def _annotations(image: JoinedImage) -> dict[str, str]:
    """Bring together what descriptors and manifest say; the manifest, which is hashed, wins."""
    found: dict[str, str] = {}
    for record in image.records:
        for claim in (*record.repeats, record.manifest):
            found |= {} if claim is None else claim.annotations
    for record in image.records:
        found |= {} if record.manifest_document is None else record.manifest_document.annotations
    return found


def check_allowed(evidence: Evidence) -> Iterator[Draft]:
    """Tell types, platforms and compressions that are not among those allowed."""
    allow = evidence.policy.allow
    for subject, key, image in judged_images(evidence):
        if allow.media_types is not None:
            yield from _media_types(allow.media_types, subject, key, image)
        if allow.platforms is not None:
            platform = platform_of(image)
            if platform is None or not any(platform.fits(each) for each in allow.platforms):
                allowed = ", ".join(map(str, allow.platforms))
                message = f"the platform is {platform or 'not known'}, where {allowed} is allowed"
                told = None if platform is None else str(platform)
                yield breach("policy-platform", message, key, subject, recorded=told)
        if allow.compressions is not None and not evidence.is_halted:
            yield from _compressions(evidence, allow.compressions, subject, key, image)


def _media_types(
    allowed: tuple[str, ...], subject: Subject, key: str | None, image: JoinedImage
) -> Iterator[Draft]:
    for claim, position in _claims(image):
        name = claim.media_type
        if name is None or any(fnmatchcase(name, each) for each in allowed):
            continue
        yield breach(
            "policy-media-type",
            f"the {claim.role.value} {claim.path} is recorded as {name}, which is not allowed",
            key,
            subject._replace(position=position),
            member=claim.member.name if claim.member is not None else None,
            layer=position,
            recorded=name,
        )


def _claims(image: JoinedImage) -> Iterator[tuple[Claim, int | None]]:
    for record in image.records:
        for claim in (record.manifest, record.config):
            if claim is not None:
                yield claim, None
        for layer in record.layers:
            yield layer.claim, layer.position


def _compressions(
    evidence: Evidence,
    allowed: tuple[str, ...],
    subject: Subject,
    key: str | None,
    image: JoinedImage,
) -> Iterator[Draft]:
    for position, records in enumerate(image.layers):
        here = (each.claim for each in records if evidence.measured.of(each.claim) is not None)
        claim = next(here, None)
        measurement = None if claim is None else evidence.measured.of(claim)
        compression = None if measurement is None else measurement.compression.value
        if compression in allowed:
            continue
        yield breach(
            "policy-compression",
            f"layer {position}: the compression is {compression or 'not known'}, "
            f"where {', '.join(allowed)} is allowed",
            key,
            subject._replace(position=position),
            member=claim.member.name if claim is not None and claim.member is not None else None,
            layer=position,
            measured=compression,
        )


def check_forbidden(evidence: Evidence) -> Iterator[Draft]:
    """Tell what the policy forbids."""
    forbid = evidence.policy.forbid
    checks = {
        "foreign-layers": _foreign,
        "user-root": _root,
        "unnamed-image": _unnamed,
        "unpinned-name": _unpinned,
    }
    for subject, key, image in judged_images(evidence):
        for name, check in checks.items():
            if name in forbid:
                yield from check(subject, key, image)
    if "multiple-images" in forbid and len(evidence.images) > 1:
        message = f"the archive has {len(evidence.images)} images"
        yield Draft("policy-multiple-images", message, Location(), effect=Effect.NONE)
    if "artifacts" in forbid:
        for number, artifact in enumerate(evidence.artifacts):
            path = None if artifact.manifest is None else artifact.manifest.path
            yield Draft(
                "policy-artifact",
                f"beside images: {artifact.artifact_type or path or 'something without a type'}",
                Location(member=path),
                subjects=frozenset({Subject("artifact", number)}),
                effect=Effect.NONE,
            )


def _foreign(subject: Subject, key: str | None, image: JoinedImage) -> Iterator[Draft]:
    positions = sorted({each for record in image.records for each in _foreign_layers(record)})
    for position in positions:
        message = f"layer {position} is to be fetched from elsewhere"
        part = subject._replace(position=position)
        yield breach("policy-foreign-layer", message, key, part, layer=position)


def _foreign_layers(record: RecordedImage) -> Iterator[int]:
    document = record.manifest_document
    for layer in record.layers:
        # Docker has them by diff_id, regctl by the digest of what is stored.
        keys = (layer.diff_id, layer.claim.digest)
        sources = [record.layer_sources.get(str(each)) for each in keys]
        if document is not None and layer.position < len(document.layers):
            sources.append(document.layers[layer.position])
        types = {layer.claim.media_type, *(each.media_type for each in sources if each)}
        has_urls = any(each is not None and each.urls for each in sources)
        if has_urls or any(mediatype.is_nondistributable(each or "") for each in types):
            yield layer.position


def _root(subject: Subject, key: str | None, image: JoinedImage) -> Iterator[Draft]:
    document = image.first.config_document
    if document is None:
        message = "the config could not be read, so its user is not known"
        yield breach("policy-user-root", message, key, subject)
        return
    user = (document.user or "").partition(":")[0].strip()
    if (document.platform.os or "").lower() == "windows":
        is_root = user.rpartition("\\")[2].lower() == _ADMINISTRATOR
    else:
        is_root = user in ("", "root") or (user.isascii() and user.isdigit() and not int(user))
    if is_root:
        told = f"the user is {document.user!r}" if document.user else "no user is recorded"
        yield breach("policy-user-root", f"{told}, so it runs as root", key, subject,
                     recorded=document.user)  # fmt: skip


def _unnamed(subject: Subject, key: str | None, image: JoinedImage) -> Iterator[Draft]:
    if not image.names:
        yield breach("policy-unnamed-image", "the image has no name", key, subject)


def _unpinned(subject: Subject, key: str | None, image: JoinedImage) -> Iterator[Draft]:
    for name in image.names:
        if _moves(name):
            message = f"the name {name.text!r} is one that moves"
            yield breach("policy-unpinned-name", message, key, subject, recorded=name.text)


def _moves(name: Name) -> bool:
    if not name.is_complete:
        return name.text == _MOVING
    full = normalise(name.text)
    return "@" not in full and full.endswith(f":{_MOVING}")


def check_policy_views(evidence: Evidence) -> Iterator[Draft]:
    """Tell images that not every view lists."""
    if not evidence.policy.views_agree:
        return
    views = [view.name for view in evidence.archive.views]
    for subject, key, image in judged_images(evidence):
        absent = [view for view in views if view not in image.views]
        if absent:
            message = f"listed by {' and '.join(image.views)}, and not by {' and '.join(absent)}"
            yield breach("policy-views-differ", message, key, subject)

"""The archive as a whole: what no relation binds, what is not there at all, what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import Presence
from layertar.codec import Breakage
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject, borrowed_type, is_plain_tar
from layertar.findings.model import Location, failed, unverifiable
from layertar.image import measured_image_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim, RecordedArtifact, RecordedLayer
    from layertar.digest import Digest
    from layertar.findings.evidence import Evidence
    from layertar.image import JoinedImage

__all__ = ["RULES", "check_bonds", "check_expected", "check_nothing", "check_stopped", "met_as"]

RULES = (
    unverifiable("image-unverifiable",
                 "Some content is bound by no relation that could be checked.",
                 "Compare it with a digest from elsewhere, or save the image in a format that "
                 "records one.",
                 "OCI image-spec, descriptor.md, Digests; moby/moby, image/spec/v1.md",
                 why="Whoever exchanges such content goes unnoticed, so the archive cannot be "
                 "called verified although nothing contradicts."),
    failed("nothing-to-verify", "No view names an image or an artifact.",
           "Give the image a name when you save it, or look for another archive.",
           "moby/moby, daemon/internal/image/tarexport/load.go; containerd/containerd, "
           "core/images/archive/importer.go",
           why="docker load and ctr import load nothing from it, some of them without an error; "
           "an empty result must not pass for a proof."),
    failed("expect-not-met", "No image in the archive has the digest that --expect names.",
           "Get the archive again, or check where the digest comes from.",
           "OCI image-spec, descriptor.md, Verification",
           why="The archive may be whole and still be another image than the one that you were "
           "told of."),
    unverifiable("reading-stopped", "Measuring ended at the first error, as was asked for.",
                 "Run it without --fail-fast to hear of everything.",
                 "layertar, the option --fail-fast",
                 why="What was not measured may be right or wrong: nobody looked."),
)  # fmt: skip


def check_stopped(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was not measured, because an error was found before."""
    if not evidence.is_halted:
        return
    files = list(evidence.archive.table.files)
    subjects = {
        use.subject
        for use in evidence.uses.all
        if use.subject is not None
        and use.claim.is_present
        and evidence.measured.of(use.claim) is None
    }
    count = sum(evidence.measured.of_member(member) is None for member in files)
    if not count:
        return
    message = f"stopped at the first error: {count} of {len(files)} files were not measured"
    yield Draft("reading-stopped", message, Location(), subjects=frozenset(subjects))  # fmt: skip


def check_nothing(evidence: Evidence) -> Iterator[Draft]:
    """Tell an archive whose views name nothing."""
    if evidence.is_cut:
        return  # What would be named may have been behind the cut, which is told.
    if not (evidence.images or evidence.artifacts or evidence.absent or _lacks_index(evidence)):
        views = " and ".join(view.name for view in evidence.archive.views)
        message = f"no image or artifact is listed (views: {views})"
        yield Draft("nothing-to-verify", message, Location(), order=Order.LAST)


def _lacks_index(evidence: Evidence) -> bool:
    """Whether an index is named that is not here, and with it whatever it names."""
    return any(
        index.claim is not None and not index.claim.is_present
        for view in evidence.archive.views
        for index in view.indexes
    )


def check_expected(evidence: Evidence) -> Iterator[Draft]:
    """Look for each expected digest among those measured of images."""
    if evidence.is_halted:
        return  # It may be one of those that were not measured.
    for text, digest in evidence.expected:
        if met_as(evidence, digest) is None:
            message = f"no image here has the digest {digest}, measured"
            yield Draft("expect-not-met", f"expected {text}: {message}", Location(),
                        recorded=str(digest))  # fmt: skip


def met_as(evidence: Evidence, digest: Digest) -> tuple[str, int] | None:
    """Return which identity of which image has a digest, measured; `None` if none has."""
    measured = evidence.measured
    for number, image in enumerate(evidence.images):
        first = image.first
        if measured_image_id(image, measured) == digest or measured.digest(first.config) == digest:
            return "image ID", number
        if first.manifest is not None and measured.digest(first.manifest) == digest:
            return "manifest digest", number
        if any(measured.digest(index) == digest for index in first.chain):
            return "index digest", number
    return None


def _holds(evidence: Evidence, claim: Claim) -> bool:
    """Whether a claim's digest was computed and is the one recorded; a name is no record."""
    measurement = evidence.measured.of(claim)
    if measurement is None or claim.digest is None or claim.is_name:
        return False
    return measurement.digests.get(claim.digest.algorithm) == claim.digest


def _diff_id_holds(evidence: Evidence, layer: RecordedLayer) -> bool:
    measurement = evidence.measured.of(layer.claim)
    if measurement is None or layer.diff_id is None:
        return False
    return measurement.diff_ids.get(layer.diff_id.algorithm) == layer.diff_id


def check_bonds(evidence: Evidence) -> Iterator[Draft]:
    """Tell content that nothing binds: each document and layer needs one checked relation."""
    if not evidence.is_verified or evidence.is_halted:
        return
    for number, image in enumerate(evidence.images):
        loose = list(_loose(evidence, image))
        config = image.first.config
        if config is not None and config.is_present and image.first.config_document is None:
            yield Draft(
                "image-unverifiable",
                f"what the config {config.path} records was not examined",
                Location(member=config.path, image=evidence.image_key(number)),
                order=Order.LAST,
                within=config.member,
                subjects=frozenset({Subject("image", number)}),
            )
        if not loose:
            continue
        words = ", ".join(words for words, _ in loose)
        yield Draft(
            "image-unverifiable",
            f"nothing that could be checked binds: {words}",
            Location(image=evidence.image_key(number)),
            order=Order.VIEWS,
            within=image.first.config.member if image.first.config is not None else None,
            subjects=frozenset(Subject("image", number, position) for _, position in loose),
        )
    for number, artifact in enumerate(evidence.artifacts):
        blobs = [blob for blob in _blobs(artifact) if not _is_settled(evidence, blob)]
        if blobs:
            words = ", ".join(blob.path for blob in blobs)
            yield Draft(
                "image-unverifiable",
                f"nothing that could be checked binds: {words}",
                Location(member=blobs[0].path),
                order=Order.VIEWS,
                subjects=frozenset({Subject("artifact", number)}),
            )


def _blobs(artifact: RecordedArtifact) -> Iterator[Claim]:
    if artifact.manifest is not None:
        yield artifact.manifest
    yield from artifact.blobs


def _is_settled(evidence: Evidence, claim: Claim) -> bool:
    """Whether a claim holds, or another finding says why it cannot."""
    if not claim.is_present or evidence.cuts(claim):
        return True
    if claim.digest is None or _holds(evidence, claim):
        return True
    measurement = evidence.measured.of(claim)
    return measurement is not None and claim.digest.algorithm in measurement.digests


def _loose(evidence: Evidence, image: JoinedImage) -> Iterator[tuple[str, int | None]]:
    """Iterate over what nothing binds: how it is called, and its position if it is a layer."""
    first = image.first
    if first.presence is Presence.ABSENT:
        return
    documents = [*first.chain, first.manifest]
    if first.manifest is not None:
        documents.append(first.config)
    for claim in documents:
        if claim is not None and not _is_settled(evidence, claim):
            yield f"the {claim.role.value} {claim.path}", None
    if first.config_document is None and first.config is not None:
        return  # That the config is absent or unreadable is told as what it is.
    for position, records in enumerate(image.layers):
        if not _is_layer_settled(evidence, records):
            yield f"layer {position}", position


def _is_layer_settled(evidence: Evidence, records: tuple[RecordedLayer, ...]) -> bool:
    here = [layer for layer in records if layer.claim.is_present and not evidence.cuts(layer.claim)]
    return not here or any(_settles(evidence, layer, here) for layer in here)


def _settles(evidence: Evidence, layer: RecordedLayer, here: list[RecordedLayer]) -> bool:
    """Whether one record binds the layer, or another finding says why it does not."""
    measurement = evidence.measured.of(layer.claim)
    if measurement is None:
        return True  # That it could not be read, or changed meanwhile, is told.
    broken = measurement.broken
    if measurement.aborted or (broken is not None and broken.kind is not Breakage.WINDOW):
        return True
    # A relation that was checked holds, or is told as what it is.
    digest, diff_id = layer.claim.digest, layer.diff_id
    if digest is not None and digest.algorithm in measurement.digests:
        return True
    if diff_id is None or diff_id.algorithm not in measurement.diff_ids:
        return False
    # Of what is encrypted or no tar, a diff_id that differs says nothing.
    media_type = layer.claim.media_type
    if media_type is None:
        media_type = borrowed_type(evidence, layer.claim, here[0])
    return _diff_id_holds(evidence, layer) or is_plain_tar(media_type)

"""Layers against the config: diff_ids, by position (R7, R12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.codec import Compression
from layertar.findings.checks.absence import is_placeholder
from layertar.findings.checks.config import counts_differ
from layertar.findings.checks.layers import layer_draft
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject, Use, is_plain_tar, layer_type
from layertar.findings.model import Severity, failed, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.digest import Digest
    from layertar.findings.evidence import Evidence
    from layertar.image import JoinedImage
    from layertar.measure import BlobMeasurement

__all__ = ["RULES", "check_diff_ids"]

RULES = (
    failed("layer-diffid-mismatch",
           "A layer's uncompressed bytes are not what the config records.",
           "Save or build the image again.",
           "OCI image-spec, config.md, rootfs; containerd/containerd, core/unpack/unpacker.go",
           why="docker load (unless it has the layer already), containerd, podman and umoci "
           "refuse it on unpacking; a copy by skopeo or oras goes through unchecked. The content "
           "was altered, or the image was built wrong."),
    failed("layer-diffid-permuted",
           "The layers are those that the config records, in another order.",
           "Save the image again with another version of the tool.",
           "OCI image-spec, config.md, rootfs; moby/moby, daemon/internal/image/tarexport/save.go",
           why="Each layer is whole and would be unpacked over the wrong one; loaders refuse it. "
           "Docker 25.0.0 shuffled the layers of its OCI view so."),
    failed("layer-diffid-is-stored-digest",
           "The config records the digest of the compressed bytes as the diff_id.",
           "Build or import the image again with another version of the tool.",
           "containers/podman, issue 18716",
           why="Loaders that unpack the layer refuse it; podman's import of .tar.xz recorded it "
           "so."),
    note("layer-diffid-uncheckable",
         "A layer is no tar, or encrypted, so its diff_id cannot be checked.",
         "None needed.",
         "OCI image-spec, config.md, rootfs; containers/ocicrypt",
         why="Only someone with the key, or with a driver for that file system, can compare it; "
         "the stored digest is checked all the same."),
)  # fmt: skip


def check_diff_ids(evidence: Evidence) -> Iterator[Draft]:
    """Compare each layer's uncompressed digest with the config's, by position (R7, R12)."""
    if not evidence.is_verified:
        return
    for number, image in enumerate(evidence.images):
        permuted = _permutation(evidence, image)
        if permuted is not None:
            yield _permuted(evidence, number, permuted)
            continue
        for use in _image_uses(evidence, number):
            yield from _check_diff_id(evidence, use, image)


def _image_uses(evidence: Evidence, number: int) -> Iterator[Use]:
    for record in evidence.images[number].records:
        for layer in record.layers:
            subject = Subject("image", number, layer.position)
            yield Use(layer.claim, subject, record, layer)


def _permutation(evidence: Evidence, image: JoinedImage) -> list[Digest] | None:
    """Return the measured diff_ids where they are the recorded ones in another order."""
    record = image.records[-1] if len(image.records) == 1 else image.first
    recorded = [layer.diff_id for layer in record.layers]
    measured: list[Digest] = []
    for layer in record.layers:
        measurement = evidence.measured.of(layer.claim)
        diff_id = layer.diff_id
        if measurement is None or diff_id is None:
            return None
        found = measurement.diff_ids.get(diff_id.algorithm)
        if found is None:
            return None
        measured.append(found)
    if measured == recorded or sorted(measured) != sorted(d for d in recorded if d is not None):
        return None
    return measured


def _permuted(evidence: Evidence, number: int, measured: list[Digest]) -> Draft:
    record = evidence.images[number].first
    moved = [
        layer.position
        for layer, found in zip(record.layers, measured, strict=True)
        if layer.diff_id != found
    ]
    first = record.layers[moved[0]]
    use = Use(first.claim, Subject("image", number, moved[0]), record, first)
    positions = ", ".join(str(position) for position in moved)
    # Blobs under each other's names are that first, and the order follows from it.
    measurement = evidence.measured.of(first.claim)
    digest = first.claim.digest
    is_swapped = (
        measurement is not None
        and digest is not None
        and measurement.digests.get(digest.algorithm, digest) != digest
    )
    draft = layer_draft(
        evidence,
        use,
        "layer-diffid-permuted",
        f"layers {positions} are in another order than the config records",
        Order.DIFF_ID,
    )
    return draft._replace(
        message=f"layers {positions} are in another order than the config records them",
        cause=first.claim.member if is_swapped else ("permuted", number),
        within=record.config.member if record.config is not None else None,
        recorded=str(first.diff_id),
        measured=str(measured[moved[0]]),
        subjects=frozenset(Subject("image", number, position) for position in moved),
    )


def _check_diff_id(evidence: Evidence, use: Use, image: JoinedImage) -> Iterator[Draft]:
    measurement = evidence.measured.of(use.claim)
    recorded = use.layer.diff_id if use.layer is not None else None
    if measurement is None or recorded is None:
        return
    media_type = layer_type(evidence, use)
    if mediatype.is_encrypted(media_type or ""):
        words = "encrypted; the diff_id is that of the plain bytes"
        yield layer_draft(evidence, use, "layer-diffid-uncheckable", words, Order.CONTENT)
        return
    measured = measurement.diff_ids.get(recorded.algorithm)
    if measured is None:
        if measurement.diff_ids:
            words = f"the diff_id {recorded} was not checked: no {recorded.algorithm} was measured"
            yield layer_draft(
                evidence, use, "digest-algorithm-unsupported", words, Order.CONTENT
            )._replace(recorded=str(recorded), cause=("algorithm", use.claim.member, recorded))
        return
    if measured == recorded:
        yield from _recompressed(evidence, use, measurement)
        return
    if is_placeholder(use):
        return
    if not is_plain_tar(media_type):
        words = f"no tar ({media_type!r}); its diff_id cannot be checked"
        yield layer_draft(evidence, use, "layer-diffid-uncheckable", words, Order.CONTENT)
        return
    yield _mismatch(evidence, use, image, recorded, measurement)


def _recompressed(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> Iterator[Draft]:
    """Say that the content is intact where only the stored digest fails."""
    digest = use.claim.digest
    if digest is None or measurement.digests.get(digest.algorithm, digest) == digest:
        return
    kind = "only its compression differs"
    if measurement.compression is Compression.NONE:
        kind = "only its digest is recorded wrong"
    elif measurement.trailing is not None:
        kind = "what follows it does not belong there"
    words = f"its diff_id holds: the content is intact, {kind}"
    draft = layer_draft(evidence, use, "layer-digest-mismatch", words, Order.CONTENT)
    yield draft._replace(severity=Severity.NOTE)


def _mismatch(
    evidence: Evidence,
    use: Use,
    image: JoinedImage,
    recorded: Digest,
    measurement: BlobMeasurement,
) -> Draft:
    measured = measurement.diff_ids[recorded.algorithm]
    rule, why = "layer-diffid-mismatch", _explain(evidence, use, measurement)
    if measurement.compression is not Compression.NONE and recorded == measurement.digests.get(
        recorded.algorithm
    ):
        rule = "layer-diffid-is-stored-digest"
        why = "; what is recorded is the digest of the compressed bytes"
    draft = layer_draft(
        evidence,
        use,
        rule,
        f"diff_id recorded {recorded}, measured {measured}{why}",
        Order.DIFF_ID,
    )
    config = image.first.config
    draft = draft._replace(within=config.member if config is not None else None)
    if any(map(counts_differ, image.records)) and use.subject is not None:
        draft = draft._replace(cause=("count", use.subject.number))
    return draft._replace(recorded=str(recorded), measured=str(measured), severity=Severity.ERROR)


def _explain(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> str:
    """Say what the pair of stored digest and diff_id means."""
    digest = use.claim.digest
    if digest is not None and measurement.digests.get(digest.algorithm) == digest:
        return "; the stored digest holds, so the config is wrong about this layer"
    altered = "; the stored digest fails too, so the content was altered" if digest else ""
    places = [
        place.name
        for recorded in [use.layer.diff_id if use.layer is not None else None]
        if recorded is not None
        for place in evidence.measured.places(recorded)
    ]
    if places:
        return f"{altered}; the right bytes are in {places[0]}"
    return altered

"""Layers: streams, the tar within, and what the config says of them (R7, R12, R31, R32)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import RecordedImage
from layertar.codec import Breakage, Compression
from layertar.findings.checks.blobs import where
from layertar.findings.checks.config import counts_differ
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject, Use
from layertar.findings.model import Severity, failed, note, unverifiable, warning
from layertar.image import is_tar_layer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.digest import Digest
    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence
    from layertar.image import JoinedImage
    from layertar.measure import BlobMeasurement

__all__ = ["RULES", "check_content", "check_diff_ids", "check_streams"]

_LAYER = "OCI image-spec, layer.md"
_DAMAGED = "Save or copy the image again."

RULES = (
    failed("layer-diffid-mismatch",
           "A layer's uncompressed bytes are not what the config records (R7).",
           "The content was altered, or the image was built wrong; loaders refuse it on unpacking.",
           "OCI image-spec, config.md, rootfs"),
    failed("layer-diffid-permuted",
           "The layers are those that the config records, in another order.",
           "Save the image again with another version of the tool.", "formats.md 2.4"),
    failed("layer-diffid-is-stored-digest",
           "The config records the digest of the compressed bytes as the diff_id.",
           "Build or import the image again with another version of the tool.",
           "formats.md 5.1"),
    note("layer-diffid-uncheckable",
         "A layer is no tar, or encrypted, so its diff_id cannot be checked.",
         "None needed; its stored digest is checked.", "formats.md 5.8"),
    warning("layer-compression-mismatch",
            "A layer is compressed in another way than its media type says.",
            "Tools that go by the media type (containerd, umoci) fail.", "formats.md 5.2"),
    warning("layer-compression-nonstandard",
            "A layer of an OCI view is compressed in a way no media type names.",
            "Compress it with gzip or zstd.", _LAYER),
    failed("layer-stream-corrupt", "A layer's compressed stream fails its own checks (R31).",
           _DAMAGED, "RFC 1952; RFC 8878"),
    failed("layer-stream-truncated", "A layer's compressed stream ends early (R31).",
           _DAMAGED, "RFC 1952; RFC 8878"),
    warning("layer-stream-trailing", "Bytes follow a layer's compressed stream.",
            "Readers written in Go refuse it.", "formats.md 5.3"),
    note("layer-multi-member", "A layer's compressed stream has several members or frames.",
         "None needed; lazy-pull formats are made so.", "formats.md 5.3"),
    warning("layer-window-large", "A layer needs a larger window than layertar grants.",
            "Many loaders refuse it too.", "formats.md 5.4"),
    unverifiable("bomb-aborted", "A layer grows beyond the bound on uncompressed bytes.",
                 "Raise --max-uncompressed if you trust the archive.", "formats.md 7.C-01"),
    failed("layer-not-tar", "A layer's bytes are no tar.",
           _DAMAGED, _LAYER),
    failed("layer-tar-truncated", "A layer's tar ends inside a header or an entry's data (R32).",
           "No loader can unpack it: build the image again.", _LAYER),
    warning("layer-tar-defect", "Readers differ on an entry of a layer's tar.",
            "A scanner may see other files than a runtime.", "formats.md 4.3"),
    warning("layer-trailing-in-tar", "Bytes follow the end marker of a layer's tar.",
            "No loader reads them; find out what they are.", "formats.md 5.1"),
    warning("layer-zero-bytes", "A layer has no bytes at all.",
            "Loaders written in Go take it for no tar.", "formats.md 5.7"),
)  # fmt: skip

_NONSTANDARD = (Compression.XZ, Compression.BZIP2)
_KINDS = {
    Breakage.CORRUPT: "layer-stream-corrupt",
    Breakage.TRUNCATED: "layer-stream-truncated",
    Breakage.WINDOW: "layer-window-large",
}


def _layer_uses(evidence: Evidence) -> Iterator[tuple[Use, BlobMeasurement]]:
    """Iterate over the layers of images that were measured."""
    for use in evidence.uses.all:
        if use.layer is None:
            continue
        measurement = evidence.measured.of(use.claim)
        if measurement is not None:
            yield use, measurement


def _draft(evidence: Evidence, use: Use, rule: str, words: str, order: Order) -> Draft:
    claim = use.claim
    position = use.layer.position if use.layer is not None else "?"
    name = claim.member.name if claim.member is not None else "embedded"
    return Draft(
        rule,
        f"layer {position}: {name}: {words}",
        where(evidence, use),
        cause=claim.member if claim.member is not None else claim,
        order=order,
        subjects=frozenset({use.subject}) if use.subject is not None else frozenset(),
    )


def check_streams(evidence: Evidence) -> Iterator[Draft]:
    """Tell what was met in compressed streams (R31)."""
    if not evidence.is_verified:
        return
    for use, measurement in _layer_uses(evidence):
        broken, trailing = measurement.broken, measurement.trailing
        if broken is not None:
            draft = _draft(evidence, use, _KINDS[broken.kind], broken.detail, Order.FRAMING)
            location = draft.location
            yield draft._replace(location=replace(location, offset=broken.offset))
        if measurement.aborted is not None:
            words = f"more than {measurement.aborted} bytes uncompressed; inflating was stopped"
            yield _draft(evidence, use, "bomb-aborted", words, Order.FRAMING)
        if trailing is not None:
            what = "zero bytes" if trailing.zero else "bytes"
            words = f"{trailing.length} {what} follow the {measurement.compression.value} stream"
            yield _draft(evidence, use, "layer-stream-trailing", words, Order.CONTENT)
        if measurement.streams > 1:
            words = f"{measurement.streams} {measurement.compression.value} members or frames"
            yield _draft(evidence, use, "layer-multi-member", words, Order.CONTENT)


def check_content(evidence: Evidence) -> Iterator[Draft]:
    """Hold the bytes against the media type, and the tar against itself (R32)."""
    if not evidence.is_verified:
        return
    for use, measurement in _layer_uses(evidence):
        yield from _check_compression(evidence, use, measurement)
        yield from _check_tar(evidence, use, measurement)


def _check_compression(
    evidence: Evidence, use: Use, measurement: BlobMeasurement
) -> Iterator[Draft]:
    media_type, actual = use.claim.media_type, measurement.compression
    if media_type is None or mediatype.is_encrypted(media_type) or not measurement.size:
        return
    if not mediatype.is_tar_layer(media_type):
        return
    if actual in _NONSTANDARD:
        words = f"its bytes are {actual.value}, which no media type names"
        yield _draft(evidence, use, "layer-compression-nonstandard", words, Order.CONTENT)
        return
    declared = mediatype.declared_compression(media_type)
    # Docker's readers look at the bytes, whatever its own media types say (formats.md 5.2).
    if declared is not None and declared != actual.value:
        words = f"{media_type!r} says {declared}, its bytes are {actual.value}"
        yield _draft(evidence, use, "layer-compression-mismatch", words, Order.CONTENT)._replace(
            recorded=declared, measured=actual.value
        )


def _check_tar(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> Iterator[Draft]:
    facts = measurement.tar
    if facts is None or measurement.broken is not None or measurement.aborted is not None:
        return
    if not is_tar_layer(use.claim) or mediatype.is_encrypted(use.claim.media_type or ""):
        return
    if measurement.uncompressed_size == 0:
        if not _is_placeholder(use):
            words = "zero bytes, not even a tar's end"
            yield _draft(evidence, use, "layer-zero-bytes", words, Order.CONTENT)
        return
    if not facts.is_tar:
        yield _draft(evidence, use, "layer-not-tar", "its bytes are no tar", Order.CONTENT)
        return
    if facts.truncated is not None:
        yield _from_walk(evidence, use, facts.truncated, Order.FRAMING)
    if facts.defects:
        first = facts.defects[0]
        more = facts.defect_count - 1
        detail = f"{first.detail}{f' (and {more} more)' if more > 0 else ''}"
        yield _from_walk(evidence, use, first._replace(detail=detail), Order.CONTENT)
    if facts.trailing is not None:
        yield _from_walk(evidence, use, facts.trailing, Order.CONTENT)


def _is_placeholder(use: Use) -> bool:
    """Whether absence is what is told of this layer already (`docker-layer-missing`)."""
    record = use.record
    is_docker = isinstance(record, RecordedImage) and record.view == "docker"
    diff_id = use.layer.diff_id if use.layer is not None else None
    return is_docker and diff_id is not None and not str(diff_id).startswith("sha256:e3b0c442")


def _from_walk(evidence: Evidence, use: Use, fault: Fault, order: Order) -> Draft:
    draft = _draft(evidence, use, fault.rule, fault.detail, order)
    location = replace(draft.location, offset=fault.offset)
    return draft._replace(location=location, severity=fault.severity)


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
    draft = _draft(
        evidence,
        use,
        "layer-diffid-permuted",
        f"layers {positions} are in another order than the config records",
        Order.DIFF_ID,
    )
    return draft._replace(
        message=f"layers {positions} are in another order than the config records them",
        cause=("permuted", number),
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
    if mediatype.is_encrypted(use.claim.media_type or ""):
        words = "encrypted; the diff_id is that of the plain bytes"
        yield _draft(evidence, use, "layer-diffid-uncheckable", words, Order.CONTENT)
        return
    measured = measurement.diff_ids.get(recorded.algorithm)
    if measured is None:
        if measurement.diff_ids:
            words = f"the diff_id {recorded} was not checked: no {recorded.algorithm} was measured"
            yield _draft(
                evidence, use, "digest-algorithm-unsupported", words, Order.CONTENT
            )._replace(recorded=str(recorded), cause=("algorithm", use.claim.member, recorded))
        return
    if measured == recorded:
        yield from _recompressed(evidence, use, measurement)
        return
    if _is_placeholder(use) and not measurement.size:
        return
    if not is_tar_layer(use.claim):
        words = f"no tar ({use.claim.media_type!r}); its diff_id cannot be checked"
        yield _draft(evidence, use, "layer-diffid-uncheckable", words, Order.CONTENT)
        return
    yield _mismatch(evidence, use, image, recorded, measurement)


def _recompressed(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> Iterator[Draft]:
    """Say that the content is intact where only the stored digest fails (formats.md 6.1)."""
    digest = use.claim.digest
    if digest is None or measurement.digests.get(digest.algorithm, digest) == digest:
        return
    words = "its diff_id holds: the content is intact, only its compression differs"
    draft = _draft(evidence, use, "layer-digest-mismatch", words, Order.CONTENT)
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
    draft = _draft(
        evidence,
        use,
        rule,
        f"diff_id recorded {recorded}, measured {measured}{why}",
        Order.DIFF_ID,
    )
    config = image.first.config
    draft = draft._replace(within=config.member if config is not None else None)
    if counts_differ(image.first) and use.subject is not None:
        draft = draft._replace(cause=("count", use.subject.number))
    return draft._replace(recorded=str(recorded), measured=str(measured), severity=Severity.ERROR)


def _explain(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> str:
    """Say what the pair of stored digest and diff_id means (formats.md 6.1)."""
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

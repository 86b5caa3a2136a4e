"""Layers: their compressed streams, and the tar within (R31, R32)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.codec import Breakage, Compression
from layertar.findings.checks.absence import is_placeholder
from layertar.findings.checks.blobs import where
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import is_plain_tar, layer_type
from layertar.findings.model import failed, note, unverifiable, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence, Use
    from layertar.measure import BlobMeasurement

__all__ = ["RULES", "check_content", "check_streams", "layer_draft"]

_LAYER = "OCI image-spec, layer.md"
_DAMAGED = "Save or copy the image again."

RULES = (
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


def layer_draft(evidence: Evidence, use: Use, rule: str, words: str, order: Order) -> Draft:
    """Make the draft of something that is wrong with a layer's bytes."""
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
            draft = layer_draft(evidence, use, _KINDS[broken.kind], broken.detail, Order.FRAMING)
            location = draft.location
            yield draft._replace(location=replace(location, offset=broken.offset))
        if measurement.aborted is not None:
            words = f"more than {measurement.aborted} bytes uncompressed; inflating was stopped"
            yield layer_draft(evidence, use, "bomb-aborted", words, Order.FRAMING)
        if trailing is not None:
            what = "zero bytes" if trailing.zero else "bytes"
            words = f"{trailing.length} {what} follow the {measurement.compression.value} stream"
            yield layer_draft(evidence, use, "layer-stream-trailing", words, Order.CONTENT)
        if measurement.streams > 1:
            words = f"{measurement.streams} {measurement.compression.value} members or frames"
            yield layer_draft(evidence, use, "layer-multi-member", words, Order.CONTENT)


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
    if media_type is None or not is_plain_tar(media_type) or not measurement.size:
        return
    if actual in _NONSTANDARD:
        words = f"its bytes are {actual.value}, which no media type names"
        yield layer_draft(evidence, use, "layer-compression-nonstandard", words, Order.CONTENT)
        return
    declared = mediatype.declared_compression(media_type)
    # Docker's readers look at the bytes, whatever its own media types say (formats.md 5.2).
    if declared is not None and declared != actual.value:
        words = f"{media_type!r} says {declared}, its bytes are {actual.value}"
        yield layer_draft(
            evidence, use, "layer-compression-mismatch", words, Order.CONTENT
        )._replace(recorded=declared, measured=actual.value)


def _check_tar(evidence: Evidence, use: Use, measurement: BlobMeasurement) -> Iterator[Draft]:
    facts = measurement.tar
    if facts is None or measurement.broken is not None or measurement.aborted is not None:
        return
    if not is_plain_tar(layer_type(evidence, use)):
        return
    if measurement.uncompressed_size == 0:
        if not is_placeholder(use):
            words = "zero bytes, not even a tar's end"
            yield layer_draft(evidence, use, "layer-zero-bytes", words, Order.CONTENT)
        return
    if not facts.is_tar:
        yield layer_draft(evidence, use, "layer-not-tar", "its bytes are no tar", Order.CONTENT)
        return
    if facts.truncated is not None:
        yield _from_walk(evidence, use, facts.truncated, Order.FRAMING)
    beyond = [fault for fault in facts.defects if fault.rule == "limit-exceeded"]
    defects = [fault for fault in facts.defects if fault.rule != "limit-exceeded"]
    if beyond:
        yield _from_walk(evidence, use, beyond[0], Order.FRAMING)
    if defects:
        more = facts.defect_count - len(beyond) - 1
        detail = f"{defects[0].detail}{f' (and {more} more)' if more > 0 else ''}"
        yield _from_walk(evidence, use, defects[0]._replace(detail=detail), Order.CONTENT)
    if facts.trailing is not None:
        yield _from_walk(evidence, use, facts.trailing, Order.CONTENT)


def _from_walk(evidence: Evidence, use: Use, fault: Fault, order: Order) -> Draft:
    draft = layer_draft(evidence, use, fault.rule, fault.detail, order)
    location = replace(draft.location, offset=fault.offset)
    return draft._replace(location=location, severity=fault.severity)

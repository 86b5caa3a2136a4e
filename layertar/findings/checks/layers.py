"""Layers: their compressed streams, and the tar within (R31, R32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import RecordedImage
from layertar.codec import Breakage, Compression
from layertar.findings.checks.absence import is_placeholder
from layertar.findings.checks.blobs import where
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import is_plain_tar, layer_type
from layertar.findings.model import Severity, failed, note, unverifiable, warning
from layertar.value import replace

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
            "Build or copy the image again with another version of the tool.",
            "OCI image-spec, layer.md; containerd/containerd, issues 3326 and 10134",
            why="containerd takes a layer that OCI calls uncompressed as it is, umoci goes by "
            "the media type and fails; Docker, podman and skopeo look at the bytes and load it. In "
            "their copies of the form dir: these two write so themselves, which is a note."),
    warning("layer-compression-nonstandard",
            "A layer of an OCI view is compressed in a way no media type names.",
            "Compress it with gzip or zstd.",
            "OCI image-spec, layer.md; containerd/containerd, "
            "pkg/archive/compression/compression.go",
            why="Docker, podman and skopeo unpack xz and bzip2; containerd, crane and umoci do "
            "not."),
    failed("layer-stream-corrupt", "A layer's compressed stream fails its own checks.",
           _DAMAGED, "RFC 1952; RFC 8878",
           why="The sums within the stream fail, so it is damage rather than a wrong record; "
           "every loader stops there, having written the files before."),
    failed("layer-stream-truncated", "A layer's compressed stream ends early.",
           _DAMAGED, "RFC 1952; RFC 8878",
           why="The files behind the cut are lost; loaders fail there, whoever unpacks without "
           "looking at errors has the files before it."),
    warning("layer-stream-trailing", "Bytes follow a layer's compressed stream.",
            "Build or copy the image again, so that the layer is compressed anew.",
            "RFC 1952, section 2.2; golang/go, src/compress/gzip/gunzip.go",
            why="Go's gzip reader (docker load, containerd, podman) fails on any such byte, even "
            "a zero; unpigz, Python and skopeo's copying pass over some of them."),
    note("layer-multi-member", "A layer's compressed stream has several members or frames.",
         "None needed; lazy-pull formats are made so.",
         "RFC 1952, section 2.2; RFC 8878, section 3.1; containerd/stargz-snapshotter, "
         "docs/estargz.md",
         why="It is one stream to every loader; a decoder that stops after the first member, as "
         "Python's zlib and zstandard do by default, sees a part of it only."),
    warning("layer-window-large", "A layer needs a larger window than layertar grants.",
            "Compress the layer again without --long.",
            "RFC 8878, section 3.1.1.1.2; klauspost/compress, zstd/decoder_options.go",
            why="The zstd command refuses windows above 128 MiB, and Docker, containerd and "
            "podman (klauspost/compress) above 512 MiB; a machine needs that much memory to "
            "unpack it."),
    unverifiable("bomb-aborted", "A layer grows beyond the bound on uncompressed bytes.",
                 "Raise --max-uncompressed if you trust the archive.",
                 "CVE-2017-14992",
                 why="A few kilobytes can unpack to terabytes and fill the disk of whoever loads "
                 "them; where unpacking stopped, nothing is said of the digest."),
    failed("layer-not-tar", "A layer's bytes are no tar.",
           _DAMAGED,
           "OCI image-spec, layer.md; OCI image-spec, manifest.md, Guidelines for Artifact Usage",
           why="Loaders fail when they unpack it. Artifacts pushed with oras often have such "
           "layers; those of an image must be tars."),
    failed("layer-tar-truncated", "A layer's tar ends inside a header or an entry's data.",
           "Build the image again.",
           "OCI image-spec, layer.md; POSIX.1-2017, pax, ustar Interchange Format",
           why="No loader can unpack it, whatever the digests say: they prove only that it was "
           "built so."),
    warning("layer-tar-defect", "Readers differ on an entry of a layer's tar.",
            "Build the image again, or find out who wrote the layer.",
            "golang/go, src/archive/tar/reader.go; python/cpython, Lib/tarfile.py; "
            "CVE-2025-62518; CVE-2026-33055",
            why="Sizes, names or headers that readers take in different ways let a scanner see "
            "other files than the runtime."),
    warning("layer-trailing-in-tar", "Bytes follow the end marker of a layer's tar.",
            "Find out what they are, or build the image again.",
            "OCI image-spec, config.md, rootfs; opencontainers/umoci, CHANGELOG.md, 0.4.7",
            why="The diff_id covers these bytes, and no loader unpacks them. Tools that stop at "
            "the end marker, as umoci before 0.4.7 did, do not see them."),
    warning("layer-zero-bytes", "A layer has no bytes at all.",
            "Save the image again, complete.",
            "moby/moby, issue 18170; buildpacks/imgutil, local/store.go",
            why="Old Dockers took it for an empty layer; Go finds no entries in it, Python's "
            "tarfile refuses it, and no diff_id but that of nothing can hold."),
)  # fmt: skip

_NONSTANDARD = (Compression.XZ, Compression.BZIP2, Compression.LZMA, Compression.LZ4)
_KINDS = {
    Breakage.CORRUPT: "layer-stream-corrupt",
    Breakage.TRUNCATED: "layer-stream-truncated",
    Breakage.WINDOW: "layer-window-large",
    Breakage.NO_LIBRARY: "limit-exceeded",
}


def _layer_uses(evidence: Evidence) -> Iterator[tuple[Use, BlobMeasurement]]:
    """Iterate over the layers of images that were measured."""
    for use in evidence.uses.all:
        # Of an unknown type, only what is stored is known to mean something.
        if use.layer is None or not _is_layer(layer_type(evidence, use)):
            continue
        measurement = evidence.measured.of(use.claim)
        if measurement is not None:
            yield use, measurement


def _is_layer(media_type: str | None) -> bool:
    """Whether a type is a layer's; a docker view has no other."""
    return media_type is None or mediatype.is_layer(media_type)


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
    """Tell what was met in compressed streams."""
    if not evidence.is_verified:
        return
    for use, measurement in _layer_uses(evidence):
        broken, trailing = measurement.broken, measurement.trailing
        if broken is not None:
            draft = layer_draft(evidence, use, _KINDS[broken.kind], broken.detail, Order.FRAMING)
            location = draft.location
            yield draft._replace(location=replace(location, offset=broken.offset))
        if measurement.is_aborted_together:
            words = f"all layers together have more than {measurement.aborted} bytes uncompressed"
            words = f"{words}; inflating was stopped"
            yield layer_draft(evidence, use, "limit-exceeded", words, Order.FRAMING)
        elif measurement.aborted is not None:
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
    """Hold the bytes against the media type, and the tar against itself."""
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
    # Docker's readers look at the bytes, whatever its own media types say.
    if declared is not None and declared != actual.value:
        words = f"{media_type!r} says {declared}, its bytes are {actual.value}"
        draft = layer_draft(evidence, use, "layer-compression-mismatch", words, Order.CONTENT)
        yield draft._replace(
            recorded=declared,
            measured=actual.value,
            severity=Severity.NOTE if _is_copied_plain(use, measurement) else None,
        )


def _is_copied_plain(use: Use, measurement: BlobMeasurement) -> bool:
    """Whether podman or skopeo wrote it so: its `dir:` calls layers of Docker's by one type.

    Spec: containers/image, manifest/docker_schema2.go, DockerV2Schema2LayerMediaType.
    """
    is_docker = (use.claim.media_type or "").startswith("application/vnd.docker.")
    is_copy = isinstance(use.record, RecordedImage) and use.record.view == "dir"
    return is_copy and is_docker and measurement.compression is Compression.NONE


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

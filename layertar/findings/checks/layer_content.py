"""Layers: what the entries of their tars are called and lead to, and their tables."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.checks.layers import layer_draft
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import is_plain_tar, layer_type
from layertar.findings.model import Severity, note, warning
from layertar.regex import regex
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.fault import Fault
    from layertar.findings.evidence import Evidence, Use
    from layertar.measure import BlobMeasurement
    from layertar.tar import LayerFacts

__all__ = ["RULES", "check_encrypted", "check_entries", "check_tables"]

_LAYER = "OCI image-spec, layer.md"

RULES = (
    warning("layer-duplicate-path", "A layer holds one path more than once.",
            "Build the image again, so that the layer has each path once.",
            f"{_LAYER}, Distributable Format; vbatts/tar-split, tar/storage/packer.go; "
            "moby/buildkit, issue 266",
            why="docker load with its classic image store refuses such a layer, as do others that "
            "keep it with tar-split; elsewhere the last entry wins, and a scanner may look at the "
            "other. A directory that comes again unpacks to the same, so that is only a note."),
    warning("layer-whiteout-invalid", "A layer has a whiteout that hides no sibling.",
            "Find out who wrote it.",
            f"{_LAYER}, Whiteouts; moby/moby, pkg/archive/diff.go",
            why="Docker takes a whiteout without a name for one of its whole directory, and "
            "unpacks what lies below a whiteout; others differ."),
    warning("layer-path-unsafe", "A name in a layer leaves the image's root by dot-dot.",
            "Do not unpack it, and find out who wrote it.",
            "CVE-2007-4559; CVE-2024-24579; moby/moby, pkg/archive/diff.go",
            why="No honest tool writes one. Docker refuses the layer; tools that unpack by name "
            "write to files of their machine."),
    warning("layer-link-escapes", "An entry of a layer leads out of the image's root by a link.",
            "Do not unpack it, and find out who wrote it.",
            "CVE-2014-6407; CVE-2021-29136; CVE-2026-28406",
            why="No honest tool writes one. Loaders unpack it within the image or refuse it; "
            "tools that follow links read or write files of their machine."),
    warning("layer-sparse-entry", "An entry of a layer is stored sparse.",
            "Build the image again without sparse files.",
            f"{_LAYER}, File Attributes",
            why="Readers expand sparse entries in different ways, or not at all, and a few "
            "kilobytes may become terabytes."),
    note("layer-empty", "A layer's tar has no entries.",
         "None needed.",
         "OCI image-spec, config.md, history",
         why="Builders write one for an instruction that changes no file; every loader takes it."),
    note("layer-encrypted", "A layer is encrypted.",
         "None needed; decrypt it to have its diff_id and content checked.",
         "containers/ocicrypt, README.md",
         why="Its stored digest is checked; what is in it nobody can say without a key, and "
         "loaders without one refuse it."),
    warning("layer-toc-mismatch", "A layer's table of contents is not what is recorded.",
            "Build or convert the image again.",
            "containerd/stargz-snapshotter, docs/estargz.md; containers/storage, "
            "pkg/chunked/internal/minimal/compression.go",
            why="A runtime that pulls lazily takes the files from the table, others from the tar: "
            "they would run different things, or the lazy one refuses."),
)  # fmt: skip

_ESTARGZ = "containerd.io/snapshot/stargz/toc.digest"
_CHUNKED = "io.github.containers.zstd-chunked."
_CHECKSUM = f"{_CHUNKED}manifest-checksum"
# Annotation -> how many numbers it has, of which the first two are offset and length.
_POSITIONS = {f"{_CHUNKED}manifest-position": 4, f"{_CHUNKED}tarsplit-position": 3}
_TABLE_POSITION = f"{_CHUNKED}manifest-position"
_NUMBER = regex(r"[0-9]{1,19}")
_SHOWN = 128  # characters of an annotation in a message


class _Layer(NamedTuple):
    use: Use
    measurement: BlobMeasurement
    facts: LayerFacts


def _layers(evidence: Evidence) -> Iterator[_Layer]:
    """Iterate over the layers of images whose tars were walked to their end."""
    if not evidence.is_verified:
        return
    for use in evidence.uses.all:
        measurement = evidence.measured.of(use.claim) if use.layer is not None else None
        if measurement is None or measurement.tar is None:
            continue
        is_whole = measurement.broken is None and measurement.aborted is None
        if is_whole and measurement.tar.is_tar and is_plain_tar(layer_type(evidence, use)):
            yield _Layer(use, measurement, measurement.tar)


def _draft(evidence: Evidence, use: Use, rule: str, words: str) -> Draft:
    """Make a draft that stands alone, unless the layer is not what is recorded of it."""
    member = use.claim.member
    draft = layer_draft(evidence, use, rule, words, Order.CONTENT)
    source = member if member is not None else use.claim
    return draft._replace(cause=(rule, source), within=member)


def check_entries(evidence: Evidence) -> Iterator[Draft]:
    """Tell what the walk through each layer's tar met."""
    for use, _, facts in _layers(evidence):
        kinds = sorted(facts.content, key=_kind)  # A stable sort: the first of each stays first.
        for _, faults in groupby(kinds, key=_kind):
            yield _from_faults(evidence, use, facts, list(faults))
        is_whole = facts.truncated is None and facts.trailing is None
        if not facts.entries and facts.size and is_whole:
            words = f"an empty layer: a tar of {facts.size} bytes without an entry"
            yield _draft(evidence, use, "layer-empty", words)


def _kind(fault: Fault) -> tuple[str, bool]:
    return fault.rule, fault.severity is Severity.NOTE


def _from_faults(evidence: Evidence, use: Use, facts: LayerFacts, faults: list[Fault]) -> Draft:
    """Tell the first of several faults of one kind, and how many more there are."""
    first = faults[0]
    count = facts.content_counts.get(first.rule, 0)
    if first.severity is Severity.NOTE:
        count = facts.repeated_directories
    words = f"{first.member}: {first.detail}{f' (and {count - 1} more)' if count > 1 else ''}"
    draft = _draft(evidence, use, first.rule, words)
    return draft._replace(
        location=replace(draft.location, offset=first.offset),
        recorded=first.recorded,
        severity=first.severity,
        cause=(draft.cause, first.severity),
    )


def check_encrypted(evidence: Evidence) -> Iterator[Draft]:
    """Tell which layers are encrypted, by their media types."""
    for use in evidence.uses.all:
        if use.layer is None:
            continue
        media_type = layer_type(evidence, use) or ""
        if mediatype.is_encrypted(media_type):
            yield _draft(evidence, use, "layer-encrypted", f"encrypted ({media_type!r})")


def check_tables(evidence: Evidence) -> Iterator[Draft]:
    """Hold the tables of lazily pulled layers against what their descriptors record."""
    for layer in _layers(evidence):
        yield from _check_estargz(evidence, layer)
        yield from _check_chunked(evidence, layer)


def _check_estargz(evidence: Evidence, layer: _Layer) -> Iterator[Draft]:
    """The table is in the tar, unless it is kept elsewhere, where nothing can be checked."""
    recorded = layer.use.claim.annotations.get(_ESTARGZ)
    measured = layer.facts.table
    if recorded is not None and measured is not None:
        yield from _check_digest(evidence, layer.use, "eStargz", recorded, measured)


def _check_digest(
    evidence: Evidence, use: Use, what: str, recorded: str, measured: Digest
) -> Iterator[Draft]:
    try:
        digest = Digest.parse(recorded)
    except DigestError as error:
        yield _mismatch(evidence, use, f"{what} table: digest {_cut(recorded)!r}: {error.reason}")
        return
    if digest.algorithm == measured.algorithm and digest != measured:
        words = f"{what} table: digest recorded {digest}, measured {measured}"
        draft = _mismatch(evidence, use, words)
        yield draft._replace(recorded=str(digest), measured=str(measured))


def _check_chunked(evidence: Evidence, layer: _Layer) -> Iterator[Draft]:
    """The table is a skippable frame, which the annotations say the place and digest of.

    Spec: containers/storage, pkg/chunked/internal/minimal/compression.go, the annotations.
    """
    use, measurement, _ = layer
    annotations = use.claim.annotations
    for key, numbers in _POSITIONS.items():
        text = annotations.get(key)
        if text is None:
            continue
        position = _read_position(text, numbers)
        if position is None:
            yield _mismatch(evidence, use, f"{key} is no position: {_cut(text)!r}")
            continue
        offset, length = position
        if offset + length > measurement.size:
            words = f"{key} is {_cut(text)}, beyond the layer's {measurement.size} bytes"
            yield _mismatch(evidence, use, words)
        elif key == _TABLE_POSITION and _CHECKSUM in annotations:
            frames = [f for f in measurement.skipped if (f.offset, f.length) == position]
            if frames:
                checksum, what = annotations[_CHECKSUM], "zstd:chunked"
                yield from _check_digest(evidence, use, what, checksum, frames[0].digest)
            else:
                words = f"zstd:chunked table: no frame of {length} bytes is at byte {offset}"
                yield _mismatch(evidence, use, words)


def _read_position(text: str, numbers: int) -> tuple[int, int] | None:
    parts = text.split(":")
    if len(parts) != numbers or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _mismatch(evidence: Evidence, use: Use, words: str) -> Draft:
    return _draft(evidence, use, "layer-toc-mismatch", words)


def _cut(text: str) -> str:
    return text[:_SHOWN]

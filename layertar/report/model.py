"""Report: everything that one call found out, for whoever renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.fault import Severity
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.digest import Digest
    from layertar.findings.model import Finding, Ignored
    from layertar.image.model import Artifact, Image, Verdict

__all__ = ["ArchiveReport", "Expectation", "FileDigests", "Report", "Summary", "summary_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of one archive.

    Attributes:
        errors: findings of that severity; so `warnings` and `notes`.
        images: images listed.
        blobs: members and inline blobs that were measured.
        bytes_read: bytes read of the input, in bytes.
    """

    errors: int
    warnings: int
    notes: int
    images: int
    blobs: int
    bytes_read: int


def summary_of(
    findings: Sequence[Finding], *, images: int = 0, blobs: int = 0, bytes_read: int = 0
) -> Summary:
    """Count findings by severity, beside the counts that are given."""
    count = [finding.severity for finding in findings].count
    return Summary(
        errors=count(Severity.ERROR),
        warnings=count(Severity.WARNING),
        notes=count(Severity.NOTE),
        images=images,
        blobs=blobs,
        bytes_read=bytes_read,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What became of one digest that the caller expects.

    Attributes:
        text: as the caller gave it.
        met_as: which identity it was: `image ID`, `manifest digest` or `index digest`;
            `None` where no image has it.
        image: manifest digest or, where it has none, image ID of the image that has it.
    """

    text: str
    met_as: str | None
    image: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigests:
    """One file of an archive, measured.

    Attributes:
        name: as it is called when unpacked, `surrogateescape`d.
        digest: of its bytes.
        diff_id: of its bytes, uncompressed; `None` for what is no layer.
    """

    name: str
    digest: Digest
    diff_id: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveReport:
    """What was found out about one input.

    Attributes:
        name: as given by the caller, `-` for standard input.
        size: of the input, in bytes; `None` for a pipe and a directory.
        digest: of the input as stored; `None` unless asked for.
        outer_compression: outermost first, empty for a plain archive.
        views: which views the archive has: `oci`, `docker`, `docker-v1`.
        verdict: the worst of everything in it.
        images: in document order.
        artifacts: in document order.
        findings: worst first, then by place.
        expected: what became of the digests that the caller expects.
        files: the files in it, in its order, where they are wanted; of one name the last.
        summary: counts.
        ignored: what a policy sets aside, in the order of findings; `findings` and `summary` are
            without it, the verdict is with it.
    """

    name: str
    size: int | None
    digest: Digest | None
    outer_compression: tuple[str, ...]
    views: tuple[str, ...]
    verdict: Verdict
    images: tuple[Image, ...]
    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...]
    summary: Summary
    expected: tuple[Expectation, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    files: tuple[FileDigests, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one call.

    Attributes:
        command: `verify` or `inspect`.
        tool_version: layertar's own version.
        verdict: the worst of the archives'.
        archives: in the order given.
        unchecked: names of rules that were left out, on request or because nobody asked, sorted:
            that nothing was found by one of them says nothing.
    """

    command: str
    tool_version: str
    verdict: Verdict
    archives: tuple[ArchiveReport, ...]
    unchecked: tuple[str, ...] = ()

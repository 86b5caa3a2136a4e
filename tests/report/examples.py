"""Reports made by hand, for tests of what is shown of them."""

from __future__ import annotations

from datetime import date

from layertar.digest import Digest
from layertar.documents import HistoryEntry
from layertar.fault import Severity
from layertar.findings.model import Effect, Finding, Ignored, Location, Related, Rule
from layertar.image.model import (
    Artifact,
    ArtifactBlob,
    ConfigBlob,
    Image,
    Layer,
    RecordedBase,
    RecordedConfig,
    RecordedIdentity,
    RecordedLayerFacts,
    Verdict,
)
from layertar.platform import Platform
from layertar.report.model import ArchiveReport, Report, Summary

__all__ = [
    "archive",
    "artifact",
    "damaged_report",
    "digest",
    "finding",
    "image",
    "inspected_report",
    "layer",
    "report",
    "unreadable_report",
]

_EFFECTS = {
    Severity.ERROR: Effect.FAILED,
    Severity.WARNING: Effect.NONE,
    Severity.NOTE: Effect.NONE,
}


def digest(text: str) -> Digest:
    """The digest of `text`."""
    return Digest.of(text.encode())


def layer(
    position: int = 0,
    *,
    verdict: Verdict = Verdict.VERIFIED,
    measured: bool = True,
    created_by: str | None = "COPY . / # buildkit",
) -> Layer:
    """A gzip layer whose records are true."""
    stored, plain = digest(f"layer {position}"), digest(f"layer {position}, uncompressed")
    return Layer(
        position=position,
        digest=stored if measured else None,
        diff_id=plain if measured else None,
        chain_id=digest(f"chain {position}") if measured else None,
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        compression="gzip" if measured else None,
        size=31_300_000 if measured else None,
        uncompressed_size=80_000_000 if measured else None,
        member=f"blobs/sha256/{stored.encoded}",
        created_by=created_by,
        recorded=RecordedLayerFacts(digest=stored, diff_id=plain, size=31_300_000),
        verdict=verdict,
        member_size=31_300_000,
        content_size=79_000_000 if measured else None,
    )


def image(
    *layers: Layer,
    names: tuple[str, ...] = ("docker.io/library/app:1.0", "app:1.0"),
    verdict: Verdict = Verdict.VERIFIED,
    created: str | None = "2024-01-01T00:00:00Z",
    base: RecordedBase | None = None,
) -> Image:
    """An image whose records are true."""
    config = digest("config")
    return Image(
        names=names,
        image_id=config,
        manifest_digest=digest("manifest"),
        index_digest=None,
        platform=Platform("linux", "arm", "v7"),
        created=created,
        recorded=RecordedIdentity(
            image_id=config, manifest_digest=digest("manifest"), index_digest=None
        ),
        views=("oci", "docker"),
        verdict=verdict,
        config=ConfigBlob(
            digest=config,
            size=1234,
            member="blobs/sha256/c",
            recorded=RecordedConfig(digest=config, size=1234),
        ),
        layers=layers,
        history=tuple(
            HistoryEntry(created, layer.created_by, None, empty_layer=False) for layer in layers
        ),
        base=base,
    )


def artifact() -> Artifact:
    """An attestation of `image`."""
    return Artifact(
        digest=digest("attestation"),
        media_type="application/vnd.oci.image.manifest.v1+json",
        artifact_type="application/vnd.in-toto+json",
        names=(),
        subject=digest("manifest"),
        size=900,
        verdict=Verdict.VERIFIED,
        blobs=(
            ArtifactBlob(
                digest=digest("statement"),
                media_type="application/vnd.in-toto+json",
                size=100,
                member="blobs/sha256/s",
                verdict=Verdict.VERIFIED,
            ),
        ),
    )


def finding(
    rule: str = "layer-diffid-mismatch",
    severity: Severity = Severity.ERROR,
    *,
    message: str = "layer 0: the diff_id is another",
    location: Location | None = None,
    recorded: str | None = None,
    measured: str | None = None,
    related: tuple[Related, ...] = (),
) -> Finding:
    """A finding; an error fails, anything else has no effect."""
    return Finding(
        rule=Rule(rule, severity, _EFFECTS[severity], "Summary.", "Why.", "Remedy.", "Reference."),
        severity=severity,
        effect=_EFFECTS[severity],
        message=message,
        location=location or Location(),
        recorded=recorded,
        measured=measured,
        related=related,
    )


def archive(
    *images: Image,
    name: str = "app.tar",
    verdict: Verdict = Verdict.VERIFIED,
    findings: tuple[Finding, ...] = (),
    artifacts: tuple[Artifact, ...] = (),
    ignored: tuple[Ignored, ...] = (),
    views: tuple[str, ...] = ("oci", "docker"),
) -> ArchiveReport:
    """An archive with its counts."""
    severities = [found.severity for found in findings]
    return ArchiveReport(
        name=name,
        size=31_400_960,
        digest=None,
        outer_compression=(),
        views=views,
        verdict=verdict,
        images=images,
        artifacts=artifacts,
        findings=findings,
        ignored=ignored,
        summary=Summary(
            errors=severities.count(Severity.ERROR),
            warnings=severities.count(Severity.WARNING),
            notes=severities.count(Severity.NOTE),
            images=len(images),
            blobs=7,
            bytes_read=31_400_960,
        ),
    )


def report(*archives: ArchiveReport, command: str = "verify") -> Report:
    """A report; its verdict is the first archive's."""
    verdict = archives[0].verdict if archives else Verdict.VERIFIED
    return Report(command=command, tool_version="1.2.3", verdict=verdict, archives=archives)


def damaged_report(text: str = "text") -> Report:
    """A report with everything in it that can be there, and `text` wherever an archive's is."""
    location = Location(
        member=text, offset=512, pointer=f"/{text}", image=str(digest("manifest")), layer=0
    )
    found = finding(
        message=text,
        location=location,
        recorded=text,
        measured=str(digest("other")),
        related=(
            Related(
                rule="blob-digest-mismatch",
                message=text,
                location=location,
                recorded=text,
                measured=text,
            ),
        ),
    )
    layers = (
        layer(0, verdict=Verdict.FAILED, created_by=text),
        layer(1, verdict=Verdict.MISSING, measured=False, created_by=None),
    )
    base = RecordedBase(name=text, digest=text)
    one = image(*layers, names=(text, text), verdict=Verdict.FAILED, created=text, base=base)
    return report(
        archive(
            one,
            name=text,
            verdict=Verdict.FAILED,
            findings=(found, finding("outer-compression", Severity.NOTE, message=text)),
            artifacts=(artifact(),),
            ignored=(
                Ignored(
                    finding=finding("name-unsafe", message=text, location=location),
                    reason=text,
                    until=date(2026, 12, 31),
                ),
            ),
        )
    )


def unreadable_report(name: str = "absent.tar") -> Report:
    """A report on an input that is not there."""
    message = f"{name}: no such file or directory"
    found = finding("input-unreadable", message=message)
    return report(archive(name=name, verdict=Verdict.UNREADABLE, findings=(found,), views=()))


def inspected_report() -> Report:
    """A report of `inspect`."""
    layers = (layer(0, verdict=Verdict.RECORDED, measured=False),)
    one = image(*layers, verdict=Verdict.RECORDED)
    return report(archive(one, verdict=Verdict.RECORDED), command="inspect")

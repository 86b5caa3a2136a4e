"""One input, examined from its first byte to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.api.first_fault import stopping_at_first
from layertar.api.listeners import measured_listener, progress_listener
from layertar.api.measuring import (
    file_digests,
    layer_members,
    measured_blobs,
    measured_documents,
)
from layertar.api.request import looking
from layertar.api.sinks import Discard
from layertar.archive import name_contents, read_archive
from layertar.errors import ArchiveError, InputError, SelectionError
from layertar.fault import Fault
from layertar.findings import (
    NO_CONTENTS,
    Evidence,
    Severity,
    Subject,
    Uses,
    judge,
    met_as,
    reweighed,
    unreadable,
)
from layertar.image import (
    JoinedImage,
    Measured,
    describe_artifact,
    describe_image,
    join,
    select,
)
from layertar.image.model import Verdict
from layertar.measure import Stop, StreamMeter
from layertar.members import (
    ByteCounter,
    open_content,
    source_name,
    source_size,
    split_part_hint,
)
from layertar.report.model import ArchiveReport, Expectation, summary_of
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.api.request import Request
    from layertar.archive import Archive, RecordedImage
    from layertar.codec import Compression
    from layertar.findings import Finding, Judgement, SetAside
    from layertar.measure import BlobMeasurement
    from layertar.members import Content, Member, Source

__all__ = ["examine"]

# How the first part of a split archive ends, if it is a tar at all.
_ENDS_EARLY = frozenset(
    {"archive-truncated", "archive-no-end-marker", "outer-compression-truncated"}
)


def examine(request: Request, source: Source) -> ArchiveReport:
    """Examine one input, whatever it turns out to be."""
    name, size = source_name(source), source_size(source)
    request = looking(request)
    counter = ByteCounter(progress_listener(request.on_progress, source))
    stop, listener = Stop(), measured_listener(request, name)
    meter = StreamMeter(
        workers=request.workers,
        limits=request.limits,
        content=request.layer_content,
        on_measured=stopping_at_first(stop, None, listener) if request.fail_fast else listener,
        stop=stop,
        riders=request.riders,
    )
    is_measured = request.verifies or request.riders is not None
    sink = meter if is_measured else request.sink or Discard()
    try:
        with open_content(
            source, sink, request.limits, counter, digests=request.digests
        ) as content:
            if is_measured and not content.is_seekable:
                request = replace(request, command="verify")
            return _examine_content(request, name, content, meter, counter)
    except InputError as error:
        findings = unreadable("input-unreadable", error.reason, ())
    except ArchiveError as error:
        findings = unreadable(error.rule, error.reason, ())
    finally:
        meter.close()
    findings = reweighed(findings, request.lowering.severities)
    return _unreadable_report(name, size, (), findings, counter)


def _unreadable_report(
    name: str,
    size: int | None,
    outer: tuple[Compression, ...],
    findings: tuple[Finding, ...],
    counter: ByteCounter,
) -> ArchiveReport:
    return ArchiveReport(
        name=name,
        size=size,
        digest=None,
        outer_compression=tuple(compression.value for compression in outer),
        views=(),
        verdict=Verdict.UNREADABLE,
        images=(),
        artifacts=(),
        findings=findings,
        summary=summary_of(findings, bytes_read=counter.total),
    )


def _examine_content(
    request: Request, name: str, content: Content, meter: StreamMeter, counter: ByteCounter
) -> ArchiveReport:
    archive = read_archive(content, request.limits)
    if not archive.views:
        rule, reason = _no_image(archive, name)
        faults = (*archive.framing.faults, *archive.faults)
        findings = reweighed(unreadable(rule, reason, faults), request.lowering.severities)
        framing = archive.framing
        return _unreadable_report(name, framing.size, framing.outer_compression, findings, counter)
    evidence = _gather(request, name, archive, content, meter)
    judgement = judge(evidence, request.lowering)
    if evidence.is_halted:
        request.ledger.is_partial = True
    aside = request.ledger.sort(evidence, judgement.findings)
    report = _archive_report(name, evidence, judgement, aside, counter)
    if request.inspection is not None:
        report = request.inspection.told(report)
    if request.files:
        report = replace(report, files=file_digests(archive, evidence.measured))
    if request.consult is not None:
        request.consult(content, evidence, report)
    return report


def _gather(
    request: Request, name: str, archive: Archive, content: Content, meter: StreamMeter
) -> Evidence:
    """Measure what is to be measured; if the caller wants so, only up to the first error."""
    if request.fail_fast and request.verifies and content.is_seekable:
        documents = measured_documents(request, archive)
        evidence = _evidence(request, archive, documents, content, is_halted=True)
        if _has_error(evidence, request):
            return evidence
        stop = Stop()
        halting = stopping_at_first(stop, archive, measured_listener(request, name))
        measurements = documents | measured_blobs(request, archive, content, halting, stop)
        evidence = _evidence(request, archive, measurements, content, is_halted=stop.is_set)
        if not stop.is_set or _has_error(evidence, request):
            return evidence
    listener = measured_listener(request, name)
    if not request.verifies:
        measurements = measured_documents(request, archive)
    elif content.is_seekable:
        measurements = measured_blobs(request, archive, content, listener)
    else:
        measurements = meter.finish()
    is_halted = request.verifies and meter.is_stopped
    if is_halted:
        measurements = measured_documents(request, archive) | measurements
    return _evidence(request, archive, measurements, content, is_halted=is_halted)


def _has_error(evidence: Evidence, request: Request) -> bool:
    judgement = judge(evidence, request.lowering)
    findings = request.ledger.sort(evidence, judgement.findings).findings
    return any(
        finding.severity is Severity.ERROR and finding.rule.name != "reading-stopped"
        for finding in findings
    )


def _no_image(archive: Archive, name: str) -> tuple[str, str]:
    if not len(archive.table):
        return "archive-empty", "a tar without any members"
    what = name_contents(archive.table)
    if archive.framing.cut is not None:
        what += "; the archive is cut short, so what records the image may be missing"
    elif archive.framing.is_stopped:
        what += "; a bound ended the reading, so what records the image may lie behind"
    if any(fault.rule in _ENDS_EARLY for fault in archive.framing.faults):
        what += split_part_hint(name)
    return "input-not-an-image", what


def _evidence(
    request: Request,
    archive: Archive,
    measurements: dict[Member, BlobMeasurement],
    content: Content,
    *,
    is_halted: bool,
) -> Evidence:
    whole = measurements.pop(content.whole, None) if content.whole is not None else None
    measured = Measured(
        measurements,
        request.limits,
        cut=archive.framing.cut,
        layers=layer_members(archive),
    )
    images = join(archive.views, measured)
    absent = tuple(
        image
        for view in archive.views
        for image in view.images
        if image.manifest is not None and not image.manifest.is_present
    )
    artifacts = tuple(artifact for view in archive.views for artifact in view.artifacts)
    wanted, wanted_absent = _selection(request, images, absent, measured)
    inspection = request.inspection
    return Evidence(
        archive=archive,
        images=images,
        absent=absent,
        artifacts=artifacts,
        measured=measured,
        uses=Uses(archive, images, absent, artifacts),
        changes=_changes(content, measurements),
        limits=request.limits,
        is_verified=request.verifies,
        is_halted=is_halted,
        expected=request.expected,
        pin=request.pin,
        digest=whole.digest if whole is not None and whole.unreadable is None else content.digest,
        wanted=wanted,
        wanted_absent=wanted_absent,
        policy=request.policy,
        now=request.now,
        contents=inspection.contents(images, measured) if inspection is not None else NO_CONTENTS,
    )


def _changes(content: Content, measurements: Mapping[Member, BlobMeasurement]) -> tuple[Fault, ...]:
    """Say what changed or could not be read to its end, though the archive has it whole."""
    changed = content.changes()
    faults: list[Fault] = []
    for member, measurement in measurements.items():
        if measurement.unreadable is not None:
            detail = f"cannot be read: {measurement.unreadable}"
            faults.append(Fault("input-unreadable", detail, member=member.name))
        elif measurement.size != member.size and not changed and member is not content.framing.cut:
            faults.append(
                Fault(
                    "input-changed",
                    "changed while it was read",
                    member=member.name,
                    recorded=f"{member.size} bytes when opened",
                    measured=f"{measurement.size} bytes read",
                )
            )
    return (*changed, *faults)


def _selection(
    request: Request,
    images: tuple[JoinedImage, ...],
    absent: tuple[RecordedImage, ...],
    measured: Measured,
) -> tuple[int | None, RecordedImage | None]:
    """Find the one image that the caller selects, be it here or only listed.

    Raises:
        SelectionError: none fits, or several do.
    """
    if request.image is None and request.platform is None and not request.needs_one:
        return None, None
    try:
        position = select(images, measured, reference=request.image, platform=request.platform)
    except SelectionError:
        listed = tuple(JoinedImage((image,)) for image in absent)
        try:
            found = select(listed, measured, reference=request.image, platform=request.platform)
        except SelectionError:
            found = None
        if found is None:
            raise
        # Nobody's number: every finding about an image that is here becomes a note.
        return len(images), absent[found]
    return position, None


def _archive_report(
    name: str, evidence: Evidence, judgement: Judgement, aside: SetAside, counter: ByteCounter
) -> ArchiveReport:
    framing = evidence.archive.framing
    images = tuple(
        describe_image(
            image,
            evidence.measured,
            verdict=judgement.images[number],
            layers=judgement.parts.get(Subject("image", number), {}),
            inside=evidence.is_verified,
        )
        for number, image in enumerate(evidence.images)
    )
    artifacts = tuple(
        describe_artifact(
            artifact,
            evidence.measured,
            verdict=judgement.artifacts[number],
            blobs=judgement.parts.get(Subject("artifact", number), {}),
        )
        for number, artifact in enumerate(evidence.artifacts)
    )
    return ArchiveReport(
        name=name,
        size=framing.size,
        digest=evidence.digest,
        outer_compression=tuple(compression.value for compression in framing.outer_compression),
        views=tuple(view.name for view in evidence.archive.views),
        verdict=judgement.verdict,
        images=images,
        artifacts=artifacts,
        findings=aside.findings,
        expected=_expectations(evidence),
        ignored=aside.ignored,
        summary=summary_of(
            aside.findings,
            images=len(images),
            blobs=len(evidence.measured),
            bytes_read=counter.total,
        ),
    )


def _expectations(evidence: Evidence) -> tuple[Expectation, ...]:
    found: list[Expectation] = []
    for text, digest in evidence.expected:
        met = met_as(evidence, digest)
        found.append(
            Expectation(
                text=text,
                met_as=met[0] if met is not None else None,
                image=evidence.image_key(met[1]) if met is not None else None,
            )
        )
    return tuple(found)

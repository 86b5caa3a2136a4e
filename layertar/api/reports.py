"""Many inputs, one after another, and the report on all of them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from layertar.api.examine import examine
from layertar.api.pinning import absent_archives, pins_of
from layertar.api.request import NO_PINS
from layertar.findings import LAYER_CONTENT_RULES, NO_PIN, RIGHTS_RULES, SECRET_RULES
from layertar.image.model import Verdict
from layertar.measure import usable_cores
from layertar.members import source_name, source_size
from layertar.report.events import ArchiveDone, Started
from layertar.report.model import Report, summary_of
from layertar.value import replace
from layertar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layertar.api.request import Pins, Request
    from layertar.findings import Ledger
    from layertar.members import Source
    from layertar.report.model import ArchiveReport

__all__ = ["reported"]

# From best to worst; the worst of the archives is the report's.
_ORDER = (
    Verdict.RECORDED,
    Verdict.VERIFIED,
    Verdict.UNVERIFIABLE,
    Verdict.INCOMPLETE,
    Verdict.FAILED,
    Verdict.UNREADABLE,
)


def reported(request: Request, sources: Sequence[Source], pins: Pins = NO_PINS) -> Report:
    """Examine each of `sources`, and report on them in their order, then on what is not given."""
    if request.workers is None:
        # Counted once: it takes as long as a small archive's blobs, of which there may be many.
        request = replace(request, workers=usable_cores())
    held = pins_of(pins, [source_name(source) for source in sources])
    examined = (
        _examined(
            request if pin is NO_PIN else replace(request, pin=pin),
            source,
            is_last=number == len(sources),
        )
        for number, (source, pin) in enumerate(zip(sources, held, strict=True), 1)
    )
    absent = absent_archives(pins, held, request.lowering.severities)
    archives = tuple(_until_error(request, chain(examined, absent)))
    best = Verdict.VERIFIED if request.verifies else Verdict.RECORDED
    worst = max((archive.verdict for archive in archives), key=_ORDER.index, default=best)
    return Report(
        command=request.command,
        tool_version=__version__,
        verdict=worst,
        archives=archives,
        unchecked=_unchecked(request),
    )


def _until_error(request: Request, archives: Iterable[ArchiveReport]) -> Iterator[ArchiveReport]:
    """Yield all, or, if the caller wants so, those up to the first with an error."""
    for archive in archives:
        yield archive
        if request.fail_fast and archive.summary.errors:
            return


def _examined(request: Request, source: Source, *, is_last: bool) -> ArchiveReport:
    """Examine one input, and tell when it begins and ends."""
    if request.on_event is not None:
        request.on_event(Started(source_name(source), source_size(source)))
    archive = examine(request, source)
    if archive.verdict is Verdict.UNREADABLE:
        request.ledger.is_partial = True
    if is_last:
        archive = _with_leftover(archive, request.ledger)
    if request.on_event is not None:
        request.on_event(ArchiveDone(archive))
    return archive


def _with_leftover(archive: ArchiveReport, ledger: Ledger) -> ArchiveReport:
    """Say with the last archive what of a policy's entries is about none."""
    findings = ledger.leftover(archive.findings)
    if len(findings) == len(archive.findings):
        return archive
    told = archive.summary
    summary = summary_of(findings, images=told.images, blobs=told.blobs, bytes_read=told.bytes_read)
    return replace(archive, findings=findings, summary=summary)


def _unchecked(request: Request) -> tuple[str, ...]:
    """Name the rules that were left out on request, or that nobody asked for."""
    off = {name for name, severity in request.lowering.severities.items() if severity is None}
    families = (
        (request.layer_content, LAYER_CONTENT_RULES),
        (request.content, RIGHTS_RULES),
        (request.secrets, SECRET_RULES),
    )
    for is_wanted, rules in families if request.verifies else ():
        if not is_wanted:
            off.update(rule.name for rule in rules)
    return tuple(sorted(off))

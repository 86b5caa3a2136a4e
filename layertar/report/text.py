"""Text: the report for people.

Per archive a line with the verdict, each image with its layers, artifacts, then the findings.
Every line starts with a word or spaces of ours, never with text from the archive: a CI system
takes orders from lines that begin with `::` or `##vso[`. All such text is escaped.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from layertar.image.model import Verdict
from layertar.report.escape import escape
from layertar.report.register import TextStyle
from layertar.report.table import human_size
from layertar.report.text_tables import RECORDED_MARK, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from layertar.digest import Digest
    from layertar.findings.model import Finding, Ignored, Location, Related
    from layertar.image.model import Image
    from layertar.report.model import ArchiveReport, Report

__all__ = ["TextReporter"]

_RED, _GREEN, _YELLOW, _CYAN, _BOLD, _DIM = "31", "32", "33", "36", "1", "2"

_MEANING = {
    Verdict.VERIFIED: "every document and layer is what the archive records",
    Verdict.FAILED: "something is not what the archive records, or can be read in two ways",
    Verdict.INCOMPLETE: "what is there holds, but needed content is absent",
    Verdict.UNVERIFIABLE: "some content is bound by nothing that can be checked",
    Verdict.UNREADABLE: "not judged: no image archive could be read",
    Verdict.RECORDED: "recorded, not proved: `layertar verify` measures the layers",
}
_VERDICT_COLORS = {
    Verdict.VERIFIED: _GREEN,
    Verdict.FAILED: _RED,
    Verdict.INCOMPLETE: _YELLOW,
    Verdict.UNVERIFIABLE: _YELLOW,
    Verdict.UNREADABLE: _RED,
    Verdict.RECORDED: _CYAN,
    Verdict.MISSING: _YELLOW,
    Verdict.EXTERNAL: _CYAN,
}
_SEVERITY_COLORS = {"error": _RED, "warning": _YELLOW, "note": _CYAN}

_INDENT = "  "

_LEGEND = (
    "image ID: digest of the config; `docker images` shows it on the classic store",
    "manifest, index: registries, and `docker images` on the containerd store, show these",
)
_MARK_LEGEND = f"{RECORDED_MARK}: recorded; it was not measured"
_SHORT_LEGEND = "digests in tables are cut to {} digits; --format json has them whole"


class TextReporter:
    """The report for people.

    Args:
        style: width and colours of the terminal; by default as for a file.
    """

    name: ClassVar[str] = "text"
    media_type: ClassVar[str] = "text/plain"

    def __init__(self, style: TextStyle | None = None) -> None:
        """Keep the style."""
        self._style = TextStyle() if style is None else style

    def write(self, report: Report, out: TextIO) -> None:
        """Write `report` to `out`, line by line; nothing where it has no archive."""
        page = _Page(report, self._style)
        out.writelines(f"{line}\n" for line in page.lines())


class _Page:
    """One writing of one report."""

    def __init__(self, report: Report, style: TextStyle) -> None:
        self._report = report
        self._color = style.color
        indented = None if style.width is None else style.width - len(_INDENT)
        self._tables = Tables(report, indented)

    def lines(self) -> Iterator[str]:
        """Every line, without its line break."""
        archives = self._report.archives
        for place, archive in enumerate(archives):
            if place:
                yield ""
            yield from self._archive(archive)
        if len(archives) > 1:
            counts = Counter(archive.verdict for archive in archives)
            told = ", ".join(f"{counts[one]} {one.value}" for one in Verdict if one in counts)
            yield from ("", f"{len(archives)} archives: {told}")
        if any(archive.images for archive in archives):
            yield ""
            yield from (self._paint(line, _DIM) for line in self._legend())

    def _legend(self) -> Iterator[str]:
        yield from _LEGEND
        if self._tables.marked:
            yield _MARK_LEGEND
        if self._tables.digits is not None:
            yield _SHORT_LEGEND.format(self._tables.digits)

    def _paint(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._color else text

    def _archive(self, archive: ArchiveReport) -> Iterator[str]:
        yield from self._head(archive)
        for image in archive.images:
            yield ""
            yield from self._image(image)
        if archive.artifacts:
            yield from ("", f"{_count(len(archive.artifacts), 'artifact')} beside images:")
            yield from self._table(
                self._tables.artifacts(archive.artifacts),
                (artifact.verdict for artifact in archive.artifacts),
            )
        for told in (map(self._finding, archive.findings), map(self._ignored, archive.ignored)):
            for number, lines in enumerate(told):
                if not number:
                    yield ""
                yield from lines

    def _head(self, archive: ArchiveReport) -> Iterator[str]:
        verdict = self._paint(archive.verdict.name, _BOLD, _VERDICT_COLORS[archive.verdict])
        yield f"{verdict}  {escape(archive.name)}"
        yield f"  {_MEANING.get(archive.verdict, archive.verdict.value)}"
        if archive.verdict is not Verdict.UNREADABLE:
            yield f"  {_facts(archive)}"
        if archive.digest is not None:
            yield f"  file {archive.digest}"
        for expectation in archive.expected:
            # One that was not met is a finding.
            if expectation.met_as is not None:
                yield f"  expected {escape(expectation.text)}: it is the {expectation.met_as}"

    def _image(self, image: Image) -> Iterator[str]:
        name = escape(image.names[0]) if image.names else "(no name)"
        platform = f"  {escape(str(image.platform))}" if image.platform else ""
        verdict = self._paint(image.verdict.value, _VERDICT_COLORS[image.verdict])
        yield f"image {self._paint(name, _BOLD)}{platform}  {verdict}"
        for other in image.names[1:]:
            yield f"  also      {escape(other)}"
        said = image.recorded
        yield f"  image ID  {_identity(image.image_id, said.image_id) or 'not known'}"
        if manifest := _identity(image.manifest_digest, said.manifest_digest):
            yield f"  manifest  {manifest}"
        if index := _identity(image.index_digest, said.index_digest):
            yield f"  index     {index}"
        created = f"; created {escape(image.created)}" if image.created else ""
        yield f"  views     {', '.join(image.views)}{created}"
        if image.base is not None:
            said_of_base = "@".join(filter(None, (image.base.name, image.base.digest)))
            yield f"  base      {escape(said_of_base)}, as recorded"
        how = "as measured" if self._report.command == "verify" else "as recorded, not proved"
        yield f"  {_count(len(image.layers), 'layer')}{f', {how}:' if image.layers else ''}"
        if image.layers:
            yield from self._table(
                self._tables.layers(image.layers), (layer.verdict for layer in image.layers)
            )

    def _table(self, table: Iterator[list[str]], verdicts: Iterator[Verdict]) -> Iterator[str]:
        yield self._paint(_INDENT + "  ".join(next(table)), _DIM)
        for cells, verdict in zip(table, verdicts, strict=True):
            cells[-1] = self._paint(cells[-1], _VERDICT_COLORS[verdict])
            yield _INDENT + "  ".join(cells)

    def _finding(self, finding: Finding) -> Iterator[str]:
        label = finding.severity.label
        # Padded to the longest, so that the rules' names stand below one another.
        heading = self._paint(f"{label:<7}", _BOLD, _SEVERITY_COLORS[label])
        yield f"{heading}  {self._paint(finding.rule.name, _BOLD)}: {escape(finding.message)}"
        yield from _details(finding, "         ", None)
        for related in finding.related:
            yield f"         - {related.rule}: {escape(related.message)}"
            yield from _details(related, "           ", finding.location)

    def _ignored(self, ignored: Ignored) -> Iterator[str]:
        finding = ignored.finding
        label = self._paint("ignored", _BOLD, _DIM)
        yield f"{label}  {finding.rule.name}: {escape(finding.message)}"
        until = "" if ignored.until is None else f", until {ignored.until}"
        yield f"         reason    {escape(ignored.reason)}{until}"


def _facts(archive: ArchiveReport) -> str:
    summary = archive.summary
    facts = [] if archive.size is None else [human_size(archive.size)]
    facts += archive.outer_compression
    if archive.views:
        facts.append(f"view{'s' * (len(archive.views) > 1)} {' and '.join(archive.views)}")
    facts.append(_count(summary.images, "image"))
    findings = [
        _count(number, noun)
        for number, noun in (
            (summary.errors, "error"),
            (summary.warnings, "warning"),
            (summary.notes, "note"),
        )
        if number
    ]
    findings = findings or ["no findings"]
    if archive.ignored:
        findings.append(f"{len(archive.ignored)} ignored")
    return ", ".join(facts + findings)


def _identity(measured: Digest | None, recorded: Digest | None) -> str | None:
    if measured is not None:
        return str(measured)
    return None if recorded is None else f"{recorded} (recorded)"


def _details(found: Finding | Related, indent: str, above: Location | None) -> Iterator[str]:
    """What the message does not say itself, nor the finding `above` a related one."""
    if place := _place(found.location, found.message, above):
        yield f"{indent}at        {place}"
    if found.recorded is not None and found.recorded not in found.message:
        yield f"{indent}recorded  {escape(found.recorded)}"
    if found.measured is not None and found.measured not in found.message:
        yield f"{indent}measured  {escape(found.measured)}"


def _place(location: Location, message: str, above: Location | None) -> str:
    parts: list[str] = []
    pointer = location.pointer or ""
    is_told = location.offset is None and pointer in message
    is_above = above is not None and above.member == location.member and is_told
    if is_above:
        pass
    elif location.member is not None and not (is_told and location.member in message):
        offset = "" if location.offset is None else f"@{location.offset}"
        # RFC 6901, 6: a pointer in a fragment; the empty one is the whole document.
        fragment = "" if location.pointer is None else f"#{escape(pointer)}"
        parts.append(f"{escape(location.member)}{offset}{fragment}")
    elif location.member is None and not is_told:
        parts.append(
            f"@{location.offset}" if location.offset is not None else f"#{escape(pointer)}"
        )
    if location.image is not None and (above is None or above.image != location.image):
        parts.append(f"image {escape(location.image)}")
    if location.layer is not None and (above is None or above.layer != location.layer):
        parts.append(f"layer {location.layer}")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

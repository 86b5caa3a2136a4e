"""The verb that hands out a blob's bytes, and proves them while it does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from layertar.api.blob_places import Asked, Place, digests_named, find_place
from layertar.api.reports import reported
from layertar.api.request import Progress, Request
from layertar.api.sinks import Picker
from layertar.errors import ArgumentError, SelectionError
from layertar.image.model import Verdict
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import BlobMeter, Depth
from layertar.regex import regex
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from layertar.digest import Digest
    from layertar.findings import Evidence
    from layertar.measure import BlobMeasurement
    from layertar.members import Content, Member, Source
    from layertar.report.model import ArchiveReport, Report

    Write = Callable[[bytes | memoryview], object]

__all__ = ["BlobCopy", "blob"]

_ASKED = regex(r"(?:(sha256|sha512):)?([0-9a-f]{7,128})")
_UNREADABLE = "the archive cannot be read"


class BlobCopy(NamedTuple):
    """What was handed out.

    Attributes:
        digest: what was asked for, in full; `None` where the archive could not be read.
        kind: what that is of the blob: `digest`, `diff_id` or `chain_id`.
        member: which member it is; `None` where a document embeds it.
        size: bytes handed out.
        fault: why the bytes are not proved, as one clause; `None` where they are.
        report: on the archive.
    """

    digest: Digest | None
    kind: str
    member: str | None
    size: int
    fault: str | None
    report: Report


class _Copier:
    """Hands bytes on, and measures them."""

    def __init__(self, write: Write, limits: Limits, *, uncompressed: bool) -> None:
        self._limits = limits
        self._meter = self._new_meter(inside=uncompressed)
        self._write = write
        self._uncompressed = uncompressed
        self.size = 0

    def _new_meter(self, *, inside: bool) -> BlobMeter:
        return BlobMeter(Depth(inside=inside, sha512=True, content=False), self._limits)

    def look_inside(self) -> None:
        """Measure what the blob uncompresses to, too; to be said before the first byte."""
        self._meter = self._new_meter(inside=True)

    def take(self, piece: bytes | memoryview) -> None:
        self._meter.take_stored(piece)
        if not self._uncompressed:
            self._hand_on(piece)
        for inside in self._meter.uncompress(piece):
            self._inside(inside)

    def finish(self) -> BlobMeasurement:
        for inside in self._meter.uncompress_rest():
            self._inside(inside)
        return self._meter.finish()

    def _inside(self, piece: bytes | memoryview) -> None:
        self._meter.take_inside(piece)
        if self._uncompressed:
            self._hand_on(piece)

    def _hand_on(self, piece: bytes | memoryview) -> None:
        self.size += len(piece)
        self._write(piece)


def blob(
    source: Source,
    digest: str,
    *,
    write: Write,
    uncompressed: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Callable[[Progress], None] | None = None,
) -> BlobCopy:
    """Hand a blob's bytes to `write`, piece by piece.

    Whoever calls has unproved bytes until this returns, and then must look at `fault`.

    Args:
        source: as for `verify`. From a stream only what a member's name or a document names can
            be had; a compressed file may be read twice.
        digest: of the stored bytes, or a layer's diff_id or chain ID; or 7 or more digits of it.
        write: takes the pieces.
        uncompressed: whether to hand out what the blob uncompresses to.
        limits: the bounds.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no blob fits, or several do, or it cannot be had from a stream.
        ArgumentError: `digest` is malformed.
    """
    match = _ASKED.fullmatch(digest.rpartition("@")[2])
    if match is None:
        raise ArgumentError(f"{digest!r} is no digest: write sha256:... or 7 digits or more of it")
    asked = Asked(match[1], match[2], digest)
    copier = _Copier(write, limits, uncompressed=uncompressed)
    picker = Picker(lambda member: asked.fits_any(digests_named(member.name)), copier.take)
    found: list[tuple[Place, BlobMeasurement | None]] = []

    def consult(content: Content, evidence: Evidence, _: ArchiveReport) -> None:
        place = find_place(evidence, asked)
        found.append((place, _copied(content, evidence, place, picker.picked, copier)))

    request = Request(command="inspect", limits=limits, on_progress=on_progress)
    report = reported(replace(request, sink=picker, consult=consult), [source])
    if not found:
        return BlobCopy(None, "", None, copier.size, _UNREADABLE, report)
    [(place, measured)] = found
    if measured is None and place.is_present:
        measured = _second_reading(request, source, place, copier)
    name = None if place.member is None else place.member.name
    fault = _fault(place, measured, uncompressed=uncompressed)
    if report.verdict is Verdict.UNREADABLE:
        fault = _UNREADABLE
    return BlobCopy(place.digest, place.kind, name, copier.size, fault, report)


def _copied(
    content: Content, evidence: Evidence, place: Place, picked: Member | None, copier: _Copier
) -> BlobMeasurement | None:
    """Hand the bytes out, unless they have passed already; `None` where they cannot be had."""
    member = place.member
    pieces: Iterable[bytes]
    if member is None:
        if place.inline is None:
            return None
        pieces = [place.inline]
    elif picked is not None:
        if picked is not member and picked.name != member.name:
            raise SelectionError(place.asked, "several blobs fit", (picked.name, member.name))
        return copier.finish()
    elif content.is_seekable:
        pieces = content.pieces(member)
    elif member in evidence.archive.raw:
        pieces = [evidence.archive.raw[member]]
    else:
        return None
    if place.kind != "digest":
        copier.look_inside()
    for piece in pieces:
        copier.take(piece)
    return copier.finish()


def _second_reading(
    request: Request, source: Source, place: Place, copier: _Copier
) -> BlobMeasurement:
    """Read a compressed file once more, now that it is known which member is wanted.

    Raises:
        SelectionError: it is a stream, which has gone.
    """
    if not isinstance(source, str | os.PathLike) or not os.path.isfile(source):  # noqa: PTH113 - as given
        reason = "a stream has passed before it is known which blob that is: save the file first"
        raise SelectionError(place.asked, reason, ())
    member = place.member
    if place.kind != "digest":
        copier.look_inside()
    picker = Picker(
        lambda passing: (
            member is not None and (passing.offset, passing.name) == (member.offset, member.name)
        ),
        copier.take,
    )
    reported(replace(request, sink=picker), [source])
    return copier.finish()


def _fault(place: Place, measured: BlobMeasurement | None, *, uncompressed: bool) -> str | None:
    """Say what is not as recorded."""
    if measured is None:
        return "it is not in the archive"
    if place.is_cut:
        return "the archive ends within it"
    due = [(place.stored, measured.digests, "digest")]
    if place.kind != "digest" or uncompressed:
        if measured.broken is not None:
            return f"cannot be uncompressed: {measured.broken.detail}"
        if measured.aborted is not None:
            return f"uncompresses to more than {measured.aborted} bytes"
        due.append((place.diff_id, measured.diff_ids, "diff_id"))
    others = (_other(*each) for each in due)
    return next((other for other in others if other is not None), None)


def _other(recorded: Digest | None, found: Mapping[str, Digest], what: str) -> str | None:
    """Say that a digest is another than is recorded."""
    if recorded is None or found.get(recorded.algorithm) == recorded:
        return None
    if recorded.algorithm not in found:
        return f"the {what} {recorded} cannot be computed here: not checked"
    return f"the {what} is recorded as {recorded}, measured {found[recorded.algorithm]}"

"""What a diff reads of its two sides: documents first, then those layers that it must look into."""

from __future__ import annotations

from hashlib import sha256
from os import PathLike
from typing import TYPE_CHECKING

from layertar.analysis.diff_model import DiffSide
from layertar.analysis.known import diff_id_of
from layertar.api.configs import raw_config
from layertar.api.files import wanted_image
from layertar.api.layer_listing import LayerListing, Listed, is_plain, layer_claims
from layertar.api.reports import reported
from layertar.api.request import listing_request
from layertar.documents.config_fields import config_fields
from layertar.errors import DocumentError, InputError, SelectionError
from layertar.filesystem.changeset import DIGEST_SIZE
from layertar.members import source_name
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from layertar.analysis.diff_rows import Row
    from layertar.api.request import Consult, Progress
    from layertar.digest import Digest
    from layertar.documents.config_fields import FieldPath, FieldValue
    from layertar.filesystem.store import ChangesetStore
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.limits import Limits
    from layertar.members import Content, Member, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Asked", "BothLayers", "Read", "Reading"]


#: Bytes of one read of a file in a layer.
_PIECE = 1 << 20
_UNREAD = Listed(None, None)


class Asked(NamedTuple):
    """One side, as it was asked for."""

    source: Source
    image: str | None
    platform: str | None

    @property
    def is_path(self) -> bool:
        """Whether it can be read again."""
        return isinstance(self.source, str | PathLike)


class Read(NamedTuple):
    """One side, as far as it was read.

    Attributes:
        asked: what was asked for.
        side: what its documents say.
        report: on the archive.
        listed: its layers, base first, where they had to be read anyway.
        is_measured: whether they were.
    """

    asked: Asked
    side: DiffSide
    report: Report
    listed: tuple[Listed, ...] | None
    is_measured: bool


class Reading(NamedTuple):
    """How to read.

    Attributes:
        limits: the bounds.
        workers: blobs read at a time.
        on_progress: told how far it is.
        store: where listings are kept from run to run.
    """

    limits: Limits
    workers: int | None
    on_progress: Callable[[Progress], None] | None
    store: ChangesetStore | None = None

    def side(self, asked: Asked, *, verify: bool, inside: bool) -> Read:
        """Read the documents of one side.

        Args:
            asked: which.
            verify: whether to measure everything.
            inside: whether layers may have to be looked into: where all is read, they are.

        Raises:
            SelectionError: no image, or several, fit.
            InputError: the archive cannot be read.
        """
        found: list[tuple[DiffSide, tuple[Listed, ...] | None, bool]] = []
        listing = self._listing() if inside and (verify or not asked.is_path) else None

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            joined, image = wanted_image(evidence, report)
            fields = _fields(evidence, joined)
            side = DiffSide(archive=report.name, image=image, fields=fields)
            listed = None
            if listing is not None:
                listed = listing.of_image(content, evidence, joined)
            found.append((side, listed, evidence.is_verified))

        report = self._reported(asked, consult, listing, verify=verify)
        if not found:
            [archive] = report.archives
            reason = archive.findings[0].message if archive.findings else "it holds no image"
            raise InputError(source_name(asked.source), reason)
        [(side, listed, is_measured)] = found
        return Read(asked, side, report, listed, is_measured)

    def layers(
        self, asked: Asked, positions: Collection[int], shared: Collection[int]
    ) -> dict[int, Listed]:
        """List those layers of one side; errors are those of `side`.

        Args:
            asked: which side.
            positions: which layers.
            shared: those of them that the other side has, too: few of their files need be read.
        """
        found: dict[int, Listed] = {}
        if not positions:
            return found

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            claims = layer_claims(wanted_image(evidence, report)[0])
            for skims in (True, False):
                due = [at for at in positions if at < len(claims) and (at in shared) is skims]
                listing = self._listing(skims=skims)
                listed = listing.of_claims(content, evidence, [claims[at] for at in due])
                found.update(zip(due, listed, strict=True))

        self._reported(asked, consult, None, verify=False)
        return found

    def digests(self, asked: Asked, due: Mapping[int, Iterable[Row]]) -> None:
        """Take the digests of files of plain layers, by the layers' positions."""

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            claims = layer_claims(wanted_image(evidence, report)[0])
            for at, rows in due.items():
                member = claims[at].member if at < len(claims) else None
                # Of what is compressed, digests were taken as far as it could be read.
                if member is not None and is_plain(content, member):
                    for row in rows:
                        _take_digest(content, member, row)

        if due:
            self._reported(asked, consult, None, verify=False)

    def _listing(self, *, skims: bool = False) -> LayerListing:
        return LayerListing(
            self.limits, workers=self.workers, digests=True, skims=skims, store=self.store
        )

    def _reported(
        self, asked: Asked, consult: Consult, listing: LayerListing | None, *, verify: bool
    ) -> Report:
        request = listing_request(
            image=asked.image,
            platform=asked.platform,
            verify=verify,
            limits=self.limits,
            workers=self.workers,
            on_progress=self.on_progress,
        )
        try:
            return reported(
                replace(request, needs_one=True, consult=consult, riders=listing), [asked.source]
            )
        except SelectionError as error:
            wanted = f"{source_name(asked.source)}: {error.wanted}"
            raise SelectionError(wanted, error.reason, error.candidates) from error


def _take_digest(content: Content, member: Member, place: Row) -> None:
    """Read one file of a plain layer; where that cannot be done, its digest stays unknown."""
    changeset, row = place
    left, hashed = changeset.sizes[row], sha256()
    try:
        start = changeset.offsets[row]
        for piece in content.pieces(member, start=start, size=min(left, _PIECE) or 1):
            hashed.update(memoryview(piece)[:left])
            left -= min(left, len(piece))
            if not left:
                changeset.digests[row * DIGEST_SIZE : (row + 1) * DIGEST_SIZE] = hashed.digest()
                return
    except InputError:
        return


def _fields(evidence: Evidence, image: JoinedImage) -> Mapping[FieldPath, FieldValue] | None:
    raw = raw_config(evidence, image)
    try:
        return None if raw is None else config_fields(raw, limits=evidence.limits)
    except DocumentError:
        return None


class BothLayers:
    """The layers of both sides, each of one diff_id once.

    Attributes:
        listed: those of each side, base first.
        is_skimmed: whether files of some may lack their digests.
    """

    def __init__(self, reading: Reading, sides: Sequence[Read], *, whole: bool) -> None:
        """List them.

        Args:
            reading: how to read.
            sides: both sides.
            whole: whether all are wanted; else those that not both sides have.
        """
        self._reading = reading
        self._whole = whole
        self._known: dict[Digest, Listed] = {}
        # Where a listing is from: of which side, and which layer it is there.
        self._places: dict[int, tuple[Asked, int]] = {}
        ids = [[diff_id_of(layer) for layer in read.side.image.layers] for read in sides]
        self.is_skimmed = False
        self._common = set(ids[0]) & set(ids[1]) - {None}
        self.listed = [self._list(read, mine) for read, mine in zip(sides, ids, strict=True)]

    def _list(self, read: Read, ids: Sequence[Digest | None]) -> list[Listed]:
        if read.listed is not None:
            listed = dict(enumerate(read.listed))
        else:
            due: dict[Digest | int, int] = {}
            for at, diff_id in enumerate(ids):
                if diff_id is None or self._is_due(diff_id):
                    due.setdefault(at if diff_id is None else diff_id, at)
            shared = {at for at in due.values() if ids[at] in self._common}
            listed = self._reading.layers(read.asked, tuple(due.values()), shared)
            self.is_skimmed = self.is_skimmed or bool(shared)
        for at, each in listed.items():
            diff_id = ids[at]
            if diff_id is not None:
                self._known.setdefault(diff_id, each)
            self._places[id(each.changeset)] = (read.asked, at)
        # What both sides have is one object, so that nobody compares it with itself.
        return [
            listed.get(at, _UNREAD) if diff_id is None else self._known.get(diff_id, _UNREAD)
            for at, diff_id in enumerate(ids)
        ]

    def _is_due(self, diff_id: Digest) -> bool:
        return diff_id not in self._known and (self._whole or diff_id not in self._common)

    def take_digests(self, rows: Iterable[Row]) -> None:
        """Read those files of layers that were only skimmed."""
        due: dict[Asked, dict[int, list[Row]]] = {}
        for row in rows:
            asked, at = self._places[id(row.changeset)]
            if asked.is_path:
                due.setdefault(asked, {}).setdefault(at, []).append(row)
        for asked, layers in due.items():
            self._reading.digests(asked, layers)

"""What a diff reads of its two sides: documents first, then those layers that it must look into."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from layertar.analysis.diff_model import DiffSide
from layertar.analysis.known import diff_id_of
from layertar.api.configs import raw_config
from layertar.api.files import wanted_image
from layertar.api.layer_listing import LayerListing, Listed, layer_claims
from layertar.api.listings import listing_request
from layertar.api.reports import reported
from layertar.documents.config_fields import config_fields
from layertar.errors import DocumentError, InputError, SelectionError
from layertar.members import source_name
from layertar.value import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from layertar.api.request import Consult, Progress
    from layertar.digest import Digest
    from layertar.documents.config_fields import FieldPath, FieldValue
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.limits import Limits
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

__all__ = ["Asked", "Read", "Reading", "listed_layers"]


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
    """

    limits: Limits
    workers: int | None
    on_progress: Callable[[Progress], None] | None

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

    def layers(self, asked: Asked, positions: Collection[int]) -> dict[int, Listed]:
        """List those layers of one side; errors are those of `side`."""
        found: dict[int, Listed] = {}
        if not positions:
            return found
        listing = self._listing()

        def consult(content: Content, evidence: Evidence, report: ArchiveReport) -> None:
            claims = layer_claims(wanted_image(evidence, report)[0])
            due = [at for at in positions if at < len(claims)]
            listed = listing.of_claims(content, evidence, [claims[at] for at in due])
            found.update(zip(due, listed, strict=True))

        self._reported(asked, consult, listing, verify=False)
        return found

    def _listing(self) -> LayerListing:
        return LayerListing(self.limits, workers=self.workers, digests=True)

    def _reported(
        self, asked: Asked, consult: Consult, listing: LayerListing | None, *, verify: bool
    ) -> Report:
        request = listing_request(
            asked.image,
            asked.platform,
            self.limits,
            self.on_progress,
            verify=verify,
            workers=self.workers,
        )
        try:
            return reported(
                replace(request, needs_one=True, consult=consult, riders=listing), [asked.source]
            )
        except SelectionError as error:
            wanted = f"{source_name(asked.source)}: {error.wanted}"
            raise SelectionError(wanted, error.reason, error.candidates) from error


def _fields(evidence: Evidence, image: JoinedImage) -> Mapping[FieldPath, FieldValue] | None:
    raw = raw_config(evidence, image)
    try:
        return None if raw is None else config_fields(raw, limits=evidence.limits)
    except DocumentError:
        return None


def listed_layers(reading: Reading, sides: Sequence[Read], *, whole: bool) -> list[list[Listed]]:
    """List the layers of both sides, each of one diff_id once.

    Args:
        reading: how to read.
        sides: both sides.
        whole: whether all are wanted; else those that not both sides have.
    """
    known: dict[Digest, Listed] = {}
    found: list[list[Listed]] = []
    ids = [[diff_id_of(layer) for layer in read.side.image.layers] for read in sides]
    common = set(ids[0]) & set(ids[1])
    for read, mine in zip(sides, ids, strict=True):
        listed = {} if read.listed is None else dict(enumerate(read.listed))
        if read.listed is None:
            due: dict[Digest | int, int] = {}
            for at, diff_id in enumerate(mine):
                if diff_id is None or (diff_id not in known and (whole or diff_id not in common)):
                    due.setdefault(at if diff_id is None else diff_id, at)
            listed = reading.layers(read.asked, tuple(due.values()))
        for at, each in listed.items():
            diff_id = mine[at]
            if diff_id is not None:
                known.setdefault(diff_id, each)
        # What both sides have is one object, so that nobody compares it with itself.
        found.append(
            [
                listed.get(at, _UNREAD) if diff_id is None else known.get(diff_id, _UNREAD)
                for at, diff_id in enumerate(mine)
            ]
        )
    return found

"""Measured: what the bytes behind a claim are, and where bytes of a digest lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.measure import BlobMeter, Depth, Expansion

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from layertar.archive import Claim
    from layertar.digest import Digest
    from layertar.limits import Limits
    from layertar.measure import BlobMeasurement
    from layertar.members import Member

__all__ = ["Measured"]

_DATA_DEPTH = Depth(inside=True, sha512=True)


class Measured:
    """The measurements of one archive.

    Only whole blobs count: of a member that is cut short or could not be read to its end, what
    was measured is not what it is.
    """

    def __init__(
        self,
        by_member: Mapping[Member, BlobMeasurement],
        limits: Limits,
        *,
        cut: Member | None,
        layers: Container[Member],
    ) -> None:
        """Take the measurements.

        Args:
            by_member: the measurements.
            limits: the bounds, for what is embedded in documents.
            cut: the member that the archive's end cuts short.
            layers: the members that some record calls a layer. Only of these does the inside
                count: a stream is measured before anybody knows which they are, and must not
                know more than a file.
        """
        self._limits = limits
        self._by_member = {
            member: measurement if member in layers else measurement.outside()
            for member, measurement in by_member.items()
            if member is not cut
            and measurement.unreadable is None
            and measurement.size == member.size
        }
        self._expansion = Expansion(limits)
        self._inline: dict[bytes, BlobMeasurement] = {}
        self._places: dict[Digest, list[Member]] | None = None

    def __len__(self) -> int:
        """Count the blobs measured."""
        return len(self._by_member) + len(self._inline)

    def of_member(self, member: Member) -> BlobMeasurement | None:
        """Return a member's measurement, or `None` if it was not measured whole."""
        return self._by_member.get(member)

    def of(self, claim: Claim) -> BlobMeasurement | None:
        """Return the measurement of what a claim leads to, also where that is embedded."""
        if claim.member is not None:
            return self._by_member.get(claim.member)
        if claim.inline is None:
            return None
        found = self._inline.get(claim.inline)
        if found is None:
            meter = BlobMeter(_DATA_DEPTH, self._limits, expansion=self._expansion)
            meter.feed(claim.inline)
            found = self._inline[claim.inline] = meter.finish()
        return found

    def digest(self, claim: Claim | None) -> Digest | None:
        """Return the measured digest, in the recorded algorithm where that is supported."""
        measurement = self.of(claim) if claim is not None else None
        if measurement is None or claim is None:
            return None
        if claim.digest is not None and claim.digest.algorithm in measurement.digests:
            return measurement.digests[claim.digest.algorithm]
        return measurement.digest

    def places(self, digest: Digest) -> tuple[Member, ...]:
        """Return the members whose stored or uncompressed bytes have this digest."""
        if self._places is None:
            self._places = {}
            for member, measurement in self._by_member.items():
                both = {*measurement.digests.values(), *measurement.diff_ids.values()}
                for each in both:
                    self._places.setdefault(each, []).append(member)
        return tuple(self._places.get(digest, ()))

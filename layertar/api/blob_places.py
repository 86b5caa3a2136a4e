"""Where in an archive the blob of a digest lies, be it a stored digest, a diff_id or a chain ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.digest import Digest, chain_ids
from layertar.errors import SelectionError
from layertar.regex import regex
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.archive import Claim, RecordedImage
    from layertar.findings import Evidence
    from layertar.members import Member

__all__ = ["Asked", "Place", "digests_named", "find_place"]

# `blobs/sha256/<hex>`, `sha256:<hex>`, `<hex>`, `<hex>.json`, `<hex>.tar.gz`, `sha256.<hex>`.
_NAMED = regex(
    r"(?:^|/)(?:(sha256|sha512)[:./-])?([0-9a-f]{128}|[0-9a-f]{64})(?:\.json|\.tar(?:\.\w+)?)?"
)
_ALGORITHMS = {64: "sha256", 128: "sha512"}
_ORDER = ("digest", "diff_id", "chain_id")
_SHOWN = 20


class Asked(NamedTuple):
    """What the caller asks for: an algorithm, or any, and digits, or the first of them."""

    algorithm: str | None
    digits: str
    text: str

    def fits(self, digest: Digest) -> bool:
        """Whether it may be this one."""
        known = self.algorithm in (None, digest.algorithm)
        return known and digest.encoded.startswith(self.digits)

    def fits_any(self, digests: Iterable[Digest]) -> bool:
        """Whether it may be one of these."""
        return any(map(self.fits, digests))


class Place(NamedTuple):
    """A blob that fits.

    Attributes:
        asked: what was asked for.
        digest: by what it fits, in full.
        kind: what that is: `digest`, `diff_id` or `chain_id`.
        member: what lies there; `None` where nothing does.
        inline: its bytes, where a document embeds them.
        stored: what the digest of its stored bytes must be; `None` where nothing says.
        diff_id: what that of its uncompressed bytes must be.
        is_cut: whether the archive ends within it.
    """

    asked: str
    digest: Digest
    kind: str
    member: Member | None
    inline: bytes | None
    stored: Digest | None
    diff_id: Digest | None
    is_cut: bool = False

    @property
    def is_present(self) -> bool:
        """Whether there are bytes."""
        return self.member is not None or self.inline is not None


def digests_named(name: str) -> tuple[Digest, ...]:
    """Return the digest that a member's name says that it has, if it says one."""
    match = _NAMED.search(name)
    if match is None or match.end() != len(name):
        return ()
    algorithm = _ALGORITHMS[len(match[2])]
    # `sha512/` and 64 digits is nobody's digest.
    return () if match[1] not in (None, algorithm) else (Digest(algorithm, match[2]),)


def find_place(evidence: Evidence, asked: Asked) -> Place:
    """Find the blob that is asked for.

    Raises:
        SelectionError: none fits, or several do.
    """
    fitting = [place for place in _all(evidence, asked.text) if asked.fits(place.digest)]
    digests = dict.fromkeys(place.digest for place in fitting)
    if not fitting:
        raise SelectionError(asked.text, "no blob fits", ())
    if len(digests) > 1:
        kinds = {place.digest: place.kind for place in reversed(fitting)}
        shown = tuple(f"{digest} {kinds[digest]}" for digest in list(digests)[:_SHOWN])
        raise SelectionError(asked.text, "several blobs fit", shown)
    # The bytes themselves before a word on them, and what a document says before a mere name.
    best = min(fitting, key=lambda place: (not place.is_present, _ORDER.index(place.kind)))
    return best._replace(is_cut=best.member is evidence.archive.framing.cut is not None)


def _all(evidence: Evidence, text: str) -> Iterator[Place]:
    for use in evidence.uses.all:
        claim = use.claim
        diff_id = use.layer.diff_id if use.layer is not None else None
        for stored in dict.fromkeys((claim.digest, evidence.measured.digest(claim))):
            if stored is not None:
                yield _place(text, stored, "digest", claim, stored, diff_id)
        if diff_id is not None:
            yield _place(text, diff_id, "diff_id", claim, claim.digest, diff_id)
    for image in evidence.images:
        for record in image.records:
            yield from _chain(record, text)
    table = evidence.archive.table
    for member in table.files:
        for digest in digests_named(member.name):
            # Of members that share a name, the last is the one that unpacking leaves.
            if table.find(member.name) is member:
                yield Place(text, digest, "digest", member, None, digest, None)


def _chain(record: RecordedImage, text: str) -> Iterator[Place]:
    """Yield the layers by their chain IDs, as far up as every diff_id below is recorded."""
    known = []
    for layer in record.layers:
        if layer.diff_id is None:
            break
        known.append(layer.diff_id)
    for layer, chain_id in zip(record.layers, chain_ids(known), strict=False):
        claim = layer.claim
        yield _place(text, chain_id, "chain_id", claim, claim.digest, layer.diff_id)


def _place(
    text: str,
    digest: Digest,
    kind: str,
    claim: Claim,
    *due: Digest | None,
) -> Place:
    stored, diff_id = due
    return Place(text, digest, kind, claim.member, claim.inline, stored, diff_id)

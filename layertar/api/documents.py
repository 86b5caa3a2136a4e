"""The verbs that hand out a document's own bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.api.reports import reported
from layertar.api.request import Progress, Request
from layertar.errors import SelectionError
from layertar.image import candidate, parse_platform, select_all
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.value import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertar.archive import Claim
    from layertar.digest import Digest
    from layertar.findings import Evidence
    from layertar.image import JoinedImage
    from layertar.members import Content, Source
    from layertar.report.model import ArchiveReport, Report

    OnProgress = Callable[[Progress], None] | None

__all__ = ["DocumentCopy", "config", "manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCopy:
    """A document of an archive.

    Attributes:
        raw: its bytes; `None` where it is recorded and not here, or nothing could be read.
        digest: measured.
        recorded: the digest by which the archive calls it.
        media_type: as recorded.
        fault: what is wrong with it, as one clause; `None` where it is what is recorded.
        report: on the archive.
    """

    raw: bytes | None
    digest: Digest | None
    recorded: Digest | None
    media_type: str | None
    fault: str | None
    report: Report


def manifest(
    source: Source,
    *,
    image: str | None = None,
    platform: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: OnProgress = None,
) -> DocumentCopy:
    """Give an image's manifest, or the index that lists all images that fit.

    Args:
        source: as for `verify`; so the arguments below.
        image: a name or digest, be it an index's.
        platform: which of the images that fit.
        limits: the bounds.
        on_progress: told how far the reading is.

    Raises:
        SelectionError: no image fits, or several of no one index; or there is no manifest, as
            in `docker save` of before Docker 25.
        ArgumentError: `platform` is malformed.
    """
    request = _request(limits, on_progress)
    return _document(source, request, _manifest_claim, image, platform)


def config(
    source: Source,
    *,
    image: str | None = None,
    platform: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: OnProgress = None,
) -> DocumentCopy:
    """Give an image's config; arguments and errors are those of `manifest`."""
    request = _request(limits, on_progress)
    return _document(source, request, _config_claim, image, platform)


def _request(limits: Limits, on_progress: OnProgress) -> Request:
    return Request(command="inspect", limits=limits, on_progress=on_progress)


def _document(
    source: Source,
    request: Request,
    claim_of: Callable[[Evidence, Sequence[JoinedImage], str | None, str], Claim],
    image: str | None,
    platform: str | None,
) -> DocumentCopy:
    wanted = parse_platform(platform) if platform is not None else None
    asked = " ".join(text for text in (image, platform) if text) or "no image was chosen"
    found: list[tuple[Evidence, Claim]] = []

    def consult(_: Content, evidence: Evidence, __: ArchiveReport) -> None:
        fitting = select_all(evidence.images, evidence.measured, reference=image, platform=wanted)
        claim = claim_of(evidence, [evidence.images[at] for at in fitting], image, asked)
        found.append((evidence, claim))

    report = reported(replace(request, consult=consult), [source])
    for evidence, claim in found:
        return _copy(evidence, claim, report)
    return DocumentCopy(
        raw=None, digest=None, recorded=None, media_type=None, fault=None, report=report
    )


def _one(evidence: Evidence, images: Sequence[JoinedImage], asked: str) -> JoinedImage:
    if len(images) == 1:
        return images[0]
    shown = images or evidence.images
    reason = "several images fit" if images else "no image fits"
    raise SelectionError(asked, reason, tuple(candidate(i, evidence.measured) for i in shown))


def _config_claim(
    evidence: Evidence, images: Sequence[JoinedImage], _: str | None, asked: str
) -> Claim:
    one = _one(evidence, images, asked)
    if one.first.config is None:
        raise SelectionError("no config", "the archive records none for this image", ())
    return one.first.config


def _manifest_claim(
    evidence: Evidence, images: Sequence[JoinedImage], reference: str | None, asked: str
) -> Claim:
    chains = [image.first.chain for image in images]
    indexes = {chain[-1].member or chain[-1]: chain[-1] for chain in chains if chain}
    if len(indexes) == 1 and all(chains):
        [index] = indexes.values()
        if len(images) > 1 or (reference is not None and _is_called(evidence, index, reference)):
            return index
    one = _one(evidence, images, asked)
    if one.first.manifest is None:
        reason = "`docker save` of before Docker 25 writes none; see `layertar config`"
        raise SelectionError("no manifest", reason, ())
    return one.first.manifest


def _is_called(evidence: Evidence, claim: Claim, reference: str) -> bool:
    text = reference.rpartition("@")[2]
    known = (evidence.measured.digest(claim), claim.digest)
    return any(
        str(digest).startswith(text) or digest.encoded.startswith(text)
        for digest in known
        if digest is not None
    ) and len(text) >= len("0123456")


def _copy(evidence: Evidence, claim: Claim, report: Report) -> DocumentCopy:
    member = claim.member
    raw = evidence.archive.raw.get(member) if member is not None else claim.inline
    digest = evidence.measured.digest(claim)
    fault = None
    if raw is None:
        what = "could not be read" if claim.is_present else "is not in the archive"
        fault = f"the {claim.role.value} {claim.digest or claim.path} {what}"
    elif claim.digest is None:
        pass
    elif not claim.digest.is_supported:
        fault = f"{claim.digest.algorithm} cannot be computed here: not checked"
    elif digest != claim.digest:
        fault = f"the {claim.role.value} is recorded as {claim.digest}, measured {digest}"
    elif claim.size is not None and claim.size != len(raw):
        fault = f"the {claim.role.value} is recorded with {claim.size} bytes and has {len(raw)}"
    return DocumentCopy(
        raw=raw,
        digest=digest,
        recorded=claim.digest,
        media_type=claim.media_type,
        fault=fault,
        report=report,
    )

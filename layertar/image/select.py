"""Select one image by reference, digest or platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents import normalise, repository
from layertar.errors import ArgumentError, SelectionError
from layertar.image.describe import measured_image_id, platform_of
from layertar.platform import Platform
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.image.join import JoinedImage
    from layertar.image.measured import Measured

__all__ = ["candidate", "parse_platform", "select", "select_all"]

_DIGEST_PREFIX = regex(r"(?:sha256:|sha512:)?[0-9a-f]{7,128}")
_PLATFORM_PARTS = (2, 3)


def parse_platform(text: str) -> Platform:
    """Read `os/architecture[/variant]`.

    Raises:
        ArgumentError: it is not of that form.
    """
    parts = text.split("/")
    if len(parts) not in _PLATFORM_PARTS or not all(parts):
        raise ArgumentError(f"{text!r} is no platform: write OS/ARCH or OS/ARCH/VARIANT")
    os, architecture, *variant = parts
    return Platform(os, architecture, variant[0] if variant else None)


def select(
    images: Sequence[JoinedImage],
    measured: Measured,
    *,
    reference: str | None,
    platform: Platform | None,
) -> int:
    """Return the position of the one image that fits.

    Raises:
        SelectionError: none fits, or several do.
    """
    fitting = select_all(images, measured, reference=reference, platform=platform)
    if len(fitting) == 1:
        return fitting[0]
    wanted = " ".join(str(part) for part in (reference, platform) if part is not None)
    reason = "several images fit" if fitting else "no image fits"
    shown = fitting or range(len(images))
    candidates = tuple(candidate(images[position], measured) for position in shown)
    raise SelectionError(wanted or "no image was chosen", reason, candidates)


def select_all(
    images: Sequence[JoinedImage],
    measured: Measured,
    *,
    reference: str | None,
    platform: Platform | None,
) -> list[int]:
    """Return the positions of the images that fit."""
    fitting = [
        position
        for position, image in enumerate(images)
        if platform is None or _has_platform(image, platform)
    ]
    if reference is None:
        return fitting
    named = [at for at in fitting if _has_reference(images[at], reference, measured)]
    # A repository alone means its `latest`; where there is none, whatever tag there is.
    return named or [at for at in fitting if _is_of_repository(images[at], reference)]


def _has_platform(image: JoinedImage, wanted: Platform) -> bool:
    mine = platform_of(image)
    return mine is not None and mine.fits(wanted)


def _has_reference(image: JoinedImage, reference: str, measured: Measured) -> bool:
    text = reference.rpartition("@")[2]
    if _DIGEST_PREFIX.fullmatch(text):
        for digest in _digests(image, measured):
            if digest.startswith(text) or digest.partition(":")[2].startswith(text):
                return True
    for name in image.names:
        if name.text == reference:
            return True
        if name.is_complete and normalise(name.text) == normalise(reference):
            return True
    return False


def _is_of_repository(image: JoinedImage, reference: str) -> bool:
    wanted = repository(reference)
    return wanted is not None and any(
        name.is_complete and repository(name.text, tagged=True) == wanted for name in image.names
    )


def _digests(image: JoinedImage, measured: Measured) -> list[str]:
    """Return every digest by which somebody may call the image, measured before recorded."""
    first = image.first
    claims = [claim for claim in (first.config, first.manifest, *first.chain) if claim is not None]
    found = [measured_image_id(image, measured)]
    for claim in claims:
        found += [measured.digest(claim), claim.digest]
    return [str(digest) for digest in found if digest is not None]


def candidate(image: JoinedImage, measured: Measured) -> str:
    """Say on one line which image it is, for somebody who must choose."""
    names = ", ".join(name.text for name in image.names) or "<no name>"
    platform = platform_of(image)
    digest = measured.digest(image.first.manifest) or measured_image_id(image, measured)
    return f"{names} {platform or '?'} {digest or '?'}"

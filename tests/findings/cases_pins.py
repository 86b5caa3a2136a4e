"""Rules about what an archive is held against: locks and lists of checksums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import Digest, Severity
from layertar.api import Pins
from layertar.findings import Effect, Lock, LockBy, LockedArchive, LockedImage
from tests.builders import sha256
from tests.findings.cases import Case
from tests.findings.shapes import oci

if TYPE_CHECKING:
    from tests.builders import Built

__all__ = ["CASES"]

_BUILT = oci()
_DIGEST = Digest.of(_BUILT.tar())
_OTHER = Digest.parse(sha256(b"other"))
# What a file and what a pipe is called.
_NAMES = ("archive.tar", "-")


def _locked(built: Built, digest: Digest) -> Lock:
    """A lock of an archive with one image."""
    (image,) = built.expected.images
    assert image.image_id is not None
    locked = LockedImage(
        names=image.names,
        image_id=Digest.parse(image.image_id),
        diff_ids=tuple(Digest.parse(layer.diff_id) for layer in image.layers if layer.diff_id),
    )
    return Lock(tuple(LockedArchive(name=name, digest=digest, images=(locked,)) for name in _NAMES))


def _listed(*digests: Digest) -> Pins:
    return Pins(checksums=[(name, digest) for name in _NAMES for digest in digests])


CASES = (
    Case(
        rule="lock-drift",
        severity=Severity.ERROR,
        effect=Effect.FAILED,
        fires=_BUILT,
        pins=Pins(_locked(_BUILT, _OTHER)),
        near=_BUILT,
        near_pins=Pins(_locked(_BUILT, _DIGEST)),
        is_unpacked=False,
    ),
    Case(  # Bytes behind the members change the file, and no image.
        rule="lock-drift",
        severity=Severity.ERROR,
        effect=Effect.FAILED,
        fires=_BUILT.add("notes", b""),
        pins=Pins(_locked(_BUILT, _DIGEST)),
        near=_BUILT.add("notes", b""),
        near_pins=Pins(_locked(_BUILT, _DIGEST), LockBy.IMAGE_ID),
        is_unpacked=False,
    ),
    Case(  # What will be written anew is only told.
        rule="lock-drift",
        severity=Severity.NOTE,
        effect=Effect.NONE,
        fires=_BUILT,
        pins=Pins(_locked(_BUILT, _OTHER), is_updated=True),
        near=_BUILT,
        near_pins=Pins(_locked(_BUILT, _DIGEST), is_updated=True),
        is_unpacked=False,
    ),
    Case(
        rule="checksum-mismatch",
        severity=Severity.ERROR,
        effect=Effect.FAILED,
        fires=_BUILT,
        pins=_listed(_DIGEST, _OTHER),
        near=_BUILT,
        near_pins=_listed(_DIGEST, _DIGEST),
        is_unpacked=False,
    ),
    Case(
        rule="checksum-unlisted",
        severity=Severity.ERROR,
        effect=Effect.UNVERIFIABLE,
        fires=_BUILT,
        pins=Pins(checksums=[("other.tar", _DIGEST), ("x/archive.tar.gz", _DIGEST)]),
        near=_BUILT,
        near_pins=Pins(checksums=[("./archive.tar", _DIGEST), ("a/b/-", _DIGEST)]),
        is_unpacked=False,
    ),
)

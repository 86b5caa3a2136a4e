"""Pins: the archive against a lock and against a file of checksums."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from layertar.findings.draft import Draft
from layertar.findings.model import Location, Severity, failed, unverifiable
from layertar.findings.pinned import LockBy, locked_image
from layertar.image import describe_image
from layertar.image.model import Verdict
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertar.findings.evidence import Evidence
    from layertar.findings.pinned import Held, LockedArchive, LockedImage

__all__ = ["RULES", "check_checksums", "check_lock"]

RULES = (
    failed("lock-drift", "The archive, or an image in it, is not what was locked.",
           "See which identities still hold: if the change is meant, write the lock anew with "
           "--update; if only the packaging changed, --lock-by image-id or diff-ids may do.",
           "OCI image-spec, descriptor.md, Digests, config.md, ImageID and Layer DiffID",
           why="A lock says what was agreed on. Same diff_ids under a new manifest are the same "
           "content, saved anew or recompressed; other diff_ids are other content."),
    failed("checksum-mismatch", "The file is not the one that the checksum file lists.",
           "Copy or download the archive again, or check where the checksum file comes from.",
           "GNU coreutils, sha256sum, --check",
           why="One bit changed on the way is enough, and docker load need not notice it in a "
           "layer that it has already."),
    unverifiable("checksum-unlisted", "The checksum file has no line that is about the archive.",
                 "Name the archive as the checksum file does, or add its line; of a directory "
                 "there is none.",
                 "GNU coreutils, sha256sum, --check",
                 why="What no line is about was not checked, and must not pass for it."),
)  # fmt: skip

_UNKNOWN = "not known"


class _Identity(NamedTuple):
    """One identity as locked and as found, in words; `None` as locked is not pinned."""

    what: str
    locked: str | None
    found: str

    @property
    def holds(self) -> bool:
        return self.locked == self.found


def check_checksums(evidence: Evidence) -> Iterator[Draft]:
    """Hold the file against each line of a checksum file that is about it."""
    listed = evidence.pin.sums
    if listed is None or evidence.is_halted:
        return
    measured = evidence.digest
    if not listed:
        yield Draft("checksum-unlisted", "no line of the checksum file is about it", Location())
    elif measured is None:
        message = "it is a directory" if _is_directory(evidence) else "it could not be hashed"
        yield Draft("checksum-unlisted", f"{message}: no checksum holds for it", Location())
    for digest in dict.fromkeys(listed):
        if measured not in (None, digest):
            message = f"the checksum file lists {digest}, the file is {measured}"
            yield Draft("checksum-mismatch", message, Location(),
                        recorded=str(digest), measured=str(measured))  # fmt: skip


def check_lock(evidence: Evidence) -> Iterator[Draft]:
    """Hold the archive and its images against what was locked of them."""
    held = evidence.pin.lock
    if held is None or evidence.is_halted:
        return
    severity = Severity.NOTE if held.is_updated else None
    for draft in _drifts(evidence, held):
        yield draft._replace(severity=severity)


def _drifts(evidence: Evidence, held: Held) -> Iterator[Draft]:
    if held.entry is None:
        yield Draft("lock-drift", "the lock has no entry for it", Location())
        return
    images = [_found(evidence, number) for number in range(len(evidence.images))]
    pairs = _pair(held.entry.images, images)
    drafts = [
        draft
        for locked, number in pairs
        for draft in _of_image(
            evidence, held.by, locked, None if number is None else images[number], number
        )
    ]
    if held.by is LockBy.FILE:
        yield from _of_file(evidence, held.entry, drifts=bool(drafts))
    yield from drafts


def _found(evidence: Evidence, number: int) -> LockedImage:
    image = evidence.images[number]
    return locked_image(
        describe_image(
            image, evidence.measured, verdict=Verdict.RECORDED, layers={},
            inside=evidence.is_verified,
        )
    )  # fmt: skip


def _is_directory(evidence: Evidence) -> bool:
    return evidence.archive.framing.is_directory


def _of_file(evidence: Evidence, entry: LockedArchive, *, drifts: bool) -> Iterator[Draft]:
    locked, measured = entry.digest, evidence.digest
    if locked is None or locked == measured:
        return
    found = str(measured) if measured is not None else "not measured"
    if _is_directory(evidence):
        found = "a directory, of which there is none (see --lock-by)"
    images = "what drifted in it is told beside" if drifts else "every image in it still holds"
    yield Draft("lock-drift", f"the file drifted: locked {locked}, found {found}; {images}",
                Location(), recorded=str(locked),
                measured=None if measured is None else str(measured))  # fmt: skip


def _of_image(
    evidence: Evidence,
    by: LockBy,
    locked: LockedImage | None,
    found: LockedImage | None,
    number: int | None,
) -> Iterator[Draft]:
    """Tell how an image differs from what was locked of it, if it does."""
    where = Location(image=None if number is None else evidence.image_key(number))
    if locked is None or found is None:
        reason = "the lock has no entry for it" if locked is None else "locked, but not here"
        image = found or locked
        yield Draft("lock-drift", f"image {_called(image)}: {reason}", where)
        return
    identities = _identities(by, locked, found)
    drifted = [each for each in identities if not each.holds]
    if not identities:
        message = f"image {_called(found)}: the lock has nothing to hold it against by {by}"
        yield Draft("lock-drift", message, where)
    if not drifted:
        return
    told = ", ".join(f"{each.what} (locked {each.locked}, found {each.found})" for each in drifted)
    kept = ", ".join(each.what for each in identities if each.holds) or "nothing"
    message = f"image {_called(found)}: drifted: {told}; still hold: {kept}"
    if meaning := _meaning({each.what for each in drifted}):
        message += f": {meaning}"
    yield Draft("lock-drift", message, where,
                recorded=drifted[0].locked, measured=drifted[0].found)  # fmt: skip


def _called(image: LockedImage | None) -> str:
    if image is None:
        return _UNKNOWN
    names = ", ".join(image.names or ())
    digest = image.manifest or image.image_id
    called = names or (str(digest) if digest is not None else "without a name")
    return f"{called} {image.platform}" if image.platform else called


def _identities(by: LockBy, locked: LockedImage, found: LockedImage) -> list[_Identity]:
    """Return those identities that `by` asks for and that are pinned."""
    kept: list[_Identity] = []
    if by is LockBy.FILE:
        names = None if locked.names is None else _listed(locked.names)
        kept.append(_Identity("names", names, _listed(found.names or ())))
        kept.append(_Identity("platform", locked.platform, found.platform or _UNKNOWN))
    if by in (LockBy.FILE, LockBy.MANIFEST):
        kept.append(_Identity("index digest", _text(locked.index), _known(found.index)))
        kept.append(_Identity("manifest digest", _text(locked.manifest), _known(found.manifest)))
    if by is not LockBy.DIFF_IDS:
        kept.append(_Identity("image ID", _text(locked.image_id), _known(found.image_id)))
    if locked.diff_ids is not None:
        diff_ids = [_known(each) for each in locked.diff_ids]
        measured = [_known(each) for each in found.diff_ids or ()]
        kept.append(_Identity("diff_ids", *_difference(diff_ids, measured)))
    return [each for each in kept if each.locked is not None]


def _difference(locked: Sequence[str], found: Sequence[str]) -> tuple[str, str]:
    """Put lists of diff_ids into words: where they first differ, or how many there are."""
    if len(locked) != len(found):
        return f"{len(locked)} layers", f"{len(found)}"
    for position, (one, other) in enumerate(zip(locked, found, strict=True)):
        if one != other:
            return f"layer {position}: {one}", other
    return "", ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _text(digest: object | None) -> str | None:
    return None if digest is None else str(digest)


def _known(digest: object | None) -> str:
    return _UNKNOWN if digest is None else str(digest)


def _meaning(drifted: set[str]) -> str:
    """Say what follows from which identities drifted."""
    if "diff_ids" in drifted:
        return "other content"
    if "image ID" in drifted:
        return "the same layers under another config"
    if drifted & {"manifest digest"}:
        return "the same content, saved anew or recompressed"
    if "index digest" in drifted:
        return "the same image, listed by another index"
    return "the same image, listed otherwise"


_LOOSE: tuple[Callable[[LockedImage], object], ...] = (
    lambda image: image.platform,
    lambda _: "the last that is left",
)
#: By what a locked image is looked for, the surest first.
_KEYS: tuple[Callable[[LockedImage], object], ...] = (
    lambda image: image,
    lambda image: image.manifest,
    lambda image: image.image_id and (image.image_id, image.names),
    lambda image: image.image_id,
    lambda image: image.diff_ids and (image.diff_ids, image.names),
    lambda image: image.diff_ids,
    lambda image: image.names and (image.names, image.platform),
    lambda image: image.names,
    *_LOOSE,
)


def _pair(
    locked: Sequence[LockedImage], found: Sequence[LockedImage]
) -> list[tuple[LockedImage | None, int | None]]:
    """Find for each locked image the one that it is now; what has no counterpart stands alone."""
    lacking, left = list(range(len(locked))), list(range(len(found)))
    pairs: list[tuple[LockedImage | None, int | None]] = []
    for key in _KEYS:
        rivals = Counter(key(locked[one]) for one in lacking)
        fitting: dict[object, list[int]] = {}
        for other in reversed(left):
            fitting.setdefault(key(found[other]), []).append(other)
        for one in tuple(lacking):
            wanted = key(locked[one])
            others = fitting.get(wanted, ()) if wanted else ()
            # What only says of what kind an image is must fit no other.
            if others and not (key in _LOOSE and max(len(others), rivals[wanted]) > 1):
                other = fitting[wanted].pop()
                lacking.remove(one)
                left.remove(other)
                pairs.append((locked[one], other))
    pairs.sort(key=lambda pair: pair[1] or 0)
    return [*pairs, *((None, other) for other in left), *((locked[one], None) for one in lacking)]

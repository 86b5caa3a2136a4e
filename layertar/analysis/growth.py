"""Growth: what became larger since sizes were kept, and whether that is too much.

What is compared must be found again: an archive by its name, or because there is but one before
and one now; an image by its digest, by a name and its platform, or likewise; a layer by what is
in it, else by the instruction that made it, else, if nothing is known of it, by its place; a
directory by its path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.units import parse_size
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from layertar.analysis.sizes import ArchiveSize, ImageSize, LayerSize

    Spelt = Callable[[str], str]

__all__ = ["NO_LIMIT", "Growth", "GrowthLimit", "GrowthRow", "growth_of", "parse_growth"]

_PERCENT = regex(r"([0-9]{1,6})(?:\.([0-9]{1,3}))?\s*%", re.ASCII)
_MILLI = 1000


class GrowthLimit(NamedTuple):
    """By how much an archive or an image may grow; where both are `None`, by anything.

    Attributes:
        size: in bytes.
        milli_percent: in thousandths of a percent of what it was.
    """

    size: int | None = None
    milli_percent: int | None = None

    def is_passed(self, before: int | None, after: int | None) -> bool:
        """Whether it became too large; what is not known did not."""
        if before is None or after is None:
            return False
        if self.size is not None and after - before > self.size:
            return True
        share = self.milli_percent
        return share is not None and (after - before) * 100 * _MILLI > before * share


#: Nothing is too much.
NO_LIMIT = GrowthLimit()


def parse_growth(text: str) -> GrowthLimit:
    """Read a size, as `units.parse_size` does, or a percentage such as `5%` or `2.5%`.

    Raises:
        ValueError: it is neither; says what is.
    """
    match = _PERCENT.fullmatch(text.strip())
    if match is not None:
        return GrowthLimit(milli_percent=int(match[1]) * _MILLI + int(f"{match[2] or '':0<3}"))
    try:
        return GrowthLimit(size=parse_size(text))
    except ValueError as error:
        raise ValueError(f"{error}, or a percentage, such as 5%") from error


class GrowthRow(NamedTuple):
    """One thing before and now.

    Attributes:
        archive: the name of its archive, as given now.
        image: what its image is called now; `None` of an archive.
        kind: `archive`, `image`, `layer` or `directory`.
        name: of an archive or image its own, of a directory its path,
            of a layer its diff_id, else its digest.
        created_by: the instruction that made a layer.
        before: bytes, of layers as stored; `None` where it was not there, or that is not known.
        after: likewise, now.
        exceeds: whether that is more than is allowed; of archives and images only.
    """

    archive: str
    image: str | None
    kind: str
    name: str
    created_by: str | None
    before: int | None
    after: int | None
    exceeds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What grew, or shrank.

    Attributes:
        rows: every archive and image that was there before, and of each image those layers and
            directories that are not what they were.
        unchecked: archives that were not there before, and images whose size is not known: of
            their growth nothing can be said.
        gone: names of archives that are not given now.
    """

    rows: tuple[GrowthRow, ...]
    unchecked: tuple[str, ...]
    gone: tuple[str, ...]


def growth_of(
    before: Sequence[ArchiveSize],
    after: Sequence[ArchiveSize],
    *,
    limit: GrowthLimit = NO_LIMIT,
    spelt: Spelt = str,
) -> Growth:
    """Compare sizes.

    Args:
        before: as they were kept.
        after: as they are now.
        limit: how much is allowed.
        spelt: how names and paths are written where they are kept.
    """
    rows: list[GrowthRow] = []
    unchecked: list[str] = []
    known = {spelt(archive.name): archive for archive in before}
    pairs = [(known.pop(spelt(archive.name), None), archive) for archive in after]
    if len(before) == len(after) == 1:
        pairs, known = [(before[0], after[0])], {}
    for old, new in pairs:
        if old is None:
            unchecked.append(new.name)
            continue
        passed = limit.is_passed(old.total, new.total)
        rows.append(
            GrowthRow(new.name, None, "archive", new.name, None, old.total, new.total, passed)
        )
        depth = min(old.depth, new.depth)
        for was, now in _image_pairs(old.images, new.images, spelt):
            if was is not None and now is not None and None in (was.size, now.size):
                unchecked.append(f"{new.name}: {now.image}")
            rows += _image_rows(new.name, was, now, limit)
            if was is not None and now is not None:
                rows += _layer_rows(new.name, was, now, spelt)
                rows += _directory_rows(new.name, was, now, depth, spelt)
    return Growth(rows=tuple(rows), unchecked=tuple(unchecked), gone=tuple(known))


def _image_pairs(
    before: Sequence[ImageSize], after: Sequence[ImageSize], spelt: Spelt
) -> Iterator[tuple[ImageSize | None, ImageSize | None]]:
    """Find each image of now again in those of before; then those that are found nowhere."""
    left, alone = dict.fromkeys(range(len(before))), list(after)
    for keys_of in (_digest_keys, _name_keys):
        waiting: dict[str, list[int]] = {}
        for number in reversed(left):
            for key in keys_of(before[number], spelt):
                waiting.setdefault(key, []).append(number)
        due, alone = alone, []
        for image in due:
            found = _first_left([waiting.get(key, []) for key in keys_of(image, spelt)], left)
            if found is None:
                alone.append(image)
            else:
                del left[found]
                yield before[found], image
    if alone and len(before) == len(after) == 1:
        yield before[0], after[0]
        return
    for image in alone:
        yield None, image
    for number in left:
        yield before[number], None


def _first_left(candidates: Sequence[list[int]], left: Container[int]) -> int | None:
    """Return the last of the first list that has one left, and forget those that are not."""
    for numbers in candidates:
        while numbers and numbers[-1] not in left:
            numbers.pop()
        if numbers:
            return numbers[-1]
    return None


def _digest_keys(image: ImageSize, _: Spelt) -> list[str]:
    digest = image.manifest_digest or image.image_id
    return [] if digest is None else [str(digest)]


def _name_keys(image: ImageSize, spelt: Spelt) -> list[str]:
    return [f"{spelt(str(image.platform))} {spelt(name)}" for name in image.names]


def _image_rows(
    archive: str, before: ImageSize | None, after: ImageSize | None, limit: GrowthLimit
) -> Iterator[GrowthRow]:
    shown = after or before
    if shown is not None:
        old = None if before is None else before.size
        new = None if after is None else after.size
        passed = limit.is_passed(old, new)
        yield GrowthRow(archive, shown.image, "image", shown.image, None, old, new, passed)


def _layer_rows(
    archive: str, before: ImageSize, after: ImageSize, spelt: Spelt
) -> Iterator[GrowthRow]:
    """Pair layers; those that are as large as they were are left out."""

    def content(layer: LayerSize) -> str | None:
        digest = layer.diff_id or layer.digest
        return None if digest is None else str(digest)

    def instruction(layer: LayerSize) -> str | None:
        return None if layer.created_by is None else spelt(layer.created_by)

    def place(layer: LayerSize) -> str | None:
        return str(layer.position) if content(layer) is None else None

    pairs: list[tuple[LayerSize | None, LayerSize | None]] = []
    old, new = list(before.layers), list(after.layers)
    for key_of in (content, instruction, place):
        found, old, new = _paired(old, new, key_of)
        pairs += found
    pairs += [(None, layer) for layer in new]
    pairs += [(layer, None) for layer in old]
    for was, now in pairs:
        shown = now or was
        size = None if was is None else was.size
        new_size = None if now is None else now.size
        if shown is not None and size != new_size:
            digest = shown.diff_id or shown.digest
            yield GrowthRow(
                archive=archive,
                image=after.image,
                kind="layer",
                name="" if digest is None else str(digest),
                created_by=shown.created_by,
                before=size,
                after=new_size,
            )


def _paired(
    before: Sequence[LayerSize],
    after: Sequence[LayerSize],
    key_of: Callable[[LayerSize], str | None],
) -> tuple[list[tuple[LayerSize, LayerSize]], list[LayerSize], list[LayerSize]]:
    """Pair layers of equal key, the first with the first; return what is left of both, too."""
    waiting: dict[str | None, list[LayerSize]] = {}
    for layer in reversed(before):
        waiting.setdefault(key_of(layer), []).append(layer)
    unknown = waiting.pop(None, [])
    pairs: list[tuple[LayerSize, LayerSize]] = []
    alone: list[LayerSize] = []
    for layer in after:
        found = waiting.get(key_of(layer))
        if found:
            pairs.append((found.pop(), layer))
        else:
            alone.append(layer)
    left = [layer for each in (unknown, *waiting.values()) for layer in each]
    return pairs, sorted(left, key=lambda layer: layer.position), alone


def _directory_rows(
    archive: str, before: ImageSize, after: ImageSize, depth: int, spelt: Spelt
) -> Iterator[GrowthRow]:
    """Compare directories, as deep as both were summed up; equal ones are left out."""
    old = _directories(before, depth, spelt)
    new = _directories(after, depth, spelt)
    if not (old and new):
        return
    for path in sorted({**old, **new}):
        if old.get(path) != new.get(path):
            sizes = (old.get(path), new.get(path))
            yield GrowthRow(archive, after.image, "directory", path, None, *sizes)


def _directories(image: ImageSize, depth: int, spelt: Spelt) -> Mapping[str, int]:
    return {
        spelt(each.path): each.size
        for each in image.directories
        if depth and (not each.path or each.path.count("/") < depth)
    }

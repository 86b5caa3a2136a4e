"""Built: an archive's members, which a test may edit, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tests.recipes import sha256
from tests.tarmaker import Codec, Content, Directory, Hardlink, Symlink, compress, write_tar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.recipes import ImageRecipe, LayerFacts, PlatformName

__all__ = ["ArtifactFacts", "Built", "Expected", "ImageFacts", "familiar_names", "image_facts"]


class ImageFacts(NamedTuple):
    """What is true of one image; digests are `None` where the archive has no such document."""

    names: tuple[str, ...]
    image_id: str | None
    manifest_digest: str | None
    index_digest: str | None
    platform: PlatformName
    layers: tuple[LayerFacts, ...]


class ArtifactFacts(NamedTuple):
    """What is true of one artifact: its manifest's digest and its blobs', in order."""

    digest: str
    blobs: tuple[str, ...]


class Expected(NamedTuple):
    """What is true of a built archive before anyone edits it."""

    images: tuple[ImageFacts, ...]
    artifacts: tuple[ArtifactFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """An archive's members in tar order, names not unique, and the facts."""

    members: tuple[tuple[str, Content], ...]
    expected: Expected

    def __getitem__(self, name: str) -> bytes:
        """The bytes of the first regular member of that name."""
        for found, content in self.members:
            if found == name and isinstance(content, bytes):
                return content
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all members, in order."""
        return tuple(name for name, _ in self.members)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the regular members, in order."""
        return tuple(name for name, content in self.members if isinstance(content, bytes))

    def replace(self, name: str, content: Content) -> Built:
        """Give every member of that name another content; `KeyError` if there is none."""
        return self._edit(name, lambda found: [(found, content)])

    def remove(self, name: str) -> Built:
        """Take out every member of that name; `KeyError` if there is none."""
        return self._edit(name, lambda _: [])

    def rename(self, name: str, other: str) -> Built:
        """Rename every member of that name; `KeyError` if there is none."""
        content = dict(self.members)[name]
        return self._edit(name, lambda _: [(other, content)])

    def add(self, name: str, content: Content, *, at: int | None = None) -> Built:
        """Add a member, also one whose name is there already, at the end or at a position."""
        position = len(self.members) if at is None else at
        before, after = self.members[:position], self.members[position:]
        return replace(self, members=(*before, (name, content), *after))

    def reorder(self, order: Callable[[tuple[str, Content]], object] | Sequence[int]) -> Built:
        """Put the members into another order: by a sorting key, or as a permutation."""
        if callable(order):
            # The key's results are the caller's to make comparable.
            members = tuple(sorted(self.members, key=order))  # type: ignore[arg-type]
        else:
            members = tuple(self.members[position] for position in order)
        return replace(self, members=members)

    def tar(self, *, prefix: str = "") -> bytes:
        """The archive, each name behind `prefix`, such as `./`."""
        return write_tar(self.members, prefix=prefix)

    def compressed(self, codec: Codec) -> bytes:
        """The archive wrapped in an outer compression."""
        return compress(self.tar(), codec)

    def directory(self, path: Path) -> Path:
        """Write the archive unpacked below `path`, which is made, and return it."""
        root = path.resolve()
        for name, content in (("", Directory()), *self.members):
            # Not resolved: a link must be written, not followed. `..` has no place here.
            place = root / name
            if ".." in place.parts or not place.is_relative_to(root):
                raise ValueError(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            match content:
                case bytes():
                    place.write_bytes(content)
                case Symlink(target):
                    place.symlink_to(target)
                case Hardlink(target):
                    place.hardlink_to(root / target)
                case Directory():
                    place.mkdir(parents=True, exist_ok=True)
        return path

    def _edit(self, name: str, edit: Callable[[str], list[tuple[str, Content]]]) -> Built:
        if name not in self.names:
            raise KeyError(name)
        edited = ((edit(old[0]) if old[0] == name else [old]) for old in self.members)
        return replace(self, members=tuple(new for members in edited for new in members))


def image_facts(
    image: ImageRecipe,
    *,
    manifest: bool = True,
    familiar: bool = False,
    index_digest: str | None = None,
) -> ImageFacts:
    """What is true of an image; names as Docker shows them where `familiar`."""
    return ImageFacts(
        names=familiar_names(image) if familiar else image.names,
        image_id=sha256(image.config),
        manifest_digest=sha256(image.manifest) if manifest else None,
        index_digest=index_digest,
        platform=image.platform,
        layers=tuple(layer.facts for layer in image.layers),
    )


def familiar_names(image: ImageRecipe) -> tuple[str, ...]:
    """Names as Docker shows them."""
    prefix = "docker.io/"
    return tuple(name.removeprefix(prefix).removeprefix("library/") for name in image.names)

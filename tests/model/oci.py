"""The OCI view: from `index.json` through indexes to manifests, and what is absent on the way.

Spec: formats.md 1.5, 2.5 and 6.1; issue 3, "Exit 0 means proved".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.model.facts import OutOfScopeError
from tests.model.kinds import INDEXES, MANIFESTS, STRANGE
from tests.model.manifest import Artifact, Blobs, OciImage, read_manifest
from tests.model.words import Descriptor, Fields, normal_name, parse, read_descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.model.files import Files

__all__ = ["OciView", "read_oci"]

_NAMES: Final = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_DEEPEST: Final = 16


class _Node(NamedTuple):
    """What one descriptor leads to.

    Attributes:
        is_here: whether the blob is.
        what: the image or artifact, `None` for an index and for what is not here.
        children: of an index; `None` for what is none.
        verdict: of the blob itself.
    """

    descriptor: Descriptor
    is_here: bool
    what: OciImage | Artifact | None
    children: tuple[_Node, ...] | None
    verdict: str

    @property
    def images(self) -> list[OciImage]:
        """The images that it leads to."""
        if isinstance(self.what, OciImage):
            return [self.what]
        return [image for child in self.children or () for image in child.images]

    @property
    def is_complete(self) -> bool:
        """Whether it leads to an image that is all here."""
        return any(image.is_whole for image in self.images)

    @property
    def names_something(self) -> bool:
        """Whether it leads to anything but indexes."""
        return self.children is None or any(child.names_something for child in self.children)


@dataclass(slots=True)
class OciView:
    """All images by the digest of their manifest, names, and what the rest makes of the archive."""

    images: dict[str, OciImage] = field(default_factory=dict)
    names: dict[str, list[OciImage]] = field(default_factory=dict)
    artifacts: list[tuple[str, str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    is_empty: bool = True
    is_vague: bool = False


def read_oci(files: Files) -> OciView:
    """Read the view from `index.json` on; it must be there."""
    raw = files.get("index.json")
    if raw is None:
        raise OutOfScopeError("no index.json")
    view = OciView()
    reader = _Reader(view, Blobs(files, view.verdicts))
    nodes = reader.entries(raw, ("index.json",), None)
    view.is_empty = not any(node.names_something for node in nodes)
    view.is_vague = reader.blobs.is_vague
    whole = _content_of_whole(nodes)
    for node in nodes:
        if not node.is_here:
            view.verdicts.append("incomplete")
        _judge(view, node, whole, is_excused=False)
    _check_names(view, nodes)
    return view


class _Reader:
    """Reads nodes; each descriptor's blob is looked up by the name that its digest makes."""

    def __init__(self, view: OciView, blobs: Blobs) -> None:
        self._view = view
        self.blobs = blobs

    def entries(self, raw: bytes, path: tuple[str, ...], media_type: str | None) -> list[_Node]:
        """The nodes of an index; what is wrong with the index itself goes to the archive."""
        document = parse(raw)
        fields = Fields(document.value)
        descriptors = [read_descriptor(each) for each in fields.get("manifests", list) or []]
        self._view.verdicts.append(self.blobs.check_head(fields, media_type, is_index=True))
        is_sound = document.is_sound and fields.is_sound
        if not is_sound or not all(each.is_sound for each in descriptors):
            self._view.verdicts.append("failed")
        return [self._node(each, path) for each in descriptors]

    def _node(self, descriptor: Descriptor, path: tuple[str, ...]) -> _Node:
        blob = self.blobs.fetch(descriptor)
        media_type = descriptor.media_type or ""
        if any(word in media_type for word in STRANGE):
            raise OutOfScopeError(media_type)
        what: OciImage | Artifact | None = None
        children = None
        if blob.data is not None and media_type in INDEXES:
            name = descriptor.path or ""
            if name in path or len(path) > _DEEPEST:
                raise OutOfScopeError("a loop")
            children = tuple(self.entries(blob.data, (*path, name), media_type))
        elif blob.data is not None and media_type in MANIFESTS:
            what = self._known(descriptor, read_manifest(self.blobs, descriptor, blob))
        elif blob.data is not None:
            own = parse(blob.data).value
            if isinstance(own, dict) and own.get("mediaType") in {*INDEXES, *MANIFESTS}:
                # It is taken for what it is called, and says that it is something else.
                self._view.verdicts.append("failed")
            what = Artifact(None, blob.verdict, frozenset(), is_whole=True)
        return _Node(descriptor, blob.data is not None, what, children, blob.verdict)

    def _known(self, descriptor: Descriptor, what: OciImage | Artifact) -> OciImage | Artifact:
        """One image a manifest digest, whoever names it, and as bad as any finds it."""
        if isinstance(what, Artifact):
            return what
        known = self._view.images.setdefault(descriptor.digest or "", what)
        if known is not what:
            known.verdicts += what.verdicts
        return known


def _content_of_whole(nodes: Iterable[_Node]) -> frozenset[str]:
    """Digests that belong to images and artifacts of which everything is here."""
    found: set[str] = set()
    for node in nodes:
        if node.what is not None and node.what.is_whole:
            found |= node.what.content
        found |= _content_of_whole(node.children or ())
    return frozenset(found)


def _judge(view: OciView, node: _Node, whole: frozenset[str], *, is_excused: bool) -> None:
    """Say what a node makes of the archive; absences as formats.md 2.5 has it."""
    if node.children is not None:
        view.verdicts.append(node.verdict)
        excuses = node.is_complete
        for child in node.children:
            if not child.is_here and not excuses:
                view.verdicts.append("incomplete")
            # Only the manifest was saved: what else is here, something whole accounts for.
            what = child.what
            is_hollow = what is not None and not what.is_whole and what.content <= whole
            _judge(view, child, whole, is_excused=excuses and is_hollow)
        # Its digest is a link of the chain to each image below.
        for image in node.images:
            image.indexes.append(node.verdict)
    elif isinstance(node.what, OciImage):
        node.what.is_excused &= is_excused
    elif node.what is not None:
        if node.what.digest is not None:
            view.artifacts.append((node.what.digest, node.what.verdict))
        if not (is_excused and node.what.verdict == "incomplete"):
            view.verdicts.append(node.what.verdict)


class _Named(NamedTuple):
    """What else bears a name."""

    digest: str | None
    platform: object
    kind: str | None
    is_artifact: bool
    images: list[OciImage]


def _check_names(view: OciView, nodes: Iterable[_Node]) -> None:
    """Collect names, and tell one name for two digests (formats.md 8.3, index-duplicate-name)."""
    seen: dict[str, list[_Named]] = {}
    for node in nodes:
        annotations = node.descriptor.annotations
        name = next((annotations[key] for key in _NAMES if key in annotations), None)
        if name is None or not node.is_here:
            continue
        if isinstance(node.what, Artifact) and node.what.is_attached:
            continue
        images = node.images
        platform = node.descriptor.platform or (images[0].platform if len(images) == 1 else None)
        kind, is_artifact = annotations.get("kind"), isinstance(node.what, Artifact)
        mine = _Named(node.descriptor.digest, platform, kind, is_artifact, images)
        others = seen.setdefault(normal_name(name), [])
        for other in others:
            is_same_platform = None in (platform, other.platform) or platform == other.platform
            # Loaders of images do not look at the kind.
            is_same_kind = kind == other.kind or not (is_artifact or other.is_artifact)
            if mine.digest != other.digest and is_same_platform and is_same_kind:
                view.verdicts.append("failed")
                for image in (*images, *other.images):
                    image.verdicts.append("failed")
        others.append(mine)
        view.names.setdefault(name, []).extend(images)

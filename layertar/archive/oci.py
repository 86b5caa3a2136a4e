"""The OCI view: `index.json` to index to manifest to config and layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive.oci_manifest import FoundManifest, place_of
from layertar.archive.record import (
    Claim,
    Name,
    Presence,
    RecordedArtifact,
    RecordedImage,
    RecordedIndex,
    Role,
    View,
)
from layertar.digest import Digest
from layertar.documents import is_full
from layertar.fault import Fault

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.documents import Descriptor, Index, Manifest

__all__ = ["read"]

_INDEX = "index.json"
_LAYOUT = "oci-layout"
_CONTAINERD_NAME = "io.containerd.image.name"
_REF_NAME = "org.opencontainers.image.ref.name"


def read(reader: DocumentReader) -> View | None:
    """Read the OCI view, or return `None` where the archive has none.

    A marker, or an `index.json` that is an index, makes one; so does any `index.json` beside
    blobs, however damaged.
    """
    layout, root = reader.look_up(_LAYOUT), reader.look_up(_INDEX)
    has_blobs = any(name.startswith("blobs/") for name in reader.table.names())
    if layout is None and root is None:
        return None
    index = reader.index(root) if root is not None else None
    if layout is None and not has_blobs and (index is None or not index.manifests):
        return None
    walk = _Walk(reader)
    if layout is not None:
        reader.oci_layout(layout)
    elif has_blobs:
        walk.faults.append(
            Fault("oci-layout-missing", "index.json and blobs/ are here, the file oci-layout not")
        )
    if root is None:
        walk.faults.append(
            Fault("oci-index-missing", "oci-layout is here, index.json is not", member=_LAYOUT)
        )
    elif index is not None:
        if not index.manifests:
            walk.faults.append(Fault("oci-index-empty", "lists nothing", member=_INDEX))
        walk.root(index)
    documents = tuple(member for member in (layout, root) if member is not None)
    return View(
        name="oci",
        images=tuple(walk.images),
        artifacts=tuple(walk.artifacts),
        indexes=tuple(walk.indexes),
        documents=documents,
        faults=tuple(walk.faults),
    )


def _names(descriptor: Descriptor) -> tuple[Name, ...]:
    """Return the name that a descriptor of `index.json` gives (formats.md 1.8)."""
    full = descriptor.annotations.get(_CONTAINERD_NAME)
    if full:
        return (Name(full, is_complete=True),)
    name = descriptor.annotations.get(_REF_NAME)
    return (Name(name, is_full(name)),) if name else ()


def _inline(descriptor: Descriptor) -> bytes | None:
    """Return embedded `data` if it is what the descriptor records (descriptor.md, data)."""
    data, digest = descriptor.data, descriptor.digest
    if data is None or digest is None or not digest.is_supported or len(data) != descriptor.size:
        return None
    return data if Digest.of(data, algorithm=digest.algorithm) == digest else None


class _Node:
    """What one descriptor led to: the images and artifacts beneath, and how much is here."""

    __slots__ = ("artifacts", "images", "indexes", "is_absent", "is_complete", "is_hollow")

    def __init__(self, *, is_absent: bool, is_hollow: bool, is_complete: bool) -> None:
        self.is_absent = is_absent
        self.is_hollow = is_hollow
        self.is_complete = is_complete
        self.images: list[int] = []
        self.artifacts: list[int] = []
        self.indexes: list[int] = []


class _Walk:
    """Follows every descriptor once; what is named again only adds its claim and its names.

    Documents are followed before anybody has checked them, so an index may name itself:
    digests on the way are remembered, and depth and count are bounded.
    """

    def __init__(self, reader: DocumentReader) -> None:
        self.images: list[RecordedImage] = []
        self.artifacts: list[RecordedArtifact] = []
        self.indexes: list[RecordedIndex] = []
        self.faults: list[Fault] = []
        self._reader = reader
        self._nodes: dict[str, _Node] = {}
        self._left = reader.limits.descriptors

    def root(self, index: Index) -> None:
        """Follow `index.json`."""
        self.indexes.append(RecordedIndex(claim=None, document=index))
        loose: list[Claim] = []
        for descriptor in index.manifests:
            if not self._count(_INDEX, descriptor):
                break
            self._follow(descriptor, _INDEX, (), _names(descriptor), loose)
        self._loose_artifact(None, index, loose, ())

    def _count(self, document: str, descriptor: Descriptor) -> bool:
        self._left -= 1
        if self._left == -1:
            detail = f"more than {self._reader.limits.descriptors} descriptors; not read further"
            self.faults.append(
                Fault("limit-exceeded", detail, member=document, pointer=descriptor.pointer)
            )
        return self._left >= 0

    def _claim(self, descriptor: Descriptor, role: Role, document: str) -> Claim:
        path, member = "", None
        if descriptor.digest is not None:
            path, member = self._reader.look_up_blob(descriptor.digest)
        if descriptor.urls and not mediatype.is_nondistributable(descriptor.media_type):
            detail = f"names {len(descriptor.urls)} places elsewhere: {descriptor.urls[0]}"
            self.faults.append(
                Fault("descriptor-has-urls", detail, member=document, pointer=descriptor.pointer)
            )
        return Claim(
            role=role,
            document=document,
            pointer=descriptor.pointer,
            path=path,
            member=member,
            digest=descriptor.digest,
            size=descriptor.size,
            media_type=descriptor.media_type or None,
            inline=_inline(descriptor) if member is None else None,
            data=descriptor.data,
        )

    def _follow(
        self,
        descriptor: Descriptor,
        document: str,
        chain: tuple[Claim, ...],
        names: tuple[Name, ...],
        loose: list[Claim],
    ) -> _Node | None:
        """Follow one descriptor; one that is neither index nor manifest goes to `loose`."""
        key = descriptor.recorded_digest
        role = self._role(descriptor)
        claim = self._claim(descriptor, role, document)
        if role is Role.BLOB:
            loose.append(claim)
            return None
        known = self._nodes.get(key)
        if known is not None:
            self._again(known, claim, names)
            return known
        if role is Role.INDEX:
            return self._index(key, claim, chain, names)
        return self._manifest(descriptor, claim, chain, names)

    def _role(self, descriptor: Descriptor) -> Role:
        media_type = descriptor.media_type
        if mediatype.is_index(media_type):
            return Role.INDEX
        if mediatype.is_manifest(media_type) or mediatype.is_schema1(media_type):
            return Role.MANIFEST
        if media_type == mediatype.OCI_ARTIFACT_MANIFEST:
            return Role.MANIFEST
        return Role.BLOB

    def _again(self, node: _Node, claim: Claim, names: tuple[Name, ...]) -> None:
        """Take note of another descriptor that leads to the same place."""
        for position in node.images:
            image = self.images[position]
            added = tuple(name for name in names if name not in image.names)
            repeats = (*image.repeats, claim) if claim.role is Role.MANIFEST else image.repeats
            self.images[position] = replace(image, names=image.names + added, repeats=repeats)
        if claim.role is Role.INDEX:
            self.indexes.append(RecordedIndex(claim=claim, document=None))
        elif node.artifacts:
            position = node.artifacts[0]
            artifact = self.artifacts[position]
            self.artifacts[position] = replace(artifact, repeats=(*artifact.repeats, claim))

    def _index(
        self, key: str, claim: Claim, chain: tuple[Claim, ...], names: tuple[Name, ...]
    ) -> _Node:
        node = _Node(is_absent=not claim.is_present, is_hollow=False, is_complete=False)
        self._nodes[key] = node
        index = self._reader.index_of(claim)
        node.indexes.append(len(self.indexes))
        self.indexes.append(RecordedIndex(claim=claim, document=index))
        if index is None:
            return node
        document = place_of(claim)
        if len(chain) >= self._reader.limits.index_depth:
            detail = f"indexes are nested more than {self._reader.limits.index_depth} deep"
            self.faults.append(Fault("index-nested-deep", detail, member=document))
            return node
        below = (*chain, claim)
        loose: list[Claim] = []
        children: list[_Node] = []
        for descriptor in index.manifests:
            if not self._count(document, descriptor):
                break
            child = self._follow(descriptor, document, below, names, loose)
            if child is not None and child is not node:
                children.append(child)
        self._loose_artifact(claim, index, loose, chain)
        self._excuse(children)
        node.is_complete = any(child.is_complete for child in children)
        for child in children:
            node.images.extend(child.images)
        return node

    def _excuse(self, children: list[_Node]) -> None:
        """Excuse what is absent beside a complete sibling (formats.md 2.5)."""
        if not any(child.is_complete for child in children):
            return
        for child in children:
            if not (child.is_absent or child.is_hollow):
                continue
            presence = Presence.ABSENT if child.is_absent else Presence.HOLLOW
            for position in child.images:
                self.images[position] = replace(self.images[position], presence=presence)
            for position in child.artifacts:
                self.artifacts[position] = replace(self.artifacts[position], presence=presence)
            for position in child.indexes:
                self.indexes[position] = replace(self.indexes[position], presence=presence)

    def _manifest(
        self,
        descriptor: Descriptor,
        claim: Claim,
        chain: tuple[Claim, ...],
        names: tuple[Name, ...],
    ) -> _Node:
        manifest = self._reader.manifest_of(claim)
        config, blobs = self._contents(claim, manifest)
        found = FoundManifest(descriptor, claim, manifest, config, blobs, chain)
        is_image = found.is_image(self._reader)
        # A build record or a signature is no platform: it does not excuse its siblings.
        node = _Node(
            is_absent=not claim.is_present,
            is_hollow=found.is_hollow,
            is_complete=is_image and found.is_complete,
        )
        self._nodes[descriptor.recorded_digest] = node
        subject = self._subject(claim, manifest)
        if is_image:
            node.images.append(len(self.images))
            self.images.append(found.as_image(self._reader, names, subject))
        else:
            node.artifacts.append(len(self.artifacts))
            self.artifacts.append(found.as_artifact(subject))
        return node

    def _contents(
        self, claim: Claim, manifest: Manifest | None
    ) -> tuple[Claim | None, tuple[Claim, ...]]:
        if manifest is None:
            return None, ()
        document = place_of(claim)
        config = None
        if manifest.config is not None:
            config = self._claim(manifest.config, Role.CONFIG, document)
            if manifest.config.platform is not None:
                detail = "the config's descriptor has a platform"
                self.faults.append(Fault("config-in-descriptor-platform", detail, member=document))
        limit = self._reader.limits.layers
        if len(manifest.layers) > limit:
            detail = f"{len(manifest.layers)} layers; only the first {limit} were examined"
            self.faults.append(Fault("limit-exceeded", detail, member=document, pointer="/layers"))
        blobs = tuple(self._claim(layer, Role.LAYER, document) for layer in manifest.layers[:limit])
        return config, blobs

    def _subject(self, claim: Claim, manifest: Manifest | None) -> Claim | None:
        if manifest is None or manifest.subject is None:
            return None
        return self._claim(manifest.subject, Role.SUBJECT, place_of(claim))

    def _loose_artifact(
        self, claim: Claim | None, index: Index, loose: list[Claim], chain: tuple[Claim, ...]
    ) -> None:
        """Make one artifact of an index's entries that are no manifests, as caches have them."""
        if not loose:
            return
        if claim is None:
            self.artifacts.extend(
                RecordedArtifact(
                    manifest=blob,
                    manifest_document=None,
                    artifact_type=None,
                    subject=None,
                    blobs=(),
                    chain=chain,
                )
                for blob in loose
            )
            return
        self.artifacts.append(
            RecordedArtifact(
                manifest=claim,
                manifest_document=None,
                artifact_type=index.artifact_type,
                subject=index.subject.digest if index.subject is not None else None,
                blobs=tuple(loose),
                chain=chain,
            )
        )

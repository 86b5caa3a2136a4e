"""The OCI view: `index.json` to index to manifest to config and layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive.oci_manifest import FoundManifest, place_of
from layertar.archive.oci_nodes import Contents, Node, presences, spread_names
from layertar.archive.record import (
    Claim,
    Name,
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

# Names given to images, for each descriptor that may be visited: an index of twenty platforms
# with five tags has twenty times five.
_NAMES_A_DESCRIPTOR = 10


def read(reader: DocumentReader) -> View | None:
    """Read the OCI view, or return `None` where the archive has none.

    A marker, or an `index.json` that is an index, makes one; so does any `index.json` beside
    blobs, however damaged.
    """
    layout, root = reader.look_up(_LAYOUT), reader.look_up(_INDEX)
    if layout is None and root is None:
        return None
    index = reader.index(root) if root is not None else None
    if layout is None and not reader.has_blobs and (index is None or not index.manifests):
        return None
    walk = _Walk(reader)
    if layout is not None:
        reader.oci_layout(layout)
    elif reader.has_blobs:
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


def _names_odd_places(descriptor: Descriptor) -> bool:
    """Whether a blob may be had elsewhere in another way than layers kept there by law."""
    if not descriptor.urls:
        return False
    return not mediatype.is_nondistributable(descriptor.media_type) or not all(
        url.startswith("https://") for url in descriptor.urls
    )


class _Walk:
    """Follows every descriptor once; what is named again only adds its claim and its names.

    Documents are followed before anybody has checked them, so an index may name itself:
    digests on the way are remembered, and depth and count are bounded. A digest that is named
    as an index and as a manifest is read as both, since some reader does either (A-01).
    """

    def __init__(self, reader: DocumentReader) -> None:
        self.images: list[RecordedImage] = []
        self.artifacts: list[RecordedArtifact] = []
        self.indexes: list[RecordedIndex] = []
        self.faults: list[Fault] = []
        self._reader = reader
        self._nodes: dict[tuple[str, Role], Node] = {}
        self._left = reader.limits.descriptors

    def root(self, index: Index) -> None:
        """Follow `index.json`."""
        self.indexes.append(RecordedIndex(claim=None, document=index))
        loose: list[Claim] = []
        for descriptor in index.manifests:
            if not self._count(_INDEX, descriptor):
                break
            node = self._follow(descriptor, _INDEX, (), loose)
            if node is not None:
                node.is_due = True
                node.names.update(dict.fromkeys(_names(descriptor)))
        self._loose_artifact(None, index, loose, ())
        self._finish()

    def _finish(self) -> None:
        """Record what only the whole of the graph tells: names, repeats, lawful absence."""
        nodes = self._nodes.values()
        names = spread_names(nodes, _NAMES_A_DESCRIPTOR * self._reader.limits.descriptors)
        if names is None:
            detail = "too many names on too many images; names are not examined"
            self.faults.append(Fault("limit-exceeded", detail, member=_INDEX))
            names = {}
        for node in nodes:
            repeats = tuple(node.claims[1:])
            if node.image is not None:
                image = self.images[node.image]
                given = tuple(names.get(node.image, ()))
                self.images[node.image] = replace(image, names=given, repeats=repeats)
            elif node.artifact is not None and repeats:
                artifact = self.artifacts[node.artifact]
                self.artifacts[node.artifact] = replace(artifact, repeats=repeats)
        for node, presence in presences(nodes):
            if node.image is not None:
                self.images[node.image] = replace(self.images[node.image], presence=presence)
            if node.artifact is not None:
                artifact = self.artifacts[node.artifact]
                self.artifacts[node.artifact] = replace(artifact, presence=presence)
            for number in node.indexes:
                self.indexes[number] = replace(self.indexes[number], presence=presence)

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
        if _names_odd_places(descriptor):
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
            annotations=descriptor.annotations,
        )

    def _follow(
        self, descriptor: Descriptor, document: str, chain: tuple[Claim, ...], loose: list[Claim]
    ) -> Node | None:
        """Follow one descriptor; one that is neither index nor manifest goes to `loose`."""
        role = self._role(descriptor)
        claim = self._claim(descriptor, role, document)
        if role is Role.BLOB:
            loose.append(claim)
            return None
        key = (descriptor.recorded_digest, role)
        known = self._nodes.get(key)
        if known is not None:
            known.claims.append(claim)
            if role is Role.INDEX:
                index = self.indexes[known.indexes[0]]
                known.indexes.append(len(self.indexes))
                self.indexes.append(replace(index, claim=claim))
            return known
        if role is Role.INDEX:
            node = self._nodes[key] = Node(claim, Contents())
            self._index(node, claim, chain)
            return node
        return self._manifest(key, descriptor, claim, chain)

    def _role(self, descriptor: Descriptor) -> Role:
        media_type = descriptor.media_type
        if mediatype.is_index(media_type):
            return Role.INDEX
        if (
            mediatype.is_manifest(media_type)
            or mediatype.is_schema1(media_type)
            or media_type == mediatype.OCI_ARTIFACT_MANIFEST
        ):
            return Role.MANIFEST
        return Role.BLOB

    def _index(self, node: Node, claim: Claim, chain: tuple[Claim, ...]) -> None:
        index = self._reader.index_of(claim)
        node.indexes.append(len(self.indexes))
        self.indexes.append(RecordedIndex(claim=claim, document=index))
        if index is None:
            return
        document = place_of(claim)
        if len(chain) >= self._reader.limits.index_depth:
            detail = f"indexes are nested more than {self._reader.limits.index_depth} deep"
            self.faults.append(Fault("index-nested-deep", detail, member=document))
            if index.manifests:
                detail = f"{detail}; what this one leads to was not examined"
                self.faults.append(Fault("limit-exceeded", detail, member=document))
            return
        below = (*chain, claim)
        loose: list[Claim] = []
        for descriptor in index.manifests:
            if not self._count(document, descriptor):
                break
            child = self._follow(descriptor, document, below, loose)
            if child is not None and child is not node:
                node.children.append(child)
        self._loose_artifact(claim, index, loose, chain)
        node.judge_children()

    def _manifest(
        self,
        key: tuple[str, Role],
        descriptor: Descriptor,
        claim: Claim,
        chain: tuple[Claim, ...],
    ) -> Node:
        manifest = self._reader.manifest_of(claim)
        config, blobs = self._contents(claim, manifest)
        found = FoundManifest(descriptor, claim, manifest, config, blobs, chain)
        is_image = found.is_image(self._reader)
        node = self._nodes[key] = Node(claim, found.measure(is_image=is_image))
        subject = self._subject(claim, manifest)
        if is_image:
            node.image = len(self.images)
            self.images.append(found.as_image(self._reader, subject))
        else:
            node.artifact = len(self.artifacts)
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
        granted, fault = self._reader.grant_layers(len(manifest.layers))
        if fault is not None:
            self.faults.append(fault._replace(member=document, pointer="/layers"))
        layers = manifest.layers[:granted]
        return config, tuple(self._claim(layer, Role.LAYER, document) for layer in layers)

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

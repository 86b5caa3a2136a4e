"""Walk: every descriptor of a graph of indexes and manifests, followed once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from layertar.archive.embedded import Embedded
from layertar.archive.oci_manifest import FoundManifest, names_odd_places, place_of, role_of
from layertar.archive.oci_nodes import Contents, Names, Node, presences, spread_names
from layertar.archive.record import (
    Claim,
    RecordedArtifact,
    RecordedImage,
    RecordedIndex,
    Role,
    View,
)
from layertar.fault import Fault
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import Name
    from layertar.digest import Digest
    from layertar.documents import Descriptor, Index, Manifest
    from layertar.members import Member

__all__ = ["FindBlob", "Walk"]

#: Finds the member of a digest in a role, and says which name it should have.
FindBlob: TypeAlias = "Callable[[Digest, Role], tuple[str, Member | None]]"

# Names given to images, for each descriptor that may be visited: an index of twenty platforms
# with five tags has twenty times five.
_NAMES_A_DESCRIPTOR = 10


class Walk:
    """Follows every descriptor once; what is named again only adds its claim and its names.

    Documents are followed before anybody has checked them, so an index may name itself:
    digests on the way are remembered, and depth and count are bounded. A digest that is named
    as an index and as a manifest is read as both, since some reader does either (A-01).
    """

    def __init__(
        self,
        reader: DocumentReader,
        *,
        view: str,
        document: str,
        find: FindBlob,
        embedded: Mapping[Digest, bytes] = MappingProxyType({}),
        is_complete: bool = False,
    ) -> None:
        """Begin with nothing.

        Args:
            reader: reads the documents.
            view: the view's name.
            document: the member that the view begins with, for what is told of the whole.
            find: finds blobs by their digests, as the view names them.
            embedded: what the view's document embeds under a digest, whatever it is.
            is_complete: whether nothing that an index lists may lawfully be absent.
        """
        self.images: list[RecordedImage] = []
        self.artifacts: list[RecordedArtifact] = []
        self.indexes: list[RecordedIndex] = []
        self.faults: list[Fault] = []
        self._reader = reader
        self._view = view
        self._is_complete = is_complete
        self._document = document
        self._find = find
        self.embedded = Embedded(embedded)
        self._nodes: dict[tuple[str, Role], Node] = {}
        self._loose_names: dict[Claim, tuple[Name, ...]] = {}
        self._left = reader.limits.descriptors

    def root(self, index: Index, name: Callable[[Descriptor], tuple[Name, ...]]) -> None:
        """Follow an index that nothing records, each entry by the names that `name` gives it."""
        self.indexes.append(RecordedIndex(claim=None, document=index))
        loose: list[Claim] = []
        for descriptor in index.manifests:
            if not self._enter(descriptor, self._document, name(descriptor), loose):
                break
        self._loose_entries(loose, ())

    def enter(
        self,
        descriptor: Descriptor,
        document: str,
        names: Iterable[Name] = (),
        *,
        member: Member | None = None,
    ) -> bool:
        """Follow a descriptor that is no index's entry.

        Args:
            descriptor: it.
            document: the member that says so.
            names: what it calls what it leads to.
            member: where it leads to, if no digest says so.

        Returns:
            Whether more may be followed.
        """
        loose: list[Claim] = []
        goes_on = self._enter(descriptor, document, names, loose, member)
        self._loose_entries(loose, ())
        return goes_on

    def find(self, digest: Digest) -> Member | None:
        """Find the manifest or index of a digest, as the view names them."""
        return self._find(digest, Role.MANIFEST)[1]

    def knows(self, digest: Digest) -> bool:
        """Whether some descriptor led to this digest already."""
        return any((str(digest), role) in self._nodes for role in (Role.INDEX, Role.MANIFEST))

    def _enter(
        self,
        descriptor: Descriptor,
        document: str,
        names: Iterable[Name],
        loose: list[Claim],
        member: Member | None = None,
    ) -> bool:
        if not self._count(document, descriptor):
            return False
        node = self._follow(descriptor, document, (), loose, member)
        if node is None:
            self._loose_names[loose[-1]] = tuple(names)
        else:
            node.is_due = True
            node.names.update(dict.fromkeys(names))
        return True

    def view(self, documents: tuple[Member, ...], claims: Iterable[Claim] = ()) -> View:
        """Return all that was met as a view of `documents`, with what else they claim."""
        self._finish()
        return View(
            name=self._view,
            images=tuple(self.images),
            artifacts=tuple(self.artifacts),
            indexes=tuple(self.indexes),
            documents=documents,
            claims=tuple(claims),
            faults=tuple(self.faults),
        )

    def _finish(self) -> None:
        """Record what only the whole of the graph tells: names, repeats, lawful absence."""
        nodes = self._nodes.values()
        names = spread_names(nodes, _NAMES_A_DESCRIPTOR * self._reader.limits.descriptors)
        if names is None:
            detail = "too many names on too many images; names are not examined"
            self.faults.append(Fault("limit-exceeded", detail, member=self._document))
            names = Names({}, {})
        for number, given in names.artifacts.items():
            self.artifacts[number] = replace(self.artifacts[number], names=tuple(given))
        for node in nodes:
            repeats = tuple(node.claims[1:])
            if node.image is not None:
                image = self.images[node.image]
                own = tuple(names.images.get(node.image, ()))
                self.images[node.image] = replace(image, names=own, repeats=repeats)
            elif node.artifact is not None and repeats:
                artifact = self.artifacts[node.artifact]
                self.artifacts[node.artifact] = replace(artifact, repeats=repeats)
        for node, presence in () if self._is_complete else presences(nodes):
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

    def _claim(
        self, descriptor: Descriptor, role: Role, document: str, member: Member | None = None
    ) -> Claim:
        path = member.name if member is not None else ""
        if descriptor.digest is not None and member is None:
            path, member = self._find(descriptor.digest, role)
        if names_odd_places(descriptor):
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
            inline=self.embedded.find(descriptor) if member is None else None,
            data=descriptor.data,
            annotations=descriptor.annotations,
        )

    def _follow(
        self,
        descriptor: Descriptor,
        document: str,
        chain: tuple[Claim, ...],
        loose: list[Claim],
        member: Member | None = None,
    ) -> Node | None:
        """Follow one descriptor; one that is neither index nor manifest goes to `loose`."""
        role = role_of(descriptor)
        claim = self._claim(descriptor, role, document, member)
        if role is Role.BLOB:
            self._reader.tell_disguise(claim)
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

    def _index(self, node: Node, claim: Claim, chain: tuple[Claim, ...]) -> None:
        index = self._reader.index_of(claim)
        node.indexes.append(len(self.indexes))
        self.indexes.append(RecordedIndex(claim=claim, document=index))
        if index is None:
            return
        document = place_of(claim)
        if len(chain) >= self._reader.limits.index_depth:
            detail = f"indexes are nested more than {self._reader.limits.index_depth} deep"
            self.faults.append(Fault("index-nested-deep", detail, document))
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
        if loose:
            node.loose = len(self.artifacts)
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
            self.images.append(found.as_image(self._reader, subject, self._view))
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
        self, claim: Claim, index: Index, loose: list[Claim], chain: tuple[Claim, ...]
    ) -> None:
        """Make one artifact of an index's entries that are no manifests, as caches have them."""
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

    def _loose_entries(self, loose: Iterable[Claim], chain: tuple[Claim, ...]) -> None:
        """Make an artifact of each entry that stands alone."""
        self.artifacts.extend(
            RecordedArtifact(
                manifest=blob,
                manifest_document=None,
                artifact_type=None,
                subject=None,
                blobs=(),
                names=self._loose_names.get(blob, ()),
                chain=chain,
            )
            for blob in loose
        )

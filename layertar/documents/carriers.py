"""Lists of images by which other tools' carriers know what they hold: imgpkg's, and OCM's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import Document
from layertar.documents._object import read_objects, read_root
from layertar.documents.descriptor import read_digest
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from layertar.digest import Digest
    from layertar.documents._object import JsonObject
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = [
    "ArtifactIndex",
    "ArtifactIndexEntry",
    "Bundle",
    "BundleDocument",
    "BundleLayer",
    "parse_artifact_index",
    "parse_bundle",
]


class BundleDocument(NamedTuple):
    """A manifest, an index or a config that a bundle embeds.

    Attributes:
        media_type: as recorded; empty of a config.
        digest: as recorded; `None` where absent or malformed.
        raw: the document itself.
        names: what a root of the bundle is called; none of other documents.
        is_root: whether the bundle lists it, and it is not a part of something else.
        pointer: where the bundle has it (RFC 6901).
    """

    media_type: str
    digest: Digest | None
    raw: bytes
    names: tuple[str, ...]
    is_root: bool
    pointer: str


class BundleLayer(NamedTuple):
    """What a bundle records of a layer beside the manifest.

    Attributes:
        media_type: as recorded; empty where it does not say.
        digest: of the stored bytes; `None` where absent or malformed.
        diff_id: of the uncompressed bytes, likewise.
        size: of the stored bytes, in bytes.
        pointer: where the bundle has it (RFC 6901).
    """

    media_type: str
    digest: Digest | None
    diff_id: Digest | None
    size: int | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The manifest.json of imgpkg and kbld, as recorded.

    Attributes:
        raw: the document's bytes.
        documents: in the document's order; a root before its parts.
        layers: of all images, in the document's order.
        faults: what was met while reading.
    """

    raw: bytes
    documents: tuple[BundleDocument, ...]
    layers: tuple[BundleLayer, ...]
    faults: tuple[Fault, ...]


def parse_bundle(raw: bytes, *, member: str, limits: Limits) -> Bundle:
    """Read the manifest.json of a bundle of imgpkg or kbld.

    Raises:
        DocumentError: nothing could be read.

    Spec: carvel-dev/imgpkg, pkg/imgpkg/imagedesc/image_ref_descriptors.go.
    """
    document = Document(raw, member=member, limits=limits)
    found: list[BundleDocument] = []
    layers: list[BundleLayer] = []
    for entry in read_objects(document, document.entries(), ""):
        if entry is None:
            continue
        for key, read in (("Image", _read_image), ("ImageIndex", _read_index)):
            item = entry.object(key)
            if item is not None:
                read(document, item, found, layers, is_root=True)
    return Bundle(raw=raw, documents=tuple(found), layers=tuple(layers), faults=document.faults())


def _read_image(
    document: Document,
    image: JsonObject,
    found: list[BundleDocument],
    layers: list[BundleLayer],
    *,
    is_root: bool,
) -> None:
    for key in ("Manifest", "Config"):
        part = image.object(key)
        if part is not None:
            is_manifest = key == "Manifest"
            names = image if is_manifest and is_root else None
            _take(document, part, found, names=names, is_root=is_root and is_manifest)
    for layer in image.objects("Layers") or ():
        if layer is not None:
            digest, diff_id = layer.string("Digest"), layer.string("DiffID")
            layers.append(
                BundleLayer(
                    media_type=layer.string("MediaType") or "",
                    digest=read_digest(document, digest, layer, "Digest") if digest else None,
                    diff_id=read_digest(document, diff_id, layer, "DiffID") if diff_id else None,
                    size=layer.integer("Size"),
                    pointer=layer.pointer,
                )
            )


def _read_index(
    document: Document,
    index: JsonObject,
    found: list[BundleDocument],
    layers: list[BundleLayer],
    *,
    is_root: bool,
) -> None:
    """Read an index and what is in it; how deep these are nested, the document's bound says."""
    _take(document, index, found, names=index if is_root else None, is_root=is_root)
    for image in index.objects("Images") or ():
        if image is not None:
            _read_image(document, image, found, layers, is_root=False)
    for below in index.objects("Indexes") or ():
        if below is not None:
            _read_index(document, below, found, layers, is_root=False)


def _take(
    document: Document,
    part: JsonObject,
    found: list[BundleDocument],
    *,
    names: JsonObject | None,
    is_root: bool,
) -> None:
    text, raw = part.string("Digest"), part.string("Raw")
    if raw is None:
        return
    found.append(
        BundleDocument(
            media_type=part.string("MediaType") or "",
            digest=read_digest(document, text, part, "Digest") if text else None,
            raw=raw.encode("utf-8", "surrogatepass"),
            names=names.checked_strings("Refs", "name") if names is not None else (),
            is_root=is_root,
            pointer=part.pointer,
        )
    )


class ArtifactIndexEntry(NamedTuple):
    """One artifact of an OCM archive, as recorded.

    Attributes:
        name: the repository, with the tag where there is one.
        digest: of the manifest; `None` where absent or malformed.
        media_type: as recorded; empty where the entry does not say.
        pointer: the entry's place (RFC 6901).
    """

    name: str
    digest: Digest | None
    media_type: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactIndex:
    """The artifact-index.json of an archive of the Open Component Model, as recorded.

    Attributes:
        raw: the document's bytes.
        entries: in the document's order.
        faults: what was met while reading.
    """

    raw: bytes
    entries: tuple[ArtifactIndexEntry, ...]
    faults: tuple[Fault, ...]


def parse_artifact_index(raw: bytes, *, member: str, limits: Limits) -> ArtifactIndex:
    """Read the artifact-index.json of an archive of the Open Component Model.

    Raises:
        DocumentError: nothing could be read.

    Spec: open-component-model/ocm-spec, Common Transport Format.
    """
    document = Document(raw, member=member, limits=limits)
    root = read_root(document)
    # Before 2023 the format spelt it in the British way.
    key = "artefacts" if root.has("artefacts") and not root.has("artifacts") else "artifacts"
    entries: list[ArtifactIndexEntry] = []
    for entry in root.objects(key) or ():
        if entry is None:
            continue
        digest, tag = entry.string("digest"), entry.checked_string("tag", "name")
        repository = entry.checked_string("repository", "name") or ""
        if not digest:
            detail = "digest is missing"
            document.log.add("descriptor-invalid", detail, pointer=entry.place("digest"))
        entries.append(
            ArtifactIndexEntry(
                name=f"{repository}:{tag}" if tag else repository,
                digest=read_digest(document, digest, entry, "digest") if digest else None,
                media_type=entry.string("mediaType") or "",
                pointer=entry.pointer,
            )
        )
    return ArtifactIndex(raw=raw, entries=tuple(entries), faults=document.faults())

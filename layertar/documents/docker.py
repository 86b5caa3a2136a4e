"""The documents of `docker save`: manifest.json, repositories, and the json of v1 layers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.documents._document import NO_TEXTS, Document
from layertar.documents._faults import token
from layertar.documents._object import read_objects, read_root
from layertar.documents.descriptor import read_descriptor
from layertar.errors import DocumentError
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents._decode import JsonValue
    from layertar.documents._object import JsonObject
    from layertar.documents.descriptor import Descriptor
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = [
    "DockerManifest",
    "DockerManifestItem",
    "Repositories",
    "RepositoryTag",
    "V1Layer",
    "parse_manifest_json",
    "parse_repositories",
    "parse_v1_layer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerManifestItem:
    """One image of manifest.json, as recorded.

    Attributes:
        config_path: the member that holds the config; `None` where the item does not say.
        repo_tags: names, none for an image saved by its ID.
        layer_paths: members that hold the layers, base first; empty for what is no string.
        parent: image ID of another image.
        layer_sources: descriptors of layers, by diff_id (Docker) or stored digest (regctl).
        pointer: the item's place (RFC 6901).
    """

    config_path: str | None
    repo_tags: tuple[str, ...]
    layer_paths: tuple[str, ...]
    parent: str | None
    layer_sources: Mapping[str, Descriptor]
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerManifest:
    """manifest.json, as recorded.

    Attributes:
        raw: the document's bytes.
        items: in the document's order.
        faults: what was met while reading.
    """

    raw: bytes
    items: tuple[DockerManifestItem, ...]
    faults: tuple[Fault, ...]


def parse_manifest_json(raw: bytes, *, member: str, limits: Limits) -> DockerManifest:
    """Read the manifest.json of a docker archive.

    Raises:
        DocumentError: nothing could be read, or it is another tool's manifest.json
            (`docker-manifest-schema-unknown`): that of a `dir:` copy, of imgpkg, ...

    Spec: moby image/spec/v1.2.md, Combined Image JSON + Filesystem Changeset Format.
    """
    document = Document(raw, member=member, limits=limits)
    value = document.value
    if isinstance(value, dict):
        reason = "an object, not an array of images"
        if value and all(_are_tags(tags) for tags in value.values()):
            reason = "names and tags as in a repositories file, not an array of images"
        raise DocumentError("docker-manifest-schema-unknown", reason)
    if value is None or value == []:
        shown = "null" if value is None else "an empty array"
        document.log.add("docker-manifest-empty", f"{shown}, names no image")
        return DockerManifest(raw=raw, items=(), faults=document.faults())
    items = [entry for entry in read_objects(document, document.entries(), "") if entry is not None]
    if not any(item.has("Config") or item.has("Layers") for item in items):
        reason = "an array, of which no entry has Config or Layers"
        raise DocumentError("docker-manifest-schema-unknown", reason)
    return DockerManifest(
        raw=raw,
        items=tuple(_read_item(document, item) for item in items),
        faults=document.faults(),
    )


def _are_tags(value: JsonValue) -> bool:
    """Whether a value is what `repositories` has for a name: tags, each with a layer's ID."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _read_item(document: Document, item: JsonObject) -> DockerManifestItem:
    names = item.checked_strings("RepoTags", "name")
    item.tell_no_array("Layers")
    sources = {
        key: read_descriptor(document, source)
        for key, source in item.object_map("LayerSources").items()
    }
    return DockerManifestItem(
        config_path=item.string("Config") or None,
        repo_tags=names,
        # Old pack wrote empty paths; whatever is none keeps its position as such.
        layer_paths=tuple(path or "" for path in item.strings("Layers") or ()),
        parent=item.string("Parent") or None,
        layer_sources=MappingProxyType(sources),
        pointer=item.pointer,
    )


class RepositoryTag(NamedTuple):
    """One name of the repositories file, as recorded.

    Attributes:
        name: the repository.
        tag: the tag.
        layer_id: the top layer's v1 ID; from Docker 25 its diff_id's digits.
        pointer: the entry's place (RFC 6901).
    """

    name: str
    tag: str
    layer_id: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """The repositories file, as recorded.

    Attributes:
        raw: the document's bytes.
        entries: in the document's order.
        faults: what was met while reading.
    """

    raw: bytes
    entries: tuple[RepositoryTag, ...]
    faults: tuple[Fault, ...]


def parse_repositories(raw: bytes, *, member: str, limits: Limits) -> Repositories:
    """Read the repositories file.

    Raises:
        DocumentError: nothing could be read.

    Spec: moby image/spec/v1.md, Combined Image JSON + Filesystem Changeset Format.
    """
    document = Document(raw, member=member, limits=limits)
    entries: list[RepositoryTag] = []
    for name, value in document.members().items():
        place = f"/{token(name)}"
        document.check_text("name", name, place)
        tags = document.texts(value, place, "name")
        entries += [
            RepositoryTag(name, tag, layer_id, f"{place}/{token(tag)}")
            for tag, layer_id in tags.items()
        ]
    return Repositories(raw=raw, entries=tuple(entries), faults=document.faults())


@dataclass(frozen=True, slots=True, kw_only=True)
class V1Layer:
    """The json of one layer in the format of Docker 1.9 and before, as recorded.

    Attributes:
        raw: the document's bytes.
        id: the layer's ID, 64 hexadecimal digits that are no digest of anything here.
        parent: the ID of the layer below; `None` for the base.
        created: the instant, as recorded.
        os: what the layer runs on.
        architecture: what the layer runs on.
        author: as recorded.
        comment: as recorded.
        command: the words of `container_config.Cmd`, which made the layer.
        has_container_config: whether there is a `container_config`, by which the documents
            that Docker 25 leaves among the blobs are known.
        labels: of `config`; keys exactly as recorded.
        env: of `config`, `NAME=value` each, as recorded; without what is no string.
        faults: what was met while reading.
    """

    raw: bytes
    id: str | None
    parent: str | None
    created: str | None
    os: str | None
    architecture: str | None
    author: str | None
    comment: str | None
    command: tuple[str, ...]
    has_container_config: bool
    labels: Mapping[str, str]
    env: tuple[str, ...]
    faults: tuple[Fault, ...]


def parse_v1_layer(raw: bytes, *, member: str, limits: Limits) -> V1Layer:
    """Read the json of one v1 layer.

    Raises:
        DocumentError: nothing could be read.

    Spec: moby image/spec/v1.md, Image JSON Description.
    """
    document = Document(raw, member=member, limits=limits)
    root = read_root(document)
    made_by = root.object("container_config")
    runtime = root.object("config")
    env = () if runtime is None else runtime.checked_strings("Env", "env")
    return V1Layer(
        raw=raw,
        id=root.string("id") or None,
        parent=root.string("parent") or None,
        created=root.string("created"),
        os=root.string("os") or None,
        architecture=root.string("architecture") or None,
        author=root.string("author"),
        comment=root.checked_string("comment", "history"),
        command=() if made_by is None else made_by.checked_strings("Cmd", "history"),
        has_container_config=made_by is not None,
        labels=NO_TEXTS if runtime is None else runtime.texts("Labels", "label"),
        env=env,
        faults=document.faults(),
    )

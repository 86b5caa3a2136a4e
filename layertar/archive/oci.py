"""The OCI view: `index.json` to index to manifest to config and layers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.archive.record import Name, View
from layertar.archive.walk import Walk
from layertar.documents import is_full
from layertar.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.archive.reader import DocumentReader
    from layertar.digest import Digest
    from layertar.documents import Descriptor, Index
    from layertar.members import Member

__all__ = ["read"]

_INDEX = "index.json"
_LAYOUT = "oci-layout"
_REFS = "refs/"
_CONTAINERD_NAME = "io.containerd.image.name"
_REF_NAME = "org.opencontainers.image.ref.name"


def read(reader: DocumentReader) -> View | None:
    """Read the OCI view, or return `None` where the archive has none.

    A marker, or an `index.json` that is an index, makes one; so does any `index.json` beside
    blobs, however damaged. Before 1.0.0-rc5 each name was a file of its own below `refs/`, and
    there was no `index.json`.
    """
    layout, root = reader.look_up(_LAYOUT), reader.look_up(_INDEX)
    if layout is None and root is None:
        return None
    index = reader.index(root) if root is not None else None
    if layout is None and not reader.has_blobs and (index is None or not index.manifests):
        return None
    refs = tuple(_refs(reader)) if root is None else ()
    embedded: Mapping[Digest, bytes] = MappingProxyType({})
    # What a later descriptor embeds is there for an earlier one, too, and may itself embed more.
    for _ in range(reader.limits.index_depth + 1):
        reader.grant_anew()
        walk = _walk(reader, layout, index, refs, embedded)
        if not walk.embedded.late:
            break
        embedded = walk.embedded.late
    documents = (layout, root, *(member for _, member in refs))
    return walk.view(tuple(member for member in documents if member is not None))


def _walk(
    reader: DocumentReader,
    layout: Member | None,
    index: Index | None,
    refs: tuple[tuple[str, Member], ...],
    embedded: Mapping[Digest, bytes],
) -> Walk:
    """Follow everything, `embedded` being what descriptors have embedded somewhere."""
    document = reader.place(_INDEX)
    walk = Walk(reader, view="oci", document=document, find=reader.look_up_blob, embedded=embedded)
    if layout is not None:
        reader.oci_layout(layout)
    elif reader.has_blobs:
        walk.faults.append(
            Fault("oci-layout-missing", "index.json and blobs/ are here, the file oci-layout not")
        )
    if refs:
        _enter_refs(reader, walk, refs)
    elif reader.look_up(_INDEX) is None:
        walk.faults.append(
            Fault(
                "oci-index-missing",
                "oci-layout is here, index.json is not",
                member=reader.place(_LAYOUT),
            )
        )
    elif index is not None:
        if not index.manifests:
            walk.faults.append(Fault("oci-index-empty", "lists nothing", member=document))
        walk.root(index, _names)
    return walk


def _names(descriptor: Descriptor) -> tuple[Name, ...]:
    """Return the name that a descriptor of `index.json` gives."""
    full = descriptor.annotations.get(_CONTAINERD_NAME)
    if full:
        return (Name(full, is_complete=True),)
    name = descriptor.annotations.get(_REF_NAME)
    return (Name(name, is_full(name)),) if name else ()


def _refs(reader: DocumentReader) -> Iterator[tuple[str, Member]]:
    """Iterate over the names below `refs/`, each with its file."""
    for name in reader.names():
        if name.startswith(_REFS):
            member = reader.look_up(name)
            if member is not None:
                yield name.removeprefix(_REFS), member


def _enter_refs(reader: DocumentReader, walk: Walk, refs: tuple[tuple[str, Member], ...]) -> None:
    """Follow the descriptor in each file below `refs/`."""
    detail = f"{len(refs)} names are files below refs/, as before OCI 1.0; there is no index.json"
    walk.faults.append(Fault("oci-legacy-refs", detail, member=refs[0][1].name))
    for name, member in refs:
        document = reader.lone_descriptor(member)
        if document is None:
            continue
        names = (Name(name, is_full(name)),)
        if not walk.enter(document.descriptor, member.name, names):
            return

"""The view of an Open Component Model archive: `artifact-index.json` and blobs with a dot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type
from layertar.archive.record import Name
from layertar.archive.walk import Walk

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View

__all__ = ["read"]

# The second is how the format spelt it at first.
_INDEXES = ("artifact-index.json", "artefact-index.json")


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has none.

    Spec: open-component-model/ocm-spec, Common Transport Format.
    """
    if not reader.has_blobs:
        return None
    found = (reader.look_up(name) for name in _INDEXES)
    member = next((each for each in found if each is not None), None)
    if member is None:
        return None
    index = reader.artifact_index(member)
    walk = Walk(reader, view="ocm", document=member.name, find=reader.look_up_blob)
    for entry in index.entries if index is not None else ():
        if entry.digest is None:
            continue
        blob = walk.find(entry.digest)
        media_type = entry.media_type
        if not media_type:
            media_type = probe_media_type((reader.bytes_of(blob) if blob else None) or b"")
        descriptor = bare_descriptor(media_type, entry.digest)._replace(pointer=entry.pointer)
        names = (Name(entry.name, is_complete=True),) if entry.name else ()
        if not walk.enter(descriptor, member.name, names):
            break
    return walk.view((member,))

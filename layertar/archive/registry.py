"""The view of a registry's storage: `docker/registry/v2`, as oc-mirror and mirrors pack it.

Each blob lies in `blobs/<algorithm>/<two digits>/<digits>/data`; a repository's tags and
revisions are `link` files, each of which holds one digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type
from layertar.archive.record import Name
from layertar.archive.walk import Walk
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.fault import Fault
from layertar.regex import regex

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import Role, View
    from layertar.members import Member

__all__ = ["REGISTRY", "read"]

#: Where a registry's storage begins.
REGISTRY = "docker/registry/v2/"

_TAG = regex(rf"{REGISTRY}repositories/(?P<name>.+)/_manifests/tags/(?P<tag>[^/]+)/current/link")
_REVISION = regex(rf"{REGISTRY}repositories/.+/_manifests/revisions/[^/]+/[^/]+/link")
_LINK = regex(rf"{REGISTRY}repositories/.+/link")
# Markers of other views: an archive that has one carries the storage beside it.
_OTHERS = ("oci-layout", "index.json", "manifest.json", "repositories")
_LINK_SIZE = 256


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has another or none.

    Spec: distribution/distribution, registry/storage/paths.go.
    """
    names = [name for name in reader.names() if name.startswith(REGISTRY)]
    if not names or any(reader.look_up(name) is not None for name in _OTHERS):
        return None

    def find(digest: Digest, _: Role) -> tuple[str, Member | None]:
        digits = digest.encoded
        path = f"{REGISTRY}blobs/{digest.algorithm}/{digits[:2]}/{digits}/data"
        return reader.look_up_first([path], due=path)

    walk = Walk(reader, view="registry", document=reader.place(REGISTRY), find=find)
    links = (reader.look_up(name) for name in names if _LINK.fullmatch(name))
    tags = [(name, match) for name in names if (match := _TAG.fullmatch(name))]
    revisions = [(name, None) for name in names if _REVISION.fullmatch(name)]
    for name, tag in (*tags, *revisions):
        member = reader.look_up(name)
        digest = _digest(reader, member, walk) if member is not None else None
        if member is None or digest is None:
            continue
        if tag is None and walk.knows(digest):
            continue
        found = walk.find(digest)
        raw = reader.bytes_of(found) if found is not None else None
        called = (Name(f"{tag['name']}:{tag['tag']}", is_complete=True),) if tag else ()
        media_type = probe_media_type(raw or b"")
        if not walk.enter(bare_descriptor(media_type, digest), member.name, called):
            break
    return walk.view(tuple(link for link in links if link is not None))


def _digest(reader: DocumentReader, member: Member, walk: Walk) -> Digest | None:
    """Return the digest that a link holds."""
    raw = reader.bytes_of(member)
    if raw is None:
        return None
    text = raw[:_LINK_SIZE].decode("ascii", "replace").strip()
    try:
        return Digest.parse(text)
    except DigestError as error:
        walk.faults.append(
            Fault("digest-malformed", error.reason, member=member.name, recorded=text)
        )
        return None

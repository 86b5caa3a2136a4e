"""The view of a registry's storage: `docker/registry/v2`, as oc-mirror and mirrors pack it.

Each blob lies in `blobs/<algorithm>/<two digits>/<digits>/data`; a repository's tags and
revisions are `link` files, each of which holds one digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type, read_digest
from layertar.archive.record import Claim, Name, Role
from layertar.archive.walk import Walk
from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.fault import Fault
from layertar.regex import regex

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View
    from layertar.members import Member

__all__ = ["REGISTRY", "read"]

#: Where a registry's storage begins.
REGISTRY = "docker/registry/v2/"

_TAG = regex(rf"{REGISTRY}repositories/(?P<name>.+)/_manifests/tags/(?P<tag>[^/]+)/current/link")
_REVISION = regex(rf"{REGISTRY}repositories/.+/_manifests/revisions/[^/]+/[^/]+/link")
_LINK = regex(
    rf"{REGISTRY}repositories/.+/_(?:layers|manifests/revisions|manifests/tags/[^/]+/index)"
    r"/(?P<algorithm>[^/]+)/(?P<encoded>[^/]+)/link"
)
_ANY_LINK = regex(rf"{REGISTRY}repositories/.+/link")
# Markers of other views: an archive that has one carries the storage beside it.
_OTHERS = ("oci-layout", "index.json", "manifest.json", "repositories")


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
    links = (reader.look_up(name) for name in names if _ANY_LINK.fullmatch(name))
    tags = [(name, match) for name in names if (match := _TAG.fullmatch(name))]
    revisions = [(name, None) for name in names if _REVISION.fullmatch(name)]
    for name, tag in (*tags, *revisions):
        member = reader.look_up(name)
        digest = read_digest(reader, member, walk.faults) if member is not None else None
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
    claims = _link_claims(reader, walk, names)
    return walk.view(tuple(link for link in links if link is not None), claims)


def _link_claims(reader: DocumentReader, walk: Walk, names: list[str]) -> list[Claim]:
    """Return what links below a digest say of that digest's blob: it should be what they hold.

    A blob that is not here is no loss by itself: garbage collection leaves such links.
    """
    claims: list[Claim] = []
    for name in names:
        match = _LINK.fullmatch(name)
        link = reader.look_up(name) if match is not None else None
        if match is None or link is None:
            continue
        try:
            named = Digest.parse(f"{match['algorithm']}:{match['encoded']}")
        except DigestError:
            continue
        blob = walk.find(named)
        digest = read_digest(reader, link, walk.faults)
        if digest is not None and not digest.is_supported and digest != named:
            # What cannot be computed is compared with nothing but the path.
            detail = f"holds {digest}, its path says {named}"
            walk.faults.append(Fault("descriptor-invalid", detail, member=link.name))
        if blob is not None and digest is not None:
            claims.append(
                Claim(
                    role=Role.BLOB,
                    document=link.name,
                    pointer="",
                    path=blob.name,
                    member=blob,
                    digest=digest,
                )
            )
    return claims

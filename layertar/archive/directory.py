"""The view of a `dir:` copy: a registry's manifest, and each blob in a file named by its digits.

skopeo and podman (`docker-dir`) write it. Nothing records the manifest's own digest, so it is
the root of what can be proved: it binds config and layers, and nothing binds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type
from layertar.archive.record import Role
from layertar.archive.walk import Walk

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View
    from layertar.digest import Digest
    from layertar.members import Member

__all__ = ["has_transport_version", "read"]

_MANIFEST = "manifest.json"
_VERSION = "version"
_VERSION_START = b"Directory Transport Version:"
_WHITE_SPACE = b" \t\r\n"


def has_transport_version(reader: DocumentReader) -> bool:
    """Whether the file `version` says that this is a `dir:` copy, and its manifest is an object."""
    version, manifest = reader.look_up(_VERSION), reader.look_up(_MANIFEST)
    if version is None or manifest is None:
        return False
    if not (reader.bytes_of(version) or b"").startswith(_VERSION_START):
        return False
    raw = reader.bytes_of(manifest)
    return raw is not None and raw.lstrip(_WHITE_SPACE).startswith(b"{")


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive is no `dir:` copy.

    Spec: containers/image, docs/containers-transports.5.md, dir; directory/directory_transport.go.
    """
    if not has_transport_version(reader):
        return None
    manifest, version = reader.look_up(_MANIFEST), reader.look_up(_VERSION)
    if manifest is None or version is None:
        return None

    def find(digest: Digest, role: Role) -> tuple[str, Member | None]:
        """Newer copies put the algorithm before the digits of all but sha256."""
        digits, full = digest.encoded, f"{digest.algorithm}-{digest.encoded}"
        names = [digits, full]
        if role in (Role.MANIFEST, Role.INDEX, Role.SUBJECT):
            names = [f"{digits}.manifest.json", f"{full}.manifest.json", *names]
        return reader.look_up_first(names, due=names[0])

    walk = Walk(reader, view="dir", document=manifest.name, find=find)
    media_type = probe_media_type(reader.bytes_of(manifest) or b"")
    walk.enter(bare_descriptor(media_type), manifest.name, member=manifest)
    return walk.view((version, manifest))

"""The view of what rules_docker keeps while it builds: a manifest, and numbered layers.

`digest` records the manifest, the manifest the config and the layers, and each layer has its
digits in a file beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.probe import bare_descriptor, probe_media_type, read_digest
from layertar.archive.record import Claim, Role
from layertar.archive.walk import Walk
from layertar.regex import regex

if TYPE_CHECKING:
    import re

    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View
    from layertar.digest import Digest
    from layertar.members import Member

__all__ = ["read"]

_MANIFEST = "manifest.json"
_CONFIG = "config.json"
_DIGEST = "digest"
# What tells the other forms with a manifest.json.
_OTHERS = ("version", "oci-layout", "index.json")
_OBJECT = regex(rb"\s*\{")
# Padded since 2019; the first form, of containerregistry's Python, was not.
_LAYER = regex(r"(?P<number>[0-9]{1,3})\.tar(?:\.gz)?")
_SIDECAR = regex(r"(?P<number>[0-9]{1,3})\.sha256")


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has another or none.

    Spec: bazelbuild/rules_docker, container/go/pkg/compat/write.go.
    """
    manifest, digest_file = reader.look_up(_MANIFEST), reader.look_up(_DIGEST)
    if manifest is None or any(reader.look_up(name) is not None for name in _OTHERS):
        return None
    layers, sidecars = _numbered(reader, _LAYER), _numbered(reader, _SIDECAR)
    is_kept = reader.look_up(_CONFIG) is not None and (digest_file is not None or layers)
    if not (is_kept or sidecars) or not _OBJECT.match(reader.bytes_of(manifest) or b""):
        return None
    media_type = probe_media_type(reader.bytes_of(manifest) or b"")
    due = _due(reader, manifest, media_type)

    def find(digest: Digest, role: Role) -> tuple[str, Member | None]:
        if role is Role.CONFIG:
            return reader.look_up_first([_CONFIG], due=_CONFIG)
        positions = due.get(digest)
        if role is not Role.LAYER or not positions:
            return reader.place(str(digest)), None
        # A layer that is there twice has a file at each of its positions.
        number = positions.pop(0) if len(positions) > 1 else positions[0]
        return reader.place(f"{number:03}.tar.gz"), layers.get(number)

    walk = Walk(reader, view="rules-docker", document=manifest.name, find=find)
    document, digest = manifest, None
    if digest_file is not None:
        document, digest = digest_file, read_digest(reader, digest_file, walk.faults)
    walk.enter(bare_descriptor(media_type, digest), document.name, member=manifest)
    claims = [_claim(reader, walk, side, layers.get(number)) for number, side in sidecars.items()]
    documents = (manifest, digest_file, *sidecars.values())
    return walk.view(
        tuple(member for member in documents if member is not None),
        [claim for claim in claims if claim is not None],
    )


def _numbered(reader: DocumentReader, pattern: re.Pattern[str]) -> dict[int, Member]:
    """Return the files of one kind by their numbers."""
    found: dict[int, Member] = {}
    for name in reader.names():
        match = pattern.fullmatch(name)
        member = reader.look_up(name) if match is not None else None
        if match is not None and member is not None:
            found[int(match["number"])] = member
    return found


def _due(reader: DocumentReader, member: Member, media_type: str) -> dict[Digest, list[int]]:
    """Return at which positions the manifest has each layer."""
    claim = Claim(
        role=Role.MANIFEST,
        document=member.name,
        pointer="",
        path=member.name,
        member=member,
        media_type=media_type or None,
    )
    manifest = reader.manifest_of(claim)
    due: dict[Digest, list[int]] = {}
    for position, layer in enumerate(manifest.layers if manifest is not None else ()):
        if layer.digest is not None:
            due.setdefault(layer.digest, []).append(position)
    return due


def _claim(
    reader: DocumentReader, walk: Walk, sidecar: Member, layer: Member | None
) -> Claim | None:
    """Return what a layer's digits say of it."""
    digest = read_digest(reader, sidecar, walk.faults, algorithm="sha256")
    if digest is None:
        return None
    return Claim(
        role=Role.LAYER,
        document=sidecar.name,
        pointer="",
        path=layer.name if layer is not None else f"{sidecar.name.removesuffix('sha256')}tar.gz",
        member=layer,
        digest=digest,
    )

"""The view of what rules_docker keeps while it builds: a manifest, and numbered layers.

`digest` records the manifest, the manifest the config and the layers, and each layer has its
digits in a file beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive.probe import bare_descriptor, probe_media_type, read_digest
from layertar.archive.record import Claim, Role
from layertar.archive.walk import Walk
from layertar.fault import Fault
from layertar.regex import regex
from layertar.value import replace

if TYPE_CHECKING:
    import re

    from layertar.archive.reader import DocumentReader
    from layertar.archive.record import View
    from layertar.digest import Digest
    from layertar.members import Member

__all__ = ["is_kept", "read"]

_MANIFEST = "manifest.json"
_CONFIG = "config.json"
_DIGEST = "digest"
# What tells the other forms with a manifest.json.
_OTHERS = ("version", "oci-layout", "index.json")
_OBJECT = regex(rb"\s*\{")
# Padded since 2019; the first form, of containerregistry's Python, was not.
_LAYER = regex(r"(?P<number>[0-9]{1,3})\.tar(?:\.gz)?")
_SIDECAR = regex(r"(?P<number>[0-9]{1,3})\.sha256")


def is_kept(reader: DocumentReader) -> bool:
    """Whether `manifest.json` is a registry's, beside numbered layers and what records them."""
    manifest = reader.look_up(_MANIFEST)
    if manifest is None or any(reader.look_up(name) is not None for name in _OTHERS):
        return False
    if not _numbered(reader, _SIDECAR):
        has_more = reader.look_up(_DIGEST) is not None or _numbered(reader, _LAYER)
        if reader.look_up(_CONFIG) is None or not has_more:
            return False
    return _OBJECT.match(reader.bytes_of(manifest) or b"") is not None


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has another or none.

    Spec: bazelbuild/rules_docker, container/go/pkg/compat/write.go.
    """
    manifest, digest_file = reader.look_up(_MANIFEST), reader.look_up(_DIGEST)
    if manifest is None or not is_kept(reader):
        return None
    layers, sidecars = _numbered(reader, _LAYER), _numbered(reader, _SIDECAR)
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
        layer = layers.get(number)
        path = layer.name if layer is not None else reader.place(f"{number:03}.tar.gz")
        return path, layer

    walk = Walk(reader, view="rules-docker", document=manifest.name, find=find)
    document, digest = manifest, None
    if digest_file is not None:
        document, digest = digest_file, read_digest(reader, digest_file, walk.faults)
    walk.enter(bare_descriptor(media_type, digest), document.name, member=manifest)
    opened = _open_layers(walk)
    claims = [
        _claim(reader, walk, side, layers.get(number))
        for number, side in sidecars.items()
        if number not in opened
    ]
    if sidecars:
        _tell_missing(walk, manifest, layers, sidecars)
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


def _open_layers(walk: Walk) -> set[int]:
    """Drop the digests of layers that are written uncompressed; returns the positions of these.

    Of layers that are neither OCI's nor Docker's in gzip the writer stores what is within, so
    that the manifest's digest is not one of these bytes; the config's diff_id is.
    """
    opened: set[int] = set()
    for number, image in enumerate(walk.images):
        layers = list(image.layers)
        for position, layer in enumerate(layers):
            claim = layer.claim
            stored = mediatype.declared_compression(claim.media_type or "")
            if claim.member is None or not claim.path.endswith(".tar") or stored in (None, "none"):
                continue
            opened.add(position)
            bare = replace(claim, digest=None, size=None, media_type=None)
            layers[position] = replace(layer, claim=bare)
        walk.images[number] = replace(image, layers=tuple(layers))
    return opened


def _tell_missing(
    walk: Walk, manifest: Member, layers: dict[int, Member], sidecars: dict[int, Member]
) -> None:
    """Tell the layers whose digits are in no file, where others' are."""
    for number in sorted(layers.keys() - sidecars.keys()):
        detail = f"{layers[number].name} has no {number:03}.sha256 beside it"
        walk.faults.append(Fault("layer-record-missing", detail, member=manifest.name))


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

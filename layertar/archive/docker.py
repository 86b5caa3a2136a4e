"""The docker view: `manifest.json`, its configs and layers (moby/moby, tarexport)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.bazel import is_kept
from layertar.archive.directory import has_transport_version
from layertar.archive.imgpkg import is_bundle
from layertar.archive.record import Claim, Name, RecordedImage, RecordedLayer, Role, View
from layertar.digest import SUPPORTED_ALGORITHMS, Digest
from layertar.fault import Fault
from layertar.members import is_unsafe_name
from layertar.regex import regex

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.documents import DockerManifestItem
    from layertar.members import Member

__all__ = ["name_digest", "read"]

_MANIFEST = "manifest.json"
_REPOSITORIES = "repositories"
# Whether `manifest.json` is another view's.
_OTHERS = (has_transport_version, is_bundle, is_kept)

# `<hex>.json`, `<hex>.tar`, `<hex>.tar.gz`, `sha256:<hex>`, `blobs/sha256/<hex>`, and so on: the
# hexadecimal digits are all of the name but its folder, an algorithm and its endings.
_DIGITS = regex(r"(?:(?P<algorithm>sha256|sha512)[:/-])?(?P<encoded>[0-9a-f]{64,128})(?:\.\w+)*")
_BLOBS = regex(r"(?:.*/)?blobs/([^/]*)/")


def name_digest(path: str) -> Digest | None:
    """Return the digest that a config's or a layer's name claims, if it is of that form."""
    folder = _BLOBS.match(path)
    if folder is not None and folder[1] not in SUPPORTED_ALGORITHMS:
        return None  # As many digits as sha256 has, of another algorithm.
    found = None
    for text in (path, path.rpartition("/")[2], "/".join(path.split("/")[-2:])):
        match = _DIGITS.fullmatch(text)
        if match is not None:
            found = match
    if found is None:
        return None
    encoded = found["encoded"]
    algorithm = {64: "sha256", 128: "sha512"}.get(len(encoded))
    if algorithm is None or found["algorithm"] not in (None, algorithm):
        return None
    return Digest(algorithm, encoded)


def read(reader: DocumentReader) -> View | None:
    """Read the docker view, or return `None` where the archive has none.

    `manifest.json` is a name of several schemas: one that is no array of docker's is told as
    `docker-manifest-schema-unknown` and makes no view.
    """
    member = reader.look_up(_MANIFEST)
    if member is None or any(is_other(reader) for is_other in _OTHERS):
        return None
    before = len(reader.faults)
    manifest = reader.docker_manifest(member)
    if manifest is None:
        told = {fault.rule for fault in reader.faults[before:]}
        if "docker-manifest-schema-unknown" in told:
            return None
    faults: list[Fault] = []
    images = tuple(
        _image(reader, item, faults) for item in (manifest.items if manifest is not None else ())
    )
    documents = [member]
    repositories = reader.look_up(_REPOSITORIES)
    tags: tuple[tuple[str, str], ...] = ()
    if repositories is not None:
        documents.append(repositories)
        document = reader.repositories(repositories)
        entries = document.entries if document is not None else ()
        tags = tuple((f"{entry.name}:{entry.tag}", entry.layer_id) for entry in entries)
    return View(
        name="docker",
        images=images,
        artifacts=(),
        documents=tuple(documents),
        tags=tags,
        faults=tuple(faults),
    )


def _image(reader: DocumentReader, item: DockerManifestItem, faults: list[Fault]) -> RecordedImage:
    config = _config(reader, item, faults)
    document = reader.config_of(config)
    diff_ids = document.diff_ids if document is not None else None
    granted, fault = reader.grant_layers(len(item.layer_paths))
    if fault is not None:
        faults.append(
            fault._replace(member=reader.place(_MANIFEST), pointer=f"{item.pointer}/Layers")
        )
    layers = tuple(
        RecordedLayer(
            position=position,
            claim=_layer(reader, path, f"{item.pointer}/Layers/{position}", faults),
            diff_id=diff_ids[position] if diff_ids and position < len(diff_ids) else None,
        )
        for position, path in enumerate(item.layer_paths[:granted])
    )
    return RecordedImage(
        view="docker",
        document=reader.place(_MANIFEST),
        pointer=item.pointer,
        names=tuple(Name(tag, is_complete=True) for tag in item.repo_tags),
        config=config,
        config_document=document,
        layers=layers,
        layer_total=len(item.layer_paths),
        layer_sources=item.layer_sources,
        parent=item.parent,
    )


def _find(reader: DocumentReader, path: str, pointer: str, faults: list[Fault]) -> Member | None:
    """Look a recorded path up in the member table; it is never a path of this machine."""
    if not path:
        return None  # A layer that the producer left out (buildpacks), not an attack.
    if is_unsafe_name(path):
        detail = f"the path {path!r} leads out of the archive; it was not followed"
        faults.append(
            Fault(
                "docker-path-unsafe",
                detail,
                member=reader.place(_MANIFEST),
                pointer=pointer,
                recorded=path,
            )
        )
        return None
    return reader.look_up(path)


def _config(reader: DocumentReader, item: DockerManifestItem, faults: list[Fault]) -> Claim:
    """Return the claim on the config; an item that names none still has to have one."""
    path = item.config_path or ""
    pointer = f"{item.pointer}/Config"
    return Claim(
        role=Role.CONFIG,
        document=reader.place(_MANIFEST),
        pointer=pointer,
        path=path,
        member=_find(reader, path, pointer, faults),
        digest=name_digest(path),
        is_name=True,
    )


def _layer(reader: DocumentReader, path: str, pointer: str, faults: list[Fault]) -> Claim:
    member = _find(reader, path, pointer, faults)
    return Claim(
        role=Role.LAYER, document=reader.place(_MANIFEST), pointer=pointer, path=path, member=member
    )

"""Archives of the rarer shapes from a recipe, with what is true of them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.builders import Built, blob_name, descriptor, dumps, sha256
from tests.built import Expected, image_facts
from tests.findings.shapes import MARKER
from tests.recipes import MANIFEST_TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.builders import ImageRecipe

__all__ = [
    "below",
    "build_directory",
    "build_refs",
    "build_registry",
    "build_rules_docker",
    "build_schema1",
    "build_sparse",
    "hex_of",
    "sign",
]

_VERSION = b"Directory Transport Version: 1.1\n"


def hex_of(data: bytes) -> str:
    """The digits of the sha256."""
    return sha256(data).removeprefix("sha256:")


def below(built: Built, *prefixes: str) -> Built:
    """The archive packed with the directory around it, once for each prefix."""
    members = tuple(
        (prefix + name, content) for prefix in prefixes for name, content in built.members
    )
    return replace(built, members=members)


def _contents(image: ImageRecipe) -> list[bytes]:
    return [image.config, *dict.fromkeys(layer.blob for layer in image.layers)]


def build_directory(image: ImageRecipe, *, prefix: str = "") -> Built:
    """What `skopeo copy` writes to `dir:`; `prefix` is before the digits of each blob."""
    members = [(prefix + hex_of(blob), blob) for blob in _contents(image)]
    facts = image_facts(image)._replace(names=())
    return Built(
        (*members, ("manifest.json", image.manifest), ("version", _VERSION)), Expected((facts,))
    )


def build_refs(image: ImageRecipe) -> Built:
    """A layout of before 1.0.0-rc5: a descriptor below `refs/` for each name."""
    blobs = [(blob_name(blob), blob) for blob in (image.manifest, *_contents(image))]
    ref = dumps(descriptor(MANIFEST_TYPE, image.manifest))
    refs = [(f"refs/{name}", ref) for name in image.names]
    return Built((*blobs, ("oci-layout", MARKER), *refs), Expected((image_facts(image),)))


def build_registry(images: Sequence[ImageRecipe]) -> Built:
    """The storage of a registry; the first name of each image is its repository and tag."""
    top = "docker/registry/v2"
    members: dict[str, bytes] = {}
    for image in images:
        for blob in (image.manifest, *_contents(image)):
            digits = hex_of(blob)
            members[f"{top}/blobs/sha256/{digits[:2]}/{digits}/data"] = blob
        repository, _, tag = image.names[0].partition(":")
        manifests = f"{top}/repositories/{repository}/_manifests"
        link = sha256(image.manifest).encode()
        members[f"{manifests}/tags/{tag}/current/link"] = link
        members[f"{manifests}/revisions/sha256/{hex_of(image.manifest)}/link"] = link
        for blob in _contents(image):
            layers = f"{top}/repositories/{repository}/_layers"
            members[f"{layers}/sha256/{hex_of(blob)}/link"] = sha256(blob).encode()
    facts = tuple(image_facts(image) for image in images)
    return Built(tuple(sorted(members.items())), Expected(facts))


def build_rules_docker(image: ImageRecipe, *, sidecars: bool = True) -> Built:
    """What rules_docker keeps of an image while it builds; `sidecars` has the digest of each."""
    members = [
        ("config.json", image.config),
        ("digest", sha256(image.manifest).encode()),
        ("manifest.json", image.manifest),
    ]
    for number, layer in enumerate(image.layers):
        members.append((f"{number:03}.tar.gz", layer.blob))
        if sidecars:
            members.append((f"{number:03}.sha256", hex_of(layer.blob).encode()))
    facts = image_facts(image)._replace(names=())
    return Built(tuple(members), Expected((facts,)))


def build_sparse(image: ImageRecipe, *, inlined: bool = True) -> Built:
    """A sparse layout of rules_img; `inlined` has the layers' blobs in it, too."""
    blobs = _contents(image) if inlined else [image.config]
    members = {blob_name(blob): blob for blob in (image.manifest, *blobs)}
    manifest = json.loads(image.manifest)
    for layer in manifest["layers"]:
        name = layer["digest"].replace(":", "/")
        members[f"blobs/{name}.descriptor.json"] = dumps(layer)
    members["root.descriptor.json"] = dumps(descriptor(manifest["mediaType"], image.manifest))
    members["sparse-oci-layout"] = MARKER
    facts = image_facts(image)._replace(names=())
    return Built(tuple(members.items()), Expected((facts,)))


def build_schema1(*blobs: bytes, **changes: object) -> bytes:
    """A manifest of schema 1, not signed, of these layers, base first; `changes` to its keys."""
    history = []
    for number in range(len(blobs)):
        entry = {"id": f"{number:064x}", "os": "linux", "architecture": "amd64"}
        if number:
            entry["parent"] = f"{number - 1:064x}"
        history.append({"v1Compatibility": dumps(entry).decode()})
    sums = [{"blobSum": sha256(blob)} for blob in blobs]
    document = {
        "schemaVersion": 1,
        "name": "app",
        "tag": "1",
        "architecture": "amd64",
        "fsLayers": sums[::-1],
        "history": history[::-1],
        **changes,
    }
    return dumps(document)[:-1] + b"\n}"


def sign(payload: bytes) -> bytes:
    """A schema 1 manifest with a signature block, as libtrust puts it into the document."""
    end = payload.rindex(b"\n}")
    protected = {"formatLength": end, "formatTail": _encode(payload[end:]), "time": "2015"}
    block = {"header": {"alg": "ES256"}, "signature": "AA", "protected": _encode(dumps(protected))}
    return payload[:end] + b',\n   "signatures": ' + json.dumps([block]).encode() + payload[end:]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

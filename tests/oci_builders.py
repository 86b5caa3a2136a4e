"""OCI image layouts from a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.built import ArtifactFacts, Built, Expected, image_facts
from tests.recipes import INDEX_TYPE, MANIFEST_TYPE, descriptor, dumps, sha256
from tests.tarmaker import Content, Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.recipes import ArtifactRecipe, ImageRecipe

__all__ = ["blob_name", "build_oci", "containerd_names", "ref_names"]

_OCI_LAYOUT: Final = b'{"imageLayoutVersion":"1.0.0"}'
_REF_NAME: Final = "org.opencontainers.image.ref.name"


def blob_name(content: bytes) -> str:
    """The member name of a blob in an OCI layout."""
    return f"blobs/{sha256(content).replace(':', '/')}"


def containerd_names(name: str) -> Mapping[str, str]:
    """Annotations by which containerd, Docker and BuildKit name a descriptor."""
    return {"io.containerd.image.name": name, _REF_NAME: name.rpartition(":")[2]}


def ref_names(name: str) -> Mapping[str, str]:
    """Annotations by which podman, jib and others name a descriptor: the full reference."""
    return {_REF_NAME: name}


def build_oci(
    images: Sequence[ImageRecipe],
    *,
    artifacts: Sequence[ArtifactRecipe] = (),
    nested_index: bool = False,
    naming: Callable[[str], Mapping[str, str]] = containerd_names,
    index_extra: Mapping[str, object] | None = None,
) -> Built:
    """An OCI image layout.

    Args:
        images: in the order of the index.
        artifacts: after the images, in the same index.
        nested_index: put all of them into one index blob, named as the first image is.
        naming: how `index.json` records a name.
        index_extra: keys added to `index.json` or in place of its own.
    """
    blobs = [blob for image in images for blob in image.blobs]
    blobs += [blob for artifact in artifacts for blob in artifact.all_blobs]
    entries = list(_index_entries(images, artifacts, nested=nested_index, naming=naming))
    index_digest = None
    if nested_index:
        nested = dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries})
        blobs.append(nested)
        index_digest = sha256(nested)
        entries = list(_named(descriptor(INDEX_TYPE, nested), images[0].names, naming))
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}
    members: list[tuple[str, Content]] = [
        *_blob_members(blobs),
        ("index.json", dumps({**index, **(index_extra or {})})),
        ("oci-layout", _OCI_LAYOUT),
    ]
    facts = tuple(image_facts(image, index_digest=index_digest) for image in images)
    if nested_index:
        facts = tuple(fact._replace(names=images[0].names) for fact in facts)
    return Built(tuple(members), Expected(facts, tuple(map(_artifact_facts, artifacts))))


def _index_entries(
    images: Sequence[ImageRecipe],
    artifacts: Sequence[ArtifactRecipe],
    *,
    nested: bool,
    naming: Callable[[str], Mapping[str, str]],
) -> Iterator[dict[str, object]]:
    for image in images:
        if nested:
            yield descriptor(MANIFEST_TYPE, image.manifest, platform=image.platform.document)
        else:
            yield from _named(descriptor(MANIFEST_TYPE, image.manifest), image.names, naming)
    for artifact in artifacts:
        platform = None if artifact.platform is None else artifact.platform.document
        yield descriptor(
            MANIFEST_TYPE,
            artifact.manifest,
            artifactType=artifact.artifact_type,
            annotations=artifact.annotations,
            platform=platform,
        )


def _named(
    entry: dict[str, object], names: Iterable[str], naming: Callable[[str], Mapping[str, str]]
) -> Iterator[dict[str, object]]:
    """The descriptor once for each name, as Docker writes it, or once without any."""
    annotations = [naming(name) for name in names]
    if not annotations:
        yield entry
    for each in annotations:
        yield {**entry, "annotations": each}


def _blob_members(blobs: Iterable[bytes]) -> Iterator[tuple[str, Content]]:
    """Both directories, as containerd writes them, then each blob once, sorted."""
    yield "blobs/", Directory()
    yield "blobs/sha256/", Directory()
    yield from sorted({blob_name(blob): blob for blob in blobs}.items())


def _artifact_facts(artifact: ArtifactRecipe) -> ArtifactFacts:
    blobs = tuple(sha256(blob.content) for blob in artifact.blobs)
    return ArtifactFacts(sha256(artifact.manifest), blobs)

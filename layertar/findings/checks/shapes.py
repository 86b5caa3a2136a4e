"""Shapes: layouts below a directory, of old versions, and blobs that are named in other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import DigestError
from layertar.findings.checks.blob_names import name_mismatch
from layertar.findings.draft import Draft
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, failed, note, warning
from layertar.regex import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from layertar.findings.evidence import Evidence

__all__ = ["RULES", "check_build_caches", "check_checkpoints", "check_file_names"]

_SAVE_AGAIN = "Save the image again; do not edit the documents of an archive by hand."

RULES = (
    warning("archive-nested-prefix", "The image lies below a directory of the archive.",
            "Pack what is in the directory, not the directory: tar -C DIR -cf FILE .",
            "OCI image-spec, image-layout.md, Content",
            why="A layout that is packed with its directory has mydir/oci-layout; docker load, "
            "podman load, ctr import and skopeo look at the top only and find no image."),
    warning("oci-legacy-refs", "An OCI layout of before 1.0: names are files below refs/.",
            "Copy the image to a current layout.",
            "OCI image-spec 1.0.0-rc5, image-layout.md, index.json file",
            why="index.json took the place of refs/ in 1.0.0-rc5; no current loader reads refs/."),
    failed("legacy-id-mismatch", "A layer of old Docker has another id than what leads to it.",
           _SAVE_AGAIN,
           "moby/moby, image/spec/v1.md; moby/moby 24, distribution/pull_v2.go, "
           "fixManifestLayers",
           why="Parents lead by the id in the json, docker load by the directory: the layers that "
           "make the image are other ones for either. In a manifest of schema 1 each parent must "
           "be the id of the layer below; docker pull and skopeo refuse others."),
    warning("layer-record-missing", "The file that records a layer beside it is not here.",
            "Build the image again.",
            "bazelbuild/rules_docker, container/go/pkg/compat/write.go; bazel-contrib/rules_img, "
            "docs/sparse-oci-layout.md",
            why="rules_docker and rules_img write one for each layer; the layer itself is held "
            "against the manifest."),
    note("image-is-checkpoint", "A checkpoint of a running container, no image to start one from.",
         "None needed; podman container restore or ctr containers restore takes it.",
         "checkpoint-restore/checkpointctl, lib/metadata.go; containers/podman, "
         "docs/source/markdown/podman-container-checkpoint.1.md.in; containerd/containerd, "
         "core/images/mediatypes.go",
         why="It holds the memory of the processes, with whatever secrets they had; podman, "
         "CRI-O and containerd go on with them where an image is started afresh."),
    note("index-is-build-cache", "A build cache or a build record of BuildKit, no image.",
         "None needed; a cache is for --cache-from, a record for docker buildx history import.",
         "moby/buildkit, cache/remotecache/v1/doc.go",
         why="Its entries are layers and a record of the build; no loader makes an image of them."),
)  # fmt: skip

# What BuildKit keeps, by the type of a blob or of the artifact itself.
_KEPT = {
    "application/vnd.buildkit.cacheconfig.": "cache",
    "application/vnd.buildkit.historyrecord.": "record",
}

# Annotations of checkpoints, and types of containerd's.
_CHECKPOINT_KEYS = (
    "org.criu.checkpoint.",
    "io.podman.annotations.checkpoint.",
    "io.kubernetes.cri-o.annotations.checkpoint.",
)
_CHECKPOINT_TYPES = (
    "application/vnd.containerd.container.criu.checkpoint.",
    "application/vnd.containerd.container.checkpoint.",
)

# Names that are digests: of a `dir:` copy, a registry's storage, imgpkg's and OCM's archives.
_DIRECTORY = regex(r"(?:(?P<algorithm>[a-z0-9]+)-)?(?P<encoded>[0-9a-f]{64,})")
_REGISTRY = regex(r"docker/registry/v2/blobs/(?P<algorithm>[^/]+)/[^/]+/(?P<encoded>[^/]+)/data")
_BUNDLE = regex(r"(?P<algorithm>[a-z0-9]+)-(?P<encoded>[0-9a-f]{64,})\.tar\.gz")
_DOTTED = regex(r"blobs/(?P<algorithm>[a-z0-9]+)\.(?P<encoded>[0-9a-f]{64,})")
_NAMES = {
    "oci": _DOTTED,
    "ocm": _DOTTED,
    "dir": _DIRECTORY,
    "registry": _REGISTRY,
    "imgpkg": _BUNDLE,
}


def check_file_names(evidence: Evidence) -> Iterator[Draft]:
    """Hold every blob that is named in another way than in a layout against its name."""
    patterns = [_NAMES[view.name] for view in evidence.archive.views if view.name in _NAMES]
    for pattern in patterns:
        for member in evidence.archive.table.files:
            name = member.name.removeprefix(evidence.archive.root)
            match = pattern.fullmatch(name)
            digest = _digest(match) if match is not None else None
            draft = name_mismatch(evidence, member, digest) if digest is not None else None
            if draft is not None:
                yield draft


def _digest(match: re.Match[str]) -> Digest | None:
    try:
        return Digest.parse(f"{match['algorithm'] or 'sha256'}:{match['encoded']}")
    except DigestError:
        return None


def _starts(start: str) -> Callable[[str], bool]:
    return lambda media_type: media_type.startswith(start)


def check_build_caches(evidence: Evidence) -> Iterator[Draft]:
    """Tell build caches and build records, so that nobody looks for an image in them."""
    for number, artifact in enumerate(evidence.artifacts):
        types = [artifact.artifact_type or "", *(blob.media_type or "" for blob in artifact.blobs)]
        kept = [word for start, word in _KEPT.items() if any(map(_starts(start), types))]
        if not kept:
            continue
        claim = artifact.manifest
        member = claim.member.name if claim is not None and claim.member is not None else None
        yield Draft(
            "index-is-build-cache",
            f"a build {kept[0]} of BuildKit with {len(artifact.blobs)} blobs, no image",
            Location(member=member),
            subjects=frozenset({Subject("artifact", number)}),
        )


def check_checkpoints(evidence: Evidence) -> Iterator[Draft]:
    """Tell checkpoints, which are images or artifacts by their form only."""
    for number, image in enumerate(evidence.images):
        record = image.first
        manifest = record.manifest_document
        texts = [manifest.annotations] if manifest is not None else []
        texts += [record.manifest.annotations] if record.manifest is not None else []
        keys = [key for each in texts for key in each if key.startswith(_CHECKPOINT_KEYS)]
        if keys:
            yield Draft(
                "image-is-checkpoint",
                f"a checkpoint of a container, by its annotation {keys[0]}",
                Location(image=evidence.image_key(number)),
                subjects=frozenset({Subject("image", number)}),
            )
    for number, artifact in enumerate(evidence.artifacts):
        types = [blob.media_type or "" for blob in (artifact.manifest, *artifact.blobs) if blob]
        kept = [each for each in types if each.startswith(_CHECKPOINT_TYPES)]
        if kept:
            claim = artifact.manifest
            member = claim.member.name if claim is not None and claim.member is not None else None
            yield Draft(
                "image-is-checkpoint",
                f"a checkpoint of a container, by the type {kept[0]}",
                Location(member=member),
                subjects=frozenset({Subject("artifact", number)}),
            )

"""What other tools make of it: names, limits, and who may have written the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import OrphanKind, Role
from layertar.documents import odd_character
from layertar.findings.draft import Draft
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, note, warning
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.archive import Name, RecordedImage, View
    from layertar.findings.evidence import Evidence

__all__ = ["RULES", "check_peer_limits", "check_producer", "check_safe_names"]

RULES = (
    warning("name-unsafe", "A name has characters that no reference may have.",
            "Do not print it or pass it on unescaped; compare names byte by byte.",
            "distribution/reference, regexp.go",
            why="Control, bidirectional and zero-width characters and letters that look like "
            "others make a name look like one that it is not."),
    warning("limit-exceeded-for-peer", "A document is larger than a common tool reads.",
            "Make it smaller: labels, annotations and inline caches are what grows.",
            "containers/container-libs, image/internal/iolimits/iolimits.go; OCI "
            "distribution-spec, Pushing Manifests",
            why="podman and skopeo refuse manifests and configs above 4 MiB and a manifest.json "
            "above 1 MiB, and a registry need not take a manifest above 4 MiB, although others "
            "load them."),
    note("producer-guess", "What the archive looks like the work of.",
         "None needed; it is a guess by names and order, and no fact.",
         "moby/moby, containerd/containerd, containers/image, google/go-containerregistry",
         why="Knowing the tool helps to understand its quirks. Anybody can imitate it."),
)  # fmt: skip

_MIB = 1 << 20
_MANIFEST_LIMIT = 4 * _MIB
_DOCKER_MANIFEST_LIMIT = _MIB
_COLON_CONFIG = regex(r"sha256:[0-9a-f]{64}")
_V1_LAYER = regex(r"[0-9a-f]{64}/layer\.tar")
_SKOPEO_LAYER = regex(r"[0-9a-f]{64}\.tar")
_PACK_LAYER = regex(r"sha256:[0-9a-f]{64}\.tar|blank_[0-9]+")


def check_safe_names(evidence: Evidence) -> Iterator[Draft]:
    """Tell names that may look like what they are not."""
    things: list[tuple[Subject, Iterable[Name]]] = [
        *((Subject("image", number), each.names) for number, each in enumerate(evidence.images)),
        *(
            (Subject("artifact", number), each.names)
            for number, each in enumerate(evidence.artifacts)
        ),
    ]
    for subject, names in things:
        image = evidence.image_key(subject.number) if subject.kind == "image" else None
        for name in names:
            odd = odd_character(name.text)
            if odd is None:
                continue
            yield Draft(
                "name-unsafe",
                f"the name {name.text!r} has {odd}",
                Location(image=image),
                recorded=name.text,
                cause=("unsafe names", subject),
                subjects=frozenset({subject}),
            )


def check_peer_limits(evidence: Evidence) -> Iterator[Draft]:
    """Tell documents that are larger than what common tools read."""
    documents = {
        use.claim.member: use.claim.role.value
        for use in evidence.uses.all
        if use.claim.role in (Role.MANIFEST, Role.INDEX, Role.CONFIG)
    }
    for member, role in documents.items():
        if member is not None and member.size > _MANIFEST_LIMIT:
            message = f"{member.name}: a {role} of {member.size} bytes, above {_MANIFEST_LIMIT}"
            yield Draft("limit-exceeded-for-peer", message, Location(member=member.name))
    manifest = f"{evidence.archive.root}manifest.json"
    for view in evidence.archive.views:
        for member in view.documents:
            if member.name == manifest and member.size > _DOCKER_MANIFEST_LIMIT:
                message = f"{manifest} has {member.size} bytes, above {_DOCKER_MANIFEST_LIMIT}"
                yield Draft("limit-exceeded-for-peer", message, Location(member=member.name))


def check_producer(evidence: Evidence) -> Iterator[Draft]:
    """Guess who wrote the archive, by names and order."""
    views = {view.name: view for view in evidence.archive.views}
    guess = None
    if "docker" in views:
        guess = _guess_docker(evidence, views["docker"], has_oci="oci" in views)
    elif "docker-v1" in views:
        guess = "docker save of Docker before 1.10"
    if guess is not None:
        yield Draft("producer-guess", f"looks like {guess}", Location())


def _guess_docker(evidence: Evidence, docker: View, *, has_oci: bool) -> str | None:
    configs = [image.config.path for image in docker.images if image.config is not None]
    layers = [layer.claim.path for image in docker.images for layer in image.layers]
    if any(_PACK_LAYER.fullmatch(path.lstrip("/")) for path in layers):
        return "pack or another tool of Cloud Native Buildpacks"
    if configs and all(_COLON_CONFIG.fullmatch(path) for path in configs):
        return _guess_ggcr(docker.images, has_oci=has_oci)
    if configs and all(path.startswith("blobs/sha256/") for path in configs):
        return _guess_blobs(evidence, docker, layers, has_oci=has_oci)
    return _guess_old(evidence, docker, configs, layers)


def _guess_old(
    evidence: Evidence, docker: View, configs: list[str], layers: list[str]
) -> str | None:
    if configs and all(path == "config.json" for path in configs):
        return "Jib"
    if layers and all(_SKOPEO_LAYER.fullmatch(path) for path in layers):
        return "skopeo, podman or buildah"
    if layers and all(_V1_LAYER.fullmatch(path) for path in layers):
        has_tags = _has_tags(evidence, docker)
        has_json = evidence.archive.table.find(layers[0].replace("layer.tar", "json")) is not None
        is_docker = has_tags or has_json
        return "docker save of Docker 1.10 to 24" if is_docker else "Nix's streamLayeredImage"
    return None


def _has_tags(evidence: Evidence, docker: View) -> bool:
    """Whether there is a `repositories` file."""
    name = f"{evidence.archive.root}repositories"
    return any(member.name == name for member in docker.documents)


def _guess_ggcr(images: tuple[RecordedImage, ...], *, has_oci: bool) -> str:
    names = [name.text for image in images for name in image.names]
    if has_oci:
        return "apko"
    if any("unset-repo/unset-image-name" in name for name in names):
        return "kaniko"
    return "crane, ko, kaniko or another tool made with go-containerregistry"


def _guess_blobs(
    evidence: Evidence, docker: View, layers: list[str], *, has_oci: bool
) -> str | None:
    if not has_oci:
        return "rules_oci" if any(path.endswith(".tar.gz") for path in layers) else None
    if _has_tags(evidence, docker):
        return "docker save of Docker 25 or later, classic store"
    kinds = {orphan.kind for orphan in evidence.archive.orphans.values()}
    if OrphanKind.LEGACY_V1 in kinds:
        return "docker save of Docker 25 or later, classic store"
    root = evidence.archive.root
    names = [member.name.removeprefix(root) for member in evidence.archive.table.files]
    if names and names[0].startswith("blobs/"):
        return "containerd: docker save of its image store, ctr, nerdctl or buildx"
    return "regctl" if "manifest.json" in names[:3] else None

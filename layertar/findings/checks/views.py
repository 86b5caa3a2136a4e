"""Names and views: what two views, or one twice, say of the same name."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from layertar.archive import OrphanKind, Presence
from layertar.documents import normalise
from layertar.findings.checks.readers import VIEWS
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, failed, note, warning
from layertar.image import name_key, platform_of
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim, Name, RecordedArtifact, RecordedImage, View
    from layertar.findings.evidence import Evidence

__all__ = ["RULES", "check_names_once", "check_views"]

RULES = (
    failed("views-disagree", "Two views give one name to different images.",
           "Do not load it.",
           "moby/moby, daemon/internal/image/tarexport/load.go; containerd/containerd, "
           "core/images/archive/importer.go; containers/podman, issue 12560",
           why="docker load on the classic store, crane, Trivy and Syft read manifest.json; "
           "containerd, Docker 29, skopeo's oci-archive and, of a single image, podman read "
           "index.json: a scanner and a runtime see different images."),
    warning("views-differ-coverage", "An image is in one view only.",
            "Save the image again, by its name, if all tools have to see it.",
            "moby/moby, daemon/internal/image/tarexport/load.go; containerd/containerd, "
            "core/images/archive/importer.go",
            why="Which tool reads the archive decides whether the image is seen: docker load on "
            "the classic store, crane and Trivy read manifest.json, containerd and Docker 29 "
            "index.json."),
    note("views-docker25-bug", "The views differ as Docker 25 and later write them.",
         "None needed, or save the image again, by its name, with a newer Docker.",
         "moby/moby, daemon/internal/image/tarexport/save.go; moby/moby, issue 47065",
         why="Docker 25.0.0 shuffled the layers in its OCI view, and up to now an untagged image "
         "saved together with a tagged one is left out of index.json; the docker view is right."),
    failed("index-duplicate-name", "index.json gives one name to different digests.",
           "Do not load it by this name.",
           "OCI image-spec, image-layout.md, index.json file",
           why="Some readers take the first, others the last, others refuse it. An artifact that "
           "has an image's name, and is not attached to it, may be taken for it, too."),
    warning("docker-legacy-only", "An archive of Docker before 1.10; it records no digests.",
            "Load it with an older Docker and save it again.",
            "moby/moby, image/spec/v1.md; moby/moby, daemon/internal/image/tarexport/load.go",
            why="It records no digest of a layer, so there is nothing to prove; docker load "
            "dropped it in version 29, containerd, podman and crane never read it."),
    note("name-incomplete", "Only a tag is recorded, in a repository that nobody names.",
         "None needed.",
         "OCI image-spec, annotations.md",
         why="Docker, BuildKit and containerd write the bare tag into this annotation; which "
         "repository it belongs to is not recorded, and a loader may give it any."),
)  # fmt: skip

_KIND = "kind"  # cosign save's and hauler's annotation.


def check_views(evidence: Evidence) -> Iterator[Draft]:
    """Compare the views by name, then by what only one of them has."""
    views = {view.name: view for view in evidence.archive.views}
    if "docker-v1" in views:
        message = "an archive of Docker before 1.10: nothing in it records a digest"
        documents = views["docker-v1"].documents
        member = documents[0].name if documents else None
        yield Draft("docker-legacy-only", message, Location(member=member))
    if "oci" not in views or "docker" not in views:
        return
    named: dict[str, dict[str, set[int]]] = {"oci": {}, "docker": {}}
    for number, image in enumerate(evidence.images):
        for record in image.records:
            for name in record.names:
                if name.is_complete:
                    numbers = named[record.view].setdefault(normalise(name.text), set())
                    numbers.add(number)
    told: set[int] = set()
    for key, mine in named["oci"].items():
        theirs = named["docker"].get(key)
        if theirs is None or mine & theirs or not _are_readable(evidence, mine | theirs):
            continue
        told |= mine | theirs
        yield _disagreement(evidence, key, min(mine), min(theirs), mine | theirs)
    yield from _coverage(evidence, views["docker"], told)


def _disagreement(evidence: Evidence, key: str, oci: int, docker: int, numbers: set[int]) -> Draft:
    one, other = evidence.image_key(oci), evidence.image_key(docker)
    rule = "views-disagree"
    index, manifest = (_listed_in(evidence.images[number].first) for number in (oci, docker))
    message = f"{key}: {index} says the image {one}, {manifest} the image {other}"
    if _is_shuffled(evidence, oci, docker):
        rule = "views-docker25-bug"
        message += "; the same config and layers: Docker 25.0.0 wrote the layers out of order"
    else:
        message += f"; {VIEWS}"
    return Draft(
        rule,
        message,
        Location(member=manifest, pointer=evidence.images[docker].first.pointer, image=one),
        recorded=one,
        measured=other,
        order=Order.VIEWS,
        subjects=frozenset(Subject("image", number) for number in numbers),
    )


def _are_readable(evidence: Evidence, numbers: set[int]) -> bool:
    """Whether images can be compared: one whose config is not here is told as what it is."""
    return all(evidence.images[number].first.config_document for number in numbers)


def _is_shuffled(evidence: Evidence, oci: int, docker: int) -> bool:
    """Whether two views differ only as Docker 25.0.0 wrote them (moby/moby, issue 47065).

    It listed the layers in the OCI manifest in any order, and equal ones once.
    """
    one, other = evidence.images[oci].first, evidence.images[docker].first
    config = evidence.measured.digest(one.config)
    if config is None or config != evidence.measured.digest(other.config):
        return False
    mine = {layer.claim.member for layer in one.layers}
    return mine == {layer.claim.member for layer in other.layers} and None not in mine


def _coverage(evidence: Evidence, docker: View, told: set[int]) -> Iterator[Draft]:
    """Tell images that only one view has; another platform of a name that both have is none."""
    both = {number for number, image in enumerate(evidence.images) if len(image.views) > 1}
    roots = {_root(evidence.images[number].first) for number in both}
    for number, image in enumerate(evidence.images):
        record = image.first
        if number in both or number in told or record.presence is not Presence.DUE:
            continue
        if record.view == "oci" and _root(record) in roots:
            continue
        other = "docker" if record.view == "oci" else "oci"
        rule = "views-differ-coverage"
        file = _listed_in(record)
        message = f"the image {evidence.image_key(number)} is listed in {file} only"
        if other == "oci" and not record.names and _is_graphdriver(evidence, docker):
            rule = "views-docker25-bug"
            message += "; Docker 25 and later leave images without a name out of index.json"
        location = Location(member=file, pointer=record.pointer, image=evidence.image_key(number))
        yield Draft(rule, message, location, subjects=frozenset({Subject("image", number)}))


def _entry(record: RecordedImage | RecordedArtifact) -> Claim | None:
    """Return the claim in `index.json` that leads to an image or an artifact."""
    return record.chain[0] if record.chain else record.manifest


def _listed_in(record: RecordedImage) -> str:
    """Return the document that begins a view and leads to an image, whatever lies between."""
    entry = _entry(record)
    return entry.document if entry is not None else record.document


def _root(record: RecordedImage | RecordedArtifact) -> object:
    """Return what in `index.json` leads to an image or an artifact."""
    claim = _entry(record)
    return claim.digest if claim is not None else None


def _mark(record: RecordedImage | RecordedArtifact) -> str | None:
    claim = _entry(record)
    return claim.annotations.get(_KIND) if claim is not None else None


def _is_graphdriver(evidence: Evidence, docker: View) -> bool:
    """Whether Docker 25 or later wrote the archive from its classic store."""
    # An archive of images without names has no `repositories`, yet the layers' json.
    kinds = {orphan.kind for orphan in evidence.archive.orphans.values()}
    repositories = f"{evidence.archive.root}repositories"
    has_repositories = any(member.name == repositories for member in docker.documents)
    return (has_repositories or OrphanKind.LEGACY_V1 in kinds) and all(
        image.config is not None and image.config.path.startswith("blobs/")
        for image in docker.images
    )


def check_names_once(evidence: Evidence) -> Iterator[Draft]:
    """Tell names that one view gives to different images, and names of only a tag."""
    for view in evidence.archive.views:
        if view.name == "oci":
            yield from _duplicate_names(evidence)
    for number, image in enumerate(evidence.images):
        for name in image.names:
            if not name.is_complete:
                message = f"{name.text!r} is a tag; the repository is not recorded"
                document = _listed_in(image.first)
                location = Location(member=document, image=evidence.image_key(number))
                subjects = frozenset({Subject("image", number)})
                cause = ("incomplete names", number)
                yield Draft("name-incomplete", message, location, cause=cause, subjects=subjects)


class _Named(NamedTuple):
    """What one name leads to.

    Attributes:
        name: as recorded.
        document: the document of the view that says so.
        root: the digest that it has for it.
        platform: what a reader may choose it by; `None` for an index, of no one platform.
        mark: what tools that keep an image and its artifacts under one name tell them apart by.
    """

    name: Name
    document: str
    root: str
    platform: object
    mark: str | None
    subject: Subject
    image: str | None


def _duplicate_names(evidence: Evidence) -> Iterator[Draft]:
    """Compare what one name leads to: manifests for different platforms may share it.

    So may artifacts of another `kind`, which do not stand for the image (cosign save, hauler); of
    images, loaders choose without a look at it.
    """
    seen: dict[tuple[object, ...], dict[object, _Named]] = {}
    for named in chain(_named_images(evidence), _named_artifacts(evidence)):
        key = name_key(named.name)
        kind = named.subject.kind
        places: list[tuple[object, ...]] = [(key, kind, named.mark)]
        rivals: list[tuple[object, ...]] = [(key, "artifact", named.mark)]
        if kind == "image":
            places.append((key, "images"))
            rivals.append((key, "images"))
        else:
            rivals.append((key, "image", named.mark))
        for place in rivals:
            for other in _rivals(seen.get(place, {}), named.platform):
                if other.root == named.root:
                    continue
                text, roots = named.name.text, f"{other.root} and to {named.root}"
                yield Draft(
                    "index-duplicate-name",
                    f"{named.document} gives the name {text!r} to {roots}",
                    Location(member=named.document, image=named.image or other.image),
                    recorded=other.root,
                    measured=named.root,
                    cause=("name", key),
                    subjects=frozenset({named.subject, other.subject}),
                )
        for place in places:
            seen.setdefault(place, {}).setdefault(named.platform, named)


def _named_images(evidence: Evidence) -> Iterator[_Named]:
    for number, image in enumerate(evidence.images):
        record = image.first
        if record.view != "oci":
            continue
        platform = platform_of(image) if not record.chain else None
        kind = platform.normalised if platform is not None else None
        root, mark = str(_root(record)), _mark(record)
        subject, shown = Subject("image", number), evidence.image_key(number)
        for name in record.names:
            yield _Named(name, _listed_in(record), root, kind, mark, subject, shown)


def _named_artifacts(evidence: Evidence) -> Iterator[_Named]:
    """Iterate over the names of artifacts that stand for themselves, and are attached to none."""
    number = -1
    for view in evidence.archive.views:
        for artifact in view.artifacts:
            number += 1
            is_attached = artifact.subject is not None or artifact.is_referrer
            claim = artifact.manifest
            if view.name != "oci" or is_attached or claim is None or not claim.is_present:
                continue
            platform = artifact.platform if not artifact.chain else None
            kind = platform.normalised if platform is not None else None
            root, mark = str(_root(artifact)), _mark(artifact)
            document, subject = (
                (artifact.chain or (claim,))[0].document,
                Subject("artifact", number),
            )
            for name in artifact.names:
                yield _Named(name, document, root, kind, mark, subject, None)


def _rivals(others: dict[object, _Named], platform: object) -> list[_Named]:
    """Return what a reader may take for a name instead; an index, of no platform, rivals all."""
    if platform is None:
        return list(islice(others.values(), 2))
    return [others[each] for each in (platform, None) if each in others]

"""Names and views: what two views, or one twice, say of the same name (R13, R17 to R19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive import Presence, name_digest
from layertar.documents import is_reference, normalise
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, Severity, failed, note, warning
from layertar.image import name_key, platform_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import RecordedImage, RecordedLayer, View
    from layertar.findings.evidence import Evidence

__all__ = [
    "RULES",
    "check_docker_items",
    "check_names_once",
    "check_repositories",
    "check_views",
]

_VIEWS = "formats.md 0.4, 7.A-03"

RULES = (
    failed("views-disagree", "Two views give one name to different images (R18).",
           "Do not load it: a scanner and a runtime see different images.", _VIEWS),
    warning("views-differ-coverage", "An image is in one view only.",
            "Which tool reads it decides whether it is seen.", _VIEWS),
    note("views-docker25-bug", "The views differ as Docker 25 and later write them.",
         "None needed.", "formats.md 2.4"),
    failed("index-duplicate-name", "index.json gives one name to different digests.",
           "Do not load it: readers take the first, the last, or refuse.", "formats.md 7.A-06"),
    failed("docker-tag-duplicate", "manifest.json gives one tag to different images.",
           "Do not load it: the last one loaded wins.", "formats.md 2.6"),
    warning("docker-tag-invalid", "A tag in manifest.json is no reference.",
            "Loaders refuse it or drop the tag.", "distribution/reference, reference.go"),
    failed("docker-layer-shared-diffids", "One path is a layer with two diff_ids.",
           "skopeo and podman refuse it.", "formats.md 3.1"),
    warning("docker-layer-name-mismatch", "A layer's name is a digest of other bytes (R11).",
            "Harmless to loaders; find out who renamed it.", "formats.md 6.1"),
    warning("docker-layersources-mismatch", "LayerSources names no layer of the image (R13).",
            "Stale metadata: save the image again.", "formats.md 2.3"),
    note("docker-repositories-mismatch",
         "repositories names another top layer than manifest.json (R17).",
         "None needed: only old readers look at it.", "formats.md 2.3"),
    note("docker-parent-missing", "The image's parent is not in the archive (R19).",
         "None needed.", "formats.md 2.3"),
    warning("docker-legacy-only", "An archive of Docker before 1.10; it records no digests.",
            "Docker 29 cannot load it: load it with an older one and save it again.",
            "formats.md 2.2"),
    note("name-incomplete", "Only a tag is recorded, in a repository that nobody names.",
         "None needed.", "formats.md 1.8"),
)  # fmt: skip


def check_views(evidence: Evidence) -> Iterator[Draft]:
    """Compare the views by name, then by what only one of them has (R18)."""
    views = {view.name: view for view in evidence.archive.views}
    if "docker-v1" in views:
        message = "an archive of Docker before 1.10: nothing in it records a digest"
        yield Draft("docker-legacy-only", message, Location(member="repositories"))
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
    message = f"{key}: index.json says the image {one}, manifest.json the image {other}"
    if _is_shuffled(evidence, oci, docker):
        rule = "views-docker25-bug"
        message += "; the same config and layers: Docker 25.0.0 wrote the layers out of order"
    return Draft(
        rule,
        message,
        Location(member="manifest.json", pointer=evidence.images[docker].first.pointer, image=one),
        recorded=one,
        measured=other,
        order=Order.VIEWS,
        subjects=frozenset(Subject("image", number) for number in numbers),
    )


def _are_readable(evidence: Evidence, numbers: set[int]) -> bool:
    """Whether images can be compared: one whose config is not here is told as what it is."""
    return all(evidence.images[number].first.config_document for number in numbers)


def _is_shuffled(evidence: Evidence, oci: int, docker: int) -> bool:
    """Whether two views differ only as Docker 25.0.0 wrote them (formats.md 2.4).

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
        file = "manifest.json" if record.view == "docker" else "index.json"
        message = f"the image {evidence.image_key(number)} is listed in {file} only"
        if other == "oci" and not record.names and _is_graphdriver(docker):
            rule = "views-docker25-bug"
            message += "; Docker 25 and later leave images without a name out of index.json"
        location = Location(member=file, pointer=record.pointer, image=evidence.image_key(number))
        yield Draft(rule, message, location, subjects=frozenset({Subject("image", number)}))


def _root(record: RecordedImage) -> object:
    """Return what in `index.json` leads to an image."""
    claim = record.chain[0] if record.chain else record.manifest
    return claim.digest if claim is not None else None


def _is_graphdriver(docker: View) -> bool:
    """Whether Docker 25 or later wrote the archive from its classic store."""
    has_repositories = any(member.name == "repositories" for member in docker.documents)
    return has_repositories and all(
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
                location = Location(member="index.json", image=evidence.image_key(number))
                subjects = frozenset({Subject("image", number)})
                yield Draft("name-incomplete", message, location, subjects=subjects)


def _duplicate_names(evidence: Evidence) -> Iterator[Draft]:
    seen: dict[tuple[object, ...], tuple[str, int]] = {}
    for number, image in enumerate(evidence.images):
        record = image.first
        if record.view != "oci":
            continue
        platform = platform_of(image) if not record.chain else None
        for name in record.names:
            root = str(_root(record))
            key = (name_key(name), platform.normalised if platform is not None else None)
            known, other = seen.setdefault(key, (root, number))
            if known == root:
                continue
            message = f"index.json gives the name {name.text!r} to {known} and to {root}"
            yield Draft(
                "index-duplicate-name",
                message,
                Location(member="index.json", image=evidence.image_key(number)),
                recorded=known,
                measured=root,
                cause=("name", key),
                subjects=frozenset({Subject("image", number), Subject("image", other)}),
            )


def check_docker_items(evidence: Evidence) -> Iterator[Draft]:
    """Look into what only a docker view records: tags, paths, sources, parents."""
    records = [
        (number, record)
        for number, image in enumerate(evidence.images)
        for record in image.records
        if record.view == "docker"
    ]
    yield from _tags(evidence, records)
    yield from _shared_paths(evidence, records)
    for number, record in records:
        yield from _layer_names(evidence, number, record)
        yield from _sources(evidence, number, record)
    yield from _parents(evidence, records)


def _tags(evidence: Evidence, records: list[tuple[int, RecordedImage]]) -> Iterator[Draft]:
    seen: dict[str, int] = {}
    for number, record in records:
        for name in record.names:
            location = Location(
                member="manifest.json",
                pointer=f"{record.pointer}/RepoTags",
                image=evidence.image_key(number),
            )
            subject = Subject("image", number)
            if not is_reference(name.text):
                message = f"{name.text!r} is no reference"
                yield Draft("docker-tag-invalid", message, location, subjects=frozenset({subject}))
                continue
            other = seen.setdefault(normalise(name.text), number)
            if other != number:
                same = _same_content(evidence, other, number)
                words = "twice to the same image" if same else "to two different images"
                yield Draft(
                    "docker-tag-duplicate",
                    f"manifest.json gives the tag {name.text} {words}",
                    location,
                    subjects=frozenset({subject, Subject("image", other)}),
                    severity=Severity.NOTE if same else None,
                )


def _same_content(evidence: Evidence, one: int, other: int) -> bool:
    first, second = evidence.images[one].first, evidence.images[other].first
    config = evidence.measured.digest(first.config)
    return config is not None and config == evidence.measured.digest(second.config)


def _shared_paths(evidence: Evidence, records: list[tuple[int, RecordedImage]]) -> Iterator[Draft]:
    seen: dict[object, RecordedLayer] = {}
    for number, record in records:
        for layer in record.layers:
            if layer.claim.member is None or layer.diff_id is None:
                continue
            other = seen.setdefault(layer.claim.member, layer)
            if other.diff_id != layer.diff_id:
                path = layer.claim.path
                message = f"{path} is a layer with the diff_ids {other.diff_id} and {layer.diff_id}"
                yield Draft(
                    "docker-layer-shared-diffids",
                    message,
                    Location(
                        member=layer.claim.member.name,
                        image=evidence.image_key(number),
                        layer=layer.position,
                    ),
                    recorded=str(layer.diff_id),
                    cause=layer.claim.member,
                    order=Order.VIEWS,
                    within=record.config.member if record.config is not None else None,
                    subjects=frozenset({Subject("image", number, layer.position)}),
                )


def _layer_names(evidence: Evidence, number: int, record: RecordedImage) -> Iterator[Draft]:
    """Compare a layer's name with either digest; a v1 id is none (R11)."""
    for layer in record.layers:
        path, measurement = layer.claim.path, evidence.measured.of(layer.claim)
        digest = name_digest(path)
        if digest is None or measurement is None or not evidence.is_verified:
            continue
        found = {
            measurement.digests.get(digest.algorithm),
            measurement.diff_ids.get(digest.algorithm),
        }
        if digest in found or path.endswith("/layer.tar"):
            continue
        member = layer.claim.member
        yield Draft(
            "docker-layer-name-mismatch",
            f"layer {layer.position}: {path} is neither its digest nor its diff_id",
            Location(member=path, image=evidence.image_key(number), layer=layer.position),
            recorded=str(digest),
            measured=str(measurement.digest),
            cause=member,
            order=Order.VIEWS,
            subjects=frozenset({Subject("image", number, layer.position)}),
        )


def _sources(evidence: Evidence, number: int, record: RecordedImage) -> Iterator[Draft]:
    """Find each key of `LayerSources` among the layers' diff_ids or digests (R13)."""
    known: set[str] = set()
    for layer in record.layers:
        known.add(str(layer.diff_id))
        measurement = evidence.measured.of(layer.claim)
        if measurement is not None:
            known.update(str(digest) for digest in measurement.digests.values())
        known.add(str(name_digest(layer.claim.path)))
    for key in record.layer_sources:
        if key not in known:
            yield Draft(
                "docker-layersources-mismatch",
                f"LayerSources has {key}, which is no layer of the image",
                Location(
                    member="manifest.json",
                    pointer=f"{record.pointer}/LayerSources",
                    image=evidence.image_key(number),
                ),
                recorded=key,
                subjects=frozenset({Subject("image", number)}),
            )


def _parents(evidence: Evidence, records: list[tuple[int, RecordedImage]]) -> Iterator[Draft]:
    ids = {str(evidence.measured.digest(record.config)) for _, record in records}
    for number, record in records:
        if record.parent and record.parent not in ids:
            yield Draft(
                "docker-parent-missing",
                f"the parent {record.parent} is not in the archive",
                Location(
                    member="manifest.json",
                    pointer=f"{record.pointer}/Parent",
                    image=evidence.image_key(number),
                ),
                recorded=record.parent,
                subjects=frozenset({Subject("image", number)}),
            )


def check_repositories(evidence: Evidence) -> Iterator[Draft]:
    """Compare what `repositories` says of a tag with the last of its layers (R17)."""
    tops: dict[str, RecordedImage] = {}
    for image in evidence.images:
        for record in image.records:
            if record.view == "docker":
                tops.update((normalise(name.text), record) for name in record.names)
    for view in evidence.archive.views:
        for tag, top in view.tags:
            record_of_tag = tops.get(normalise(tag))
            if record_of_tag is None or not record_of_tag.layers:
                continue
            last = record_of_tag.layers[-1]
            # Docker before 25 names the v1 id, a folder; since then the diff_id.
            if top in last.claim.path or (last.diff_id and top == last.diff_id.encoded):
                continue
            yield Draft(
                "docker-repositories-mismatch",
                f"repositories: {tag} leads to {top}, which is not its top layer",
                Location(member="repositories"),
                recorded=top,
            )

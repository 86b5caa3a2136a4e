"""The docker view: tags, paths, sources, parents and `repositories` (R11, R13, R17, R19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.archive import name_digest
from layertar.documents import is_reference, normalise
from layertar.findings.draft import Draft, Order
from layertar.findings.evidence import Subject
from layertar.findings.model import Location, Severity, failed, note, warning
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive import Claim, RecordedImage, RecordedLayer
    from layertar.findings.evidence import Evidence

__all__ = ["RULES", "check_docker_items", "check_repositories"]

RULES = (
    failed("docker-tag-duplicate", "manifest.json gives one tag to different images.",
           "Do not load it by this tag.",
           "moby/moby, daemon/internal/image/tarexport/load.go",
           why="docker load gives the tag to the last image, crane takes the first. It is a note "
           "where config and layers are the same, and nobody can tell the difference."),
    warning("docker-tag-invalid", "A tag in manifest.json is no reference.",
            "Save the image again under a name that is a reference.",
            "distribution/reference, reference.go",
            why="Loaders refuse the archive or drop the name."),
    failed("docker-layer-shared-diffids", "One path is a layer with two diff_ids.",
           "Save or build the image again.",
           "containers/container-libs, image/docker/internal/tarfile/reader.go",
           why="skopeo and podman refuse it; for other loaders at least one of the two diff_ids "
           "cannot hold."),
    warning("docker-layer-name-mismatch", "A layer's name is a digest of other bytes.",
            "Find out who renamed it.",
            "moby/moby, image/spec/v1.2.md",
            why="No loader compares it, so it loads; yet someone renamed the layer, or exchanged "
            "it and the config."),
    warning("docker-layersources-mismatch", "LayerSources describes no layer of the image.",
            "Save the image again.",
            "moby/moby, daemon/internal/image/tarexport/save.go; google/go-containerregistry, "
            "issues 1870 and 1872",
            why="Docker reads it for Windows base layers only; what it says there is stale."),
    note("docker-repositories-mismatch",
         "repositories names another top layer than manifest.json.",
         "None needed.",
         "moby/moby, image/spec/v1.1.md",
         why="Docker before 1.10 loads the image by this file; tools that edit archives "
         "(docker-squash) leave it stale."),
    note("docker-parent-missing", "The image's parent is not in the archive.",
         "None needed.",
         "moby/moby, daemon/internal/image/tarexport/load.go",
         why="docker load then leaves the parent out: docker history and the build cache of the "
         "classic builder do not reach it."),
)  # fmt: skip


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
    """Compare the entries that have one tag: a loader gives it to one of them."""
    seen: dict[str, tuple[int, RecordedImage]] = {}
    for number, record in records:
        for name in record.names:
            location = Location(
                member=record.document,
                pointer=f"{record.pointer}/RepoTags",
                image=evidence.image_key(number),
            )
            subject = Subject("image", number)
            if not is_reference(name.text):
                message = f"{name.text!r} is no reference"
                yield Draft("docker-tag-invalid", message, location, subjects=frozenset({subject}))
                continue
            first, other = seen.setdefault(normalise(name.text), (number, record))
            if other is not record:
                difference, is_known = _difference(evidence, other, record)
                words = "twice to the same image"
                if difference is not None:
                    words = f"to two different images: {difference}"
                elif not is_known:
                    words = "twice, with the same config; not every layer could be compared"
                yield Draft(
                    "docker-tag-duplicate",
                    f"{record.document} gives the tag {name.text} {words}",
                    location,
                    subjects=frozenset({subject, Subject("image", first)}),
                    severity=None if difference else Severity.NOTE,
                )


def _difference(
    evidence: Evidence, one: RecordedImage, other: RecordedImage
) -> tuple[str | None, bool]:
    """Say in what two entries differ, and whether all of both was compared.

    Layers are compared as they are unpacked, whatever their compression.
    """
    if (
        one.config is None
        or other.config is None
        or not _is_same(evidence, one.config, other.config)
    ):
        return "their configs differ", True
    if one.layer_total != other.layer_total:
        return f"{one.layer_total} and {other.layer_total} layers with the same config", True
    answers = [
        _is_same(evidence, layer.claim, another.claim)
        for layer, another in zip(one.layers, other.layers, strict=False)
    ]
    if False in answers:
        return f"with the same config, layer {answers.index(False)} differs", True
    return None, None not in answers


def _is_same(evidence: Evidence, one: Claim, other: Claim) -> bool | None:
    """Whether two claims lead to the same content; `None` where that was not measured."""
    if one.member is other.member and (one.member is not None or one.path == other.path):
        return True
    first, second = evidence.measured.of(one), evidence.measured.of(other)
    if first is None or second is None:
        return None
    if first.digest == second.digest:
        return True
    return first.diff_id is not None and first.diff_id == second.diff_id


def _shared_paths(evidence: Evidence, records: list[tuple[int, RecordedImage]]) -> Iterator[Draft]:
    seen: dict[object, tuple[Subject, RecordedLayer]] = {}
    for number, record in records:
        for layer in record.layers:
            if layer.claim.member is None or layer.diff_id is None:
                continue
            mine = Subject("image", number, layer.position)
            first, other = seen.setdefault(layer.claim.member, (mine, layer))
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
                    subjects=_wrong(evidence, (first, other), (mine, layer)),
                )


def _wrong(evidence: Evidence, *layers: tuple[Subject, RecordedLayer]) -> frozenset[Subject]:
    """Return whose diff_id is not that of the bytes; all, where that was not measured."""
    found = set()
    for subject, layer in layers:
        measurement, diff_id = evidence.measured.of(layer.claim), layer.diff_id
        ids = measurement.diff_ids if measurement is not None else {}
        if diff_id is None or ids.get(diff_id.algorithm) != diff_id:
            found.add(subject)
    return frozenset(found)


def _layer_names(evidence: Evidence, number: int, record: RecordedImage) -> Iterator[Draft]:
    """Compare a layer's name with either digest; a v1 id is none."""
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
    """Hold `LayerSources` against the layers: its keys, and the descriptors that they have."""
    known: set[str] = set()
    sizes: dict[str, int | None] = {}
    is_whole = evidence.is_verified
    for layer in record.layers:
        known.add(str(layer.diff_id))
        known.add(str(name_digest(layer.claim.path)))
        measurement = evidence.measured.of(layer.claim)
        if measurement is None:
            is_whole = False  # One that is not here may be the one described.
            continue
        inner = map(str, measurement.diff_ids.values())
        stored = [str(digest) for digest in measurement.digests.values()]
        known.update(stored)
        sizes.update(dict.fromkeys(inner, measurement.uncompressed_size))
        sizes.update(dict.fromkeys(stored, measurement.size))
    place = Location(
        member=record.document,
        pointer=f"{record.pointer}/LayerSources",
        image=evidence.image_key(number),
    )
    subjects = frozenset({Subject("image", number)})
    draft = Draft("docker-layersources-mismatch", "", place, subjects=subjects)
    for key, source in record.layer_sources.items():
        if key not in known:
            message = f"LayerSources has {key}, which is no layer of the image"
            yield draft._replace(message=message, recorded=key)
        digest = source.recorded_digest
        size = sizes.get(digest)
        if size is not None and source.size is not None and source.size != size:
            yield draft._replace(
                message=f"LayerSources says {source.size} bytes of {digest}, it has {size}",
                location=replace(place, pointer=f"{source.pointer}/size"),
                recorded=str(source.size),
                measured=str(size),
            )
        is_elsewhere = mediatype.is_nondistributable(source.media_type)
        if is_whole and source.digest is not None and digest not in sizes and not is_elsewhere:
            yield draft._replace(
                message=f"LayerSources of {key} describes {digest}, which is no layer",
                location=replace(place, pointer=source.pointer),
                recorded=digest,
            )


def _parents(evidence: Evidence, records: list[tuple[int, RecordedImage]]) -> Iterator[Draft]:
    ids = {str(evidence.measured.digest(record.config)) for _, record in records}
    for number, record in records:
        if record.parent and record.parent not in ids:
            yield Draft(
                "docker-parent-missing",
                f"the parent {record.parent} is not in the archive",
                Location(
                    member=record.document,
                    pointer=f"{record.pointer}/Parent",
                    image=evidence.image_key(number),
                ),
                recorded=record.parent,
                subjects=frozenset({Subject("image", number)}),
            )


def check_repositories(evidence: Evidence) -> Iterator[Draft]:
    """Compare what `repositories` says of a tag with the last of its layers."""
    tops: dict[str, RecordedImage] = {}
    for image in evidence.images:
        for record in image.records:
            if record.view == "docker":
                tops.update((normalise(name.text), record) for name in record.names)
    name = f"{evidence.archive.root}repositories"
    for view in evidence.archive.views:
        for tag, top in view.tags:
            record_of_tag = tops.get(normalise(tag))
            if record_of_tag is None or not record_of_tag.layers:
                continue
            last = record_of_tag.layers[-1]
            # Docker before 25 names the v1 id, a folder; since then the diff_id. skopeo writes
            # such folders only for this file, with a link to the layer in each.
            if top in last.claim.path or (last.diff_id and top == last.diff_id.encoded):
                continue
            linked = evidence.archive.table.look_up(f"{top}/layer.tar").member
            if linked is not None and linked is last.claim.member:
                continue
            yield Draft(
                "docker-repositories-mismatch",
                f"{name}: {tag} leads to {top}, which is not its top layer",
                Location(member=name),
                recorded=top,
            )

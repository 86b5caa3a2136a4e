"""Both views together: what joins, what disagrees, and the verdict.

Spec: issue 3; formats.md 0.2, 6.1 R1 and R18.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.model.content import digest_of
from tests.model.docker import DockerImage, DockerView, read_docker, read_legacy
from tests.model.facts import ModelImage, ModelReport, OutOfScopeError, worst
from tests.model.files import Files, read
from tests.model.oci import OciView, read_oci
from tests.model.words import Fields, normal_name, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.model.manifest import OciImage

__all__ = ["judge"]

_AT_ROOT: Final = re.compile(r"sha256:[0-9a-f]{64}")
_BLOB: Final = re.compile(r"blobs/(?:(sha256)/([0-9a-f]{64})|(sha512)/([0-9a-f]{128}))")


def judge(data: bytes) -> ModelReport:
    """Judge the bytes of an archive.

    Raises:
        OutOfScopeError: it is odd in a way on which the model has no opinion.
    """
    files = read(data)
    if any(name.startswith("docker/registry/v2/") for name in files.members):
        raise OutOfScopeError("a registry's storage")
    if any(_AT_ROOT.fullmatch(name) for name in files.members) and "index.json" in files.members:
        raise OutOfScopeError("a layout whose blobs are at the root")
    has_index, has_marker = "index.json" in files.members, "oci-layout" in files.members
    docker = read_docker(files)
    if not (has_index or has_marker or docker):
        legacy = read_legacy(files)
        if legacy is None:
            return ModelReport("unreadable")
        chains, verdicts = legacy
        verdicts += [chain.verdict for chain in chains]
        return ModelReport(worst([*files.verdicts, *_misnamed(files), *verdicts]), tuple(chains))
    oci = read_oci(files) if has_index else OciView()
    if has_marker and not has_index:
        if any(name.startswith("refs/") for name in files.members):
            raise OutOfScopeError("a layout of before 1.0")
        oci.verdicts.append("failed")  # oci-index-missing
    entries = docker or DockerView()
    verdicts = [_marker(files)]
    _tell_disagreements(oci, entries)
    images = list(_joined(oci, entries))
    verdicts += [*files.verdicts, *_misnamed(files), *oci.verdicts, *entries.verdicts]
    verdicts += [verdict for _, verdict in images]
    if oci.is_empty and not entries.images:
        verdicts.append("failed")  # nothing-to-verify
    found = tuple(image for image, _ in images)
    return ModelReport(worst(verdicts), found, tuple(oci.artifacts), oci.is_vague)


def _marker(files: Files) -> str:
    """`oci-layout`: absent, empty or of another version is a switch between views, no more."""
    raw = files.get("oci-layout")
    document = None if raw is None else parse(raw)
    if document is None or not isinstance(document.value, dict):
        return "verified"
    fields = Fields(document.value)
    fields.get("imageLayoutVersion", str)
    return "verified" if document.is_sound and fields.is_sound else "failed"


def _misnamed(files: Files) -> Iterable[str]:
    """R1: what a blob's name says of its bytes, whoever refers to it."""
    for name, data in files.files().items():
        match = _BLOB.fullmatch(name)
        if match is not None:
            algorithm, encoded = match[1] or match[3], match[2] or match[4]
            if digest_of(data, f"{algorithm}:") != f"{algorithm}:{encoded}":
                yield "failed"


def _joined(oci: OciView, docker: DockerView) -> Iterable[tuple[ModelImage, str]]:
    """Each image, and what it makes of the archive (house.md 1.4: what joins)."""
    partners = [_partners(oci.images.values(), entry) for entry in docker.images]
    for image in oci.images.values():
        answer, counted = image.answer, image.answer.verdict
        if image.is_excused and counted == "incomplete":
            counted = "verified"
        for entry, fitting in zip(docker.images, partners, strict=True):
            if any(image is each for each in fitting):
                answer = _both(answer, _excused(image, entry))
                counted = worst([counted, answer.verdict])
        yield answer, counted
    for entry, fitting in zip(docker.images, partners, strict=True):
        if not fitting:
            yield entry.answer, entry.answer.verdict


def _partners(images: Iterable[OciImage], entry: DockerImage) -> list[OciImage]:
    """The images that an entry of `manifest.json` means: those of its very members if there are."""
    fitting = [image for image in images if _fit(image, entry)]
    return [image for image in fitting if image.places == entry.places] or fitting


def _fit(image: OciImage, entry: DockerImage) -> bool:
    """Whether both views mean one image: the same config, and the same content for layers.

    One view may name what is not here, or keep a layer in another compression.
    """
    if len(image.places) != len(entry.places) or not _is_of_one_config(image, entry):
        return False
    return all(
        one == other or None in (one, other) or (mine.diff_id or "") == theirs.diff_id
        for one, other, mine, theirs in zip(
            image.places, entry.places, image.layers, entry.layers, strict=True
        )
    )


def _is_of_one_config(image: OciImage, entry: DockerImage) -> bool:
    if entry.image_id is not None and image.image_id is not None:
        return entry.image_id == image.image_id
    recorded = None if image.config is None else f"blobs/{image.config.replace(':', '/')}"
    return entry.image_id is image.image_id and recorded == entry.config


def _is_docker_25(image: OciImage, entry: DockerImage) -> bool:
    """Whether only the order or repetition of layers differs, as Docker 25.0.0 wrote it (2.4)."""
    ours, theirs = ({layer.diff_id for layer in each.layers} for each in (image, entry))
    return _is_of_one_config(image, entry) and ours == theirs


def _excused(image: OciImage, entry: DockerImage) -> DockerImage:
    """The entry without what the OCI view says is no tar, and what is none."""
    layers = list(entry.layers)
    for position, (mine, theirs) in enumerate(zip(image.layers, entry.layers, strict=True)):
        is_here = theirs.digest is not None and image.places[position] == entry.places[position]
        if not mine.is_other_form or not is_here:
            continue
        if theirs.diff_id is None:
            raise OutOfScopeError("a broken stream that may have held a tar, or not")
        if not theirs.is_tar:
            layers[position] = theirs._replace(verdict="unverifiable")
    return replace(entry, layers=tuple(layers))


def _both(image: ModelImage, entry: DockerImage) -> ModelImage:
    """One image in two views: each layer as bad as either finds it."""
    layers = tuple(
        (one if one.digest else other)._replace(verdict=_worse(one.verdict, other.verdict))
        for one, other in zip(image.layers, entry.layers, strict=True)
    )
    more = [*entry.verdicts, *(layer.verdict for layer in layers)]
    verdict, apart = worst([image.verdict, *more]), worst([image.apart, *more])
    return image._replace(layers=layers, verdict=verdict, apart=apart)


def _worse(one: str, other: str) -> str:
    """A docker view binds layers by diff_id alone: it can contradict, hardly confirm."""
    if other == "unverifiable":
        return one
    return max(one, other, key=("verified", "external", "unverifiable", "missing", "failed").index)


def _tell_disagreements(oci: OciView, docker: DockerView) -> None:
    """R18, A-03: one name, two images, each of which is the wrong one to some reader."""
    named: dict[str, list[OciImage]] = {}
    for name, images in oci.names.items():
        named.setdefault(normal_name(name), []).extend(images)
    tagged: dict[str, list[DockerImage]] = {}
    for entry in docker.images:
        for tag in dict.fromkeys(map(normal_name, entry.tags)):
            tagged.setdefault(tag, []).append(entry)
    for tag in set(named) & set(tagged):
        images, entries = named[tag], tagged[tag]
        can_be_read = [each.has_config for each in images] + [each.has_config for each in entries]
        if not images or not all(can_be_read):
            continue
        if not any(_is_one(image, entry) for image in images for entry in entries):
            for image in images:
                image.verdicts.append("failed")
            for entry in entries:
                entry.verdicts.append("failed")


def _is_one(image: OciImage, entry: DockerImage) -> bool:
    return _fit(image, entry) or _is_docker_25(image, entry)

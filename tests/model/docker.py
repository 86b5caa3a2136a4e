"""The docker view, `manifest.json`, and what Docker before 1.10 left.

Spec: formats.md 2 and 6.1, R10 to R12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.model.content import digest_of
from tests.model.facts import ModelImage, ModelLayer, OutOfScopeError, worst
from tests.model.layers import check_layer, read_diff_ids
from tests.model.words import Fields, normal_name, parse, read_descriptor

if TYPE_CHECKING:
    from tests.model.files import Files

__all__ = ["DockerImage", "DockerView", "read_docker", "read_legacy"]

_DIGEST_NAMES: Final = (
    (re.compile(r"(?:.*/)?(?:sha256:)?([0-9a-f]{64})(?:\.json)?"), "sha256"),
    (re.compile(r"(?:.*/)?(?:sha512:)?([0-9a-f]{128})(?:\.json)?"), "sha512"),
)
_DESCRIPTION: Final = re.compile(r"([0-9a-f]{64})/json")
_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar"


@dataclass(slots=True)
class DockerImage:
    """An entry of `manifest.json`; `config` is the member that it names, if it can be read."""

    tags: tuple[str, ...]
    config: str
    has_config: bool
    image_id: str | None
    diff_ids: tuple[object, ...]
    layers: tuple[ModelLayer, ...]
    places: tuple[str | None, ...]
    verdicts: list[str]

    @property
    def answer(self) -> ModelImage:
        """The image as it is shown."""
        verdict = worst([*self.verdicts, *(layer.verdict for layer in self.layers)])
        return ModelImage(None, self.image_id, verdict, self.layers, verdict)


@dataclass(slots=True)
class DockerView:
    """All entries, and what the rest makes of the archive."""

    images: list[DockerImage] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)


def read_docker(files: Files) -> DockerView | None:
    """Read `manifest.json`; `None` where it is not there, or of another schema."""
    raw = files.get("manifest.json")
    if raw is None:
        return None
    document = parse(raw)
    if isinstance(document.value, dict):
        return None
    view = DockerView()
    is_array = isinstance(document.value, list) or (document.value is None and document.is_sound)
    if not document.is_sound or not is_array:
        view.verdicts.append("failed")
    items = document.value if isinstance(document.value, list) else []
    if any(isinstance(item, dict) and "Config" not in item for item in items):
        raise OutOfScopeError("a manifest.json of another schema")
    view.images = [_image(files, item) for item in items]
    tagged: dict[str, DockerImage] = {}
    for image in view.images:
        for tag in image.tags:
            other = tagged.setdefault(normal_name(tag), image)
            if (other.image_id or other.config) != (image.image_id or image.config):
                # docker-tag-duplicate: which of them it is depends on the reader.
                image.verdicts.append("failed")
                other.verdicts.append("failed")
    _tell_shared(view)
    repositories = files.get("repositories")
    if repositories is not None and not _read_repositories(repositories)[1]:
        view.verdicts.append("failed")
    return view


def _tell_shared(view: DockerView) -> None:
    """docker-layer-shared-diffids: one member as two layers, which c/image refuses."""
    seen: dict[str, set[object]] = {}
    for image in view.images:
        for place, diff_id in _held_layers(image):
            seen.setdefault(place, set()).add(diff_id)
    if any(len(diff_ids) > 1 for diff_ids in seen.values()):
        view.verdicts.append("failed")


def _held_layers(image: DockerImage) -> list[tuple[str, object]]:
    """Member and diff_id of each layer that is not wrong already."""
    layers = zip(image.places, image.diff_ids, image.layers, strict=False)
    return [
        (place, diff_id)
        for place, diff_id, layer in layers
        if place is not None and layer.verdict not in ("failed", "missing")
    ]


def _image(files: Files, item: Any) -> DockerImage:
    fields = Fields(item)
    config = fields.get("Config", str)
    paths = fields.get("Layers", list) or []
    tags = fields.get("RepoTags", list) or []
    sources = fields.get("LayerSources", dict) or {}
    if not fields.is_sound or not all(isinstance(each, str) for each in (*paths, *tags)):
        raise OutOfScopeError("an entry of wrong types")
    verdicts = [
        "verified" if read_descriptor(each).is_sound else "failed" for each in sources.values()
    ]
    if config is None:
        raise OutOfScopeError("an entry without a config")
    raw = files.get(_clean(config))
    if raw is None:
        verdicts.append("incomplete")
    diff_ids, verdict = read_diff_ids(raw, [_LAYER] * len(paths))
    verdicts.append(verdict)
    if raw is not None:
        verdicts.append(_anchor(config, raw))
    if files.is_ambiguous(_clean(config)):
        verdicts.append("failed")
    layers = []
    for position, path in enumerate(paths):
        data = files.get(_clean(path))
        diff_id = diff_ids[position] if position < len(diff_ids) else None
        if data is None:
            layers.append(ModelLayer(None, None, "missing"))
            continue
        stored = "failed" if files.is_ambiguous(_clean(path)) else "unverifiable"
        layer = check_layer(data, digest=None, stored=stored, diff_id=diff_id, is_tar=True)
        if not data and layer.verdict == "failed":
            # A placeholder where a layer is due.
            layer = layer._replace(verdict="missing")
        layers.append(layer)
    places = tuple(files.where(_clean(path)) for path in paths)
    image_id = None if raw is None else digest_of(raw)
    has_config = raw is not None and isinstance(parse(raw).value, dict)
    return DockerImage(
        tuple(tags), _clean(config), has_config, image_id, diff_ids, tuple(layers), places, verdicts
    )


def _clean(path: str) -> str:
    """A path of `manifest.json` as a member's name (formats.md 4.4)."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or path.startswith("/") or "\\" in path or not parts:
        raise OutOfScopeError("an odd path")
    return "/".join(parts)


def _anchor(name: str, raw: bytes) -> str:
    """R10: a name that is a digest is checked; one that is none says nothing."""
    for pattern, algorithm in _DIGEST_NAMES:
        match = pattern.fullmatch(name)
        if match is not None:
            true = digest_of(raw, f"{algorithm}:").partition(":")[2]
            return "verified" if match[1] == true else "failed"
    return "verified"


def _read_repositories(raw: bytes) -> tuple[list[str], bool]:
    """The IDs of all tags, and whether every reader finds the same."""
    document = parse(raw)
    if document.value is not None and not isinstance(document.value, dict):
        raise OutOfScopeError("another kind of repositories")
    fields = Fields(document.value)
    tops: list[str] = []
    for name in fields.value:
        tags = Fields(fields.value[name])
        tops += [top for tag in tags.value if (top := tags.get(tag, str)) is not None]
        fields.is_sound &= tags.is_sound
    return tops, document.is_sound and fields.is_sound


def read_legacy(files: Files) -> tuple[list[ModelImage], list[str]] | None:
    """Images of a pre-1.10 archive: nothing records what anything should be (formats.md 2.2).

    Beside them what the rest makes of the archive; `None` where there is no such view.
    """
    descriptions = {
        match[1]: _sound_fields(data)
        for name in files.members
        if (match := _DESCRIPTION.fullmatch(name)) and (data := files.get(name)) is not None
    }
    raw = files.get("repositories")
    if "manifest.json" in files.members or any(
        files.get(name) is None for name in files.members if _DESCRIPTION.fullmatch(name)
    ):
        raise OutOfScopeError("half a legacy archive")
    if not descriptions:
        return None
    tops, is_sound = ([], True) if raw is None else _read_repositories(raw)
    parents = {each.get("parent", str) for each in descriptions.values() if each is not None}
    heads = [name for name in descriptions if name not in parents]
    images: list[ModelImage] = []
    # R20: a description is that of the directory it stands in.
    is_sound &= all(
        each is not None and each.get("id", str) == name for name, each in descriptions.items()
    )
    verdicts = ["verified" if is_sound else "failed"]
    reached: set[str] = set()
    # Named ones, and chains that nothing names.
    for top in dict.fromkeys((*tops, *heads)):
        layers: list[ModelLayer] = []
        current: str | None = top
        while current is not None:
            fields = descriptions.get(current)
            if fields is None or len(layers) > len(descriptions):
                raise OutOfScopeError("a broken chain")
            layers.insert(0, _legacy_layer(files, f"{current}/layer.tar"))
            reached.add(current)
            current = fields.get("parent", str)
        verdict = worst(["unverifiable", *(layer.verdict for layer in layers)])
        images.append(ModelImage(None, None, verdict, tuple(layers), verdict))
    if not reached.issuperset(descriptions):
        raise OutOfScopeError("a loop of parents")
    return images, verdicts


def _sound_fields(raw: bytes) -> Fields | None:
    document = parse(raw)
    return (
        Fields(document.value) if document.is_sound and isinstance(document.value, dict) else None
    )


def _legacy_layer(files: Files, path: str) -> ModelLayer:
    data = files.get(path)
    if data is None:
        return ModelLayer(None, None, "missing")
    stored = "failed" if files.is_ambiguous(path) else "unverifiable"
    return check_layer(data, digest=None, stored=stored, diff_id=None, is_tar=True)

"""Docker's archives of every era from a recipe, and those of its imitators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from tests.built import Built, Expected, familiar_names, image_facts
from tests.oci_builders import blob_name, build_oci
from tests.recipes import ImageRecipe, dumps, sha256
from tests.tarmaker import Content, Directory, Symlink

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["build_docker", "build_docker_v1", "build_hybrid"]

_EPOCH: Final = "1970-01-01T00:00:00Z"

_Members = tuple[tuple[str, Content], ...]


def build_hybrid(
    images: Sequence[ImageRecipe], *, store: Literal["graphdriver", "containerd"] = "graphdriver"
) -> Built:
    """What Docker 25 and newer saves: an OCI layout and `manifest.json` in one.

    The classic store (`graphdriver`) saves layers uncompressed, with one version 1 JSON a layer
    that nothing names, and `repositories`; the containerd store keeps layers as they were pulled.
    """
    if store == "containerd":
        oci = build_oci(images)
        items = [
            _item(
                blob_name(image.config),
                familiar_names(image),
                [blob_name(layer.blob) for layer in image.layers],
            )
            for image in images
        ]
        return oci.add("manifest.json", dumps(items)).reorder(_by_name)
    plain = [_plain(image) for image in images]
    oci = build_oci(plain)
    legacy = (document for image in plain for _, document in _v1_chain(image))
    orphans = {blob_name(document): document for document in legacy}
    tops = [(image, image.layers[-1].diff_id.removeprefix("sha256:")) for image in plain]
    members = (
        *oci.members,
        *orphans.items(),
        ("manifest.json", dumps([_graphdriver_item(image) for image in plain])),
        ("repositories", _repositories(tops)),
    )
    return replace(oci, members=members).reorder(_by_name)


def build_docker(
    images: Sequence[ImageRecipe], *, style: Literal["1.10", "skopeo", "ggcr"]
) -> Built:
    """A docker archive without an OCI layout, as Docker 1.10 to 24, skopeo or crane writes it."""
    match style:
        case "1.10":
            return _docker_1_10([_plain(image) for image in images])
        case "skopeo":
            return _skopeo([_plain(image) for image in images])
        case "ggcr":
            return _ggcr(images)


def build_docker_v1(images: Sequence[ImageRecipe]) -> Built:
    """What Docker before 1.10 saved: `repositories` and a chain of layers, no digest recorded."""
    plain = [_plain(image) for image in images]
    members: dict[str, Content] = {}
    for image in plain:
        for layer, (v1id, document) in zip(image.layers, _v1_chain(image), strict=True):
            members.update(_v1_directory(v1id, document, layer.tar))
    facts = tuple(
        image_facts(image, manifest=False, familiar=True)._replace(image_id=None) for image in plain
    )
    tail: _Members = (("repositories", _repositories(_v1_tops(plain))),)
    return Built((*sorted(members.items(), key=_by_name), *tail), Expected(facts))


def _docker_1_10(images: Sequence[ImageRecipe]) -> Built:
    """`<v1id>/layer.tar`, where a diff_id met before is a link to the first; in lexical order."""
    members: dict[str, Content] = {}
    first: dict[str, str] = {}
    items: list[dict[str, object]] = []
    for image in images:
        chain = _v1_chain(image)
        for layer, (v1id, document) in zip(image.layers, chain, strict=True):
            home = first.setdefault(layer.diff_id, v1id)
            content = layer.tar if home == v1id else Symlink(f"../{home}/layer.tar")
            members.update(_v1_directory(v1id, document, content))
        config = f"{_hex(image.config)}.json"
        members[config] = image.config
        items.append(
            _item(config, familiar_names(image), [f"{v1id}/layer.tar" for v1id, _ in chain])
        )
    tail: _Members = (
        ("manifest.json", dumps(items)),
        ("repositories", _repositories(_v1_tops(images))),
    )
    facts = tuple(image_facts(image, manifest=False, familiar=True) for image in images)
    return Built((*sorted(members.items(), key=_by_name), *tail), Expected(facts))


def _skopeo(images: Sequence[ImageRecipe]) -> Built:
    """`<diff_id>.tar`, to which each `<v1id>/layer.tar` is a link; no directories; full names."""
    members: dict[str, Content] = {}
    items: list[dict[str, object]] = []
    for image in images:
        layers = [f"{_hex(layer.tar)}.tar" for layer in image.layers]
        members.update(zip(layers, (layer.tar for layer in image.layers), strict=True))
        config = f"{_hex(image.config)}.json"
        members[config] = image.config
        for name, (v1id, document) in zip(layers, _v1_chain(image), strict=True):
            members[f"{v1id}/layer.tar"] = Symlink(f"../{name}")
            members[f"{v1id}/VERSION"] = b"1.0"
            members[f"{v1id}/json"] = document
        items.append(_item(config, image.names, layers))
    tail: _Members = (
        ("manifest.json", dumps(items)),
        ("repositories", _repositories(_v1_tops(images), familiar=False)),
    )
    facts = tuple(image_facts(image, manifest=False) for image in images)
    return Built((*members.items(), *tail), Expected(facts))


def _ggcr(images: Sequence[ImageRecipe]) -> Built:
    """Config `sha256:<hex>`, layers `<hex>.tar.gz` as they were pulled, nothing else."""
    members: dict[str, Content] = {}
    items: list[dict[str, object]] = []
    for image in images:
        layers = [f"{_hex(layer.blob)}.tar.gz" for layer in image.layers]
        members[sha256(image.config)] = image.config
        members.update(zip(layers, (layer.blob for layer in image.layers), strict=True))
        items.append(_item(sha256(image.config), image.names, layers))
    facts = tuple(image_facts(image, manifest=False) for image in images)
    return Built((*members.items(), ("manifest.json", dumps(items))), Expected(facts))


def _v1_chain(image: ImageRecipe) -> tuple[tuple[str, bytes], ...]:
    """The version 1 ID and JSON of each layer, base first; IDs follow from all that is below."""
    chain: list[tuple[str, bytes]] = []
    for position, layer in enumerate(image.layers):
        document: dict[str, object] = {
            "created": _EPOCH,
            "container_config": {"Cmd": [layer.created_by]},
            "os": image.platform.os,
        }
        if chain:
            document["parent"] = chain[-1][0]
        if position == len(image.layers) - 1:
            document["architecture"] = image.platform.architecture
            document["config"] = {"Cmd": ["/bin/hello"]}
        v1id = _hex(dumps({**document, "layer_id": layer.diff_id}))
        chain.append((v1id, dumps({"id": v1id, **document})))
    return tuple(chain)


def _v1_directory(v1id: str, document: bytes, layer: Content) -> dict[str, Content]:
    return {
        f"{v1id}/": Directory(),
        f"{v1id}/VERSION": b"1.0",
        f"{v1id}/json": document,
        f"{v1id}/layer.tar": layer,
    }


def _v1_tops(images: Iterable[ImageRecipe]) -> list[tuple[ImageRecipe, str]]:
    return [(image, _v1_chain(image)[-1][0]) for image in images]


def _graphdriver_item(image: ImageRecipe) -> dict[str, object]:
    layers = [blob_name(layer.tar) for layer in image.layers]
    sources = {layer.diff_id: layer.descriptor for layer in image.layers}
    item = _item(blob_name(image.config), familiar_names(image), layers)
    return {**item, "LayerSources": sources}


def _item(config: str, tags: Sequence[str], layers: Sequence[str]) -> dict[str, object]:
    """One entry of `manifest.json`; an image without a name has `null` tags."""
    return {"Config": config, "RepoTags": list(tags) or None, "Layers": list(layers)}


def _repositories(tops: Iterable[tuple[ImageRecipe, str]], *, familiar: bool = True) -> bytes:
    """The `repositories` file: repository, tag, then the ID of the top layer."""
    repositories: dict[str, dict[str, str]] = {}
    for image, top in tops:
        for name in familiar_names(image) if familiar else image.names:
            repository, _, tag = name.rpartition(":")
            repositories.setdefault(repository, {})[tag] = top
    return dumps(repositories)


def _plain(image: ImageRecipe) -> ImageRecipe:
    """The image as `docker save` of the classic store makes it: every layer uncompressed."""
    return replace(image, layers=tuple(layer.plain for layer in image.layers))


def _by_name(member: tuple[str, Content]) -> str:
    return member[0]


def _hex(data: bytes) -> str:
    return sha256(data).removeprefix("sha256:")

"""Changes of what documents record: digests, sizes, types, orders, names, whole entries."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from tests.fuzz.chain import Members, documents, edit_document
from tests.recipes import INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

__all__ = ["CHANGES"]

_TYPES: Final = (
    INDEX_TYPE,
    MANIFEST_TYPE,
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.empty.v1+json",
    LAYER_TYPE,
    f"{LAYER_TYPE}+gzip",
    f"{LAYER_TYPE}+zstd",
    f"{LAYER_TYPE}+encrypted",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.in-toto+json",
    "application/wasm",
    "application/x.unknown",
)


def _descriptors(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("digest"), str):
            yield value
        for each in value.values():
            yield from _descriptors(each)
    elif isinstance(value, list):
        for each in value:
            yield from _descriptors(each)


def _in_document(
    is_due: Callable[[Any], bool], change: Callable[[Random, Any, Members], None]
) -> Callable[[Random, Members], Members]:
    """Make a change of a document in place, of one of those that are due, one of the archive."""

    def applied(rng: Random, members: Members) -> Members:
        due = [each for each in documents(members).items() if is_due(each[1])]
        if not due:
            return members
        position, value = rng.choice(due)
        change(rng, value, members)
        return edit_document(members, position, value)

    return applied


def _has_descriptors(value: Any) -> bool:
    return next(_descriptors(value), None) is not None


def _has(key: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and isinstance(value.get(key), list)


def _has_diff_ids(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("rootfs"), dict)
        and isinstance(value["rootfs"].get("diff_ids"), list)
    )


def _is_docker(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value) and value != []


def _all_digests(members: Members) -> list[str]:
    return [
        f"sha256:{hashlib.sha256(content).hexdigest()}"
        for _, content in members
        if isinstance(content, bytes)
    ]


def _other_digest(rng: Random, digest: str, members: Members) -> str:
    encoded = digest.partition(":")[2]
    return rng.choice(
        (
            rng.choice(_all_digests(members)),
            f"sha256:{encoded[::-1]}",
            f"blake3:{encoded}",
            f"future+x:{encoded}",
            f"sha512:{encoded * 2}",
        )
    )


def _digest(rng: Random, value: Any, members: Members) -> None:
    descriptor = rng.choice(list(_descriptors(value)))
    descriptor["digest"] = _other_digest(rng, descriptor["digest"], members)


def _size(rng: Random, value: Any, _: Members) -> None:
    descriptor = rng.choice(list(_descriptors(value)))
    size = descriptor.get("size")
    descriptor["size"] = (size if isinstance(size, int) else 0) + rng.choice((1, 1, 512, -1))


def _media_type(rng: Random, value: Any, _: Members) -> None:
    rng.choice(list(_descriptors(value)))["mediaType"] = rng.choice(_TYPES)


def _embed(rng: Random, value: Any, members: Members) -> None:
    """The content in the descriptor, true or not."""
    descriptor = rng.choice(list(_descriptors(value)))
    path = f"blobs/{descriptor['digest'].replace(':', '/')}"
    content = dict(members).get(path)
    if not isinstance(content, bytes) or rng.random() < 0.3:
        content = b"a lie"
    descriptor["data"] = base64.b64encode(content).decode()


def _unname(rng: Random, value: Any, _: Members) -> None:
    descriptor = rng.choice(list(_descriptors(value)))
    key = rng.choice(("annotations", "platform", "mediaType", "size", "artifactType"))
    descriptor.pop(key, None)


def _shuffle(rng: Random, entries: list[Any]) -> None:
    """Reorder, repeat or drop entries of a list in place."""
    if not entries:
        return
    match rng.randrange(4):
        case 0:
            entries.reverse()
        case 1:
            entries.pop(rng.randrange(len(entries)))
        case 2:
            entries.append(rng.choice(entries))
        case _:
            one, other = rng.randrange(len(entries)), rng.randrange(len(entries))
            entries[one], entries[other] = entries[other], entries[one]


def _layers(rng: Random, value: Any, _: Members) -> None:
    _shuffle(rng, value["layers"])


def _entries(rng: Random, value: Any, _: Members) -> None:
    _shuffle(rng, value["manifests"])


def _diff_ids(rng: Random, value: Any, members: Members) -> None:
    diff_ids = value["rootfs"]["diff_ids"]
    if diff_ids and isinstance(diff_ids[0], str) and rng.random() < 0.5:
        place = rng.randrange(len(diff_ids))
        diff_ids[place] = _other_digest(rng, diff_ids[place], members)
    elif rng.random() < 0.1:
        value["rootfs"]["diff_ids"] = None
    else:
        _shuffle(rng, diff_ids)


def _document_type(rng: Random, value: Any, _: Members) -> None:
    match rng.randrange(5):
        case 0:
            value["mediaType"] = rng.choice(_TYPES)
        case 1:
            value.pop("mediaType", None)
        case 2:
            value["schemaVersion"] = rng.choice((1, 2, 3))
        case 3:
            value["manifests" if "layers" in value else "layers"] = []
        case _:
            value["artifactType"] = "application/vnd.example"


def _docker_entry(rng: Random, value: Any, members: Members) -> None:
    """Another config or layer, or another order: a view that disagrees."""
    item = rng.choice(value)
    names = [name for name, content in members if isinstance(content, bytes)]
    layers = item.get("Layers")
    match rng.randrange(5):
        case 0:
            item["Config"] = rng.choice(names)
        case 1 if isinstance(layers, list) and layers:
            layers[rng.randrange(len(layers))] = rng.choice(names)
        case 2 if isinstance(layers, list):
            _shuffle(rng, layers)
        case 3:
            item["RepoTags"] = rng.choice((None, [], ["app:1"], ["app:1", "app:2"]))
        case _:
            _shuffle(rng, value)


def _nest(rng: Random, members: Members) -> Members:
    """All entries of `index.json` into an index below it."""
    positions = [place for place, (name, _) in enumerate(members) if name == "index.json"]
    found = documents(members)
    if not positions or not isinstance(found.get(positions[-1]), dict):
        return members
    position = positions[-1]
    index = found[position]
    nested = json.dumps({**index, "mediaType": INDEX_TYPE}, separators=(",", ":")).encode()
    digest = hashlib.sha256(nested).hexdigest()
    entry: dict[str, Any] = {
        "mediaType": INDEX_TYPE,
        "digest": f"sha256:{digest}",
        "size": len(nested),
    }
    if rng.random() < 0.5:
        entry["annotations"] = {"io.containerd.image.name": "docker.io/library/app:1"}
    members = edit_document(members, position, {**index, "manifests": [entry]})
    return (*members, (f"blobs/sha256/{digest}", nested))


def _second_view(rng: Random, members: Members) -> Members:
    """A `manifest.json` beside what is there, of any config and any layers."""
    names = [name for name, content in members if isinstance(content, bytes)]
    configs = [
        members[place][0] for place, value in documents(members).items() if _has_diff_ids(value)
    ]
    if not configs:
        return members
    layers = [rng.choice(names) for _ in range(rng.randrange(3))]
    tags = rng.choice((None, ["app:1"], ["other:1"]))
    item = {"Config": rng.choice(configs), "RepoTags": tags, "Layers": layers}
    return (*members, ("manifest.json", json.dumps([item]).encode()))


CHANGES: Final[dict[str, Callable[[Random, Members], Members]]] = {
    "diff-ids": _in_document(_has_diff_ids, _diff_ids),
    "digest": _in_document(_has_descriptors, _digest),
    "docker-entry": _in_document(_is_docker, _docker_entry),
    "document-type": _in_document(
        lambda value: isinstance(value, dict) and ("manifests" in value or "layers" in value),
        _document_type,
    ),
    "embed": _in_document(_has_descriptors, _embed),
    "entries": _in_document(_has("manifests"), _entries),
    "layers": _in_document(_has("layers"), _layers),
    "media-type": _in_document(_has_descriptors, _media_type),
    "nest": _nest,
    "second-view": _second_view,
    "size": _in_document(_has_descriptors, _size),
    "unname": _in_document(_has_descriptors, _unname),
}

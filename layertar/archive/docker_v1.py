"""The view of Docker before 1.10: `repositories`, `<id>/json`, `<id>/layer.tar`.

The ids are random and nothing in it is a digest, so nothing of it can be proved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.archive.record import Claim, Name, RecordedImage, RecordedLayer, Role, View
from layertar.fault import Fault
from layertar.members import is_unsafe_name
from layertar.platform import Platform
from layertar.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.archive.reader import DocumentReader
    from layertar.documents import V1Layer
    from layertar.members import Member

__all__ = ["read"]

_REPOSITORIES = "repositories"
# Files of other views.
_OTHERS = ("manifest.json", "index.json")
_LAYER_JSON = regex(r"([0-9a-f]{64})/json")


def read(reader: DocumentReader) -> View | None:
    """Read the view, or return `None` where the archive has another or none.

    An archive with a `manifest.json` carries these files only for old readers.
    """
    table = reader.table
    if any(table.find(reader.place(name)) is not None for name in _OTHERS):
        return None
    ids = [match[1] for name in reader.names() if (match := _LAYER_JSON.fullmatch(name))]
    member = reader.look_up(_REPOSITORIES)
    if not ids:
        return None
    layers = {id_: _layer_json(reader, id_) for id_ in ids}
    faults = list(_other_ids(reader, layers))
    heads = _heads(reader, member, layers)
    images = tuple(_image(reader, head, names, layers, faults) for head, names in heads.items())
    return View(
        name="docker-v1",
        images=images,
        artifacts=(),
        documents=(member,) if member is not None else (),
        faults=tuple(faults),
    )


def _layer_json(reader: DocumentReader, id_: str) -> V1Layer | None:
    member = reader.look_up(f"{id_}/json")
    return reader.v1_layer(member) if member is not None else None


def _other_ids(reader: DocumentReader, layers: dict[str, V1Layer | None]) -> Iterator[Fault]:
    """Tell the layers whose json has another id than their directory (R20)."""
    for id_, layer in layers.items():
        if layer is None or layer.id in (None, id_):
            continue
        yield Fault(
            "legacy-id-mismatch",
            f"lies in the directory of another layer than its id, {layer.id}",
            member=reader.place(f"{id_}/json"),
            pointer="/id",
            recorded=layer.id,
            measured=id_,
        )


def _heads(
    reader: DocumentReader, member: Member | None, layers: dict[str, V1Layer | None]
) -> dict[str, tuple[Name, ...]]:
    """Return the top layer of each image with its names: named ones, then what is in none.

    Docker keeps every layer of the archive, so a chain that `repositories` does not name is an
    image all the same (moby/moby, image/spec/v1.md).
    """
    heads: dict[str, tuple[Name, ...]] = {}
    repositories = reader.repositories(member) if member is not None else None
    for entry in repositories.entries if repositories is not None else ():
        name = Name(f"{entry.name}:{entry.tag}", is_complete=True)
        heads[entry.layer_id] = (*heads.get(entry.layer_id, ()), name)
    covered: set[str] = set()
    for head in heads:
        _cover(head, layers, covered)
    parents = {layer.parent for layer in layers.values() if layer is not None}
    if not heads and parents.issuperset(layers):
        return dict.fromkeys(layers, ())
    # First what is nobody's parent; what is left then is a loop of parents.
    for id_ in sorted(layers, key=lambda id_: id_ in parents):
        if id_ not in covered:
            heads[id_] = ()
            _cover(id_, layers, covered)
    return heads


def _cover(head: str, layers: dict[str, V1Layer | None], covered: set[str]) -> None:
    """Note a layer and all below it as parts of an image."""
    current: str | None = head
    while current is not None and current not in covered:
        covered.add(current)
        layer = layers.get(current)
        current = layer.parent if layer is not None else None


def _image(
    reader: DocumentReader,
    head: str,
    names: tuple[Name, ...],
    layers: dict[str, V1Layer | None],
    faults: list[Fault],
) -> RecordedImage:
    chain = _chain(reader, head, layers, faults)
    top = layers.get(head)
    return RecordedImage(
        view="docker-v1",
        document=reader.place(_REPOSITORIES),
        pointer="",
        names=names,
        layers=tuple(
            RecordedLayer(position=position, claim=_claim(reader, id_), diff_id=None)
            for position, id_ in enumerate(reversed(chain))
        ),
        platform=Platform(top.os, top.architecture) if top is not None else None,
        layer_total=len(chain),
    )


def _chain(
    reader: DocumentReader, head: str, layers: dict[str, V1Layer | None], faults: list[Fault]
) -> list[str]:
    """Follow parents from `head`, top first; a loop or an absent parent ends the chain."""
    chain: list[str] = []
    seen: set[str] = set()
    current: str | None = head
    while current is not None and len(chain) < reader.limits.layers:
        if current in seen:
            detail = f"the parents of layer {head} lead back to {current}"
            faults.append(
                Fault("legacy-parent-cycle", detail, member=reader.place(f"{current}/json"))
            )
            break
        if is_unsafe_name(current):
            detail = f"the id {current!r} leads out of the archive; it was not followed"
            holder = f"{chain[-1]}/json" if chain else _REPOSITORIES
            faults.append(
                Fault("docker-path-unsafe", detail, member=reader.place(holder), recorded=current)
            )
            chain.append(current)
            break
        seen.add(current)
        chain.append(current)
        layer = layers.get(current)
        current = layer.parent if layer is not None else None
    return chain


def _claim(reader: DocumentReader, id_: str) -> Claim:
    path = f"{id_}/layer.tar"
    return Claim(
        role=Role.LAYER,
        document=reader.place(f"{id_}/json"),
        pointer="",
        path=path,
        member=None if is_unsafe_name(id_) else reader.look_up(path),
    )

"""The layers of a Docker schema 1 manifest, and the history that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import NO_TEXTS
from layertar.documents.descriptor import Descriptor, read_digest
from layertar.documents.docker import parse_v1_layer
from layertar.errors import DocumentError

if TYPE_CHECKING:
    from layertar.documents._document import Document
    from layertar.documents._object import JsonObject
    from layertar.documents.docker import V1Layer
    from layertar.limits import Limits

__all__ = ["read_schema1_layers"]


def read_schema1_layers(
    document: Document, root: JsonObject, *, member: str, limits: Limits
) -> tuple[Descriptor, ...]:
    """Return the layers, base first; the document has them the other way round.

    Nothing records their sizes or types. Each has an entry in `history`, whose `v1Compatibility`
    is a document of its own with an id and the id of the layer below (R20).

    Spec: distribution/distribution v2, manifest-v2-1.md; moby/moby 24, distribution/pull_v2.go,
    fixManifestLayers.
    """
    layers = [
        _layer(document, entry) for entry in root.objects("fsLayers") or () if entry is not None
    ]
    if not layers:
        detail = "fsLayers names no layer"
        document.log.add("descriptor-invalid", detail, pointer=root.place("fsLayers"))
    entries = root.objects("history") or ()
    if len(entries) != len(layers):
        document.log.add(
            "layer-count-mismatch",
            f"fsLayers has {len(layers)} entries, history {len(entries)}",
            pointer=root.place("history"),
        )
    history = [_history(document, entry, member, limits) for entry in entries]
    _tell_chain(document, root, history)
    return tuple(reversed(layers))


def _layer(document: Document, entry: JsonObject) -> Descriptor:
    text = entry.string("blobSum")
    if not text:
        detail = "blobSum is missing"
        document.log.add("descriptor-invalid", detail, pointer=entry.place("blobSum"))
    return Descriptor(
        media_type="",
        digest=read_digest(document, text, entry, "blobSum") if text else None,
        recorded_digest=text or "",
        size=None,
        urls=(),
        annotations=NO_TEXTS,
        data=None,
        platform=None,
        artifact_type=None,
        pointer=entry.pointer,
    )


def _history(
    document: Document, entry: JsonObject | None, member: str, limits: Limits
) -> V1Layer | None:
    """Read the document within an entry of `history`; what is wrong with it is the manifest's."""
    text = entry.string("v1Compatibility") if entry is not None else None
    if entry is None or text is None:
        if entry is not None:
            detail = "v1Compatibility is missing"
            place = entry.place("v1Compatibility")
            document.log.add("descriptor-invalid", detail, pointer=place)
        return None
    pointer = f"{entry.pointer}/v1Compatibility"
    try:
        layer = parse_v1_layer(text.encode("utf-8", "surrogatepass"), member=member, limits=limits)
    except DocumentError as error:
        document.log.add(error.rule, error.reason, pointer=pointer)
        return None
    for fault in layer.faults:
        document.log.add(
            fault.rule,
            fault.detail,
            pointer=pointer + (fault.pointer or ""),
            recorded=fault.recorded,
            severity=fault.severity,
        )
    return layer


def _tell_chain(document: Document, root: JsonObject, history: list[V1Layer | None]) -> None:
    """Tell every entry whose parent is not the entry below it.

    A repeated id is passed over by readers; a base of Windows may have a parent elsewhere.
    """
    for number, layer in enumerate(history):
        is_base = number == len(history) - 1
        under = None if is_base else history[number + 1]
        if layer is None or (under is None and not is_base):
            continue
        due = under.id if under is not None else None
        is_repeated = under is not None and layer.id == due
        if layer.parent == due or is_repeated or (is_base and layer.os == "windows"):
            continue
        said = f"its parent is {layer.parent}" if layer.parent else "it has no parent"
        document.log.add(
            "legacy-id-mismatch",
            f"{said}, {f'the layer below is {due}' if due else 'nothing lies below'}",
            pointer=f"{root.pointer}/history/{number}/v1Compatibility",
            recorded=layer.parent,
        )

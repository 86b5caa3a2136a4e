"""Archives with documents of any bytes: what the recipes of `tests.builders` would never write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.builders import (
    Built,
    Expected,
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_oci,
    descriptor,
    dumps,
    sha256,
    tar_layer,
)
from tests.recipes import CONFIG_TYPE, INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.tarmaker import Content

__all__ = [
    "APP",
    "HELLO",
    "LAYER",
    "MARKER",
    "NAMED",
    "TOOL",
    "colons",
    "config_of",
    "docker",
    "entry_of",
    "gzip_layer",
    "image_of_config",
    "image_of_layers",
    "index_of",
    "layer_of",
    "layout",
    "manifest_of",
    "oci",
]

Document = dict[str, object]

#: A small tar, and one that is another.
HELLO: Final = tar_layer({"etc/hello": b"hi\n"})
TOOL: Final = tar_layer({"bin/tool": b"#!/bin/sh\n"})

LAYER: Final = LayerRecipe(tar=HELLO)
#: One image of one gzip layer, named `app:1`.
APP: Final = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
#: Annotations that name a descriptor of `index.json`.
NAMED: Final = {"io.containerd.image.name": "docker.io/library/app:1"}
#: `oci-layout`.
MARKER: Final = b'{"imageLayoutVersion":"1.0.0"}'

_NOTHING: Final = Expected(())


def oci(*images: ImageRecipe) -> Built:
    """A layout of images, by default of `APP`."""
    return build_oci(images or (APP,))


def config_of(*tars: bytes, **more: object) -> bytes:
    """A config of these layers; keys of `more` are added or take the place of its own."""
    rootfs = {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]}
    return dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs, **more})


def layer_of(blob: bytes, **more: object) -> Document:
    """The descriptor of a layer as stored; plain tar unless `mediaType` says otherwise."""
    return {**descriptor(LAYER_TYPE, blob), **more}


def gzip_layer(tar: bytes) -> bytes:
    """A layer's tar in gzip."""
    return LayerRecipe(tar=tar).blob


def manifest_of(config: bytes, /, *layers: Mapping[str, object], **more: object) -> bytes:
    """A manifest; keys of `more` are added or take the place of its own."""
    document: Document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(CONFIG_TYPE, config),
        "layers": list(layers),
    }
    return dumps({**document, **more})


def entry_of(manifest: bytes, **more: object) -> Document:
    """The descriptor of a manifest, or of what `mediaType` says, in an index."""
    return {**descriptor(MANIFEST_TYPE, manifest), **more}


def index_of(*entries: Mapping[str, object], **more: object) -> bytes:
    """An index; keys of `more` are added or take the place of its own."""
    document = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": list(entries)}
    return dumps({**document, **more})


def layout(index: bytes, *blobs: bytes) -> Built:
    """A layout of these blobs, each under its true name, and this `index.json`."""
    members: list[tuple[str, Content]] = [
        *sorted({blob_name(blob): blob for blob in blobs}.items()),
        ("index.json", index),
        ("oci-layout", MARKER),
    ]
    return Built(tuple(members), _NOTHING)


def image_of_config(config: bytes, *blobs: bytes) -> Built:
    """A layout of one image with a config of any bytes; layers are `blobs`, stored plain."""
    stored = blobs or (HELLO,)
    manifest = manifest_of(config, *map(layer_of, stored))
    return layout(index_of(entry_of(manifest)), manifest, config, *stored)


def image_of_layers(*layers: tuple[bytes, Mapping[str, object]], tars: Sequence[bytes]) -> Built:
    """A layout of one image: each layer's stored bytes with its descriptor, and the diff_ids."""
    config = config_of(*tars)
    manifest = manifest_of(config, *(record for _, record in layers))
    blobs = [blob for blob, _ in layers]
    return layout(index_of(entry_of(manifest)), manifest, config, *blobs)


def docker(*items: Mapping[str, object], **members: Content) -> Built:
    """A docker archive of these entries; keywords are members, `__` in them is a dot."""
    listed = [(name.replace("__", "."), content) for name, content in members.items()]
    return Built((*listed, ("manifest.json", dumps(list(items)))), _NOTHING)


def colons(built: Built) -> Built:
    """The blobs under names that no rule of the layout vouches for, as apko writes them."""
    for name in built.files:
        if name.startswith("blobs/sha256/"):
            built = built.rename(name, f"sha256:{name.removeprefix('blobs/sha256/')}")
    return built

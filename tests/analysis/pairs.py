"""Two images, written as archives and compared."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from layertar import diff
from tests.builders import ImageRecipe, LayerRecipe, build_oci, tar_layer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from layertar.report.diff_model import Diff

__all__ = ["compared", "image", "layer"]


def layer(name: str, text: str = "", created_by: str | None = None) -> LayerRecipe:
    """A layer of one file, made by an instruction of that name unless another is given."""
    tar = tar_layer({f"srv/{name}": f"{name} {text}".encode()})
    return LayerRecipe(tar=tar, created_by=f"RUN {name}" if created_by is None else created_by)


def image(*layers: LayerRecipe, **config: object) -> ImageRecipe:
    """An image of these layers, its `config` with these keys."""
    extra: Mapping[str, object] = {"config": {"Cmd": ["/bin/hello"], **config}}
    return ImageRecipe(layers=layers, names=("docker.io/library/app:1",), config_extra=extra)


def compared(
    a: ImageRecipe, b: ImageRecipe, *, ignore: Collection[str] = (), verify: bool = False
) -> Diff:
    """Compare them, each in an OCI archive of its own."""
    sources = [io.BytesIO(build_oci([recipe]).tar()) for recipe in (a, b)]
    return diff(*sources, ignore=ignore, verify=verify, parts=("layers", "config", "history"))

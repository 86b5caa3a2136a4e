"""Strategies: archives of every shape from small recipes, whole and damaged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.builders import (
    CODECS,
    Built,
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    attestation,
    build_docker,
    build_docker_v1,
    build_hybrid,
    build_oci,
    oras_artifact,
    ref_names,
    signature,
    tar_layer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["built_archives", "damaged_archives", "images"]

_NAMES = ["docker.io/library/app:1", "docker.io/library/app:2", "localhost:5000/x/y:latest"]
_PLATFORMS = [
    PlatformName(),
    PlatformName("linux", "arm64", "v8"),
    PlatformName("linux", "arm", "v7"),
    PlatformName("windows"),
]
_FILES = st.dictionaries(
    st.sampled_from(["etc/a", "usr/b", "c", "{"]), st.binary(max_size=40), max_size=3
)

_SHAPES: dict[str, Callable[[list[ImageRecipe]], Built]] = {
    "graphdriver": build_hybrid,
    "containerd": partial(build_hybrid, store="containerd"),
    "1.10": partial(build_docker, style="1.10"),
    "skopeo": partial(build_docker, style="skopeo"),
    "ggcr": partial(build_docker, style="ggcr"),
    "v1": build_docker_v1,
}


@st.composite
def layers(draw: st.DrawFn) -> LayerRecipe:
    """A layer, in any compression; now and then no tar, or none at all."""
    files = draw(_FILES)
    tar = draw(st.sampled_from([tar_layer(files), tar_layer(files), bytes(1024), b"", b"no tar"]))
    codec = draw(st.sampled_from(CODECS))
    return LayerRecipe(tar=tar, compression=codec)


@st.composite
def images(draw: st.DrawFn) -> ImageRecipe:
    """An image of up to four layers, of which some may be the same."""
    return ImageRecipe(
        layers=tuple(draw(st.lists(layers(), min_size=1, max_size=4))),
        names=tuple(draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=2))),
        platform=draw(st.sampled_from(_PLATFORMS)),
        history=draw(st.sampled_from([None, (), ({"created_by": "x", "empty_layer": True},)])),
    )


def _oci(draw: st.DrawFn, found: list[ImageRecipe]) -> Built:
    kinds = draw(
        st.lists(st.sampled_from(["none", "attestation", "signature", "oras"]), max_size=2)
    )
    makers = {"attestation": attestation, "signature": signature}
    artifacts = [makers[kind](found[0]) for kind in kinds if kind in makers]
    if "oras" in kinds:
        artifacts.append(oras_artifact({"file": b"content"}, subject=found[0]))
    nested = draw(st.booleans())
    if draw(st.booleans()):
        return build_oci(found, artifacts=artifacts, nested_index=nested, naming=ref_names)
    return build_oci(found, artifacts=artifacts, nested_index=nested)


@st.composite
def built_archives(draw: st.DrawFn) -> Built:
    """An archive in any producer's shape; no member's name occurs twice."""
    found = draw(st.lists(images(), min_size=1, max_size=2))
    shape = draw(st.sampled_from(["oci", "oci", *_SHAPES]))
    return _oci(draw, found) if shape == "oci" else _SHAPES[shape](found)


@st.composite
def damaged_archives(draw: st.DrawFn) -> Built:
    """An archive of which up to two members are altered, emptied, swapped or gone."""
    built = draw(built_archives())
    for _ in range(draw(st.integers(0, 2))):
        files = sorted(set(built.files))
        if not files:
            break
        name, other = draw(st.sampled_from(files)), draw(st.sampled_from(files))
        content = built[name]
        match draw(st.sampled_from(["flip", "cut", "add", "empty", "swap", "remove", "json"])):
            case "flip" if content:
                place = draw(st.integers(0, len(content) - 1))
                flipped = bytes([content[place] ^ (1 << draw(st.integers(0, 7)))])
                built = built.replace(name, content[:place] + flipped + content[place + 1 :])
            case "cut":
                built = built.replace(name, content[: draw(st.integers(0, len(content)))])
            case "add":
                built = built.replace(name, content + draw(st.binary(min_size=1, max_size=600)))
            case "empty":
                built = built.replace(name, b"")
            case "swap":
                built = built.replace(name, built[other]).replace(other, content)
            case "remove":
                built = built.remove(name)
            case _:
                built = built.replace(name, draw(st.sampled_from([b"{}", b"[]", b"null", b"[{}]"])))
    return built

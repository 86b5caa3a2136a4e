"""Two builds of one image, such as a diff is made for: what differs is of every sort."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.analysis.trees import File, Tree, tar_of
from tests.builders import ImageRecipe, LayerRecipe, build_hybrid

if TYPE_CHECKING:
    from tests.builders import Built

__all__ = ["NEW", "OLD"]


def _directories(*paths: str) -> Tree:
    return {path: File("directory", mode=0o755) for path in paths}


_BASE: Tree = {
    **_directories("bin", "etc", "usr", "usr/lib"),
    "bin/sh": File("file", b"\x7fELF" * 25_000, 0o755),
    "etc/os-release": File("file", b"NAME=Example\n"),
    "usr/lib/libc.so": File("file", b"libc" * 300_000, 0o755),
}
_DEPS = {
    **_directories("usr/lib/python"),
    **{
        f"usr/lib/python/module_{number}.py": File("file", b"x = 1\n" * 2000, mtime=1_700_000_000)
        for number in range(40)
    },
}
_APP = {
    **_directories("app", "app/static"),
    "app/main.py": File("file", b"print('hello')\n" * 60, 0o644),
    "app/run.sh": File("file", b"#!/bin/sh\n", 0o644),
    "app/current": File("symlink", b"main.py"),
    "app/static/logo.svg": File("file", b"<svg/>" * 400),
    "app/static/old.css": File("file", b"a {}\n" * 100),
}
_NEW_APP = {
    **{path: file for path, file in _APP.items() if not path.endswith(".css")},
    "app/main.py": File("file", b"print('hello, world')\n" * 60, 0o644),
    "app/run.sh": replace(_APP["app/run.sh"], mode=0o755),
    "app/current": File("symlink", b"run.sh"),
}
_MODELS = {
    **_directories("srv", "srv/models"),
    "srv/models/small.bin": File("file", b"model" * 20_000),
    "srv/models/large.bin": File("file", b"model" * 300_000),
    "srv/models/README": File("file", b"from the lab\n"),
}


def _layer(tree: Tree, created_by: str) -> LayerRecipe:
    return LayerRecipe(tar=tar_of(sorted(tree.items())), created_by=created_by)


_BASE_LAYER = _layer(_BASE, "ADD rootfs.tar.xz / # buildkit")
_INSTALL, _COPY = "RUN /bin/sh -c pip install flask # buildkit", "COPY app /app # buildkit"
_LATER = {
    path: replace(file, mtime=1_700_100_000) if file.kind == "file" else file
    for path, file in _DEPS.items()
}


def _image(layers: tuple[LayerRecipe, ...], version: str, debug: str) -> ImageRecipe:
    day = f"2026-11-0{version}T08:00:00Z"
    steps: list[dict[str, object]] = [{"created": day, "created_by": each.created_by}
                                      for each in layers]  # fmt: skip
    steps[0]["created"] = "2026-10-01T00:00:00Z"
    steps.insert(1, {"created": day, "created_by": f"ENV DEBUG={debug}", "empty_layer": True})
    config = {
        "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", f"DEBUG={debug}"],
        "Cmd": ["python3", "/app/main.py"],
        "Labels": {"org.opencontainers.image.version": version},
    }
    return ImageRecipe(
        layers=layers,
        names=(f"docker.io/library/app:{version}",),
        config_extra={"created": day, "config": config},
        history=tuple(steps),
    )


#: The image as it was, and as it was built anew.
OLD: Built = build_hybrid(
    [_image((_BASE_LAYER, _layer(_DEPS, _INSTALL), _layer(_APP, _COPY)), "1", "0")]
)
NEW: Built = build_hybrid(
    [
        _image(
            (
                _BASE_LAYER,
                _layer(_LATER, _INSTALL),
                _layer(_MODELS, "COPY models /srv/models # buildkit"),
                _layer(_NEW_APP, _COPY),
            ),
            "2",
            "1",
        )
    ]
)

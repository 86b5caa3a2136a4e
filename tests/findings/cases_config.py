"""Rules about configs: their names, their counts, and what they say against what others say."""

from __future__ import annotations

from layertar import Severity
from layertar.findings import Effect
from tests.builders import Built, build_docker, dumps, sha256
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    TOOL,
    config_of,
    docker,
    entry_of,
    image_of_config,
    index_of,
    layer_of,
    layout,
    manifest_of,
)

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_GGCR = build_docker([APP], style="ggcr")


def _user(user: str) -> Built:
    return image_of_config(config_of(HELLO, config={"User": user}))


def _listed(platform: dict[str, str], **own: str) -> Built:
    """One image, and the platform that `index.json` and that its config say."""
    config = config_of(HELLO, **own)
    manifest = manifest_of(config, layer_of(HELLO))
    return layout(index_of(entry_of(manifest, platform=platform)), manifest, config, HELLO)


def _many(count: int) -> Built:
    """One image of so many layers, all the same."""
    config = config_of(*[HELLO] * count)
    manifest = manifest_of(config, *[layer_of(HELLO)] * count)
    return layout(index_of(entry_of(manifest)), manifest, config, HELLO)


def _named_config(name: str, content: bytes) -> Built:
    """A docker archive whose config has this name."""
    item = {"Config": name, "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    return docker(item, layer__tar=HELLO).add(name, content)


_NO_DIFF_IDS: tuple[object, ...] = (
    None,
    {},
    {"type": "layers", "diff_ids": None},
    {"diff_ids": []},
)
_ROOTFS = {"type": "layers", "diff_ids": [sha256(HELLO)]}
_SPRING = dumps({"Architecture": "amd64", "Os": "linux", "RootFS": _ROOTFS})
_HEX = sha256(_CONFIG).removeprefix("sha256:")
_UNKNOWN_NAME = f"blobs/blake3/{'a' * 64}"

_RUN_NOTHING: tuple[object, ...] = (None, {}, {"Cmd": []}, {"Cmd": None, "Env": ["A=1"]})

CASES = (
    *(
        Case(
            rule="config-name-mismatch",
            severity=_E,
            effect=Effect.FAILED,
            fires=_named_config(name, _CONFIG + b"\n"),
            near=_named_config(name, _CONFIG),
        )
        for name in (f"{_HEX}.json", f"sha256:{_HEX}", f"configs/sha256/{_HEX}")
    ),
    Case(
        rule="config-unanchored",
        severity=_N,
        effect=Effect.NONE,
        fires=_named_config("config.json", _CONFIG),
        near=_named_config(f"{_HEX}.json", _CONFIG),
    ),
    Case(  # As many digits as sha256 has, but of another algorithm.
        rule="config-unanchored",
        severity=_N,
        effect=Effect.NONE,
        fires=_named_config(_UNKNOWN_NAME, _CONFIG),
        near=_GGCR,
    ),
    Case(
        rule="layer-count-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(config_of(HELLO, TOOL)),
        near=image_of_config(config_of(HELLO)),
    ),
    Case(
        rule="layer-count-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(config_of(HELLO), HELLO, TOOL),
        near=image_of_config(config_of(HELLO, TOOL), HELLO, TOOL),
    ),
    *(
        Case(
            rule="layer-count-mismatch",
            severity=_E,
            effect=Effect.FAILED,
            fires=image_of_config(config_of(HELLO, rootfs=rootfs)),
            near=image_of_config(config_of(HELLO, rootfs=_ROOTFS)),
        )
        for rootfs in _NO_DIFF_IDS
    ),
    Case(
        rule="history-layer-count",
        severity=_W,
        effect=Effect.NONE,
        fires=image_of_config(config_of(HELLO, history=[{}, {}])),
        near=image_of_config(config_of(HELLO, history=[{}, {"empty_layer": True}])),
    ),
    Case(
        rule="history-layer-count",
        severity=_N,
        effect=Effect.NONE,
        fires=image_of_config(config_of(HELLO, history=[{"empty_layer": True}])),
        near=image_of_config(config_of(HELLO, history=[])),
    ),
    Case(
        rule="config-platform-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_listed({"os": "linux", "architecture": "arm64"}),
        near=_listed({"os": "linux", "architecture": "amd64", "variant": "v1"}),
    ),
    Case(
        rule="config-platform-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_listed(
            {"os": "linux", "architecture": "arm", "variant": "v6"},
            architecture="arm",
            variant="v7",
        ),
        near=_listed(
            {"os": "linux", "architecture": "arm64", "variant": "v8"}, architecture="arm64"
        ),
    ),
    Case(
        rule="config-rootfs-type",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(config_of(HELLO, rootfs={**_ROOTFS, "type": "layer"})),
        near=image_of_config(config_of(HELLO, rootfs={**_ROOTFS, "type": "layers+base"})),
    ),
    *[
        Case(  # Go's readers refuse the whole config for one of these.
            rule="json-wrong-type",
            severity=_E,
            effect=Effect.FAILED,
            fires=image_of_config(config_of(HELLO, config=wrong)),
            near=image_of_config(config_of(HELLO, config=right)),
        )
        for wrong, right in (
            ({"Cmd": {}}, {"Cmd": "/bin/hello"}),
            ({"Entrypoint": ["/bin/hello", 7]}, {"Entrypoint": ["/bin/hello", "7"]}),
            ({"WorkingDir": 7}, {"WorkingDir": None}),
            ({"StopSignal": 9}, {"StopSignal": "9"}),
            ({"ExposedPorts": ["80/tcp"]}, {"ExposedPorts": {"80/tcp": None, "80/TCP": {}}}),
            ({"Volumes": "/data"}, {"Volumes": {"/data": {}, "/Data": {}}}),
        )
    ],
    Case(
        rule="config-missing-field",
        severity=_W,
        effect=Effect.NONE,
        fires=image_of_config(config_of(HELLO, os="", config={"Cmd": ["/bin/hello"]})),
        near=image_of_config(config_of(HELLO, created=None, config={"Cmd": ["/bin/hello"]})),
    ),
    Case(
        rule="config-missing-field",
        severity=_W,
        effect=Effect.NONE,
        fires=image_of_config(config_of(HELLO, os="", config={"Entrypoint": ["/bin/hello"]})),
        near=image_of_config(config_of(HELLO, config={"Entrypoint": ["/bin/hello"]})),
    ),
    *(
        Case(  # Nothing is run of it.
            rule="config-missing-field",
            severity=_N,
            effect=Effect.NONE,
            fires=image_of_config(config_of(HELLO, os="", architecture="", config=config)),
            near=image_of_config(config_of(HELLO, config=config)),
        )
        for config in _RUN_NOTHING
    ),
    Case(
        rule="config-key-case",
        severity=_W,
        effect=Effect.NONE,
        fires=image_of_config(_SPRING),
        near=image_of_config(_CONFIG),
    ),
    Case(
        rule="config-key-case",
        severity=_W,
        effect=Effect.NONE,
        fires=docker(
            {"config": f"{_HEX}.json", "repoTags": ["app:1"], "layers": ["layer.tar"]},
            layer__tar=HELLO,
            **{f"{_HEX}__json": _CONFIG},
        ),
        near=_named_config(f"{_HEX}.json", _CONFIG),
    ),
    Case(
        rule="layer-count-excessive",
        severity=_W,
        effect=Effect.NONE,
        fires=_many(126),
        near=_many(125),
    ),
    Case(
        rule="config-user-overflow",
        severity=_W,
        effect=Effect.NONE,
        fires=_user("2147483648:1000"),
        near=_user("2147483647:1000"),
    ),
    Case(
        rule="config-user-overflow",
        severity=_W,
        effect=Effect.NONE,
        fires=_user("1000:4294967296"),
        near=_user("user4294967296:staff"),
    ),
)

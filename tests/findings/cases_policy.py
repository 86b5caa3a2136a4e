"""Rules of policies: each fires at what is just beyond what the policy says, and not before."""

from __future__ import annotations

from dataclasses import replace

from layertar import Severity
from layertar.findings import Effect
from tests.builders import Built, ImageRecipe, LayerRecipe, attestation, build_hybrid, sha256
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    NAMED,
    TOOL,
    config_of,
    docker,
    entry_of,
    gzip_layer,
    image_of_config,
    image_of_layers,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.oci_builders import build_oci
from tests.recipes import LAYER_TYPE

_OTHER = ImageRecipe(layers=(LayerRecipe(tar=TOOL),), names=("docker.io/library/tool:1",))
_FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
_GZIP = gzip_layer(HELLO)


def _broken(rule: str, policy: str, fires: Built, near: Built, **more: str) -> Case:
    """A case of a rule that is an error and leaves the verdict."""
    return Case(
        rule=rule,
        severity=Severity.ERROR,
        effect=Effect.NONE,
        fires=fires,
        near=near,
        policy=policy,
        near_policy=more.get("near_policy"),
    )


def _entry(rule: str, policy: str, near_policy: str, also: tuple[str, ...] = ()) -> Case:
    """A case of what is told of an entry of the policy."""
    return Case(
        rule=rule,
        severity=Severity.NOTE,
        effect=Effect.NONE,
        fires=oci(),
        near=oci(),
        policy=policy,
        near_policy=near_policy,
        also=also,
    )


def _run_as(user: str | None, **more: object) -> Built:
    runtime = {"Cmd": ["/bin/hello"]} | ({} if user is None else {"User": user})
    return image_of_config(config_of(HELLO, config=runtime, **more))


def _created(instant: str | None) -> Built:
    more = {} if instant is None else {"created": instant}
    return image_of_config(config_of(HELLO, **more))


def _labelled(**labels: str) -> Built:
    return image_of_config(config_of(HELLO, config={"Cmd": ["/a"], "Labels": labels}))


def _annotated(where: str, **annotations: str) -> Built:
    """An image whose manifest, or the descriptor of it, has annotations."""
    config = config_of(HELLO)
    of_manifest = {"annotations": annotations} if where == "manifest" else {}
    of_entry = {"annotations": annotations} if where == "descriptor" else {}
    manifest = manifest_of(config, layer_of(HELLO), **of_manifest)
    return layout(index_of(entry_of(manifest, **of_entry)), manifest, config, HELLO)


def _named(name: str) -> Built:
    return oci(replace(APP, names=(name,)))


def _tagged(tag: str) -> Built:
    """What a layout records where only a tag is given."""
    config = config_of(HELLO)
    manifest = manifest_of(config, layer_of(HELLO))
    entry = entry_of(manifest, annotations={"org.opencontainers.image.ref.name": tag})
    return layout(index_of(entry), manifest, config, HELLO)


def _views(index: list[ImageRecipe], manifest: list[ImageRecipe]) -> Built:
    built = build_hybrid(index, store="containerd")
    other = build_hybrid(manifest, store="containerd")["manifest.json"]
    return built.replace("manifest.json", other)


def _layers(*layers: bytes) -> Built:
    return image_of_layers(*((layer, layer_of(layer)) for layer in layers), tars=layers)


def _windows(user: str) -> Built:
    return _run_as(user, os="windows", architecture="amd64")


def _docker(*, foreign: bool) -> Built:
    """A docker archive whose entry says that its layer is to be fetched, or nothing of it."""
    config = config_of(HELLO)
    source = {sha256(HELLO): layer_of(HELLO, mediaType=_FOREIGN)}
    item: dict[str, object] = {"Config": "a.json", "RepoTags": ["app:1"], "Layers": ["b.tar"]}
    more = {"LayerSources": source} if foreign else {}
    return docker(item | more, a__json=config, b__tar=HELLO)


_BOTH = len(HELLO) + len(TOOL)
_ROOT = 'forbid = ["user-root"]\n'
_MINE = f'[[ignore]]\nrule = "policy-user-root"\nreason = "r"\ndigest = "{sha256(APP.manifest)}"\n'
_MOVES = 'forbid = ["unpinned-name"]'
_AGE = '[budget]\nmax-created-age = "90d"'
_LABEL = '[require]\nlabels = ["source"]'
_NOTE = '[require]\nannotations = ["source=https://*"]'
_TYPES = '[allow]\nmedia-types = ["*.manifest.v1+json", "*.config.v1+json", "*.v1.tar"]'

CASES = (
    _broken("policy-max-size", f"[budget]\nmax-size = {_BOTH - 1}", _layers(HELLO, TOOL),
            _layers(HELLO, TOOL), near_policy=f"[budget]\nmax-size = {_BOTH}"),
    _broken("policy-max-layer-size", f"[budget]\nmax-layer-size = {len(HELLO) - 1}",
            _layers(HELLO), _layers(HELLO), near_policy=f"[budget]\nmax-layer-size = {len(HELLO)}"),
    _broken("policy-max-layers", "[budget]\nmax-layers = 1", _layers(HELLO, TOOL), _layers(HELLO)),
    _broken("policy-max-created-age", _AGE, _created("2026-09-02T11:59:59Z"),
            _created("2026-09-02T12:00:00.000000001Z")),
    _broken("policy-max-created-age", _AGE, _created("2026-12-02T12:00:01Z"),
            _created("2026-12-02T14:00:00+02:00")),
    _broken("policy-max-created-age", _AGE, _created(None), _created("2026-12-01T00:00:00Z")),
    _broken("policy-label-missing", _LABEL, _labelled(), _labelled(source="here")),
    _broken("policy-label-missing", _LABEL, _labelled(source=""), _labelled(source="here")),
    _broken("policy-annotation-missing", _NOTE, _annotated("manifest", source="http://a"),
            _annotated("manifest", source="https://a")),
    _broken("policy-annotation-missing", _NOTE, oci(),
            _annotated("descriptor", source="https://a", **NAMED)),
    _broken("policy-media-type", _TYPES,
            image_of_layers((_GZIP, layer_of(_GZIP, mediaType=f"{LAYER_TYPE}+gzip")),
                            tars=[HELLO]), _layers(HELLO)),
    _broken("policy-platform", '[allow]\nplatforms = ["linux/arm64"]',
            image_of_config(config_of(HELLO)),
            image_of_config(config_of(HELLO, architecture="arm64", variant="v8"))),
    _broken("policy-compression", '[allow]\ncompressions = ["none", "zstd"]',
            image_of_layers((_GZIP, layer_of(_GZIP, mediaType=f"{LAYER_TYPE}+gzip")),
                            tars=[HELLO]), _layers(HELLO)),
    _broken("policy-foreign-layer", 'forbid = ["foreign-layers"]',
            image_of_layers((HELLO, layer_of(HELLO, mediaType=_FOREIGN)), tars=[HELLO]),
            _layers(HELLO)),
    _broken("policy-foreign-layer", 'forbid = ["foreign-layers"]',
            image_of_layers((HELLO, layer_of(HELLO, urls=["https://example.com/layer"])),
                            tars=[HELLO]), image_of_layers((HELLO, layer_of(HELLO, urls=[])),
                                                           tars=[HELLO])),
    _broken("policy-foreign-layer", 'forbid = ["foreign-layers"]', _docker(foreign=True),
            _docker(foreign=False)),
    *(_broken("policy-user-root", _ROOT, _run_as(user), _run_as("app"))
      for user in (None, "", "root", "0", "00:1000", "root:app")),
    _broken("policy-user-root", _ROOT, _windows("ContainerAdministrator"), _windows("")),
    _broken("policy-user-root", _ROOT, _run_as("0:5"), _run_as("5:0")),
    _broken("policy-unpinned-name", _MOVES, _named("docker.io/library/app:latest"),
            _named("docker.io/library/app:1")),
    _broken("policy-unpinned-name", _MOVES, _tagged("latest"), _tagged("latest-stable")),
    _broken("policy-unnamed-image", 'forbid = ["unnamed-image"]', oci(replace(APP, names=())),
            oci()),
    _broken("policy-multiple-images", 'forbid = ["multiple-images"]', oci(APP, _OTHER), oci()),
    _broken("policy-artifact", 'forbid = ["artifacts"]',
            build_oci([APP], artifacts=[attestation(APP)]), oci()),
    _broken("policy-views-differ", "require-views-agree = true", _views([APP, _OTHER], [APP]),
            _views([APP, _OTHER], [APP, _OTHER])),
    _broken("policy-views-differ", "require-views-agree = true", _views([APP, _OTHER], [APP]),
            oci()),
    _entry("policy-ignore-unused", _MINE, _ROOT + _MINE),
    _entry("policy-ignore-expired", f"{_ROOT}{_MINE}until = 2026-11-30",
           f"{_ROOT}{_MINE}until = 2026-12-01", also=("policy-user-root",)),
    _entry("policy-ignore-expired", f"{_MINE}until = 2026-11-30", _ROOT + _MINE),
)  # fmt: skip

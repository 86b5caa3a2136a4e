"""Rules about what the files of layers are and hold, and what configs record in secret."""

from __future__ import annotations

import base64
import io
import struct
from typing import TYPE_CHECKING, Any

import pytest

from layertar import REPORTERS, Limits, Severity, verify
from layertar.findings import Effect
from layertar.findings.checks.contents import RULES
from layertar.report.register import TextStyle
from tests.builders import (
    Built,
    ImageRecipe,
    LayerRecipe,
    build_docker_v1,
    build_hybrid,
    build_oci,
    tar_layer,
)
from tests.findings.cases import Case, examined, told
from tests.findings.shapes import HELLO, gzip_layer, image_of_layers, layer_of
from tests.recipes import LAYER_TYPE
from tests.secrets.samples import SAMPLES, filler
from tests.tar.blocks import file, header, pax
from tests.tarmaker import END, Hardlink, tar_header

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layertar import Finding
    from tests.tarmaker import Content

_W, _N = Severity.WARNING, Severity.NOTE

_SECRETS = {sample.kind: sample for sample in SAMPLES}
_TOKEN, _NO_TOKEN = _SECRETS["github-token"].secret, _SECRETS["github-token"].near
_KEY = _SECRETS["private-key"].secret


def _plain(*members: bytes) -> Built:
    """One image of one layer of these members, stored plain, all digests right."""
    tar = b"".join(members) + END
    return image_of_layers((tar, layer_of(tar)), tars=[tar])


def _mode(name: bytes, mode: int, typeflag: bytes = b"0") -> bytes:
    return tar_header(name, mode=mode, typeflag=typeflag)


def _capable(value: bytes, name: bytes = b"bin/ping") -> bytes:
    return pax((b"SCHILY.xattr.security.capability", value)) + file(name)


_NET_RAW = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)


def _image(*layers: Mapping[str, Content], **config: object) -> ImageRecipe:
    """An image of these files, and a config with these keys."""
    runtime = {"config": config} if config else {}
    recipes = tuple(LayerRecipe(tar=tar_layer(files)) for files in layers or ({"a": b"a"},))
    return ImageRecipe(layers=recipes, names=("docker.io/library/a:1",), config_extra=runtime)


def _with_history(command: str) -> Built:
    recipe = LayerRecipe(tar=HELLO, created_by=command)
    return build_oci([ImageRecipe(layers=(recipe,))])


def _note(rule: str, fires: Built, near: Built) -> Case:
    return Case(rule=rule, severity=_N, effect=Effect.NONE, fires=fires, near=near, content=True)


def _warning(rule: str, fires: Built, near: Built) -> Case:
    return Case(rule=rule, severity=_W, effect=Effect.NONE, fires=fires, near=near, secrets=True)


_DEVICE = header(b"dev/null", 0, b"3", devmajor=b"0000001\0", devminor=b"0000003\0")

CASES = (
    _note("layer-device-node", _plain(_DEVICE), _plain(header(b"dev/log", 0, b"6"))),
    _note("layer-device-node", _plain(header(b"dev/sda", 0, b"4")), _plain(file(b"dev/sda"))),
    _note("layer-setuid", _plain(_mode(b"bin/su", 0o4755)), _plain(_mode(b"bin/su", 0o1755))),
    # Of a directory it says only whose group what is made in it gets.
    _note(
        "layer-setuid",
        _plain(_mode(b"bin/wall", 0o2755)),
        _plain(_mode(b"var/mail/", 0o2755, b"5")),
    ),
    _note(
        "layer-capability",
        _plain(_capable(_NET_RAW)),
        _plain(pax((b"SCHILY.xattr.user.comment", _NET_RAW)) + file(b"bin/ping")),
    ),
    _note(
        "layer-capability",
        _plain(pax((b"LIBARCHIVE.xattr.security.capability", b"AQAAAg==")) + file(b"bin/ping")),
        _plain(file(b"bin/ping")),
    ),
    _warning("layer-secret", _plain(file(b"a", _TOKEN)), _plain(file(b"a", _NO_TOKEN))),
    _warning(
        "config-secret",
        build_oci([_image(Env=["PATH=/bin", "DB_PASSWORD=correct horse"])]),
        build_oci([_image(Env=["PATH=/bin", "DB_PASSWORD="])]),
    ),
    _warning(
        "config-secret",
        build_oci([_image(Labels={"token": _TOKEN.decode()})]),
        build_oci([_image(Labels={"token": ""})]),
    ),
    _warning(
        "config-secret",
        _with_history("RUN |1 NPM_TOKEN=correct-horse /bin/sh -c npm ci # buildkit"),
        _with_history("RUN |1 NPM_TOKEN= /bin/sh -c npm ci # buildkit"),
    ),
)  # fmt: skip


def _found(built: Built, rule: str = "layer-secret", **options: Any) -> list[Finding]:
    options = {"secrets": True, "content": True, **options}
    return told(verify(io.BytesIO(built.tar()), **options).archives[0], rule)


def _words(findings: list[Finding]) -> list[str]:
    """What is said behind the member's name."""
    return [finding.message.split(": ", 2)[2] for finding in findings]


def test_a_secret_that_an_upper_layer_deletes_is_told_with_its_place(tmp_path: Path) -> None:
    lower = tar_layer({"root/x": b"", "root/.aws/key.pem": _KEY})
    upper = tar_layer({"etc/hosts": b"\n"})
    gone = tar_layer({}, whiteouts=["root/.aws/key.pem"])
    image = ImageRecipe(layers=tuple(LayerRecipe(tar=tar) for tar in (lower, upper, gone)))
    report = examined(build_oci([image]), tmp_path, secrets=True, is_unpacked=True)
    (finding,) = told(report, "layer-secret")
    assert finding.message.endswith(
        "root/.aws/key.pem: a private key at byte 0; deleted by layer 2"
    )
    assert (finding.location.layer, finding.measured) == (0, "private-key")
    assert finding.location.offset is not None
    assert lower[finding.location.offset :].startswith(_KEY)


@pytest.mark.parametrize(
    ("upper", "fate"),
    [
        (tar_layer({"b": b""}), ""),
        (tar_layer({}, whiteouts=["etc"]), "; deleted by layer 1"),
        (tar_layer({}, opaque=["etc"]), "; deleted by layer 1"),
        (tar_layer({"etc/key": b""}), "; overwritten by layer 1"),
        (tar_layer({"etc": b""}), "; deleted by layer 1"),
    ],
)
def test_it_is_said_how_upper_layers_hide_what_is_told(upper: bytes, fate: str) -> None:
    lower = b"".join(
        (file(b"etc/key", _TOKEN), _capable(_NET_RAW, b"etc/ping"), _mode(b"etc/su", 0o4755))
    )
    image = ImageRecipe(layers=(LayerRecipe(tar=lower + END), LayerRecipe(tar=upper)))
    built = build_oci([image])
    assert _words(_found(built)) == [f"etc/key: a GitHub token at byte 7{fate}"]
    if "overwritten" not in fate:
        (su,) = _words(_found(built, "layer-setuid"))
        assert su == f"etc/su: it runs as user 0 (mode 4755){fate}"
        (ping,) = _words(_found(built, "layer-capability"))
        assert ping == f"etc/ping: it has cap_net_raw=ep{fate}"


def test_what_the_same_layer_overwrites_is_told_as_well() -> None:
    built = _plain(file(b"key", _TOKEN), file(b"key", b"none"))
    assert _words(_found(built)) == ["key: a GitHub token at byte 7; overwritten by the same layer"]


def test_what_another_name_still_shows_is_not_deleted() -> None:
    lower = tar_layer({"etc/key": _TOKEN, "var/key": Hardlink("etc/key")})
    upper = tar_layer({}, whiteouts=["etc/key"])
    layers = (LayerRecipe(tar=lower), LayerRecipe(tar=upper))
    built = build_oci([ImageRecipe(layers=layers)])
    assert _words(_found(built)) == ["etc/key: a GitHub token at byte 7"]


def test_a_layer_of_two_images_is_told_of_once_and_both_fates_are() -> None:
    lower = LayerRecipe(tar=tar_layer({"etc/key": _TOKEN}))
    gone = LayerRecipe(tar=tar_layer({}, whiteouts=["etc/key"]))
    built = build_oci([ImageRecipe(layers=(lower,)), ImageRecipe(layers=(lower, gone))])
    (finding,) = _found(built)
    messages = [finding.message, *(each.message for each in finding.related)]
    assert sorted(message.partition("; ")[2] for message in messages) == ["", "deleted by layer 1"]


def test_images_that_share_layers_a_hundred_times_are_told_of_within_a_bound() -> None:
    layers = [LayerRecipe(tar=tar_layer({"etc/key": _TOKEN, f"{n}": b""})) for n in range(10)]
    images = [ImageRecipe(layers=tuple(layers[n:] + layers[:n])) for n in range(10)]
    limits = Limits(listed_entries=30)
    found = _found(build_oci(images), limits=limits)
    assert len(found) == len(layers)
    bounds = _found(build_oci(images), "limit-exceeded", limits=limits)
    assert all("too many entries together" in finding.message for finding in bounds)
    assert len(bounds) == len(layers)
    assert _found(build_oci(images), "limit-exceeded") == []


def test_an_image_is_warned_of_whoever_shares_its_layer() -> None:
    layer = LayerRecipe(tar=tar_layer({"key": _TOKEN}))
    images = [
        ImageRecipe(layers=(layer,) * count, names=(f"docker.io/library/{name}:1",))
        for count, name in ((1, "a"), (2, "b"))
    ]
    for name in ("a:1", "b:1"):
        assert {each.severity for each in _found(build_oci(images), image=name)} == {_W}


def test_two_views_of_an_image_tell_it_once() -> None:
    image = _image({"etc/key": _TOKEN}, Env=["DB_PASSWORD=correct horse"])
    (finding,) = _found(build_hybrid([image]))
    assert finding.related == ()
    assert len(_found(build_hybrid([image]), "config-secret")) == 1


def test_each_kind_of_a_file_is_told_once_and_counted() -> None:
    built = _plain(file(b"keys", _KEY * 3 + _TOKEN))
    assert _words(_found(built)) == [
        "keys: a private key at byte 0, and 2 more",
        f"keys: a GitHub token at byte {len(_KEY) * 3 + 7}",
    ]


def test_beyond_a_bound_files_are_only_counted() -> None:
    members = [file(b"%d" % n, _TOKEN) + _mode(b"s%d" % n, 0o4711) for n in range(10)]
    built, limits = _plain(*members), Limits(layer_finds=3)
    assert [words.partition(":")[0] for words in _words(_found(built, limits=limits))] == [
        "0",
        "1",
        "2",
    ]
    for rule in ("layer-secret", "layer-setuid"):
        assert _words(_found(built, rule, limits=limits))[-1].endswith("(and 7 more files)")


def test_what_was_not_listed_for_a_bound_is_told() -> None:
    members = [file(b"%d" % n, _TOKEN) for n in range(5)]
    built = _plain(file(b"a", _NO_TOKEN), *(member + _DEVICE for member in members))
    limits = Limits(listed_entries=-1)
    assert len(_found(built, limits=limits)) == len(members)
    assert _found(built, "layer-device-node", limits=limits) == []
    (finding,) = _found(built, "limit-exceeded", limits=limits)
    assert "more entries than are listed" in finding.message
    assert finding.severity is _W


def test_where_links_lead_through_too_much_the_fates_are_not_known() -> None:
    links = b"".join(header(b"l%d" % n, 0, b"2", b"l%d" % (n + 1)) for n in range(9))
    built = _plain(links, file(b"l0/key", _TOKEN))
    (finding,) = _found(built, "limit-exceeded", limits=Limits(path_steps=1))
    assert "was not found out" in finding.message
    assert len(_found(built, limits=Limits(path_steps=1))) == 1


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_no_report_ever_shows_a_value(sample: Any) -> None:
    value = max(sample.secret.decode().split("'"), key=len)[-40:].strip()
    assert len(value) > 8
    settings = {"Env": [f"APP_TOKEN={value}"], "Labels": {"a.token": value}}
    image = _image({sample.path: sample.secret}, **settings)
    report = verify(io.BytesIO(build_hybrid([image]).tar()), secrets=True)
    assert told(report.archives[0], "layer-secret")
    for name in REPORTERS:
        out = io.StringIO()
        REPORTERS[name](TextStyle()).write(report, out)
        assert value not in out.getvalue(), name


def test_a_config_s_places_are_told() -> None:
    image = ImageRecipe(
        layers=(LayerRecipe(tar=HELLO),),
        config_extra={"config": {"Env": ["A=1", "API_KEY=abc"], "Labels": {"db.password": "abc"}}},
        history=(
            {"created_by": "CMD", "empty_layer": True},
            {"created_by": "RUN git clone https://me:correct@git.test/a"},
        ),
    )
    found = _found(build_oci([image]), "config-secret")
    assert [(each.location.pointer, each.measured) for each in found] == [
        ("/config/Env", "secret-setting"),
        ("/config/Labels", "secret-setting"),
        ("/history/1/created_by", "url-password"),
    ]
    assert [each.message.partition(": ")[2] for each in found] == [
        "the variable API_KEY: a value under a name that says it is secret",
        "the label db.password: a value under a name that says it is secret",
        "history entry 1: a password within a URL",
    ]


def test_a_history_with_several_is_told_by_kind() -> None:
    command = f"RUN |1 NPM_TOKEN=correct-horse curl -u me:horse https://a.test {_TOKEN.decode()}"
    found = _found(_with_history(command), "config-secret")
    assert sorted(each.measured or "" for each in found) == [
        "basic-auth",
        "github-token",
        "secret-setting",
    ]


def test_the_json_of_old_docker_s_layers_is_looked_at() -> None:
    recipe = LayerRecipe(tar=tar_layer({"key": _TOKEN}), created_by="RUN x --password correct")
    built = build_docker_v1([ImageRecipe(layers=(recipe,))])
    (name,) = [name for name in built.files if name.endswith("/json")]
    document = built[name].replace(b'"Cmd":["/bin/hello"]', b'"Env":["API_KEY=abc"]')
    built = built.replace(name, document)
    assert [each.location.pointer for each in _found(built, "config-secret")] == [
        "/config/Env",
        "/container_config/Cmd",
    ]
    assert len(_found(built)) == 1


def test_a_layer_within_its_descriptor_is_looked_at() -> None:
    tar = file(b"key", _TOKEN) + END
    data = base64.b64encode(tar).decode()
    built = image_of_layers((tar, layer_of(tar, data=data)), tars=[tar])
    built = built.remove(next(name for name in built.files if built[name] == tar))
    assert len(_found(built)) == 1


def test_a_layer_that_breaks_off_is_an_error_and_nothing_is_told_of_its_files() -> None:
    tar = file(b"key", _TOKEN) + END
    cut = gzip_layer(tar)[:-9]
    built = image_of_layers((cut, layer_of(cut, mediaType=f"{LAYER_TYPE}+gzip")), tars=[tar])
    report = verify(io.BytesIO(built.tar()), secrets=True).archives[0]
    assert told(report, "layer-secret") == []
    assert told(report, "layer-stream-truncated")


def test_nothing_is_looked_for_that_nobody_asked_for() -> None:
    built = _plain(_DEVICE, file(b"a", _TOKEN), _mode(b"su", 0o4755), _capable(_NET_RAW))
    names = {rule.name for rule in RULES}
    for content, secrets in ((False, False), (True, False), (False, True), (True, True)):
        report = verify(io.BytesIO(built.tar()), content=content, secrets=secrets)
        found = {each.rule.name for each in report.archives[0].findings} & names
        assert found.isdisjoint(report.unchecked)
        assert found | set(report.unchecked) | {"config-secret"} == names


def test_only_the_chosen_image_is_warned_of() -> None:
    one = _image({"key": _TOKEN}, Env=["API_KEY=abc"])
    other = ImageRecipe(layers=(LayerRecipe(tar=HELLO),), names=("docker.io/library/b:1",))
    built = build_oci([one, other])
    for rule in ("layer-secret", "config-secret"):
        assert [each.severity for each in _found(built, rule, image="b:1")] == [_N]
        assert [each.severity for each in _found(built, rule, image="a:1")] == [_W]


def test_many_files_in_many_layers_are_all_seen() -> None:
    layers = [
        {f"usr/{at}": filler(at % 700).encode() for at in range(300)} | {f"key{n}": _TOKEN}
        for n in range(5)
    ]
    built = build_oci([_image(*layers)])
    assert sorted(each.location.layer or 0 for each in _found(built)) == [0, 1, 2, 3, 4]

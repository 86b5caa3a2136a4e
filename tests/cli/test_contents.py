"""`verify --content` and `--secrets`, as a user has them: from a file, a pipe and a directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from layertar.cli._exit import ExitCode
from layertar.cli._options import Format
from tests.builders import Built, ImageRecipe, LayerRecipe, build_oci, tar_layer
from tests.cli.command import run
from tests.secrets.samples import SAMPLES
from tests.tarmaker import END, tar_header

if TYPE_CHECKING:
    from pathlib import Path

_TOKEN = next(each.secret for each in SAMPLES if each.kind == "gitlab-token")
_VALUE = _TOKEN.split(b"'")[1].decode()


def _built() -> Built:
    lower = tar_layer({"srv/app/deploy.sh": _TOKEN})[: -len(END)]
    lower += tar_header(b"bin/su", mode=0o4755) + END
    layers = (
        LayerRecipe(tar=lower),
        LayerRecipe(tar=tar_layer({}, whiteouts=["srv"]), created_by=f"RUN echo {_VALUE} >x"),
    )
    image = ImageRecipe(
        layers=layers,
        names=("docker.io/library/app:1",),
        config_extra={"config": {"Cmd": ["x"], "Env": ["DB_PASSWORD=correct horse"]}},
    )
    return build_oci([image])


@pytest.fixture(params=["file", "pipe", "directory"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, bytes]:
    built = _built()
    if request.param == "pipe":
        return "-", built.tar()
    if request.param == "directory":
        return str(built.directory(tmp_path / "saved")), b""
    file = tmp_path / "saved.tar"
    file.write_bytes(built.tar())
    return str(file), b""


def test_what_is_asked_for_is_found_however_the_archive_comes(source: tuple[str, bytes]) -> None:
    name, stdin = source
    ran = run("verify", "--secrets", "--content", "--format", "json", name, stdin=stdin)
    assert ran.code == ExitCode.OK
    found = json.loads(ran.out)["archives"][0]["findings"]
    wanted = ("layer-secret", "config-secret", "layer-setuid")
    assert sorted(
        (each["rule"], each["severity"], each["location"]["layer"], each["measured"])
        for each in found
        if each["rule"] in wanted
    ) == [
        ("config-secret", "warning", None, "gitlab-token"),
        ("config-secret", "warning", None, "secret-setting"),
        ("layer-secret", "warning", 0, "gitlab-token"),
        ("layer-setuid", "note", 0, "4755"),
    ]


def test_it_fails_where_warnings_are_to(source: tuple[str, bytes]) -> None:
    name, stdin = source
    assert run("verify", "--fail-on", "warning", name, stdin=stdin).code == ExitCode.OK
    args = ("--secrets", "--fail-on", "warning")
    assert run("verify", *args, name, stdin=stdin).code == ExitCode.FINDINGS
    one = ("--severity", "layer-secret=error")
    assert run("verify", "--secrets", *one, name, stdin=stdin).code == ExitCode.FINDINGS


@pytest.mark.parametrize("form", [form.value for form in Format])
def test_no_format_shows_a_value_and_each_says_where(form: str, tmp_path: Path) -> None:
    file = tmp_path / "saved.tar"
    file.write_bytes(_built().tar())
    ran = run("verify", "--secrets", "--format", form, file)
    assert _VALUE not in ran.out + ran.err
    assert "correct horse" not in ran.out + ran.err
    assert "srv/app/deploy.sh" in ran.out
    assert "a GitLab token at byte 7" in ran.out


def test_a_token_is_called_by_its_variable_and_nothing_more(tmp_path: Path) -> None:
    file = tmp_path / "saved.tar"
    file.write_bytes(_built().tar())
    out = run("verify", "--secrets", file).out
    assert "the variable DB_PASSWORD: a value under a name that says it is secret" in out
    assert "history entry 1: a GitLab token" in out
    assert "RUN echo *** >x" in out
    assert f"RUN echo {_VALUE} >x" in run("verify", file).out

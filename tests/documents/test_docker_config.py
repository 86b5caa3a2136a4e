"""A config as Docker Engine reads it: what is null, what is empty, and what is left out."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import DocumentError, Verdict
from layertar.analysis.docker_image import DockerImage
from layertar.documents import familiar, normalise
from layertar.documents.docker_config import RuntimeConfig, parse_docker_config
from layertar.limits import DEFAULT_LIMITS
from layertar.report.docker_inspect import write_docker
from tests.report.hostile import HOSTILE


def shown(document: object) -> dict[str, Any]:
    """What `inspect --docker` prints of a config."""
    config = parse_docker_config(json.dumps(document).encode(), limits=DEFAULT_LIMITS)
    image = DockerImage("app.tar", None, (), (), "", config, (), None, None, Verdict.RECORDED)
    out = StringIO()
    write_docker([image], out)
    assert out.getvalue().isascii()
    [found] = json.loads(out.getvalue())
    assert isinstance(found, dict)
    return found


def test_an_empty_config_has_null_for_arrays_and_maps() -> None:
    assert parse_docker_config(b"{}", limits=DEFAULT_LIMITS).config == RuntimeConfig()
    found = shown({})
    assert found["Created"] == "0001-01-01T00:00:00Z"
    config = found["Config"]
    nulls = {"Env", "Cmd", "Volumes", "Entrypoint", "OnBuild", "Labels"}
    assert {key for key, value in config.items() if value is None} == nulls
    optional = {"ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "StopTimeout", "Shell"}
    assert optional.isdisjoint(config)
    assert {"Variant", "OsVersion"}.isdisjoint(found)


def test_what_a_config_says_is_kept_under_dockers_names() -> None:
    config = {
        "Hostname": "h",
        "User": "1000:1000",
        "AttachStdout": True,
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
        "Env": ["A=b"],
        "Cmd": ["sh", "-c", "true"],
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 30000000000, "Retries": 3},
        "ArgsEscaped": True,
        "Volumes": {"/data": {}},
        "WorkingDir": "/w",
        "Entrypoint": ["/e"],
        "OnBuild": [],
        "Labels": {},
        "StopSignal": "SIGTERM",
        "StopTimeout": 0,
        "Shell": ["/bin/bash", "-c"],
    }
    found = shown({"config": config, "os": "windows", "os.version": "10.0", "variant": "v8"})
    assert {key: found["Config"][key] for key in config} == config
    assert (found["OsVersion"], found["Variant"]) == ("10.0", "v8")


@pytest.mark.parametrize("key", ["Cmd", "Entrypoint", "Shell"])
def test_one_word_stands_for_an_array_of_it(key: str) -> None:
    assert shown({"config": {key: "sh"}})["Config"][key] == ["sh"]


def test_a_comment_is_the_documents_else_that_of_the_last_step() -> None:
    steps = [{"comment": "first"}, {"comment": "last"}]
    assert shown({"history": steps})["Comment"] == "last"
    assert shown({"history": steps, "comment": "own"})["Comment"] == "own"


@pytest.mark.parametrize(
    ("recorded", "due"),
    [
        ("2024-01-02T03:04:05.120000Z", "2024-01-02T03:04:05.12Z"),
        ("2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:50Z", "2024-01-02T03:04:50Z"),
        ("2024-01-02T03:04:05.10+02:00", "2024-01-02T03:04:05.1+02:00"),
        ("2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05Z"),
    ],
)
def test_an_instant_is_written_as_go_writes_it(recorded: str, due: str) -> None:
    assert shown({"created": recorded})["Created"] == due


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_is_a_string_and_nothing_else(text: str) -> None:
    labels = shown({"config": {"Labels": {text: text}, "Env": [text]}})["Config"]["Labels"]
    [(key, value)] = labels.items()
    assert key == value
    assert len(labels) == 1


@given(st.recursive(st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3), st.lists))
def test_fields_of_another_type_are_as_absent(value: object) -> None:
    keys = ("Env", "Labels", "Volumes", "Healthcheck", "StopTimeout", "User", "Tty")
    found = shown({"config": dict.fromkeys(keys, value), "history": value, "author": value})
    assert set(keys) - {"Healthcheck", "StopTimeout"} <= set(found["Config"])


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(DocumentError):
        parse_docker_config(b"{", limits=DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("docker.io/library/app:1", "app:1"),
        ("docker.io/a/app:1", "a/app:1"),
        ("docker.io/library/a/app:1", "library/a/app:1"),
        ("ghcr.io/a/app:1", "ghcr.io/a/app:1"),
        ("app", "app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("not a name", "not a name"),
    ],
)
def test_a_name_is_shortened_as_docker_shows_it(name: str, due: str) -> None:
    assert familiar(name) == due
    assert normalise(familiar(name)) == normalise(name)

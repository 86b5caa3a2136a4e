from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.documents import is_full, is_reference, normalise
from tests.documents.build import digest

DIGEST = digest("manifest")


@pytest.mark.parametrize(
    ("name", "complete"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("library/busybox", "docker.io/library/busybox:latest"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/busybox", "docker.io/library/busybox:latest"),
        ("docker.io/library/busybox:latest", "docker.io/library/busybox:latest"),
        ("user/app", "docker.io/user/app:latest"),
        ("quay.io/user/app:v1", "quay.io/user/app:v1"),
        ("quay.io/app", "quay.io/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("myhost/app", "docker.io/myhost/app:latest"),
        ("MyHost/app", "MyHost/app:latest"),
        ("[::1]:5000/app:v1", "[::1]:5000/app:v1"),
        ("example.com:80/a/b/c", "example.com:80/a/b/c:latest"),
        (f"busybox@{DIGEST}", f"docker.io/library/busybox@{DIGEST}"),
        (f"quay.io/a:v1@{DIGEST}", f"quay.io/a:v1@{DIGEST}"),
        ("a__b/c.d-e_f--g", "docker.io/a__b/c.d-e_f--g:latest"),
        ("app:" + "t" * 128, "docker.io/library/app:" + "t" * 128),
    ],
)
def test_a_reference_is_completed_for_comparison(name: str, complete: str) -> None:
    assert is_reference(name)
    assert normalise(name) == complete
    assert normalise(complete) == complete


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":latest",
        "busybox:",
        "busybox:-x",
        "busybox\n",
        "busybox:latest\n",
        "Busybox",
        "user/App",
        "a//b",
        "/a",
        "a/",
        "-a",
        "a_",
        "a___b",
        "é",
        "a:é",
        "http://example.com/a",
        "busybox@sha256:short",
        "busybox@",
        "app:" + "t" * 129,
        "a" * 256,
        "f" * 64,
        "a" * 1_000_000,
        "bad_host.com/a",
        "\udc80",
    ],
)
def test_what_is_no_reference_stays_as_it_is(name: str) -> None:
    assert not is_reference(name)
    assert not is_full(name)
    assert normalise(name) == name


@pytest.mark.parametrize("name", ["latest", "v1.2", "3.12", "localhost"])
def test_what_could_be_a_tag_is_no_full_name(name: str) -> None:
    assert not is_full(name)


@pytest.mark.parametrize(
    "name", ["busybox:latest", "user/app", "quay.io/app", f"busybox@{DIGEST}", "localhost:5000/a"]
)
def test_what_says_more_than_a_tag_is_a_full_name(name: str) -> None:
    assert is_full(name)


@given(st.text() | st.text(alphabet="ab.:/@-_A0\n[]"))
def test_completing_any_text_twice_is_completing_it_once(name: str) -> None:
    once = normalise(name)
    assert normalise(once) == once
    assert is_reference(name) or once == name

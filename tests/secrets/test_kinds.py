"""Each kind of secret: one that is seen, one that nearly is one and is not."""

from __future__ import annotations

import pytest

from layertar.limits import Limits
from layertar.secrets import KINDS, scan
from tests.secrets.samples import SAMPLES, Sample, signed_token
from tests.secrets_page import PAGE, secrets_page

# What only a config has: see `test_texts`.
_OF_CONFIGS = {"basic-auth"}


def _scan(content: bytes, path: str) -> list[str]:
    return [sighting.kind for sighting in scan(content, path.encode())]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_a_secret_is_seen_once_and_as_what_it_is(sample: Sample) -> None:
    assert _scan(sample.secret, sample.path) == [sample.kind]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_what_nearly_is_a_secret_is_none(sample: Sample) -> None:
    assert _scan(sample.near, sample.path) == []


@pytest.mark.parametrize(
    "sample",
    [sample for sample in SAMPLES if sample.path != SAMPLES[0].path],
    ids=lambda sample: sample.kind,
)
def test_what_a_name_says_is_looked_for_in_files_of_that_name_only(sample: Sample) -> None:
    assert _scan(sample.secret, "usr/share/doc/manual.txt") == []
    assert _scan(sample.secret, f"./somewhere/else/{sample.path}") == [sample.kind]


@pytest.mark.parametrize("payload", ['{"sub":"1234567890","name":"x"}', '{"some":"payload"}'])
def test_the_token_of_every_manual_is_no_secret(payload: str) -> None:
    assert _scan(signed_token(payload=payload).encode(), "README") == []
    other = payload.replace("1234567890", "1234567891").replace("some", "same")
    assert _scan(signed_token(payload=other).encode(), "README") == ["json-web-token"]


def test_every_kind_has_a_sample() -> None:
    assert {sample.kind for sample in SAMPLES} == KINDS.keys() - _OF_CONFIGS


def test_the_page_has_every_kind() -> None:
    assert PAGE.read_text(encoding="utf-8") == secrets_page()
    assert all(f"| `{name}` |" in secrets_page() for name in KINDS)
    assert f"At most {Limits().layer_finds} files" in secrets_page()


def test_every_kind_says_what_it_is_and_who_says_so() -> None:
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.summary.split()[0] in {"a", "an", "the"}
        assert not kind.summary.endswith(".")
        assert kind.source

"""The scanner: what it finds depends on the bytes alone, not on how they come."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.secrets import SecretScanner, Sighting, scan
from tests.secrets.samples import SAMPLES, Sample, filler

_WINDOW = 64 * 1024


def _feed(content: bytes, path: str, step: int) -> list[Sighting]:
    scanner = SecretScanner()
    scanner.begin(path.encode())
    for at in range(0, len(content), step):
        scanner.feed(memoryview(content)[at : at + step])
    return list(scanner.finish())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@given(before=st.integers(0, 2 * _WINDOW), step=st.integers(1000, 3 * _WINDOW))
def test_pieces_do_not_change_what_is_found(sample: Sample, before: int, step: int) -> None:
    content = b"\n" * before + sample.secret + b"\n" * _WINDOW
    whole = scan(sample.secret, sample.path.encode())
    assert _feed(content, sample.path, step) == [
        Sighting(each.kind, each.offset + before, each.times) for each in whole
    ]


@pytest.mark.parametrize("around", range(-8, 9))
def test_one_at_a_window_s_end_is_found_once(around: int) -> None:
    for sample in SAMPLES:
        content = b" " * (_WINDOW - len(sample.secret) // 2 + around) + b"\n" + sample.secret
        assert [(each.kind, each.times) for each in _feed(content, sample.path, 4096)] == [
            (sample.kind, 1)
        ]


def test_byte_by_byte_is_the_same() -> None:
    for sample in SAMPLES:
        whole = scan(sample.secret, sample.path.encode())
        assert _feed(sample.secret, sample.path, 1) == list(whole)


def test_places_are_the_first_of_each_kind_and_the_rest_is_counted() -> None:
    first, second = SAMPLES[0], SAMPLES[2]
    content = b"\n".join([b"a" * 100, first.secret, second.secret] * 3)
    found = scan(content)
    assert [(each.kind, each.times) for each in found] == [(first.kind, 3), (second.kind, 3)]
    assert found[0].offset == 101 + len("key = '")


def test_a_file_forgets_the_one_before() -> None:
    scanner = SecretScanner()
    scanner.begin(b"a")
    scanner.feed(SAMPLES[0].secret)
    scanner.begin(b"b")
    assert scanner.finish() == ()
    scanner.begin(b"c")
    half = len(SAMPLES[0].secret) // 2
    scanner.feed(SAMPLES[0].secret[:half])
    scanner.begin(b"d")
    scanner.feed(SAMPLES[0].secret[half:])
    assert scanner.finish() == ()


def test_a_token_within_a_longer_word_is_none() -> None:
    for sample in SAMPLES:
        if sample.secret.startswith(b"key = '") and sample.kind != "terraform-token":
            word = sample.secret.removeprefix(b"key = '")
            assert scan(b"x" + word) == (), sample.kind


@given(st.binary(max_size=2000), st.sampled_from([sample.path for sample in SAMPLES]))
def test_any_bytes_are_taken(content: bytes, path: str) -> None:
    assert all(0 <= each.offset < len(content) for each in scan(content, path.encode()))


def test_a_large_file_takes_no_more_memory_than_a_window() -> None:
    scanner = SecretScanner()
    scanner.begin(b"large")
    piece = filler(_WINDOW).encode()
    scanner.feed(piece)
    tracemalloc.start()
    for _ in range(100):
        scanner.feed(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * _WINDOW


@pytest.mark.parametrize(
    "part",
    [
        b"-----BEGIN PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----MIIE",
        b"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t/",
        b"eyJhbGciOiJIUzI1NiJ9eyJh.",
        b"sk-aaaaaaaaaaaaaaaaaaaaT3BlbkFJ",
        b'a="',
        b"password ",
        b"://a:",
        b'"auth":"AAAA',
        b"_authToken",
    ],
)
def test_what_begins_a_thousand_times_and_never_ends_is_soon_done_with(part: bytes) -> None:
    """Were each begin to look at all that follows, this would take hours."""
    content = part * (1_000_000 // len(part))
    for path in (b"x", b".npmrc", b".env", b".docker/config.json", b".netrc", b".pgpass"):
        scan(content, path)

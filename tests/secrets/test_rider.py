"""The rider: the files of a layer are scanned in its one reading, whatever form they have in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layertar.limits import Limits
from layertar.secrets import SecretRider, scan
from layertar.tar import LayerWalker
from tests.secrets.samples import SAMPLES, filler
from tests.tar.blocks import file, header, pax
from tests.tarmaker import END

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.secrets import FileSecrets

_LONG_NAME = b"very/long/" + b"n" * 200
# One of each kind, between files that hold none.
FILES = [
    (path, content)
    for number, sample in enumerate(SAMPLES)
    for path, content in (
        (f"usr/lib/{number}".encode(), filler(number * 37, seed="between").encode()),
        (f"home/{number}/{sample.path}".encode(), sample.secret),
        (f"tmp/{number}/{sample.path}".encode(), sample.near),
    )
]


def _ride(tar: bytes, step: int = 1 << 20, limits: Limits | None = None) -> SecretRider:
    rider = SecretRider(limits or Limits())
    walker = LayerWalker(limits or Limits(), rider=rider)
    for at in range(0, len(tar), step):
        walker.feed(memoryview(tar)[at : at + step])
    walker.finish()
    rider.finish()
    return rider


def _told(files: Iterable[FileSecrets], tar: bytes) -> list[tuple[bytes, list[str]]]:
    for each in files:
        # The offsets lead to the value, or to the line that opens a key.
        for sighting in each.sightings:
            assert tar[each.offset + sighting.offset : each.offset + sighting.offset + 1].strip()
    return [(each.path, [one.kind for one in each.sightings]) for each in files]


_EXPECTED = [
    (path, kinds)
    for path, content in FILES
    if (kinds := [sighting.kind for sighting in scan(content, path)])
]


@pytest.mark.parametrize("step", [1, 100, 512, 5000, 1 << 20])
def test_every_file_is_scanned_however_the_layer_comes(step: int) -> None:
    tar = b"".join(file(path, content) for path, content in FILES) + END
    assert len(_EXPECTED) == len(SAMPLES)
    assert _told(_ride(tar, step).files, tar) == _EXPECTED


@pytest.mark.parametrize("step", [4096, 1 << 20])
def test_members_that_are_not_plain_are_scanned_too(step: int) -> None:
    path, content = b"etc/key", SAMPLES[0].secret
    members = [
        pax((b"path", _LONG_NAME)) + file(b"x", content),
        pax((b"mtime", b"1.5")) + file(path, content),
        file(path, content, magic=bytes(8)),
        file(b"./" + path, content),
        header(b"etc/link", 0, b"2", b"key"),
        header(b"etc/", 0, b"5"),
        file(path, content),
    ]
    tar = b"".join(members) + END
    assert [each.path for each in _ride(tar, step).files] == [_LONG_NAME, path, path, path, path]


def test_one_that_fills_its_last_block_is_seen_before_whatever_follows() -> None:
    for sample in SAMPLES:
        secret = sample.secret.rstrip(b"'\n;")
        content = b" " * (-len(secret) % 512) + secret
        if not scan(content, sample.path.encode()):
            continue
        tar = file(sample.path.encode(), content) + file(b"Aword", b"next") + END
        assert [each.path for each in _ride(tar).files] == [sample.path.encode()], sample.kind


def test_one_that_only_two_files_make_together_is_none() -> None:
    whole = SAMPLES[0].secret
    for cut in range(1, len(whole)):
        tar = file(b"a", whole[:cut]) + file(b"b", whole[cut:]) + END
        for each in _ride(tar).files:
            content = whole[:cut] if each.path == b"a" else whole[cut:]
            assert scan(content) == each.sightings


def test_more_than_a_bound_are_counted() -> None:
    tar = b"".join(file(b"%d" % n, SAMPLES[0].secret) for n in range(10)) + END
    rider = _ride(tar, limits=Limits(layer_finds=3))
    assert ([each.path for each in rider.files], rider.more) == ([b"0", b"1", b"2"], 7)


def test_what_came_of_a_file_that_is_cut_short_is_judged() -> None:
    tar = file(b"etc/key", SAMPLES[0].secret + b" " * 5000)[:1500]
    assert [each.path for each in _ride(tar).files] == [b"etc/key"]


def test_the_order_of_files_does_not_matter() -> None:
    files = FILES[::-2] + FILES[-2::-2]
    tar = b"".join(file(path, content) for path, content in files) + END
    assert sorted(_told(_ride(tar).files, tar)) == sorted(_EXPECTED)


def test_data_of_other_members_are_no_files() -> None:
    tar = pax((b"comment", SAMPLES[0].secret)) + file(b"x", b"y") + END
    assert _ride(tar).files == []

"""Archives made to spend time and memory, with the bounds shrunken: each is told by name.

`python -m benchmarks.hostile` runs the real sizes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import lz4.frame
import pytest
import zstandard

from layertar import verify
from layertar.codec import WINDOWS
from layertar.image.model import Verdict
from layertar.limits import Limits
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_oci,
    tar_layer,
    write_tar,
)
from tests.members.opened import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layertar import ArchiveReport

MIB = 1 << 20
ARCHIVE = build_oci([ImageRecipe(layers=(LayerRecipe(tar=tar_layer({"a": b"hi"})),))]).tar()
SMALL = Limits(outer_sure_size=MIB, outer_members=100)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _alone(data: bytes) -> bytes:
    return lzma.compress(data, format=lzma.FORMAT_ALONE)


def _lz4(data: bytes) -> bytes:
    compressed: bytes = lz4.frame.compress(data)
    return compressed


WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "zstd": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "lzma": _alone,
    "lz4": _lz4,
}
every_wrapper = pytest.mark.parametrize("name", WRAPPERS)


def report(data: bytes, limits: Limits | None = None) -> ArchiveReport:
    return verify(io.BytesIO(data), limits=limits or Limits()).archives[0]


def rules(found: ArchiveReport) -> set[str]:
    return {finding.rule.name for finding in found.findings}


@every_wrapper
def test_every_wrapper_is_taken_off_and_told(name: str, tmp_path: Path) -> None:
    data = WRAPPERS[name](ARCHIVE)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(data)
    for found in (report(data), verify(path).archives[0]):
        assert found.verdict is Verdict.VERIFIED
        assert found.outer_compression == (name,)
        assert "outer-compression" in rules(found)


def test_what_is_called_compressed_and_is_not_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(ARCHIVE)
    found = verify(path).archives[0]
    assert (found.verdict, found.outer_compression) == (Verdict.VERIFIED, ())


@pytest.mark.parametrize("inner", WRAPPERS)
def test_two_wrappers_are_taken_off_and_a_third_is_told(inner: str) -> None:
    data = _gzip(WRAPPERS[inner](ARCHIVE))
    assert report(data).verdict is Verdict.VERIFIED
    assert report(data).outer_compression == ("gzip", inner)
    (finding,) = report(bz2.compress(data)).findings
    assert finding.rule.name == "input-not-an-archive"
    assert f"compressed 3 times ({inner} in gzip in bzip2)" in finding.message


@every_wrapper
@pytest.mark.parametrize(("tail", "words"), [(b"junk", "4 bytes"), (bytes(3), "3 zero bytes")])
def test_what_trails_a_wrapper_is_told(name: str, tail: bytes, words: str) -> None:
    found = report(WRAPPERS[name](ARCHIVE) + tail)
    (told,) = (each for each in found.findings if each.rule.name.endswith("trailing-data"))
    assert told.rule.name == "outer-compression-trailing-data"
    assert words in told.message


@every_wrapper
def test_a_cut_wrapper_is_told(name: str) -> None:
    found = report(WRAPPERS[name](ARCHIVE)[:-2])
    assert "outer-compression-truncated" in rules(found)


@pytest.mark.parametrize("count", [1, 2])
@every_wrapper
def test_a_bomb_behind_the_end_is_left_unread(name: str, count: int) -> None:
    wrap = WRAPPERS[name]
    data = wrap(ARCHIVE) + wrap(bytes(2 * MIB))
    if count == 2:
        data = _gzip(data)
    assert "limit-exceeded" in rules(report(data, SMALL))
    assert report(data, SMALL).verdict is Verdict.UNVERIFIABLE
    assert report(data).verdict is Verdict.VERIFIED


def test_a_ratio_that_no_single_gzip_has_stops_the_reading() -> None:
    huge = write_tar([("zeros", bytes(4 * MIB))])
    limits = Limits(outer_sure_size=MIB)
    assert "limit-exceeded" not in rules(report(_gzip(huge), limits))
    found = report(_gzip(_gzip(huge)), limits)
    assert "limit-exceeded" in rules(found)
    assert found.verdict is Verdict.UNREADABLE


def test_the_absolute_bound_stops_the_reading() -> None:
    found = report(_gzip(ARCHIVE), Limits(outer_size=2048))
    assert "limit-exceeded" in rules(found)
    assert found.verdict is not Verdict.VERIFIED


@pytest.mark.parametrize(
    "empty",
    [_gzip(b""), bz2.compress(b""), lzma.compress(b""), b"\x50\x2a\x4d\x18" + bytes(4)],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
def test_endless_empty_members_in_a_wrapper_stop_the_reading(empty: bytes) -> None:
    wrap = WRAPPERS["zstd"]
    for each in WRAPPERS.values():
        if each(b"")[:2] == empty[:2]:
            wrap = each
    assert "limit-exceeded" in rules(report(_gzip(wrap(ARCHIVE) + empty * 200), SMALL))


def test_a_wrapper_gives_its_window_back() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 16 * MIB}]
    for data in (ARCHIVE, ARCHIVE + bytes(4 * MIB)):
        report(lzma.compress(data, filters=filters), SMALL)
        with WINDOWS.hold(16 * MIB):
            assert WINDOWS.held == 16 * MIB


def test_a_window_beyond_the_bound_around_the_archive_is_told() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 16 * MIB}]
    found = report(lzma.compress(ARCHIVE, filters=filters), Limits(window=MIB))
    assert (found.verdict, rules(found)) == (Verdict.UNREADABLE, {"limit-exceeded"})


@pytest.mark.parametrize("name", ["xz", "bzip2", "lzma", "lz4"])
def test_a_layer_in_such_a_compression_is_measured_and_told(name: str) -> None:
    tar = tar_layer({"a": b"hi" * 1000})
    layer = LayerRecipe(tar=tar, stored=WRAPPERS[name](tar))
    found = report(build_oci([ImageRecipe(layers=(layer,))]).tar())
    assert found.verdict is Verdict.VERIFIED
    assert found.images[0].layers[0].compression == name
    assert "layer-compression-nonstandard" in rules(found)


@pytest.mark.parametrize(
    "document",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"[]," * 2_000_000 + b"0]", b" " * (21 * MIB)],
    ids=["arrays", "objects", "containers", "size"],
)
def test_a_document_that_would_take_memory_is_told(document: bytes) -> None:
    found = report(
        write_tar([("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", document)])
    )
    assert found.verdict not in (Verdict.VERIFIED, Verdict.INCOMPLETE)
    assert any(rule.startswith("json-") for rule in rules(found))


def test_a_long_chain_of_links_is_followed_as_far_as_the_bound() -> None:
    links = [(f"l{number}", Symlink(f"l{number + 1}")) for number in range(5000)]
    found = report(write_tar([("manifest.json", Symlink("l0")), *links, ("l5000", b"[]")]))
    assert found.verdict is not Verdict.VERIFIED


def test_names_that_no_file_system_holds_are_kept_short_and_apart() -> None:
    names = ["n" * 5000 + end for end in "ab"]
    found = report(write_tar([(names[0], b""), (names[1], b"")])[:-1024] + ARCHIVE)
    assert "member-name-too-long" in rules(found)
    assert not any("duplicate" in rule for rule in rules(found))
    with opened(io.BytesIO(write_tar([(name, b"") for name in names]))) as content:
        assert all(len(member.name) < 5000 for member in content.table)


def test_members_beyond_the_bound_are_told() -> None:
    members = [(f"m{number}", b"") for number in range(40)]
    found = report(write_tar(members)[:-1024] + ARCHIVE, Limits(members=30))
    assert "limit-exceeded" in rules(found)
    assert found.verdict is not Verdict.VERIFIED


def _members() -> list[tuple[str, bytes]]:
    """Return the good archive's files, those first that say what the others are."""
    with tarfile.open(fileobj=io.BytesIO(ARCHIVE)) as tar:
        files = [each for each in tar.getmembers() if each.isfile()]
        read = [(each.name, file.read()) for each in files if (file := tar.extractfile(each))]
    return sorted(read, key=lambda each: each[0] != "index.json")


def _messages(found: ArchiveReport) -> list[str]:
    return [
        message
        for finding in found.findings
        for message in (finding.message, *(each.message for each in finding.related))
    ]


def _assert_unknown(found: ArchiveReport) -> None:
    assert found.verdict is Verdict.INCOMPLETE
    assert rules(found) - {"outer-compression", "member-unexpected"} == {"limit-exceeded"}
    messages = _messages(found)
    assert any("is unknown: a bound ended the reading" in message for message in messages)
    assert not any("is not in the archive" in message for message in messages)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_lies_behind_a_bound_on_members_is_unknown_and_not_missing(
    count: int, tmp_path: Path
) -> None:
    members = _members()
    assert len(members) == 5
    data = write_tar(members)
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    for source in (path, io.BytesIO(data), io.BytesIO(_gzip(data))):
        _assert_unknown(verify(source, limits=Limits(members=count)).archives[0])
    assert verify(path, limits=Limits(members=5)).archives[0].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("count", [2, 3, 4])
def test_what_lies_behind_a_bound_on_a_directory_s_entries_is_unknown_too(
    count: int, tmp_path: Path
) -> None:
    with tarfile.open(fileobj=io.BytesIO(ARCHIVE)) as tar:
        tar.extractall(tmp_path, filter="data")
    _assert_unknown(verify(tmp_path, limits=Limits(members=count)).archives[0])


def test_what_lies_behind_a_bound_on_a_wrapper_is_unknown_and_not_missing() -> None:
    first, *others = _members()
    wrap = zstandard.ZstdCompressor().compress
    near, beyond = (
        wrap(write_tar([first, ("zeros", bytes(size)), *others])) for size in (MIB // 2, 16 * MIB)
    )
    limits = replace(SMALL, outer_ratio=100)
    _assert_unknown(report(beyond, limits))
    assert report(near, limits).verdict is Verdict.VERIFIED


def test_an_image_that_may_lie_behind_a_bound_is_told_so() -> None:
    data = write_tar([("blobs/sha256/x", b""), *_members()])
    found = report(data, Limits(members=1))
    assert (found.verdict, "limit-exceeded" in rules(found)) == (Verdict.UNREADABLE, True)
    assert any("may lie behind" in message for message in _messages(found))


def _bombs(count: int, size: int) -> bytes:
    layers = tuple(
        LayerRecipe(tar=tar_layer({f"{number}": bytes(size)})) for number in range(count)
    )
    return build_oci([ImageRecipe(layers=layers)]).tar()


def test_layers_within_the_bound_of_one_are_bounded_together(tmp_path: Path) -> None:
    data = _bombs(6, MIB)
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    tight = Limits(uncompressed_total=3 * MIB, uncompressed_ratio=1)
    for limits, verdict in (
        (tight, Verdict.UNVERIFIABLE),
        (replace(tight, uncompressed_total=7 * MIB), Verdict.VERIFIED),
        (replace(tight, uncompressed_ratio=5000), Verdict.VERIFIED),
        (replace(tight, uncompressed_total=0), Verdict.VERIFIED),
    ):
        for source in (path, io.BytesIO(data)):
            found = verify(source, limits=limits).archives[0]
            assert found.verdict is verdict
            assert ("limit-exceeded" in rules(found)) == (verdict is Verdict.UNVERIFIABLE)
            assert "bomb-aborted" not in rules(found)

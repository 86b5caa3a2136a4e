from __future__ import annotations

import hashlib
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.codec import Breakage, Compression, Skipped
from layertar.digest import Digest
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import BlobMeasurement, BlobMeter, Depth
from layertar.measure.blob import Stop
from tests.builders import CODECS, Codec, compress, tar_layer
from tests.tarmaker import END

TAR = tar_layer({"etc/hello": b"hi" * 300, "etc/empty": b""})
WHOLE = Depth()
PACKED = [codec for codec in CODECS if codec != "none"]
# Small enough to be fed byte by byte, of every kind that a meter tells apart.
BLOBS = [
    b"",
    b"\x1f",
    b"{}",
    END,
    TAR,
    TAR[:-1],
    TAR[:700],
    b"no tar at all" * 50,
    *(compress(TAR, codec) for codec in PACKED),
    *(compress(TAR, codec)[:-3] for codec in PACKED),
    *(compress(TAR, codec) + bytes(8) for codec in PACKED),
    *(compress(TAR, codec) + b"rest" for codec in PACKED),
    b"\x5e\x2a\x4d\x18\x03\0\0\0abc" + compress(TAR, "zstd"),
    compress(TAR[:512], "gzip") + compress(TAR[512:], "gzip"),
    compress(b"", "gzip"),
]


def measured(
    blob: bytes, *cuts: int, depth: Depth = WHOLE, limits: Limits = DEFAULT_LIMITS
) -> BlobMeasurement:
    """Measure `blob`, fed in the pieces that `cuts` makes of it."""
    meter = BlobMeter(depth, limits)
    edges = [0, *sorted(cuts), len(blob)]
    for start, end in pairwise(edges):
        meter.feed(memoryview(blob)[start:end])
    return meter.finish()


@given(blob=st.sampled_from(BLOBS), data=st.data())
def test_a_measurement_does_not_depend_on_the_pieces(blob: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(blob)), max_size=8))
    assert measured(blob, *cuts) == measured(blob)


@pytest.mark.parametrize("blob", BLOBS)
def test_single_bytes_give_the_same_measurement(blob: bytes) -> None:
    assert measured(blob, *range(1, len(blob))) == measured(blob)


@given(blob=st.binary(max_size=3000))
def test_stored_bytes_are_hashed_as_hashlib_does(blob: bytes) -> None:
    found = measured(blob, depth=Depth(sha512=True))
    assert found.size == len(blob)
    assert found.digest == Digest("sha256", hashlib.sha256(blob).hexdigest())
    assert found.digests["sha512"] == Digest("sha512", hashlib.sha512(blob).hexdigest())


@pytest.mark.parametrize("codec", CODECS)
def test_the_bytes_within_are_hashed_as_hashlib_does(codec: Codec) -> None:
    found = measured(compress(TAR, codec), depth=Depth(sha512=True))
    assert found.compression is Compression(codec)
    assert found.diff_id == Digest("sha256", hashlib.sha256(TAR).hexdigest())
    assert found.diff_ids["sha512"] == Digest("sha512", hashlib.sha512(TAR).hexdigest())
    assert found.uncompressed_size == len(TAR)
    assert found.tar is not None
    assert (found.tar.is_tar, found.tar.entries, found.tar.truncated) == (True, 2, None)
    assert (found.broken, found.trailing, found.aborted, found.unreadable) == (None,) * 4


@pytest.mark.parametrize("codec", PACKED)
def test_a_truncated_stream_is_told_and_its_stored_digest_measured_all_the_same(
    codec: Codec,
) -> None:
    blob = compress(TAR, codec)[:-3]
    found = measured(blob)
    assert found.broken is not None
    assert found.broken.kind is Breakage.TRUNCATED
    assert found.digest == Digest("sha256", hashlib.sha256(blob).hexdigest())
    assert (found.diff_ids, found.uncompressed_size) == ({}, None)


@pytest.mark.parametrize("codec", PACKED)
def test_a_broken_stream_is_told(codec: Codec) -> None:
    # Random bytes do not compress, so the change is in content, and only a checksum shows it.
    noise = random.Random(1).randbytes(5000)  # noqa: S311 - the same on every run
    whole = compress(noise, codec)
    half = len(whole) // 2
    found = measured(whole[:half] + bytes([whole[half] ^ 0x40]) + whole[half + 1 :])
    assert found.broken is not None
    assert found.broken.kind is Breakage.CORRUPT
    assert found.diff_id is None


@pytest.mark.parametrize("rest", [bytes(4), b"rest"])
@pytest.mark.parametrize("codec", ["gzip", "zstd", "bzip2"])
def test_what_follows_a_stream_is_told_with_its_place(codec: Codec, rest: bytes) -> None:
    blob = compress(TAR, codec)
    found = measured(blob + rest)
    assert found.trailing is not None
    assert found.trailing == (4, rest == bytes(4), len(blob))
    assert found.diff_id == Digest("sha256", hashlib.sha256(TAR).hexdigest())


def test_several_gzip_members_are_one_stream() -> None:
    found = measured(compress(TAR[:512], "gzip") + compress(TAR[512:], "gzip"))
    assert found.streams == 2
    assert found.diff_id == Digest("sha256", hashlib.sha256(TAR).hexdigest())


@pytest.mark.parametrize("codec", PACKED)
def test_a_bomb_is_left_off_at_the_bound_and_its_stored_bytes_are_still_hashed(
    codec: Codec,
) -> None:
    bomb = compress(bytes(4 << 20), codec)
    found = measured(bomb, limits=Limits(uncompressed_size=1 << 20))
    assert found.aborted == 1 << 20
    assert (found.diff_ids, found.uncompressed_size) == ({}, None)
    assert found.digest == Digest("sha256", hashlib.sha256(bomb).hexdigest())


def test_a_layer_of_exactly_the_bound_is_measured() -> None:
    blob = compress(bytes(1 << 20), "gzip")
    assert measured(blob, limits=Limits(uncompressed_size=1 << 20)).aborted is None
    assert measured(blob, limits=Limits(uncompressed_size=(1 << 20) - 1)).aborted is not None


def test_no_bound_is_no_bound() -> None:
    found = measured(compress(bytes(1 << 20), "gzip"), limits=Limits(uncompressed_size=0))
    assert found.uncompressed_size == 1 << 20


def test_only_the_outside_is_measured_where_nothing_else_is_wanted() -> None:
    blob = compress(TAR, "gzip")
    found = measured(blob, depth=Depth(inside=False))
    assert found == measured(blob).outside()
    assert (found.compression, found.tar, found.diff_ids) == (Compression.GZIP, None, {})


def test_a_meter_that_is_stopped_looks_into_nothing_more() -> None:
    stop = Stop()
    meter = BlobMeter(Depth(), DEFAULT_LIMITS, stop)
    stop.is_set = True
    meter.feed(compress(bytes(1 << 20), "gzip"))
    assert not meter.finish().uncompressed_size


def test_what_zstd_skips_is_passed_on() -> None:
    skippable = b"\x5e\x2a\x4d\x18\x03\0\0\0abc"
    stored = compress(TAR, "zstd")
    found = measured(stored + skippable)
    assert found.skipped == (Skipped(len(stored) + 8, 3, Digest.of(b"abc")),)
    assert found.outside().skipped == ()
    assert measured(stored).skipped == ()
    assert measured(TAR).skipped == ()


def test_content_is_looked_at_only_where_asked_for() -> None:
    layer = tar_layer({"../x": b"", "y": b""})
    for depth, count in ((Depth(), 1), (Depth(content=False), 0)):
        facts = measured(layer, depth=depth).tar
        assert facts is not None
        assert len(facts.content) == count

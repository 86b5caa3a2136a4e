"""What holds for every decoder, whatever the format and the library."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.codec.decoder import PIECE_SIZE, Breakage
from tests.codec.streams import CASES, NAMES, Case, Outcome, run, text

every_case = pytest.mark.parametrize("case", CASES, ids=NAMES)
some_case = st.sampled_from(CASES)
chunk_sizes = st.lists(st.integers(1, 300), min_size=1, max_size=5)
content = st.one_of(
    st.binary(max_size=2000),
    st.builds(lambda unit, times: unit * times, st.binary(max_size=8), st.integers(0, 50_000)),
)
contents = st.lists(content, min_size=1, max_size=4)


def assert_alike(one: Outcome, other: Outcome) -> None:
    """Compare outcomes of one stream, damaged perhaps.

    How far a library gets ahead of the damage does depend on the chunks.
    """
    shorter, longer = sorted((one.content, other.content), key=len)
    assert longer.startswith(shorter)
    assert one._replace(content=b"") == other._replace(content=b"")


@given(some_case, contents, chunk_sizes)
def test_what_was_compressed_comes_back_however_it_is_cut(
    case: Case, parts: list[bytes], sizes: list[int]
) -> None:
    stored = b"".join(map(case.compress, parts))
    expected = Outcome(b"".join(parts), None, len(parts), 0, trailing_zero=True, trailing_offset=0)
    assert run(case.new(), stored) == expected
    assert run(case.new(), stored, sizes) == expected


@given(some_case, contents, st.binary(max_size=20), chunk_sizes, st.data())
def test_the_outcome_of_a_cut_or_lengthened_stream_does_not_depend_on_the_chunks(
    case: Case, parts: list[bytes], tail: bytes, sizes: list[int], data: st.DataObject
) -> None:
    stored = b"".join(map(case.compress, parts)) + tail
    stored = stored[: data.draw(st.integers(0, len(stored)))]
    assert run(case.new(), stored, sizes) == run(case.new(), stored)


@given(some_case, contents, st.integers(1, 255), chunk_sizes, st.data())
def test_how_a_damaged_stream_breaks_does_not_depend_on_the_chunks(
    case: Case, parts: list[bytes], flip: int, sizes: list[int], data: st.DataObject
) -> None:
    stored = bytearray(b"".join(map(case.compress, parts)))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= flip
    whole, cut = run(case.new(), bytes(stored)), run(case.new(), bytes(stored), sizes)
    assert_alike(whole, cut)


@given(some_case, st.binary(max_size=400), chunk_sizes)
def test_arbitrary_bytes_break_it_or_trail_and_raise_nothing(
    case: Case, data: bytes, sizes: list[int]
) -> None:
    assert run(case.new(), data, sizes).kind is not None
    magic = case.compress(b"")[:6]
    assert_alike(run(case.new(), magic + data, sizes), run(case.new(), magic + data))


@every_case
def test_a_stream_cut_at_any_byte_is_truncated_except_between_members(case: Case) -> None:
    parts = (b"first", b"", text(700))
    members = [case.compress(part) for part in parts]
    borders = {sum(map(len, members[:count])): count for count in (1, 2, 3)}
    stored = b"".join(members)
    for size in range(len(stored) + 1):
        outcome = run(case.new(), stored[:size], (50,))
        if size in borders:
            assert outcome.kind is None, size
            assert outcome.content == b"".join(parts[: borders[size]])
        else:
            assert outcome.kind is Breakage.TRUNCATED, size
        assert outcome.trailing == 0


@every_case
def test_truncation_is_told_with_the_place_and_the_member(case: Case) -> None:
    first, second = case.compress(b"first"), case.compress(text(500))
    decoder = case.new()
    run(decoder, (first + second)[:-1])
    assert decoder.broken is not None
    assert decoder.broken.offset == len(first) + len(second) - 1
    assert decoder.broken.detail.endswith(f"at byte {len(first)}")


@every_case
def test_no_stored_byte_at_all_is_a_truncated_stream(case: Case) -> None:
    decoder = case.new()
    assert list(decoder.feed(b"")) == []
    decoder.finish()
    assert decoder.broken == (Breakage.TRUNCATED, "the stream is empty", 0, 0)


@every_case
def test_a_stream_of_something_else_is_corrupt_from_its_first_byte(case: Case) -> None:
    decoder = case.new()
    outcome = run(decoder, b"usr/bin/false")
    assert (outcome.kind, outcome.members, outcome.trailing) == (Breakage.CORRUPT, 0, 0)
    assert decoder.broken is not None
    assert decoder.broken.offset == 0


@every_case
@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_flipped_byte_breaks_the_stream_or_is_harmless(case: Case, flip: int) -> None:
    parts = (text(300), b"", text(900))
    stored = b"".join(map(case.compress, parts))
    for place in range(len(stored)):
        damaged = bytearray(stored)
        damaged[place] ^= flip
        outcome = run(case.new(), bytes(damaged), (100,))
        # A damaged magic makes trailing bytes of a later member.
        told = outcome.kind is not None or outcome.trailing > 0
        assert told or outcome.content == b"".join(parts), place


@every_case
def test_what_came_before_a_corrupt_member_is_kept(case: Case) -> None:
    broken = bytearray(case.compress(text(900)))
    broken[-10:-5] = b"\xff\xff\xff\xff\xff"
    outcome = run(case.new(), case.compress(b"first") + bytes(broken))
    assert outcome.content.startswith(b"first")
    assert (outcome.kind, outcome.members) == (Breakage.CORRUPT, 2)


@every_case
def test_once_broken_it_swallows_what_it_is_fed(case: Case) -> None:
    decoder = case.new()
    assert list(decoder.feed(b"no magic")) == []
    broken = decoder.broken
    assert broken is not None
    assert list(decoder.feed(case.compress(b"content"))) == []
    decoder.finish()
    assert decoder.broken is broken
    assert (decoder.members, decoder.trailing) == (0, 0)


@every_case
@pytest.mark.parametrize(
    ("tail", "is_zero"),
    [(b"\0", True), (bytes(70_001), True), (b"junk", False), (bytes(70_001) + b"\1", False)],
    ids=["one-zero", "many-zeros", "junk", "junk-after-zeros"],
)
def test_trailing_bytes_are_counted_and_break_nothing(
    case: Case, tail: bytes, *, is_zero: bool
) -> None:
    stored = case.compress(b"content")
    outcome = run(case.new(), stored + tail)
    # Of zeros, whole units of four are padding to xz.
    padding = (len(tail) - len(tail.lstrip(b"\0"))) // 4 * 4 if case.name == "xz" else 0
    expected = len(tail) - padding, is_zero, len(stored) + padding
    assert outcome[3:] == expected
    assert (outcome.content, outcome.kind, outcome.members) == (b"content", None, 1)


@every_case
def test_a_bomb_stops_where_its_consumer_stops_and_takes_no_memory(case: Case) -> None:
    bomb = case.compress(bytes(64 << 20))
    tracemalloc.start()
    try:
        pieces = case.new().feed(bomb)
        assert sum(len(next(pieces)) for _ in range(3)) <= 3 * PIECE_SIZE
        pulled = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        rest = sum(map(len, case.new().feed(bomb)))
        drained = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rest == 64 << 20
    assert max(pulled, drained) < 4 << 20


@every_case
def test_a_larger_content_comes_in_bounded_pieces(case: Case) -> None:
    data = text(3 * PIECE_SIZE + 12345)
    stored = case.compress(data) * 2
    for size in (1 << 20, 70_001):
        assert run(case.new(), stored, (size,)).content == data * 2


@every_case
def test_thousands_of_tiny_members_are_one_stream(case: Case) -> None:
    parts = [b"%d\n" % number for number in range(3000)]
    outcome = run(case.new(), b"".join(map(case.compress, parts)))
    assert (outcome.content, outcome.kind, outcome.members) == (b"".join(parts), None, 3000)

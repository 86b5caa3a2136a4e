"""Headers that are written are read back as what was to be written, here and by `tarfile`."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.limits import DEFAULT_LIMITS
from layertar.tar import Entry, TarParser
from layertar.tar.attributes import attributes_of, pax_of
from layertar.tar.writer import END, Outgoing, padding, write_header

BILLION = 10**9


def parts() -> st.SearchStrategy[bytes]:
    return st.binary(min_size=1, max_size=120).filter(
        lambda part: b"/" not in part and b"\0" not in part and part not in (b".", b"..")
    )


def names() -> st.SearchStrategy[bytes]:
    return st.lists(parts(), min_size=1, max_size=4).map(b"/".join)


def attributes() -> st.SearchStrategy[tuple[tuple[bytes, bytes], ...]]:
    keys = st.sampled_from([b"user.a", b"security.capability", b"user.\xff"])
    return st.dictionaries(keys, st.binary(max_size=30)).map(
        lambda kept: tuple(sorted(kept.items()))
    )


@st.composite
def members(draw: st.DrawFn) -> Outgoing:
    typeflag = draw(st.sampled_from([b"0", b"1", b"2", b"3", b"5", b"6"]))
    name = draw(names()) + (b"/" if typeflag == b"5" else b"")
    number = st.integers(0, (1 << 31) - 1)
    return Outgoing(
        name,
        typeflag,
        mode=draw(st.integers(0, 0o7777)),
        uid=draw(number),
        gid=draw(number),
        mtime=draw(st.integers(-(1 << 62), 1 << 62)),
        target=draw(names()) if typeflag in (b"1", b"2") else b"",
        device=draw(st.tuples(st.integers(0, 4095), st.integers(0, 1 << 20)))
        if typeflag == b"3"
        else (0, 0),
        xattrs=draw(attributes()),
    )


def parsed(raw: bytes) -> Entry:
    parser = TarParser(DEFAULT_LIMITS)
    [entry] = [event for event in parser.feed(raw + END) if isinstance(event, Entry)]
    parser.finish()
    assert not parser.faults
    return entry


@given(members())
def test_a_header_is_read_back_as_it_was_written(member: Outgoing) -> None:
    raw = write_header(member)
    assert len(raw) % 512 == 0
    entry = parsed(raw)
    # What would be odd in an archive is told of, and nothing that readers see differently.
    odd = {"member-name-not-utf8", "tar-special-member"}
    assert {fault.rule for fault in entry.faults} <= odd
    assert entry.name.encode("utf-8", "surrogateescape") == member.name
    assert (entry.link_target or "").encode("utf-8", "surrogateescape") == member.target
    assert entry.typeflag == member.typeflag
    found = attributes_of(entry)
    pax = pax_of(entry.pax)
    assert (found.mode, found.uid, found.gid) == (member.mode, member.uid, member.gid)
    assert found.mtime == member.mtime
    assert pax.xattrs == member.xattrs
    if member.typeflag == b"3":
        assert (entry.devmajor, entry.devminor) == member.device


@given(members())
def test_tarfile_reads_the_same(member: Outgoing) -> None:
    with tarfile.open(fileobj=io.BytesIO(write_header(member) + END)) as tar:
        [info] = tar.getmembers()
    assert info.name.encode("utf-8", "surrogateescape") == member.name.rstrip(b"/")
    assert info.linkname.encode("utf-8", "surrogateescape") == member.target
    assert (info.uid, info.gid, info.type) == (member.uid, member.gid, member.typeflag)


@pytest.mark.parametrize(
    ("member", "blocks"),
    [
        (Outgoing(b"a" * 100, b"0"), 1),
        (Outgoing(b"a" * 101, b"0"), 3),
        (Outgoing(b"d" * 155 + b"/" + b"a" * 100, b"0"), 1),
        (Outgoing(b"d" * 156 + b"/" + b"a", b"0"), 3),
        (Outgoing(b"d" * 100 + b"/", b"5"), 3),
        (Outgoing(b"x/" + b"d" * 99 + b"/", b"5"), 1),
        (Outgoing(b"l", b"2", target=b"t" * 100), 1),
        (Outgoing(b"l", b"2", target=b"t" * 101), 3),
        (Outgoing(b"f", b"0", uid=(1 << 21) - 1), 1),
        (Outgoing(b"f", b"0", uid=1 << 21), 3),
        (Outgoing(b"f", b"0", size=(8 << 30) - 1), 1),
        (Outgoing(b"f", b"0", size=8 << 30), 3),
        (Outgoing(b"f", b"0", mtime=((1 << 33) - 1) * BILLION), 1),
        (Outgoing(b"f", b"0", mtime=(1 << 33) * BILLION), 3),
        (Outgoing(b"f", b"0", mtime=1), 3),
        (Outgoing(b"f", b"0", mtime=-BILLION), 3),
    ],
)
def test_records_are_written_only_for_what_the_fields_cannot_hold(
    member: Outgoing, blocks: int
) -> None:
    raw = write_header(member)
    assert len(raw) == blocks * 512
    # A size is followed by data, which are not here: it is read off the header alone.
    entry = parsed(write_header(member._replace(size=0)))
    assert entry.name.encode() == member.name


@pytest.mark.parametrize(
    ("mtime", "text"),
    [
        (1, b"mtime=0.000000001\n"),
        (-1, b"mtime=-0.000000001\n"),
        (1_500_000_000, b"mtime=1.5\n"),
        (-2 * BILLION, b"mtime=-2\n"),
        (-1_250_000_000, b"mtime=-1.25\n"),
    ],
)
def test_times_are_written_exactly(mtime: int, text: bytes) -> None:
    raw = write_header(Outgoing(b"f", b"0", mtime=mtime))
    assert text in raw
    assert attributes_of(parsed(raw)).mtime == mtime


@pytest.mark.parametrize("length", range(80, 130))
def test_a_record_counts_its_own_digits(length: int) -> None:
    member = Outgoing(b"f", b"0", xattrs=((b"user.a", b"v" * length),))
    assert pax_of(parsed(write_header(member)).pax).xattrs == member.xattrs


def test_long_names_that_are_no_text_say_that_they_are_bytes() -> None:
    assert b"hdrcharset=BINARY" in write_header(Outgoing(b"\xff" * 101, b"0"))
    assert b"hdrcharset" not in write_header(Outgoing("é".encode() * 60, b"0"))


def test_data_are_filled_up_to_whole_blocks() -> None:
    assert [len(padding(size)) for size in (0, 1, 511, 512, 513)] == [0, 511, 1, 0, 511]

"""However a tar is cut, driven or damaged, every way of reading it finds the same."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from layertar.fault import Severity
from layertar.limits import Limits
from layertar.tar import EntryKind, LayerWalker
from tests.tar.blocks import (
    GNU,
    V7,
    cut,
    extension,
    file,
    header,
    padded,
    pax,
    read,
    read_headers,
    read_pieces,
    walk,
)
from tests.tarmaker import BLOCK, END

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tar.blocks import Reading

_NEVER_FULL = Limits(header_body=4096, faults=1000)
_DEFECTS = {
    "archive-lone-zero-block",
    "tar-bad-checksum",
    "tar-header-ambiguous",
    "tar-size-invalid",
    "tar-size-override",
}

_PARTS = [
    file(b"etc/passwd", b"root:x:0:0"),
    file(b"empty", b""),
    file(b"whole", b"w" * 512),
    file(b"large", b"l" * 3000),
    file(b"gnu", b"g" * 20, magic=GNU),
    file(b"v7", b"7" * 20, magic=V7),
    file(b"caf\xc3\xa9"),
    file(b"prefixed", prefix=b"some/where"),
    file(b"gnu", magic=GNU, prefix=b"17777777777\0"),
    header(b"dir/", 0, b"5"),
    header(b"dir/", 0, b"\0"),
    header(b"link", 0, b"2", b"target"),
    header(b"hard", 0, b"1", b"empty"),
    header(b"hard", 3000, b"1", b"empty"),
    header(b"dir/", 512, b"5"),
    header(b"null", 0, b"3"),
    header(b"pipe", 9, b"6"),
    header(b"vendor", 512, b"Z") + file(b"hidden", b"")[:512],
    header(b"junk", 0, mode=b"junk"),
    header(b"mtime", 0, mtime=b"\xff" * 12),
    header(b"dirty", 4) + padded(b"data", b"!"),
    header(b"sparse", 512, b"S", sparse_extended=b"\1") + bytes(BLOCK) + b"s" * 512,
    pax((b"path", b"long/" * 40)) + file(),
    pax((b"size", b"4")) + header(b"a", 0) + padded(b"data"),
    pax((b"size", b"600")) + header(b"a", 4) + bytes(1024),
    pax((b"size", b"-1")) + file(),
    pax((b"GNU.sparse.major", b"1")) + file(),
    pax((b"path", b"lost")),
    pax((b"mtime", b"1700000000.123456789")) + file(b"timed"),
    pax((b"mtime", b"1"), (b"ctime", b"2"), (b"atime", b"3")) + header(b"timed/", 0, b"5"),
    pax((b"mtime", b"soon")) + file(b"untimed"),
    pax((b"path", b"p"), (b"uname", b"root"), (b"gid", b"3000000")) + file(),
    pax((b"path", b"p"), (b"path", b"q")) + file(),
    pax((b"path", b"")) + file(),
    pax((b"path", b"p\0q")) + file(),
    pax((b"linkpath", b"far/" * 40), (b"gid", b"wheel")) + header(b"link", 0, b"2"),
    pax((b"linkpath", b"far/" * 40)) + header(b"link", 0, b"2", b"near"),
    pax((b"SCHILY.xattr.user.note", b"two\nlines")) + file(b"noted"),
    pax((b"LIBARCHIVE.creationtime", b"9"), (b"VENDOR.key", b"1")) + file(),
    pax((b"path", b"p"), (b"size", b"4")) + file(),
    pax((b"path", b"stargz.index.json")) + file(b"a", b"{}"),
    file(b"stargz.index.json", b"[]"),
    file(b"stargz.index.json", b"{}" * 700),
    pax((b"path", b"global"), typeflag=b"g"),
    pax((b"comment", b"global"), typeflag=b"g"),
    extension(b"junk", b"x"),
    extension(b"99 mtime=1700000000\n", b"x") + file(b"a", b""),
    pax((b"comment", b"c" * 4200)) + file(b"a", b""),
    extension(b"long/" * 40 + b"\0", b"L") + file(magic=GNU),
    extension(b"far/" * 40 + b"\0", b"K") + header(b"link", 0, b"2", magic=GNU),
    extension(b"l\0", b"L") + extension(b"k\0", b"K") + header(b"link", 0, b"2", magic=GNU),
    extension(b"l\0l", b"L") + file(magic=GNU),
    extension(b"m\0", b"L") + extension(b"n\0", b"L") + file(magic=GNU),
    extension(b"m\0", b"L") + pax((b"path", b"n")) + file(),
    extension(b"too long" * 600, b"L"),
    extension(b"", b"x"),
    bytes(BLOCK),
    END,
    b"garbage!" * 64,
    b"odd",
]

_damage = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=3)


@st.composite
def _tars(draw: st.DrawFn) -> bytes:
    """Draw a tar of the parts above, some of its bytes changed, cut somewhere."""
    tar = bytearray(b"".join(draw(st.lists(st.sampled_from(_PARTS), max_size=12))))
    tar += draw(st.sampled_from([END, b"", bytes(512), bytes(10240)]))
    for position, value in draw(_damage):
        if tar:
            tar[position % len(tar)] = value
    if draw(st.booleans()):
        del tar[draw(st.integers(0, len(tar))) :]
    return bytes(tar)


def _said(found: Reading) -> tuple[object, ...]:
    parser = found.parser
    return (
        found.entries,
        found.faults,
        parser.is_tar,
        parser.offset,
        parser.end_offset,
        parser.lone_zero_offset,
        parser.trailing_names,
        parser.stopped,
        dict(parser.fault_counts),
    )


@settings(max_examples=300)
@given(_tars(), st.integers(1, 1500))
def test_the_pieces_that_a_tar_comes_in_do_not_matter(tar: bytes, size: int) -> None:
    whole, pieces = read(tar), read_pieces(cut(tar, size))
    assert _said(pieces) == _said(whole)
    assert pieces.data == whole.data


@settings(max_examples=300)
@given(_tars())
def test_reading_headers_only_finds_the_same(tar: bytes) -> None:
    headers, whole = read_headers(tar), read(tar)
    if headers.parser.stopped:
        # It stops asking for more; the parser fed everything has counted to the end.
        assert _said(headers)[:3] == _said(whole)[:3]
    else:
        assert _said(headers) == _said(whole)


@settings(max_examples=300)
@given(_tars(), st.integers(1, 5000))
def test_the_walker_finds_what_the_parser_finds(tar: bytes, size: int) -> None:
    walked, found = walk(cut(tar, size), _NEVER_FULL), read(tar, _NEVER_FULL)
    faults = [fault for entry in found.entries for fault in entry.faults] + list(found.faults)
    rules = Counter(
        "layer-tar-defect" if fault.rule in _DEFECTS else fault.rule
        for fault in faults
        if fault.severity is not Severity.NOTE
    )
    assert walked.is_tar == found.parser.is_tar
    assert walked.entries == len(found.entries)
    assert walked.size == len(tar)
    assert walked.first_name == (found.names[0] if found.names else None)
    assert walked.sparse == rules["tar-sparse-member"]
    assert walked.defect_count == rules["layer-tar-defect"] + rules["limit-exceeded"]
    assert Counter(fault.rule for fault in walked.defects) == Counter(
        {rule: rules[rule] for rule in ("layer-tar-defect", "limit-exceeded") if rules[rule]}
    )
    assert (walked.trailing is not None) == (rules["archive-trailing-data"] > 0)
    cut_short = [f for f in found.faults if f.rule == "archive-truncated"]
    only_padding = "padding" in cut_short[0].detail if cut_short else True
    assert (walked.truncated is None) == only_padding


@settings(max_examples=300)
@given(_tars(), st.integers(1, 5000))
def test_the_walker_finds_the_same_however_the_layer_comes(tar: bytes, size: int) -> None:
    # Pieces smaller than a block are never walked fast.
    assert walk(cut(tar, size), _NEVER_FULL) == walk(cut(tar, 100), _NEVER_FULL)


@settings(max_examples=300)
@given(_tars(), st.integers(1, 5000))
def test_a_walk_that_looks_at_no_content_finds_all_else(tar: bytes, size: int) -> None:
    walker = LayerWalker(_NEVER_FULL, content=False)
    for piece in cut(tar, size):
        walker.feed(piece)
    found = walk([tar], _NEVER_FULL)
    expected = found._replace(content=(), content_counts={}, repeated_directories=0)
    assert walker.finish() == expected


@given(st.binary(max_size=2000), st.integers(1, 600))
def test_any_bytes_are_read(data: bytes, size: int) -> None:
    assert read(data).parser.offset == len(data)
    assert walk(cut(data, size)).size == len(data)


_names = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=120)


@given(
    st.lists(st.tuples(_names, st.binary(max_size=1500)), max_size=5),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_what_tarfile_writes_is_read_without_a_fault(
    members: list[tuple[str, bytes]], form: int
) -> None:
    written: list[tuple[str, bytes]] = []
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            try:
                tar.addfile(info, io.BytesIO(data))
            except ValueError:
                continue  # A ustar header holds no such name.
            written.append((name, data))
    found = read(out.getvalue())
    assert list(zip(found.names, found.data, strict=True)) == written
    assert {entry.kind for entry in found.entries} <= {EntryKind.FILE}
    assert found.rules == []
    assert walk([out.getvalue()]).defect_count == 0


def test_real_archives_and_their_plain_layers_have_no_faults(archives_dir: Path) -> None:
    layers = 0
    for path in sorted(archives_dir.glob("*.tar")):
        found = read(path.read_bytes(), Limits())
        assert found.parser.is_tar, path
        assert found.rules == [], path
        for entry, data in zip(found.entries, found.data, strict=True):
            walked = walk([data], Limits())
            if walked.is_tar:
                layers += 1
                told = (walked.truncated, walked.defects, walked.trailing, walked.content)
                assert told == (None, (), None, ()), (path, entry.name)
    assert layers > 0

"""A changeset says of each entry what other readers of tars say, however its bytes come."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.filesystem import ChangesetBuilder, Room
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import skim
from tests.filesystem.layers import Member, entry, list_pieces, members, tar_of
from tests.filesystem.reference import rows_by_tarfile, rows_of
from tests.members.opened import opened
from tests.model.content import inflate
from tests.tar.blocks import cut, file, pax
from tests.tarmaker import END, write_tar

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_MEMBERS = st.lists(members(), max_size=12)


def _tars_in(path: Path) -> Iterator[bytes]:
    """Every tar that a member of an archive is or holds, the same once."""
    seen = set()
    with tarfile.open(path) as archive:
        for member in archive:
            data = archive.extractfile(member)
            if data is not None:
                blob = data.read()
                within = inflate(blob)
                if within.data not in seen and within.data[257:262] == b"ustar":
                    seen.add(within.data)
                    yield within.data


@pytest.mark.parametrize("path", sorted(_FIXTURES.glob("real/*.tar")), ids=lambda path: path.name)
def test_the_layers_of_real_producers_are_listed_as_tarfile_reads_them(path: Path) -> None:
    for tar in _tars_in(path):
        listed = list_pieces([tar], digests=True)
        assert rows_of(listed) == rows_by_tarfile(tar)


@given(_MEMBERS)
def test_layers_of_all_kinds_are_listed_as_tarfile_reads_them(made: list[Member]) -> None:
    tar = tar_of(made)
    assert rows_of(list_pieces([tar], digests=True)) == rows_by_tarfile(tar)


@given(_MEMBERS, st.integers(1, 4000))
def test_a_listing_does_not_depend_on_the_pieces(made: list[Member], step: int) -> None:
    tar = tar_of(made)
    whole, pieces = (list_pieces(cut(tar, size), digests=True) for size in (len(tar), step))
    assert rows_of(pieces) == rows_of(whole)
    assert pieces.extras == whole.extras


@given(_MEMBERS, st.sampled_from([100, 4, 4096]))
def test_the_quick_way_through_a_tar_finds_what_the_careful_one_does(
    made: list[Member], longest: int
) -> None:
    # Headers that come in two pieces are never passed the quick way.
    tar, limits = tar_of(made), Limits(name_length=longest)
    quick, careful = (list_pieces(cut(tar, size), limits, digests=True) for size in (len(tar), 500))
    assert rows_of(careful) == rows_of(quick)
    assert careful.omitted == quick.omitted


_KEYS = st.sampled_from(
    [
        *(
            b"SCHILY.xattr.user.a",
            b"SCHILY.xattr.user.\xff",
            b"SCHILY.xattr.",
            b"SCHILY.acl.access",
        ),
        *(b"LIBARCHIVE.xattr.user.a", b"LIBARCHIVE.xattr.user%2Fa", b"LIBARCHIVE.xattr.\xff%zz"),
        *(b"LIBARCHIVE.creationtime", b"mtime", b"atime", b"uid", b"gid", b"uname", b"comment"),
        *(b"GNU.sparse.major", b"path", b"linkpath", b"RHT.security.selinux"),
    ]
)
_VALUES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"AAAA", b"YQ", b"YQ==", b"Y", b"-1.5", b"1.9999999999", b"12", b"-0.1", b"."]
    ),
    st.integers(-(2**70), 2**70).map(b"%d".__mod__),
)


@given(st.lists(st.lists(st.tuples(_KEYS, _VALUES), max_size=4), max_size=4))
def test_whatever_pax_records_say_both_ways_read_the_same(
    records: list[list[tuple[bytes, bytes]]],
) -> None:
    tar = b"".join([pax(*each) + file(b"f%d" % at) for at, each in enumerate(records)]) + END
    quick, careful = (list_pieces(cut(tar, size), digests=True) for size in (len(tar), 500))
    assert rows_of(careful) == rows_of(quick)
    assert careful.extras == quick.extras
    assert len(quick) == len(records)


@given(made=_MEMBERS, large=st.integers(0, 3), data=st.data())
def test_headers_alone_tell_what_the_whole_tar_does(
    tmp_path_factory: pytest.TempPathFactory, made: list[Member], large: int, data: st.DataObject
) -> None:
    # Members so large that their data are passed over.
    for _ in range(large):
        member = Member(entry("big"), data=bytes(data.draw(st.integers(262_000, 600_000))))
        made.insert(data.draw(st.integers(0, len(made))), member)
    tar = tar_of(made)
    path = tmp_path_factory.mktemp("skim", numbered=True) / "archive.tar"
    path.write_bytes(write_tar([("layer.tar", tar)]))
    with opened(path) as content:
        (layer,) = content.table.files
        builder = ChangesetBuilder(DEFAULT_LIMITS, Room(DEFAULT_LIMITS))
        facts = skim(content, layer, builder, DEFAULT_LIMITS)
    assert rows_of(builder.changeset) == rows_of(list_pieces([tar]))
    assert facts.entries == len(made)


@given(_MEMBERS, st.integers(0, 12), st.integers(0, 400))
def test_what_is_listed_of_all_is_bounded_and_the_rest_is_told(
    made: list[Member], entries: int, text: int
) -> None:
    tar, limits = tar_of(made), Limits(listed_entries=entries, listed_text=text)
    careful = list_pieces(cut(tar, 500), limits)
    whole = list_pieces([tar])
    assert len(careful) <= entries + 1
    assert careful.is_full == (rows_of(careful) != rows_of(whole))
    sure = len(careful) - careful.is_full  # The last may lack what few rows have.
    assert rows_of(careful)[:sure] == rows_of(whole)[:sure]

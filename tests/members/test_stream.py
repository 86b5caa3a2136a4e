from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import verify
from layertar.errors import LimitError
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.members.stream import StreamedTar
from tests.builders import (
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    blob_name,
    build_oci,
    compress,
    sha256,
    tar_layer,
    write_tar,
)
from tests.members.opened import Recorder, opened
from tests.tarmaker import tar_header

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Content

MEMBERS: list[tuple[str, Content]] = [
    ("index.json", b'{"a": 1}'),
    ("empty", b""),
    ("link", Symlink("index.json")),
    ("hard", Hardlink("index.json")),
    ("blobs/sha256/aa", bytes(range(256)) * 10),
    ("b" * 150, b"long name"),
]
TAR = write_tar(MEMBERS)


def kept(limits: Limits, members: list[tuple[str, Content]]) -> list[str]:
    """Names of the files that a stream has kept whole."""
    found: list[str] = []
    with opened(io.BytesIO(write_tar(members)), limits=limits) as content:
        for member in content.table.files:
            try:
                raw = content.read(member, limit=limits.document_size)
            except LimitError:
                continue
            if len(raw) == member.size:
                found.append(member.name)
    return found


@given(st.lists(st.integers(0, len(TAR)), max_size=8), st.booleans())
def test_pieces_of_any_size_tell_the_same(cuts: list[int], wrapped: bool) -> None:  # noqa: FBT001 - drawn
    data = compress(TAR, "gzip") if wrapped else TAR
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    sink, due = Recorder(), Recorder()
    found = StreamedTar([piece for piece in pieces if piece], sink, DEFAULT_LIMITS)
    whole = StreamedTar([data], due, DEFAULT_LIMITS)
    assert sink.passed == due.passed
    assert found.framing == whole.framing
    assert [member.name for member in found.table] == [member.name for member in whole.table]
    assert [name for name, _, _ in sink.passed] == [
        name for name, content in MEMBERS if isinstance(content, bytes)
    ]


def test_small_members_are_kept_whatever_they_are() -> None:
    limits = Limits(document_sure_size=100)
    assert kept(limits, [("a", b"\0" * 100), ("b", b"{" * 100), ("c", b"")]) == ["a", "b", "c"]


@pytest.mark.parametrize("start", [b"{", b"[", b" \r\n\t{", b"\xef\xbb\xbf{", b"\xef\xbb\xbf \n["])
def test_a_larger_member_is_kept_where_it_begins_like_json(start: bytes) -> None:
    limits = Limits(document_sure_size=10)
    members: list[tuple[str, Content]] = [("yes", start + b'"a"' * 90), ("no", b"x" + start * 90)]
    assert kept(limits, members) == ["yes"]


def test_of_what_begins_like_no_document_only_the_first_bytes_are_kept() -> None:
    with opened(io.BytesIO(write_tar([("a", b"x" * 100_000)]))) as content:
        (member,) = content.table
        assert content.read(member, limit=1 << 20) == b"x" * 64


def test_a_large_document_that_begins_like_none_is_told_from_a_pipe_as_from_a_file(
    tmp_path: Path,
) -> None:
    image = ImageRecipe(
        layers=(LayerRecipe(tar=tar_layer({"a": b"hi"})),),
        config_extra={"author": "x" * 100_000},
    )
    built = build_oci([image])
    for name in (blob_name(image.config), "index.json"):
        damaged = b"z" + (built[name] + b" " * 100_000)[1:]
        path = built.replace(name, damaged).directory(tmp_path / name.replace("/", "-"))
        tar = tmp_path / "a.tar"
        tar.write_bytes(built.replace(name, damaged).tar())
        pipe = verify(io.BytesIO(tar.read_bytes())).archives[0]
        assert verify(tar).archives[0].findings == pipe.findings
        assert [each.message for each in verify(path).archives[0].findings if each.effect] == [
            each.message for each in pipe.findings if each.effect
        ]


def test_white_space_decides_nothing_yet() -> None:
    limits = Limits(document_sure_size=10)
    members: list[tuple[str, Content]] = [("spaces", b" " * 600_000 + b"{}")]
    assert kept(limits, members) == ["spaces"]


def test_a_document_over_the_bound_is_not_kept() -> None:
    limits = Limits(document_size=200)
    assert kept(limits, [("a", b"{" * 201), ("b", b"{" * 200)]) == ["b"]


def test_documents_are_kept_within_the_budget_in_their_order() -> None:
    limits = Limits(documents_total=250)
    members: list[tuple[str, Content]] = [(name, b"{" * 100) for name in "abcd"]
    assert kept(limits, [*members, ("e", b"{" * 50)]) == ["a", "b", "e"]


def test_what_a_stream_has_not_kept_is_told_by_the_bound() -> None:
    limits = Limits(documents_total=10)
    with opened(io.BytesIO(TAR), limits=limits) as content:
        member = content.table.find("blobs/sha256/aa")
        assert member is not None
        with pytest.raises(LimitError) as raised:
            content.read(member, limit=1 << 20)
        assert (raised.value.limit, raised.value.maximum) == ("documents_total", 10)
        with pytest.raises(LimitError) as raised:
            content.read(member, limit=9)
        assert raised.value.limit == "document_size"


def test_sha512_is_asked_for_from_the_moment_something_names_it() -> None:
    sha512 = "sha512:" + "ab" * 64
    sink = Recorder()
    members: list[tuple[str, Content]] = [
        ("before", b"1"),
        ("blobs/sha512/" + "ab" * 64, b"2"),
        ("between", b"3"),
        ("config.json", f'{{"diff_ids": ["{sha512}"]}}'.encode()),
        ("after", b"4"),
    ]
    with opened(io.BytesIO(write_tar(members)), sink=sink):
        pass
    assert [asked for _, asked, _ in sink.passed] == [False, True, False, False, True]


def test_the_member_that_the_end_cuts_short_is_known_and_its_bytes_passed_on() -> None:
    sink = Recorder()
    data = write_tar([("whole", b"w"), ("cut", b"c" * 700)])[: 512 * 3 + 100]
    with opened(io.BytesIO(data), sink=sink) as content:
        cut = content.framing.cut
        assert cut is not None
        assert cut.name == "cut"
    assert sink.passed[-1] == ("cut", False, b"c" * 100)


def test_members_beyond_the_bound_are_told_once_and_not_passed_on(tmp_path: Path) -> None:
    # What is wrong behind the bound is beyond it, from a file as from a pipe.
    broken = tar_header(b"broken")[:148] + b"0000000\0" + tar_header(b"broken")[156:]
    members: list[tuple[str, Content]] = [(str(number), b"x") for number in range(5)]
    data = write_tar(members)[:-1024] + broken * 3 + bytes(1024)
    limits, sink, path = Limits(members=3), Recorder(), tmp_path / "a.tar"
    path.write_bytes(data)
    with (
        opened(io.BytesIO(data), limits=limits, sink=sink) as pipe,
        opened(path, limits=limits) as file,
    ):
        assert [member.name for member in pipe.table] == ["0", "1", "2"]
        assert [member.name for member in file.table] == ["0", "1", "2"]
        assert pipe.framing.faults == file.framing.faults
        assert [fault.rule for fault in pipe.framing.faults] == ["limit-exceeded"]
    assert [name for name, _, _ in sink.passed] == ["0", "1", "2"]


def test_a_stream_says_nothing_of_changes() -> None:
    with opened(io.BytesIO(TAR)) as content:
        assert content.changes() == ()


def test_the_bytes_of_a_member_are_those_of_its_digest() -> None:
    with opened(io.BytesIO(TAR)) as content:
        member = content.table.find("blobs/sha256/aa")
        assert member is not None
        assert sha256(b"".join(content.pieces(member))) == sha256(bytes(range(256)) * 10)

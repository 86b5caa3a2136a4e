from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from layertar.errors import InputError, LimitError
from layertar.members import ByteCounter, MemberKind, clean_name
from layertar.members.file import _LockedReader, reader_at
from tests.builders import Directory, Hardlink, Symlink, write_tar
from tests.members.opened import Recorder, contents, opened

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.members import Content as OpenedContent
    from layertar.members import Member
    from tests.builders import Content

MEMBERS: list[tuple[str, Content]] = [
    ("./blobs/", Directory()),
    ("./blobs/a", bytes(range(256)) * 4000),
    ("link", Symlink("blobs/a")),
    ("hard", Hardlink("blobs/a")),
    ("empty", b""),
    ("twice", b"first"),
    ("twice", b"second, longer"),
]
DATA = write_tar(MEMBERS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.tar"
    path.write_bytes(DATA)
    return path


def found(content: OpenedContent, name: str) -> Member:
    member = content.table.find(name)
    assert member is not None
    return member


def test_members_are_listed_in_order_with_where_their_bytes_lie(path: Path) -> None:
    with opened(path) as content:
        for member, (name, due) in zip(content.table, MEMBERS, strict=True):
            assert (member.recorded_name, member.name) == (name, clean_name(name))
            assert member.size == (len(due) if isinstance(due, bytes) else 0)
            if isinstance(due, bytes):
                assert b"".join(content.pieces(member)) == due
                assert DATA[member.offset : member.offset + member.size] == due
        kinds = [member.kind for member in content.table]
        assert kinds[0] is MemberKind.DIRECTORY
        assert kinds[2:4] == [MemberKind.SYMLINK, MemberKind.HARDLINK]
        assert found(content, "link").link_target == "blobs/a"


def test_a_document_is_read_up_to_the_bound(path: Path) -> None:
    with opened(path) as content:
        twice = found(content, "twice")
        assert content.read(twice, limit=14) == b"second, longer"
        with pytest.raises(LimitError) as raised:
            content.read(twice, limit=13)
        assert (raised.value.limit, raised.value.maximum) == ("document_size", 13)


def test_several_threads_may_read_at_once(path: Path) -> None:
    with opened(path) as content, ThreadPoolExecutor(4) as pool:
        member = found(content, "blobs/a")
        reads = [pool.submit(lambda: b"".join(content.pieces(member))) for _ in range(12)]
        assert {read.result() for read in reads} == {bytes(range(256)) * 4000}


def test_a_file_and_a_pipe_have_the_same_members_and_framing(path: Path) -> None:
    for data in (DATA, DATA[:-600], DATA[:-1024], DATA + b"x" * 9, DATA + DATA):
        path.write_bytes(data)
        sink = Recorder()
        with opened(path) as file, opened(io.BytesIO(data), sink=sink) as pipe:
            listed = [
                (each.recorded_name, each.kind, each.offset, each.size) for each in file.table
            ]
            assert listed == [
                (each.recorded_name, each.kind, each.offset, each.size) for each in pipe.table
            ]
            assert file.framing.faults == pipe.framing.faults
            assert contents(file) == {name: passed for name, _, passed in sink.passed}


def test_a_file_that_shrinks_is_changed_and_its_bytes_end_early(path: Path) -> None:
    with opened(path) as content:
        member = found(content, "blobs/a")
        assert content.changes() == ()
        os.truncate(path, member.offset + 1000)
        assert sum(map(len, content.pieces(member))) == 1000
        (fault,) = content.changes()
    assert fault.rule == "input-changed"
    assert fault.recorded == f"{len(DATA)} bytes when opened"
    assert fault.measured == f"{member.offset + 1000} bytes at the end"


def test_a_file_that_grows_is_changed(path: Path) -> None:
    with opened(path) as content:
        with path.open("ab") as file:
            file.write(b"more")
        assert [fault.rule for fault in content.changes()] == ["input-changed"]


def test_a_file_that_is_rewritten_is_changed(path: Path) -> None:
    with opened(path) as content:
        os.utime(path, ns=(1, 1))
        assert [fault.rule for fault in content.changes()] == ["input-changed"]


def test_a_file_of_which_another_takes_the_name_is_read_on(path: Path) -> None:
    with opened(path) as content:
        other = path.with_name("other")
        other.write_bytes(b"")
        other.replace(path)
        assert len(b"".join(content.pieces(found(content, "blobs/a")))) == 1_024_000
        assert content.changes() == ()


def test_a_read_that_the_system_refuses_is_an_input_error(path: Path) -> None:
    with opened(path) as content:
        member = found(content, "blobs/a")
        # What a medium that went away looks like: the descriptor leads nowhere any more.
        spare = os.open(path.parent, os.O_RDONLY)
        descriptor = content._descriptor  # type: ignore[attr-defined] # noqa: SLF001 - no other way to it
        kept = os.dup(descriptor)
        os.dup2(spare, descriptor)
        with pytest.raises(InputError) as raised:
            list(content.pieces(member))
        os.dup2(kept, descriptor)
        os.close(kept)
        os.close(spare)
    assert raised.value.name == str(path)


def test_every_byte_read_is_counted(path: Path) -> None:
    counter = ByteCounter()
    with opened(path, counter=counter) as content:
        before = counter.total
        contents(content)
        assert counter.total - before == sum(
            len(data) for _, data in MEMBERS if type(data) is bytes
        )


def test_where_there_is_no_pread_a_lock_serves(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        positional, locked = reader_at(descriptor), _LockedReader(descriptor)
        with ThreadPoolExecutor(4) as pool:
            offsets = range(0, len(DATA), 5000)
            reads = list(pool.map(lambda offset: locked(5000, offset), offsets))
        assert b"".join(reads) == DATA
        assert reads == [positional(5000, offset) for offset in offsets]
    finally:
        os.close(descriptor)

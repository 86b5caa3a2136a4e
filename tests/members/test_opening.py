from __future__ import annotations

import io
import os
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest

from layertar.codec import Compression
from layertar.errors import ArchiveError, InputError
from layertar.limits import Limits
from layertar.members import ByteCounter, source_name, source_size
from tests.builders import ImageRecipe, LayerRecipe, build_oci, compress, tar_layer
from tests.members.opened import Recorder, contents, open_files, opened

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.members import Source
    from tests.builders import Codec

BUILT = build_oci([ImageRecipe(layers=(LayerRecipe(tar=tar_layer({"a": b"hi"})),))])
TAR = BUILT.tar()
FILES = {name: BUILT[name] for name in BUILT.files}


def refusal(source: Source) -> tuple[str, str]:
    """The rule and the reason by which an input is refused."""
    with pytest.raises(ArchiveError) as raised, opened(source):
        pytest.fail("it was opened")
    return raised.value.rule, raised.value.reason


def zip_bytes() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("index.json", "{}")
    return out.getvalue()


def test_a_plain_tar_is_opened_by_its_headers_alone(tmp_path: Path) -> None:
    path, sink, counter = tmp_path / "a", Recorder(), ByteCounter()
    big = BUILT.replace("oci-layout", bytes(5 << 20)).tar()
    path.write_bytes(big)
    with opened(str(path), sink=sink, counter=counter) as content:
        assert content.is_seekable
        assert [member.recorded_name for member in content.table] == list(BUILT.names)
        assert (content.framing.size, content.framing.outer_compression) == (len(big), ())
        assert not content.framing.is_directory
        assert counter.total < 1 << 20
    assert sink.passed == []


def test_a_pipe_is_read_to_its_end_and_every_file_passed_on() -> None:
    sink, counter = Recorder(), ByteCounter()
    with opened(io.BytesIO(TAR), sink=sink, counter=counter) as content:
        assert not content.is_seekable
        assert content.framing.size is None
        assert contents(content) == FILES
    assert {name: data for name, _, data in sink.passed} == FILES
    assert counter.total == len(TAR)


@pytest.mark.parametrize("codec", ["gzip", "zstd", "xz", "bzip2"])
def test_a_wrapper_is_told_by_content_whatever_the_name_is(codec: Codec, tmp_path: Path) -> None:
    path, sink = tmp_path / "image.txt", Recorder()
    path.write_bytes(compress(TAR, codec))
    with opened(path, sink=sink) as content:
        assert content.framing.outer_compression == (Compression(codec),)
        assert content.framing.size == path.stat().st_size
        assert [fault.rule for fault in content.framing.faults] == ["outer-compression"]
    assert {name: data for name, _, data in sink.passed} == FILES


def test_a_gz_that_is_none_is_a_plain_tar(tmp_path: Path) -> None:
    path = tmp_path / "image.tar.gz"
    path.write_bytes(TAR)
    with opened(path) as content:
        assert content.framing.outer_compression == ()


def test_two_wrappers_are_peeled_off_outermost_first() -> None:
    with opened(io.BytesIO(compress(compress(TAR, "zstd"), "gzip"))) as content:
        assert content.framing.outer_compression == (Compression.GZIP, Compression.ZSTD)
        assert contents(content) == FILES


def test_more_wrappers_than_the_bound_are_not_peeled_off() -> None:
    thrice = compress(compress(compress(TAR, "gzip"), "gzip"), "gzip")
    rule, reason = refusal(io.BytesIO(thrice))
    assert rule == "input-not-an-archive"
    assert "gzip" in reason
    with opened(io.BytesIO(thrice), limits=Limits(outer_layers=3)) as content:
        assert contents(content) == FILES


@pytest.mark.parametrize("rest", [bytes(3), b"rest", bytes(700)])
@pytest.mark.parametrize("codec", ["gzip", "zstd", "bzip2"])
def test_bytes_behind_a_wrapper_are_told_and_what_came_before_is_kept(
    codec: Codec, rest: bytes
) -> None:
    wrapped = compress(TAR, codec)
    with opened(io.BytesIO(wrapped + rest)) as content:
        trailing, wrapper = content.framing.faults
        assert contents(content) == FILES
    assert (trailing.rule, trailing.offset) == ("outer-compression-trailing-data", len(wrapped))
    assert str(len(rest)) in trailing.detail
    assert wrapper.rule == "outer-compression"


def test_a_wrapper_that_breaks_leaves_what_came_out_of_it() -> None:
    wrapped = bytearray(compress(TAR, "gzip"))
    wrapped[-6] ^= 1  # The checksum: all of the tar came out before it.
    with opened(io.BytesIO(bytes(wrapped))) as content:
        assert "outer-compression-corrupt" in [fault.rule for fault in content.framing.faults]
        assert contents(content) == FILES


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(600), "a PNG image"),
        (zip_bytes(), "a ZIP archive"),
        (b"just a note\n" * 60, "a text file"),
        (b'{"a": 1}', "a JSON document"),
        (b"\x7fELF" + bytes(800), "an ELF executable"),
        (bytes(range(256)) * 4, "of no known form"),
    ],
)
def test_what_is_no_archive_is_called_by_its_name(data: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(data)
    assert refusal(path) == ("input-not-an-archive", f"not a tar: {what}")
    assert refusal(io.BytesIO(data)) == ("input-not-an-archive", f"not a tar: {what}")
    rule, reason = refusal(io.BytesIO(compress(data, "gzip")))
    assert (rule, reason) == (
        "input-not-an-archive",
        f"not a tar: gzip-compressed; inside it is {what}",
    )


def test_an_empty_input_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(b"")
    for source in (path, io.BytesIO(b""), os.devnull):
        assert refusal(source)[0] == "archive-empty"


def test_one_part_of_a_split_archive_is_named_as_such(tmp_path: Path) -> None:
    for name in ("image.tar.partab", "image.tar.aa", "image.tar.002", "image.tgz.part-ab"):
        path = tmp_path / name
        path.write_bytes(compress(TAR, "xz")[100:])
        rule, reason = refusal(path)
        assert rule == "input-not-an-archive"
        assert "one part of a split archive" in reason
    path = tmp_path / "image.tar.xz"
    path.write_bytes(compress(TAR, "xz")[100:])
    assert "split" not in refusal(path)[1]


def test_no_such_file_cannot_be_read(tmp_path: Path) -> None:
    name = str(tmp_path / "absent.tar")
    with pytest.raises(InputError, match="No such file") as raised, opened(name):
        pytest.fail("it was opened")
    assert raised.value.name == name


@pytest.mark.parametrize("name", ["a\0b", "\udcff\ud800", "x" * 5000, ""])
def test_a_name_that_no_file_can_have_cannot_be_read(name: str) -> None:
    with pytest.raises(InputError), opened(name):
        pytest.fail("it was opened")
    assert (source_name(name), source_size(name)) == (name, None)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_file_without_permission_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(TAR)
    path.chmod(0)
    with pytest.raises(InputError, match="ermission"), opened(path):
        pytest.fail("it was opened")


def test_a_fifo_is_read_as_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TAR,))
    writer.start()
    with opened(path) as content:
        assert not content.is_seekable
        assert contents(content) == FILES
    writer.join()
    assert source_size(path) is None


class _Failing(io.RawIOBase):
    """A stream whose medium fails after the first piece."""

    def __init__(self) -> None:
        self._pieces = iter([TAR[:1000]])

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        for piece in self._pieces:
            return piece
        raise OSError(5, "Input/output error")


def test_a_stream_that_fails_cannot_be_read() -> None:
    source: Source = _Failing()  # type: ignore[assignment] # of a stream only read() is used
    with pytest.raises(InputError, match="Input/output error") as raised, opened(source):
        pytest.fail("it was opened")
    assert raised.value.name == "-"


def test_an_input_is_called_as_the_caller_does(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(TAR)
    assert source_name(path) == str(path)
    assert source_name("./a.tar") == "./a.tar"
    assert source_name(io.BytesIO()) == "-"
    assert source_size(path) == len(TAR)
    assert source_size(tmp_path) is None
    assert source_size(io.BytesIO(TAR)) is None


def test_no_open_file_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(TAR)
    (tmp_path / "b").write_bytes(b"no tar")
    before = open_files()
    with opened(path):
        assert open_files() == before + 1
    refusal(tmp_path / "b")
    assert open_files() == before

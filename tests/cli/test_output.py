from __future__ import annotations

import os
import stat
import sys
from contextlib import redirect_stderr, redirect_stdout
from errno import ENOSPC, EPIPE
from io import BytesIO, StringIO, TextIOWrapper
from threading import Thread
from typing import TYPE_CHECKING, NoReturn, TextIO

import pytest

from layertar.cli._output import OutputError, complain, deliver, guarded

if TYPE_CHECKING:
    from pathlib import Path


def write_hello(out: TextIO) -> None:
    out.write("hello\n")


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def fail_half_way(out: TextIO) -> NoReturn:
    out.write("half")
    raise OSError(ENOSPC, "No space left on device")


class Failing(StringIO):
    """A stream that cannot be written to."""

    def __init__(self, errno: int) -> None:
        super().__init__()
        self.errno = errno

    def write(self, _text: str, /) -> NoReturn:
        raise OSError(self.errno, os.strerror(self.errno))

    def writelines(self, _lines: object, /) -> NoReturn:
        raise OSError(self.errno, os.strerror(self.errno))

    def flush(self) -> NoReturn:
        raise OSError(self.errno, os.strerror(self.errno))


def test_a_file_is_written(tmp_path: Path) -> None:
    deliver(write_hello, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "hello\n"
    assert names_in(tmp_path) == ["out"]


def test_the_permissions_of_a_new_file_are_those_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        deliver(write_hello, tmp_path / "out")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_a_file_stays_as_it_was_when_writing_fails(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("before")
    with pytest.raises(OutputError, match=r"cannot write .*out: No space left on device"):
        deliver(fail_half_way, target)
    assert target.read_text() == "before"
    assert names_in(tmp_path) == ["out"]


def test_nothing_is_left_when_the_user_interrupts(tmp_path: Path) -> None:
    def interrupt(_out: TextIO) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(interrupt, tmp_path / "out")
    assert names_in(tmp_path) == []


def test_the_file_behind_a_symlink_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    deliver(write_hello, link)
    assert link.is_symlink()
    assert target.read_text() == "hello\n"


def test_a_named_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    deliver(write_hello, pipe)
    reader.join()
    assert read == ["hello\n"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", [".", "absent/out", "file/out"])
def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write "):
        deliver(write_hello, tmp_path / name)
    assert names_in(tmp_path) == ["file"]


def test_text_that_is_no_unicode_is_escaped_in_a_file(tmp_path: Path) -> None:
    deliver(lambda out: out.writelines(["caf\udce9"]), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"caf\\udce9"


@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_standard_output_has_names_too(
    target: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    deliver(write_hello, tmp_path.__class__(target))
    assert capsys.readouterr().out == "hello\n"


@pytest.mark.parametrize(("errno", "closed"), [(ENOSPC, False), (EPIPE, True)])
def test_a_stream_that_fails_says_whether_its_reader_has_gone(errno: int, *, closed: bool) -> None:
    stream = guarded(Failing(errno))
    for attempt in (lambda: stream.write("x"), lambda: stream.writelines(["x"]), stream.flush):
        with pytest.raises(OutputError, match="standard output") as raised:
            attempt()
        assert raised.value.is_closed_pipe is closed


def test_a_stream_that_is_not_there_fails_on_writing_and_not_before() -> None:
    stream = guarded(None)
    stream.flush()
    assert not stream.isatty()
    with pytest.raises(OutputError, match="it is closed"):
        stream.write("x")


def test_a_stream_escapes_what_its_encoding_cannot_show() -> None:
    raw = BytesIO()
    stream = guarded(TextIOWrapper(raw, encoding="ascii"))
    stream.write("é日")
    stream.flush()
    assert raw.getvalue() == b"\\xe9\\u65e5"


def test_a_complaint_that_nobody_can_hear_is_no_failure() -> None:
    with redirect_stderr(guarded(Failing(EPIPE))):
        complain("x")
    with redirect_stderr(guarded(None)):
        complain("x")


def test_a_complaint_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    complain("it broke")
    assert capsys.readouterr() == ("", "layertar: it broke\n")


def test_a_failure_that_shows_at_the_last_flush_is_told() -> None:
    class Late(StringIO):
        def flush(self) -> NoReturn:
            raise OSError(ENOSPC, "No space left on device")

    with redirect_stdout(guarded(Late())), pytest.raises(OutputError, match="No space"):
        deliver(write_hello, None)
    assert sys.stdout is not None

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from layertar.cli._sources import sources
from tests.cli.streams import as_stdin

if TYPE_CHECKING:
    from pathlib import Path


def test_names_are_kept_as_given_and_in_order() -> None:
    assert list(sources(["b.tar", "./a.tar", "b.tar"])) == ["b.tar", "./a.tar", "b.tar"]


def test_a_hyphen_is_standard_input() -> None:
    with as_stdin(b"") as stdin:
        assert list(sources(["a", "-"])) == ["a", stdin]


@pytest.mark.parametrize(
    ("data", "null", "names"),
    [
        (b"a\nb c\n\n d\n", False, ["a", "b c", " d"]),
        (b"a", False, ["a"]),
        (b"a\nb\0c\0", True, ["a\nb", "c"]),
        (b"caf\xe9\n", False, [os.fsdecode(b"caf\xe9")]),
    ],
)
def test_names_are_read_from_a_file(
    tmp_path: Path, data: bytes, names: list[str], *, null: bool
) -> None:
    listed = tmp_path / "list"
    listed.write_bytes(data)
    assert list(sources(["first"], str(listed), null=null)) == ["first", *names]


def test_names_are_read_from_standard_input() -> None:
    with as_stdin(b"one\ntwo\n"):
        assert list(sources(None, "-")) == ["one", "two"]


@pytest.mark.parametrize(
    ("archives", "listed"), [(["-", "-"], None), (["-"], "-"), ([], b"-\n-\n"), (["-"], b"-\n")]
)
def test_standard_input_can_be_read_once_only(
    tmp_path: Path, archives: list[str], listed: bytes | str | None
) -> None:
    if isinstance(listed, bytes):
        (tmp_path / "list").write_bytes(listed)
        listed = str(tmp_path / "list")
    with as_stdin(b""), pytest.raises(typer.BadParameter, match="standard input"):
        sources(archives, listed)


def test_a_list_that_comes_from_standard_input_cannot_name_it() -> None:
    with as_stdin(b"a\n-\n"), pytest.raises(typer.BadParameter, match="given twice"):
        sources(None, "-")


@pytest.mark.parametrize("data", [None, b"", b"\n\n"])
def test_no_archive_at_all_is_wrong_usage(tmp_path: Path, data: bytes | None) -> None:
    listed = tmp_path / "list"
    if data is not None:
        listed.write_bytes(data)
    with pytest.raises(typer.BadParameter, match="no archive given"):
        sources([], None if data is None else str(listed))


def test_a_list_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=r"cannot read .*absent: No such file"):
        sources([], str(tmp_path / "absent"))


def test_the_report_must_not_take_the_place_of_an_archive(tmp_path: Path) -> None:
    saved, link = tmp_path / "app.tar", tmp_path / "link"
    saved.touch()
    link.symlink_to(saved)
    with pytest.raises(typer.BadParameter, match=r"the place of the archive .*app\.tar"):
        sources(["absent.tar", str(saved)], outputs=[link])
    assert list(sources(["absent.tar", str(saved)], outputs=[tmp_path / "report"]))


def test_a_process_without_standard_input_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(typer.BadParameter, match="closed"):
        list(sources(["-"]))


def test_a_terminal_is_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with pytest.raises(typer.BadParameter, match="is a terminal"):
            list(sources(["-"]))
    os.close(ours)

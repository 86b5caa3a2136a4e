"""Files as text, JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.digest import Digest
from layertar.filesystem import Fate, FileEntry, FileKind
from layertar.filesystem.listing import FileRow
from layertar.report.file_rows import COLUMNS, FileStyle, mode_text, write_files

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = FileEntry(
    "etc/passwd",
    FileKind.FILE,
    size=340,
    mode=0o644,
    uid=0,
    gid=42,
    mtime_ns=1545257047_500000000,
    digest=Digest.of(b"x"),
    xattrs=((b"security.capability", b"\x01\xff"),),
    layer=0,
)
LINK = FileEntry("bin", FileKind.SYMLINK, mode=0o777, uid=0, gid=0, link_target="usr/bin", layer=1)
IMPLIED = FileEntry("", FileKind.DIRECTORY)
DEVICE = FileEntry("dev/null", FileKind.CHARACTER, mode=0o666, uid=0, gid=0, device=(1, 3), layer=2)
ROWS = (
    FileRow(IMPLIED),
    FileRow(LINK),
    FileRow(DEVICE, Fate.DELETED, 3),
    FileRow(FILE, Fate.OVERWRITTEN, 4),
)


SHORT = FileStyle()


def written(rows: Sequence[FileRow], form: str = "text", style: FileStyle = SHORT) -> str:
    out = io.StringIO()
    spots = [(row.entry.raw_path, number) for number, row in enumerate(rows)]
    write_files(
        spots,
        lambda spot: rows[spot[1]],
        out,
        command="ls",
        form=form,
        style=style,
        head={"archive": "app.tar"},
    )
    return out.getvalue()


def test_the_short_form_has_a_path_a_line() -> None:
    assert written(ROWS) == ".\nbin\ndev/null\netc/passwd\n"


def test_states_are_marked_where_they_are_asked_for() -> None:
    assert written(ROWS, style=FileStyle(states=True)).splitlines() == [
        ".",
        "bin",
        "dev/null  (deleted by layer 3)",
        "etc/passwd  (overwritten by layer 4)",
    ]


def test_the_long_form_has_all_attributes() -> None:
    assert written(ROWS, style=FileStyle(long=True)).splitlines() == [
        "d????????? -/- 0 -                      - .",
        "lrwxrwxrwx 0/0 0 -                      1 bin -> usr/bin",
        "crw-rw-rw- 0/0 1,3 -                      2 dev/null  (deleted by layer 3)",
        "-rw-r--r-- 0/42 340 2018-12-19T22:04:07Z   0 etc/passwd  (overwritten by layer 4)",
    ]


def test_digests_are_written_as_sha256sum_does() -> None:
    assert written(
        [FileRow(FILE)], style=FileStyle(digests=True)
    ) == f"{FILE.digest}  etc/passwd\n".replace("sha256:", "")


def test_json_has_every_field_as_programs_want_it() -> None:
    found = json.loads(written(ROWS, "json"))
    assert found["command"] == "ls"
    assert found["archive"] == "app.tar"
    assert [tuple(entry) for entry in found["entries"]] == [COLUMNS] * len(ROWS)
    assert found["entries"][3] == {
        "path": "etc/passwd",
        "kind": "file",
        "size": 340,
        "mode": "0644",
        "uid": 0,
        "gid": 42,
        "mtime": "2018-12-19T22:04:07.5Z",
        "link_target": None,
        "digest": str(FILE.digest),
        "device": None,
        "xattrs": {"security.capability": "Af8="},
        "layer": 0,
        "state": "overwritten",
        "hidden_by": 4,
    }
    lines = [json.loads(line) for line in written(ROWS, "jsonl").splitlines()]
    assert lines == found["entries"]


def test_csv_has_a_heading_and_a_row_an_entry() -> None:
    rows = list(csv.DictReader(io.StringIO(written(ROWS, "csv"))))
    assert [row["path"] for row in rows] == [".", "bin", "dev/null", "etc/passwd"]
    assert rows[3]["xattrs"] == "security.capability"
    assert rows[0]["mode"] == ""


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\0" not in raw))
def test_any_name_stays_in_its_line_and_comes_back_by_nul(name: bytes) -> None:
    entry = FILE._replace(path=name.decode("utf-8", "surrogateescape"))
    for style in (FileStyle(), *(FileStyle(**{each: True}) for each in ("long", "digests"))):
        text = written([FileRow(entry)], style=style)
        assert text.count("\n") == 1
        assert text[:-1].isprintable()
    raw = written([FileRow(entry)], style=FileStyle(null=True)).encode("utf-8", "surrogateescape")
    assert raw == name + b"\0"
    assert json.loads(written([FileRow(entry)], "jsonl"))["path"]


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (0o0, "----------"),
        (0o755, "-rwxr-xr-x"),
        (0o4755, "-rwsr-xr-x"),
        (0o4644, "-rwSr--r--"),
        (0o2755, "-rwxr-sr-x"),
        (0o2640, "-rw-r-S---"),
        (0o1777, "-rwxrwxrwt"),
        (0o1776, "-rwxrwxrwT"),
        (None, "-?????????"),
    ],
)
def test_modes_are_written_as_ls_does(mode: int | None, text: str) -> None:
    assert mode_text(FileKind.FILE, mode) == text

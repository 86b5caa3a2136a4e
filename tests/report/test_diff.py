"""A diff as text and as JSON, and what an archive's author may not do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given

from layertar import diff
from layertar.report.diff_json import write_diff_json
from layertar.report.diff_text import write_diff_text
from layertar.report.register import TextStyle
from tests.analysis.pairs import compared, image, layer
from tests.analysis.sample import NEW, OLD
from tests.analysis.trees import File, tar_of
from tests.builders import ImageRecipe, LayerRecipe, build_oci
from tests.report.hostile import ANY_TEXT
from tests.report.strict import strict_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.report.diff_model import Diff

REAL = Path(__file__).resolve().parents[2] / "fixtures" / "real"
PARTS = ("layers", "config", "history", "files")


def sample(*ignore: str, parts: Sequence[str] = PARTS) -> Diff:
    return diff(io.BytesIO(OLD.tar()), io.BytesIO(NEW.tar()), ignore=ignore, parts=parts)


def text(found: Diff, *whole: str, width: int | None = None, color: bool = False) -> str:
    out = io.StringIO()
    write_diff_text(found, out, TextStyle(width, color), whole=frozenset(whole))
    return out.getvalue()


def document(found: Diff) -> dict[str, object]:
    out = io.StringIO()
    write_diff_json(found, out)
    read: dict[str, object] = json.loads(out.getvalue())
    jsonschema.validate(read, strict_schema("diff"), jsonschema.Draft202012Validator)
    return read


def test_two_builds_of_an_image_are_told_on_a_screen() -> None:
    assert (
        text(sample())
        == """\
DIFFERENT  in content, link, mode and times
  a  -  docker.io/library/app:1  linux/amd64  sha256:cb7b1503d8a3
  b  -  docker.io/library/app:2  linux/amd64  sha256:de616eacaee9

layers   1 of 4 shared from the base up; 2 changed, 1 added
  a  b    stored
  = 0  0   1.2 MiB  ADD rootfs.tar.xz / # buildkit
  ~ 1  1   510 KiB  RUN /bin/sh -c pip install flask # buildkit  (only times)
  + -  2   1.5 MiB  COPY models /srv/models # buildkit
  ~ 2  3  10.0 KiB  COPY app /app # buildkit  (content, link and mode)
  first cache miss: layer 1 of b; the same instruction made it, only times differ
    changed in the history up to it: ENV DEBUG=0 -> ENV DEBUG=1

config   2 changed, and times
  ~ Env DEBUG  0 -> 1
  ~ Labels org.opencontainers.image.version  1 -> 2

history  1 changed, 1 added, and times in 2 steps
  ~ ENV DEBUG=0 -> ENV DEBUG=1
  + COPY models /srv/models # buildkit

files    5 added, 1 removed, 3 changed, 40 differ only in times; +1.5 MiB
  ~         0  app/current         "main.py" -> "run.sh"
  ~    +420 B  app/main.py         content
  ~         0  app/run.sh          mode 0644 -> 0755
  -    -500 B  app/static/old.css
  +  +1.5 MiB  srv/                3 files
"""
    )


def test_what_is_asked_for_by_name_is_told_to_the_last_line() -> None:
    found = sample(parts=("history", "files"))
    told = text(found, "history", "files")
    assert "= ADD rootfs.tar.xz" in told
    assert told.count("mtime 2023-11-14T22:13:20Z -> 2023-11-16T02:00:00Z") == 40
    assert "\nlayers" not in told
    assert "\nconfig" not in told


def test_a_summary_leaves_out_the_smallest_and_says_how_many() -> None:
    tree = {f"srv/{number:02}": File("file", bytes(number)) for number in range(1, 40)}
    a = ImageRecipe(layers=(LayerRecipe(tar=tar_of([("etc", File("directory"))])),))
    b = ImageRecipe(layers=(LayerRecipe(tar=tar_of(sorted(tree.items()))),))
    sources = [io.BytesIO(build_oci([each]).tar()) for each in (a, b)]
    told = text(diff(*sources, parts=("files",)))
    assert told.splitlines()[4:] == [
        "files    40 added, 1 removed; +780 B",
        "  -         0  etc/  empty",
        "  +    +780 B  srv/  39 files",
    ]
    flat = {f"{number:02}": File("file", bytes(number)) for number in range(1, 40)}
    b = ImageRecipe(layers=(LayerRecipe(tar=tar_of(sorted(flat.items()))),))
    sources = [io.BytesIO(build_oci([each]).tar()) for each in (a, b)]
    lines = text(diff(*sources, parts=("files",))).splitlines()
    assert [line.split()[3] for line in lines[5:-1]] == [f"{number}" for number in range(28, 40)]
    assert lines[-1] == "    ... and 28 more; --files lists all"


def test_a_rebuild_that_differs_only_in_times_says_so_on_one_line() -> None:
    def built(mtime: int, day: str) -> ImageRecipe:
        tree = [("etc/x", File("file", b"x", mtime=mtime))]
        step = {"created": day, "created_by": "COPY"}
        return ImageRecipe(
            layers=(LayerRecipe(tar=tar_of(tree), created_by="COPY"),),
            config_extra={"created": day},
            history=(step,),
        )

    sources = [
        io.BytesIO(build_oci([each]).tar())
        for each in (built(1, "2026-01-01T00:00:00Z"), built(2, "2026-02-02T00:00:00Z"))
    ]
    lines = text(diff(*sources)).splitlines()
    assert lines[0] == "DIFFERENT  only times differ"
    assert (
        "  first cache miss: layer 0 of b; the same instruction made it, only times differ" in lines
    )


@pytest.mark.parametrize(
    ("other", "ignore", "line"),
    [
        ("buildkit-oci-zstd", (), "DIFFERENT  only compression differs"),
        (
            "buildkit-oci-zstd",
            ("format",),
            "SAME  nothing differs in layers, config, history and files",
        ),
        ("buildkit-oci", (), "SAME  nothing differs in layers, config, history and files"),
    ],
)
def test_the_first_line_of_real_archives_says_what_it_comes_to(
    other: str, ignore: tuple[str, ...], line: str
) -> None:
    found = diff(REAL / "buildkit-oci.tar", REAL / f"{other}.tar", ignore=ignore)
    assert text(found).splitlines()[0] == line
    assert found.is_same == line.startswith("SAME")


def test_colours_mark_the_signs_and_no_line_is_wider_than_the_terminal() -> None:
    told = text(sample(), color=True)
    assert "  \x1b[32m+\x1b[0m " in told
    narrow = text(sample(), "files", width=60)
    assert max(map(len, narrow.splitlines()[4:])) <= 60


def test_json_says_all_of_it_and_fits_its_schema() -> None:
    read = document(sample())
    assert (read["command"], read["state"]) == ("diff", "changed")
    assert read["aspects"] == ["content", "link", "mode", "times"]
    files = read["files"]
    assert isinstance(files, dict)
    assert (files["added"], files["removed"], files["changed"], files["times_only"]) == (
        5,
        1,
        3,
        40,
    )
    assert len(files["changes"]) == 49
    assert document(sample(parts=("config",)))["files"] is None
    assert document(sample("mtime", "/srv/**"))["ignored"] == {
        "aspects": ["times"],
        "patterns": ["/srv/**"],
    }


def test_a_file_is_written_as_ls_writes_it() -> None:
    recipes = [
        ImageRecipe(layers=(LayerRecipe(tar=tar_of([("x", File("file", b"1", xattr=xattr))])),))
        for xattr in ("", "value")
    ]
    sources = [io.BytesIO(build_oci([recipe]).tar()) for recipe in recipes]
    found = diff(*sources, parts=("files",))
    files = document(found)["files"]
    assert isinstance(files, dict)
    [change] = files["changes"]
    assert (change["aspects"], change["a"]["xattrs"]) == (["xattrs"], {})
    assert change["b"]["xattrs"] == {"user.x": "dmFsdWU="}
    assert "  ~         0  x  xattrs user.x\n" in text(found)


@given(given_text=ANY_TEXT)
def test_no_text_of_an_archive_makes_a_line_or_rules_the_terminal(given_text: str) -> None:
    def both(inner: str) -> Diff:
        one = layer("base", created_by=inner)
        other = layer("base", "anew", created_by=inner + "x")
        a = image(one, Labels={"a": inner}, Env=[f"X={inner}"], Cmd=[inner])
        b = image(other, Labels={inner: "b"}, User=inner)
        return compared(a, b)

    plain, found = text(both("plain"), *PARTS), both(given_text)
    told = text(found, *PARTS)
    assert told.replace("\n", "").isprintable()
    assert abs(told.count("\n") - plain.count("\n")) < 12
    assert all(line[:1] in ("", " ") or line.split()[0] in ("DIFFERENT", *PARTS, "diff_ids")
               for line in told.splitlines())  # fmt: skip
    document(found)


def test_names_of_files_are_escaped() -> None:
    name = b"\x1b[1m\n::error::\xff".decode("utf-8", "surrogateescape")
    layers = [LayerRecipe(tar=tar_of(tree)) for tree in ([], [(name, File("file", b"x"))])]
    sources = [io.BytesIO(build_oci([ImageRecipe(layers=(each,))]).tar()) for each in layers]
    found = diff(*sources, parts=("files",))
    assert r"\x1b[1m\n::error::\xff" in text(found)
    changes = document(found)["files"]
    assert isinstance(changes, dict)
    assert changes["changes"][0]["path"] == "\x1b[1m\n::error::\\xff"

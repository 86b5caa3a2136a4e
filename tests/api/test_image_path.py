"""Paths in an image's file system, read much as `pathlib` reads this machine's."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar import ArgumentError, FileKind, ImagePath, InputError, SelectionError, files
from tests.builders import (
    CODECS,
    Codec,
    Directory,
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_docker,
    build_docker_v1,
    build_oci,
    tar_layer,
)

if TYPE_CHECKING:
    from layertar.api.files import Files

DATA = bytes(range(256)) * 4000
BASE = tar_layer(
    {
        "etc": Directory(),
        "etc/passwd": b"root:x:0:0\n",
        "etc/empty": b"",
        "usr": Directory(),
        "usr/lib": Directory(),
        "usr/lib/big.so.1": DATA,
        "usr/lib/big.so": Symlink("big.so.1"),
        "usr/lib/again": Hardlink("usr/lib/big.so.1"),
        "lib": Symlink("usr/lib"),
        "round": Symlink("round"),
        # What begins like a compressed stream is a file like any other.
        "etc/page.gz": b"\x1f\x8b\x08\0 no gzip",
    }
)
UPPER = tar_layer({"etc": Directory(), "etc/passwd": b"root:x:0:0\nme:x:1:1\n", "\udcff": b"raw"})


def image(codec: Codec = "gzip") -> ImageRecipe:
    return ImageRecipe(
        layers=tuple(LayerRecipe(tar=tar, compression=codec) for tar in (BASE, UPPER))
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paths") / "app.tar"
    path.write_bytes(build_oci([image()]).tar())
    return path


@pytest.fixture(scope="module")
def listed(saved: Path) -> Files:
    return files(saved)


@pytest.fixture(scope="module")
def root(listed: Files) -> ImagePath:
    return listed.root


def names(paths: object) -> list[str]:
    return [str(path) for path in paths]  # type: ignore[attr-defined]


def test_paths_are_put_together_and_taken_apart_as_pathlib_does(root: ImagePath) -> None:
    path = root / "usr" / "lib/big.so.1"
    pure = PurePosixPath("/usr/lib/big.so.1")
    assert (str(path), path.name, path.stem, path.suffix) == (
        str(pure),
        pure.name,
        pure.stem,
        pure.suffix,
    )
    assert path.parts == pure.parts
    assert path.parent == root.joinpath("usr", "lib")
    assert root.parent == root
    assert repr(path) == "ImagePath('/usr/lib/big.so.1')"
    assert path / "/etc" == root / "etc"


def test_paths_are_equal_within_one_image_only(root: ImagePath, listed: Files, saved: Path) -> None:
    assert listed.path("etc") == listed.path("/etc") == root / "etc"
    assert len({listed.path("etc"), root / "etc"}) == 1
    assert files(saved).root != root
    assert root != "/"
    assert sorted([root / "b", root / "a"]) == [root / "a", root / "b"]


def test_what_lies_there_is_told(root: ImagePath) -> None:
    assert (root / "lib").is_symlink()
    assert (root / "lib").is_dir()
    assert (root / "lib/big.so").is_file()
    assert not (root / "lib/big.so").is_dir()
    assert not (root / "round").exists()
    assert (root / "round").is_symlink()
    assert not (root / "nothing").exists()
    assert not (root / "nothing").is_file()
    assert (root / "lib/big.so").stat().size == len(DATA)
    assert (root / "lib/big.so").lstat().kind is FileKind.SYMLINK
    assert (root / "etc").stat().mode == 0o755
    assert root.is_dir()
    assert (root / "etc/../etc/./passwd").is_file()


def test_links_are_read_and_resolved(root: ImagePath) -> None:
    assert (root / "lib").readlink() == PurePosixPath("usr/lib")
    assert (root / "lib/big.so").resolve() == root / "usr/lib/big.so.1"
    for wrong in ("etc", "etc/passwd"):
        with pytest.raises(SelectionError, match="it is no symbolic link"):
            (root / wrong).readlink()
    with pytest.raises(SelectionError, match="/round is a symbolic link to round"):
        (root / "round").resolve()


def test_directories_are_listed_by_name(root: ImagePath) -> None:
    assert names(root.iterdir()) == ["/etc", "/lib", "/round", "/usr", "/\udcff"]
    assert names((root / "lib").iterdir()) == ["/lib/again", "/lib/big.so", "/lib/big.so.1"]
    with pytest.raises(SelectionError, match="no directory"):
        (root / "etc/passwd").iterdir()
    with pytest.raises(SelectionError, match="no such file"):
        (root / "nothing").iterdir()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("etc/*", ["/etc/empty", "/etc/page.gz", "/etc/passwd"]),
        ("*/passwd", ["/etc/passwd"]),
        ("lib/*.so", ["/lib/big.so"]),
        ("etc/[!p]*", ["/etc/empty"]),
        ("**/*.so*", ["/usr/lib/big.so", "/usr/lib/big.so.1"]),
        ("**/lib", ["/lib", "/usr/lib"]),
        ("etc/nothing", []),
        ("round", ["/round"]),
        ("**/usr/**/again", ["/usr/lib/again"]),
        ("etc/../usr/*", ["/etc/../usr/lib"]),
    ],
)
def test_patterns_find_what_fits_once(root: ImagePath, pattern: str, expected: list[str]) -> None:
    assert names(root.glob(pattern)) == expected


def test_everything_is_found_at_any_depth(root: ImagePath, listed: Files) -> None:
    everything = {f"/{entry.path}" for entry in listed.entries() if entry.path}
    assert sorted(names(root.rglob("*"))) == sorted(everything)
    assert names((root / "usr").rglob("big*")) == ["/usr/lib/big.so", "/usr/lib/big.so.1"]


@pytest.mark.parametrize("pattern", ["", "/etc/*", "[[:nothing:]]"])
def test_a_pattern_that_is_none_is_refused(root: ImagePath, pattern: str) -> None:
    with pytest.raises(ArgumentError):
        root.glob(pattern)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("form", ["plain", "wrapped", "unpacked", "v1"])
def test_bytes_are_those_of_the_file(codec: Codec, form: str, tmp_path: Path) -> None:
    built = build_oci([image(codec)]) if form != "v1" else build_docker_v1([image(codec)])
    path = tmp_path / "app"
    if form == "unpacked":
        built.directory(path)
    else:
        path.write_bytes(built.compressed("gzip") if form == "wrapped" else built.tar())
    root = files(path).root
    assert (root / "lib/big.so").read_bytes() == DATA
    assert (root / "usr/lib/again").read_bytes() == DATA
    assert (root / "etc/passwd").read_text() == "root:x:0:0\nme:x:1:1\n"
    assert (root / "etc/empty").read_bytes() == b""
    assert (root / "etc/page.gz").read_bytes() == b"\x1f\x8b\x08\0 no gzip"
    assert (root / "\udcff").read_bytes() == b"raw"


@given(st.lists(st.tuples(st.integers(0, len(DATA) + 10), st.integers(0, 5000)), max_size=6))
def test_a_file_is_sought_as_one_of_this_machine(
    root: ImagePath, steps: list[tuple[int, int]]
) -> None:
    expected = io.BytesIO(DATA)
    with (root / "lib/big.so").open() as file:
        for place, size in steps:
            assert file.seek(place) == expected.seek(place)
            assert file.read(size) == expected.read(size)
            assert file.tell() == expected.tell()
        assert file.seek(-3, io.SEEK_END) == expected.seek(-3, io.SEEK_END)
        assert file.read() == DATA[-3:]


def test_text_is_read_by_lines(root: ImagePath) -> None:
    with (root / "etc/passwd").open("r") as file:
        assert list(file) == ["root:x:0:0\n", "me:x:1:1\n"]


def test_a_place_before_the_beginning_is_refused(root: ImagePath) -> None:
    with (root / "etc/passwd").open() as file, pytest.raises(ValueError, match="no place before"):
        file.seek(-100, io.SEEK_END)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("etc", "it is a directory"), ("nothing", "no such file"), ("round", "where nothing is")],
)
def test_what_is_no_file_is_not_opened(root: ImagePath, path: str, reason: str) -> None:
    with pytest.raises(SelectionError, match=reason):
        (root / path).open()


def test_files_of_a_stream_are_listed_and_not_opened(saved: Path) -> None:
    root = files(io.BytesIO(saved.read_bytes())).root
    assert (root / "etc/passwd").is_file()
    with pytest.raises(SelectionError, match="save the file first"):
        (root / "etc/passwd").open()


@pytest.mark.parametrize("form", ["plain", "wrapped"])
def test_an_archive_that_changed_is_refused(form: str, tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    built = build_docker([image()], style="1.10")
    path.write_bytes(built.tar() if form == "plain" else built.compressed("gzip"))
    root = files(path).root
    path.write_bytes(path.read_bytes() + bytes(512))
    with (
        (root / "etc/passwd").open() as file,
        pytest.raises(InputError, match="changed since its files were listed"),
    ):
        file.read()


@pytest.mark.parametrize("form", ["plain", "wrapped"])
def test_data_that_end_early_raise(form: str, tmp_path: Path) -> None:
    cut = BASE[: BASE.index(DATA) + 1000]
    built = build_docker([ImageRecipe(layers=(LayerRecipe(tar=cut),))], style="1.10")
    path = tmp_path / "app"
    path.write_bytes(built.tar() if form == "plain" else built.compressed("gzip"))
    listed = files(path)
    assert listed.problems
    with (
        (listed.root / "usr/lib/big.so.1").open() as file,
        pytest.raises(InputError, match="layer 0: it ends after"),
    ):
        file.read()

"""The files of an image are the same, however the archive comes and whatever rides along."""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, Limits, SelectionError
from layertar.api.files import Files, files
from layertar.filesystem import Fate, FileKind
from layertar.filesystem.listing import Sort
from layertar.value import replace
from tests.builders import ImageRecipe, LayerRecipe, blob_name, build_docker, build_oci, tar_layer
from tests.tarmaker import Hardlink, Symlink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem import FileEntry
    from tests.builders import Codec

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.glob("*/*.tar*") if path.suffix != ".json")

BASE = tar_layer(
    {
        "etc/hosts": b"localhost",
        "etc/motd": b"welcome",
        "var/log/old": b"x" * 3000,
        "var/log/deep/er": b"y",
        "bin/sh": b"shell" * 100,
        "bin/bash": Hardlink("bin/sh"),
        "usr/bin": Symlink("/bin"),
    }
)
UPPER = tar_layer(
    {
        "etc/motd": b"changed",
        "etc/.wh.hosts": b"",
        "var/log/.wh..wh..opq": b"",
        "var/log/new": b"z" * 10,
        "usr/bin/tool": b"tool",
    }
)


def image(codec: Codec = "gzip") -> ImageRecipe:
    return ImageRecipe(
        layers=(LayerRecipe(tar=BASE, compression=codec), LayerRecipe(tar=UPPER)),
        names=("docker.io/library/app:1",),
    )


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([image()]).tar())
    return path


def paths(found: Files, **how: bool | int | Sort) -> list[str]:
    return [path.decode() for path, _ in found.spots(recursive=True, **how)]  # type: ignore[arg-type] # - passed on as they are


def listed(
    path: Path | io.BytesIO, *, digests: bool = False, verify: bool = False
) -> list[FileEntry] | None:
    """All entries; `None` where there is not the one image."""
    try:
        return list(files(path, digests=digests, verify=verify).entries())
    except SelectionError:
        return None


def test_the_layers_are_applied(app: Path) -> None:
    found = files(app)
    assert paths(found) == [
        *("", "bin", "bin/bash", "bin/sh", "bin/tool", "etc", "etc/motd"),
        *("usr", "usr/bin", "var", "var/log", "var/log/new"),
    ]
    assert found.problems == ()
    entries = {entry.path: entry for entry in found.entries()}
    assert entries["etc/motd"].size == len(b"changed")
    assert entries["etc/motd"].layer == 1
    assert entries["bin/bash"].kind is FileKind.FILE
    assert entries["bin/bash"].size == entries["bin/sh"].size == 500
    assert entries["usr/bin"].link_target == "/bin"


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name)
def test_files_do_not_depend_on_how_an_archive_is_read(archive: Path, tmp_path: Path) -> None:
    usual = listed(archive, digests=True)
    assert listed(archive, digests=True, verify=True) == usual
    assert listed(io.BytesIO(archive.read_bytes()), digests=True) == usual
    if archive.suffix == ".tar":
        with tarfile.open(archive) as tar:
            tar.extractall(tmp_path / "directory", filter="tar")
        assert listed(tmp_path / "directory", digests=True) == usual
    bare = listed(archive)
    assert bare == (usual and [entry._replace(digest=None) for entry in usual])
    if usual is not None:
        assert {e.path for e in usual if e.kind is FileKind.FILE and not e.is_sparse} == {
            e.path for e in usual if e.digest is not None
        }


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd", "xz", "bzip2"])
def test_files_do_not_depend_on_the_compression(codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([image(codec)]).tar())
    assert paths(files(path)) == paths(
        files(io.BytesIO(build_docker([image()], style="1.10").tar()))
    )


def test_what_is_hidden_is_told_with_the_layer_that_hides_it(app: Path) -> None:
    found = files(app)
    rows = [found.row(spot) for spot in found.spots(recursive=True, deleted=True)]
    hidden = {row.entry.path: (row.fate, row.hidden_by) for row in rows if row.fate}
    assert hidden == {
        "etc/hosts": (Fate.DELETED, 1),
        "etc/motd": (Fate.OVERWRITTEN, 1),
        "var/log/old": (Fate.DELETED, 1),
        "var/log/deep/er": (Fate.DELETED, 1),
    }
    assert [row.entry.path for row in rows] == sorted(row.entry.path for row in rows)


def test_a_deleted_file_is_found_by_its_path(app: Path) -> None:
    found = files(app)
    [row] = [found.row(spot) for spot in found.spots("/etc/hosts", recursive=True, deleted=True)]
    assert (row.entry.path, row.entry.layer, row.hidden_by) == ("etc/hosts", 0, 1)
    with pytest.raises(SelectionError, match="no such file"):
        found.spots("/etc/hosts")


def test_one_layer_is_listed_as_its_tar_has_it(app: Path) -> None:
    found = files(app)
    rows = [found.row(spot) for spot in found.spots(recursive=True, layer=1)]
    assert [(row.entry.path, row.entry.kind) for row in rows] == [
        ("etc/hosts", FileKind.WHITEOUT),
        ("etc/motd", FileKind.FILE),
        ("usr/bin/tool", FileKind.FILE),
        ("var/log", FileKind.OPAQUE),
        ("var/log/new", FileKind.FILE),
    ]
    assert len(list(found.layer(1))) == len(rows)
    with pytest.raises(SelectionError, match="2 layers"):
        found.spots(layer=2)


def test_a_directory_lists_what_is_directly_in_it(app: Path) -> None:
    found = files(app)
    assert [path for path, _ in found.spots("/")] == [b"bin", b"etc", b"usr", b"var"]
    assert [path for path, _ in found.spots("usr/bin")] == [b"bin/bash", b"bin/sh", b"bin/tool"]
    assert [path for path, _ in found.spots("etc/motd")] == [b"etc/motd"]


def test_sorting_by_size_puts_the_largest_first(app: Path) -> None:
    found = files(app)
    rows = [found.row(spot) for spot in found.spots(recursive=True, deleted=True, by=Sort.SIZE)]
    sizes = [row.entry.size for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert rows[0].entry.path == "var/log/old"


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (LayerRecipe(tar=BASE).blob[:-20], "cannot be uncompressed"),
        (LayerRecipe(tar=BASE[:515]).blob, "its tar is cut short"),
        (LayerRecipe(tar=b"no tar at all" * 100).blob, "it is no tar"),
        (BASE[:515], "its tar is cut short"),
    ],
    ids=["stream", "tar", "text", "plain"],
)
def test_a_layer_that_cannot_be_listed_whole_is_a_problem(
    stored: bytes, problem: str, tmp_path: Path
) -> None:
    recipe = ImageRecipe(layers=(LayerRecipe(tar=BASE, stored=stored), LayerRecipe(tar=UPPER)))
    archive = build_oci([recipe]).tar()
    path = tmp_path / "app.tar"
    path.write_bytes(archive)
    for source in (path, io.BytesIO(archive)):
        found = files(source)
        assert [each.split(":")[0] for each in found.problems] == ["layer 0"]
        assert problem in found.problems[0]
        assert "etc/motd" in paths(found)


def test_a_layer_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    recipe = LayerRecipe(tar=BASE)
    path.write_bytes(build_oci([image()]).remove(blob_name(recipe.blob)).tar())
    found = files(path)
    assert found.problems == ("layer 0: it is not in the archive",)
    assert "etc/motd" in paths(found)


def test_a_bound_on_entries_ends_the_listing_with_a_problem(app: Path) -> None:
    found = files(app, limits=replace(Limits(), listed_entries=6))
    assert [each.split(":")[0] for each in found.problems] == ["layer 1"]
    assert "more entries" in found.problems[0]


def test_of_several_images_one_must_be_chosen(tmp_path: Path) -> None:
    other = ImageRecipe(layers=(LayerRecipe(tar=UPPER),), names=("docker.io/library/other:1",))
    path = tmp_path / "both.tar"
    path.write_bytes(build_oci([image(), other]).tar())
    with pytest.raises(SelectionError, match="several images fit"):
        files(path)
    assert "bin/sh" not in paths(files(path, image="other:1"))


def test_what_is_no_archive_has_no_files(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"no archive\n" * 100)
    found = files(path)
    assert found.image is None
    assert found.report.archives[0].verdict.value == "unreadable"
    assert paths(found) == [""]


# The cache


@pytest.fixture
def old(app: Path) -> Path:
    """The archive, changed long enough ago that its times tell whether it changed again."""
    status = app.stat()
    os.utime(app, ns=(status.st_atime_ns, status.st_mtime_ns - 10**11))
    return app


def cached(archive: Path, cache: Path, *, digests: bool = False) -> list[FileEntry]:
    found = files(archive, cache=cache, digests=digests)
    assert found.problems == ()
    return list(found.entries())


@pytest.fixture
def rounds(tmp_path: Path) -> Iterator[Path]:
    """A directory for the cache, which is not there yet."""
    cache = tmp_path / "made" / "cache"
    yield cache
    if cache.exists():
        assert [path.name for path in cache.iterdir()] == ["layertar.sqlite3"]


@pytest.mark.parametrize("digests", [False, True])
def test_a_second_look_gives_the_same(app: Path, rounds: Path, digests: bool) -> None:  # noqa: FBT001 - a parameter of the test
    due = list(files(app, digests=digests).entries())
    for _ in range(3):
        assert cached(app, rounds, digests=digests) == due


def test_a_listing_without_digests_does_not_stand_in_for_one_with(app: Path, rounds: Path) -> None:
    cached(app, rounds)
    assert cached(app, rounds, digests=True) == list(files(app, digests=True).entries())
    assert cached(app, rounds) == list(files(app).entries())


def test_a_copy_of_the_archive_is_hashed_and_then_known(
    app: Path, rounds: Path, tmp_path: Path
) -> None:
    due = cached(app, rounds)
    copy = tmp_path / "copy.tar"
    copy.write_bytes(app.read_bytes())
    assert cached(copy, rounds) == due


def test_an_archive_that_changed_is_read_anew(old: Path, rounds: Path) -> None:
    cached(old, rounds)
    recipe = ImageRecipe(layers=(LayerRecipe(tar=tar_layer({"other": b"1"})),))
    old.write_bytes(build_oci([recipe]).tar())
    assert [entry.path for entry in cached(old, rounds)] == ["", "other"]


def test_a_layer_altered_in_place_does_not_pass_for_the_recorded_one(
    tmp_path: Path, rounds: Path
) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([image("none")]).tar())
    due = cached(path, rounds, digests=True)
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"localhost", b"LOCALHOST"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = cached(path, rounds, digests=True)
    assert found == list(files(path, digests=True).entries())
    assert found == due  # The altered file is one that the upper layer deletes.
    old_file, new_file = (
        next(entry for entry in files(each, digests=True).layer(0) if entry.path == "etc/hosts")
        for each in (io.BytesIO(build_oci([image("none")]).tar()), path)
    )
    [kept] = [
        entry
        for entry in files(path, digests=True, cache=rounds).layer(0)
        if entry.path == "etc/hosts"
    ]
    assert kept.digest == new_file.digest != old_file.digest


def test_of_an_unchanged_file_no_layer_is_read_again(
    rounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FIXTURES / "real" / "docker-28-containerd.tar"
    read: list[int] = []
    really = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        piece = really(descriptor, size, offset)
        read.append(len(piece))
        return piece

    monkeypatch.setattr(os, "pread", counted)
    first = list(files(archive, cache=rounds).entries())
    of_first = sum(read)
    read.clear()
    assert list(files(archive, cache=rounds).entries()) == first
    with tarfile.open(archive) as tar:
        layers = [each.size for each in tar if tar.extractfile(each) and _is_gzip(tar, each)]
    assert layers
    assert sum(read) == of_first - sum(layers)


def _is_gzip(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    opened = tar.extractfile(member)
    return opened is not None and opened.read(2) == b"\x1f\x8b"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE listings SET data = x'00'",
        "UPDATE listings SET data = substr(data, 1, length(data) - 1) || x'ff'",
        "UPDATE listings SET data = 7, sum = NULL",
        "UPDATE about SET version = 'of another day'",
        "DROP TABLE seen",
        "DELETE FROM listings",
    ],
)
def test_a_damaged_cache_costs_time_and_answers_nothing_wrong(
    damage: str, app: Path, rounds: Path
) -> None:
    due = cached(app, rounds)
    database = sqlite3.connect(rounds / "layertar.sqlite3")
    with database:
        database.execute(damage)
    database.close()
    for _ in range(2):
        assert cached(app, rounds) == due


def test_a_cache_that_cannot_be_used_is_an_argument_error(app: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"a file")
    with pytest.raises(ArgumentError, match="cannot be used"):
        files(app, cache=taken)
    other = tmp_path / "other"
    other.mkdir()
    (other / "layertar.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(ArgumentError, match="cannot be used"):
        files(app, cache=other)


def test_a_cache_forgets_what_was_not_used_for_longest(tmp_path: Path, rounds: Path) -> None:
    limits = replace(Limits(), cache_size=1)
    path = tmp_path / "app.tar"
    path.write_bytes(build_oci([image()]).tar())
    due = paths(files(path))
    for _ in range(2):
        assert paths(files(path, cache=rounds, limits=limits)) == due
    database = sqlite3.connect(rounds / "layertar.sqlite3")
    assert database.execute("SELECT COUNT(*) FROM listings").fetchone() == (0,)
    database.close()

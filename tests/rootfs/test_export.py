"""A file system as one tar, or as files: whole, the same each time, and nowhere else."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, SelectionError, TargetError
from layertar.api.exporting import export, unpack
from layertar.api.files import files
from layertar.filesystem import FileKind
from layertar.image.model import Verdict
from layertar.rootfs.directory import DirectoryReceiver
from tests.builders import (
    CODECS,
    Codec,
    Content,
    Directory,
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    blob_name,
    build_docker,
    build_docker_v1,
    build_hybrid,
    build_oci,
    tar_layer,
)
from tests.conftest import ROOT
from tests.rootfs.rich import RICH, folder, layer_of, made
from tests.rootfs.snapshot import differences, of_directory, of_tar

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertar.api.exporting import Exported
    from tests.builders import Built

SHAPES: dict[str, Callable[[list[ImageRecipe]], Built]] = {
    "oci": build_oci,
    "hybrid": build_hybrid,
    "containerd": lambda images: build_hybrid(images, store="containerd"),
    "docker": lambda images: build_docker(images, style="1.10"),
    "skopeo": lambda images: build_docker(images, style="skopeo"),
    "v1": build_docker_v1,
}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners and devices are root's")


def exported(
    source: Path, *, layers: tuple[int | None, int | None] | None = None, verify: bool = False
) -> tuple[bytes, Exported]:
    out = io.BytesIO()
    found = export(source, write=out.write, layers=layers, verify=verify)
    return out.getvalue(), found


def image_of(*layers: bytes) -> ImageRecipe:
    return ImageRecipe(layers=tuple(LayerRecipe(tar=layer) for layer in layers))


def saved(image: ImageRecipe, path: Path) -> Path:
    path.write_bytes(build_oci([image]).tar())
    return path


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(RICH, tmp_path_factory.mktemp("rich") / "rich.tar")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_image_gives_the_same_bytes_in_every_shape(
    shape: str, rich: Path, tmp_path: Path
) -> None:
    expected, _ = exported(rich)
    built = SHAPES[shape]([RICH])
    plain, wrapped = tmp_path / "plain.tar", tmp_path / "wrapped.tar.gz"
    plain.write_bytes(built.tar())
    wrapped.write_bytes(built.compressed("gzip"))
    # Layers in another order than the image has them: some are read in a later pass.
    shuffled = tmp_path / "shuffled.tar.gz"
    shuffled.write_bytes(built.reorder(range(len(built.members))[::-1]).compressed("gzip"))
    for source in (plain, wrapped, shuffled, built.directory(tmp_path / "unpacked")):
        out, found = exported(source)
        assert (found.fault, found.problems, found.notes) == (None, (), ())
        assert out == expected


@pytest.mark.parametrize("codec", CODECS)
def test_the_compression_of_layers_does_not_show(codec: Codec, rich: Path, tmp_path: Path) -> None:
    layers = tuple(LayerRecipe(tar=layer.tar, compression=codec) for layer in RICH.layers)
    other = saved(ImageRecipe(layers=layers), tmp_path / "other.tar")
    assert exported(other)[0] == exported(rich)[0]


def test_every_fixture_is_exported_as_it_is_listed(tmp_path: Path) -> None:
    seen = 0
    for path in sorted((ROOT / "fixtures" / "real").glob("*.tar*")):
        try:
            listed = files(path, digests=True)
        except SelectionError:
            continue
        if listed.image is None or listed.problems:
            continue
        (tmp_path / "out.tar").write_bytes(exported(path)[0])
        found = of_tar(tmp_path / "out.tar")
        entries = {entry.path: entry for entry in listed.entries() if entry.path}
        assert found.keys() == entries.keys()
        for name, facts in found.items():
            entry = entries[name]
            assert facts["mtime"] == (entry.mtime_ns or 0)
            if entry.kind is FileKind.FILE:
                assert f"sha256:{facts['sha256']}" == str(entry.digest)
                seen += 1
    assert seen > 100


def test_a_range_of_layers_is_exported_alone(tmp_path: Path) -> None:
    layers = [{"a": b"1"}, {"b": b"2"}, {"c": b"3"}]
    source = saved(image_of(*(tar_layer({**each}) for each in layers)), tmp_path / "app.tar")
    for given, expected in (
        (None, "abc"),
        ((1, None), "bc"),
        ((None, 1), "a"),
        ((1, 2), "b"),
    ):
        (tmp_path / "out.tar").write_bytes(exported(source, layers=given)[0])
        assert "".join(of_tar(tmp_path / "out.tar")) == expected
    for wrong in ((3, None), (0, 4), (2, 2), (2, 1)):
        with pytest.raises(SelectionError, match="the image has 3 layers, numbered from 0"):
            exported(source, layers=wrong)


def test_layers_out_of_the_range_need_not_be_readable(tmp_path: Path) -> None:
    image = image_of(tar_layer({"a": b"1"}), tar_layer({"b": b"2"}))
    built = build_oci([image]).replace(blob_name(image.layers[0].blob), b"\x1f\x8b\x08 damaged")
    (tmp_path / "app.tar").write_bytes(built.tar())
    assert exported(tmp_path / "app.tar", layers=(1, None))[1].fault is None
    out, found = exported(tmp_path / "app.tar")
    assert out == b""
    assert found.fault is not None
    assert found.fault.startswith("nothing is written: layer 0: it cannot be uncompressed")


def test_a_hard_link_whose_first_name_is_deleted_keeps_its_data(tmp_path: Path) -> None:
    base = tar_layer({"z": b"data", "y": Hardlink("z"), "a": Hardlink("z")})
    source = saved(image_of(base, tar_layer({}, whiteouts=["z"])), tmp_path / "app.tar")
    (tmp_path / "out.tar").write_bytes(exported(source)[0])
    with tarfile.open(tmp_path / "out.tar") as tar:
        assert [(info.name, info.linkname, info.size) for info in tar] == [
            ("a", "", 4),
            ("y", "a", 0),
        ]


def test_what_cannot_be_exported_is_told_and_left_out(tmp_path: Path) -> None:
    layer = layer_of(
        [
            made("whole", b"1"),
            made("dangling", type=tarfile.LNKTYPE, target="nowhere"),
            made("sparse", b"1", pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}),
            made("vendor", type=b"V"),
        ]
    )
    source = saved(image_of(layer), tmp_path / "app.tar")
    out, found = exported(source)
    (tmp_path / "out.tar").write_bytes(out)
    assert list(of_tar(tmp_path / "out.tar")) == ["whole"]
    assert found.fault is None
    assert found.problems == (
        "/dangling is left out: it is a hard link to what is not there",
        "/sparse is left out: it is stored as the pieces of a sparse file",
        "/vendor is left out: it is of a kind that is no file's",
    )


def test_an_image_that_is_not_verified_is_not_written(tmp_path: Path) -> None:
    image = image_of(tar_layer({"a": b"1"}))
    other = LayerRecipe(tar=tar_layer({"a": b"2"})).blob
    built = build_oci([image]).replace(blob_name(image.layers[0].blob), other)
    (tmp_path / "app.tar").write_bytes(built.tar())
    out, found = exported(tmp_path / "app.tar", verify=True)
    assert (out, found.fault) == (b"", "nothing is written: the image is failed, not verified")
    found = unpack(tmp_path / "app.tar", tmp_path / "to", verify=True)
    assert found.fault is not None
    assert not (tmp_path / "to").exists()
    assert exported(saved(image, tmp_path / "true.tar"), verify=True)[1].fault is None


def test_an_unreadable_archive_is_no_file_system(tmp_path: Path) -> None:
    _, found = exported(tmp_path / "nothing.tar")
    assert (found.image, found.report.verdict) == (None, Verdict.UNREADABLE)
    assert unpack(tmp_path / "nothing.tar", tmp_path / "to").image is None
    assert not (tmp_path / "to").exists()


def test_a_root_directory_that_a_layer_declares_is_exported(tmp_path: Path) -> None:
    layer = layer_of([folder("./", 0o711, owner=(1, 2)), made("./a", b"1")])
    source = saved(image_of(layer), tmp_path / "app.tar")
    with tarfile.open(fileobj=io.BytesIO(exported(source)[0])) as tar:
        first = tar.next()
        assert first is not None
        assert (first.name, first.mode, first.uid, first.gid) == (".", 0o711, 1, 2)
    unpack(source, tmp_path / "to")
    assert stat.S_IMODE((tmp_path / "to").stat().st_mode) == 0o711


# Files of this machine.


@as_root
def test_files_are_what_the_tar_has(rich: Path, tmp_path: Path) -> None:
    (tmp_path / "out.tar").write_bytes(exported(rich)[0])
    found = unpack(rich, tmp_path / "to")
    assert (found.fault, found.problems) == (None, ())
    ours = differences(of_tar(tmp_path / "out.tar"), of_directory(tmp_path / "to"))
    if found.notes:  # A machine without the right to make devices, or to keep attributes.
        ours = {(path, key) for path, key in ours if "dev" not in path and key != "xattrs"}
    assert ours == set()


HOSTILE: dict[str, list[dict[str, Content]]] = {
    "a link to the outside": [{"out": Symlink("{outside}")}, {"out/x": b"evil"}],
    "in one layer": [{"out": Symlink("{outside}"), "out/x": b"evil"}],
    "by steps up": [{"out": Symlink("../" * 40 + "{outside}")}, {"out/x": b"evil"}],
    "a link in the place of a directory": [
        {"d": Directory(), "d/x": b"1"},
        {"d": Symlink("{outside}")},
        {"d/x": b"evil"},
    ],
    "a link as a file": [{"f": Symlink("{outside}/kept")}, {"f": b"evil"}],
    "a hard link to the outside": [{"f": Hardlink("{outside}/kept")}],
    "a hard link through a link": [{"out": Symlink("{outside}"), "f": Hardlink("out/kept")}],
    "names with steps up": [{"../../../../../../..{outside}/x": b"evil", "a/../../x": b"evil"}],
    "absolute names": [{"/{outside}/x": b"evil"}],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_in_an_image_leads_out_of_the_directory(what: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    here = str(outside)

    def filled(content: Content) -> Content:
        if isinstance(content, Symlink | Hardlink):
            return type(content)(content.target.replace("{outside}", here))
        return content

    layers = [
        tar_layer(
            {name.replace("{outside}", here): filled(content) for name, content in each.items()}
        )
        for each in HOSTILE[what]
    ]
    source = saved(image_of(*layers), tmp_path / "app.tar")
    found = unpack(source, tmp_path / "to")
    assert found.fault is None
    assert [each.name for each in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_bytes() == b"kept"
    assert (outside / "kept").stat().st_nlink == 1
    # What was meant for the outside is inside, or nowhere.
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.tar", "outside", "to"]


def test_only_a_new_or_an_empty_directory_is_written_to(rich: Path, tmp_path: Path) -> None:
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "x").touch()
    file.touch()
    for there in (full, file):
        with pytest.raises(ArgumentError):
            unpack(rich, there)
    with pytest.raises(TargetError, match="No such file or directory"):
        unpack(rich, tmp_path / "no" / "parent")
    assert [each.name for each in full.iterdir()] == ["x"]


def test_an_empty_directory_keeps_its_mode(tmp_path: Path) -> None:
    source = saved(image_of(tar_layer({"a": b"1"})), tmp_path / "app.tar")
    place = tmp_path / "empty"
    place.mkdir(mode=0o750)
    assert unpack(source, place).fault is None
    assert stat.S_IMODE(place.stat().st_mode) == 0o750
    assert (place / "a").read_bytes() == b"1"


class Stopped(DirectoryReceiver):
    """One that Ctrl-C reaches when all but the end is made."""

    def finish(self) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("is_there", [False, True])
def test_what_is_interrupted_leaves_nothing(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    place = tmp_path / "to"
    if is_there:
        place.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("layertar.rootfs.target.DirectoryReceiver", Stopped)
        with pytest.raises(KeyboardInterrupt):
            unpack(rich, place)
    assert [each.name for each in tmp_path.iterdir()] == ["to"] * is_there
    assert not is_there or list(place.iterdir()) == []


def test_a_name_that_this_machine_cannot_make_is_told_and_nothing_left(tmp_path: Path) -> None:
    layer = tar_layer({"d": Directory(), "d/x": b"1", "d/" + "n" * 300: b"2"})
    source = saved(image_of(layer), tmp_path / "app.tar")
    with pytest.raises(TargetError, match="File name too long"):
        unpack(source, tmp_path / "to")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.tar"]


def test_directories_deeper_than_a_path_can_be_are_made_and_taken_away(tmp_path: Path) -> None:
    deep = "/".join(["d" * 200] * 20)
    source = saved(image_of(tar_layer({f"{deep}/x": b"1"})), tmp_path / "app.tar")
    assert unpack(source, tmp_path / "to").fault is None
    layer = tar_layer({f"{deep}/x": b"1", "z" * 300: b""})
    source = saved(image_of(layer), tmp_path / "app.tar")
    with pytest.raises(TargetError, match="File name too long"):
        unpack(source, tmp_path / "other")
    assert not (tmp_path / "other").exists()


@as_root
def test_another_user_than_root_is_told_once_what_is_not_set(rich: Path) -> None:
    place = Path(tempfile.mkdtemp())  # pytest's own is closed to others
    try:
        place.chmod(0o777)
        (place / "rich.tar").write_bytes(rich.read_bytes())
        unpack(place / "rich.tar", place / "root's")  # imports what another user could not
        child = os.fork()
        if not child:
            try:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
                found = unpack(place / "rich.tar", place / "to")
                (place / "notes").write_text("\n".join([str(found.fault), *found.notes]))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        fault, *notes = (place / "notes").read_text().splitlines()
        assert fault == "None"
        assert any(note.startswith("owners are set by root alone (") for note in notes)
        assert "devices could not be made (2)" in notes
        set_id = "set-user-ID and set-group-ID are left out where the owner is not set (2)"
        assert set_id in notes
        assert len(notes) <= 5
        assert not (place / "to" / "bin" / "su").stat().st_mode & stat.S_ISUID
        assert (place / "to" / "etc" / "version").read_bytes() == b"22\n"
    finally:
        shutil.rmtree(place)

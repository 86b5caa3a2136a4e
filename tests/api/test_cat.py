"""A file's bytes as the container would see them, of no more than has to be read."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from layertar import InputError, SelectionError
from layertar.api.cat import cat
from layertar.api.files import files
from layertar.api.layer_store import LayerStore, Place, Wanted, store_of
from layertar.filesystem import FileKind
from layertar.image.model import Verdict
from layertar.limits import DEFAULT_LIMITS
from layertar.measure import Range
from layertar.members import source_stamp
from tests.builders import (
    CODECS,
    Codec,
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

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layertar.api.cat import FileCopy
    from layertar.members import Source
    from tests.builders import Built

BASE = LayerRecipe(
    tar=tar_layer(
        {
            "etc": Directory(),
            "etc/version": b"1",
            "etc/gone": b"deleted later",
            "usr": Directory(),
            "usr/tool": b"tool " * 90_000,
            "usr/again": Hardlink("usr/tool"),
            "bin": Symlink("usr"),
            "round": Symlink("round"),
            "lost": Symlink("/nowhere"),
            "empty": b"",
        }
    )
)
UPPER = LayerRecipe(
    tar=tar_layer(
        {"etc": Directory(), "etc/version": b"22", "etc/link": Symlink("../bin/again")},
        whiteouts=["etc/gone"],
    ),
    compression="zstd",
)
TOP = LayerRecipe(
    tar=tar_layer({"opt": Directory(), "opt/across": Hardlink("etc/version")}), compression="none"
)
APP = ImageRecipe(layers=(BASE, UPPER, TOP), names=("docker.io/library/app:1",))
SHAPES: dict[str, Callable[[], Built]] = {
    "oci": lambda: build_oci([APP]),
    "hybrid": lambda: build_hybrid([APP]),
    "containerd": lambda: build_hybrid([APP], store="containerd"),
    "docker": lambda: build_docker([APP], style="1.10"),
    "skopeo": lambda: build_docker([APP], style="skopeo"),
    "v1": lambda: build_docker_v1([APP]),
}
EXPECTED = {
    "etc/version": b"22",
    "/etc/../etc/version": b"22",
    "usr/tool": b"tool " * 90_000,
    "bin/again": b"tool " * 90_000,
    "etc/link": b"tool " * 90_000,
    "opt/across": b"22",
    "empty": b"",
}


def taken(
    source: Source, path: str, *, layer: int | None = None, verify: bool = False
) -> tuple[bytes, FileCopy]:
    out = bytearray()
    copy = cat(source, path, write=out.extend, layer=layer, verify=verify)
    return bytes(out), copy


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(SHAPES["oci"]().tar())
    return path


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("verify", [False, True])
def test_a_file_is_the_same_in_every_shape(shape: str, tmp_path: Path, *, verify: bool) -> None:
    built = SHAPES[shape]()
    plain, wrapped = tmp_path / "app.tar", tmp_path / "app.tar.gz"
    plain.write_bytes(built.tar())
    wrapped.write_bytes(built.compressed("gzip"))
    unpacked = built.directory(tmp_path / "unpacked")
    for source in (plain, wrapped, unpacked):
        for path, expected in EXPECTED.items():
            out, copy = taken(source, path, verify=verify)
            if verify and shape == "v1":  # It records nothing that could prove it.
                assert out == b""
                assert copy.fault is not None
            else:
                assert (out, copy.fault, copy.problems) == (expected, None, ())
                assert copy.size == len(expected)


@pytest.mark.parametrize("codec", CODECS)
def test_a_wrapped_archive_is_read_again(codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / "app"
    path.write_bytes(SHAPES["docker"]().compressed(codec))
    assert taken(path, "usr/tool")[0] == EXPECTED["usr/tool"]


def test_every_file_of_every_fixture_has_the_digest_that_its_listing_says() -> None:
    seen = 0
    for path in sorted((ROOT / "fixtures" / "real").glob("*.tar*")):
        try:
            listed = files(path, digests=True)
        except SelectionError:
            continue  # several images; their layers are in other fixtures, too
        for entry in listed.entries():
            if entry.kind is FileKind.FILE and entry.digest is not None:
                out, copy = taken(path, entry.path)
                assert entry.digest.of(out) == entry.digest
                assert copy.entry == entry._replace(digest=None)
                seen += 1
    assert seen > 100


def test_an_older_layer_has_an_older_version(saved: Path) -> None:
    assert taken(saved, "etc/version", layer=0)[0] == b"1"
    assert taken(saved, "etc/version", layer=1)[0] == b"22"
    assert taken(saved, "etc/gone", layer=0)[0] == b"deleted later"
    assert taken(saved, "opt/across", layer=2)[0] == b"22"


@pytest.mark.parametrize(
    ("path", "layer", "reason"),
    [
        ("etc/gone", None, "it is deleted by layer 1"),
        ("etc/gone", 1, "it is deleted by layer 1"),
        ("etc/version", 2, "layer 2 does not have it, layer 1 does"),
        ("etc/version", 3, "the image has 3 layers, numbered from 0"),
        ("opt/across", 1, "the image has no such file"),
        ("nothing", None, "the image has no such file"),
        ("etc/version/x", None, "/etc/version is not a directory"),
        ("etc", None, "it is a directory"),
        ("", None, "it is a directory"),
        ("round", None, "/round is a symbolic link to round, where nothing is"),
        ("lost", None, "/lost is a symbolic link to /nowhere, where nothing is"),
    ],
)
def test_what_is_no_file_is_refused(saved: Path, path: str, layer: int | None, reason: str) -> None:
    with pytest.raises(SelectionError, match=f": {reason}$"):
        taken(saved, path, layer=layer)


def test_a_stream_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO(SHAPES["oci"]().tar())
    with pytest.raises(SelectionError, match="save the file first"):
        taken(stream, "etc/version")
    assert stream.tell() == 0


def test_a_named_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SelectionError, match="save the file first"):
        taken(tmp_path / "pipe", "etc/version")


def test_what_is_no_archive_is_unreadable(tmp_path: Path) -> None:
    out, copy = taken(tmp_path / "nothing.tar", "etc/version")
    assert (out, copy.entry, copy.report.verdict) == (b"", None, Verdict.UNREADABLE)


def test_layers_below_the_file_are_not_read(tmp_path: Path) -> None:
    broken = SHAPES["oci"]().replace(blob_name(BASE.blob), b"no gzip at all, nor a tar")
    path = tmp_path / "app.tar"
    path.write_bytes(broken.tar())
    out, copy = taken(path, "etc/version")
    assert (out, copy.fault, copy.problems) == (b"22", None, ())
    out, copy = taken(path, "opt/across")
    assert out == b"22"
    assert copy.problems == ("layer 0: it is no tar",)


def test_a_damaged_layer_hands_out_nothing_as_proved(tmp_path: Path) -> None:
    tar = BASE.tar.replace(b"tool tool", b"fool tool", 1)
    path = tmp_path / "app.tar"
    path.write_bytes(SHAPES["oci"]().replace(blob_name(BASE.blob), tar).tar())
    assert taken(path, "usr/tool")[0].startswith(b"fool ")
    out, copy = taken(path, "usr/tool", verify=True)
    assert out == b""
    assert copy.fault == "nothing is handed out: the image is failed, not verified"


@pytest.mark.parametrize("form", ["plain", "wrapped"])
def test_data_that_end_early_are_told(form: str, tmp_path: Path) -> None:
    # The listing has the file whole, for it is listed before the layer is cut.
    cut = BASE.tar[: BASE.tar.index(b"tool tool") + 1000]
    built = build_docker([ImageRecipe(layers=(LayerRecipe(tar=cut),))], style="1.10")
    path = tmp_path / "app"
    path.write_bytes(built.tar() if form == "plain" else built.compressed("gzip"))
    out, copy = taken(path, "usr/tool")
    assert len(out) == 1000
    assert copy.fault == f"layer 0: it ends after {len(cut)} bytes, within a file's data"
    assert copy.problems


class Nobody:
    """Whoever must not be handed anything."""

    def begin(self) -> None:
        raise AssertionError

    def data(self, piece: memoryview) -> None:
        raise AssertionError(piece)

    def end(self) -> None:
        raise AssertionError


def test_an_input_that_changed_meanwhile_is_not_read(saved: Path) -> None:
    stamp = source_stamp(saved)
    saved.write_bytes(saved.read_bytes() + bytes(512))
    store = store_of(saved, stamp, (), DEFAULT_LIMITS)
    assert store is not None
    with pytest.raises(InputError, match="changed since its files were listed"):
        store.read([Wanted(0, [Range(0, 1)])], Nobody())


def test_another_archive_in_its_place_is_not_read(saved: Path) -> None:
    place = Place("blobs/sha256/other", 512, 10)
    stamp = source_stamp(saved)
    assert stamp is not None
    store = LayerStore(source=saved, stamp=stamp, places=(place,), limits=DEFAULT_LIMITS)
    with pytest.raises(InputError, match="changed since its files were listed"):
        store.read([Wanted(0, [Range(0, 1)])], Nobody())

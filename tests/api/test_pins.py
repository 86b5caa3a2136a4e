"""Pins: what was locked holds until it is changed, and then exactly the change is told."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from layertar import ArgumentError, Digest, Report, Severity, Verdict, verify
from layertar.api import Pins, checksums, lock
from layertar.findings import Lock, LockBy, LockedArchive, LockedImage
from layertar.report.lock_v1 import lock_of, write_lock
from layertar.report.read_lock import parse_lock
from tests.builders import (
    CODECS,
    Built,
    ImageRecipe,
    LayerRecipe,
    PlatformName,
    build_docker,
    build_oci,
    tar_layer,
)
from tests.property.archives import built_archives, damaged_archives

if TYPE_CHECKING:
    from layertar import ArchiveReport, Finding

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = sorted((ROOT / "fixtures").rglob("*.tar"))

LAYER = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}), compression="gzip")
IMAGE = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
BUILT = build_oci([IMAGE], nested_index=True)


def locked(data: bytes) -> Lock:
    """What `layertar lock` writes of standard input, read back."""
    out = io.StringIO()
    write_lock(lock_of(lock(io.BytesIO(data))), out)
    return parse_lock(out.getvalue().encode())


def drifts(report: Report | ArchiveReport) -> list[Finding]:
    archives = report.archives if isinstance(report, Report) else (report,)
    return [
        finding
        for archive in archives
        for finding in archive.findings
        if finding.rule.name == "lock-drift"
    ]


def held(data: bytes, pinned: Lock, by: LockBy = LockBy.FILE) -> list[str]:
    """The drift that is told of `data`, in words."""
    report = verify(io.BytesIO(data), pins=Pins(pinned, by))
    found = drifts(report)
    assert (report.verdict is Verdict.FAILED) >= bool(found)
    return [finding.message for finding in found]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_what_was_locked_holds_for_every_fixture(path: Path) -> None:
    report = lock(path)
    pinned = lock_of(report)
    out = io.StringIO()
    write_lock(pinned, out)
    assert parse_lock(out.getvalue().encode()) == pinned
    due, found = verify(path), verify(path, pins=Pins(pinned))
    if report.verdict is Verdict.UNREADABLE:
        assert pinned.archives == ()
    else:
        assert report.archives[0].digest == Digest.of(path.read_bytes())
        assert drifts(found) == []
        assert found.archives[0].findings == due.archives[0].findings
        other = replaced(pinned, Digest.of(b"other"))
        assert len(drifts(verify(path, pins=Pins(other)))) == 1
        assert drifts(verify(path, pins=Pins(other, LockBy.MANIFEST))) == []


def replaced(pinned: Lock, digest: Digest) -> Lock:
    return Lock(
        tuple(
            LockedArchive(name=each.name, digest=digest, images=each.images)
            for each in pinned.archives
        )
    )


@given(damaged_archives())
def test_whatever_was_locked_holds(built: Built) -> None:
    data = built.tar()
    if (pinned := locked(data)).archives:
        assert held(data, pinned) == []


@given(built_archives())
def test_the_files_digest_is_that_of_the_bytes_however_wrapped(built: Built) -> None:
    for data in (built.tar(), *(built.compressed(codec) for codec in CODECS if codec != "none")):
        (archive,) = verify(io.BytesIO(data), pins=Pins(archive_digest=True)).archives
        assert archive.digest == Digest("sha256", hashlib.sha256(data).hexdigest())


def test_a_byte_behind_the_members_drifts_the_file_and_nothing_else() -> None:
    data = BUILT.tar()
    (message,) = held(data + bytes(512), locked(data))
    assert "every image in it still holds" in message
    for by in (LockBy.MANIFEST, LockBy.IMAGE_ID, LockBy.DIFF_IDS):
        assert held(data + bytes(512), locked(data), by) == []


def told_of(built: Built, due: Built, by: LockBy = LockBy.FILE) -> tuple[str, str, str]:
    """What drifted of the one image, what holds, and what follows."""
    *_, message = held(built.tar(), locked(due.tar()), by)
    assert message.startswith("image ")
    drifted, _, rest = message.partition("; still hold: ")
    kept, _, meaning = rest.partition(": ")
    return drifted, kept, meaning


def test_another_name_is_told_as_that() -> None:
    renamed = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:2",))
    drifted, kept, meaning = told_of(
        build_docker([renamed], style="1.10"), build_docker([IMAGE], style="1.10")
    )
    assert drifted.partition("drifted: ")[2] == "names (locked app:1, found app:2)"
    assert kept == "platform, image ID, diff_ids"
    assert meaning == "the same image, listed otherwise"
    for by in (LockBy.MANIFEST, LockBy.IMAGE_ID, LockBy.DIFF_IDS):
        assert held(build_oci([renamed]).tar(), locked(build_oci([IMAGE]).tar()), by) == []


def test_a_recompressed_layer_is_the_same_content() -> None:
    again = LayerRecipe(tar=LAYER.tar, compression="zstd")
    other = build_oci([ImageRecipe(layers=(again,), names=IMAGE.names)], nested_index=True)
    drifted, kept, meaning = told_of(other, BUILT)
    assert ("index digest" in drifted, "manifest digest" in drifted) == (True, True)
    assert kept == "names, platform, image ID, diff_ids"
    assert meaning == "the same content, saved anew or recompressed"
    assert held(other.tar(), locked(BUILT.tar()), LockBy.IMAGE_ID) == []
    assert len(held(other.tar(), locked(BUILT.tar()), LockBy.MANIFEST)) == 1


def test_another_byte_in_a_layer_is_other_content() -> None:
    again = LayerRecipe(tar=tar_layer({"etc/hello": b"ho"}), compression="gzip")
    other = build_oci([ImageRecipe(layers=(again,), names=IMAGE.names)], nested_index=True)
    for by in LockBy:
        *_, meaning = told_of(other, BUILT, by)
        assert meaning == "other content"
    (message,) = held(other.tar(), locked(BUILT.tar()), LockBy.DIFF_IDS)
    assert LAYER.diff_id in message
    assert again.diff_id in message


def test_another_config_over_the_same_layers_is_told_as_that() -> None:
    other = ImageRecipe(layers=(LAYER,), names=IMAGE.names, platform=PlatformName("linux", "arm64"))
    built = build_oci([other], nested_index=True)
    *_, meaning = told_of(built, BUILT)
    assert meaning == "the same layers under another config"
    assert held(built.tar(), locked(BUILT.tar()), LockBy.DIFF_IDS) == []


def test_images_without_an_entry_and_entries_without_an_image_are_drift() -> None:
    second = ImageRecipe(
        layers=(LayerRecipe(tar=tar_layer({"b": b"x"})),), names=("docker.io/library/b:1",)
    )
    both, one = build_oci([IMAGE, second]).tar(), build_oci([IMAGE]).tar()
    added = held(both, locked(one), LockBy.IMAGE_ID)
    assert [message.rpartition(": ")[2] for message in added] == ["the lock has no entry for it"]
    gone = held(one, locked(both), LockBy.IMAGE_ID)
    assert [message.rpartition(": ")[2] for message in gone] == ["locked, but not here"]


def test_archives_without_an_entry_and_entries_without_an_archive_are_drift(tmp_path: Path) -> None:
    first, second = tmp_path / "a.tar", tmp_path / "b.tar"
    for path in (first, second):
        path.write_bytes(BUILT.tar())
    both, one = lock_of(lock(first, second)), lock_of(lock(first))
    assert drifts(verify(second, first, pins=Pins(both))) == []
    report = verify(first, second, pins=Pins(one))
    assert [len(drifts(archive)) for archive in report.archives] == [0, 1]
    report = verify(first, pins=Pins(both))
    assert [archive.name for archive in report.archives] == [str(first), str(second)]
    assert [archive.verdict for archive in report.archives] == [Verdict.VERIFIED, Verdict.FAILED]
    assert report.verdict is Verdict.FAILED
    assert report.archives[1].summary.errors == 1
    report = verify(first, pins=Pins(both), severities={"lock-drift": Severity.WARNING})
    assert [each.severity for each in drifts(report)] == [Severity.WARNING]
    assert report.archives[1].summary.warnings == 1


def test_what_cannot_be_compared_does_not_hold(tmp_path: Path) -> None:
    directory = BUILT.directory(tmp_path / "app")
    (entry,) = locked(BUILT.tar()).archives
    pinned = Lock((LockedArchive(name="app", digest=entry.digest, images=entry.images),))
    (finding,) = drifts(verify(directory, pins=Pins(pinned)))
    assert "a directory" in finding.message
    assert drifts(verify(directory, pins=Pins(pinned, LockBy.MANIFEST))) == []
    assert lock_of(lock(directory)).archives[0].digest is None
    (listed,) = verify(directory, pins=Pins(checksums=[("app", Digest.of(b""))])).archives
    assert [each.rule.name for each in listed.findings if each.severity is Severity.ERROR] == [
        "checksum-unlisted"
    ]
    loose = LockedImage(names=IMAGE.names, manifest=entry.images[0].manifest)
    pinned = Lock((LockedArchive(name="app", digest=None, images=(loose,)),))
    assert drifts(verify(directory, pins=Pins(pinned))) == []
    (finding,) = drifts(verify(directory, pins=Pins(pinned, LockBy.IMAGE_ID)))
    assert "nothing to hold it against" in finding.message


@pytest.mark.parametrize(
    ("entries", "name", "due"),
    [
        (["x/app.tar"], "app.tar", True),
        (["app.tar"], "{}/app.tar", True),
        (["./app.tar"], "app.tar", True),
        (["/elsewhere/app.tar"], "app.tar", True),
        (["/elsewhere/app.tar"], "{}/app.tar", False),
        (["y/app.tar"], "x/../app.tar", False),
        (["pp.tar"], "app.tar", False),
        (["app.tar", "x/app.tar"], "app.tar", True),
    ],
)
def test_an_entry_is_found_by_the_end_of_a_path(
    entries: list[str], name: str, *, due: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    path = tmp_path / "app.tar"
    path.write_bytes(BUILT.tar())
    listed = [(entry, Digest.of(path.read_bytes())) for entry in entries]
    (archive,) = verify(name.format(tmp_path), pins=Pins(checksums=listed)).archives
    assert (archive.verdict is Verdict.VERIFIED) == due


def test_an_ambiguous_lock_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    paths = (tmp_path / "x/app.tar", tmp_path / "y/app.tar")
    for path in paths:
        path.write_bytes(BUILT.tar())
    (entry,) = locked(BUILT.tar()).archives

    def named(*names: str) -> Pins:
        return Pins(
            Lock(
                tuple(
                    LockedArchive(name=name, digest=entry.digest, images=entry.images)
                    for name in names
                )
            )
        )

    with pytest.raises(ArgumentError, match="fits"):
        verify(*paths, pins=named("app.tar"))
    with pytest.raises(ArgumentError, match="several entries"):
        verify("app.tar", pins=named("x/app.tar", "y/app.tar"))
    with pytest.raises(ArgumentError, match="twice"):
        lock(paths[0], paths[0])
    assert drifts(verify(*paths, pins=named("x/app.tar", "y/app.tar"))) == []
    # Standard input may have any name.
    assert drifts(verify(io.BytesIO(BUILT.tar()), pins=named("any.tar"))) == []


def test_a_line_of_checksums_each_must_hold(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(gzip.compress(BUILT.tar()))
    true, wrong = Digest.of(path.read_bytes()), Digest.of(BUILT.tar())
    listed = [("app.tar", true), ("other", wrong), ("app.tar", wrong)]
    (archive,) = verify(path, pins=Pins(checksums=listed)).archives
    errors = [each for each in archive.findings if each.severity is Severity.ERROR]
    assert [(each.rule.name, each.recorded, each.measured) for each in errors] == [
        ("checksum-mismatch", str(wrong), str(true))
    ]


@given(built_archives())
def test_every_file_of_an_archive_is_listed_with_what_it_is(built: Built) -> None:
    (archive,) = checksums(io.BytesIO(built.tar())).archives
    due = {
        name: Digest.of(content) for name, content in built.members if isinstance(content, bytes)
    }
    assert {file.name: file.digest for file in archive.files} == due
    diff_ids = {layer.diff_id for image in archive.images for layer in image.layers}
    assert {file.diff_id for file in archive.files} - {None} == diff_ids - {None}


def test_of_a_name_that_occurs_twice_the_last_is_listed_as_it_is_unpacked() -> None:
    data = BUILT.add("notes", b"old").add("notes", b"new").tar()
    (archive,) = checksums(io.BytesIO(data)).archives
    assert [file.digest for file in archive.files if file.name == "notes"] == [Digest.of(b"new")]

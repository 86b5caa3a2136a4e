from __future__ import annotations

import io
import random
import threading
from typing import TYPE_CHECKING

import pytest

from layertar import (
    DigestError,
    Limits,
    Progress,
    Severity,
    Verdict,
    __version__,
    inspect,
    verify,
)
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    blob_name,
    build_docker_v1,
    build_hybrid,
    build_oci,
    compress,
    sha256,
    tar_layer,
    write_tar,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar import ArchiveReport

NOISE = random.Random(3)  # noqa: S311 - the same on every run
LAYER = LayerRecipe(tar=tar_layer({"etc/hello": b"hi"}))
IMAGE = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
BUILT = build_oci([IMAGE], nested_index=True)
(FACTS,) = BUILT.expected.images
# Incompressible, so that reading it takes several steps of progress.
LARGE = LayerRecipe(tar=tar_layer({"noise": NOISE.randbytes(13 << 20)}), compression="none")
LARGE_TAR = build_hybrid([ImageRecipe(layers=(LARGE, LAYER))]).tar()


def examined(data: bytes) -> ArchiveReport:
    return verify(io.BytesIO(data)).archives[0]


def errors(report: ArchiveReport) -> list[str]:
    return [each.rule.name for each in report.findings if each.severity is Severity.ERROR]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.tar"
    path.write_bytes(LARGE_TAR)
    return path


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """The test ends with the threads that it began with."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_several_inputs_are_reported_in_the_order_given_and_the_worst_is_the_verdict(
    tmp_path: Path,
) -> None:
    good, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    good.write_bytes(BUILT.tar())
    bad.write_bytes(BUILT.remove(blob_name(LAYER.blob)).tar())
    directory = BUILT.directory(tmp_path / "layout")
    report = verify(str(good), bad, directory, io.BytesIO(BUILT.tar()), tmp_path / "absent")
    assert [archive.name for archive in report.archives] == [
        str(good),
        str(bad),
        str(directory),
        "-",
        str(tmp_path / "absent"),
    ]
    assert [archive.verdict for archive in report.archives] == [
        Verdict.VERIFIED,
        Verdict.INCOMPLETE,
        Verdict.VERIFIED,
        Verdict.VERIFIED,
        Verdict.UNREADABLE,
    ]
    assert report.verdict is Verdict.UNREADABLE
    assert (report.command, report.tool_version) == ("verify", __version__)
    assert verify(good, bad).verdict is Verdict.INCOMPLETE


def test_no_input_is_a_report_of_nothing() -> None:
    assert (verify().verdict, verify().archives) == (Verdict.VERIFIED, ())
    assert inspect().verdict is Verdict.RECORDED


def test_an_input_that_cannot_be_read_is_part_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "root.tar").write_bytes(write_tar([(f"{d}/x", b"") for d in ("bin", "etc", "usr")]))
    (tmp_path / "nothing.tar").write_bytes(bytes(1024))
    due = {
        "absent": "input-unreadable",
        "a\0b": "input-unreadable",
        "empty": "archive-empty",
        "png": "input-not-an-archive",
        "root.tar": "input-not-an-image",
        "nothing.tar": "archive-empty",
    }
    for verb in (verify, inspect):
        report = verb(*(f"{tmp_path}/{name}" for name in due))
        assert report.verdict is Verdict.UNREADABLE
        for archive, rule in zip(report.archives, due.values(), strict=True):
            assert archive.verdict is Verdict.UNREADABLE
            assert errors(archive) == [rule]
            assert (archive.images, archive.artifacts, archive.views) == ((), (), ())
            assert archive.summary.errors == 1


def test_the_first_part_of_a_split_archive_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "image.tar.aa"
    path.write_bytes(BUILT.tar()[:1700])
    (archive,) = verify(path).archives
    assert errors(archive)[0] == "input-not-an-image"
    assert "one part of a split archive" in archive.findings[0].message
    path.write_bytes(write_tar([("bin/sh", b""), ("etc/x", b"")]))
    assert "split" not in verify(path).archives[0].findings[0].message


@pytest.mark.parametrize(
    ("digest", "met_as"),
    [
        (FACTS.image_id, "image ID"),
        (FACTS.manifest_digest, "manifest digest"),
        (FACTS.index_digest, "index digest"),
    ],
)
@pytest.mark.parametrize("name", ["", "docker.io/library/app:1@", "localhost:5000/x@"])
def test_an_expected_digest_may_be_any_identity_of_an_image(
    digest: str, met_as: str, name: str
) -> None:
    report = verify(io.BytesIO(BUILT.tar()), expect=[name + digest]).archives[0]
    assert report.verdict is Verdict.VERIFIED
    (expectation,) = report.expected
    assert (expectation.text, expectation.met_as) == (name + digest, met_as)
    assert expectation.image == FACTS.manifest_digest


def test_an_expected_digest_that_no_image_has_is_an_error() -> None:
    other = sha256(b"other")
    # A layer's digest is no identity of an image.
    for digest in (other, sha256(LAYER.blob), LAYER.diff_id):
        report = verify(io.BytesIO(BUILT.tar()), expect=[FACTS.image_id or "", digest]).archives[0]
        assert report.verdict is Verdict.FAILED
        assert errors(report) == ["expect-not-met"]
        assert [each.met_as for each in report.expected] == ["image ID", None]


def test_an_expected_digest_must_be_measured_and_not_only_recorded() -> None:
    damaged = BUILT.replace(blob_name(IMAGE.config), IMAGE.config + b" ")
    report = verify(io.BytesIO(damaged.tar()), expect=[FACTS.image_id or ""]).archives[0]
    assert sorted(errors(report)) == ["blob-digest-mismatch", "expect-not-met"]


def test_each_of_several_archives_must_meet_what_is_expected() -> None:
    other = build_oci([ImageRecipe(layers=(LayerRecipe(tar=tar_layer({"b": b"x"})),))])
    sources = (io.BytesIO(BUILT.tar()), io.BytesIO(other.tar()))
    first, second = verify(*sources, expect=[FACTS.image_id or ""]).archives
    assert (first.verdict, errors(second)) == (Verdict.VERIFIED, ["expect-not-met"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 63,
        "app:1",
        "app@",
        "sha256:" + "a" * 64 + "\n",
        "sha256:" + "a" * 64 + "@app",
        "md5:" + "a" * 32,
    ],
)
def test_an_expected_digest_that_is_none_is_the_callers_mistake(text: str) -> None:
    with pytest.raises(DigestError) as raised:
        verify(io.BytesIO(BUILT.tar()), expect=[text])
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_is_the_callers_mistake(workers: int) -> None:
    with pytest.raises(ValueError, match="workers"):
        verify(io.BytesIO(LARGE_TAR), workers=workers)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_finds_the_same(workers: int, large: Path) -> None:
    due, found = verify(large).archives[0], verify(large, workers=workers).archives[0]
    assert found == due
    piped = verify(io.BytesIO(LARGE_TAR), workers=workers).archives[0]
    assert (piped.images, piped.findings) == (due.images, due.findings)


def test_what_is_missing_may_be_allowed_and_the_verdict_stays() -> None:
    data = BUILT.remove(blob_name(LAYER.blob)).tar()
    due = examined(data)
    report = verify(io.BytesIO(data), allow_missing=True).archives[0]
    assert errors(due) == ["blob-missing"]
    assert errors(report) == []
    told = {each.rule.name: each.severity for each in report.findings}
    assert told["blob-missing"] is Severity.NOTE
    assert (report.verdict, due.verdict) == (Verdict.INCOMPLETE, Verdict.INCOMPLETE)
    assert report.summary.errors == 0
    assert errors(verify(io.BytesIO(data), allow_unverifiable=True).archives[0]) == errors(due)


def test_what_cannot_be_checked_may_be_allowed_and_the_verdict_stays() -> None:
    data = build_docker_v1([IMAGE]).tar()
    assert errors(examined(data)) == ["image-unverifiable"]
    report = verify(io.BytesIO(data), allow_unverifiable=True).archives[0]
    assert errors(report) == []
    assert report.verdict is Verdict.UNVERIFIABLE
    assert errors(verify(io.BytesIO(data), allow_missing=True).archives[0]) == [
        "image-unverifiable"
    ]


def test_what_is_allowed_does_not_lower_what_is_wrong() -> None:
    data = BUILT.replace(blob_name(LAYER.blob), LAYER.blob[:-1]).tar()
    report = verify(io.BytesIO(data), allow_missing=True, allow_unverifiable=True).archives[0]
    assert errors(report) == errors(examined(data)) == ["layer-stream-truncated"]


def test_limits_are_the_callers() -> None:
    bomb = LayerRecipe(tar=tar_layer({"zeros": bytes(3 << 20)}))
    docker = build_hybrid([ImageRecipe(layers=(bomb,))], store="containerd").tar()
    report = verify(io.BytesIO(docker), limits=Limits(uncompressed_size=1 << 20)).archives[0]
    assert errors(report) == ["bomb-aborted"]
    assert examined(docker).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("wrapped", [False, True])
def test_progress_only_grows_and_never_passes_the_size(
    wrapped: bool,  # noqa: FBT001 - parametrized
    large: Path,
) -> None:
    told: list[Progress] = []
    if wrapped:
        large.write_bytes(compress(LARGE_TAR, "gzip"))
    for verb in (verify, inspect):
        told.clear()
        report = verb(large, on_progress=told.append).archives[0]
        done = [each.done for each in told]
        assert done == sorted(set(done))
        assert {(each.name, each.total) for each in told} <= {(str(large), large.stat().st_size)}
        assert all(each.done <= large.stat().st_size for each in told)
        assert all(each.done <= report.summary.bytes_read for each in told)
        # A plain file's layers are no matter of inspect.
        assert bool(told) == (verb is verify or wrapped)


def test_the_size_of_a_pipe_is_not_known_to_progress() -> None:
    told: list[Progress] = []
    verify(io.BytesIO(LARGE_TAR), on_progress=told.append)
    assert {(each.name, each.total) for each in told} == {("-", None)}


def _interrupt(_: Progress) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("no_thread_left")
@pytest.mark.parametrize("workers", [1, 3])
def test_an_interruption_passes_through_and_leaves_no_thread_behind(
    workers: int, large: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        verify(large, workers=workers, on_progress=_interrupt)
    with pytest.raises(KeyboardInterrupt):
        verify(io.BytesIO(LARGE_TAR), workers=workers, on_progress=_interrupt)
    wrapped = compress(LARGE_TAR, "gzip")
    with pytest.raises(KeyboardInterrupt):
        inspect(io.BytesIO(wrapped), on_progress=_interrupt)


@pytest.mark.usefixtures("no_thread_left")
def test_an_input_that_fails_half_way_leaves_no_thread_behind() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 5 << 20:
                raise OSError(5, "Input/output error")
            return super().read(size)

    report = verify(Failing(LARGE_TAR)).archives[0]
    assert errors(report) == ["input-unreadable"]
    assert report.verdict is Verdict.UNREADABLE


def test_an_archive_digest_is_not_given_unasked() -> None:
    assert examined(BUILT.tar()).digest is None


def test_what_layers_hold_is_left_alone_where_the_caller_wants_that(tmp_path: Path) -> None:
    twice = write_tar([("etc/a", b"1"), ("etc/a", b"2")])
    data = build_oci([ImageRecipe(layers=(LayerRecipe(tar=twice),))]).tar()
    path = tmp_path / "archive.tar"
    path.write_bytes(data)
    for source in (path, io.BytesIO(data)):
        rules = {each.rule.name for each in verify(source).archives[0].findings}
        assert "layer-duplicate-path" in rules
    for source in (path, io.BytesIO(data)):
        report = verify(source, layer_content=False).archives[0]
        assert "layer-duplicate-path" not in {each.rule.name for each in report.findings}
        assert report.verdict is Verdict.VERIFIED

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from layertar import Severity, Verdict, verify
from layertar.errors import ArchiveError, InputError, LimitError
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.measure import Depth, measure
from layertar.members import ByteCounter, MemberKind
from tests.builders import (
    ImageRecipe,
    LayerRecipe,
    Symlink,
    blob_name,
    build_docker,
    build_docker_v1,
    build_oci,
    tar_layer,
)
from tests.members.opened import contents, open_files, opened

if TYPE_CHECKING:
    from pathlib import Path

    from layertar import ArchiveReport
    from layertar.members import Content, Member

LAYER = LayerRecipe(tar=tar_layer({"etc/hello": b"hi" * 500}))
IMAGE = ImageRecipe(layers=(LAYER,), names=("docker.io/library/app:1",))
BUILT = build_oci([IMAGE])
BLOB = blob_name(LAYER.blob)
SECRET = b'{"secret": "not to be read"}'


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    return BUILT.directory(tmp_path / "layout")


def found(content: Content, name: str) -> Member:
    member = content.table.find(name)
    assert member is not None
    return member


def errors(report: ArchiveReport) -> list[str]:
    return sorted(each.rule.name for each in report.findings if each.severity is Severity.ERROR)


def examined(path: Path) -> ArchiveReport:
    return verify(path).archives[0]


def test_a_directory_is_listed_as_a_tar_of_it_would_be(layout: Path) -> None:
    (layout / "z").symlink_to("index.json")
    with opened(layout) as content:
        names = [member.name for member in content.table]
        assert sorted(names) == sorted(name.rstrip("/") for name in (*BUILT.names, "z"))
        assert contents(content) == {name: BUILT[name] for name in BUILT.files}
        assert found(content, "blobs").kind is MemberKind.DIRECTORY
        link = found(content, "z")
        assert (link.kind, link.link_target, link.size) == (MemberKind.SYMLINK, "index.json", 0)
        assert content.framing.is_directory
        assert content.framing.size is None
        assert content.is_seekable
    assert examined(layout).verdict is Verdict.VERIFIED


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a", "index.json", "c/d/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    with opened(tmp_path) as content:
        names = [member.name for member in content.table]
    assert names == ["a", "b", "c", "index.json", "b/1", "b/2", "c/d", "c/d/e"]


def test_a_directory_without_a_layout_is_no_image_and_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    with pytest.raises(ArchiveError, match="without a layout") as raised, opened(tmp_path):
        pytest.fail("it was opened")
    assert raised.value.rule == "input-not-an-image"
    assert examined(tmp_path).verdict is Verdict.UNREADABLE


def test_layers_of_an_old_docker_archive_are_a_layout_without_any_other_mark(
    tmp_path: Path,
) -> None:
    built = build_docker_v1([IMAGE]).remove("repositories")
    report = examined(built.directory(tmp_path / "unpacked"))
    assert report.views == ("docker-v1",)
    assert report.verdict is Verdict.UNVERIFIABLE


@pytest.mark.parametrize(
    "link",
    [
        (BLOB, "../../../secret"),
        (BLOB, "{outside}/secret"),
        ("blobs/sha256", "../../outside"),
        ("blobs", "{outside}"),
        ("index.json", "../secret"),
    ],
)
def test_a_symlink_that_leaves_the_directory_is_never_followed(
    link: tuple[str, str], tmp_path: Path
) -> None:
    # Outside lies the very blob: whoever followed the link would call the image whole.
    layout, outside = BUILT.directory(tmp_path / "layout"), tmp_path / "outside"
    name, target = link
    place = layout / name
    if place.is_dir():
        place.rename(outside)
    else:
        outside.mkdir()
        place.rename(outside / "secret")
        (tmp_path / "secret").write_bytes((outside / "secret").read_bytes())
    place.symlink_to(target.format(outside=outside))
    report = examined(layout)
    assert report.verdict is not Verdict.VERIFIED
    told = {each.rule.name for each in report.findings}
    told |= {each.rule for finding in report.findings for each in finding.related}
    assert "link-escapes" in told


def test_a_symlink_within_the_directory_is_followed_by_name(layout: Path) -> None:
    (layout / "store").mkdir()
    (layout / BLOB).rename(layout / "store" / "layer")
    (layout / BLOB).symlink_to("../../store/layer")
    report = examined(layout)
    assert report.verdict is Verdict.VERIFIED
    assert "link-blob" in [each.rule.name for each in report.findings]


def test_links_of_an_unpacked_docker_archive_are_followed_by_name(tmp_path: Path) -> None:
    twice = ImageRecipe(layers=(LAYER, LAYER), names=("docker.io/library/app:1",))
    built = build_docker([twice], style="1.10")
    assert any(isinstance(content, Symlink) for _, content in built.members)
    assert examined(built.directory(tmp_path / "unpacked")).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", ["index.json", "oci-layout", BLOB, "extra"])
def test_a_fifo_is_not_waited_for(name: str, layout: Path) -> None:
    (layout / name).unlink(missing_ok=True)
    os.mkfifo(layout / name)
    report = examined(layout)
    with opened(layout) as content:
        assert found(content, name).kind is MemberKind.OTHER
    assert (report.verdict is Verdict.VERIFIED) == (name in ("extra", "oci-layout"))


def test_a_fifo_or_link_that_takes_a_files_place_is_refused(layout: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    with opened(layout) as content:
        member = found(content, BLOB)
        (layout / BLOB).unlink()
        os.mkfifo(layout / BLOB)
        with pytest.raises(InputError, match="no regular file"):
            list(content.pieces(member))
        (layout / BLOB).unlink()
        (layout / BLOB).symlink_to(tmp_path / "secret")
        with pytest.raises(InputError):
            list(content.pieces(member))
        (layout / BLOB).unlink()
        (layout / BLOB).mkdir()
        with pytest.raises(InputError, match="no regular file"):
            list(content.pieces(member))


def test_a_link_that_takes_the_place_of_a_directory_on_the_way_is_refused(
    layout: Path, tmp_path: Path
) -> None:
    with opened(layout) as content:
        member = found(content, BLOB)
        (layout / "blobs" / "sha256").rename(tmp_path / "elsewhere")
        (layout / "blobs" / "sha256").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(InputError):
            list(content.pieces(member))


def test_a_file_that_grows_is_changed_and_one_byte_more_is_read(layout: Path) -> None:
    with opened(layout) as content:
        member = found(content, BLOB)
        with (layout / BLOB).open("ab") as file:
            file.write(b"more")
        assert len(b"".join(content.pieces(member))) == member.size + 1
        (fault,) = content.changes()
    assert (fault.rule, fault.member) == ("input-changed", BLOB)
    assert fault.recorded == f"{member.size} bytes when listed"
    assert fault.measured == f"{member.size + 4} bytes at the end"


def test_a_file_that_shrinks_is_changed(layout: Path) -> None:
    with opened(layout) as content:
        member = found(content, BLOB)
        os.truncate(layout / BLOB, 10)
        assert len(b"".join(content.pieces(member))) == 10
        assert [fault.rule for fault in content.changes()] == ["input-changed"]


def test_a_file_that_is_rewritten_in_its_size_is_changed(layout: Path) -> None:
    with opened(layout) as content:
        os.utime(layout / BLOB, ns=(1, 1))
        assert [fault.member for fault in content.changes()] == [BLOB]


def test_a_file_that_vanishes_is_unreadable_and_changed(layout: Path) -> None:
    with opened(layout) as content:
        member = found(content, BLOB)
        (layout / BLOB).unlink()
        measured = measure(content, {member: Depth()}, workers=1, limits=DEFAULT_LIMITS)
        assert measured[member].unreadable == "No such file or directory"
        (fault,) = content.changes()
    assert (fault.rule, fault.member) == ("input-changed", BLOB)
    assert "went away" in fault.detail


def test_a_file_that_shrinks_while_it_is_read_makes_the_image_fail(tmp_path: Path) -> None:
    # Worth several pieces of progress, so that there is a moment in the middle.
    big = LayerRecipe(tar=tar_layer({"a": bytes(9 << 20)}), compression="none")
    layout = build_oci([ImageRecipe(layers=(big,))]).directory(tmp_path / "layout")
    blob = layout / blob_name(big.blob)
    report = verify(layout, workers=1, on_progress=lambda _: os.truncate(blob, 100)).archives[0]
    assert report.verdict is Verdict.FAILED
    assert "input-changed" in errors(report)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_what_may_not_be_read_is_told_and_the_rest_is_read(layout: Path) -> None:
    (layout / BLOB).chmod(0)
    report = examined(layout)
    assert "input-unreadable" in errors(report)
    assert report.verdict is not Verdict.VERIFIED
    assert report.images[0].image_id is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_directory_that_may_not_be_listed_is_told(layout: Path) -> None:
    (layout / "blobs").chmod(0)
    try:
        assert "input-unreadable" in errors(examined(layout))
    finally:
        (layout / "blobs").chmod(stat.S_IRWXU)


def test_entries_beyond_the_bound_are_told_and_not_listed(layout: Path) -> None:
    with opened(layout, limits=Limits(members=3)) as content:
        assert len(content.table) == 3
        assert [fault.rule for fault in content.framing.faults] == ["limit-exceeded"]
    report = verify(layout, limits=Limits(members=3)).archives[0]
    assert report.verdict is not Verdict.VERIFIED


def test_a_document_is_read_up_to_the_bound(layout: Path) -> None:
    with opened(layout) as content:
        member = found(content, "index.json")
        assert content.read(member, limit=member.size) == BUILT["index.json"]
        with pytest.raises(LimitError):
            content.read(member, limit=member.size - 1)


def test_every_byte_read_is_counted(layout: Path) -> None:
    counter = ByteCounter()
    with opened(layout, counter=counter) as content:
        assert counter.total == 0
        contents(content)
    assert counter.total == sum(len(BUILT[name]) for name in BUILT.files)


def test_names_that_are_no_utf8_are_kept(layout: Path) -> None:
    name = os.fsencode(layout) + b"/\xff\n"
    with open(name, "wb") as file:  # noqa: PTH123 - bytes are no path
        file.write(b"x")
    with opened(layout) as content:
        member = found(content, "\udcff\n")
        assert b"".join(content.pieces(member)) == b"x"
    report = examined(layout)
    assert report.verdict is Verdict.VERIFIED
    assert "member-name-not-utf8" in [each.rule.name for each in report.findings]


def test_no_open_file_is_left_behind(layout: Path) -> None:
    before = open_files()
    with opened(layout) as content:
        member = found(content, BLOB)
        list(content.pieces(member))
        next(iter(content.pieces(member)))
        (layout / BLOB).unlink()
        with pytest.raises(InputError):
            list(content.pieces(member))
    assert open_files() == before

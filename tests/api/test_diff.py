"""Diffs of every fixture: with itself, and through every way in."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layertar import ArgumentError, InputError, SelectionError, Verdict, diff, images
from layertar.analysis.diff_model import State
from layertar.api.diffs import PARTS, parse_ignored

if TYPE_CHECKING:
    from layertar.report.diff_model import Diff

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.rglob("*.tar*") if path.is_file())
SHARED = Path(__file__).resolve().parents[3] / "shared" / "archives"
REAL = sorted(SHARED.glob("*.tar")) if SHARED.is_dir() else []


def names_of(path: Path) -> list[str]:
    """What each image of an archive can be chosen by, where that is but one."""
    rows = images(path).rows
    digests = [row.manifest_digest or row.image_id for row in rows]
    return [str(digest) for digest in digests if digest is not None and digests.count(digest) == 1]


def differing(found: Diff) -> object:
    """What a diff found in files and layers."""
    assert found.layers is not None
    assert found.files is not None
    return (
        [(pair.state, pair.aspects) for pair in found.layers.pairs],
        [change._replace(before=None, after=None) for change in found.files.changes()],
        found.files.state,
    )


@pytest.mark.parametrize("path", ARCHIVES + REAL, ids=lambda path: path.name)
def test_no_image_differs_from_itself(path: Path) -> None:
    for name in names_of(path)[:2]:
        try:
            found = diff(path, path, image=name)
        except (SelectionError, InputError):
            continue
        assert found.state in (State.SAME, State.UNKNOWN)
        assert found.aspects == ()
        proved = diff(path, path, image=name, verify=True)
        assert proved.state is not State.CHANGED
        if proved.report.verdict is Verdict.VERIFIED:
            assert proved.is_same


PAIRS = [
    ("docker-20.10-one-image", "buildah-docker-archive"),
    ("buildkit-oci", "buildah-oci-archive"),
    ("buildkit-oci-estargz", "buildkit-oci"),
    ("kaniko-zstd", "skopeo-oci-archive"),
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
def test_a_file_a_pipe_and_a_directory_differ_alike(pair: tuple[str, str], tmp_path: Path) -> None:
    a, b = (FIXTURES / "real" / f"{name}.tar" for name in pair)
    due = differing(diff(a, b))
    for verify in (False, True):
        piped = diff(io.BytesIO(a.read_bytes()), io.BytesIO(b.read_bytes()), verify=verify)
        assert differing(piped) == due
        assert piped.is_measured
    with tarfile.open(b) as tar:
        tar.extractall(tmp_path, filter="tar")
    assert differing(diff(a, tmp_path)) == due
    assert differing(diff(a, b, verify=True)) == due


def test_what_makes_no_sense_is_refused() -> None:
    path = FIXTURES / "real" / "buildkit-oci.tar"
    stream = io.BytesIO(path.read_bytes())
    with pytest.raises(ArgumentError, match="no part"):
        diff(path, path, parts=("packages",))
    with pytest.raises(ArgumentError, match="one stream"):
        diff(stream, stream)
    with pytest.raises(ArgumentError, match="none of mtime"):
        parse_ignored(["times"])
    with pytest.raises(InputError):
        diff(path, path.with_name("missing.tar"))


def test_only_what_is_asked_for_is_compared() -> None:
    path = FIXTURES / "real" / "buildkit-oci.tar"
    for part in PARTS:
        found = diff(path, path, parts=(part,))
        told = {name for name in PARTS if getattr(found, name) is not None}
        assert told == {part}

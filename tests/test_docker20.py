"""What Docker Engine 20.10 says of the archives that it loads, and what layertar says of them.

`DOCKER20.json`, beside the archives, has the engine's own `images`, `inspect` and `history`. Every
row of it is compared; the fields that are not are listed here, each with the reason.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from layertar.api.docker_images import docker_images
from layertar.api.listings import history, images
from layertar.documents import familiar
from layertar.report.docker_inspect import write_docker

if TYPE_CHECKING:
    from pathlib import Path

    from layertar.analysis import HistoryRow, ImageRow

# Keys that layertar has and Docker has not, or has of its store, not of the image.
OURS = {"Layertar", "Metadata"}
# Fields of `docker images` that are counted over the daemon's store and its containers.
OF_THE_STORE = {"Containers", "SharedSize", "UniqueSize", "VirtualSize"}

# Docker before 1.10 saved no config. The engine makes one when it loads the archive and hashes it:
# the image ID, the parent's and the ID of each step of the history are its own.
V1 = "docker-save-1.4-empty-layers.tar"
# The config has an empty `os`, for which the engine puts its own host's.
NO_OS = "ggcr-foreign-layer.tar"
LEFT_OUT: dict[str, set[str]] = {V1: {"Id", "Parent"}, NO_OS: {"Os"}}

# Archives of which the engine loads nothing: OCI layouts, and what is no image.
LOADS_NOTHING = {
    "apko-oci-layout.dir.tar",
    "buildx-history-record.dockerbuild",
    "buildx-oci-gzip.tar",
    "buildx-oci-multiplatform-attested.tar",
    "buildx-oci-zstd.tar",
    "faulty-missing-layer.dir.tar",
    "faulty-trimmed-layer.tar",
    "not-an-image.tar",
    "oci-name-only.tar.gz",
    "pack-buildpack.cnb",
    "regclient-referrers.dir.tar",
    "skopeo-oci-layout.dir.tar",
}
LOADED = (
    "containerd-sparse-index.tar",
    "dive-test-image.tar",
    "docker-desktop-containerd.tar",
    "docker-save-1.13-two-images.tar.xz",
    "docker-save-1.4-empty-layers.tar",
    "docker-save-19-hello-world.tar",
    "docker-save-24-single-layer.tar",
    "docker-save-25-hello-world.tar",
    "docker-save-25-unpacked.dir.tar",
    "faulty-edited-manifest.tar",
    "ggcr-foreign-layer.tar",
    "kaniko.tar",
    "podman-save.tar",
    "rules-docker-symlinked-layer.tar",
    "rules-docker-whiteouts.tar",
)
ZERO = "0001-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def said(archives_dir: Path) -> dict[str, Any]:
    """What the engine said, by archive."""
    found: dict[str, Any] = json.loads((archives_dir / "DOCKER20.json").read_text())
    return found


def inspected(path: Path) -> dict[str, dict[str, Any]]:
    """What `inspect --docker --verify` prints, by the first of `RepoTags`."""
    out = StringIO()
    write_docker(docker_images(path, verify=True).rows, out)
    return {tag: image for image in json.loads(out.getvalue()) for tag in image["RepoTags"]}


def human(size: int) -> str:
    """A size as docker/go-units writes it with three digits (HumanSizeWithPrecision)."""
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g}{unit}"


def instant(text: str | None) -> str:
    """An instant in UTC, to the second; Go's zero time where there is none."""
    if text is None:
        return ZERO
    moment = datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def test_every_archive_is_loaded_or_left_out_by_name(said: dict[str, Any]) -> None:
    assert {name for name, found in said.items() if not found["images"]} == LOADS_NOTHING
    assert {name for name, found in said.items() if found["images"]} == set(LOADED)


@pytest.mark.parametrize("name", LOADED)
def test_docker_inspect_says_the_same(name: str, said: dict[str, Any], archives_dir: Path) -> None:
    mine = inspected(archives_dir / name)
    for each in said[name]["each"]:
        due = each["inspect"]
        [tag] = due["RepoTags"]
        found = mine[tag]
        left_out = LEFT_OUT.get(name, set())
        assert {key for key in found if key not in due} == OURS
        assert {key for key in due if key not in found} == set()
        assert {key: found[key] for key in due if key not in left_out} == {
            key: value for key, value in due.items() if key not in left_out
        }
        # What is left out is another, else it would not be left out.
        assert [key for key in left_out if found[key] == due[key]] == []


@pytest.mark.parametrize("name", LOADED)
def test_docker_images_says_the_same(name: str, said: dict[str, Any], archives_dir: Path) -> None:
    rows = {
        familiar(text): row
        for row in images(archives_dir / name, verify=True).rows
        for text in row.names
    }
    for due in said[name]["images"]:
        row: ImageRow = rows[f"{due['Repository']}:{due['Tag']}"]
        assert row.content_size is not None
        found = {
            "ID": str(row.image_id),
            "Size": human(row.content_size),
            "CreatedAt": instant(row.created),
        }
        # An archive that was loaded, not pulled, has no registry digest on the classic store.
        compared = set(due) - OF_THE_STORE - {"Repository", "Tag", "Digest"}
        assert due["Digest"] == "<none>"
        assert set(found) == compared
        day, clock, *_ = due["CreatedAt"].split()
        expected = {key: due[key] for key in compared} | {"CreatedAt": f"{day}T{clock}Z"}
        if name == V1:
            # The ID is the engine's own, and only a config records when an image was created.
            assert (row.image_id, row.created) == (None, None)
            assert found["Size"] == expected["Size"]
            continue
        assert found == expected


@pytest.mark.parametrize("name", LOADED)
def test_docker_history_says_the_same(name: str, said: dict[str, Any], archives_dir: Path) -> None:
    steps = history(archives_dir / name, verify=True).rows
    names = {
        tag: row for row in images(archives_dir / name).rows for tag in map(familiar, row.names)
    }
    for each in said[name]["each"]:
        [tag] = each["inspect"]["RepoTags"]
        mine = [step for step in steps if familiar(step.image) == tag]
        due = each["history"]
        if name == V1:
            # The engine gathers the steps from the layers' own documents; no config has them.
            assert (mine, len(due)) == ([], 3)
            continue
        assert [as_docker(step) for step in mine] == [
            {key: row[key] for key in ("Comment", "CreatedAt", "CreatedBy", "Size")} for row in due
        ]
        # The last step is the image. The one before it may be another that is here, its parent;
        # the others never were images, or are not here.
        assert due[0]["ID"] == str(names[tag].image_id)
        here = {str(row.image_id) for row in names.values()}
        assert {row["ID"] for row in due[1:]} <= {"<missing>", *here}


def as_docker(step: HistoryRow) -> dict[str, str]:
    """A step as `docker history --no-trunc --human=false` has it, but for sizes."""
    return {
        "Comment": step.comment or "",
        "CreatedAt": instant(step.created),
        "CreatedBy": step.created_by or "",
        "Size": human(step.content_size or 0),
    }

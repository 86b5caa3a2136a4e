"""Archives of real producers: those that the project carries, and those beside it."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layertar import REPORTERS, Report, Severity, Verdict, inspect, verify
from layertar.report.register import TextStyle
from tests.builders import compress

if TYPE_CHECKING:
    from layertar import ArchiveReport
    from tests.builders import Codec

ROOT = Path(__file__).resolve().parent.parent
REAL = sorted((ROOT / "fixtures" / "real").glob("*.expected.json"))

# Archives beside the project that are no whole images, and what is due for them.
FAULTY = {
    "faulty-edited-manifest.tar": Verdict.FAILED,
    "faulty-trimmed-layer.tar": Verdict.FAILED,
    "faulty-missing-layer.dir.tar": Verdict.INCOMPLETE,
    "docker-save-1.4-empty-layers.tar": Verdict.UNVERIFIABLE,
    "not-an-image.tar": Verdict.UNREADABLE,
}


def examined(path: Path) -> ArchiveReport:
    return verify(path).archives[0]


def archive_of(expected: Path) -> Path:
    stem = expected.name.removesuffix(".expected.json")
    return next(
        path
        for path in expected.parent.glob(f"{stem}.tar*")
        if path.suffix in (".tar", ".gz", ".xz", ".zst")
    )


def to_document(archive: ArchiveReport) -> dict[str, Any]:
    """Return an archive as the JSON report has it."""
    report = Report(
        command="verify", tool_version="0", verdict=archive.verdict, archives=(archive,)
    )
    out = io.StringIO()
    REPORTERS["json"](TextStyle()).write(report, out)
    document: dict[str, Any] = json.loads(out.getvalue())["archives"][0]
    return document


def facts(report: ArchiveReport) -> dict[str, Any]:
    """What must not depend on how an archive comes: everything but its own name and size."""
    document = to_document(report)
    del document["archive"]
    del document["summary"]["bytes_read"]
    return document


def unpacked(archive: bytes, path: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(path, filter="tar")
    return path


@pytest.mark.parametrize("expected", REAL, ids=lambda path: path.name.split(".expected")[0])
def test_a_producers_archive_is_verified_with_the_digests_it_truly_has(expected: Path) -> None:
    due = json.loads(expected.read_text())
    report = examined(archive_of(expected))
    assert [finding for finding in report.findings if finding.severity is Severity.ERROR] == []
    assert report.verdict is Verdict.VERIFIED
    found = {
        (
            str(image.image_id),
            str(image.manifest_digest) if image.manifest_digest else None,
            tuple(
                (str(layer.digest), str(layer.diff_id), layer.size, layer.uncompressed_size)
                for layer in image.layers
            ),
        )
        for image in report.images
        if image.verdict is Verdict.VERIFIED
    }
    assert found == {
        (
            image["image_id"],
            image["manifest_digest"],
            tuple(
                (layer["digest"], layer["diff_id"], layer["size"], layer["uncompressed_size"])
                for layer in image["layers"]
            ),
        )
        for image in due["images"]
    }
    # Those that an index lists and that were not saved are listed as incomplete.
    present = [each for each in report.artifacts if each.verdict is Verdict.VERIFIED]
    assert len(present) == due["artifacts"]


def expectations(archives_dir: Path) -> list[dict[str, Any]]:
    lines = (archives_dir / "EXPECTED.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_every_archive_beside_the_project_has_the_verdict_that_is_due(archives_dir: Path) -> None:
    verdicts = {
        due["file"]: examined(archives_dir / due["file"]).verdict
        for due in expectations(archives_dir)
    }
    assert verdicts == {name: FAULTY.get(name, Verdict.VERIFIED) for name in verdicts}


def test_every_layer_beside_the_project_is_measured_as_the_independent_checker_did(
    archives_dir: Path,
) -> None:
    count = 0
    for due in expectations(archives_dir):
        document = to_document(examined(archives_dir / due["file"]))
        layers = [layer for image in document["images"] for layer in image["layers"]]
        blobs = [blob for artifact in document["artifacts"] for blob in artifact["blobs"]]
        digests = {each["digest"] for each in (*layers, *blobs)}
        pairs = {(layer["digest"], layer["diff_id"]) for layer in layers}
        for image in due["images"]:
            for layer in image["layers"]:
                if not layer.get("actual_sha256"):
                    continue
                count += 1
                digest = f"sha256:{layer['actual_sha256']}"
                assert digest in digests, (due["file"], digest)
                if digest in {each["digest"] for each in layers} and layer.get("looks_like_tar"):
                    assert (digest, layer["actual_diff_id"]) in pairs, (due["file"], digest)
            config = image.get("config_digest")
            ids = {each["image_id"] for each in document["images"]} | digests
            assert config is None or config in ids, (due["file"], config)
    assert count > 100


def all_archives(archives_dir: Path) -> list[Path]:
    beside = [archives_dir / due["file"] for due in expectations(archives_dir)]
    return beside + [archive_of(path) for path in REAL]


def test_a_pipe_tells_what_the_file_tells(archives_dir: Path) -> None:
    for path in all_archives(archives_dir):
        piped = verify(io.BytesIO(path.read_bytes())).archives[0]
        assert facts(piped) == facts(examined(path)), path.name


@pytest.mark.parametrize("codec", ["gzip", "zstd", "xz", "bzip2"])
def test_a_wrapped_archive_tells_what_the_plain_one_tells(
    archives_dir: Path, codec: Codec, tmp_path: Path
) -> None:
    for path in all_archives(archives_dir):
        report = examined(path)
        if report.outer_compression or report.verdict is Verdict.UNREADABLE:
            continue
        wrapped = tmp_path / "wrapped"
        wrapped.write_bytes(compress(path.read_bytes(), codec))
        found = verify(wrapped).archives[0]
        assert found.outer_compression == (codec,)
        plain, peeled = facts(report), facts(found)
        told = [each for each in peeled["findings"] if each["rule"] != "outer-compression"]
        assert told == plain["findings"], path.name
        assert peeled["images"] == plain["images"], path.name
        assert peeled["verdict"] == plain["verdict"], path.name


def test_an_unpacked_archive_tells_what_the_tar_tells(archives_dir: Path, tmp_path: Path) -> None:
    count = 0
    for path in all_archives(archives_dir):
        report = examined(path)
        if report.outer_compression or report.verdict is Verdict.UNREADABLE:
            continue
        directory = unpacked(path.read_bytes(), tmp_path / path.name)
        found = examined(directory)
        assert to_document(found)["images"] == to_document(report)["images"], path.name
        assert found.verdict is report.verdict, path.name
        errors = [each.rule.name for each in found.findings if each.severity is Severity.ERROR]
        due = [each.rule.name for each in report.findings if each.severity is Severity.ERROR]
        assert errors == due, path.name
        count += 1
    assert count > 60


def test_inspect_lists_the_images_that_verify_proves(archives_dir: Path) -> None:
    for path in all_archives(archives_dir):
        proved, shown = examined(path), inspect(path).archives[0]
        assert [image.image_id for image in shown.images] == [
            image.image_id for image in proved.images
        ], path.name
        assert all(layer.digest is None for image in shown.images for layer in image.layers)
        if proved.verdict is not Verdict.UNREADABLE:
            assert shown.verdict is Verdict.RECORDED

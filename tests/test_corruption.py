"""Corrupt everything: each member of each fixture, in each way, and what must be told of it.

What binds a member decides. Where something records a digest of it, damage is an error, told as
one finding with the rest as its consequences. Where nothing does (the roots, `VERSION`, the `json`
of old layers), only what breaks structure or a reference can be told.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from layertar import Severity, Verdict, verify
from tests.builders import write_tar
from tests.cli.command import run
from tests.oracle import OTHER_SHAPES, Archive, Members, inflate, read_members, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar import ArchiveReport, Finding

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
ARCHIVES = sorted(path for path in FIXTURES.glob("*/*.tar*"))

# Those whose damage cannot be told from what they already are.
UNPROVED = {
    "docker-25.0.0-repeated-layer.tar",
    "docker-25.0.0-shuffled.tar",
    "docker-1.9-legacy.tar",
    "faulty-altered-layer.tar",
    "faulty-missing-layer.tar",
    "root-filesystem.tar",
}
PROVED = [path for path in ARCHIVES if path.name not in UNPROVED | OTHER_SHAPES]

# Nothing records their digests; `config.json` is that of Jib.
ROOTS = {"config.json", "index.json", "manifest.json", "oci-layout", "repositories"}
# What can be told of a damaged root: that it has lost its form, or leads to nothing.
STRUCTURE = {
    "blob-missing",
    "descriptor-invalid",
    "descriptor-size-mismatch",
    "digest-malformed",
    "docker-config-missing",
    "docker-layer-missing",
    "image-unverifiable",
    "input-not-an-image",
    "json-invalid",
    "json-trailing-data",
    "media-type-mismatch",
    "nothing-to-verify",
    "oci-index-missing",
}
# What each descriptor says of the damage, beneath the finding that the blob's own name makes.
CONSEQUENCE = {
    "index": "index-digest-mismatch",
    "manifest": "manifest-digest-mismatch",
    "config": "config-digest-mismatch",
    "layer": "layer-digest-mismatch",
}


class Damage(NamedTuple):
    """One member damaged in one way."""

    kind: str
    position: int
    name: str
    before: Members
    after: Members

    @property
    def is_root(self) -> bool:
        return self.name in ROOTS


def damages(members: Members) -> Iterator[Damage]:
    for position, (recorded, content) in enumerate(members):
        if not isinstance(content, bytes):
            continue
        name = recorded.removeprefix("./")
        head, tail = members[:position], members[position + 1 :]
        for kind, damaged in changes(content):
            yield Damage(kind, position, name, members, (*head, (recorded, damaged), *tail))
        yield Damage("remove", position, name, members, (*head, *tail))


def changes(content: bytes) -> Iterator[tuple[str, bytes]]:
    for place in sorted({0, len(content) // 2, len(content) - 1}) if content else ():
        flipped = bytes([content[place] ^ 1])
        yield f"flip {place}", content[:place] + flipped + content[place + 1 :]
    if content:
        yield "cut", content[:-1]
    yield "add", content + b"\0"


def examined(members: Members) -> ArchiveReport:
    return verify(io.BytesIO(write_tar(members))).archives[0]


def errors(report: ArchiveReport) -> list[Finding]:
    return [each for each in report.findings if each.severity is Severity.ERROR]


def due(damage: Damage) -> list[str] | None:
    """The error rules that are due, sorted; `None` where nothing records a digest of it."""
    before, after = Archive(damage.before), Archive(damage.after)
    absences = [each for each in after.absences() if each.document != damage.name]
    if damage.kind == "remove":
        if damage.is_root:
            return None
        # One platform fewer is lawful, but not where manifest.json shows it under the name.
        absent = [each.rule for each in absences]
        return absent or (["views-disagree"] if is_shown_elsewhere(before, damage) else [])
    own = own_rule(before, after, damage)
    if own is None:
        return None
    # Siblings that a complete platform excused are due when that one is none any more.
    return sorted([each.rule for each in absences] + own)


def own_rule(before: Archive, after: Archive, damage: Damage) -> list[str] | None:
    """The rule by which a changed member itself is told; the first of R31, R1, R10, R7."""
    name, content = damage.name, damage.after[damage.position][1]
    assert isinstance(content, bytes)
    uses = [use for use in before.uses() if before.resolve(use.name) == name]
    is_layer = any(use.role == "layer" and use.is_image for use in uses)
    docker_layers = before.docker_layers()
    if is_layer or name in docker_layers:
        inside = inflate(content)
        if isinstance(inside, str):
            return [f"layer-stream-{inside}"]
        if not name.startswith("blobs/"):
            is_same = f"sha256:{sha256_hex(inside)}" == docker_layers[name]
            return [] if is_same else ["layer-diffid-mismatch"]
    if name.startswith("blobs/"):
        return ["blob-digest-mismatch"]
    if before.docker_configs().get(name) is None:
        return None
    # Unpacking leaves the last of two: damage to the first shows only beside it.
    is_last = after.files[name] == content
    return ["config-name-mismatch" if is_last else "member-duplicate-different"]


def is_shown_elsewhere(before: Archive, damage: Damage) -> bool:
    """Whether `manifest.json` shows the image whose manifest is taken out of a nested index."""
    is_nested = any(
        use.role == "manifest" and use.name == damage.name and use.document != "index.json"
        for use in before.uses()
    )
    manifest = before.document(damage.name) if is_nested else None
    if not manifest:
        return False
    return f"blobs/{manifest['config']['digest'].replace(':', '/')}" in before.docker_configs()


def consequences(damage: Damage) -> set[str]:
    """What the descriptors of a changed blob say beneath its finding."""
    before = Archive(damage.before)
    found: set[str] = set()
    for use in before.uses():
        if use.name == damage.name and use.role in CONSEQUENCE:
            # What is no image's layer is a blob to its artifact, as any other.
            found.add(CONSEQUENCE[use.role] if use.is_image or use.role != "layer" else "")
            if damage.kind in ("cut", "add"):
                found.add("descriptor-size-mismatch")
    return found - {""}


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_the_fixtures_that_are_damaged_below_are_proved_as_they_are(path: Path) -> None:
    verdict = verify(path).archives[0].verdict
    assert (verdict is Verdict.VERIFIED) == (path.name not in UNPROVED)


@pytest.mark.parametrize("name", sorted(OTHER_SHAPES))
def test_each_blob_of_another_shape_is_proved_by_its_name(name: str) -> None:
    members = read_members(FIXTURES / "real" / name)
    count = 0
    for damage in damages(members):
        before = members[damage.position][1]
        if not isinstance(before, bytes) or sha256_hex(before) not in damage.name:
            continue
        count += 1
        verdict = examined(damage.after).verdict
        missing = {Verdict.INCOMPLETE, Verdict.FAILED}
        assert verdict in (missing if damage.kind == "remove" else {Verdict.FAILED}), damage[:3]
    assert count > 10


@pytest.mark.parametrize("path", PROVED, ids=lambda path: path.name)
def test_damage_to_what_a_digest_records_is_one_error_and_no_other_damage_is_foreign(
    path: Path,
) -> None:
    count = 0
    for damage in damages(read_members(path)):
        report = examined(damage.after)
        expected = due(damage)
        found = errors(report)
        told = sorted(finding.rule.name for finding in found)
        place = (damage.kind, damage.name, [finding.message for finding in found])
        if expected is None:
            allowed = STRUCTURE if damage.is_root else set()
            assert set(told) <= allowed, place
            continue
        assert told == expected, place
        assert (report.verdict is Verdict.VERIFIED) == (not expected), place
        if damage.kind != "remove" and expected:
            below = {each.rule for finding in found for each in finding.related}
            assert consequences(damage) <= below, place
        count += bool(expected)
    assert count > 0


def sampled(step: int) -> list[Damage]:
    every = [damage for path in PROVED for damage in damages(read_members(path))]
    return every[::step]


def test_a_damaged_file_tells_what_its_pipe_tells(tmp_path: Path) -> None:
    sample = sampled(23)
    for damage in sample:
        data = write_tar(damage.after)
        path = tmp_path / "archive.tar"
        path.write_bytes(data)
        file, pipe = verify(path).archives[0], verify(io.BytesIO(data)).archives[0]
        place = (damage.kind, damage.name)
        assert file.findings == pipe.findings, place
        assert file.verdict is pipe.verdict, place
        assert (file.images, file.artifacts) == (pipe.images, pipe.artifacts), place
    assert len(sample) > 80


def test_the_command_ends_with_1_where_damage_was_done_to_what_is_recorded(tmp_path: Path) -> None:
    damaged = [damage for damage in sampled(7) if due(damage)]
    sample = damaged[:: len(damaged) // 20]
    for damage in sample:
        path = tmp_path / "archive.tar"
        path.write_bytes(write_tar(damage.after))
        ended = run("verify", "--format", "json", path)
        assert ended.code == 1, (damage.kind, damage.name, ended.err)
        archive = json.loads(ended.out)["archives"][0]
        told = [each["rule"] for each in archive["findings"] if each["severity"] == "error"]
        assert sorted(told) == due(damage)
    assert len(sample) >= 20

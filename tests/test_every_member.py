"""Every member of every shape of archive, changed in every way: what must be told of it.

From first principles: what a view leads to is proved by a digest or bound by nothing; whoever
changes it, takes it away or hides it from some reader must be told so, and what another tar
writer could have written must not.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import pytest

from layertar import Severity, Verdict, verify
from tests.archive.other_builders import below, build_directory, build_refs, build_registry
from tests.archive.test_carriers import bundle, component, of_image
from tests.builders import (
    Hardlink,
    ImageRecipe,
    LayerRecipe,
    Symlink,
    build_docker,
    build_hybrid,
    build_oci,
    compress,
    oras_artifact,
    sha256,
    tar_layer,
    write_tar,
)
from tests.findings.shapes import APP
from tests.tar.blocks import GNU, V7, extension, header, padded, pax
from tests.tarmaker import END, tar_entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertar import ArchiveReport
    from tests.builders import Built, Content

    Members = tuple[tuple[str, Content], ...]

_TWO = ImageRecipe(
    layers=(
        LayerRecipe(tar=tar_layer({"etc/hello": b"hi"})),
        LayerRecipe(tar=tar_layer({"usr/x": b"x"}), compression="zstd"),
    ),
    names=("docker.io/library/app:1",),
)
_COMPONENT: dict[str, object] = {"repository": "app", "tag": "1", "digest": sha256(APP.manifest)}
SHAPES = {
    "oci": build_oci([_TWO]),
    "nested": build_oci([_TWO], nested_index=True),
    "artifact": build_oci([], artifacts=[oras_artifact({"notes.txt": b"x"})]),
    "below": below(build_oci([APP]), "saved/"),
    "hybrid": build_hybrid([APP]),
    "containerd": build_hybrid([_TWO], store="containerd"),
    "docker": build_docker([_TWO], style="1.10"),
    "skopeo": build_docker([APP], style="skopeo"),
    "ggcr": build_docker([_TWO], style="ggcr"),
    "dir": build_directory(_TWO),
    "refs": build_refs(APP),
    "registry": build_registry([APP]),
    "imgpkg": bundle({"Image": of_image(APP)}),
    "ocm": component(_COMPONENT),
}
# Files of which some reader makes use, and whose absence is no fault of the image.
_OPTIONAL = ("repositories", "oci-layout", "version", "VERSION", "json", "link")

_NAME = 94


class Change(NamedTuple):
    """One archive made of another: how, and at which member."""

    kind: str
    name: str
    data: bytes


def examined(data: bytes) -> ArchiveReport:
    return verify(io.BytesIO(data)).archives[0]


def severities(report: ArchiveReport) -> set[Severity]:
    return {finding.severity for finding in report.findings}


def entries(members: Members) -> list[bytes]:
    return [tar_entry(name, content) for name, content in members]


def files(members: Members) -> Iterator[tuple[int, str, bytes]]:
    """The regular members whose names a single header holds, a little longer ones too."""
    for position, (name, content) in enumerate(members):
        if isinstance(content, bytes) and len(name) < _NAME:
            yield position, name, content


def put(members: Members, position: int, block: bytes) -> bytes:
    """The archive with another entry at a position."""
    parts = entries(members)
    return b"".join((*parts[:position], block, *parts[position + 1 :], END))


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def rewritten(members: Members) -> Iterator[Change]:
    """The same archive, by a writer of other habits."""
    for position, name, content in files(members):
        raw, data, size = name.encode(), padded(content), len(content)
        blocks = {
            "v7 file": header(raw, size, b"\0") + data,
            "v7 magic": header(raw, size, magic=V7) + data,
            "gnu magic": header(raw, size, magic=GNU) + data,
            "pax path": pax((b"path", raw)) + header(b"other", size) + data,
            "pax size": pax((b"size", b"%d" % size)) + header(raw, 0) + data,
            "pax mtime": pax((b"mtime", b"1.5")) + header(raw, size) + data,
            "pax comment": pax((b"comment", b"x"), typeflag=b"g") + header(raw, size) + data,
            "gnu long name": extension(raw + b"\0", b"L") + header(b"o", size, magic=GNU) + data,
            "dot name": header(b"./" + raw, size) + data,
            "slashes": header(b"./" + raw.replace(b"/", b"//"), size) + data,
            "twin": header(raw, size) + data + header(raw, size) + data,
        }
        yield from (Change(kind, name, put(members, position, it)) for kind, it in blocks.items())


def hidden(members: Members) -> Iterator[Change]:
    """Archives in which one reader finds a member, or its bytes, and another does not."""
    parts = entries(members)
    whole = b"".join(parts)
    for position, name, content in files(members):
        raw, data, size = name.encode(), padded(content), len(content)
        before, own = b"".join(parts[:position]), parts[position]
        after = b"".join(parts[position + 1 :])
        other = flipped(content)
        blocks = {
            "wrong sum": own[:300] + bytes([own[300] ^ 1]) + own[301:],
            "global path": pax((b"path", b"other"), typeflag=b"g") + own,
            "two pax": pax((b"path", b"other")) + pax((b"path", raw)) + header(b"o", size) + data,
            "slash": header(raw + b"/", size) + data,
            "contiguous": header(raw, size, b"7") + data,
            "sparse": header(raw, size, b"S", magic=GNU) + data,
            "pax sparse": pax((b"GNU.sparse.major", b"1")) + own,
            "lone zero": bytes(512) + own,
            "twin": own + tar_entry(name, other),
            "twin before": tar_entry(name, other) + own,
            "dot twin": own + tar_entry(f"./{name}", other),
            "twin climbs": own + header(b"x/../" + raw, size) + padded(other),
            "below": own + tar_entry(f"{name}/x", b""),
        }
        yield from (Change(kind, name, put(members, position, it)) for kind, it in blocks.items())
        yield Change("behind the end", name, before + after + END + own + END)
        yield Change("behind a zero block", name, before + after + bytes(512) + own + END)
        yield Change("twin behind the end", name, whole + END + tar_entry(name, other) + END)


def damaged(members: Members) -> Iterator[Change]:
    """Archives in which the bytes behind a name are gone or are others."""
    for position, (name, content) in enumerate(members):
        if not isinstance(content, bytes):
            continue
        head, tail = members[:position], members[position + 1 :]
        other = ("store/it", flipped(content))
        store = "../" * name.count("/") + "store/it"
        changed: dict[str, Members] = {
            "gone": (*head, *tail),
            "renamed": (*head, (f"lost/{name}", content), *tail),
            "cut": (*head, (name, content[:-1]), *tail),
            "empty": (*head, (name, b""), *tail),
            "dangling": (*head, (name, Symlink("nowhere")), *tail),
            "loop": (*head, (name, Symlink(name.rpartition("/")[2])), *tail),
            "symlink": (*head, (name, Symlink(store)), *tail, other),
            "hard link": (other, *head, (name, Hardlink(other[0])), *tail),
        }
        yield from (Change(kind, name, write_tar(it)) for kind, it in changed.items())


def is_optional(built: Built, name: str) -> bool:
    """Whether the image does not depend on a member: legacy files, orphans, markers."""
    if name.endswith(_OPTIONAL):
        return True
    is_hybrid = "manifest.json" in built.names and "index.json" in built.names
    orphan = b'"container_config"' in built[name] or b'"layer_id"' in built[name]
    # The empty config is embedded in its descriptor.
    orphan = orphan or built[name] == b"{}"
    # Either view of a hybrid proves the image alone.
    return orphan or (is_hybrid and name == "manifest.json")


@pytest.mark.parametrize("shape", SHAPES)
def test_whoever_wrote_the_tar_the_archive_is_right(shape: str) -> None:
    base = severities(examined(SHAPES[shape].tar()))
    for change in rewritten(SHAPES[shape].members):
        report = examined(change.data)
        place = (change.kind, change.name, [each.message for each in report.findings])
        assert report.verdict is Verdict.VERIFIED, place
        assert severities(report) <= base | {Severity.NOTE}, place


@pytest.mark.parametrize("shape", SHAPES)
def test_what_readers_see_in_two_ways_is_at_least_a_warning(shape: str) -> None:
    for change in hidden(SHAPES[shape].members):
        told = severities(examined(change.data))
        assert told & {Severity.WARNING, Severity.ERROR}, (change.kind, change.name)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_image_depends_on_is_told_where_it_is_gone_or_another(shape: str) -> None:
    built = SHAPES[shape]
    count = 0
    for change in damaged(built.members):
        if is_optional(built, change.name):
            continue
        report = examined(change.data)
        assert report.verdict is not Verdict.VERIFIED, (change.kind, change.name)
        assert Severity.ERROR in severities(report), (change.kind, change.name)
        count += 1
    assert count > 0


def test_layers_bound_by_their_diff_ids_may_be_compressed_anew() -> None:
    built = build_docker([_TWO], style="1.10")
    layers = [name for name in built.files if name.endswith("/layer.tar")]
    for name in layers:
        for codec in ("gzip", "zstd", "xz"):
            assert examined(built.replace(name, compress(built[name], codec)).tar()).verdict is (
                Verdict.VERIFIED
            )
    assert layers


@pytest.mark.parametrize("shape", SHAPES)
def test_file_and_pipe_tell_the_same_of_each_change(shape: str, tmp_path: Path) -> None:
    members = SHAPES[shape].members
    changes = [*hidden(members), *damaged(members), *rewritten(members)]
    path = tmp_path / "archive.tar"
    for change in changes[::11]:
        path.write_bytes(change.data)
        file = verify(path).archives[0]
        pipe = examined(change.data)
        place = (change.kind, change.name)
        assert (file.verdict, file.findings) == (pipe.verdict, pipe.findings), place

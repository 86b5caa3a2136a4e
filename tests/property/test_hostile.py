"""Whatever the bytes are, nothing but a report comes out."""

from __future__ import annotations

import io
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from layertar import Verdict, inspect, verify
from tests.builders import Content, Directory, Hardlink, Symlink, compress, write_tar

if TYPE_CHECKING:
    from layertar import ArchiveReport

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SMALL = sorted(path for path in FIXTURES.glob("*/*.tar*") if path.stat().st_size < 100_000)

_DIGEST = "sha256:" + "ab" * 32
_TEXTS = st.sampled_from(
    [
        "",
        "index.json",
        "../x",
        "/",
        "a\0b",
        "\x1b[31m",
        _DIGEST,
        "sha256:",
        "blobs/sha256/" + "ab" * 32,
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "ab" * 32 + "/layer.tar",
    ]
)
_KEYS = st.sampled_from(
    ["mediaType", "digest", "size", "manifests", "config", "layers", "schemaVersion", "annotations",
     "rootfs", "diff_ids", "history", "Config", "RepoTags", "Layers", "data", "platform", "os",
     "architecture", "subject", "urls", "id", "parent", "imageLayoutVersion"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | _TEXTS | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    ["index.json", "manifest.json", "oci-layout", "repositories", "blobs/sha256/" + "ab" * 32,
     "ab" * 32 + "/json", "ab" * 32 + "/layer.tar", "ab" * 32 + "/VERSION", "blobs", "./index.json",
     "../index.json", "blobs/sha256/zz", "sha256:" + "ab" * 32, "x\udcff", ""]
)  # fmt: skip


def _dump(value: object) -> bytes:
    return json.dumps(value).encode()


_CONTENTS: st.SearchStrategy[Content] = st.one_of(
    _VALUES.map(_dump),
    _VALUES.map(_dump),
    st.binary(max_size=200),
    st.binary(max_size=50).map(lambda data: compress(data, "gzip")),
    _NAMES.map(Symlink),
    _NAMES.map(Hardlink),
    st.just(Directory()),
)


class Edit(NamedTuple):
    """A change somewhere: `kind`, where from 0 to 1, how long, with what bytes."""

    kind: str
    place: float
    length: int
    noise: bytes

    def apply(self, data: bytes) -> bytes:
        start = int(self.place * len(data))
        end = start + self.length
        match self.kind:
            case "flip":
                flipped = bytes(byte ^ 0x55 for byte in data[start:end])
                return data[:start] + flipped + data[end:]
            case "insert":
                return data[:start] + self.noise + data[start:]
            case "delete":
                return data[:start] + data[end:]
            case _:
                return data[:start] + self.noise + data[start + len(self.noise) :]


_EDITS = st.lists(
    st.builds(
        Edit,
        st.sampled_from(["flip", "insert", "delete", "overwrite"]),
        st.floats(0, 1),
        st.one_of(st.integers(1, 4), st.integers(1, 2000), st.just(512)),
        st.one_of(st.binary(min_size=1, max_size=20), st.just(bytes(512)), st.just(b"0000001\0")),
    ),
    min_size=1,
    max_size=4,
)


@cache
def fixture(position: int) -> bytes:
    return SMALL[position].read_bytes()


def told(data: bytes) -> None:
    """Hold what a file tells against what a pipe tells; nothing may be raised by either."""
    pipe = verify(io.BytesIO(data)).archives[0]
    shown = inspect(io.BytesIO(data)).archives[0]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "archive"
        path.write_bytes(data)
        file = verify(path).archives[0]
        shown_file = inspect(path).archives[0]
    assert facts(file) == facts(pipe)
    assert facts(shown_file) == facts(shown)
    assert (shown.verdict is Verdict.UNREADABLE) == (pipe.verdict is Verdict.UNREADABLE)


def facts(report: ArchiveReport) -> tuple[object, ...]:
    return report.verdict, report.views, report.images, report.artifacts, report.findings


@settings(max_examples=200)
@given(st.binary(max_size=3000))
def test_arbitrary_bytes_raise_nothing(data: bytes) -> None:
    told(data)


@given(st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh9"]), st.binary())
def test_arbitrary_bytes_behind_a_magic_raise_nothing(magic: bytes, data: bytes) -> None:
    told(magic + data)
    told(compress(data, "gzip"))


@settings(max_examples=300)
@given(st.lists(st.tuples(_NAMES, _CONTENTS), max_size=8))
def test_arbitrary_members_raise_nothing(members: list[tuple[str, Content]]) -> None:
    told(write_tar(members))


@settings(max_examples=300)
@given(st.integers(0, len(SMALL) - 1), _EDITS)
def test_a_fixture_changed_anywhere_raises_nothing(position: int, edits: list[Edit]) -> None:
    data = fixture(position)
    for edit in edits:
        data = edit.apply(data)
    told(data)

"""Rules about what the entries of layers are called and lead to, and about their tables."""

from __future__ import annotations

import io
import struct
from pathlib import Path

from layertar import Limits, Severity, verify
from layertar.findings import Effect
from tests.builders import Built, compress, sha256
from tests.findings.cases import Case, examined, told
from tests.findings.shapes import HELLO, TOOL, gzip_layer, image_of_layers, layer_of
from tests.recipes import LAYER_TYPE
from tests.tar.blocks import file, header, pax
from tests.tarmaker import END

ESTARGZ = Path(__file__).parents[2] / "fixtures" / "real" / "buildkit-oci-estargz.tar"

_W, _N = Severity.WARNING, Severity.NOTE

_GZIP_TYPE = f"{LAYER_TYPE}+gzip"
_ZSTD_TYPE = f"{LAYER_TYPE}+zstd"


def _plain(*members: bytes) -> Built:
    """One image of one layer of these members, stored plain, all digests right."""
    tar = b"".join(members) + END
    return image_of_layers((tar, layer_of(tar)), tars=[tar])


def _link(name: bytes, target: bytes, typeflag: bytes = b"2") -> bytes:
    return header(name, 0, typeflag, target)


# An eStargz: its table is the last entry, and the descriptor records the table's digest.
_TOC = b'{"version":1,"entries":[]}'
_STARGZ = file(b"etc/hello", b"hi") + file(b"stargz.index.json", _TOC) + END
_TOC_DIGEST = "containerd.io/snapshot/stargz/toc.digest"


def _stargz(digest: str, tar: bytes = _STARGZ) -> Built:
    blob, annotations = gzip_layer(tar), {_TOC_DIGEST: digest}
    record = layer_of(blob, mediaType=_GZIP_TYPE, annotations=annotations)
    return image_of_layers((blob, record), tars=[tar])


# A zstd:chunked layer: the content, then the table, the tar-split data and the footer, each in
# a skippable frame.
_TABLE = compress(_TOC, "zstd")
_SPLIT = compress(b'{"type":1}', "zstd")


def _skippable(content: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + struct.pack("<I", len(content)) + content


_CONTENT = compress(HELLO, "zstd")
_TABLE_AT = len(_CONTENT) + 8
_SPLIT_AT = _TABLE_AT + len(_TABLE) + 8
_FOOTER = struct.pack(
    "<7Q8s",
    *(_TABLE_AT, len(_TABLE), len(_TOC), 1),
    *(_SPLIT_AT, len(_SPLIT), 10),
    b"GNUlInUx",
)
_CHUNKED = _CONTENT + _skippable(_TABLE) + _skippable(_SPLIT) + _skippable(_FOOTER)
_POSITION = f"{_TABLE_AT}:{len(_TABLE)}:{len(_TOC)}:1"
_SPLIT_POSITION = f"{_SPLIT_AT}:{len(_SPLIT)}:10"


def _chunked(
    position: str = _POSITION,
    checksum: str = sha256(_TABLE),
    split: str = _SPLIT_POSITION,
    blob: bytes = _CHUNKED,
) -> Built:
    keys = ("manifest-position", "manifest-checksum", "tarsplit-position")
    prefix = "io.github.containers.zstd-chunked."
    values = dict(zip(keys, (position, checksum, split), strict=True))
    annotations = {f"{prefix}{key}": value for key, value in values.items() if value}
    record = layer_of(blob, mediaType=_ZSTD_TYPE, annotations=annotations)
    return image_of_layers((blob, record), tars=[HELLO])


def _encrypted(media_type: str) -> Built:
    blob = b"\x07not readable" * 40 if media_type.endswith("encrypted") else gzip_layer(HELLO)
    return image_of_layers((blob, layer_of(blob, mediaType=media_type)), tars=[HELLO])


def _warning(rule: str, fires: Built, near: Built) -> Case:
    return Case(rule=rule, severity=_W, effect=Effect.NONE, fires=fires, near=near)


def _note(rule: str, fires: Built, near: Built) -> Case:
    return Case(rule=rule, severity=_N, effect=Effect.NONE, fires=fires, near=near)


_PATHS = (file(b"a"), file(b"b"), file(b"c"))
_SPARSE = pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"))

CASES = (
    _warning(
        "layer-duplicate-path",
        _plain(file(b"etc/x", b"one"), file(b"./etc/x", b"two")),
        _plain(file(b"etc/x", b"one"), file(b"./etc/y", b"two")),
    ),
    _warning(
        "layer-duplicate-path",
        _plain(header(b"etc/", 0, b"5"), _link(b"etc", b"usr/etc")),
        _plain(header(b"etc/", 0, b"5"), _link(b"etc/etc", b"usr/etc")),
    ),
    _note(
        "layer-duplicate-path",
        _plain(header(b"etc/", 0, b"5"), file(b"etc/x"), header(b"etc/", 0, b"5")),
        _plain(header(b"etc/", 0, b"5"), file(b"etc/x"), header(b"etc/y/", 0, b"5")),
    ),
    _warning(
        "layer-whiteout-invalid", _plain(file(b"etc/.wh.", b"")), _plain(file(b"etc/.wh.x", b""))
    ),
    _warning(
        "layer-whiteout-invalid",
        _plain(file(b".wh.etc/x", b"")),
        _plain(file(b".wh..wh.plnk/x", b""), file(b"etc/.wh..wh..opq", b"")),
    ),
    _warning(
        "layer-path-unsafe",
        _plain(file(b"etc/../../x")),
        _plain(file(b"etc/../x"), file(b"/etc/y"), file(b"./etc/z")),
    ),
    _warning(
        "layer-link-escapes",
        _plain(_link(b"x", b"../etc/passwd", b"1")),
        _plain(file(b"etc/passwd"), _link(b"x", b"/etc/passwd", b"1")),
    ),
    _warning(
        "layer-link-escapes",
        _plain(_link(b"d", b"../.."), file(b"d/x")),
        _plain(_link(b"d", b"../.."), _link(b"e", b"/etc"), file(b"e/x")),
    ),
    _warning("layer-sparse-entry", _plain(_SPARSE, file(b"x")), _plain(file(b"x"))),
    _note("layer-empty", _plain(), _plain(file(b"x", b""))),
    _note("layer-empty", _plain(bytes(9216)), _plain(header(b"./", 0, b"5"), bytes(8192))),
    _note("layer-encrypted", _encrypted(f"{_GZIP_TYPE}+encrypted"), _encrypted(_GZIP_TYPE)),
    _warning("layer-toc-mismatch", _stargz(sha256(b"other")), _stargz(sha256(_TOC))),
    _warning("layer-toc-mismatch", _stargz("sha256:short"), _stargz(f"sha512:{'0' * 128}")),
    # The table may be kept elsewhere: then there is nothing here to hold it against.
    _warning(
        "layer-toc-mismatch",
        _stargz(sha256(_TOC), HELLO + file(b"stargz.index.json", b"[]") + END),
        _stargz(sha256(_TOC), HELLO),
    ),
    _warning("layer-toc-mismatch", _chunked(checksum=sha256(b"other")), _chunked()),
    _warning("layer-toc-mismatch", _chunked(checksum="md5"), _chunked(checksum="")),
    _warning(
        "layer-toc-mismatch",
        _chunked(position=f"{_TABLE_AT + 1}:{len(_TABLE) - 1}:{len(_TOC)}:1"),
        _chunked(position=""),
    ),
    _warning(
        "layer-toc-mismatch",
        _chunked(position=f"{_TABLE_AT}:{len(_CHUNKED) - _TABLE_AT + 1}:9:1", checksum=""),
        _chunked(position=f"{_TABLE_AT}:{len(_CHUNKED) - _TABLE_AT}:9:1", checksum=""),
    ),
    _warning("layer-toc-mismatch", _chunked(split=f"{len(_CHUNKED)}:1:1"), _chunked(split="")),
    _warning("layer-toc-mismatch", _chunked(split="1:2:3:4"), _chunked(split="1:2:3")),
    _warning("layer-toc-mismatch", _chunked(split="-1:2:3"), _chunked(split="0:0:0")),
    Case(
        rule="limit-exceeded",
        severity=_W,
        effect=Effect.NONE,
        fires=_plain(*_PATHS, file(b"a")),
        near=_plain(*_PATHS),
        limits=Limits(layer_paths=2),
        near_limits=Limits(layer_paths=3),
    ),
)


def test_a_finding_names_the_entry_and_its_place_and_counts_the_rest(tmp_path: Path) -> None:
    archive = _plain(file(b"ok"), file(b"../a"), file(b"../b"), file(b"../c"))
    (finding,) = told(examined(archive, tmp_path), "layer-path-unsafe")
    assert "../a: " in finding.message
    assert finding.message.endswith("(and 2 more)")
    assert (finding.location.layer, finding.location.offset) == (0, 1024)


def test_each_rule_of_a_layer_is_a_finding_of_its_own(tmp_path: Path) -> None:
    members = (file(b"../a"), file(b".wh."), file(b"x"), file(b"x"), header(b"d/", 0, b"5"))
    archive = _plain(*members, header(b"d/", 0, b"5"), header(b"d/", 0, b"5"))
    found = examined(archive, tmp_path).findings
    assert sorted((each.rule.name, each.severity) for each in found) == [
        ("layer-duplicate-path", _N),
        ("layer-duplicate-path", _W),
        ("layer-path-unsafe", _W),
        ("layer-whiteout-invalid", _W),
    ]
    noted = next(each for each in found if each.severity is _N)
    assert noted.message.endswith("(and 1 more)")


def test_one_layer_of_two_places_is_told_once(tmp_path: Path) -> None:
    bad = file(b"../a") + END
    archive = image_of_layers((bad, layer_of(bad)), (bad, layer_of(bad)), tars=[bad, bad])
    (finding,) = told(examined(archive, tmp_path), "layer-path-unsafe")
    assert [related.location.layer for related in finding.related] == [1]


def test_what_a_damaged_layer_holds_follows_from_the_damage(tmp_path: Path) -> None:
    bad = file(b"../a") + END
    archive = image_of_layers((bad, {**layer_of(bad), "digest": sha256(TOOL)}), tars=[bad]).rename(
        f"blobs/sha256/{sha256(bad)[7:]}", f"blobs/sha256/{sha256(TOOL)[7:]}"
    )
    report = examined(archive, tmp_path)
    assert told(report, "layer-path-unsafe") == []
    assert "layer-path-unsafe" in [
        related.rule for finding in report.findings for related in finding.related
    ]


def test_what_is_no_layer_is_not_looked_into(tmp_path: Path) -> None:
    bad = file(b"../a") + END
    erofs = "application/vnd.erofs.layer.v1"
    archive = image_of_layers((bad, layer_of(bad, mediaType=erofs)), tars=[HELLO])
    assert told(examined(archive, tmp_path), "layer-path-unsafe") == []


def test_buildkits_estargz_has_the_tables_that_it_records() -> None:
    archive = ESTARGZ.read_bytes()
    report = verify(io.BytesIO(archive)).archives[0]
    assert {finding.severity for finding in report.findings} == {_N}
    table = "6f228266252924756ba67773c3a67821908e94bff7db924361386732df0b187f"
    assert archive.count(table.encode()) == 1
    changed = archive.replace(table.encode(), table[::-1].encode())
    (finding,) = told(verify(io.BytesIO(changed)).archives[0], "layer-toc-mismatch")
    assert (finding.recorded, finding.measured) == (f"sha256:{table[::-1]}", f"sha256:{table}")

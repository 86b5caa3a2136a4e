from __future__ import annotations

import pytest

from layertar.digest import Digest
from layertar.fault import Severity
from layertar.limits import Limits
from layertar.tar import LayerWalker
from tests.tar.blocks import GNU, cut, extension, file, header, padded, pax, walk
from tests.tarmaker import END

_A = file(b"a", b"data")
_LONG = b"usr/share/" * 30 + b"file"
_CAPABILITY = (b"SCHILY.xattr.security.capability", b"\1\0\0\2\0\4" + bytes(14))


def test_a_layer_is_counted() -> None:
    found = walk([_A * 3 + END])
    assert found.is_tar
    assert found.entries == 3
    assert found.size == 3 * 1024 + 1024
    assert found.first_name == "a"
    assert (found.truncated, found.defects, found.defect_count) == (None, (), 0)
    assert (found.trailing, found.sparse) == (None, 0)


@pytest.mark.parametrize("step", [1, 511, 512, 1536, 100_000])
def test_the_files_bytes_are_counted_however_the_layer_comes(step: int) -> None:
    layer = _A * 3 + header(b"dir/", 0, b"5") + file(b"caf\xe9", b"12345") + _A * 2 + END
    pieces = [layer[start : start + step] for start in range(0, len(layer), step)]
    assert walk(pieces).content_size == 5 * len(b"data") + len(b"12345")


def test_no_bytes_are_no_tar() -> None:
    found = walk([])
    assert (found.is_tar, found.entries, found.size, found.first_name) == (False, 0, 0, None)


def test_what_is_no_tar_is_counted_and_not_judged() -> None:
    found = walk([b'{"some": "json"}' * 100])
    assert (found.is_tar, found.entries, found.size) == (False, 0, 1600)
    assert (found.truncated, found.defects, found.trailing) == (None, (), None)


@pytest.mark.parametrize("zeros", [512, 1024, 10240])
def test_an_empty_layer_is_a_tar(zeros: int) -> None:
    found = walk([bytes(zeros)])
    assert (found.is_tar, found.entries) == (True, 0)
    assert (found.truncated, found.defects, found.trailing) == (None, (), None)


@pytest.mark.parametrize(
    "member",
    [
        pax((b"path", _LONG), _CAPABILITY, (b"mtime", b"1700000000.123456789")) + _A,
        pax((b"size", b"4")) + header(b"a", 0) + padded(b"data"),
        pax((b"comment", b"git"), typeflag=b"g") + _A,
        extension(_LONG + b"\0", b"L") + file(_LONG[:100], magic=GNU),
        header(b"hard", 0, b"1", b"a"),
        header(b"null", 0, b"3"),
        header(b"pipe", 0, b"6"),
        header(b"label", 0, b"V"),
        file(b"caf\xe9"),
        file(b"uid", uid=b"\x80\0\0\0\0\x40\0\0"),
        header(b"dirty", 4) + padded(b"data", b"!"),
    ],
)
@pytest.mark.parametrize("end", [END, bytes(10240), b""])
def test_what_honest_layers_hold_is_no_defect(member: bytes, end: bytes) -> None:
    found = walk([_A + member + _A + end])
    assert found.entries == 3
    assert (found.truncated, found.defects, found.trailing) == (None, (), None)


def test_a_layer_without_its_last_padding_is_whole() -> None:
    found = walk([(_A + _A)[:1540]])
    assert (found.entries, found.truncated, found.defects) == (2, None, ())


@pytest.mark.parametrize(
    ("layer", "detail", "member"),
    [
        ((_A + _A)[:1538], "ends inside the data of a member: 2 bytes missing", "a"),
        ((_A + _A)[:1500], "ends inside a header: 36 bytes missing", None),
    ],
)
def test_a_layer_that_ends_early_is_told(layer: bytes, detail: str, member: str | None) -> None:
    fault = walk([layer]).truncated
    assert fault is not None
    assert (fault.rule, fault.detail) == ("layer-tar-truncated", detail)
    assert (fault.member, fault.offset) == (member, len(layer))


@pytest.mark.parametrize(
    ("middle", "offset"),
    [
        (bytes(512), 1024),
        (b"A" + _A[1:], 1024),
        (pax((b"path", b"p"), typeflag=b"g"), 1024),
        (pax((b"size", b"5")) + file(b"a", b"1234"), 1024),
        (pax((b"size", b"-5")) + _A, 1024),
        (extension(b"99 mtime=1700000000\n", b"x") + _A, 1024),
        (pax((b"mtime", b"1"), (b"mtime", b"2")) + _A, 1024),
        (extension(b"m\0", b"L") + extension(b"n\0", b"L") + _A, 1024),
        (header(b"link", 512, b"2", b"x"), 1024),
    ],
)
def test_what_readers_differ_on_is_a_defect(middle: bytes, offset: int) -> None:
    found = walk([_A + middle + _A + END])
    assert found.defect_count == 1
    (fault,) = found.defects
    assert (fault.rule, fault.offset, fault.severity) == ("layer-tar-defect", offset, None)


@pytest.mark.parametrize("body", [extension(b"n" * 9000, b"L"), pax((b"comment", b"c" * 4200))])
def test_a_body_beyond_the_bound_keeps_its_rule(body: bytes) -> None:
    found = walk([_A + body + _A + END])
    assert [fault.rule for fault in found.defects] == ["limit-exceeded"]
    assert found.entries == 2


def test_defects_are_bounded_and_counted() -> None:
    link = header(b"link", 512, b"2", b"x")
    found = walk([(_A + link + bytes(512)) * 20 + _A + END])
    assert len(found.defects) == 4
    assert found.defect_count == 40
    assert [fault.offset for fault in found.defects] == sorted(
        fault.offset or 0 for fault in found.defects
    )


def test_bytes_behind_the_end_are_a_warning() -> None:
    fault = walk([_A + END + b"\0\0x"]).trailing
    assert fault is not None
    assert (fault.rule, fault.severity) == ("layer-trailing-in-tar", Severity.WARNING)
    assert fault.offset == 2050


def test_sparse_members_are_counted_and_told() -> None:
    sparse = pax((b"GNU.sparse.major", b"1")) + file(b"s")
    found = walk([_A + sparse + pax((b"GNU.sparse.major", b"1")) + file(b"t") + END])
    assert (found.sparse, found.entries, found.defects) == (2, 3, ())
    assert [(fault.rule, fault.member, fault.offset) for fault in found.content] == [
        ("layer-sparse-entry", "s", 1024),
        ("layer-sparse-entry", "t", 3072),
    ]
    assert found.content_counts == {"layer-sparse-entry": 2}


_TABLE = b'{"version":1}'
_ITS_DIGEST = Digest.of(_TABLE)
_ITS_FILE = file(b"stargz.index.json", _TABLE)


@pytest.mark.parametrize("size", [1, 100, 512, 700, 5000])
@pytest.mark.parametrize(
    ("layer", "digest"),
    [
        (_A + _ITS_FILE + END, _ITS_DIGEST),
        (_ITS_FILE + END, _ITS_DIGEST),
        (_A + END + _ITS_FILE + END, _ITS_DIGEST),
        (_A + file(b"stargz.index.json", b"") + END, Digest.of(b"")),
        (_A + file(b"stargz.index.json", b"x" * 3000) + END, Digest.of(b"x" * 3000)),
        (_A + _ITS_FILE + _A + END, None),
        (_A + _ITS_FILE + header(b"null", 0, b"3") + END, None),
        (_A + END + _ITS_FILE + _A + END, None),
        (_A + _ITS_FILE[:520], None),
        (_A + file(b"etc/stargz.index.json", _TABLE) + END, None),
        (_A + END, None),
    ],
)
def test_a_table_of_contents_is_hashed_where_it_is_last(
    layer: bytes, digest: Digest | None, size: int
) -> None:
    assert walk(cut(layer, size)).table == digest


@pytest.mark.parametrize(
    ("behind", "severity"),
    [
        (_ITS_FILE + END, Severity.NOTE),
        (_A + _ITS_FILE + END, Severity.WARNING),
        (_A + END, Severity.WARNING),
    ],
)
def test_a_table_behind_the_end_is_a_note(behind: bytes, severity: Severity) -> None:
    fault = walk([_A + END + behind]).trailing
    assert fault is not None
    assert fault.severity is severity
    assert ("eStargz" in fault.detail) == (severity is Severity.NOTE)


def test_content_is_looked_at_only_where_asked_for() -> None:
    layer = _A + file(b"../x") * 2 + END
    assert walk([layer]).content_counts == {"layer-path-unsafe": 2}
    walker = LayerWalker(Limits(), content=False)
    walker.feed(layer)
    found = walker.finish()
    assert (found.entries, found.content, found.content_counts) == (3, (), {})


@pytest.mark.parametrize("size", [1, 7, 511, 512, 513, 4096])
def test_the_pieces_do_not_matter(size: int) -> None:
    layer = _A * 5 + pax((b"path", _LONG)) + file(b"b", b"x" * 3000) + _A * 5 + END
    assert walk(cut(layer, size)) == walk([memoryview(layer)])


def test_a_first_name_is_bounded() -> None:
    assert walk([pax((b"path", _LONG)) + _A], Limits(name_length=9)).first_name == "usr/share"

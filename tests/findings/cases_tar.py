"""Rules about the file itself: its wrapping, its tar framing, and whether it is an archive."""

from __future__ import annotations

from layertar import Limits, Severity
from layertar.findings import Effect
from tests.builders import blob_name, compress
from tests.findings.cases import Case
from tests.findings.shapes import LAYER, oci
from tests.tar.blocks import GNU, checksummed, file, header, pax
from tests.tarmaker import BLOCK, END, tar_entry

_BASE = oci().tar()
_BODY = _BASE.removesuffix(END)
_ZERO = bytes(BLOCK)
_ROOTFS = b"".join(tar_entry(name, b"x") for name in ("bin/sh", "etc/passwd", "usr/bin/env"))
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(600)
_GZ = compress(_BASE, "gzip")
_NOTE = b"notes.txt"


def _before(*parts: bytes) -> bytes:
    """The archive with these blocks in front of it."""
    return b"".join(parts) + _BASE


def _signed(name: bytes) -> bytes:
    """A header whose checksum is the sum of signed bytes, as some old writers made it."""
    block = header(name)
    high = sum(byte > 0x7F for byte in name)
    bare = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % (sum(bare) - 256 * high) + block[156:]


def _wrong_sum(name: bytes) -> bytes:
    block = bytearray(header(name))
    block[148:154] = b"%06o" % (int(bytes(block[148:154]), 8) + 1)
    return bytes(block)


def _sized(field: bytes) -> bytes:
    """A header of a GNU tar whose size field is this."""
    block = header(_NOTE, magic=GNU)
    return checksummed(block[:124] + field + block[136:])


def _with_layer_behind(block: bytes) -> bytes:
    """The archive with a header in front of the one of its layer."""
    name = blob_name(LAYER.blob)
    members = oci().members
    return b"".join(block * (each == name) + tar_entry(each, data) for each, data in members) + END


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CASES = (
    Case(
        rule="input-not-an-archive",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_PNG,
        near=_BASE,
    ),
    Case(
        rule="input-not-an-archive",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=compress(_PNG, "gzip"),
        near=_GZ,
    ),
    Case(
        rule="input-not-an-image",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_ROOTFS + END,
        near=_ROOTFS + _BASE,
    ),
    Case(rule="archive-empty", severity=_E, effect=Effect.UNVERIFIABLE, fires=b"", near=_BASE),
    Case(rule="archive-empty", severity=_E, effect=Effect.UNVERIFIABLE, fires=END, near=_BASE),
    Case(
        rule="limit-exceeded",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_before(pax((b"comment", b"c" * 2000)), file(_NOTE)),
        near=_before(pax((b"comment", b"c" * 900)), file(_NOTE)),
        limits=Limits(header_body=1000),
    ),
    Case(
        rule="limit-exceeded",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_BODY + file(_NOTE) + END,
        near=_BASE,
        limits=Limits(members=len(oci().members)),
    ),
    Case(
        rule="archive-truncated",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_BODY + tar_entry("notes.txt", b"n" * 600)[:-500],
        near=_BODY + tar_entry("notes.txt", b"n" * 600) + END,
    ),
    Case(
        rule="archive-truncated",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_BODY + file(_NOTE)[:300],
        near=_BODY + file(_NOTE) + END,
    ),
    Case(
        rule="archive-no-end-marker",
        severity=_W,
        effect=Effect.NONE,
        fires=_BODY,
        near=_BASE,
    ),
    Case(
        rule="archive-no-end-marker",
        severity=_W,
        effect=Effect.NONE,
        fires=_BODY + _ZERO,
        near=_BASE + _ZERO * 18,
    ),
    Case(
        rule="archive-trailing-data",
        severity=_W,
        effect=Effect.NONE,
        fires=_BASE + b"appended",
        near=_BASE + bytes(8192),
    ),
    Case(
        rule="archive-trailing-data",
        severity=_E,
        effect=Effect.FAILED,
        fires=_BASE + _BASE,
        near=_BODY + END + bytes(10),
    ),
    Case(
        rule="archive-lone-zero-block",
        severity=_W,
        effect=Effect.NONE,
        fires=_BODY + _ZERO + file(_NOTE) + END,
        near=_BODY + file(_NOTE) + END,
    ),
    Case(
        rule="archive-lone-zero-block",
        severity=_E,
        effect=Effect.FAILED,
        fires=file(_NOTE) + _ZERO + _BASE,
        near=file(_NOTE) + _BASE,
    ),
    Case(
        rule="outer-compression",
        severity=_N,
        effect=Effect.NONE,
        fires=_GZ,
        near=_BASE,
    ),
    Case(
        rule="outer-compression",
        severity=_N,
        effect=Effect.NONE,
        fires=compress(_GZ, "zstd"),
        near=_BASE,
    ),
    Case(
        rule="outer-compression-trailing-data",
        severity=_W,
        effect=Effect.NONE,
        fires=_GZ + b"appended",
        near=compress(_BODY, "gzip") + compress(END, "gzip"),
    ),
    Case(
        rule="outer-compression-corrupt",
        severity=_E,
        effect=Effect.FAILED,
        fires=_GZ[:-8] + bytes([_GZ[-8] ^ 1]) + _GZ[-7:],
        near=_GZ,
    ),
    Case(
        rule="outer-compression-truncated",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_GZ[:-3],
        near=_GZ,
    ),
    Case(
        rule="tar-padding-not-zero",
        severity=_N,
        effect=Effect.NONE,
        fires=_before(file(_NOTE)[:-1] + b"\x01"),
        near=_before(file(_NOTE)),
    ),
    Case(
        rule="tar-bad-checksum",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(_wrong_sum("café".encode())),
        near=_before(_signed("café".encode())),
    ),
    Case(
        rule="tar-bad-checksum",
        severity=_E,
        effect=Effect.FAILED,
        fires=_BODY + b"\x01" * BLOCK + END,
        near=_BODY + header(_NOTE) + END,
    ),
    Case(
        rule="tar-header-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(pax((b"path", b"index.json"), typeflag=b"g")),
        near=_before(pax((b"comment", b"index.json"), typeflag=b"g")),
    ),
    Case(
        rule="tar-header-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(pax((b"path", b"a")), pax((b"path", b"b")), file(_NOTE)),
        near=_before(pax((b"path", b"a"), (b"mtime", b"1.5")), file(_NOTE)),
    ),
    Case(
        rule="tar-header-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(header(b"link", 5, b"2", b"index.json")),
        near=_before(header(b"link", 0, b"2", b"index.json")),
    ),
    Case(
        rule="tar-header-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(pax((b"path", b"notes.txt\0.json")), file(_NOTE)),
        near=_before(pax((b"path", b"notes.txt")), file(_NOTE)),
    ),
    Case(  # Go has a file, GNU tar and libarchive a directory, whose data they pass over.
        rule="tar-header-ambiguous",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(header(b"notes/", 512), bytes(512)),
        near=_before(header(b"notes/", 0), file(b"notes/a")),
    ),
    Case(
        rule="tar-size-override",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(pax((b"size", b"700")), header(_NOTE, 4), bytes(1024)),
        near=_before(pax((b"size", b"700")), header(_NOTE, 700), bytes(1024)),
    ),
    Case(
        rule="tar-size-override",
        severity=_N,
        effect=Effect.NONE,
        fires=_before(pax((b"size", b"700")), header(_NOTE, 0), bytes(1024)),
        near=_before(header(_NOTE, 700), bytes(1024)),
    ),
    Case(
        rule="tar-size-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_before(pax((b"size", b"-1")), file(_NOTE)),
        near=_before(pax((b"size", b"4")), file(_NOTE)),
    ),
    Case(
        rule="tar-size-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_BODY + _sized(b"\xff" * 12) + END,
        near=_BODY + _sized(b"\x80" + bytes(11)) + END,
    ),
    Case(
        rule="tar-sparse-member",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(header(b"sparse", 512, b"S", magic=GNU), bytes(512)),
        near=_before(header(b"plain", 512, b"0", magic=GNU), bytes(512)),
    ),
    Case(
        rule="tar-sparse-member",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(
            pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.realsize", b"1099511627776")),
            file(_NOTE),
        ),
        near=_before(pax((b"comment", b"sparse")), file(_NOTE)),
    ),
    # Nobody who expands it has the bytes that the digest is of.
    Case(
        rule="tar-sparse-member",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_with_layer_behind(pax((b"GNU.sparse.major", b"1"))),
        near=_with_layer_behind(pax((b"comment", b"sparse"))),
    ),
    Case(
        rule="tar-unknown-type",
        severity=_N,
        effect=Effect.NONE,
        fires=_before(header(b"volume", 0, b"V")),
        near=_before(header(b"volume", 0, b"0")),
    ),
    Case(
        rule="tar-special-member",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(header(_NOTE, 512, b"7"), bytes(512)),
        near=_before(header(_NOTE, 512, b"\0"), bytes(512)),
    ),
    Case(
        rule="tar-special-member",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(header(b"pipe", 0, b"6")),
        near=_before(header(b"pipe", 0, b"5")),
    ),
    Case(
        rule="tar-special-member",
        severity=_W,
        effect=Effect.NONE,
        fires=_before(header(b"dev/null", 0, b"3")),
        near=_before(header(b"dev/null", 0, b"0")),
    ),
)

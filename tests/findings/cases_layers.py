"""Rules about layers: their streams, the tar within, and their diff_ids."""

from __future__ import annotations

from layertar import Limits, Severity
from layertar.findings import Effect
from tests.builders import Built, compress, sha256, tar_layer
from tests.findings.cases import Case
from tests.findings.shapes import (
    HELLO,
    TOOL,
    colons,
    config_of,
    docker,
    gzip_layer,
    image_of_config,
    image_of_layers,
    layer_of,
)
from tests.recipes import LAYER_TYPE
from tests.tar.blocks import file, header, pax
from tests.tarmaker import BLOCK, END

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_GZIP_TYPE = f"{LAYER_TYPE}+gzip"
_ZSTD_TYPE = f"{LAYER_TYPE}+zstd"
_GZ = gzip_layer(HELLO)
_ZST = compress(HELLO, "zstd")
_ZEROS = bytes(4 << 20)


def _gzip(blob: bytes, tar: bytes = HELLO) -> Built:
    """One image of one layer: these stored bytes, said to be the gzip of that tar."""
    return image_of_layers((blob, layer_of(blob, mediaType=_GZIP_TYPE)), tars=[tar])


def _zstd(blob: bytes, tar: bytes = HELLO) -> Built:
    return image_of_layers((blob, layer_of(blob, mediaType=_ZSTD_TYPE)), tars=[tar])


def _plain(tar: bytes) -> Built:
    """One image of one layer stored plain, all digests right."""
    return image_of_layers((tar, layer_of(tar)), tars=[tar])


def _typed(blob: bytes, media_type: str, tar: bytes = HELLO) -> Built:
    return image_of_layers((blob, layer_of(blob, mediaType=media_type)), tars=[tar])


def _two(*tars: bytes) -> Built:
    """One image of these layers, whose config says `HELLO`, then `TOOL`."""
    return image_of_layers(*((tar, layer_of(tar)) for tar in tars), tars=[HELLO, TOOL])


def _frame(window_log: int) -> bytes:
    """A zstd frame of one empty block, whose header asks for a window of 2 to this power."""
    return b"\x28\xb5\x2f\xfd" + bytes([0, (window_log - 10) << 3]) + b"\x01\x00\x00"


def _docker_layer(content: bytes, diff_of: bytes) -> Built:
    """A docker archive of one layer, and a config that says what the layer is."""
    config = config_of(diff_of)
    name = f"{sha256(config).removeprefix('sha256:')}.json"
    item = {"Config": name, "RepoTags": ["app:1"], "Layers": ["layer.tar"]}
    return docker(item, layer__tar=content).add(name, config)


_CORRUPT = _GZ[:-8] + bytes([_GZ[-8] ^ 1]) + _GZ[-7:]
_ENCRYPTED = b"\x07not readable" * 40
_SECRET = b"k" * 600
_TRAILING = HELLO + b"hidden"

CASES = (
    Case(
        rule="layer-diffid-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_gzip(_GZ, TOOL),
        near=_gzip(_GZ, HELLO),
    ),
    Case(
        rule="layer-diffid-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_docker_layer(HELLO, TOOL),
        near=_docker_layer(_GZ, HELLO),
    ),
    Case(
        rule="layer-diffid-permuted",
        severity=_E,
        effect=Effect.FAILED,
        fires=_two(TOOL, HELLO),
        near=_two(HELLO, TOOL),
    ),
    Case(
        rule="layer-diffid-is-stored-digest",
        severity=_E,
        effect=Effect.FAILED,
        fires=_gzip(_GZ, _GZ),
        near=_gzip(_GZ, HELLO),
    ),
    Case(
        rule="layer-diffid-uncheckable",
        severity=_N,
        effect=Effect.NONE,
        fires=_typed(_ENCRYPTED, f"{_GZIP_TYPE}+encrypted"),
        near=_typed(_GZ, _GZIP_TYPE),
    ),
    Case(
        rule="layer-diffid-uncheckable",
        severity=_N,
        effect=Effect.NONE,
        fires=_typed(_ENCRYPTED, "application/vnd.erofs.layer.v1"),
        near=_typed(HELLO, "application/vnd.erofs.layer.v1"),
    ),
    Case(
        rule="layer-compression-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_typed(_GZ, LAYER_TYPE),
        near=_typed(_GZ, _GZIP_TYPE),
    ),
    Case(
        rule="layer-compression-mismatch",
        severity=_W,
        effect=Effect.NONE,
        fires=_typed(_ZST, _GZIP_TYPE),
        near=_typed(_ZST, _ZSTD_TYPE),
    ),
    Case(
        rule="layer-compression-nonstandard",
        severity=_W,
        effect=Effect.NONE,
        fires=_typed(compress(HELLO, "xz"), LAYER_TYPE),
        near=_typed(HELLO, LAYER_TYPE),
    ),
    Case(  # In a docker archive xz is old, and lawful.
        rule="layer-compression-nonstandard",
        severity=_W,
        effect=Effect.NONE,
        fires=_typed(compress(HELLO, "bzip2"), _GZIP_TYPE),
        near=_docker_layer(compress(HELLO, "xz"), HELLO),
    ),
    Case(
        rule="layer-stream-corrupt",
        severity=_E,
        effect=Effect.FAILED,
        fires=_gzip(_CORRUPT),
        near=_gzip(_GZ),
    ),
    Case(
        rule="layer-stream-corrupt",
        severity=_E,
        effect=Effect.FAILED,
        fires=_zstd(_ZST[:-1] + bytes([_ZST[-1] ^ 1])),
        near=_zstd(_ZST),
    ),
    Case(
        rule="layer-stream-truncated",
        severity=_E,
        effect=Effect.FAILED,
        fires=_gzip(_GZ[:-1]),
        near=_gzip(_GZ),
    ),
    Case(
        rule="layer-stream-trailing",
        severity=_W,
        effect=Effect.NONE,
        fires=_gzip(_GZ + b"junk"),
        near=_gzip(_GZ + compress(b"", "gzip")),
    ),
    Case(
        rule="layer-stream-trailing",
        severity=_W,
        effect=Effect.NONE,
        fires=_gzip(_GZ + bytes(20)),
        near=_gzip(_GZ),
    ),
    Case(
        rule="layer-multi-member",
        severity=_N,
        effect=Effect.NONE,
        fires=_gzip(compress(HELLO[:700], "gzip") + compress(HELLO[700:], "gzip")),
        near=_gzip(_GZ),
    ),
    Case(
        rule="layer-multi-member",
        severity=_N,
        effect=Effect.NONE,
        fires=_zstd(compress(HELLO[:700], "zstd") + compress(HELLO[700:], "zstd")),
        near=_zstd(b"\x50\x2a\x4d\x18\x02\x00\x00\x00ab" + _ZST),
    ),
    Case(  # The stored digest binds the layer, though it was not inflated.
        rule="layer-window-large",
        severity=_W,
        effect=Effect.NONE,
        fires=_zstd(_frame(28), b""),
        near=_zstd(_frame(27), b""),
    ),
    Case(
        rule="bomb-aborted",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_gzip(compress(_ZEROS, "gzip"), _ZEROS),
        near=_gzip(compress(_ZEROS, "gzip"), _ZEROS),
        limits=Limits(uncompressed_size=1 << 20),
        near_limits=Limits(uncompressed_size=4 << 20),
    ),
    Case(
        rule="layer-not-tar",
        severity=_E,
        effect=Effect.FAILED,
        fires=_plain(_SECRET),
        near=_plain(END),
    ),
    Case(
        rule="layer-tar-truncated",
        severity=_E,
        effect=Effect.FAILED,
        fires=_plain(file(b"a", b"x" * 600)[: BLOCK + 500]),
        near=_plain(file(b"a", b"x" * 600)[: BLOCK + 600]),
    ),
    Case(
        rule="layer-tar-defect",
        severity=_W,
        effect=Effect.NONE,
        fires=_plain(pax((b"path", b"a")) + pax((b"path", b"b")) + file() + END),
        near=_plain(pax((b"path", b"b")) + file() + END),
    ),
    Case(
        rule="layer-tar-defect",
        severity=_W,
        effect=Effect.NONE,
        fires=_plain(file() + bytes(BLOCK) + file(b"b") + END),
        near=_plain(file() + file(b"b") + END),
    ),
    Case(
        rule="limit-exceeded",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_plain(header(b"a", 5, b"2", b"b") + pax((b"comment", b"c" * 2000)) + file() + END),
        near=_plain(header(b"a", 5, b"2", b"b") + pax((b"comment", b"c" * 20)) + file() + END),
        limits=Limits(header_body=1000),
    ),
    Case(
        rule="layer-trailing-in-tar",
        severity=_W,
        effect=Effect.NONE,
        fires=_plain(_TRAILING),
        near=_plain(HELLO + bytes(10240)),
    ),
    Case(
        rule="layer-zero-bytes",
        severity=_W,
        effect=Effect.NONE,
        fires=_plain(b""),
        near=_plain(bytes(512)),
    ),
    Case(
        rule="layer-zero-bytes",
        severity=_W,
        effect=Effect.NONE,
        fires=_docker_layer(b"", b""),
        near=_docker_layer(tar_layer({}), tar_layer({})),
    ),
    Case(
        rule="layer-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=colons(
            image_of_layers((HELLO, {**layer_of(HELLO), "digest": sha256(TOOL)}), tars=[HELLO])
        ).rename(sha256(HELLO), sha256(TOOL)),
        near=colons(image_of_config(config_of(HELLO))),
    ),
)

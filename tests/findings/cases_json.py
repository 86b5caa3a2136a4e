"""Rules about JSON: what every reader must read alike, or the archive means two things."""

from __future__ import annotations

from layertar import Limits, Severity
from layertar.findings import Effect
from tests.builders import Built, build_hybrid, dumps, sha256
from tests.findings.cases import Case
from tests.findings.shapes import APP, HELLO, config_of, image_of_config, oci

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_INDEX = oci()["index.json"]
_DIFF_IDS = b'"diff_ids":["' + sha256(HELLO).encode() + b'"]'


def _config(extra: bytes) -> Built:
    """An image whose config begins with these keys, as spelt."""
    return image_of_config(b"{" + extra + b"," + _CONFIG[1:])


def _index(raw: bytes) -> Built:
    return oci().replace("index.json", raw)


def _deep(levels: int) -> bytes:
    return b'"deep":' + b"[" * levels + b"]" * levels


CASES = (
    Case(
        rule="json-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(_CONFIG[:-1]),
        near=image_of_config(b" \r\n\t" + _CONFIG + b"\n"),
    ),
    Case(
        rule="json-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(b"{"),
        near=_index(_INDEX + b"\n\n"),
    ),
    Case(
        rule="json-invalid",
        severity=_E,
        effect=Effect.FAILED,
        fires=build_hybrid([APP]).replace("manifest.json", b'"text"'),
        near=build_hybrid([APP]),
    ),
    Case(
        rule="json-duplicate-key",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(_CONFIG[:-1] + b',"os":"windows"}'),
        near=image_of_config(_CONFIG[:-1] + b',"os.version":"10"}'),
    ),
    Case(  # Equal values, too: who reads them cannot know.
        rule="json-duplicate-key",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(_INDEX[:-1] + b',"schemaVersion":2}'),
        near=_index(_INDEX[:-1] + b',"schemaversions":2}'),
    ),
    Case(
        rule="json-duplicate-key",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config(b'"config":{"Labels":{"a":"1","a":"2"}}'),
        near=_config(b'"config":{"Labels":{"a":"1","A":"2"}}'),
    ),
    Case(
        rule="json-case-variant-key",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config(b'"OS":"windows"'),
        near=_config(b'"config":{"ExposedPorts":{"80/tcp":{},"80/TCP":{}}}'),
    ),
    Case(  # Go folds the long s into an s.
        rule="json-case-variant-key",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config('"o\u017f":"windows"'.encode()),
        near=_config('"o\u015b":"windows"'.encode()),
    ),
    Case(
        rule="json-case-variant-key",
        severity=_W,
        effect=Effect.NONE,
        fires=_config(b'"OS":"linux"'),
        near=_config(b'"OSS":"linux"'),
    ),
    Case(
        rule="json-trailing-data",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(_CONFIG + _CONFIG),
        near=image_of_config(_CONFIG + b"\r\n "),
    ),
    Case(
        rule="json-trailing-data",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(_INDEX + b"\0"),
        near=_index(_INDEX + b"\t"),
    ),
    Case(
        rule="json-not-utf8",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(b"\xef\xbb\xbf" + _CONFIG),
        near=_config('"author":"caf\u00e9 \ufeff"'.encode()),
    ),
    Case(
        rule="json-not-utf8",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config(b'"author":"\xff"'),
        near=_config(b'"author":"\\u00ff"'),
    ),
    Case(
        rule="json-not-utf8",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config(b'"author":"\\ud83d"'),
        near=_config(b'"author":"\\ud83d\\ude00"'),
    ),
    Case(
        rule="json-not-utf8",
        severity=_E,
        effect=Effect.FAILED,
        fires=image_of_config(_CONFIG.decode().encode("utf-16")),
        near=image_of_config(_CONFIG),
    ),
    Case(
        rule="json-nonstandard-number",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(_INDEX.replace(b'"schemaVersion":2', b'"schemaVersion":2.0')),
        near=_index(_INDEX.replace(b'"schemaVersion":2', b'"schemaVersion": 2')),
    ),
    Case(
        rule="json-nonstandard-number",
        severity=_N,
        effect=Effect.NONE,
        fires=_config(b'"x":NaN'),
        near=_config(b'"x":1.5e3'),
    ),
    Case(
        rule="json-nonstandard-number",
        severity=_N,
        effect=Effect.NONE,
        fires=_config(b'"x":9007199254740993'),
        near=_config(b'"x":9007199254740992'),
    ),
    Case(
        rule="json-too-deep",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_config(_deep(8)),
        near=_config(_deep(7)),
        limits=Limits(json_depth=8),
    ),
    Case(
        rule="json-too-deep",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_config(_deep(100_000)),
        near=_config(_deep(60)),
    ),
    Case(
        rule="json-too-large",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_config(b'"author":"' + b"x" * 900 + b'"'),
        near=_config(b'"author":"' + b"x" * 300 + b'"'),
        limits=Limits(document_size=900),
    ),
    Case(
        rule="json-wrong-type",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(_INDEX.replace(b'"schemaVersion":2', b'"schemaVersion":"2"')),
        near=_index(_INDEX),
    ),
    Case(
        rule="json-wrong-type",
        severity=_E,
        effect=Effect.FAILED,
        fires=_index(_INDEX.replace(b'"schemaVersion":2', b'"schemaVersion":true')),
        near=_index(_INDEX.replace(b'"schemaVersion":2,', b"")),
    ),
    Case(
        rule="json-wrong-type",
        severity=_E,
        effect=Effect.FAILED,
        fires=_config(b'"history":{}'),
        near=_config(b'"history":null'),
    ),
    Case(
        rule="json-null-array",
        severity=_N,
        effect=Effect.NONE,
        fires=image_of_config(
            dumps({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": None}})
        ),
        near=image_of_config(_CONFIG),
        also=("layer-count-mismatch",),
    ),
)

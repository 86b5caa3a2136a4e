"""Rules about blobs: whether they are here, and are what their names and descriptors record."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from layertar import Severity
from layertar.findings import Effect
from tests.builders import Built, PlatformName, blob_name, build_oci, descriptor
from tests.findings.cases import Case
from tests.findings.shapes import (
    APP,
    HELLO,
    LAYER,
    TOOL,
    colons,
    config_of,
    entry_of,
    index_of,
    layer_of,
    layout,
    manifest_of,
    oci,
)
from tests.recipes import EMPTY_TYPE, INDEX_TYPE, MANIFEST_TYPE, ArtifactRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CONFIG = config_of(HELLO)
_MANIFEST = manifest_of(_CONFIG, layer_of(HELLO))
_INNER = index_of(entry_of(_MANIFEST))
_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar"


def _colon(blob: bytes) -> str:
    return blob_name(blob).removeprefix("blobs/").replace("/", ":")


_NESTED = layout(
    index_of(entry_of(_INNER, mediaType=INDEX_TYPE)), _INNER, _MANIFEST, _CONFIG, HELLO
)
_PLAIN = layout(index_of(entry_of(_MANIFEST)), _MANIFEST, _CONFIG, HELLO)
_APKO = colons(_NESTED)


def _record(record: Mapping[str, object], *, config: bytes = _CONFIG) -> Built:
    """A layout of one image whose layer's descriptor is this; the layer is `HELLO`."""
    manifest = manifest_of(config, record)
    return layout(index_of(entry_of(manifest)), manifest, config, HELLO)


_SHA512 = hashlib.sha512(HELLO).hexdigest()
_UNKNOWN = {**layer_of(HELLO), "digest": f"blake3:{'a' * 64}"}
_UNKNOWN_NAME = f"blobs/blake3/{'a' * 64}"
_DATA = {**layer_of(HELLO), "data": base64.b64encode(HELLO).decode()}
_OTHER_DATA = {**layer_of(HELLO), "data": base64.b64encode(TOOL).decode()}
_BAD_BASE64 = {**layer_of(HELLO), "data": "e30"}

_ARM = PlatformName("linux", "arm64")
_ARM_CONFIG = config_of(HELLO, TOOL, architecture="arm64")
_ARM_MANIFEST = manifest_of(_ARM_CONFIG, layer_of(HELLO), layer_of(TOOL))
_BOTH = index_of(
    entry_of(_MANIFEST, platform=PlatformName().document),
    entry_of(_ARM_MANIFEST, platform=_ARM.document),
)


def _platforms(*blobs: bytes) -> Built:
    """A layout of two platforms, of which the first is whole, and the other has these blobs."""
    entry = entry_of(_BOTH, mediaType=INDEX_TYPE)
    return layout(index_of(entry), _BOTH, _MANIFEST, _CONFIG, HELLO, *blobs)


def _attached(digest_of: bytes) -> Built:
    """A layout of one image and a file attached to what these bytes are."""
    subject = descriptor(MANIFEST_TYPE, digest_of)
    file = ArtifactRecipe(blobs=(), artifact_type="text/plain", subject=subject)
    return build_oci([APP], artifacts=[file])


def _empty_config(**more: object) -> Built:
    """A layout of an artifact whose config is the empty one, which is no blob of it."""
    config = descriptor(EMPTY_TYPE, b"{}", **more)
    manifest = manifest_of(b"", config=config, artifactType="text/plain")
    return layout(index_of(entry_of(manifest)), manifest)


_LAYERS = manifest_of(config_of(HELLO, TOOL), layer_of(HELLO), layer_of(TOOL))
_TWO = layout(index_of(entry_of(_LAYERS)), _LAYERS, config_of(HELLO, TOOL), HELLO, TOOL)

CASES = (
    Case(  # Blobs are measured in their order: the first is wrong, so nobody looks at the other.
        rule="reading-stopped",
        severity=_E,
        effect=Effect.UNVERIFIABLE,
        fires=_TWO.replace(blob_name(HELLO), HELLO[:512] + b"?" + HELLO[513:]),
        near=_TWO,
        also=("blob-digest-mismatch",),
        fail_fast=True,
    ),
    Case(
        rule="blob-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().replace(blob_name(LAYER.blob), LAYER.blob + b"\0"),
        near=oci().replace(blob_name(LAYER.blob), LAYER.blob),
    ),
    Case(  # Nobody refers to it, and still it is not what its name says.
        rule="blob-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=oci().add(f"blobs/sha256/{'0' * 64}", b"orphan"),
        near=oci().add(blob_name(b"orphan"), b"orphan"),
    ),
    Case(
        rule="index-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_APKO.replace(_colon(_INNER), _INNER + b"\n"),
        near=_APKO,
    ),
    Case(
        rule="manifest-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_APKO.replace(_colon(_MANIFEST), _MANIFEST + b"\n"),
        near=_APKO,
    ),
    Case(
        rule="config-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_APKO.replace(_colon(_CONFIG), _CONFIG + b"\n"),
        near=_APKO,
    ),
    Case(
        rule="layer-digest-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_APKO.replace(_colon(HELLO), TOOL),
        near=_APKO,
    ),
    Case(
        rule="descriptor-size-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_record({**layer_of(HELLO), "size": len(HELLO) + 1}),
        near=_record(layer_of(HELLO)),
    ),
    Case(
        rule="descriptor-size-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=layout(index_of(entry_of(_MANIFEST, size=0)), _MANIFEST, _CONFIG, HELLO),
        near=_PLAIN,
    ),
    Case(
        rule="descriptor-data-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_record(_OTHER_DATA),
        near=_record(_DATA),
    ),
    Case(  # Without the blob itself, the true data stand for it.
        rule="descriptor-data-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_record(_OTHER_DATA).remove(blob_name(HELLO)),
        near=_record(_DATA).remove(blob_name(HELLO)),
        also=("blob-missing",),
    ),
    Case(
        rule="descriptor-data-mismatch",
        severity=_E,
        effect=Effect.FAILED,
        fires=_record(_BAD_BASE64),
        near=_record(_DATA),
    ),
    Case(  # The diff_id still binds the layer.
        rule="digest-algorithm-unsupported",
        severity=_W,
        effect=Effect.NONE,
        fires=_record(_UNKNOWN).add(_UNKNOWN_NAME, HELLO),
        near=_record(layer_of(HELLO)),
    ),
    Case(
        rule="digest-algorithm-unsupported",
        severity=_W,
        effect=Effect.NONE,
        fires=_record(
            layer_of(HELLO),
            config=config_of(rootfs={"type": "layers", "diff_ids": [f"blake3:{'b' * 64}"]}),
        ),
        near=_record(
            layer_of(HELLO),
            config=config_of(rootfs={"type": "layers", "diff_ids": [f"sha512:{_SHA512}"]}),
        ),
    ),
    Case(
        rule="digest-algorithm-sha512",
        severity=_N,
        effect=Effect.NONE,
        fires=_record({**layer_of(HELLO), "digest": f"sha512:{_SHA512}"}).add(
            f"blobs/sha512/{_SHA512}", HELLO
        ),
        near=_record(layer_of(HELLO)).add(f"blobs/sha512/{_SHA512}", HELLO),
    ),
    *(
        Case(
            rule="blob-missing",
            severity=_E,
            effect=Effect.INCOMPLETE,
            fires=_NESTED.remove(blob_name(blob)),
            near=_NESTED,
        )
        for blob in (_INNER, _MANIFEST, _CONFIG, HELLO)
    ),
    Case(  # A platform that is named in `index.json` itself is due.
        rule="blob-missing",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_platforms().replace(
            "index.json",
            index_of(entry_of(_BOTH, mediaType=INDEX_TYPE), entry_of(_ARM_MANIFEST)),
        ),
        near=_platforms(),
    ),
    Case(
        rule="blob-missing",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_empty_config(),
        near=_empty_config(data="e30="),
    ),
    Case(
        rule="blob-missing-external",
        severity=_N,
        effect=Effect.NONE,
        fires=_record({**layer_of(HELLO), "mediaType": _FOREIGN}).remove(blob_name(HELLO)),
        near=_record({**layer_of(HELLO), "mediaType": _FOREIGN}),
    ),
    Case(
        rule="platform-not-included",
        severity=_N,
        effect=Effect.NONE,
        fires=_platforms(),
        near=_platforms(_ARM_MANIFEST, _ARM_CONFIG, TOOL),
    ),
    Case(
        rule="platform-partial",
        severity=_W,
        effect=Effect.NONE,
        fires=_platforms(_ARM_MANIFEST),
        near=_platforms(_ARM_MANIFEST, _ARM_CONFIG, TOOL),
    ),
    Case(  # Half of a platform is no hollow platform.
        rule="blob-missing",
        severity=_E,
        effect=Effect.INCOMPLETE,
        fires=_platforms(_ARM_MANIFEST, _ARM_CONFIG),
        near=_platforms(_ARM_MANIFEST),
    ),
    Case(
        rule="referrer-subject-missing",
        severity=_N,
        effect=Effect.NONE,
        fires=_attached(b"elsewhere"),
        near=_attached(APP.manifest),
    ),
    Case(
        rule="blob-name-invalid",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add("blobs/sha256/README", b"text"),
        near=oci().add("blobs/README", b"text"),
    ),
    Case(
        rule="blob-name-invalid",
        severity=_W,
        effect=Effect.NONE,
        fires=oci().add(f"{blob_name(b'x')}12345", b""),
        near=oci().add(f"{blob_name(b'x')}.tar.gz", b""),
    ),
)

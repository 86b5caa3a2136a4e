"""ImageConfig: the platform, the diff_ids and the history of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents._document import NO_TEXTS, Document
from layertar.documents._object import read_root
from layertar.documents.descriptor import read_digest, read_platform
from layertar.fault import Severity
from layertar.value import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.digest import Digest
    from layertar.documents._object import JsonObject
    from layertar.fault import Fault
    from layertar.limits import Limits
    from layertar.platform import Platform

__all__ = ["HistoryEntry", "ImageConfig", "parse_config"]


class HistoryEntry(NamedTuple):
    """One step of an image's making, as recorded (OCI image-spec, config.md, history).

    Attributes:
        created: the instant, as recorded.
        created_by: the instruction.
        comment: as recorded.
        empty_layer: whether the step made no layer.
    """

    created: str | None
    created_by: str | None
    comment: str | None
    empty_layer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """An image's config, as recorded.

    Attributes:
        raw: the document's bytes, which the image ID covers.
        platform: what the image runs on.
        diff_ids: base first, `None` for a malformed one; `None` where there is no such array.
        recorded_diff_ids: the same as spelt, empty for what is no string.
        history: oldest first.
        created: the instant, as recorded: nanoseconds do not survive `datetime`.
        has_rootfs: whether the document has a `rootfs`.
        user: the user of `config`, free text.
        labels: keys exactly as recorded.
        env: the environment, `NAME=value` each, as recorded; without what is no string.
        faults: what was met while reading.
    """

    raw: bytes
    platform: Platform
    diff_ids: tuple[Digest | None, ...] | None
    recorded_diff_ids: tuple[str, ...]
    history: tuple[HistoryEntry, ...]
    created: str | None
    has_rootfs: bool
    user: str | None
    labels: Mapping[str, str]
    env: tuple[str, ...]
    faults: tuple[Fault, ...]


def parse_config(raw: bytes, *, member: str, limits: Limits) -> ImageConfig:
    """Read an image's config; the caller has seen that its media type is one.

    Raises:
        DocumentError: nothing could be read.

    Spec: OCI image-spec, config.md.
    """
    document = Document(raw, member=member, limits=limits)
    root = read_root(document)
    missing = [key for key in ("architecture", "os") if root.is_empty(key)]
    rootfs = root.object("rootfs")
    recorded = _recorded_diff_ids(rootfs)
    runtime = root.object("config")
    env = () if runtime is None else runtime.checked_strings("Env", "env")
    if runtime is not None:
        _check_runtime(runtime)
    _check_type(document, rootfs)
    if missing:
        _tell_missing(document, root, missing, is_run=_is_run(runtime))
    return ImageConfig(
        raw=raw,
        platform=read_platform(root),
        diff_ids=_diff_ids(document, rootfs, recorded),
        recorded_diff_ids=tuple(text or "" for text in recorded or ()),
        history=_history(root),
        created=root.string("created"),
        has_rootfs=rootfs is not None,
        user=None if runtime is None else runtime.string("User"),
        labels=NO_TEXTS if runtime is None else runtime.texts("Labels", "label"),
        env=env,
        faults=document.faults(),
    )


def _is_run(runtime: JsonObject | None) -> bool:
    """Whether a config records a command."""
    return runtime is not None and any(
        runtime.strings(key) for key in ("Entrypoint", "Cmd") if not runtime.is_empty(key)
    )


def _tell_missing(
    document: Document, root: JsonObject, missing: list[str], *, is_run: bool
) -> None:
    """Tell once which fields are due and absent; a note of what nobody runs."""
    detail = f"no {' and no '.join(missing)}"
    document.log.add(
        "config-missing-field",
        detail if is_run else f"{detail}, nor a command to run",
        pointer=root.place(missing[0]),
        severity=None if is_run else Severity.NOTE,
    )


def _check_runtime(runtime: JsonObject) -> None:
    """Tell what is of another type than Go's readers take, which then refuse the whole config."""
    for key in ("Cmd", "Entrypoint"):
        # Docker takes one string, too.
        if not runtime.is_text(key):
            runtime.strings(key)
    for key in ("WorkingDir", "StopSignal"):
        runtime.string(key)
    for key in ("ExposedPorts", "Volumes"):
        runtime.check_map(key)


def _check_type(document: Document, rootfs: JsonObject | None) -> None:
    """Tell a root file system that is not made of layers (config.md, rootfs, type).

    None at all is taken as Go takes it; Windows images of Docker 1.10 to 1.12 have a base, too.
    """
    kind = None if rootfs is None else rootfs.string("type")
    if rootfs is not None and kind and kind not in ("layers", "layers+base"):
        document.log.add(
            "config-rootfs-type", f"rootfs is of type {kind!r}", pointer=rootfs.place("type")
        )


def _recorded_diff_ids(rootfs: JsonObject | None) -> tuple[str | None, ...] | None:
    if rootfs is None or not rootfs.has("diff_ids"):
        return None
    # Null is what Go writes for an image of no layers.
    return () if rootfs.tell_no_array("diff_ids") else rootfs.strings("diff_ids")


def _diff_ids(
    document: Document, rootfs: JsonObject | None, recorded: tuple[str | None, ...] | None
) -> tuple[Digest | None, ...] | None:
    if rootfs is None or recorded is None:
        return None
    return tuple(
        None if text is None else read_digest(document, text, rootfs, "diff_ids", position)
        for position, text in enumerate(recorded)
    )


def _history(root: JsonObject) -> tuple[HistoryEntry, ...]:
    # An entry that is no object says nothing, and keeps its position.
    return tuple(
        HistoryEntry(None, None, None, empty_layer=False)
        if entry is None
        else HistoryEntry(
            created=entry.string("created"),
            created_by=entry.checked_string("created_by", "history"),
            comment=entry.checked_string("comment", "history"),
            empty_layer=entry.boolean("empty_layer") or False,
        )
        for entry in root.objects("history") or ()
    )

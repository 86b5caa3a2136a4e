"""JSON of a diff: as `json_v1`, an explicit mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import State
from layertar.analysis.known import diff_id_of, digest_of, size_of
from layertar.report.file_rows import entry_value
from layertar.report.json_v1 import head_value, optional_text, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from layertar.analysis.diff_files import FileChange, FilesDiff
    from layertar.analysis.diff_model import (
        Aspect,
        ConfigChange,
        ConfigDiff,
        DiffSide,
        FirstMiss,
        HistoryDiff,
        HistoryStep,
        LayerPair,
        LayersDiff,
    )
    from layertar.documents import HistoryEntry
    from layertar.documents.config_fields import FieldValue
    from layertar.image.model import Layer
    from layertar.report.diff_model import Diff
    from layertar.report.json_v1 import Value

__all__ = ["write_diff_json"]


def write_diff_json(diff: Diff, out: TextIO) -> None:
    """Write `diff` to `out`, in pieces as they are made."""
    write_json(_diff(diff), out)


def _diff(diff: Diff) -> Value:
    return {
        **head_value("diff"),
        "state": diff.state.value,
        "aspects": _names(diff.aspects),
        "ignored": {
            "aspects": _names(diff.ignoring.counted_out),
            "patterns": iter(diff.ignoring.patterns),
        },
        "digests": "measured" if diff.is_measured else "recorded",
        "a": _side(diff.a),
        "b": _side(diff.b),
        "layers": None if diff.layers is None else _layers(diff.layers),
        "config": None if diff.config is None else _config(diff.config),
        "history": None if diff.history is None else _history(diff.history),
        "files": None if diff.files is None else _files(diff.files),
    }


def _names(aspects: Iterable[Aspect]) -> Iterator[str]:
    return (aspect.value for aspect in aspects)


def _side(side: DiffSide) -> Value:
    image = side.image
    image_id = image.image_id or image.recorded.image_id
    manifest = image.manifest_digest or image.recorded.manifest_digest
    return {
        "archive": side.archive,
        "names": iter(image.names),
        "image_id": optional_text(image_id),
        "manifest_digest": optional_text(manifest),
        "platform": optional_text(image.platform),
        "created": image.created,
        "layers": len(image.layers),
    }


def _layers(layers: LayersDiff) -> Value:
    return {
        "state": layers.state.value,
        "aspects": _names(layers.aspects),
        "shared": layers.shared,
        "miss": None if layers.miss is None else _miss(layers.miss),
        "pairs": (_pair(pair) for pair in layers.pairs),
    }


def _miss(miss: FirstMiss) -> Value:
    before, after = miss.pair.before, miss.pair.after
    return {
        "a": None if before is None else before.position,
        "b": None if after is None else after.position,
        "step": None if miss.step is None else _step(miss.step),
    }


def _pair(pair: LayerPair) -> Value:
    return {
        "state": pair.state.value,
        "aspects": None if pair.aspects is None else _names(pair.aspects),
        "ignored": _names(pair.ignored),
        "same_instruction": pair.same_instruction,
        "a": None if pair.before is None else _layer(pair.before),
        "b": None if pair.after is None else _layer(pair.after),
    }


def _layer(layer: Layer) -> Value:
    digest, diff_id = digest_of(layer), diff_id_of(layer)
    return {
        "position": layer.position,
        "digest": optional_text(digest),
        "diff_id": optional_text(diff_id),
        "size": size_of(layer),
        "created_by": layer.created_by,
    }


def _config(config: ConfigDiff) -> Value:
    return {
        "state": config.state.value,
        "aspects": _names(config.aspects),
        "ignored": config.ignored,
        "changes": (_change(change) for change in config.changes),
    }


def _change(change: ConfigChange) -> Value:
    return {
        "path": iter(change.path),
        "state": change.state.value,
        "aspect": change.aspect.value,
        "a": _field(change.before),
        "b": _field(change.after),
    }


def _field(value: FieldValue | None) -> Value:
    return iter(value) if isinstance(value, tuple) else value


def _history(history: HistoryDiff) -> Value:
    return {
        "state": history.state.value,
        "aspects": _names(history.aspects),
        "steps": (_step(step) for step in history.steps if step.state is not State.SAME),
    }


def _step(step: HistoryStep) -> Value:
    return {
        "state": step.state.value,
        "aspects": _names(step.aspects),
        "a": _entry(step.a, step.before),
        "b": _entry(step.b, step.after),
    }


def _entry(position: int | None, entry: HistoryEntry | None) -> Value:
    if position is None or entry is None:
        return None
    return {
        "step": position,
        "created": entry.created,
        "created_by": entry.created_by,
        "comment": entry.comment,
        "empty_layer": entry.empty_layer,
    }


def _files(files: FilesDiff) -> Value:
    total = files.total
    return {
        "state": files.state.value,
        "aspects": _names(files.aspects),
        "read": files.trees is not None,
        "added": total.added,
        "removed": total.removed,
        "changed": total.changed,
        "times_only": total.touched,
        "ignored": total.ignored,
        "unread": total.unread,
        "growth": total.growth,
        "problems": iter(files.problems),
        "changes": (_file_change(change) for change in files.changes()),
    }


def _file_change(change: FileChange) -> Value:
    return {
        "path": change.path or ".",
        "state": change.state.value,
        "aspects": _names(change.aspects),
        "growth": change.growth,
        "a": None if change.before is None else entry_value(change.before),
        "b": None if change.after is None else entry_value(change.after),
    }

"""What became of a path, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.touch import Action, Cause, Touch
from layertar.filesystem import FileKind
from layertar.filesystem.listing import FileRow
from layertar.report.escape import escape
from layertar.report.file_rows import FileStyle, file_value, long_line, mode_text
from layertar.report.json_v1 import head_value, write_json
from layertar.report.table import Column, digest_text, layout, narrowest, shortest_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from layertar.analysis.touches import Trace
    from layertar.digest import Digest
    from layertar.filesystem import FileEntry
    from layertar.image.model import Image, Layer
    from layertar.report.json_v1 import Value
    from layertar.report.register import TextStyle

__all__ = ["write_trace_json", "write_trace_text"]

_NOTHING = "-"
# The one without a title has digests or diff_ids.
_COLUMNS = (
    Column("layer", right=True),
    Column("what"),
    Column("how"),
    Column("mode"),
    Column("owner"),
    Column("size", right=True),
    Column(""),
    Column("created by", room=24),
)


def write_trace_text(trace: Trace, image: Image | None, out: TextIO, style: TextStyle) -> None:
    """Write a heading, a line for each layer that touched the path, and what is there now."""
    out.write(f"{escape(trace.path) or '.'}\n")
    for link in trace.links:
        where = f"{escape(link.path)} -> {escape(link.target)}"
        out.write(f"  {where}  (link of layer {link.layer})\n")
    rows = [(touch, _layer(image, touch.layer)) for touch in trace.touches]
    ids = [_digest(layer) for _, layer in rows]
    title = "digest"
    if not any(ids):  # As `docker save` had it before there were manifests in it.
        ids, title = [_diff_id(layer) for _, layer in rows], "diff_id"
    columns = [column._replace(title=title) if not column.title else column for column in _COLUMNS]
    lines = [
        _cells(touch, layer, shown, str) for (touch, layer), shown in zip(rows, ids, strict=True)
    ]
    if style.width is not None and narrowest(columns, lines) > style.width:
        shorten = digest_text(shortest_digits(shown for shown in ids if shown is not None))
        lines = [
            _cells(touch, layer, shown, shorten)
            for (touch, layer), shown in zip(rows, ids, strict=True)
        ]
    out.write("\n")
    out.writelines("  ".join(line) + "\n" for line in layout(columns, lines, style.width))
    out.write(f"\nnow: {_final(trace.final)}\n")


def write_trace_json(
    trace: Trace, image: Image | None, out: TextIO, head: dict[str, Value]
) -> None:
    """Write it all; `head` is what is said of the archive and the image."""
    links: Iterator[Value] = (
        {"path": link.path, "target": link.target, "layer": link.layer} for link in trace.links
    )
    body: dict[str, Value] = {
        **head_value("which"),
        **head,
        "path": trace.path or ".",
        "links": links,
        "layers": (_value(touch, _layer(image, touch.layer)) for touch in trace.touches),
        "final": _entry_value(trace.final),
    }
    write_json(body, out)


def _layer(image: Image | None, position: int) -> Layer | None:
    layers = () if image is None else image.layers
    return layers[position] if position < len(layers) else None


def _digest(layer: Layer | None) -> Digest | None:
    """Return a layer's digest, measured or as recorded."""
    return None if layer is None else layer.digest or layer.recorded.digest


def _diff_id(layer: Layer | None) -> Digest | None:
    return None if layer is None else layer.diff_id or layer.recorded.diff_id


def _cells(
    touch: Touch, layer: Layer | None, shown: Digest | None, digest: Callable[[Digest], str]
) -> list[str]:
    entry = touch.after
    return [
        str(touch.layer),
        touch.action.value,
        _how(touch),
        _NOTHING if entry is None else mode_text(entry.kind, entry.mode),
        _NOTHING if entry is None else f"{_number(entry.uid)}/{_number(entry.gid)}",
        str(entry.size) if entry is not None and entry.kind is FileKind.FILE else _NOTHING,
        _NOTHING if shown is None else digest(shown),
        escape((layer and layer.created_by) or "") or _NOTHING,
    ]


def _how(touch: Touch) -> str:
    """Say what changed, and by what if that was no entry of its own."""
    parts = list(touch.changes)
    if touch.hardlink_to is not None:
        parts.append(f"hard link to {escape(touch.hardlink_to)}")
    by = escape(touch.by or "") or "."
    match touch.cause:
        case Cause.ENTRY:
            pass
        case Cause.IMPLIED:
            parts.append("only paths imply it")
        case Cause.WHITEOUT:
            is_own = touch.action in (Action.DELETED, Action.NOTHING)
            parts.append("whiteout" if is_own else f"whiteout of {by}")
        case Cause.OPAQUE:
            parts.append("opaque" if touch.by is None else f"opaque {by}")
        case Cause.REPLACED:
            parts.append("something above is replaced" if touch.by is None else f"{by} is replaced")
        case Cause.LINK:
            parts.append("link" if touch.by is None else f"link {by}")
    if touch.is_emptied and touch.action is not Action.EMPTIED:
        parts.append("emptied")
    return ", ".join(parts) or _NOTHING


def _final(entry: FileEntry | None) -> str:
    if entry is None:
        return "nothing"
    owner = f"{_number(entry.uid)}/{_number(entry.gid)}"
    return long_line(FileRow(entry), f"{owner} {entry.size}", FileStyle()).rstrip("\n")


def _number(value: int | None) -> str:
    return _NOTHING if value is None else str(value)


def _value(touch: Touch, layer: Layer | None) -> dict[str, Value]:
    return {
        "layer": touch.layer,
        "action": touch.action.value,
        "cause": touch.cause.value,
        "by": touch.by,
        "changes": iter(touch.changes),
        "is_emptied": touch.is_emptied,
        "hardlink_to": touch.hardlink_to,
        "before": _entry_value(touch.before),
        "after": _entry_value(touch.after),
        "digest": _text(_digest(layer)),
        "diff_id": _text(_diff_id(layer)),
        "created_by": layer.created_by if layer is not None else None,
    }


def _entry_value(entry: FileEntry | None) -> Value:
    if entry is None:
        return None
    value = file_value(FileRow(entry))
    return {key: item for key, item in value.items() if key not in ("state", "hidden_by")}


def _text(digest: Digest | None) -> str | None:
    return None if digest is None else str(digest)

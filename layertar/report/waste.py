"""Waste as text and CSV; as JSON it is `waste_v1`'s.

Text is a picture of the layers, a bar each as long as what it stores, then what is hidden, what is
there twice, what is left behind, and what dive says. What an archive holds is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.csv_table import csv_line
from layertar.report.escape import escape
from layertar.report.table import Column, human_size, layout
from layertar.report.text_tables import shortened
from layertar.report.waste_v1 import write_waste_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from layertar.analysis.dive import DiveScore
    from layertar.analysis.hidden import LayerBytes
    from layertar.analysis.waste import Waste
    from layertar.image.model import Image
    from layertar.report.register import TextStyle

__all__ = ["CSV_COLUMNS", "write_waste"]

#: The heading of CSV: one row for each path that is told of.
CSV_COLUMNS = ("of", "path", "cause", "layer", "hidden_by", "files", "size", "digest")

_BAR = 24
_VISIBLE, _HIDDEN, _NOTHING = "#", "-", " "
_SHORTEST = 16
_LAYER_COLUMNS = (
    Column("layer", right=True),
    Column("stored", right=True),
    Column("hidden", right=True),
    Column("hides", right=True),
    Column(f"{_VISIBLE} visible {_HIDDEN} hidden".ljust(_BAR)),
    Column("created by", room=_SHORTEST),
)
_HIDDEN_COLUMNS = (
    Column("size", right=True),
    Column("files", right=True),
    Column("layer", right=True),
    Column("by", right=True),
    Column("why"),
    Column("path", room=_SHORTEST),
)
_DUPLICATE_COLUMNS = (
    Column("wasted", right=True),
    Column("copies", right=True),
    Column("each", right=True),
    Column("paths", room=_SHORTEST),
)
_LEFTOVER_COLUMNS = (
    Column("size", right=True),
    Column("files", right=True),
    Column("what"),
    Column("where", room=_SHORTEST),
    Column("why", room=_SHORTEST),
)
_DIVE_COLUMNS = (
    Column("wasted", right=True),
    Column("times", right=True),
    Column("path", room=_SHORTEST),
)


def write_waste(
    waste: Waste,
    image: Image | None,
    out: TextIO,
    *,
    archive: str,
    form: str,
    style: TextStyle,
) -> None:
    """Write what is wasted to `out`; as text nothing, where there is no image.

    Args:
        waste: what is.
        image: of which image.
        out: where to.
        archive: what the archive is called.
        form: `text`, `json` or `csv`.
        style: how text is laid out.
    """
    if form == "json":
        write_waste_json(waste, image, out, archive=archive)
    elif form == "csv":
        out.write(csv_line(CSV_COLUMNS))
        out.writelines(csv_line(row) for row in _csv_rows(waste))
    elif image is not None:
        out.writelines(f"{line}\n" for line in _Page(waste, image, style.width).lines(archive))


class _Page:
    """Lays out text for lines of `width` characters, `None` for any."""

    def __init__(self, waste: Waste, image: Image, width: int | None) -> None:
        self._waste = waste
        self._image = image
        self._width = width

    def lines(self, archive: str) -> Iterator[str]:
        waste, image = self._waste, self._image
        shown = image.names[0] if image.names else str(image.image_id or "an image without a name")
        yield f"{escape(archive)}: {escape(shown)}"
        hidden = f"{human_size(waste.hidden.size)} hidden{_share(waste.hidden.size, waste.stored)}"
        count = len(waste.layers)
        yield (
            f"{human_size(waste.stored)} in files of {count} layer{'s' * (count != 1)}: "
            f"{human_size(waste.visible)} visible, {hidden}"
        )
        yield ""
        yield from self._table(_LAYER_COLUMNS, list(self._layers()))
        yield from self._hidden()
        yield from self._duplicates()
        yield from self._leftovers()
        yield ""
        yield from self._dive(waste.dive)

    def _table(self, columns: Sequence[Column], rows: list[list[str]]) -> Iterator[str]:
        return ("  ".join(line).rstrip() for line in layout(columns, rows, self._width))

    def _layers(self) -> Iterator[list[str]]:
        largest = max((layer.stored for layer in self._waste.layers), default=0)
        created = {layer.position: layer.created_by for layer in self._image.layers}
        for layer in self._waste.layers:
            yield [
                str(layer.position),
                human_size(layer.stored),
                _size(layer.hidden),
                _size(layer.hides),
                _bar(layer, largest),
                shortened(created.get(layer.position) or "") or "-",
            ]

    def _hidden(self) -> Iterator[str]:
        hidden = self._waste.hidden
        if not hidden.count:
            return
        yield from ("", f"Hidden, {human_size(hidden.size)}:", "")
        rows = [
            [
                *(human_size(each.size), str(each.files), str(each.layer), str(each.hidden_by)),
                *(each.cause.value, escape(each.path) or "."),
            ]
            for each in hidden
        ]
        yield from self._table(_HIDDEN_COLUMNS, rows)
        yield from _more(hidden.omitted, hidden.size - sum(each.size for each in hidden))

    def _duplicates(self) -> Iterator[str]:
        found = self._waste.duplicates
        if not found.count:
            return
        yield from ("", f"Visible more than once, {human_size(found.size)} without need:", "")
        rows = [
            [
                *(human_size(each.wasted), str(len(each.paths)), human_size(each.size)),
                ", ".join(escape(path) for path in each.paths[:2])
                + (", ..." if len(each.paths) > 2 else ""),  # noqa: PLR2004 - those before
            ]
            for each in found
        ]
        yield from self._table(_DUPLICATE_COLUMNS, rows)
        yield from _more(found.omitted, found.size - sum(each.wasted for each in found))

    def _leftovers(self) -> Iterator[str]:
        found = self._waste.leftovers
        if not found:
            return
        yield from ("", f"Left behind, {human_size(sum(each.size for each in found))}:", "")
        rows = [
            [
                *(human_size(each.size), str(each.files), each.kind.name),
                (escape(each.places[0].path) or ".")
                + (f" and {len(each.places) - 1} more" if len(each.places) > 1 else ""),
                each.kind.reason,
            ]
            for each in found
        ]
        yield from self._table(_LEFTOVER_COLUMNS, rows)

    def _dive(self, dive: DiveScore | None) -> Iterator[str]:
        if dive is None:
            yield "dive's score is not known."
            return
        ratio = dive.wasted_user_ratio
        user = "" if ratio is None else f", {100 * ratio:.2f} % of what is above the first layer"
        yield (
            f"As dive counts: efficiency {100 * dive.efficiency:.2f} %, "
            f"{human_size(dive.wasted_bytes)} wasted{user}"
        )
        if dive.paths.items:
            yield ""
            rows = [
                [human_size(each.size), str(each.times), escape(each.path)] for each in dive.paths
            ]
            yield from self._table(_DIVE_COLUMNS, rows)
            yield from _more(
                dive.paths.omitted, dive.wasted_bytes - sum(each.size for each in dive.paths)
            )


def _more(omitted: int, size: int) -> Iterator[str]:
    """Tell of what is not shown."""
    if omitted:
        yield f"and {omitted} more, {human_size(size)}"


def _size(size: int) -> str:
    return human_size(size) if size else "-"


def _share(part: int, whole: int) -> str:
    """Write a share, the least that is not nothing as such."""
    if not part or not whole:
        return ""
    percent = 100 * part / whole
    return f" ({percent:.1f} %)" if percent >= 0.05 else " (< 0.1 %)"  # noqa: PLR2004 - rounds to 0


def _bar(layer: LayerBytes, largest: int) -> str:
    """Draw what a layer stores, as long as that is; what there is, is at least one sign long."""
    if not layer.stored:
        return _NOTHING * _BAR
    length = max(1, round(_BAR * layer.stored / largest))
    hidden = round(length * layer.hidden / layer.stored)
    hidden = min(max(hidden, layer.hidden > 0), length - (layer.visible > 0 and length > 1))
    return (_VISIBLE * (length - hidden) + _HIDDEN * hidden).ljust(_BAR)


def _csv_rows(waste: Waste) -> Iterator[tuple[object, ...]]:
    for each in waste.hidden:
        yield (
            *("hidden", each.path or ".", each.cause.value, each.layer, each.hidden_by),
            *(each.files, each.size, None),
        )
    for copies in waste.duplicates:
        for path in copies.paths:
            yield "duplicate", path, None, None, None, 1, copies.size, copies.digest
    for left in waste.leftovers:
        for place in left.places:
            yield (
                *("leftover", place.path, left.kind.name, None, None),
                *(place.files, place.size, None),
            )
    for inefficient in () if waste.dive is None else waste.dive.paths:
        times, size = inefficient.times, inefficient.size
        yield "dive", inefficient.path, None, None, None, times, size, None

"""Waste as JSON, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.file_rows import image_value
from layertar.report.json_v1 import head_value, write_json

if TYPE_CHECKING:
    from typing import TextIO

    from layertar.analysis.dive import DiveScore
    from layertar.analysis.waste import Waste
    from layertar.image.model import Image
    from layertar.report.json_v1 import Value

__all__ = ["write_waste_json"]


def write_waste_json(waste: Waste, image: Image | None, out: TextIO, *, archive: str) -> None:
    """Write what is wasted of an image of the archive called `archive`."""
    document: Value = {
        **head_value("waste"),
        **image_value(archive, image),
        "stored": waste.stored,
        "visible": waste.visible,
        "layers": (
            {
                "position": layer.position,
                "stored": layer.stored,
                "visible": layer.visible,
                "hidden": layer.hidden,
                "hides": layer.hides,
                "files": layer.files,
            }
            for layer in waste.layers
        ),
        "hidden": _hidden(waste),
        "duplicates": _duplicates(waste),
        "leftovers": _leftovers(waste),
        "dive": None if waste.dive is None else _dive(waste.dive),
    }
    write_json(document, out)


def _hidden(waste: Waste) -> Value:
    return {
        "size": waste.hidden.size,
        "count": waste.hidden.count,
        "paths": (
            {
                "path": each.path or ".",
                "cause": each.cause.value,
                "layer": each.layer,
                "hidden_by": each.hidden_by,
                "size": each.size,
                "files": each.files,
            }
            for each in waste.hidden
        ),
    }


def _duplicates(waste: Waste) -> Value:
    return {
        "size": waste.duplicates.size,
        "count": waste.duplicates.count,
        "contents": (
            {
                "digest": str(each.digest),
                "size": each.size,
                "wasted": each.wasted,
                "paths": iter(each.paths),
            }
            for each in waste.duplicates
        ),
    }


def _leftovers(waste: Waste) -> Value:
    return (
        {
            "kind": each.kind.name,
            "reason": each.kind.reason,
            "size": each.size,
            "files": each.files,
            "places": (
                {"path": place.path, "size": place.size, "files": place.files}
                for place in each.places
            ),
        }
        for each in waste.leftovers
    )


def _dive(dive: DiveScore) -> Value:
    return {
        "efficiency": dive.efficiency,
        "wasted_bytes": dive.wasted_bytes,
        "size_bytes": dive.size_bytes,
        "user_bytes": dive.user_bytes,
        "wasted_user_ratio": dive.wasted_user_ratio,
        "count": dive.paths.count,
        "paths": (
            {"path": each.path, "times": each.times, "size": each.size} for each in dive.paths
        ),
    }

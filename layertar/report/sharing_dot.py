r"""What images share, as a graph for Graphviz.

By chain it is a forest: boxes are runs of layers that the same images have, each on the run below
it, and an image stands on the last of its own. By diff_id or digest, where nothing lies on
anything, each image leads to all of its runs.

A label is a quoted string, in which a backslash begins an escape and an ampersand an entity
(https://graphviz.org/docs/attr-types/escString/, https://graphviz.org/doc/char.html); neither
does here, whatever an archive's author writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.report.escape import escape
from layertar.report.table import digest_text, human_size, shortest_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from layertar.analysis.shares import ImageShare, SharedGroup, Sharing
    from layertar.digest import Digest

__all__ = ["write_dot"]

_CHAIN = "chain"


def write_dot(sharing: Sharing, out: TextIO) -> None:
    """Write `sharing` to `out` in the language of `dot`."""
    out.writelines(f"{line}\n" for line in _lines(sharing))


def _lines(sharing: Sharing) -> Iterator[str]:
    group_of = {
        layer: number for number, group in enumerate(sharing.groups) for layer in group.layers
    }
    digits = shortest_digits(layer.key for layer in sharing.layers if layer.key is not None)
    yield "digraph sharing {"
    yield "  rankdir=BT;"
    yield "  node [shape=box];"
    for number, group in enumerate(sharing.groups):
        style = "" if len(group.images) > 1 else ", style=dashed"
        label = _label(_group_label(sharing, group, digest_text(digits)))
        yield f"  layers{number} [label={label}{style}];"
        if group.below is not None:
            yield f"  layers{number} -> layers{group.below};"
    for number, image in enumerate(sharing.images):
        label = _label([_archive(sharing, image), image.image or "-", _size(image.size)])
        yield f"  image{number} [label={label}, shape=ellipse];"
        # By chain all is below the last; each once, in the order of layers.
        uses = image.layers[-1:] if sharing.by == _CHAIN else image.layers
        for group_number in dict.fromkeys(group_of[use.layer] for use in uses):
            yield f"  image{number} -> layers{group_number};"
    yield "}"


def _archive(sharing: Sharing, image: ImageShare) -> str:
    return sharing.archives[image.archive]


def _group_label(
    sharing: Sharing, group: SharedGroup, digest: Callable[[Digest], str]
) -> list[str]:
    top = sharing.layers[group.layers[-1]].key
    layers, images = len(group.layers), len(group.images)
    return [
        f"{layers} layer{'' if layers == 1 else 's'}, {_size(group.size)}",
        "-" if top is None else digest(top),
        f"{images} image{'' if images == 1 else 's'}",
    ]


def _size(size: int | None) -> str:
    return "size unknown" if size is None else human_size(size)


def _label(lines: list[str]) -> str:
    r"""Quote a label of several lines, whatever is in them; `\n` parts them."""
    return '"' + r"\n".join(map(_quoted, lines)) + '"'


def _quoted(text: str) -> str:
    plain = escape(text).replace("&", "&amp;").replace("\\", "\\\\")
    return plain.replace('"', r"\"")

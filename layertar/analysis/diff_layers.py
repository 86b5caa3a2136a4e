"""Layers of two images aligned and compared by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.align import gaps, matches, refined
from layertar.analysis.diff_image import instruction
from layertar.analysis.diff_model import (
    NOTHING_IGNORED,
    Aspect,
    FirstMiss,
    LayerPair,
    LayersDiff,
    State,
    in_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertar.analysis.align import Keys, Pair
    from layertar.analysis.diff_model import HistoryDiff, HistoryStep, Ignoring
    from layertar.digest import Digest
    from layertar.image.model import Layer

    #: Says in what two layers of other diff_ids differ; `None` where that cannot be said.
    Inside = Callable[[Layer, Layer], tuple[Aspect, ...] | None]

__all__ = ["diff_id_of", "layers_diff", "paired_layers"]


def diff_id_of(layer: Layer) -> Digest | None:
    """Give the diff_id: measured, else as recorded."""
    return layer.diff_id or layer.recorded.diff_id


def _digest_of(layer: Layer) -> Digest | None:
    return layer.digest or layer.recorded.digest


def paired_layers(a: Sequence[Layer], b: Sequence[Layer]) -> list[Pair]:
    """Align layers: by their digests, then by the instruction that made them, then its gist."""
    pairs = matches(_identities(a), _identities(b))
    pairs = refined(pairs, _made_by(a), _made_by(b))
    gists = [[instruction(text) for text in _made_by(layers)] for layers in (a, b)]
    pairs = refined(pairs, *gists)
    found: list[Pair] = []
    for left, right, pair in gaps(pairs, len(a), len(b)):
        # One between the same neighbours, of which nobody says what made it.
        if len(left) == len(right) == 1:
            i, j = left.start, right.start
            found += [] if a[i].created_by and b[j].created_by else [(i, j)]
        found += [] if pair is None else [pair]
    return found


def _identities(layers: Sequence[Layer]) -> Keys:
    found = [diff_id_of(layer) or _digest_of(layer) for layer in layers]
    return [None if digest is None else str(digest) for digest in found]


def _made_by(layers: Sequence[Layer]) -> Keys:
    return [layer.created_by or None for layer in layers]


def layers_diff(
    a: Sequence[Layer],
    b: Sequence[Layer],
    history: HistoryDiff,
    *,
    ignoring: Ignoring = NOTHING_IGNORED,
    inside: Inside | None = None,
) -> LayersDiff:
    """Compare layers.

    Args:
        a: of the one image, base first.
        b: of the other.
        history: of both images.
        ignoring: what does not count.
        inside: who looks into layers of other diff_ids; `None` where nobody does.
    """
    pairs: list[LayerPair] = []
    for left, right, pair in gaps(paired_layers(a, b), len(a), len(b)):
        pairs += [LayerPair(State.REMOVED, None, a[at], None) for at in left]
        pairs += [LayerPair(State.ADDED, None, None, b[at]) for at in right]
        if pair is not None:
            pairs.append(_pair(a[pair[0]], b[pair[1]], ignoring, inside))
    shared = next((at for at, pair in enumerate(pairs) if not pair.is_cached), len(pairs))
    miss = pairs[shared] if shared < len(pairs) else None
    states = {pair.state for pair in pairs} - {State.SAME}
    state = State.CHANGED if states else State.SAME
    return LayersDiff(
        state=State.UNKNOWN if states == {State.UNKNOWN} else state,
        aspects=in_order(aspect for pair in pairs for aspect in _told(pair)),
        pairs=tuple(pairs),
        shared=shared,
        miss=None if miss is None else FirstMiss(miss, _cause(miss, shared, history)),
    )


def _told(pair: LayerPair) -> tuple[Aspect, ...]:
    alone = pair.state in (State.ADDED, State.REMOVED)
    return (Aspect.CONTENT,) if alone else pair.aspects or ()


def _pair(before: Layer, after: Layer, ignoring: Ignoring, inside: Inside | None) -> LayerPair:
    texts = before.created_by, after.created_by
    same = texts[0] == texts[1] if all(texts) else None
    state, aspects = _compared(before, after, inside)
    if not aspects:
        return LayerPair(state, aspects, before, after, same)
    counted = ignoring.counted(aspects)
    ignored = tuple(aspect for aspect in aspects if aspect not in counted)
    state = State.CHANGED if counted else State.SAME
    return LayerPair(state, counted, before, after, same, ignored)


def _compared(
    before: Layer, after: Layer, inside: Inside | None
) -> tuple[State, tuple[Aspect, ...] | None]:
    stored = _differ(_digest_of(before), _digest_of(after))
    uncompressed = _differ(diff_id_of(before), diff_id_of(after))
    if uncompressed is None:
        # The same bytes are the same layer, whatever is in them.
        return (State.SAME, ()) if stored is False else (State.UNKNOWN, None)
    if uncompressed:
        return State.CHANGED, None if inside is None else inside(before, after)
    return (State.CHANGED, (Aspect.COMPRESSION,)) if stored else (State.SAME, ())


def _differ(one: Digest | None, other: Digest | None) -> bool | None:
    """Say whether two digests differ; `None` where that cannot be said."""
    if one is None or other is None or one.algorithm != other.algorithm:
        return None
    return one != other


def _cause(miss: LayerPair, shared: int, history: HistoryDiff) -> HistoryStep | None:
    """Find the first step that differs behind the shared layers, up to that of the layer."""
    layer = miss.before if miss.after is None else miss.after
    if layer is None or layer.created_by is None:
        return None
    cause, made = None, 0
    for step in history.steps:
        entry = step.before if miss.after is None else step.after
        if cause is None and Aspect.CONTENT in step.aspects:
            cause = step
        if entry is not None and not entry.empty_layer:
            if made == layer.position:
                return cause
            made += 1
            cause = None if made <= shared else cause
    return None

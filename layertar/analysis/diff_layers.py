"""Layers of two images aligned and compared by their digests."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from layertar.analysis.align import gaps, matches, refined
from layertar.analysis.diff_image import instruction
from layertar.analysis.diff_inside import inside_aspects, likeness, sketch
from layertar.analysis.diff_model import (
    NOTHING_IGNORED,
    Aspect,
    FirstMiss,
    LayerPair,
    LayersDiff,
    State,
    differ,
    in_order,
)
from layertar.analysis.globs import Globs
from layertar.analysis.known import diff_id_of, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertar.analysis.align import Keys, Pair
    from layertar.analysis.diff_inside import Sketch
    from layertar.analysis.diff_model import HistoryDiff, HistoryStep, Ignoring
    from layertar.filesystem import Changeset
    from layertar.image.model import Layer

    #: The entries of each layer of `a`, and of `b`; `None` for a layer that was not listed.
    Contents = tuple[Sequence[Changeset | None], Sequence[Changeset | None]]

__all__ = ["layers_diff", "paired_layers"]

#: Likeness from which two layers are taken for one that changed.
_ALIKE = 0.5
#: Pairs of layers that are likened, at most, between two that are paired already.
_MOST = 2500


def paired_layers(
    a: Sequence[Layer], b: Sequence[Layer], contents: Contents | None = None
) -> list[Pair]:
    """Align layers: by digests, then by what made them, then by the paths that they have."""
    pairs = matches(_identities(a), _identities(b))
    exact = _made_by(a), _made_by(b)
    gists = _gists(exact[0]), _gists(exact[1])
    for keys in (exact, gists):
        # What made several layers tells none of them from the others.
        pairs = refined(pairs, _unique(keys[0]), _unique(keys[1]))
    if contents is not None:
        pairs = _refined_by_content(pairs, *contents)
    for keys in (exact, gists):
        pairs = refined(pairs, *keys)
    found: list[Pair] = []
    for left, right, pair in gaps(pairs, len(a), len(b)):
        # One between the same neighbours, of which nobody says what made it.
        if len(left) == len(right) == 1:
            i, j = left.start, right.start
            found += [] if a[i].created_by and b[j].created_by else [(i, j)]
        found += [] if pair is None else [pair]
    return found


def _unique(keys: Keys) -> Keys:
    counts = Counter(keys)
    return [key if counts[key] == 1 else None for key in keys]


def _refined_by_content(
    pairs: Sequence[Pair], a: Sequence[Changeset | None], b: Sequence[Changeset | None]
) -> list[Pair]:
    found: list[Pair] = []
    for left, right, pair in gaps(pairs, len(a), len(b)):
        if 0 < len(left) * len(right) <= _MOST:
            sketches = _sketches(a, left), _sketches(b, right)
            found += [(left[i], right[j]) for i, j in most_alike(*sketches)]
        found += [] if pair is None else [pair]
    return found


def _sketches(layers: Sequence[Changeset | None], gap: range) -> list[Sketch | None]:
    within = layers[gap.start : gap.stop]
    return [None if changeset is None else sketch(changeset) for changeset in within]


def most_alike(a: Sequence[Sketch | None], b: Sequence[Sketch | None]) -> list[Pair]:
    """Pair those that are alike, in one order, so that together they are as much as can be."""
    if _order(b) < _order(a):
        return [(i, j) for j, i in most_alike(b, a)]
    scores = [[_likeness(one, other) for other in b] for one in a]
    best = [[0.0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            paired = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[Pair] = []
    i = j = 0
    while i < len(a) and j < len(b):
        if scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _order(sketches: Sequence[Sketch | None]) -> list[list[int]]:
    return [sorted(each or ()) for each in sketches]


def _likeness(one: Sketch | None, other: Sketch | None) -> float:
    if one is None or other is None:
        return 0.0
    score = likeness(one, other)
    return score if score >= _ALIKE else 0.0


def _identities(layers: Sequence[Layer]) -> Keys:
    found = [diff_id_of(layer) or digest_of(layer) for layer in layers]
    return [None if digest is None else str(digest) for digest in found]


def _made_by(layers: Sequence[Layer]) -> Keys:
    return [layer.created_by or None for layer in layers]


def _gists(made_by: Keys) -> Keys:
    return [instruction(text) for text in made_by]


def layers_diff(
    a: Sequence[Layer],
    b: Sequence[Layer],
    history: HistoryDiff,
    *,
    ignoring: Ignoring = NOTHING_IGNORED,
    contents: Contents | None = None,
) -> LayersDiff:
    """Compare layers.

    Args:
        a: of the one image, base first.
        b: of the other.
        history: of both images.
        ignoring: what does not count.
        contents: the entries of their layers; `None` where nobody looked inside.
    """
    pairs: list[LayerPair] = []
    globs = Globs(ignoring.patterns)

    def inside(i: int, j: int) -> tuple[Aspect, ...] | None:
        one, other = (None, None) if contents is None else (contents[0][i], contents[1][j])
        return None if one is None or other is None else inside_aspects(one, other, globs)

    for left, right, pair in gaps(paired_layers(a, b, contents), len(a), len(b)):
        pairs += [LayerPair(State.REMOVED, None, a[at], None) for at in left]
        pairs += [LayerPair(State.ADDED, None, None, b[at]) for at in right]
        if pair is not None:
            pairs.append(_pair(a[pair[0]], b[pair[1]], ignoring, partial(inside, *pair)))
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


def _pair(
    before: Layer, after: Layer, ignoring: Ignoring, inside: Callable[[], tuple[Aspect, ...] | None]
) -> LayerPair:
    texts = before.created_by, after.created_by
    same = texts[0] == texts[1] if all(texts) else None
    state, aspects = _compared(before, after, inside)
    if aspects is None:
        return LayerPair(state, None, before, after, same)
    counted = ignoring.counted(aspects)
    ignored = tuple(aspect for aspect in aspects if aspect not in counted)
    state = State.CHANGED if counted else State.SAME
    return LayerPair(state, counted, before, after, same, ignored)


def _compared(
    before: Layer, after: Layer, inside: Callable[[], tuple[Aspect, ...] | None]
) -> tuple[State, tuple[Aspect, ...] | None]:
    stored = differ(digest_of(before), digest_of(after))
    uncompressed = differ(diff_id_of(before), diff_id_of(after))
    if uncompressed is None:
        # The same bytes are the same layer, whatever is in them.
        return (State.SAME, ()) if stored is False else (State.UNKNOWN, None)
    if uncompressed:
        return State.CHANGED, inside()
    return (State.CHANGED, (Aspect.COMPRESSION,)) if stored else (State.SAME, ())


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

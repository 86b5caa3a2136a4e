"""Configs and histories of two images compared, as documents record them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.align import gaps, matches, refined
from layertar.analysis.diff_model import (
    NOTHING_IGNORED,
    Aspect,
    ConfigChange,
    ConfigDiff,
    HistoryDiff,
    HistoryStep,
    State,
    in_order,
)
from layertar.regex import regex

if TYPE_CHECKING:
    from layertar.analysis.diff_model import DiffSide, Ignoring
    from layertar.documents import HistoryEntry
    from layertar.image.model import Image

__all__ = ["config_diff", "history_diff", "instruction"]

_CREATED = ("created",)
# What the classic builder leaves of the container that it ran the last step in.
_TRACES = (("container",), ("container_config",), ("config", "Hostname"), ("config", "Image"))
# What the classic builder puts around a command, and BuildKit behind it.
_SHELL = regex(r"(?:RUN )?(?:\|[0-9]{1,3} .{0,4096}?)?/bin/sh -c (?:#\(nop\) +)?")
_SUFFIX = " # buildkit"
# Instructions that an image has one of.
_LONE = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "STOPSIGNAL", "USER", "WORKDIR"})
# Buildah's comment: the image, mostly one of its own, that a step stands on.
_FROM = regex(r"FROM [0-9a-f]{12,64}")
# The classic builder names what it copies by its digest.
_COPIED = regex(r"\b(file|dir|multi):[0-9a-f]{64}\b")


def config_diff(a: DiffSide, b: DiffSide, ignoring: Ignoring = NOTHING_IGNORED) -> ConfigDiff:
    """Compare two configs field by field."""
    if a.fields is None or b.fields is None:
        both = a.image.config is None and b.image.config is None and a.fields is b.fields
        return ConfigDiff(state=State.SAME if both else State.UNKNOWN)
    found = [
        ConfigChange(path, a.fields.get(path), b.fields.get(path), _aspect(path))
        for path in sorted(a.fields.keys() | b.fields.keys())
        if not _equal(a.fields.get(path), b.fields.get(path))
    ]
    if not found:
        aspects = ignoring.counted([Aspect.FORMAT] if _is_respelt(a.image, b.image) else [])
        return ConfigDiff(state=State.CHANGED if aspects else State.SAME, aspects=aspects)
    changes = tuple(change for change in found if ignoring.counted([change.aspect]))
    return ConfigDiff(
        state=State.CHANGED if changes else State.SAME,
        aspects=in_order(change.aspect for change in changes),
        changes=changes,
        ignored=len(found) - len(changes),
    )


def _is_respelt(a: Image, b: Image) -> bool:
    """Whether configs of equal fields are other bytes, and no other part of them says why."""
    if a.image_id is None or b.image_id is None or a.image_id == b.image_id:
        return False
    diff_ids = [[layer.recorded.diff_id for layer in image.layers] for image in (a, b)]
    return a.history == b.history and diff_ids[0] == diff_ids[1]


def _equal(one: object, other: object) -> bool:
    # True is 1 to Python.
    return one == other and type(one) is type(other)


def _aspect(path: tuple[str, ...]) -> Aspect:
    if path == _CREATED:
        return Aspect.TIMES
    is_trace = path[:1] in _TRACES or path[:2] in _TRACES
    return Aspect.BUILD if is_trace else Aspect.CONTENT


def history_diff(a: Image, b: Image, ignoring: Ignoring = NOTHING_IGNORED) -> HistoryDiff:
    """Align two histories: by what steps say, then the bare instruction, then what it is about."""
    first, second = a.history, b.history
    pairs = matches(list(map(_step_key, first)), list(map(_step_key, second)))
    for key in (_loose_key, _subject_key):
        pairs = refined(pairs, list(map(key, first)), list(map(key, second)))
    found: list[HistoryStep] = []
    alone = (Aspect.CONTENT,)
    for left, right, pair in gaps(pairs, len(first), len(second)):
        found += [HistoryStep(State.REMOVED, alone, at, None, first[at], None) for at in left]
        found += [HistoryStep(State.ADDED, alone, None, at, None, second[at]) for at in right]
        if pair is not None:
            found.append(_step(pair, first[pair[0]], second[pair[1]], ignoring))
    aspects = in_order(aspect for step in found for aspect in step.aspects)
    state = State.CHANGED if aspects else State.SAME
    return HistoryDiff(state=state, aspects=aspects, steps=tuple(found))


def _step(
    pair: tuple[int, int], before: HistoryEntry, after: HistoryEntry, ignoring: Ignoring
) -> HistoryStep:
    aspects = []
    if before.created != after.created:
        aspects.append(Aspect.TIMES)
    comments = before.comment, after.comment
    traces = all(comment and _FROM.fullmatch(comment) for comment in comments)
    if comments[0] != comments[1]:
        aspects.append(Aspect.BUILD if traces else Aspect.CONTENT)
    if before._replace(created=None, comment=None) != after._replace(created=None, comment=None):
        aspects.append(Aspect.CONTENT)
    counted = ignoring.counted(aspects)
    state = State.CHANGED if counted else State.SAME
    return HistoryStep(state, counted, *pair, before, after)


def _step_key(entry: HistoryEntry) -> str:
    return "\0".join((str(entry.empty_layer), entry.created_by or "", entry.comment or ""))


def _loose_key(entry: HistoryEntry) -> str | None:
    bare = instruction(entry.created_by)
    return None if bare is None else f"{entry.empty_layer}\0{bare}"


def _subject_key(entry: HistoryEntry) -> str | None:
    """Give what a step is about: what it sets, or a command without its arguments."""
    words = (instruction(entry.created_by) or "").split("=", 1)[0].split(None, 2)
    if not words:
        return None
    return "\0".join([str(entry.empty_layer), *words[: 1 if words[0] in _LONE else 2]])


def instruction(created_by: str | None) -> str | None:
    """Give what made a layer without what builders put around it, and digests of what it copied."""
    if not created_by:
        return None
    bare = created_by.removesuffix(_SUFFIX)
    shell = _SHELL.match(bare)
    bare = bare if shell is None else bare[shell.end() :]
    return _COPIED.sub(r"\1:", bare).strip() or None

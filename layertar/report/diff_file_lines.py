"""Lines of a diff's files: each path that differs, or the largest of them."""

from __future__ import annotations

from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

from layertar.analysis.diff_model import Aspect, State
from layertar.filesystem import FileKind
from layertar.report.diff_lines import Line, clipped, reasons
from layertar.report.table import human_size
from layertar.units import instant_text
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.analysis.diff_files import FileChange, FilesDiff
    from layertar.filesystem import FileEntry

__all__ = ["file_lines"]

#: Lines of a summary.
_MOST = 12
_GROWTH = 9
_PATH = 200
_TEXT = 60
_PROBLEMS = 5


def file_lines(files: FilesDiff, *, whole: bool) -> Iterator[Line]:
    """Tell how many files differ, then which: with `whole` all of them."""
    yield Line(_heading(files))
    if whole:
        for change in files.changes():
            yield _line(_growth(change.growth), _path(change), _details(change, times=True), change)
    else:
        yield from _summary(files)
    for problem in files.problems[:_PROBLEMS]:
        yield Line(f"not all is known: {clipped(problem)}", State.UNKNOWN, is_last=True)
    if len(files.problems) > _PROBLEMS:
        more = len(files.problems) - _PROBLEMS
        yield Line(f"and of {more} more layers", State.UNKNOWN, is_last=True)


def _heading(files: FilesDiff) -> str:
    total = files.total
    if files.trees is None:
        return "all layers are the same, so no file differs and none was read"
    told = [
        f"{count} {word}"
        for count, word in (
            (total.added, "added"),
            (total.removed, "removed"),
            (total.changed, "changed"),
            (total.touched, "differ only in times"),
        )
        if count
    ]
    text = ", ".join(told) or "nothing differs"
    if total.growth:
        text += f"; {_growth(total.growth)}"
    if total.unread:
        text += f"; the content of {total.unread} could not be compared"
    return f"{text}; {total.ignored} ignored" if total.ignored else text


class _Item(NamedTuple):
    """One line of a summary: a path, or a directory with all below that is of the same fate.

    The largest is kept, and of equal ones the first: `number` counts down.
    """

    weight: tuple[bool, int]
    number: int
    growth: int
    path: str
    details: str
    state: State


def _summary(files: FilesDiff) -> Iterator[Line]:
    """Tell the largest differences, in the order of their paths; times only are but counted."""
    total = files.total
    if not (total.added or total.removed or total.changed):
        return
    kept: list[_Item] = []
    count = 0
    for item in _rolled(files.changes(times=False)):
        count += 1
        if len(kept) < _MOST:
            heappush(kept, item)
        else:
            heappushpop(kept, item)
    width = max((len(item.path) for item in kept), default=0)
    for item in sorted(kept, key=lambda item: -item.number):
        details = f"{item.path:<{width}}  {item.details}" if item.details else item.path
        yield Line(f"{_growth(item.growth):>{_GROWTH}}  {details}", item.state)
    if count > len(kept):
        yield Line(f"... and {count - len(kept)} more; --files lists all", is_detail=True)


def _rolled(changes: Iterable[FileChange]) -> Iterator[_Item]:
    """Make one of a directory that only one side has, with what is in it."""
    head: FileChange | None = None
    place = growth = inside = 0
    for number, change in enumerate(changes):
        if head is not None:
            if change.state is head.state and change.path.startswith(f"{head.path}/"):
                growth += change.growth
                inside += not _is_directory(change)
                continue
            yield _directory(head, place, growth, inside)
            head = None
        if change.state is not State.CHANGED and _is_directory(change):
            head, place, growth, inside = change, number, 0, 0
        else:
            content = Aspect.CONTENT in change.aspects
            weight = (content, abs(change.growth))
            details = _details(change, times=False)
            yield _Item(weight, -number, change.growth, _path(change), details, change.state)
    if head is not None:
        yield _directory(head, place, growth, inside)


def _directory(head: FileChange, number: int, growth: int, inside: int) -> _Item:
    details = f"{inside} file{'s' * (inside != 1)}" if inside else "empty"
    return _Item((True, abs(growth)), -number, growth, _path(head), details, head.state)


def _is_directory(change: FileChange) -> bool:
    entry = change.after or change.before
    return entry is not None and entry.kind is FileKind.DIRECTORY


def _line(growth: str, path: str, details: str, change: FileChange) -> Line:
    return Line(f"{growth:>{_GROWTH}}  {path}  {details}".rstrip(), change.state)


def _path(change: FileChange) -> str:
    slash = "/" if _is_directory(change) and change.path else ""
    return clipped(f"{change.path or '.'}{slash}", _PATH)


def _growth(size: int) -> str:
    return f"+{human_size(size)}" if size > 0 else human_size(size) if size else "0"


def _details(change: FileChange, *, times: bool) -> str:
    """Say in what the two differ, with both values where they are short."""
    before, after = change.before, change.after
    if before is None or after is None:
        entry = after or before
        target = None if entry is None else entry.link_target
        return "" if target is None else f"-> {clipped(target, _TEXT)}"
    told = [_detail(aspect, before, after) for aspect in change.aspects if aspect in _DETAILS]
    if Aspect.CONTENT in change.aspects:
        told.insert(0, "content")
    if Aspect.TIMES in change.aspects and times:
        told.append(f"mtime {_time(before.mtime_ns)} -> {_time(after.mtime_ns)}")
    return ", ".join(told)


_DETAILS = (Aspect.KIND, Aspect.LINK, Aspect.MODE, Aspect.OWNER, Aspect.XATTRS)


def _detail(aspect: Aspect, before: FileEntry, after: FileEntry) -> str:
    match aspect:
        case Aspect.KIND:
            return f"{before.kind.value} -> {after.kind.value}"
        case Aspect.LINK:
            return _link(before, after)
        case Aspect.MODE:
            return f"mode {_mode(before)} -> {_mode(after)}"
        case Aspect.OWNER:
            return f"owner {_owner(before)} -> {_owner(after)}"
        case _:
            names = {name for name, _ in {*before.xattrs} ^ {*after.xattrs}}
            shown = sorted(name.decode("utf-8", "surrogateescape") for name in names)
            return f"xattrs {clipped(reasons(shown), _TEXT)}"


def _link(before: FileEntry, after: FileEntry) -> str:
    if before.device != after.device:
        return f"device {before.device} -> {after.device}"
    targets = before.link_target, after.link_target
    if targets[0] == targets[1]:
        return "hard links"
    return " -> ".join("-" if each is None else f'"{clipped(each, _TEXT)}"' for each in targets)


def _mode(entry: FileEntry) -> str:
    return "?" if entry.mode is None else f"{entry.mode:04o}"


def _owner(entry: FileEntry) -> str:
    owner = (entry.uid, entry.gid)
    return "/".join("?" if number is None else str(number) for number in owner)


def _time(mtime: int | None) -> str:
    return "?" if mtime is None else instant_text(mtime)

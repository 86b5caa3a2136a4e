"""What layers did to a path: against trees that are made anew of the layers up to each."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertar.analysis.touch import Action, Cause, Link, Touch
from layertar.analysis.touches import PathTrace, Trace, unmeasured
from layertar.errors import LimitError
from layertar.filesystem import Directory, FileEntry, FileKind, Tree, apply
from layertar.limits import DEFAULT_LIMITS
from layertar.value import replace
from tests.filesystem.layered import PARTS, Item, changeset_of, item_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.digest import Digest

DIR, SYM, LNK = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
ASKED = st.lists(st.sampled_from([*PARTS, "a", "b", ".", ".."]), max_size=4).map("/".join)
Lists = list[list[Item]]


def traced(
    layers: Sequence[Sequence[Item]], path: str, *, digests: bool = True, follow: bool = False
) -> Trace:
    changesets = [changeset_of(each, digests=digests) for each in layers]
    steps = PathTrace.of(changesets, path, DEFAULT_LIMITS, follow=follow)
    return Trace.of(steps, path, {})


def found(tree: Tree, path: str, *, follow: bool) -> FileEntry | None:
    at = tree.find(path.encode("utf-8", "surrogateescape"), follow=follow)
    if at is None:
        return None
    return tree.entry(at[1].row if isinstance(at[1], Directory) else at[1], at[0])


def trees(layers: Lists) -> list[Tree]:
    changesets = [changeset_of(each) for each in layers]
    return [apply(changesets[:count], DEFAULT_LIMITS) for count in range(1, len(layers) + 1)]


@pytest.mark.parametrize("follow", [False, True])
@given(layers=item_layers(), path=ASKED)
def test_what_was_there_and_is_there_is_what_the_layers_up_to_it_make(
    layers: Lists, path: str, *, follow: bool
) -> None:
    trace = traced(layers, path, follow=follow)
    seen: FileEntry | None = None
    by_layer = {touch.layer: touch for touch in trace.touches}
    assert len(by_layer) == len(trace.touches)
    assert [*by_layer] == sorted(by_layer)
    for layer, tree in enumerate(trees(layers)):
        now = found(tree, path, follow=follow)
        touch = by_layer.get(layer)
        if touch is None:
            assert now == seen
        else:
            assert (touch.before, touch.after) == (seen, now)
            gone = (Action.DELETED, Action.HIDDEN)
            assert (seen is not None and now is None) == (touch.action in gone)
            assert (seen is None and now is not None) == (touch.action is Action.ADDED)
            if touch.action is Action.NOTHING:
                assert now == seen
        seen = now
    assert trace.final == seen


@given(item_layers(), ASKED)
def test_what_changed_is_said_and_nothing_else(layers: Lists, path: str) -> None:
    for touch in traced(layers, path).touches:
        one, other = touch.before, touch.after
        if one is None or other is None or touch.action is Action.NOTHING:
            assert touch.changes == ()
            continue
        differs = {
            "kind": one.kind is not other.kind,
            "content": one.kind is other.kind and one.digest != other.digest,
            "link": one.kind is other.kind and one.link_target != other.link_target,
            "device": one.kind is other.kind and one.device != other.device,
            "mode": one.mode != other.mode,
            "owner": (one.uid, one.gid) != (other.uid, other.gid),
            "mtime": one.mtime_ns != other.mtime_ns,
            "xattrs": one.xattrs != other.xattrs,
        }
        assert set(touch.changes) == {name for name, differ in differs.items() if differ}
        strong = {"kind", "content", "link", "device"} & set(touch.changes)
        assert (touch.action is Action.CHANGED) == bool(strong)
        assert touch.action is not Action.REWRITTEN
        if touch.action is Action.UNCHANGED:
            assert touch.changes == ()


@given(item_layers(), ASKED)
def test_that_content_is_the_same_is_said_only_where_it_was_measured(
    layers: Lists, path: str
) -> None:
    changesets = [changeset_of(each, digests=False) for each in layers]
    steps = PathTrace.of(changesets, path, DEFAULT_LIMITS, follow=False)
    blind = Trace.of(steps, path, {})
    measured = traced(layers, path)
    wanted = unmeasured(steps)
    unsure = False
    for one, sure in zip(blind.touches, measured.touches, strict=True):
        if one.action is Action.REWRITTEN:
            unsure = True
            assert sure.action in (Action.CHANGED, Action.ATTRIBUTES, Action.UNCHANGED)
            assert set(sure.changes) - {"content"} == set(one.changes)
        else:
            assert (one.action, one.changes) == (sure.action, sure.changes)
    assert bool(wanted) == unsure
    whole = apply([changeset_of(each) for each in layers], DEFAULT_LIMITS)
    digests: dict[int, Digest] = {}
    for row in wanted:
        columns, local = whole.changeset(row)
        digest = columns.digest(local)
        assert digest is not None
        digests[row] = digest
    settled = Trace.of(steps, path, digests)
    assert [touch[:5] for touch in settled.touches] == [touch[:5] for touch in measured.touches]


@given(item_layers(), ASKED)
def test_a_cause_is_in_the_layer(layers: Lists, path: str) -> None:
    for touch in traced(layers, path).touches:
        columns = changeset_of(layers[touch.layer], digests=False)
        kinds = {columns.kind(row) for row in range(len(columns))}
        entry = touch.after
        match touch.cause:
            case Cause.WHITEOUT:
                assert FileKind.WHITEOUT in kinds
            case Cause.OPAQUE:
                assert FileKind.OPAQUE in kinds
            case Cause.ENTRY if touch.action is not Action.NOTHING:
                assert entry is not None
                assert entry.layer == touch.layer
            case Cause.IMPLIED:
                assert entry is not None
                assert (entry.kind, entry.mode) == (FileKind.DIRECTORY, None)
            case _:
                assert len(columns) > 0


def one(layers: Sequence[Sequence[Item]], path: str) -> list[tuple[Action, Cause, str | None]]:
    return [(touch.action, touch.cause, touch.by) for touch in traced(layers, path).touches]


FILE = [Item("etc/app/conf", data=b"one")]
ADDED = (Action.ADDED, Cause.ENTRY, None)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ([Item("etc/app/.wh.conf")], (Action.DELETED, Cause.WHITEOUT, "etc/app/conf")),
        ([Item("etc/.wh.app")], (Action.HIDDEN, Cause.WHITEOUT, "etc/app")),
        ([Item(".wh.etc")], (Action.HIDDEN, Cause.WHITEOUT, "etc")),
        ([Item("etc/app/.wh..wh..opq")], (Action.HIDDEN, Cause.OPAQUE, "etc/app")),
        ([Item(".wh..wh..opq")], (Action.HIDDEN, Cause.OPAQUE, "")),
        ([Item("etc/app")], (Action.HIDDEN, Cause.REPLACED, "etc/app")),
        ([Item("etc", SYM, link="usr")], (Action.HIDDEN, Cause.REPLACED, "etc")),
        ([Item("etc"), Item("etc/other")], (Action.HIDDEN, Cause.REPLACED, None)),
        ([Item("etc/app/conf/d")], (Action.CHANGED, Cause.IMPLIED, None)),
        ([Item("etc/app/conf", DIR)], (Action.CHANGED, Cause.ENTRY, None)),
        ([Item("etc/app/conf", data=b"two")], (Action.CHANGED, Cause.ENTRY, None)),
        ([Item("etc/app/conf", data=b"one", mode=0o600)], (Action.ATTRIBUTES, Cause.ENTRY, None)),
        ([Item("etc/app/conf", data=b"one")], (Action.UNCHANGED, Cause.ENTRY, None)),
        (
            [Item("etc/app/.wh.conf"), Item("etc/app/conf", data=b"one")],
            (Action.UNCHANGED, Cause.ENTRY, None),
        ),
    ],
)
def test_a_file_is_touched_in_every_way(
    layer: list[Item], expected: tuple[Action, Cause, str | None]
) -> None:
    assert one([FILE, layer], "/etc/app/conf") == [ADDED, expected]


def test_a_layer_that_has_nothing_to_do_with_it_is_not_told() -> None:
    assert one([FILE, [Item("etc/app/other"), Item("etc/app/.wh.gone")], []], "etc/app/conf") == [
        ADDED
    ]


def test_what_has_no_effect_is_told() -> None:
    nothing = (Action.NOTHING, Cause.WHITEOUT, "a")
    assert one([[Item(".wh.a")], [Item("a")]], "a") == [nothing, ADDED]
    layer = [Item("a/b", data=b"1"), Item("a")]
    assert one([layer], "a/b") == [(Action.NOTHING, Cause.ENTRY, "a/b")]


def test_a_directory_is_emptied_by_an_opaque_whiteout_or_made_anew() -> None:
    lower = [Item("a", DIR), Item("a/b")]
    opaque = (Action.EMPTIED, Cause.OPAQUE, None)
    assert one([lower, [Item("a/.wh..wh..opq")]], "a") == [ADDED, opaque]
    [_, again] = traced([lower, [Item(".wh.a"), Item("a", DIR)]], "a").touches
    assert (again.action, again.cause, again.is_emptied) == (Action.EMPTIED, Cause.ENTRY, True)
    [_, merged] = traced([lower, [Item("a", DIR, mode=0o700)]], "a").touches
    assert (merged.action, merged.changes, merged.is_emptied) == (
        Action.ATTRIBUTES,
        ("mode",),
        False,
    )


def test_a_hard_link_says_to_what() -> None:
    layers = [[Item("a", data=b"1")], [Item("b", LNK, link="a")], [Item("b", data=b"1")]]
    added, again = traced(layers, "b").touches
    assert (added.hardlink_to, again.hardlink_to) == ("a", None)
    assert (added.action, again.action) == (Action.ADDED, Action.UNCHANGED)
    same = [[Item("a", data=b"1"), Item("b", LNK, link="a")], [Item("b", LNK, link="a")]]
    assert traced(same, "b", digests=False).touches[1].action is Action.UNCHANGED


def test_links_on_the_way_are_followed_and_named() -> None:
    layers = [
        [Item("usr/bin/sh", data=b"1"), Item("bin", SYM, link="usr/bin")],
        [Item("usr/bin/sh", data=b"2")],
        [Item("bin/.wh.sh")],
    ]
    trace = traced(layers, "/bin/sh")
    assert [touch.action for touch in trace.touches] == [
        Action.ADDED,
        Action.CHANGED,
        Action.DELETED,
    ]
    assert trace.links == (Link("bin", "usr/bin", 0),)
    assert [touch.by for touch in trace.touches] == [None, None, "usr/bin/sh"]


def test_a_link_that_leads_elsewhere_changes_what_is_behind_it() -> None:
    both = [Item("v1/x", data=b"1"), Item("v2/x", data=b"22"), Item("v3/y")]
    layers = [
        [*both, Item("now", SYM, link="v1")],
        [Item("now", SYM, link="v2")],
        [Item("now", SYM, link="v3")],
        [Item(".wh.now")],
    ]
    assert one(layers, "now/x") == [
        ADDED,
        (Action.CHANGED, Cause.LINK, "now"),
        (Action.HIDDEN, Cause.LINK, "now"),
    ]
    assert one([layers[0], [Item(".wh.now")]], "now/x") == [
        ADDED,
        (Action.HIDDEN, Cause.WHITEOUT, "now"),
    ]
    assert one([both, layers[1]], "now/x") == [(Action.ADDED, Cause.LINK, "now")]


def test_a_link_at_the_end_is_followed_where_asked() -> None:
    layers = [[Item("dash", data=b"1"), Item("sh", SYM, link="dash")], [Item("dash", data=b"2")]]
    assert [touch.layer for touch in traced(layers, "sh").touches] == [0]
    trace = traced(layers, "sh", follow=True)
    assert [(touch.layer, touch.action) for touch in trace.touches] == [
        (0, Action.ADDED),
        (1, Action.CHANGED),
    ]
    assert trace.final is not None
    assert trace.final.path == "dash"


def test_links_that_go_round_lead_nowhere() -> None:
    layers = [[Item("a", SYM, link="b"), Item("b", SYM, link="a")]]
    assert traced(layers, "a/x").touches == ()
    assert traced(layers, "a", follow=True).touches == ()
    assert [touch.action for touch in traced(layers, "a").touches] == [Action.ADDED]


def test_links_that_are_too_long_for_so_many_layers_are_a_bound() -> None:
    lower = [Item("a", SYM, link="./" * 1000 + "b"), Item("b/x", data=b"1")]
    layers = [lower, *([Item(f"c{at}")] for at in range(9))]
    assert len(traced(layers, "a/x").touches) == 1
    changesets = [changeset_of(each) for each in layers]
    limits = replace(DEFAULT_LIMITS, path_steps=15_000)
    with pytest.raises(LimitError):
        PathTrace.of(changesets, "a/x", limits, follow=False)
    assert PathTrace.of(changesets, "b/x", limits, follow=False).steps


def test_whiteouts_that_lead_through_too_much_are_a_bound() -> None:
    lower = [Item("a", SYM, link="./" * 1000 + "b"), Item("b/x", data=b"1")]
    layers = [lower, [Item(f"a/{at}/.wh.x") for at in range(9)]]
    changesets = [changeset_of(each) for each in layers]
    assert PathTrace.of(changesets, "b/x", DEFAULT_LIMITS, follow=False).steps
    limits = replace(DEFAULT_LIMITS, path_steps=5000)
    with pytest.raises(LimitError):
        PathTrace.of(changesets, "b/x", limits, follow=False)


def test_the_pieces_of_a_sparse_file_are_not_compared() -> None:
    # As GNU tar writes them: the size in the header is that of the pieces.
    trace = traced([[Item("a", data=b"1")], [Item("a", b"S", data=b"")]], "a")
    assert trace.touches[1].action is Action.REWRITTEN


def test_the_root_is_a_directory_that_the_first_layer_makes() -> None:
    assert one([[Item("a")], [Item("./", DIR)]], "/") == [
        (Action.ADDED, Cause.IMPLIED, None),
        (Action.ATTRIBUTES, Cause.ENTRY, None),
    ]


def test_two_thousand_directories_in_one_another_are_no_trouble() -> None:
    deep = "/".join("d" * 2000)
    touches = traced([[Item(f"{deep}/f")], [Item("d/.wh.d")]], f"{deep}/f").touches
    assert touches[1][1:4] == (Action.HIDDEN, Cause.WHITEOUT, "d/d")
    assert isinstance(touches[0], Touch)

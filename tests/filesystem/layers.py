"""Layers as Hypothesis makes them, their tars, and what the package reads of these."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from layertar.filesystem import Changeset, ChangesetBuilder, Room, Tree, apply
from layertar.limits import DEFAULT_LIMITS, Limits
from layertar.tar import LayerWalker
from tests.filesystem.naive import Item
from tests.tar.blocks import GNU, V7, checksummed, extension, header, padded, pax
from tests.tarmaker import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Member", "changeset", "entry", "layers", "list_pieces", "members", "tar_of", "tree_of"]


class Member(NamedTuple):
    """An entry with all that its header says.

    Attributes:
        item: name, kind and link target.
        style: how its header is written: `ustar`, `pax`, `gnu`, or `v7`.
        data: of a file.
        mode: permission bits.
        uid: the owner.
        gid: the group.
        mtime: nanoseconds since the epoch.
        xattrs: extended attributes.
        device: major and minor number.
    """

    item: Item
    style: str = "ustar"
    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: tuple[tuple[bytes, bytes], ...] = ()
    device: tuple[int, int] = (0, 0)


def entry(name: str | bytes, kind: str = "0", target: str | bytes = b"") -> Item:
    """An item, from text."""
    name = name.encode() if isinstance(name, str) else name
    return Item(name, kind, target.encode() if isinstance(target, str) else target)


def _number(value: int, width: int) -> bytes:
    """A field as GNU tar and Go write it: octal, or base-256 where that does not do."""
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    bits = 8 * width - 1
    return ((value & ((1 << bits) - 1)) | 1 << bits).to_bytes(width, "big")


@lru_cache(maxsize=64)
def tar_member(member: Member) -> bytes:
    """The blocks of one member."""
    item = member.item
    records: list[tuple[bytes, bytes]] = []
    ahead = b""
    if member.style == "gnu":
        if len(item.name) > 100:
            ahead += extension(item.name + b"\0", b"L")
        if len(item.target) > 100:
            ahead += extension(item.target + b"\0", b"K")
    else:
        records += [(b"path", item.name)] if len(item.name) > 100 else []
        records += [(b"linkpath", item.target)] if len(item.target) > 100 else []
    if member.style == "pax":
        records.append((b"mtime", _decimal(member.mtime)))
        records += [(b"SCHILY.xattr." + name, value) for name, value in member.xattrs]
    block = bytearray(
        header(
            item.name[:100],
            len(member.data),
            item.kind.encode(),
            item.target[:100],
            magic={"gnu": GNU, "v7": V7}.get(member.style, b"ustar\x0000"),
        )
    )
    block[100:124] = b"".join(_number(each, 8) for each in (member.mode, member.uid, member.gid))
    block[136:148] = _number(member.mtime // 10**9, 12)
    if member.style != "v7":
        block[329:345] = b"".join(_number(each, 8) for each in member.device)
    extended = pax(*records) if records else b""
    return ahead + extended + checksummed(bytes(block)) + padded(member.data)


def _decimal(nanoseconds: int) -> bytes:
    """A PAX time."""
    sign, whole = b"-" if nanoseconds < 0 else b"", abs(nanoseconds)
    return b"%b%d.%09d" % (sign, whole // 10**9, whole % 10**9)


def tar_of(members: Iterable[Member | Item]) -> bytes:
    """The tar of a layer."""
    whole = (each if isinstance(each, Member) else Member(each) for each in members)
    return b"".join(tar_member(each) for each in whole) + END


def list_pieces(
    pieces: Iterable[bytes | memoryview], limits: Limits = DEFAULT_LIMITS, *, digests: bool = False
) -> Changeset:
    """What the package lists of a tar that comes in pieces."""
    builder = ChangesetBuilder(limits, Room(limits), digests=digests)
    walker = LayerWalker(limits, content=False, rider=builder)
    for piece in pieces:
        walker.feed(piece)
    walker.finish()
    return builder.changeset


def changeset(members: Iterable[Member | Item]) -> Changeset:
    """What the package lists of a layer."""
    return list_pieces([tar_of(members)])


def tree_of(*layers: Sequence[Member | Item], limits: Limits = DEFAULT_LIMITS) -> Tree:
    """Layers, listed and applied."""
    return apply([changeset(each) for each in layers], limits)


_PARTS = st.sampled_from([b"a", b"b", b"c", b"a", b"b", b"d\xff", b"n" * 120])
_PATHS = st.lists(_PARTS, min_size=1, max_size=3).map(b"/".join)
_MARKERS = st.one_of(
    st.sampled_from([b".wh.a", b".wh.b", b".wh.c", b".wh.a", b".wh.d\xff"]),
    st.just(b".wh..wh..opq"),
    st.sampled_from([b".wh.", b".wh..", b".wh...", b".wh..wh.a", b".wh.a/b", b".wh.a/.wh.b"]),
)
_AUFS = st.sampled_from(
    [
        b".wh..wh.aufs",
        b".wh..wh.plnk",
        b".wh..wh.plnk/1.2",
        b".wh..wh.plnk/1.2",
        b".wh..wh.plnk/3.4",
        b".wh..wh.orph",
        b".wh..wh..opq/a",
    ]
)
_TARGETS = st.lists(
    st.sampled_from([b"a", b"b", b"c", b"a", b"b", b"..", b".", b"", b"d\xff", b"n" * 120]),
    max_size=4,
).map(b"/".join)


@st.composite
def names(draw: st.DrawFn) -> bytes:
    """A name in one of the styles that writers have, of a file or of a marker."""
    path = draw(_PATHS)
    match draw(st.integers(0, 19)):
        case 0 | 1 | 2 | 3:
            above = draw(st.sampled_from([b"", b"", path + b"/"]))
            path = above + draw(_MARKERS)
        case 4:
            path = draw(_AUFS)
        case 5:
            path = draw(st.sampled_from([b"..", b"../a", b"a/../..", b"a/../b", b"."]))
        case _:
            pass
    before = draw(st.sampled_from([b"", b"", b"", b"./", b"/", b"//", b".//"]))
    after = draw(st.sampled_from([b"", b"", b"", b"/", b"/."]))
    return before + path + after


@st.composite
def items(draw: st.DrawFn) -> Item:
    """What an entry is called and leads to."""
    kind = draw(st.sampled_from("0000005555222111346"))
    name = draw(names())
    if kind == "2":
        return Item(name, kind, draw(st.sampled_from([b"", b"", b"/"])) + draw(_TARGETS))
    if kind == "1":
        return Item(name, kind, draw(st.one_of(names(), _TARGETS, _PATHS, _PATHS)))
    return Item(name, kind)


_TIMES = st.one_of(
    st.integers(0, 2 * 10**9).map(lambda seconds: seconds * 10**9),
    st.integers(-(10**18), 8 * 10**18),
    st.sampled_from([-1, -(10**9), 10**9 - 1, 8**11 * 10**9]),
)
_OWNERS = st.one_of(st.integers(0, 2**21 - 1), st.sampled_from([-1, 2**21, 2**31 - 1, 2**40]))
_XATTRS = st.dictionaries(
    st.sampled_from([b"security.capability", b"user.x", b"user.\xff", b"user.=y"[:5]]),
    st.binary(max_size=12),
    max_size=2,
)


@st.composite
def members(draw: st.DrawFn) -> Member:
    """An entry with all attributes."""
    item = draw(items())
    style = draw(st.sampled_from(["ustar", "ustar", "pax", "gnu", "v7"]))
    mtime = draw(_TIMES)
    return Member(
        item,
        style,
        data=draw(st.binary(max_size=1100)) if item.kind == "0" else b"",
        mode=draw(st.integers(0, 0o7777)),
        uid=draw(_OWNERS),
        gid=draw(_OWNERS),
        mtime=mtime if style == "pax" else mtime // 10**9 * 10**9,
        xattrs=tuple(sorted(draw(_XATTRS).items())) if style == "pax" else (),
        device=draw(st.tuples(st.integers(0, 300), st.integers(0, 300)))
        if item.kind in "34" and style != "v7"
        else (0, 0),
    )


def layers() -> st.SearchStrategy[list[list[Item]]]:
    """Some layers of items."""
    return st.lists(st.lists(items(), max_size=8), min_size=1, max_size=4)

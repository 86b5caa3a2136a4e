"""Trees and layers from Python values: tars as `tarfile` writes them, read as layers are."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from layertar.filesystem import Changeset, ChangesetBuilder, Room, Tree, apply
from layertar.limits import DEFAULT_LIMITS
from layertar.tar import LayerWalker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Item", "changeset_of", "item_layers", "layer_bytes", "tree_of"]

PARTS = ["a", "b", "c.py", "d\n", "\udcff"]


class Item(NamedTuple):
    """One member of a layer.

    Attributes:
        path: its name; whiteouts are spelt out.
        kind: as tar's type flag has it.
        data: of files.
        link: of links.
        mode: permission bits.
        owner: user and group.
        mtime: seconds since the epoch.
        xattrs: names of extended attributes.
    """

    path: str
    kind: bytes = tarfile.REGTYPE
    data: bytes = b""
    link: str = ""
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)
    mtime: float = 0
    xattrs: tuple[str, ...] = ()


def layer_bytes(items: Iterable[Item]) -> bytes:
    """A layer's tar."""
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape"
    ) as tar:
        for item in items:
            info = tarfile.TarInfo(item.path)
            info.type, info.linkname, info.mode = item.kind, item.link, item.mode
            (info.uid, info.gid), info.mtime = item.owner, item.mtime
            info.size = len(item.data) if item.kind == tarfile.REGTYPE else 0
            info.pax_headers = {f"SCHILY.xattr.{name}": "x" for name in item.xattrs}
            tar.addfile(info, io.BytesIO(item.data))
    return out.getvalue()


def changeset_of(items: Iterable[Item], *, digests: bool = True) -> Changeset:
    """A layer, read."""
    builder = ChangesetBuilder(DEFAULT_LIMITS, Room(DEFAULT_LIMITS), digests=digests)
    walker = LayerWalker(DEFAULT_LIMITS, rider=builder)
    walker.feed(layer_bytes(items))
    walker.finish()
    return builder.changeset


def tree_of(layers: Sequence[Sequence[Item]], *, digests: bool = True) -> Tree:
    """Layers, read and applied."""
    return apply([changeset_of(each, digests=digests) for each in layers], DEFAULT_LIMITS)


_PATHS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)
_ATTRIBUTES = {
    "mode": st.sampled_from([0o644, 0o755, 0o4755, 0o2755, 0o1777, 0]),
    "owner": st.tuples(st.sampled_from([0, 1, 1000]), st.sampled_from([0, 1, 1000])),
    "mtime": st.sampled_from([0, 1, 1_600_000_000, 1_600_000_000.5]),
    "xattrs": st.sampled_from([(), (), ("security.capability",), ("user.a", "user.b")]),
}
_DATA = st.sampled_from([b"", b"x", b"y", b"xy" * 600])
_FILES = st.builds(Item, _PATHS, data=_DATA, **_ATTRIBUTES)
_KINDS = [tarfile.DIRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
_OTHERS = st.builds(Item, _PATHS, st.sampled_from(_KINDS), **_ATTRIBUTES)
_LINK_KINDS = st.sampled_from([tarfile.SYMTYPE, tarfile.LNKTYPE])
_TARGETS = st.one_of(_PATHS, _PATHS.map("/".__add__), st.sampled_from([".", "..", "../a", "/"]))
_LINKS = st.builds(Item, _PATHS, _LINK_KINDS, link=_TARGETS, **_ATTRIBUTES)


def _hidden(path: str) -> Item:
    head, slash, name = path.rpartition("/")
    return Item(f"{head}{slash}.wh.{name}")


_WHITEOUTS = st.one_of(
    _PATHS.map(_hidden),
    _PATHS.map(lambda path: Item(f"{path}/.wh..wh..opq")),
    st.just(Item(".wh.")),
)


def item_layers(most: int = 4) -> st.SearchStrategy[list[list[Item]]]:
    """Layers of few paths, so that they meet."""
    items = st.one_of(_FILES, _FILES, _OTHERS, _LINKS, _WHITEOUTS)
    return st.lists(st.lists(items, max_size=8), min_size=1, max_size=most)

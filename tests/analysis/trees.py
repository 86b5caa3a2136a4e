"""File systems as dicts, the layers that make them, and in what two of them differ, naively."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.builders import LayerRecipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["File", "Tree", "differences", "files", "layer_of", "layers_of", "tar_of", "trees"]


@dataclass(frozen=True, slots=True)
class File:
    """What lies at a path; a symbolic link's data are its target."""

    kind: str
    data: bytes = b""
    mode: int = 0o644
    owner: int = 0
    mtime: int = 1_000_000
    xattr: str = ""


#: Path to what lies there; the directories above are there, too.
Tree = dict[str, File]

_TYPES = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}
_ASPECTS = {"kind": "kind", "mode": "mode", "owner": "owner", "mtime": "times", "xattr": "xattrs"}


def tar_of(
    entries: Iterable[tuple[str, File]], hidden: Iterable[str] = (), form: int = tarfile.PAX_FORMAT
) -> bytes:
    """A layer's tar: whiteouts of the paths `hidden`, then the entries in their order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for path in hidden:
            above, slash, name = path.rpartition("/")
            tar.addfile(tarfile.TarInfo(f"{above}{slash}.wh.{name}"))
        for path, file in entries:
            info = tarfile.TarInfo(path)
            info.type, info.mode, info.mtime = _TYPES[file.kind], file.mode, file.mtime
            info.uid = info.gid = file.owner
            if file.xattr:
                info.pax_headers = {"SCHILY.xattr.user.x": file.xattr}
            if file.kind == "symlink":
                info.linkname = file.data.decode()
            data = file.data if file.kind == "file" else b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def layer_of(before: Tree, after: Tree, created_by: str = "RUN") -> LayerRecipe:
    """The layer that makes `after` of `before`."""
    gone = sorted(path for path in before if path not in after)
    hidden = [path for path in gone if path.rpartition("/")[0] not in gone]
    # What takes the place of a directory, or of what is none, needs no whiteout.
    put = {path: file for path, file in after.items() if before.get(path) != file}
    hidden = [path for path in hidden if not _is_replaced(path, after)]
    return LayerRecipe(tar=tar_of(sorted(put.items()), hidden), created_by=created_by)


def _is_replaced(path: str, after: Tree) -> bool:
    above = path.rpartition("/")[0]
    return bool(above) and above in after and after[above].kind != "directory"


def layers_of(steps: Sequence[Tree]) -> tuple[LayerRecipe, ...]:
    """The layers that make each of these of the one before it."""
    pairs = zip(({}, *steps), steps, strict=False)
    return tuple(
        layer_of(before, after, f"RUN {number}") for number, (before, after) in enumerate(pairs)
    )


def differences(a: Mapping[str, File], b: Mapping[str, File]) -> dict[str, set[str]]:
    """Path to in what it differs, in the words of `Aspect`; `added` and `removed` beside."""
    found: dict[str, set[str]] = {}
    for path in a.keys() | b.keys():
        if path not in a or path not in b:
            found[path] = {"added" if path not in a else "removed"}
            continue
        one, other = a[path], b[path]
        told = {
            _ASPECTS[field.name]
            for field in fields(File)
            if field.name != "data" and getattr(one, field.name) != getattr(other, field.name)
        }
        if one.kind == other.kind == "symlink":
            told.discard("mode")
        if one.kind == other.kind and one.data != other.data:
            told.add("link" if one.kind == "symlink" else "content")
        if told:
            found[path] = told
    return found


files = st.builds(
    File,
    kind=st.sampled_from(["file", "file", "directory", "symlink"]),
    data=st.sampled_from([b"x", b"y", b"a longer text"]),
    mode=st.sampled_from([0o644, 0o755, 0o4755]),
    owner=st.sampled_from([0, 1000]),
    mtime=st.sampled_from([0, 1_000_000]),
    xattr=st.sampled_from(["", "value"]),
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A file system of a few names, two deep."""
    tree: Tree = {}
    for name in draw(st.lists(st.sampled_from(["a", "a-b", "b", "é"]), unique=True)):
        tree[name] = draw(files)
        if tree[name].kind == "directory":
            for inner in draw(st.lists(st.sampled_from(["a", "c", "z.tmp"]), unique=True)):
                # What is in it is no directory: two deep is deep enough.
                file = draw(files)
                kind = "file" if file.kind == "directory" else file.kind
                tree[f"{name}/{inner}"] = replace(file, kind=kind)
    return {
        path: replace(file, data=b"") if file.kind == "directory" else file
        for path, file in tree.items()
    }

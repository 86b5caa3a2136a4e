"""Changes of members: their bytes, names, number and kind."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from tests.fuzz.chain import Members, documents, edit_document, put, substitute
from tests.tarmaker import CODECS, Symlink, compress, tar_layer

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.tarmaker import Content

__all__ = ["CHANGES", "rename"]


def _files(members: Members) -> list[tuple[int, str, bytes]]:
    return [
        (position, name, content)
        for position, (name, content) in enumerate(members)
        if isinstance(content, bytes)
    ]


def rename(members: Members, old: str, new: str) -> Members:
    """Give a member another name, in every document too."""
    members = tuple((new if name == old else name, content) for name, content in members)
    return _retell(members, old, new)


def _retell(members: Members, old: str, new: str) -> Members:
    for position, value in documents(members).items():
        changed = substitute(value, lambda each: new if each == old else each)
        if changed != value:
            members = edit_document(members, position, changed)
    return members


def _edit(
    change: Callable[[Random, bytes], Content],
) -> Callable[[Random, Members], Members]:
    """Make a change of one file's bytes a change of the archive."""

    def applied(rng: Random, members: Members) -> Members:
        files = _files(members)
        if not files:
            return members
        position, name, content = rng.choice(files)
        return put(members, position, name, change(rng, content))

    return applied


def _flip(rng: Random, content: bytes) -> bytes:
    if not content:
        return b"\0"
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _truncate(rng: Random, content: bytes) -> bytes:
    return content[: rng.randint(0, max(0, len(content) - 1))]


def _extend(rng: Random, content: bytes) -> bytes:
    return content + rng.choice((b"\0", b"x", b"\n", bytes(512), b"x" * 512))


def _empty(_: Random, __: bytes) -> bytes:
    return b""


def _drop(rng: Random, members: Members) -> Members:
    if not members:
        return members
    position = rng.randrange(len(members))
    return members[:position] + members[position + 1 :]


def _swap(rng: Random, members: Members) -> Members:
    files = _files(members)
    if len(files) < 2:
        return members
    (one, name, content), (other, other_name, other_content) = rng.sample(files, 2)
    return put(put(members, one, name, other_content), other, other_name, content)


def _misname(rng: Random, members: Members) -> Members:
    """The member alone: what names it does not find it, or finds another."""
    files = _files(members)
    if not files:
        return members
    position, name, content = rng.choice(files)
    folder, _, stem = name.rpartition("/")
    other = rng.choice([other for _, other, _ in files] + [f"{folder}/{stem[::-1]}".lstrip("/")])
    return put(members, position, other, content)


def _double(rng: Random, members: Members) -> Members:
    files = _files(members)
    if not files:
        return members
    _, name, content = rng.choice(files)
    again = rng.choice((content, content, _flip(rng, content), b""))
    place = rng.randint(0, len(members))
    return (*members[:place], (name, again), *members[place:])


def _link(rng: Random, members: Members) -> Members:
    """A file becomes a link to a file of the same content, to another, or to nothing."""
    files = _files(members)
    if not files:
        return members
    position, name, content = rng.choice(files)
    above = "../" * name.count("/")
    match rng.randrange(3):
        case 0:
            members = put(members, position, name, Symlink(f"{above}store/{position}"))
            return (*members, (f"store/{position}", content))
        case 1:
            return put(members, position, name, Symlink(above + rng.choice(files)[1]))
        case _:
            return put(members, position, name, Symlink(f"{above}nowhere"))


def _orphan(rng: Random, members: Members) -> Members:
    content = rng.choice((b"orphan", b"{}", tar_layer({"a": b"b"})))
    named = content if rng.random() < 0.5 else b"another"
    return (*members, (f"blobs/sha256/{hashlib.sha256(named).hexdigest()}", content))


def _other_layer(rng: Random, members: Members) -> Members:
    """A layer stored in another way, or of other content, with its diff_id or without."""
    layers = [each for each in _files(members) if each[2][:1] not in (b"{", b"[", b"1")]
    if not layers:
        return members
    position, name, content = rng.choice(layers)
    tar = tar_layer({"other": rng.randbytes(4)})
    stored = compress(rng.choice((tar, content)), rng.choice(CODECS))
    return put(members, position, name, stored)


def _lying_name(rng: Random, members: Members) -> Members:
    """A config, or another member, under a name that is another's digest, wherever it is named."""
    files = [each for each in _files(members) if documents((each[1:],))]
    if not files:
        return members
    _, name, _ = rng.choice(files)
    lie = hashlib.sha256(rng.choice((b"lie", b"{}"))).hexdigest()
    new = rng.choice((f"{lie}.json", f"blobs/sha256/{lie}", f"sha256:{lie}", "config.json"))
    return rename(members, name, new)


CHANGES: Final[dict[str, Callable[[Random, Members], Members]]] = {
    "double": _double,
    "drop": _drop,
    "empty": _edit(_empty),
    "extend": _edit(_extend),
    "flip": _edit(_flip),
    "link": _link,
    "lying-name": _lying_name,
    "misname": _misname,
    "orphan": _orphan,
    "other-layer": _other_layer,
    "swap": _swap,
    "truncate": _edit(_truncate),
}

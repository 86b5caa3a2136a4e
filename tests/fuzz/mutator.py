"""Mutator: which change, where, and how often."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from tests.fuzz.edits import MOST, edit_bytes
from tests.fuzz.semantic import change_meaning
from tests.fuzz.streams import MAGICS, mutate_stream
from tests.fuzz.tars import Piece, join, mutate_tar, split, with_data
from tests.fuzz.texts import is_text, mutate_text
from tests.tarmaker import CODECS, Content, Directory, Hardlink, Symlink, compress, write_tar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from tests.fuzz.chain import Members

__all__ = ["mutate", "read_members"]


def mutate(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change an archive in one to four ways; `others` are there to be spliced with."""
    if rng.random() < 0.2 and (members := read_members(data)) is not None:
        data = write_tar(change_meaning(rng, members, rng.choice((1, 1, 2, 3))))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        data = _mutate_once(rng, data, others)[:MOST]
    return compress(data, rng.choice(CODECS)) if rng.random() < 0.03 else data


def _mutate_once(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    draw = rng.random()
    if data.startswith(MAGICS):
        return mutate_stream(rng, data) if draw < 0.6 else edit_bytes(rng, data)
    if draw < 0.2:
        return edit_bytes(rng, data)
    if draw < 0.6:
        return mutate_tar(rng, data, rng.choice(others))
    return _mutate_member(rng, data)


def _mutate_member(rng: Random, data: bytes) -> bytes:
    """Change the data of one member, its header right."""
    pieces = split(data)
    places = [place for place, piece in enumerate(pieces) if piece.header and piece.data]
    if not places:
        return data
    place = rng.choice(places)
    piece = pieces[place]
    pieces[place] = with_data(piece, _mutate_content(rng, piece))
    return join(pieces)


def _mutate_content(rng: Random, piece: Piece) -> bytes:
    if is_text(piece.data):
        return mutate_text(rng, piece.data)
    if piece.data.startswith(MAGICS):
        return mutate_stream(rng, piece.data)
    if rng.random() < 0.5:
        return mutate_tar(rng, piece.data, piece.data)
    return edit_bytes(rng, piece.data)


def read_members(data: bytes) -> Members | None:
    """The members of a whole tar as Python reads them; `None` where it cannot."""
    found: list[tuple[str, Content]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for info in tar:
                if info.issparse() or info.size > len(data):
                    return None
                if info.isdir():
                    found.append((info.name, Directory()))
                elif info.issym():
                    found.append((info.name, Symlink(info.linkname)))
                elif info.islnk():
                    found.append((info.name, Hardlink(info.linkname)))
                else:
                    file = tar.extractfile(info)
                    found.append((info.name, b"" if file is None else file.read()))
    except (tarfile.TarError, ValueError, OverflowError, OSError, KeyError):
        return None
    return tuple(found)

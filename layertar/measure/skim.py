"""Skim: the members of a plain tar by its headers alone, where the data can be passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.tar import LayerWalker

if TYPE_CHECKING:
    from layertar.limits import Limits
    from layertar.members import Content, Member
    from layertar.tar import LayerFacts, LayerRider

__all__ = ["skim"]

# Bytes of one read, and of a member's data up to which they are read rather than passed over.
_READ = 256 << 10


def skim(content: Content, member: Member, rider: LayerRider, limits: Limits) -> LayerFacts:
    """Read the headers of the plain tar that `member` is; `rider` is told of no data.

    Raises:
        InputError: it cannot be read.
    """
    walker = LayerWalker(limits, content=False, rider=rider)
    offset = 0
    while offset < member.size:
        due = min(walker.due, member.size - offset)
        if due > _READ:
            walker.skip(due)
            offset += due
            continue
        piece = next(content.pieces(member, start=offset, size=_READ), b"")
        if not piece:
            break
        walker.feed(piece)
        offset += len(piece)
    return walker.finish()

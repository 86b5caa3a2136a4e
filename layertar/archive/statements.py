"""Statements: attestations and signatures beside images, as far as they say what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.documents import parse_statement
from layertar.errors import DocumentError, InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.archive.record import View
    from layertar.documents import Statement
    from layertar.limits import Limits
    from layertar.members import Content, Member

__all__ = ["find_statements"]

_TYPES = frozenset(
    {
        "application/vnd.in-toto+json",
        "application/vnd.dev.cosign.simplesigning.v1+json",
        "application/vnd.dsse.envelope.v1+json",
    }
)


def find_statements(
    content: Content, views: Iterable[View], limits: Limits
) -> dict[Member, Statement]:
    """Read the statements among artifacts' blobs; one that cannot be read is passed over."""
    left = limits.documents_total
    found: dict[Member, Statement] = {}
    seen: set[Member] = set()
    for view in views:
        for artifact in view.artifacts:
            for claim in artifact.blobs:
                member = claim.member
                if member is None or claim.media_type not in _TYPES or member in seen:
                    continue
                seen.add(member)
                if member.size > min(limits.document_size, left) or member is content.framing.cut:
                    continue
                left -= member.size
                statement = _read(content, member, limits)
                if statement is not None:
                    found[member] = statement
    return found


def _read(content: Content, member: Member, limits: Limits) -> Statement | None:
    try:
        raw = content.read(member, limit=limits.document_size)
        return parse_statement(raw, member=member.name, limits=limits)
    except (DocumentError, InputError, LimitError):
        return None

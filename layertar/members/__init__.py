"""BYTES -> MEMBERS, wherever they lie. The only package that opens files."""

from layertar.members.content import Content, Framing
from layertar.members.counter import ByteCounter
from layertar.members.index import (
    Lookup,
    Member,
    MemberKind,
    MemberTable,
    clean_name,
    is_sha512_name,
    is_unsafe_name,
)
from layertar.members.naming import split_part_hint
from layertar.members.opening import (
    Source,
    digest_of_source,
    open_content,
    passes_once,
    source_name,
    source_size,
    source_stamp,
)
from layertar.members.stream import MemberSink

__all__ = [
    "ByteCounter",
    "Content",
    "Framing",
    "Lookup",
    "Member",
    "MemberKind",
    "MemberSink",
    "MemberTable",
    "Source",
    "clean_name",
    "digest_of_source",
    "is_sha512_name",
    "is_unsafe_name",
    "open_content",
    "passes_once",
    "source_name",
    "source_size",
    "source_stamp",
    "split_part_hint",
]

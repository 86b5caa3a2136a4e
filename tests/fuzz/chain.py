"""What documents record, made true again after a change: every name, digest and size above it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tarmaker import Content

__all__ = ["Members", "documents", "edit_document", "put", "repair", "substitute"]

Members = tuple[tuple[str, "Content"], ...]

_BLOB: Final = re.compile(r"((?:.*/)?blobs/)(sha256|sha512)/([0-9a-f]+)")
_CONFIG: Final = re.compile(r"([0-9a-f]{64})\.json")
# Longer than any chain from a layer to the index.
_ROUNDS: Final = 8


def documents(members: Members) -> dict[int, Any]:
    """The JSON objects and arrays among the members, by position."""
    found: dict[int, Any] = {}
    for position, (_, content) in enumerate(members):
        if isinstance(content, bytes) and content[:1] in (b"{", b"["):
            try:
                found[position] = json.loads(content)
            except ValueError:
                continue
    return found


def put(members: Members, position: int, name: str, content: Content) -> Members:
    """Put another member in the place of one."""
    return (*members[:position], (name, content), *members[position + 1 :])


def edit_document(members: Members, position: int, value: Any) -> Members:
    """Give a member another document."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return put(members, position, members[position][0], text)


def substitute(value: Any, change: Callable[[Any], Any]) -> Any:
    """The document with `change` made of every value in it, the innermost first."""
    if isinstance(value, dict):
        value = {key: substitute(each, change) for key, each in value.items()}
    elif isinstance(value, list):
        value = [substitute(each, change) for each in value]
    return change(value)


def repair(members: Members) -> Members:
    """Rename what is misnamed after its bytes, and whoever names it, up to the roots."""
    for _ in range(_ROUNDS):
        fixes = _fixes(members)
        if not fixes:
            break
        members = tuple((fixes.get(name, (name,))[0], content) for name, content in members)
        by_digest = {old: (new, size) for _, old, new, size in fixes.values()}
        by_name = {name: new for name, (new, *_) in fixes.items()}
        for position, value in documents(members).items():
            changed = substitute(value, _Update(by_digest, by_name))
            if changed != value:
                members = edit_document(members, position, changed)
    return members


class _Update:
    """Descriptors of what was renamed, and other texts that are its name."""

    def __init__(self, by_digest: dict[str, tuple[str, int]], by_name: dict[str, str]) -> None:
        self._by_digest = by_digest
        self._by_name = by_name

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._by_name.get(value, value)
        if isinstance(value, dict) and isinstance(value.get("digest"), str):
            digest, size = self._by_digest.get(value["digest"], (None, 0))
            if digest is not None:
                return {**value, "digest": digest, "size": size}
        return value


def _fixes(members: Members) -> dict[str, tuple[str, str, str, int]]:
    """Each misnamed member: its name to be, the digest that it claims, the true one, the size."""
    fixes: dict[str, tuple[str, str, str, int]] = {}
    for name, content in members:
        if not isinstance(content, bytes):
            continue
        if match := _BLOB.fullmatch(name):
            folder, algorithm, claimed = match.groups()
            true = hashlib.new(algorithm, content).hexdigest()
            if true != claimed:
                new = f"{folder}{algorithm}/{true}"
                old = f"{algorithm}:{claimed}"
                fixes[name] = (new, old, f"{algorithm}:{true}", len(content))
        elif match := _CONFIG.fullmatch(name):
            true = hashlib.sha256(content).hexdigest()
            if true != match[1]:
                fixes[name] = (f"{true}.json", f"sha256:{match[1]}", f"sha256:{true}", len(content))
    return fixes

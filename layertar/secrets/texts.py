"""Texts: secrets in what a config records: settings, labels, and commands of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.secrets.scanner import scan
from layertar.secrets.settings import find_commands, find_settings, find_urls, is_secret_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["scan_setting", "scan_text"]


def scan_setting(name: str, value: str) -> tuple[str, ...]:
    """Return the names of the kinds of secrets in one setting: of `Env`, or a label.

    A name that says so counts where the value is of no kind that has a pattern.
    """
    data = _encode(value)
    kinds = {kind for _, kind in _find_patterned(data)}
    if not kinds and is_secret_setting(_encode(name), data):
        return ("secret-setting",)
    return tuple(sorted(kinds))


def scan_text(text: str) -> tuple[str, ...]:
    """Return the names of the kinds of secrets in a command line: an entry of the history."""
    data = b" " + _encode(text)
    found = dict(_find_patterned(data))
    for at, kind in (*find_settings(data), *find_commands(data)):
        found.setdefault(at, kind)
    return tuple(sorted(set(found.values())))


def _find_patterned(data: bytes) -> Iterator[tuple[int, str]]:
    for sighting in scan(data):
        yield sighting.offset, sighting.kind
    yield from find_urls(data)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")

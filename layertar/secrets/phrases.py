"""Phrases: secrets that stand behind words which nothing else stands behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.values import is_varied
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Pattern

__all__ = ["PHRASE_REACH", "find_phrases"]

#: Bytes from a phrase's begin within which its value ends.
PHRASE_REACH = 512


class _Phrase(NamedTuple):
    """Words and the value behind them.

    Attributes:
        kind: the name of its kind.
        words: what is looked for.
        pattern: what follows the words, with the value as its group.
    """

    kind: str
    words: bytes
    pattern: Pattern[bytes]


_AWS = regex(rb"[\"']?[ \t]{0,8}[:=>][ \t]{0,8}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])")

# What all who use Azure's storage emulator have; it is documented.
_EMULATOR = b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"

_PHRASES = (
    _Phrase("aws-secret-access-key", b"secret_access_key", _AWS),
    _Phrase("aws-secret-access-key", b"SECRET_ACCESS_KEY", _AWS),
    _Phrase("aws-secret-access-key", b"ecretAccessKey", _AWS),
    _Phrase("azure-storage-key", b"AccountKey=", regex(rb"([A-Za-z0-9+/]{86}==)")),
    _Phrase("azure-shared-access-key", b"SharedAccessKey=",
            regex(rb"([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")),
    _Phrase("slack-webhook", b"hooks.slack.com/services/",
            regex(rb"(T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{20,30})(?![A-Za-z0-9])")),
    _Phrase("kubeconfig-client-key", b"client-key-data",
            regex(rb"[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?(LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,400})")),
)  # fmt: skip


def find_phrases(data: bytes) -> Iterator[tuple[int, str]]:
    """Find each value behind a phrase in `data`: where it begins, and the name of its kind."""
    for phrase in _PHRASES:
        words = phrase.words
        at = data.find(words)
        while at >= 0:
            behind = at + len(words)
            match = phrase.pattern.match(data, behind, behind + PHRASE_REACH)
            if match is not None and is_varied(match[1]) and not match[1].startswith(_EMULATOR):
                yield match.start(1), phrase.kind
            at = data.find(words, behind)

"""Tokens: secrets that are one long word with a documented beginning.

All of these have at least twenty letters, digits, hyphens and underscores in a row, which is what
makes looking for them cheap: `scanner` finds such words, and here it is told whether one begins a
token. A word that has other such characters before it begins none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.keys import is_key
from layertar.secrets.values import decode_base64, has_checksum, is_varied
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Match, Pattern

__all__ = ["BEGINNINGS", "DOTTED", "TOKEN_REACH", "judge_dotted", "judge_word"]

#: Bytes from a word's begin within which it is judged.
TOKEN_REACH = 4096

_LEADING = 3  # bytes by which a word is known to be worth a look


class _Token(NamedTuple):
    """One form of token.

    Attributes:
        kind: the name of its kind.
        beginnings: what it may begin with; three bytes each.
        pattern: the whole token.
        holds: whether a match of the pattern is one indeed.
    """

    kind: str
    beginnings: tuple[bytes, ...]
    pattern: Pattern[bytes]
    holds: Callable[[Match[bytes]], bool]


def _varied(match: Match[bytes]) -> bool:
    return is_varied(match[1])


def _checked(match: Match[bytes]) -> bool:
    return has_checksum(match[1])


def _is_signed_token(match: Match[bytes]) -> bool:
    """Whether the first part says how a token is signed; and it is no example of many docs."""
    header = decode_base64(match[1].translate(_STANDARD))
    return (
        header.startswith(b"{")
        and b'"alg"' in header
        and b'"none"' not in header
        and not match[2].startswith(_EXAMPLE_PAYLOADS)
        and is_varied(match[3], 16)
    )


def _is_encoded_key(match: Match[bytes]) -> bool:
    text = decode_base64(match[0])
    line = _FIRST_LINE.match(text)
    return line is not None and is_key(text, line.end())


_FIRST_LINE = regex(rb"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----")
_STANDARD = bytes.maketrans(b"-_", b"+/")
# {"sub":"1234567890" of jwt.io, and {"some":"payload"} of PyJWT's description, which is installed.
_EXAMPLE_PAYLOADS = (b"eyJzdWIiOiIxMjM0NTY3ODkwIi", b"eyJzb21lIjoicGF5bG9hZCJ9")

_TOKENS = (
    _Token("github-token", (b"ghp", b"gho", b"ghu", b"ghs", b"ghr"),
           regex(rb"gh[pousr]_([A-Za-z0-9]{36})(?![A-Za-z0-9])"), _checked),
    _Token("github-token", (b"ghr",), regex(rb"ghr_([A-Za-z0-9]{76})(?![A-Za-z0-9])"), _varied),
    _Token("github-token", (b"git",),
           regex(rb"github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])"), _varied),
    _Token("gitlab-token",
           (b"glp", b"gld", b"glr", b"glc", b"glf", b"gli", b"gls", b"gla", b"glo"),
           regex(rb"gl(?:pat|ptt|dt|rt|cbt|ft|fft|ffct|imt|soat|agent|oas)-([A-Za-z0-9_-]{20,})"),
           _varied),
    _Token("slack-token", (b"xox",),
           regex(rb"xox[abeoprs]-((?:[0-9]-)?[0-9A-Za-z]{8,}-[0-9A-Za-z-]{16,})"), _varied),
    _Token("slack-token", (b"xap",),
           regex(rb"xapp-([0-9]-[A-Z0-9]{9,}-[0-9]{9,}-[a-f0-9]{64})"), _varied),
    _Token("stripe-key", (b"sk_", b"rk_"), regex(rb"[rs]k_live_([A-Za-z0-9]{24,})"), _varied),
    _Token("npm-token", (b"npm",), regex(rb"npm_([A-Za-z0-9]{36})(?![A-Za-z0-9])"), _checked),
    # A macaroon of version 2 that names pypi.org or test.pypi.org.
    _Token("pypi-token", (b"pyp",),
           regex(rb"pypi-(AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,})"), _varied),
    _Token("docker-hub-token", (b"dck",),
           regex(rb"dckr_[po]at_([A-Za-z0-9_-]{27,})"), _varied),
    _Token("anthropic-api-key", (b"sk-",),
           regex(rb"sk-ant-(?:api|admin|oat)[0-9]{2}-([A-Za-z0-9_-]{80,})"), _varied),
    # The eight letters are "OpenAI".
    _Token("openai-api-key", (b"sk-",),
           regex(rb"sk-(?:[a-z]{4,12}-)?([A-Za-z0-9_-]{20,180}?T3BlbkFJ[A-Za-z0-9_-]{20,})"),
           _varied),
    _Token("google-api-key", (b"AIz",), regex(rb"AIza([A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])"),
           _varied),
    _Token("google-oauth-secret", (b"GOC",),
           regex(rb"GOCSPX-([A-Za-z0-9_-]{28})(?![A-Za-z0-9_-])"), _varied),
    _Token("twilio-api-key", tuple(b"SK%c" % digit for digit in b"0123456789abcdef"),
           regex(rb"SK([0-9a-f]{32})(?![A-Za-z0-9_-])"), _varied),
    # Their alphabet is that of base32.
    _Token("aws-access-key-id", (b"AKI", b"ASI"),
           regex(rb"(?:AKIA|ASIA)([A-Z2-7]{16})(?![A-Za-z0-9_-])"), _varied),
    _Token("hugging-face-token", (b"hf_",), regex(rb"hf_([A-Za-z]{34})(?![A-Za-z0-9_-])"),
           _varied),
    _Token("digitalocean-token", (b"doo", b"dop", b"dor"),
           regex(rb"do[opr]_v1_([a-f0-9]{64})(?![A-Za-z0-9])"), _varied),
    _Token("age-secret-key", (b"AGE",),
           regex(rb"AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})(?![A-Za-z0-9])"), _varied),
    _Token("json-web-token", (b"eyJ",),
           regex(rb"(eyJ[A-Za-z0-9_-]{15,1000})\.(eyJ[A-Za-z0-9_-]{12,2500})"
                 rb"\.([A-Za-z0-9_-]{40,400})"),
           _is_signed_token),
    # "-----BEGIN", and more behind it, in base64.
    _Token("private-key", (b"LS0",),
           regex(rb"(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,4000}"),
           _is_encoded_key),
)  # fmt: skip

_DOTTED_TOKENS = (
    (b"hv", "vault-token", regex(rb"(?<![A-Za-z0-9_-])hv[sbr]\.([A-Za-z0-9_-]{24,})"), 4),
    (
        b"SG",
        "sendgrid-api-key",
        regex(rb"(?<![A-Za-z0-9_-])SG\.([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
        3,
    ),
    (b".a", "terraform-token", regex(rb"\.atlasv1\.([A-Za-z0-9_-]{60,})"), 9),
)

#: What a word's first three bytes are if it may begin a token.
BEGINNINGS: dict[bytes, tuple[_Token, ...]] = {
    beginning: tuple(token for token in _TOKENS if beginning in token.beginnings)
    for beginning in sorted({each for token in _TOKENS for each in token.beginnings})
}

#: The last two bytes before a word that may be the rest of a token.
DOTTED = frozenset({b"s.", b"b.", b"r.", b"G.", b"1."})


def judge_word(data: bytes, start: int) -> str | None:
    """Return the name of the kind of token that the word at `start` begins; `None` for none."""
    for token in BEGINNINGS.get(data[start : start + _LEADING], ()):
        match = token.pattern.match(data, start, start + TOKEN_REACH)
        if match is not None and token.holds(match):
            return token.kind
    return None


def judge_dotted(data: bytes, start: int) -> tuple[int, str] | None:
    """Return the token that the word at `start`, behind a dot, is part of, and where it begins."""
    for beginning, kind, pattern, length in _DOTTED_TOKENS:
        begin = start - length
        if begin < 0 or not data.startswith(beginning, begin):
            continue
        match = pattern.match(data, begin, begin + TOKEN_REACH)
        if match is not None and is_varied(match[1]):
            return begin, kind
    return None

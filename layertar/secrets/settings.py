"""Settings: secrets that are known by the name before them, or by being said to a command.

Of the environment, labels and commands that a config records, and of files that hold nothing but
settings. In other files such names stand before everything else: parameters, types, examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.values import decode_base64, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_commands", "find_settings", "find_urls", "is_secret_setting"]

_SECRET_NAME = regex(
    rb"(?i)(?:pass(?:word|wd|phrase)|secret|token|credentials?|"
    rb"(?:api|access|account|auth|encryption|master|private|secret|signing)[_.-]?key)[0-9]{0,3}\Z"
)
_TOKEN_NAME = regex(rb"(?i)token[0-9]{0,3}\Z")
# A switch or a limit whose name ends so: MYSQL_RANDOM_ROOT_PASSWORD, MAX_TOKEN.
_SWITCH_NAME = regex(rb"(?i)(?:allow|enable|disable|empty|random|require|use|no|public)[_.-]")
_PLACE = regex(rb"\A[\"']?(?:/|\./|[a-z][a-z0-9+.-]{1,20}://)")

_ASSIGNMENT = regex(
    rb"(?:^|(?<=[\s;&|\"'(,]))([A-Za-z_][A-Za-z0-9_.-]{0,100})="
    rb"(\"[^\"\n]{0,1000}\"|'[^'\n]{0,1000}'|[^\s;&|\"']{1,1000})"
)
_URL = regex(
    rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>`]{0,128}:([^\s/@\"'<>`]{1,256})@"
    rb"([A-Za-z0-9\[][A-Za-z0-9.:-]{0,255})"
)
_EXAMPLE_HOST = regex(rb"(?i)(?:[a-z0-9.-]*\.)?(?:example(?:\.(?:com|net|org))?|host(?:name)?)\Z")
_BASIC = regex(rb"(?i)authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?basic\s{1,4}"
               rb"([A-Za-z0-9+/]{8,512}={0,2})")  # fmt: skip
_CURL_USER = regex(rb"\scurl(?=\s)[^\n;|]{0,400}?\s(?:-u|--user)[ =]?[\"']?"
                   rb"[^\s:\"']{1,128}:([^\s\"']{1,256})")  # fmt: skip
_FLAG = regex(
    rb"\s--?(?:password|passwd|token|secret|api-?key)[ =][\"']?([^\s\"'-][^\s\"']{0,255})"
)


def is_secret_setting(name: bytes, value: bytes) -> bool:
    """Whether a setting's name says that its value is secret, and the value is one."""
    if _SECRET_NAME.search(name) is None or _SWITCH_NAME.search(name) is not None:
        return False
    if is_placeholder(value) or _PLACE.match(value) is not None:
        return False
    return not (value.strip(b"\"'").isdigit() and _TOKEN_NAME.search(name) is not None)


def find_settings(data: bytes) -> Iterator[tuple[int, str]]:
    """Find each value that is assigned to a secret's name: where it begins, and its kind."""
    for match in _ASSIGNMENT.finditer(data):
        if is_secret_setting(match[1], match[2]):
            yield match.start(2), "secret-setting"


def find_urls(data: bytes) -> Iterator[tuple[int, str]]:
    """Find each URL with a password in it: where the password begins, and its kind."""
    for match in _URL.finditer(data):
        host = match[2].partition(b":")[0]
        if not is_placeholder(match[1]) and _EXAMPLE_HOST.match(host) is None:
            yield match.start(1), "url-password"


def find_commands(data: bytes) -> Iterator[tuple[int, str]]:
    """Find what is said to a command: a header, a user, an option."""
    for match in _BASIC.finditer(data):
        if not is_placeholder(decode_base64(match[1]).partition(b":")[2]):
            yield match.start(1), "basic-auth"
    for match in _CURL_USER.finditer(data):
        if not is_placeholder(match[1]):
            yield match.start(1), "basic-auth"
    for match in _FLAG.finditer(data):
        if not is_placeholder(match[1]):
            yield match.start(1), "secret-setting"

"""Files: those whose names say that they hold a login, and what it stands behind in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.settings import find_settings, find_urls
from layertar.secrets.values import decode_base64, is_placeholder
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from re import Pattern

    Finder = Callable[[bytes], Iterator[tuple[int, str]]]

__all__ = ["finders_of"]


class _Form(NamedTuple):
    """How a file writes a login.

    Attributes:
        kind: the name of its kind.
        pattern: what stands around the value, its group; within a line or two.
        is_pair: whether the value is base64 of a user, a colon and a password.
    """

    kind: str
    pattern: Pattern[bytes]
    is_pair: bool = False

    def find(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Find each value: where it begins, and the name of its kind."""
        for match in self.pattern.finditer(data):
            value = match[1]
            if self.is_pair:
                value = decode_base64(value).partition(b":")[2]
            if not is_placeholder(value):
                yield match.start(1), self.kind


_REGISTRY = (
    _Form("registry-auth", regex(rb'"auth"\s{0,8}:\s{0,8}"([A-Za-z0-9+/]{4,8000}={0,2})"'),
          is_pair=True).find,
    _Form("registry-auth", regex(rb'"(?:identitytoken|registrytoken|password)"\s{0,8}:\s{0,8}'
                                 rb'"([^"\n]{4,8000})"')).find,
)  # fmt: skip
_NETRC = (_Form("netrc-password", regex(rb"(?<!\S)password\s{1,8}(\S{1,1000})")).find,)
_PGPASS = (
    _Form("pgpass-password",
          regex(rb"(?m)^(?![#\s])(?:(?:[^:\\\n]|\\.){1,255}:){4}([^\n]{1,1000})")).find,
)  # fmt: skip
_NPMRC = (
    _Form("npm-auth", regex(rb"(?m)^[^#;\n]{0,400}?_(?:authToken|auth|password)[ \t]{0,4}="
                            rb"[ \t]{0,4}\"?([^\s\"]{1,4000})")).find,
)  # fmt: skip
_YARNRC = (
    _Form("npm-auth", regex(rb"(?m)^[ \t]{0,40}npmAuth(?:Token|Ident):[ \t]{0,4}"
                            rb"[\"']?([^\s\"']{1,4000})")).find,
)  # fmt: skip
_LINE = rb"(?m)^[ \t]{0,40}%b[ \t]{0,8}[:=][ \t]{0,8}([^\n]{1,1000})"
_PYPIRC = (_Form("pypirc-password", regex(_LINE % b"password")).find, find_urls)
_MYSQL = (_Form("mysql-password", regex(_LINE % b"password")).find,)
_KUBECONFIG = (
    _Form("kubeconfig-token", regex(rb"(?m)^[ \t-]{0,40}\"?token\"?:[ \t]{0,4}\"?"
                                    rb"([^\s\"]{16,8000})")).find,
)  # fmt: skip
_URLS = (find_urls,)
_DOTENV = (find_settings, find_urls)

_BY_NAME: dict[bytes, tuple[Finder, ...]] = {
    b".dockerconfigjson": _REGISTRY,
    b".dockercfg": _REGISTRY,
    b".netrc": _NETRC,
    b"_netrc": _NETRC,
    b".pgpass": _PGPASS,
    b"pgpass.conf": _PGPASS,
    b".npmrc": _NPMRC,
    b"npmrc": _NPMRC,
    b".yarnrc.yml": _YARNRC,
    b".pypirc": _PYPIRC,
    b".my.cnf": _MYSQL,
    b".mylogin.cnf": _MYSQL,
    b"kubeconfig": _KUBECONFIG,
    b"admin.conf": _KUBECONFIG,
    b"kubelet.conf": _KUBECONFIG,
    b".git-credentials": _URLS,
    b".gitconfig": _URLS,
    b".curlrc": _URLS,
    b".wgetrc": _URLS,
    b".condarc": _URLS,
    b"pip.conf": _URLS,
    b"pip.ini": _URLS,
    b"sources.list": _URLS,
    b".env": _DOTENV,
    b".env.local": _DOTENV,
    b".env.prod": _DOTENV,
    b".env.production": _DOTENV,
    b".envrc": _DOTENV,
}  # fmt: skip
# Names that are everyday in other directories.
_BY_TWO_NAMES: dict[bytes, tuple[Finder, ...]] = {
    b".docker/config.json": _REGISTRY,
    b"containers/auth.json": _REGISTRY,
    b".kube/config": _KUBECONFIG,
    b".git/config": _URLS,
    b"git/credentials": _URLS,
    b"apt/auth.conf": _NETRC,
}
_APT_LOGINS = b"apt/auth.conf.d/"


def finders_of(path: bytes) -> tuple[Finder, ...]:
    """Return what looks for the logins of a file at `path`, of whatever directory it is in."""
    directory, _, name = path.rpartition(b"/")
    found = _BY_NAME.get(name)
    if found is None:
        parent = directory.rpartition(b"/")[2]
        found = _BY_TWO_NAMES.get(b"%b/%b" % (parent, name))
    if found is None and directory.endswith(_APT_LOGINS[:-1]):
        found = _NETRC
    return found or ()

"""References: names of images, such as `docker.io/library/busybox:latest`.

The grammar and the defaults are those of distribution/reference, which Docker, containerd and
podman share. Names stay as recorded everywhere; what is added here serves comparison alone.
"""

from __future__ import annotations

from layertar.regex import regex
from layertar.value import NamedTuple

__all__ = ["familiar", "is_full", "is_reference", "normalise", "repository"]

_DEFAULT_HOST = "docker.io"
_LEGACY_HOST = "index.docker.io"
_DEFAULT_REPOSITORY = "library/"
_DEFAULT_TAG = "latest"
_MAX_REPOSITORY = 255
# Of repository, tag and digest; whatever is longer is not even matched.
_MAX_REFERENCE = 1024

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = regex(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = regex(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST = regex(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_IMAGE_ID = regex(r"[a-f0-9]{64}")


class _Parts(NamedTuple):
    host: str
    path: str
    tag: str | None
    digest: str | None


def _is_host(component: str) -> bool:
    """Whether the first component of a name is a host, by the rule of `docker pull`."""
    looks_so = "." in component or ":" in component or component == "localhost"
    # A path has no capitals, a host may.
    return looks_so or component != component.lower()


def _parse(name: str) -> _Parts | None:
    if len(name) > _MAX_REFERENCE or _IMAGE_ID.fullmatch(name):
        return None
    rest, at, digest = name.partition("@")
    # A colon in the last component is the tag's; one before it is the port's.
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    repository = head + slash + last
    host, slash, path = repository.partition("/")
    if not slash or not _is_host(host):
        host, path = _DEFAULT_HOST, repository
    if host == _LEGACY_HOST:
        host = _DEFAULT_HOST
    if host == _DEFAULT_HOST and "/" not in path:
        path = _DEFAULT_REPOSITORY + path
    is_well_formed = (
        _HOST.fullmatch(host)
        and _PATH.fullmatch(path)
        and len(f"{host}/{path}") <= _MAX_REPOSITORY
        and (not colon or _TAG.fullmatch(tag))
        and (not at or _DIGEST.fullmatch(digest))
    )
    if not is_well_formed:
        return None
    return _Parts(host, path, tag if colon else None, digest if at else None)


def is_reference(name: str) -> bool:
    """Whether `name` is a reference, complete or in the short form that Docker shows."""
    return _parse(name) is not None


def is_full(name: str) -> bool:
    """Whether `name` is a reference that says more than a tag.

    `latest` and `3.12` could be repositories, and are tags where layouts record them.
    """
    return any(mark in name for mark in "/:@") and is_reference(name)


def normalise(name: str) -> str:
    """Complete a reference with host, `library/` and `:latest`, to compare it with others.

    What is no reference stays as it is.
    """
    parts = _parse(name)
    if parts is None:
        return name
    tag, digest = parts.tag, parts.digest
    if tag is None and digest is None:
        tag = _DEFAULT_TAG
    return "".join(
        (
            f"{parts.host}/{parts.path}",
            "" if tag is None else f":{tag}",
            "" if digest is None else f"@{digest}",
        )
    )


def repository(name: str, *, tagged: bool = False) -> str | None:
    """Complete the repository of a reference, to compare it with others.

    Returns:
        The repository with its host; `None` for what is no reference, or for one with a tag or
        digest unless `tagged` allows it.
    """
    parts = _parse(name)
    if parts is None or not (tagged or (parts.tag is None and parts.digest is None)):
        return None
    return f"{parts.host}/{parts.path}"


def familiar(name: str) -> str:
    """Shorten a complete reference as Docker shows it: without its default host and `library/`.

    What is no reference stays as it is (distribution/reference, FamiliarString).
    """
    full = normalise(name)
    if full == name and _parse(name) is None:
        return name
    short = full.removeprefix(f"{_DEFAULT_HOST}/")
    bare = short.removeprefix(_DEFAULT_REPOSITORY)
    return bare if short != full and "/" not in bare else short

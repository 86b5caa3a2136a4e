"""Read a lock file back, strictly: a key that is mistyped must not pin less in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import ArgumentError, DigestError
from layertar.findings.pinned import Lock, LockedArchive, LockedImage
from layertar.report.lock_v1 import SCHEMA_VERSION, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["parse_lock"]

_TOP = ("schema_version", "archive")
_ARCHIVE = ("name", "digest", "image")
_IMAGE = ("names", "platform", "manifest", "index", "image_id", "diff_ids")


def parse_lock(raw: bytes) -> Lock:
    """Read what `layertar lock` has written, or a person in its form.

    Raises:
        ArgumentError: it is no lock, one of another version, or pins nothing of something.
    """
    # Only who has a lock needs it.
    import tomllib  # noqa: PLC0415

    try:
        document: Mapping[str, object] = tomllib.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise _wrong("", f"is no TOML: {error}") from error
    version = document.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise _wrong("schema_version", f"is not {SCHEMA_VERSION}, the one that this version reads")
    _check_keys(document, _TOP, "")
    archives: dict[str, LockedArchive] = {}
    for position, table in enumerate(_tables(document, "archive", "")):
        archive = _archive(table, f"archive {position}")
        if archive.name in archives:
            raise _wrong(f"archive {position}", f"has the name {archive.name!r} a second time")
        archives[archive.name] = archive
    return Lock(tuple(archives.values()))


def _archive(table: Mapping[str, object], where: str) -> LockedArchive:
    _check_keys(table, _ARCHIVE, where)
    name = _text(table, "name", where)
    if not name:
        raise _wrong(where, "has no name")
    images = _tables(table, "image", where)
    archive = LockedArchive(
        name=name,
        digest=_digest(table, "digest", where),
        images=tuple(
            _image(image, f"{where}, image {position}") for position, image in enumerate(images)
        ),
    )
    if archive.digest is None and not archive.images:
        raise _wrong(where, "pins nothing: it has neither a digest nor an image")
    return archive


def _image(table: Mapping[str, object], where: str) -> LockedImage:
    _check_keys(table, _IMAGE, where)
    names, diff_ids = _texts(table, "names", where), _texts(table, "diff_ids", where)
    image = LockedImage(
        names=None if names is None else tuple(sorted(names)),
        platform=_text(table, "platform", where),
        manifest=_digest(table, "manifest", where),
        index=_digest(table, "index", where),
        image_id=_digest(table, "image_id", where),
        diff_ids=None
        if diff_ids is None
        else tuple(
            None if each == UNKNOWN else _as_digest(each, f"{where}, diff_ids") for each in diff_ids
        ),
    )
    if image.manifest is None and image.image_id is None and image.diff_ids is None:
        raise _wrong(where, "pins nothing: it has none of manifest, image_id and diff_ids")
    return image


def _check_keys(table: Mapping[str, object], known: Collection[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise _wrong(where, f"has a key {key!r}; there are {', '.join(known)}")


def _tables(table: Mapping[str, object], key: str, where: str) -> list[Mapping[str, object]]:
    found = table.get(key, [])
    if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
        raise _wrong(where, f"{key} is no array of tables")
    return found


def _text(table: Mapping[str, object], key: str, where: str) -> str | None:
    found = table.get(key)
    if found is not None and not isinstance(found, str):
        raise _wrong(where, f"{key} is no string")
    return found


def _texts(table: Mapping[str, object], key: str, where: str) -> list[str] | None:
    found = table.get(key)
    if found is None:
        return None
    if not (isinstance(found, list) and all(isinstance(each, str) for each in found)):
        raise _wrong(where, f"{key} is no array of strings")
    return found


def _digest(table: Mapping[str, object], key: str, where: str) -> Digest | None:
    text = _text(table, key, where)
    return None if text is None else _as_digest(text, f"{where}, {key}")


def _as_digest(text: str, where: str) -> Digest:
    try:
        return Digest.parse(text)
    except DigestError as error:
        raise _wrong(where, str(error)) from error


def _wrong(where: str, reason: str) -> ArgumentError:
    return ArgumentError(f"the lock{': ' if where else ' '}{where}{' ' if where else ''}{reason}")

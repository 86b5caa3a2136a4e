"""What a damaged archive must be told, worked out without layertar.

Plain `hashlib`, `json`, `tarfile` and the compression libraries, over archives that are small and
honest but for one member. The rules are those of formats.md 6 (what binds what) and 8 (which
finding is told, which only follows from it).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import zstandard

from tests.tarmaker import Content, Directory, Hardlink, Symlink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "OTHER_SHAPES",
    "Absence",
    "Archive",
    "Members",
    "Use",
    "inflate",
    "read_members",
    "sha256_hex",
]

Members = tuple[tuple[str, Content], ...]

# Fixtures of a shape that neither the oracle nor the model knows.
OTHER_SHAPES = {
    "apko.tar",
    "podman-docker-dir.dir.tar",
    "registry-2.8.dir.tar",
    "skopeo-dir.dir.tar",
    "skopeo-dir-schema1.dir.tar",
}

_IMAGE_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
_DIGEST_NAME = re.compile(r"(?:.*/)?(?:sha256:)?([0-9a-f]{64})(?:\.json)?")
_HOPS = 8


class Use(NamedTuple):
    """A document's word on a blob: `role` is index, manifest, config, layer or blob."""

    role: str
    document: str
    descriptor: dict[str, Any]
    is_image: bool = False

    @property
    def name(self) -> str:
        """The member that should hold it."""
        return f"blobs/{self.descriptor.get('digest', '').replace(':', '/')}"


class Absence(NamedTuple):
    """Something that is due and not here; `key` is what those who miss the same have in common."""

    key: str
    rule: str
    document: str


class Node(NamedTuple):
    """What one descriptor leads to: here or not, whole, or only a manifest, and what is due."""

    is_present: bool
    is_complete: bool
    is_hollow: bool
    due: tuple[Absence, ...]


def read_members(path: Path) -> Members:
    """The members of a tar, wrapped or not, in its order."""
    found: list[tuple[str, Content]] = []
    with tarfile.open(path) as tar:
        for info in tar:
            if info.isdir():
                found.append((info.name, Directory()))
            elif info.issym():
                found.append((info.name, Symlink(info.linkname)))
            elif info.islnk():
                found.append((info.name, Hardlink(info.linkname)))
            else:
                file = tar.extractfile(info)
                assert file is not None
                found.append((info.name, file.read()))
    return tuple(found)


def inflate(stored: bytes) -> bytes | str:
    """The bytes within, or why they cannot be had: `corrupt` or `truncated`."""
    out, rest = io.BytesIO(), stored
    while rest:
        if rest[:3] == b"\x1f\x8b\x08":
            gzip = zlib.decompressobj(31)
            try:
                out.write(gzip.decompress(rest) + gzip.flush())
            except zlib.error:
                return "corrupt"
            is_whole, rest = gzip.eof, gzip.unused_data
        elif rest[:4] == b"\x28\xb5\x2f\xfd" or rest[1:4] == b"\x2a\x4d\x18":
            zstd = zstandard.ZstdDecompressor().decompressobj()
            try:
                out.write(zstd.decompress(rest))
            except zstandard.ZstdError:
                return "corrupt"
            is_whole, rest = zstd.eof, zstd.unused_data
        else:
            # Plain bytes, or what trails a compressed stream: no part of what is within.
            return out.getvalue() if rest is not stored else stored
        if not is_whole:
            return "truncated"
    return out.getvalue()


class Archive:
    """An archive's members, and what its documents record of them."""

    def __init__(self, members: Members) -> None:
        self.files: dict[str, bytes] = {}
        self._links: dict[str, str] = {}
        self._shared: set[str] = set()
        for recorded, content in members:
            name = recorded.removeprefix("./")
            match content:
                case bytes():
                    self.files[name] = content
                case Symlink(target):
                    self._links[name] = _joined(name, target)
                case Hardlink(target):
                    self._links[name] = target

    def resolve(self, name: str) -> str:
        """The name that `name` leads to, through links."""
        for _ in range(_HOPS):
            if name in self.files or name not in self._links:
                return name
            name = self._links[name]
        return name

    def document(self, name: str) -> Any:
        """The JSON that a member begins with; `None` where it begins with none."""
        try:
            return json.JSONDecoder().raw_decode(self.files.get(name, b"").decode().lstrip())[0]
        except ValueError:
            return None

    def docker_items(self) -> list[dict[str, Any]]:
        """The entries of `manifest.json`."""
        found = self.document("manifest.json")
        return found if isinstance(found, list) else []

    def docker_configs(self) -> dict[str, str | None]:
        """Each config that a docker view names, with the digest in its name."""
        found: dict[str, str | None] = {}
        for item in self.docker_items():
            match = _DIGEST_NAME.fullmatch(item["Config"])
            found[self.resolve(item["Config"])] = match[1] if match else None
        return found

    def docker_layers(self) -> dict[str, str]:
        """Each layer that a docker view names, with its diff_id."""
        found: dict[str, str] = {}
        for item in self.docker_items():
            config = self.document(self.resolve(item["Config"])) or {}
            diff_ids = config.get("rootfs", {}).get("diff_ids", [])
            for path, diff_id in zip(item["Layers"], diff_ids, strict=True):
                found[self.resolve(path)] = diff_id
        return found

    def uses(self) -> list[Use]:
        """Every descriptor that `index.json` leads to, blob by blob."""
        return list(self._uses("index.json", set()))

    def _uses(self, document: str, seen: set[str]) -> Iterator[Use]:
        if document in seen:
            return
        seen.add(document)
        for entry in (self.document(document) or {}).get("manifests") or []:
            use = Use(_role(entry), document, entry)
            yield use
            if use.role == "index":
                yield from self._uses(use.name, seen)
            elif use.role == "manifest" and use.name not in seen:
                seen.add(use.name)
                yield from self._contents(use)

    def _contents(self, manifest: Use) -> Iterator[Use]:
        found = self.document(manifest.name) or {}
        config, layers = found.get("config"), found.get("layers") or []
        is_image = _is_image(manifest.descriptor, config, layers)
        if config:
            yield Use("config", manifest.name, config, is_image)
        for layer in layers:
            yield Use("layer", manifest.name, layer, is_image)

    def is_here(self, use: Use) -> bool:
        """Whether a blob is a member or embedded."""
        return self.resolve(use.name) in self.files or "data" in use.descriptor

    def absences(self) -> tuple[Absence, ...]:
        """What is due and not here, each once (formats.md 2.5)."""
        self._shared = self._names_of_whole()
        due = list(self._node(Use("index", "", {}), "index.json").due)
        for item in self.docker_items():
            paths = [(item["Config"], "docker-config-missing")]
            paths += [(path, "docker-layer-missing") for path in item["Layers"]]
            for path, rule in paths:
                target = self.resolve(path)
                if target not in self.files:
                    due.append(Absence(target, rule, "manifest.json"))
        once: dict[str, Absence] = {}
        for absence in due:
            once.setdefault(absence.key, absence)
        return tuple(once.values())

    def _names_of_whole(self) -> set[str]:
        """What belongs to manifests of which everything is here."""
        found: set[str] = set()
        for use in self.uses():
            contents = list(self._contents(use)) if use.role == "manifest" else []
            if all(self.is_here(each) for each in contents):
                found.update(each.name for each in contents)
        return found

    def _node(self, use: Use, name: str) -> Node:
        if name not in self.files:
            return Node(is_present=False, is_complete=False, is_hollow=False, due=())
        if use.role == "manifest":
            return self._manifest_node(use)
        entries = (self.document(name) or {}).get("manifests") or []
        children = [Use(_role(entry), name, entry) for entry in entries]
        nodes = [(child, self._node(child, child.name)) for child in children]
        excuses = name != "index.json" and any(node.is_complete for _, node in nodes)
        due: list[Absence] = []
        for child, node in nodes:
            if excuses and (not node.is_present or node.is_hollow):
                continue
            if not node.is_present:
                # That nothing of an index is here is one thing; an attestation is its own.
                is_platform = child.role != "blob" and not _is_attestation(child.descriptor)
                due.append(Absence(name if is_platform else child.name, "blob-missing", name))
            due.extend(node.due)
        is_complete = any(node.is_complete for _, node in nodes)
        return Node(is_present=True, is_complete=is_complete, is_hollow=False, due=tuple(due))

    def _manifest_node(self, use: Use) -> Node:
        contents = list(self._contents(use))
        here = [self.is_here(each) for each in contents]
        is_image = any(each.is_image for each in contents)
        names = {each.name for each, is_here in zip(contents, here, strict=True) if is_here}
        return Node(
            is_present=True,
            is_complete=is_image and all(here),
            # Only the manifest was saved; what else is here is on something whole's account.
            is_hollow=not all(here) and names <= self._shared,
            due=tuple(
                Absence(each.name, "blob-missing", use.name)
                for each, is_here in zip(contents, here, strict=True)
                if not is_here
            ),
        )


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _joined(link: str, target: str) -> str:
    parts = link.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _role(entry: dict[str, Any]) -> str:
    media_type = entry.get("mediaType", "")
    if "image.index" in media_type or "manifest.list" in media_type:
        return "index"
    return "manifest" if "manifest" in media_type else "blob"


def _is_attestation(entry: dict[str, Any]) -> bool:
    platform = entry.get("platform") or {}
    annotations = entry.get("annotations") or {}
    return platform.get("os") == "unknown" or "vnd.docker.reference.type" in annotations


def _is_image(entry: dict[str, Any], config: Any, layers: list[dict[str, Any]]) -> bool:
    if _is_attestation(entry) or not config or config.get("mediaType") not in _IMAGE_CONFIGS:
        return False
    kinds = ("image.layer", "image.rootfs")
    return any(kind in layer.get("mediaType", "") for layer in layers for kind in kinds)

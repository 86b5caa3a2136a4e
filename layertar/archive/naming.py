"""What a tar or directory that holds no image is instead, told by its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.regex import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from layertar.members import MemberTable

__all__ = ["is_root_filesystem", "name_contents"]

_ROOT_DIRECTORIES = ("bin", "boot", "dev", "etc", "home", "lib", "opt", "proc", "root", "sbin",
                     "sys", "usr", "var")  # fmt: skip
# What lists images; a file of this name may hold something else.
_LISTS = ("index.json", "manifest.json", "repositories")
_ENOUGH = 3
_SHOWN = 5

_IMGPKG_LAYER = regex(r"sha256-[0-9a-f]{64}\.tar\.gz")
_RULES_DOCKER_LAYER = regex(r"[0-9]{3}\.(?:tar\.gz|tar|sha256)")
_HELM_CHART = regex(r"[^/]+/Chart\.yaml")
_NPM_PACKAGE = regex(r"package/package\.json")
_SOURCE_PACKAGE = regex(r"[^/]+/PKG-INFO")
_OVA = regex(r"[^/]+\.ovf")
_ARCHIVE = regex(r"\.(?:tar|tgz|tar\.(?:gz|zst|xz|bz2))$")
# Directories by which the storage of Docker and of podman is known.
_STORES = ("overlay2", "overlay-images", "vfs-images")
_SPARSE = regex(r"[0-9a-f]{64}\.descriptor\.json")


def is_root_filesystem(table: MemberTable) -> bool:
    """Whether the members are those of a root file system."""
    return len(_roots(_tops(table))) >= _ENOUGH


def _tops(table: MemberTable) -> list[str]:
    return list(dict.fromkeys(name.partition("/")[0] for name in table.names() if name))


def _roots(tops: list[str]) -> list[str]:
    return [name for name in _ROOT_DIRECTORIES if name in tops]


def _has(pattern: re.Pattern[str]) -> Callable[[MemberTable], bool]:
    return lambda table: any(pattern.fullmatch(name) for name in table.names())


def _holds(*names: str) -> Callable[[MemberTable], bool]:
    return lambda table: set(names) <= set(_tops(table))


# What is known by its members, the surest first: the test, and the clause.
_KINDS: tuple[tuple[Callable[[MemberTable], bool], str], ...] = (
    (_has(_IMGPKG_LAYER),
     "holds sha256-<digits>.tar.gz: a bundle of imgpkg or kbld, which imgpkg copy reads"),
    (_holds("sparse-oci-layout"),
     "holds sparse-oci-layout: a layout of rules_img without its layers; build the image's tar"),
    (_holds("root.descriptor.json"),
     "holds root.descriptor.json: a layout of rules_img without its layers; build the image's tar"),
    (_has(_SPARSE),
     "holds descriptors of layers: a layout of rules_img without its layers"),
    (_has(_RULES_DOCKER_LAYER),
     "holds numbered layers, as rules_docker keeps them while it builds, but not their manifest"),
    (lambda table: _holds("spec.dump")(table) or _holds("checkpoint", "config.dump")(table),
     "holds a container's checkpoint, not an image; podman container restore reads it"),
    (_holds("inventory.img"),
     "holds inventory.img: a checkpoint made by CRIU, not an image; criu restore reads it"),
    (_holds("config.json", "rootfs"),
     "holds config.json and rootfs/: an OCI runtime bundle or a Docker plugin, not an image"),
    (_holds("io.containerd.content.v1.content"),
     "holds the data directory of containerd, not an image; ctr images export writes images"),
    (lambda table: any(name in _STORES for name in _tops(table)),
     "holds the data directory of Docker or podman, not an image; save the images with them"),
    (_holds("metadata.yaml", "rootfs"),
     "holds metadata.yaml and rootfs/: an image of LXD or Incus; incus image import reads it"),
    (_has(_OVA), "holds an .ovf file: a virtual machine (OVA), not an image of a container"),
    (_holds("metadata.json", "box.img"), "holds box.img: a box of Vagrant, not an image"),
    (_holds("HEAD", "objects", "refs"), "holds HEAD and objects/: a repository of git"),
    (_holds("config", "objects", "refs"),
     "holds config and objects/: a repository of OSTree or Flatpak, not an image"),
    (_holds(".PKGINFO"), "holds .PKGINFO: a package of Alpine or Arch Linux, not an image"),
    (_holds("control", "md5sums"), "holds control: a part of a Debian package, not an image"),
    (lambda table: table.find("info/index.json") is not None,
     "holds info/index.json: a package of conda, not an image"),
    (_holds("metadata.gz", "data.tar.gz"), "holds metadata.gz: a gem of Ruby, not an image"),
    (_has(_HELM_CHART), "holds Chart.yaml: a Helm chart, not an image; helm install reads it"),
    (_has(_NPM_PACKAGE), "holds package/package.json: a package of npm, not an image"),
    (_has(_SOURCE_PACKAGE), "holds PKG-INFO: a source package of Python, not an image"),
)  # fmt: skip


def name_contents(table: MemberTable) -> str:
    """Say what an archive without any view holds, as one clause."""
    tops = _tops(table)
    roots = _roots(tops)
    if len(roots) >= _ENOUGH:
        shown = ", ".join(f"{name}/" for name in roots[:_ENOUGH])
        return f"holds {shown}: a root file system, not an image; docker save writes images"
    for is_kind, words in _KINDS:
        if is_kind(table):
            return words
    nested = next(
        (
            name
            for name in table.names()
            if name.endswith(("/index.json", "/manifest.json", "/oci-layout"))
            and not name.startswith("blobs/")
        ),
        None,
    )
    if nested is not None:
        below = nested.rpartition("/")[0]
        return f"holds no image at its top; {below}/ looks like a layout: pack what is in it"
    return _name_files(tops)


def _name_files(tops: list[str]) -> str:
    """Say what is at the top, where that is no kind of archive that has a name."""
    shown = ", ".join(tops[:_SHOWN]) + (", ..." if len(tops) > _SHOWN else "")
    if tops and all(_ARCHIVE.search(name) for name in tops):
        return f"holds archives, {shown}: unpack it and examine each"
    if "blobs" in tops:
        return "holds blobs/, but no index.json or manifest.json that says what they are"
    held = [name for name in _LISTS if name in tops]
    if held:
        return f"holds {' and '.join(held)}, from which no image could be read"
    return f"holds no index.json, manifest.json or repositories, but {shown or 'nothing'}"

"""What a tar or directory that holds no image is instead, told by its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertar.members import MemberTable

__all__ = ["name_contents"]

_ROOT_DIRECTORIES = ("bin", "boot", "dev", "etc", "home", "lib", "opt", "proc", "root", "sbin",
                     "sys", "usr", "var")  # fmt: skip
_ENOUGH = 3
_SHOWN = 5


def name_contents(table: MemberTable) -> str:
    """Say what an archive without any view holds, as one clause."""
    tops = list(dict.fromkeys(name.partition("/")[0] for name in table.names() if name))
    roots = [name for name in _ROOT_DIRECTORIES if name in tops]
    if len(roots) >= _ENOUGH:
        shown = ", ".join(f"{name}/" for name in roots[:_ENOUGH])
        return f"holds {shown}: a root file system, not an image; docker save writes images"
    if "config.json" in tops and "rootfs" in tops:
        return "holds config.json and rootfs/: an OCI runtime bundle or a plugin, not an image"
    if "spec.dump" in tops or "checkpoint" in tops:
        return "holds a container's checkpoint, not an image"
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
    if "blobs" in tops:
        return "holds blobs/, but no index.json or manifest.json that says what they are"
    shown = ", ".join(tops[:_SHOWN]) + (", ..." if len(tops) > _SHOWN else "")
    return f"holds no index.json, manifest.json or repositories, but {shown or 'nothing'}"

"""An image that has one of everything, made the same each time.

    python -m tests.rootfs.rich rich.tar rich-docker.tar

writes it as an OCI layout in a tar and as `docker save` does, for other programs to unpack.
"""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.builders import ImageRecipe, LayerRecipe, build_docker, build_oci

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["RICH", "Made", "layer_of", "made"]

Made = tuple[tarfile.TarInfo, bytes]

_TIME: Final = 1_700_000_000
#: Its value is `cap_net_raw+ep`, as setcap writes it.
_CAPABILITY: Final = "SCHILY.xattr.security.capability"


def made(
    name: str,
    content: bytes | None = None,
    *,
    type: bytes = tarfile.REGTYPE,  # noqa: A002 - as tarfile calls it
    mode: int | None = None,
    owner: tuple[int, int] = (0, 0),
    mtime: float = _TIME,
    target: str = "",
    device: tuple[int, int] = (0, 0),
    pax: Mapping[str, str] | None = None,
) -> Made:
    """One member of a layer, with all that it may have."""
    info = tarfile.TarInfo(name)
    info.type = type
    usual = {tarfile.DIRTYPE: 0o755, tarfile.SYMTYPE: 0o777}.get(type, 0o644)
    info.mode = usual if mode is None else mode
    info.uid, info.gid = owner
    info.mtime = mtime
    info.linkname = target
    info.devmajor, info.devminor = device
    info.pax_headers = dict(pax or {})
    info.size = len(content or b"")
    return info, content or b""


def folder(name: str, mode: int = 0o755, **more: object) -> Made:
    """A directory."""
    return made(name, type=tarfile.DIRTYPE, mode=mode, **more)  # type: ignore[arg-type]


def symlink(name: str, target: str) -> Made:
    """A symbolic link."""
    return made(name, type=tarfile.SYMTYPE, target=target)


def hardlink(name: str, target: str, **more: object) -> Made:
    """A hard link; producers give it what its target has, and some readers set that anew."""
    return made(name, type=tarfile.LNKTYPE, target=target, **more)  # type: ignore[arg-type]


def layer_of(members: Iterable[Made]) -> bytes:
    """The tar of a layer."""
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


_BASE: Final = (
    folder("bin/"),
    made("bin/su", b"\x7fELF su", mode=0o4755),
    made("bin/wall", b"\x7fELF wall", mode=0o2755, owner=(0, 5)),
    made(
        "bin/ping",
        b"\x7fELF ping",
        mode=0o755,
        pax={_CAPABILITY: "\1\0\0\2\0 " + "\0" * 14},
    ),
    folder("etc/", 0o711, owner=(1, 2)),
    made("etc/version", b"1\n"),
    made("etc/both", b"linked and changed above\n"),
    hardlink("etc/both-again", "etc/both"),
    made("etc/gone", b"deleted above\n"),
    made("etc/Case", b"upper\n"),
    made("etc/case", b"lower\n"),
    folder("old/"),
    made("old/a", b"hidden by an opaque directory\n"),
    folder("old/deep/"),
    made("old/deep/b", b"that, too\n"),
    folder("kind/"),
    made("kind/file-to-folder", b"a file\n"),
    folder("kind/folder-to-file/"),
    made("kind/folder-to-file/x", b"x\n"),
    folder("kind/folder-to-link/"),
    made("kind/folder-to-link/x", b"x\n"),
    symlink("kind/link-to-folder", "/etc"),
    folder("lib/"),
    symlink("lib64", "lib"),
    folder("tmp/", 0o1777),
    made("times/first", b"", mtime=0),
    made("times/fine", b"fine\n", mtime=_TIME, pax={"mtime": "1700000000.123456789"}),
    made("times/before", b"before\n", pax={"mtime": "-86400.5"}),
    folder("dev/"),
    made("dev/null", type=tarfile.CHRTYPE, mode=0o666, device=(1, 3)),
    made("dev/loop", type=tarfile.BLKTYPE, mode=0o660, owner=(0, 6), device=(7, 0)),
    made("dev/initctl", type=tarfile.FIFOTYPE, mode=0o600),
    folder("names/"),
    made("names/" + "long-" * 30 + "name", b"long\n"),
    made("names/" + "d" * 60 + "/" + "e" * 60 + "/file", b"deep\n", owner=(3_000_000, 3_000_001)),
    made("names/t\u00eate \U0001f40b", b"text\n"),
    made("names/new\nline", b"newline\n"),
    made("names/\udcff\udcfe", b"no text\n"),
    symlink("names/far", "/" + "far/" * 40),
    symlink("names/lost", "../../../nowhere"),
    made("attributes/user", b"x\n", pax={"SCHILY.xattr.user.note": "a note"}),
    folder("attributes/", pax={"SCHILY.xattr.user.folder": "yes"}),
)
_UPPER: Final = (
    made("etc/version", b"22\n", mode=0o600, owner=(7, 8)),
    made("etc/.wh.gone"),
    hardlink("bin/su-again", "bin/su", mode=0o4755),
    hardlink("lib/linked-across", "etc/both"),
    folder("old/", 0o700),
    made("old/.wh..wh..opq"),
    made("old/new", b"new\n"),
    folder("kind/file-to-folder/"),
    made("kind/file-to-folder/y", b"y\n"),
    made("kind/folder-to-file", b"a file now\n"),
    symlink("kind/folder-to-link", "file-to-folder"),
    folder("kind/link-to-folder/"),
    made("kind/link-to-folder/z", b"z\n"),
    made("lib64/through", b"through a link\n"),
)
_TOP: Final = (
    made("etc/.wh.both"),
    made("lib/empty", b""),
    made("tmp/of-somebody", b"mine\n", owner=(1000, 1000), mode=0o640),
)

#: The image.
RICH: Final = ImageRecipe(
    layers=tuple(LayerRecipe(tar=layer_of(members)) for members in (_BASE, _UPPER, _TOP)),
    names=("docker.io/library/rich:1",),
)

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(build_oci([RICH]).tar())
    Path(sys.argv[2]).write_bytes(build_docker([RICH], style="1.10").tar())

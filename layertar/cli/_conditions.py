"""Conditions: the options of `find` that say what is looked for."""

from typing import Annotated

import typer

__all__ = [
    "Capability",
    "Digest",
    "Digests",
    "Mode",
    "Name",
    "Newer",
    "Owner",
    "Path",
    "Setuid",
    "Size",
    "Type",
    "Xattr",
]

Name = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="GLOB",
        help="Called so, such as '*.so': the last part of the path.",
        show_default=False,
    ),
]
Path = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="GLOB",
        help="At such a path, such as '/usr/*/python*': a star may stand for slashes.",
        show_default=False,
    ),
]
Type = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="f,d,l,c,b,p",
        help="A file, directory, symbolic link, character or block device, or FIFO; "
        "with --layer also h, a hard link, and w, a whiteout.",
        show_default=False,
    ),
]
Size = Annotated[
    list[str] | None,
    typer.Option(
        "--size",
        metavar="[+-]SIZE",
        help="A file of more (+), fewer (-) or exactly so many bytes; also with K, M, G. "
        "Two are a range.",
        show_default=False,
    ),
]
Mode = Annotated[
    list[str] | None,
    typer.Option(
        "--mode",
        metavar="[-/]OCTAL",
        help="With exactly these permission bits, with all of them (-) or with any (/).",
        show_default=False,
    ),
]
Owner = Annotated[
    list[str] | None,
    typer.Option(
        "--owner",
        metavar="UID[:GID]",
        help="Owned by this user, group (:GID) or both, by number.",
        show_default=False,
    ),
]
Newer = Annotated[
    str | None,
    typer.Option(
        "--newer",
        metavar="INSTANT",
        help="Changed after it: 2026-12-31 or 2026-12-31T12:00:00Z.",
        show_default=False,
    ),
]
Digest = Annotated[
    list[str] | None,
    typer.Option(
        "--digest",
        metavar="HEX",
        help="A file whose sha256 is, or begins with, these digits.",
        show_default=False,
    ),
]
Setuid = Annotated[bool, typer.Option("--setuid", help="A file with set-user-ID or set-group-ID.")]
Capability = Annotated[bool, typer.Option("--capability", help="With file capabilities.")]
Xattr = Annotated[
    list[str] | None,
    typer.Option(
        "--xattr",
        metavar="GLOB",
        help="With an extended attribute called so, such as 'user.*'.",
        show_default=False,
    ),
]
Digests = Annotated[
    bool,
    typer.Option("--digests", help="Show each file's sha256; in text as sha256sum writes it."),
]

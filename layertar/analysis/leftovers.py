"""Leftovers: caches, logs and the like that the making of an image left in it.

They are known by where they lie, as those who write them document it. Whether an image needs
them, who made it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem import Directory
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem import Tree

__all__ = ["LEFTOVERS", "Leftover", "LeftoverKind", "LeftoverPlace", "leftovers"]

# Parts of a path at which something can begin; real ones have ten.
_DEPTH = 64


class LeftoverKind(NamedTuple):
    """Something that is often left behind.

    Attributes:
        name: what it is called.
        reason: what it is for, and how an image comes about without.
        rooted: directories; `~` is any home, `/root` and those in `/home`.
        anywhere: names of directories wherever they lie.
        is_general: whether another kind below goes before it.
    """

    name: str
    reason: str
    rooted: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    is_general: bool = False


#: What is known, by name.
LEFTOVERS: tuple[LeftoverKind, ...] = (
    LeftoverKind(
        "apt lists",
        "apt-get update fetches them anew: rm -rf /var/lib/apt/lists/* in the same instruction",
        ("var/lib/apt/lists",),
    ),
    LeftoverKind(
        "apt cache", "packages and indexes that apt keeps: apt-get clean", ("var/cache/apt",)
    ),
    LeftoverKind(
        "apk cache",
        "indexes and packages that apk keeps: apk add --no-cache",
        ("var/cache/apk", "etc/apk/cache"),
    ),
    LeftoverKind(
        "dnf cache",
        "metadata and packages that dnf and yum keep: dnf clean all",
        ("var/cache/dnf", "var/cache/libdnf5", "var/cache/yum"),
    ),
    LeftoverKind(
        "zypper cache", "metadata and packages that zypper keeps: zypper clean", ("var/cache/zypp",)
    ),
    LeftoverKind(
        "pacman cache",
        "packages that pacman keeps: pacman -Scc",
        ("var/cache/pacman/pkg", "var/lib/pacman/sync"),
    ),
    LeftoverKind(
        "pip cache",
        "downloads and wheels that pip keeps: pip install --no-cache-dir",
        ("~/.cache/pip",),
    ),
    LeftoverKind(
        "Python tools' caches",
        "downloads of uv, poetry, pipenv and conda: a cache mount, or the tool's own option",
        ("~/.cache/uv", "~/.cache/pypoetry", "~/.cache/pipenv", "opt/conda/pkgs", "~/.conda/pkgs"),
    ),
    LeftoverKind(
        "Python bytecode",
        "made anew when modules are imported, which then takes longer: PYTHONDONTWRITEBYTECODE=1",
        anywhere=("__pycache__",),
    ),
    LeftoverKind("npm cache", "downloads that npm keeps: npm cache clean --force", ("~/.npm",)),
    LeftoverKind(
        "yarn cache",
        "downloads that yarn keeps: yarn cache clean",
        ("~/.cache/yarn", "usr/local/share/.cache/yarn", "~/.yarn/berry/cache"),
    ),
    LeftoverKind(
        "pnpm store",
        "downloads that pnpm keeps: pnpm store prune, or a cache mount",
        ("~/.cache/pnpm", "~/.local/share/pnpm/store", "~/.pnpm-store"),
    ),
    LeftoverKind(
        "Go caches",
        "what go build and go mod keep: a cache mount, or a stage of its own",
        ("~/.cache/go-build", "go/pkg/mod", "~/go/pkg/mod"),
    ),
    LeftoverKind(
        "cargo caches",
        "crates that cargo keeps: a cache mount, or a stage of its own",
        tuple(
            f"{home}/{part}"
            for home in ("~/.cargo", "usr/local/cargo")
            for part in ("registry", "git")
        ),
    ),
    LeftoverKind(
        "Java build caches",
        "what Maven and Gradle keep: a cache mount, or a stage of its own",
        ("~/.m2/repository", "~/.gradle/caches", "~/.gradle/wrapper"),
    ),
    LeftoverKind(
        "NuGet packages",
        "what dotnet restore keeps: a cache mount, or a stage of its own",
        ("~/.nuget/packages", "~/.local/share/NuGet"),
    ),
    LeftoverKind(
        "composer cache",
        "downloads that composer keeps: composer clear-cache",
        ("~/.composer/cache", "~/.cache/composer"),
    ),
    LeftoverKind(
        "gem cache",
        "downloads that gem and bundler keep: gem install without them, bundle clean",
        ("usr/local/bundle/cache", "~/.bundle/cache"),
    ),
    LeftoverKind(
        "compiler cache",
        "what ccache keeps: a cache mount, or a stage of its own",
        ("~/.ccache", "~/.cache/ccache"),
    ),
    LeftoverKind(
        "version control",
        "the history of sources: .dockerignore, or copy what is needed",
        anywhere=(".git", ".hg", ".svn", ".bzr"),
    ),
    LeftoverKind(
        "temporary files", "nobody needs them at the start", ("tmp", "var/tmp"), is_general=True
    ),
    LeftoverKind("logs", "of what ran while the image was made", ("var/log",), is_general=True),
    LeftoverKind(
        "other caches",
        "whoever keeps something there can make it anew",
        ("var/cache", "~/.cache"),
        is_general=True,
    ),
)


class LeftoverPlace(NamedTuple):
    """A directory of leftovers.

    Attributes:
        path: `surrogateescape`d, without a leading slash.
        size: bytes of files in it and below, of a hard link counted where it is met first.
        files: how many with bytes.
    """

    path: str
    size: int
    files: int


class Leftover(NamedTuple):
    """What an image has of one kind.

    Attributes:
        kind: which.
        size: in bytes.
        files: how many.
        places: where, the largest first.
    """

    kind: LeftoverKind
    size: int
    files: int
    places: tuple[LeftoverPlace, ...]


_HOME = "~/"
_ROOTED = {
    path.encode(): kind for kind in LEFTOVERS for path in kind.rooted if not path.startswith(_HOME)
}
_IN_HOME = {
    path.removeprefix(_HOME).encode(): kind
    for kind in LEFTOVERS
    for path in kind.rooted
    if path.startswith(_HOME)
}
_ANYWHERE = {name.encode(): kind for kind in LEFTOVERS for name in kind.anywhere}
_NOBODY = LeftoverKind("", "")


def leftovers(tree: Tree) -> tuple[Leftover, ...]:
    """List what is left behind in a tree, the kind with most bytes first."""
    sums: dict[LeftoverKind, dict[bytes, tuple[int, int]]] = {}
    for kind, path, size in _files(tree):
        places = sums.setdefault(kind, {})
        total, files = places.get(path, (0, 0))
        places[path] = total + size, files + 1
    found = [
        Leftover(
            kind,
            sum(size for size, _ in places.values()),
            sum(files for _, files in places.values()),
            tuple(
                LeftoverPlace(path.decode("utf-8", "surrogateescape"), *places[path])
                for path in sorted(places, key=lambda path: (-places[path][0], path))
            ),
        )
        for kind, places in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.size, each.kind.name)))


def _files(tree: Tree) -> Iterator[tuple[LeftoverKind, bytes, int]]:
    """Iterate over the visible files that are left behind: kind, place and bytes of each."""
    linked, seen = set(tree.inodes.values()), set[int]()
    due = [(tree.root, b"", 0, _NOBODY, b"")]
    while due:
        directory, path, depth, kind, place = due.pop()
        for name, node in directory.children.items():
            if isinstance(node, Directory):
                below = (b"%b/%b" % (path, name) if path else name) if depth < _DEPTH else b""
                inner = _kind_of(below, name) if below else None
                if inner is not None and (kind is _NOBODY or kind.is_general):
                    due.append((node, below, depth + 1, inner, below))
                else:
                    due.append((node, below, depth + 1, kind, place))
            elif kind is not _NOBODY:
                inode = tree.inode(node)
                if inode < 0 or inode in seen:
                    continue
                if inode in linked:
                    seen.add(inode)
                changeset, local = tree.changeset(inode)
                if changeset.sizes[local]:
                    yield kind, place, changeset.sizes[local]


def _kind_of(path: bytes, name: bytes) -> LeftoverKind | None:
    found = _ROOTED.get(path) or _ANYWHERE.get(name)
    if found is None and path.startswith((b"root/", b"home/")):
        first, _, rest = path.partition(b"/")
        found = _IN_HOME.get(rest if first == b"root" else rest.partition(b"/")[2])
    return found
